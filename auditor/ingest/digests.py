"""Digests of rows: the same canonical values give the same digest, whatever file they stood in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.schema import TABLES

# Bytes that are mixed at once.
_WORD = 8


def row_digest(values: Sequence[str]) -> str:
    """SHA-256, in hex, of a row's values: the table's name, then the contract columns in order.

    Each value goes in after its length, so that no two rows of values join to the same text.
    """
    joined = "".join(f"{len(value)}:{value}" for value in values)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def mark_values(values: pa.StringArray) -> np.ndarray:
    """64 bits of each value, the same in every process; shape `(values,)`, uint64.

    No secret: whoever wants two values with the same mark can find them.
    """
    if not len(values):
        return np.zeros(0, np.uint64)
    # Others hold their letters otherwise.
    values = values.cast(pa.string())
    _, bounds, content = values.buffers()
    ends = np.frombuffer(bounds, np.int32, len(values) + 1, values.offset * 4).astype(np.int64)
    letters = np.zeros(int(ends[-1] - ends[0]) + _WORD, np.uint8)
    letters[:-_WORD] = np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]]
    # Eight letters from any place on, as one number.
    words: np.ndarray = np.ndarray(len(letters) - _WORD + 1, "<u8", letters, strides=(1,))
    place, left = ends[:-1] - ends[0], np.diff(ends)
    marks = left.astype(np.uint64)
    row, mark = np.arange(len(values)), marks.copy()
    while len(left):
        word = words[place]
        # Of the letters beyond its end a value's last word keeps none.
        word <<= np.maximum(_WORD - left, 0).astype(np.uint64) * np.uint64(8)
        mark = _mixed(mark ^ word)
        place, left = place + _WORD, left - _WORD
        on = left > 0
        if not on.all():
            marks[row[~on]] = mark[~on]
            row, mark, place, left = row[on], mark[on], place[on], left[on]
    return marks


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Each of 64 bits spread over all: the finalizer of MurmurHash3 (Appleby, public domain)."""
    bits ^= bits >> np.uint64(33)
    bits *= np.uint64(0xFF51AFD7ED558CCD)
    bits ^= bits >> np.uint64(33)
    bits *= np.uint64(0xC4CEB9FE1A85EC53)
    bits ^= bits >> np.uint64(33)
    return bits


def row_digests(batch: pa.RecordBatch, table: str) -> list[str]:
    """The digest of each row of a batch of canonical columns; `file` and `line` do not count."""
    parts = [pa.scalar(f"{len(table)}:{table}")]
    for column in TABLES[table]:
        values = batch.column(column.name)
        parts += [pc.cast(pc.utf8_length(values), pa.string()), pa.scalar(":"), values]
    joined = pc.binary_join_element_wise(*parts, "").cast(pa.binary())
    return [hashlib.sha256(row).hexdigest() for row in joined.to_pylist()]
