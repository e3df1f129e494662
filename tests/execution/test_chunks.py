"""Chunks: every row is in one of them, in order, and none is much longer than the others."""

from __future__ import annotations

import itertools

import pytest
from execution.row_batches import batch_of
from hypothesis import given
from hypothesis import strategies as st

from auditor.execution.chunks import CHUNK_ROWS, LEAST_BYTES, MOST_BYTES, SHARE, cut_chunks
from auditor.ingest.schema import SetAside

ASIDE = (SetAside("reports", "exports.csv", 1, "", "too_few_fields", "row"),)
LENGTHS = st.one_of(st.integers(0, 50), st.integers(0, LEAST_BYTES), st.just(MOST_BYTES * 2))


@given(st.lists(st.lists(LENGTHS, max_size=20), max_size=3), st.sampled_from([1, 700]))
def test_chunks_hold_all_rows_in_order_and_no_more_than_fits(batches, times) -> None:
    texts = [
        ["x" * length for length in lengths for _ in range(times if length < 50 else 1)]
        for lengths in batches
    ]
    chunks = list(cut_chunks(batch_of(one, ASIDE) for one in texts))
    lines = [line for chunk in chunks for line in chunk.rows["line"].to_pylist()]
    assert lines == [line for one in texts for line in range(2, len(one) + 2)]
    assert sum(chunk.set_aside == ASIDE for chunk in chunks) == len(texts)
    assert sum(len(chunk.set_aside) for chunk in chunks) == len(texts)
    for chunk in chunks:
        assert chunk.rows.num_rows <= CHUNK_ROWS
        assert size_of(chunk) <= MOST_BYTES or chunk.rows.num_rows == 1


def size_of(chunk) -> int:
    return sum(map(len, chunk.rows["report_text"].to_pylist()))


@pytest.mark.parametrize("count", [800, 20_000])
def test_the_last_chunks_are_a_small_share_of_the_whole(count) -> None:
    sizes = [size_of(chunk) for chunk in cut_chunks([batch_of(["x" * 700] * count)])]
    assert all(later >= sooner for sooner, later in itertools.pairwise(sizes[:-1]))
    assert max(sizes) <= max(LEAST_BYTES, sum(sizes) / SHARE)


def test_a_batch_without_rows_is_one_chunk() -> None:
    (chunk,) = cut_chunks([batch_of([], ASIDE)])
    assert (chunk.rows.num_rows, chunk.set_aside) == (0, ASIDE)
