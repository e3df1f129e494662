"""Marks of values: the same for the same value wherever it stands, and not for two others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.ingest.digests import mark_values

VALUES = st.lists(st.text(max_size=40), max_size=30)


def marks(values: list[str]) -> list[int]:
    return mark_values(pa.array(values, pa.string())).tolist()


@given(VALUES)
def test_values_have_one_mark_and_no_two_share_it(values: list[str]) -> None:
    found = dict(zip(values, marks(values), strict=True))
    assert [found[value] for value in values] == marks(values)
    assert len(set(found.values())) == len(found)


@given(VALUES, st.data())
def test_it_does_not_matter_what_stands_beside_a_value(
    values: list[str], data: st.DataObject
) -> None:
    alone = [mark for value in values for mark in marks([value])]
    assert marks(values) == alone
    first = data.draw(st.integers(0, len(values)))
    part = pa.array(["before", *values, "after"], pa.string()).slice(first + 1, 3)
    assert mark_values(part).tolist() == [marks([value])[0] for value in part.to_pylist()]


def test_values_that_differ_only_in_their_length_differ() -> None:
    values = ["", "\0", "\0\0", "a", "a\0", "12345678", "12345678\0", "x" * 5000, "x" * 5001]
    assert len(set(marks(values))) == len(values)


def by_hand(value: str) -> int:
    """The same, letter by letter: MurmurHash3's finalizer over eight bytes after the other."""
    content = value.encode()
    mark = len(content)
    for begin in range(0, max(len(content), 1), 8):
        part = content[begin : begin + 8]
        mark ^= int.from_bytes(part, "little") << 8 * (8 - len(part)) & 2**64 - 1
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            mark = (mark ^ mark >> 33) * factor & 2**64 - 1
        mark ^= mark >> 33
    return mark


@given(VALUES)
def test_marks_are_the_same_on_every_machine(values: list[str]) -> None:
    """They tell which rows are looked through: a run elsewhere must look through the same."""
    assert marks(values) == [by_hand(value) for value in values]


def test_ids_that_run_on_are_spread_evenly() -> None:
    found = mark_values(pa.array([f"P{number:07}" for number in range(200_000)]))
    assert len(np.unique(found)) == len(found)
    for bits in (found % np.uint64(100), found >> np.uint64(57), found & np.uint64(127)):
        rows = np.bincount(bits.astype(np.int64))
        assert rows.max() == pytest.approx(rows.mean(), rel=0.15)
        assert rows.min() == pytest.approx(rows.mean(), rel=0.15)
