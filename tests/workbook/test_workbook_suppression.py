"""Hidden counts: whoever knows totals, and the method, finds more than one answer to each."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.workbook.suppression import (
    MARGIN,
    Range,
    Split,
    hide_overlapping,
    hide_parts,
    hide_splits,
    is_small,
    narrow,
)

LIMIT = 10
COUNTS = st.one_of(
    st.just(0), st.integers(1, LIMIT), st.integers(LIMIT + 1, LIMIT + 4), st.integers(11, 90)
)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ((40, 30, 0), []),
        ((40, 5, 6), [1, 2]),  # 11 together, and each may be 1 to 10
        ((40, 30, 3), [1, 2]),  # alone it would be the total less the rest
        ((40, 1, 1), [0, 1, 2]),  # 2 together are a small count, and two ones
        ((40, 30, 10, 10), [1, 2, 3]),  # 20 together can only be two tens
        ((12, 11, 13, 40, 2), [0, 1, 2, 4]),  # 11 and 12 beside 13 say too much of the 2
    ],
)
def test_parts_of_a_published_total(counts: tuple[int, ...], hidden: list[int]) -> None:
    assert sorted(hide_parts(counts, LIMIT)) == hidden


def shown_parts(counts: list[int]) -> list[int | None]:
    """What everybody sees, beside the total."""
    hidden = hide_parts(counts, LIMIT)
    return [None if at in hidden else count for at, count in enumerate(counts)]


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_another_set_of_parts_looks_the_same(counts: list[int]) -> None:
    """Not even who runs the method on every guess can tell a small count from another one."""
    assume(not is_small(sum(counts), LIMIT))
    shown = shown_parts(counts)
    for at in [at for at, count in enumerate(counts) if is_small(count, LIMIT)]:
        guesses = [
            [*counts[:at], counts[at] + step, *counts[at + 1 :]]
            for step in range(-LIMIT, LIMIT + 1)
            if step and counts[at] + step >= 0
        ]
        assert any(
            shown_parts(moved) == shown
            for guess in guesses
            for other in range(len(counts))
            if other != at and (moved := _balanced(guess, other, sum(counts)))
        ), (counts, shown)


def _balanced(counts: list[int], at: int, total: int) -> list[int]:
    """The counts with one of them changed so that they add up; empty where it cannot be."""
    moved = [*counts]
    moved[at] += total - sum(counts)
    return moved if moved[at] >= 0 else []


SPLITS = st.lists(
    st.one_of(st.just(0), st.integers(11, 14), st.integers(11, 60)).flatmap(
        lambda size: st.tuples(st.just(size), st.integers(0, size)).map(lambda pair: Split(*pair))
    ),
    min_size=1,
    max_size=6,
)


@given(SPLITS)
def test_compliant_cases_of_groups_cannot_be_worked_out_from_all(splits: list[Split]) -> None:
    compliant = sum(split.compliant for split in splits)
    missed = sum(split.size for split in splits) - compliant
    assume(not is_small(compliant, LIMIT) and not is_small(missed, LIMIT))
    hidden = sorted(hide_splits(splits, LIMIT))
    left = sum(splits[at].compliant for at in hidden)
    ranges = narrow(left, [Range(0, splits[at].size) for at in hidden])
    possible = dict(zip(hidden, ranges, strict=True))
    for at, split in enumerate(splits):
        if is_small(split.compliant, LIMIT) or is_small(split.size - split.compliant, LIMIT):
            assert possible[at].high - possible[at].low >= MARGIN
    others = sum(splits[at].size for at in hidden) - left
    assert not is_small(left, LIMIT)
    assert not is_small(others, LIMIT)


@given(st.lists(COUNTS, min_size=1, max_size=5), st.integers(0, 100))
def test_a_count_of_what_overlaps_is_open(counts: list[int], more: int) -> None:
    union = max(max(counts), sum(counts) - more)
    assume(not is_small(union, LIMIT))
    hidden = hide_overlapping(counts, union, LIMIT)
    shown = sum(count for at, count in enumerate(counts) if at not in hidden)
    for at, count in enumerate(counts):
        if is_small(count, LIMIT):
            least = union - shown - union * (len(hidden) - 1)
            assert at in hidden
            assert min(LIMIT, union) - max(1, least) >= MARGIN


def test_what_is_known_narrows_what_is_hidden() -> None:
    assert narrow(12, [Range(1, 10), Range(11, 40)]) == [(1, 1), (11, 11)]
