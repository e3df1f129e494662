"""Digests of rows: the same canonical values give the same digest, whatever file they stood in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.schema import TABLES


def row_digest(values: Sequence[str]) -> str:
    """SHA-256, in hex, of a row's values: the table's name, then the contract columns in order.

    Each value goes in after its length, so that no two rows of values join to the same text.
    """
    joined = "".join(f"{len(value)}:{value}" for value in values)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def mark_values(values: pa.StringArray) -> np.ndarray:
    """64 bits of each value, the same in every process; shape `(values,)`, uint64."""
    marks: np.ndarray = pd.util.hash_array(values.to_numpy(zero_copy_only=False), categorize=False)
    return marks


def row_digests(batch: pa.RecordBatch, table: str) -> list[str]:
    """The digest of each row of a batch of canonical columns; `file` and `line` do not count."""
    parts = [pa.scalar(f"{len(table)}:{table}")]
    for column in TABLES[table]:
        values = batch.column(column.name)
        parts += [pc.cast(pc.utf8_length(values), pa.string()), pa.scalar(":"), values]
    joined = pc.binary_join_element_wise(*parts, "").cast(pa.binary())
    return [hashlib.sha256(row).hexdigest() for row in joined.to_pylist()]
