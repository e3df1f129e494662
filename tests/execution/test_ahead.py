"""Items made in a thread come in order, with what their maker raises, and leave no thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from auditor.execution.ahead import Ahead


class Maker:
    """Makes numbers, and tells in which threads and how it ended."""

    def __init__(self, most: int, fails_at: int = -1) -> None:
        self.most, self.fails_at = most, fails_at
        self.made = 0
        self.threads: set[int] = set()
        self.closed = False

    def items(self) -> Iterator[int]:
        try:
            for number in range(self.most):
                self.threads.add(threading.get_ident())
                if number == self.fails_at:
                    raise KeyError(number)
                self.made += 1
                yield number
        finally:
            self.closed = True


def test_items_come_in_their_order_from_one_other_thread() -> None:
    maker = Maker(500)
    before = threading.active_count()
    with Ahead(maker.items()) as ahead:
        assert list(ahead) == list(range(500))
        assert list(ahead) == []
    assert len(maker.threads) == 1 and threading.get_ident() not in maker.threads
    assert maker.closed and threading.active_count() == before


def test_what_the_maker_raises_is_raised_after_what_it_made() -> None:
    taken = []
    with pytest.raises(KeyError), Ahead(Maker(10, fails_at=4).items()) as ahead:
        for item in ahead:
            taken.append(item)
    assert taken == [0, 1, 2, 3]


def test_no_more_is_made_than_may_wait() -> None:
    maker = Maker(1000)
    with Ahead(maker.items(), most=3) as items:
        assert [next(items) for _ in range(5)] == list(range(5))
        # Those taken, those that wait, and one in the maker's hand.
        assert maker.made <= 5 + 3 + 1
    assert maker.closed and maker.made < 20


def test_the_first_are_made_before_anybody_asks() -> None:
    maker = Maker(10)
    with Ahead(maker.items()):
        end = time.monotonic() + 10
        while not maker.made and time.monotonic() < end:
            time.sleep(0.01)
    assert maker.made and maker.closed


def test_whoever_waits_for_none_of_them_leaves_no_thread() -> None:
    before = threading.active_count()
    maker = Maker(1000, fails_at=1)
    with pytest.raises(ValueError, match="ours"), Ahead(maker.items()):
        raise ValueError("ours")
    assert maker.closed and threading.active_count() == before


def test_nothing_in_gives_nothing() -> None:
    with Ahead(()) as ahead:
        assert list(ahead) == []


def test_what_closing_raises_does_not_keep_anybody_waiting() -> None:
    def items() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise OSError("the file cannot be closed")

    with pytest.raises(OSError, match="cannot be closed"), Ahead(items()) as ahead:
        list(ahead)
