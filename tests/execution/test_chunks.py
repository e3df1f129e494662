"""Chunks: every row is in one of them, in order, and none is much longer than the others."""

from __future__ import annotations

import pyarrow as pa
from execution.row_batches import batch_of
from hypothesis import given
from hypothesis import strategies as st

from auditor.execution.chunks import CHUNK_BYTES, CHUNK_ROWS, cut_chunks
from auditor.ingest.schema import SetAside

ASIDE = (SetAside("reports", "exports.csv", 1, "", "too_few_fields", "row"),)
LENGTHS = st.one_of(st.integers(0, 50), st.integers(0, CHUNK_BYTES), st.just(CHUNK_BYTES * 2))


@given(st.lists(LENGTHS, max_size=30), st.sampled_from([1, 700]))
def test_chunks_hold_all_rows_in_order_and_no_more_than_fits(lengths, times) -> None:
    texts = [length for length in lengths for _ in range(times if length < 50 else 1)]
    batch = batch_of(["x" * length for length in texts], ASIDE)
    chunks = list(cut_chunks(batch))
    rows = pa.Table.from_batches([chunk.rows for chunk in chunks])
    assert rows["line"].to_pylist() == batch.rows["line"].to_pylist()
    assert [chunk.set_aside for chunk in chunks] == [ASIDE, *[()] * (len(chunks) - 1)]
    for chunk in chunks:
        size = sum(len(text) for text in chunk.rows["report_text"].to_pylist())
        assert chunk.rows.num_rows <= CHUNK_ROWS
        assert size <= CHUNK_BYTES or chunk.rows.num_rows == 1


def test_chunks_of_much_the_same_text_are_much_the_same() -> None:
    sizes = [chunk.rows.num_rows for chunk in cut_chunks(batch_of(["x" * 700] * 20_000))]
    assert len(sizes) > 10
    assert max(sizes) - min(sizes[:-1]) <= 1


def test_a_batch_without_rows_is_one_chunk() -> None:
    (chunk,) = cut_chunks(batch_of([], ASIDE))
    assert (chunk.rows.num_rows, chunk.set_aside) == (0, ASIDE)
