"""Which rows have come before, told by eight bytes of each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.schema import TABLES

# A run of keys is joined with the one before it when that is no longer so many times its size.
_GROWTH = 4


class SeenRows:
    """Counts rows that repeat an earlier one, in any order and memory of eight bytes a row.

    Two different rows of ten million share their key once in some 300,000 runs; the count is then
    wrong by one. Nothing is left out for it. Keys differ from process to process.
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []

    def count_new(self, rows: pa.RecordBatch, table: str) -> int:
        """How many distinct rows have not come before; they have from now on."""
        if not rows.num_rows:
            return 0
        keys = np.unique(_keys(rows, table))
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            keys = keys[run[places] != keys]
        if len(keys):
            self._runs.append(keys)
        # Each run is several times as long as the next: few are looked through.
        while len(self._runs) > 1 and len(self._runs[-2]) < _GROWTH * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate((self._runs[-1], last)), kind="stable")
        return len(keys)


def _keys(rows: pa.RecordBatch, table: str) -> np.ndarray:
    columns = [rows[column.name] for column in TABLES[table]]
    joined = pc.binary_join_element_wise(*columns, "\x1f").cast(pa.binary())
    start = hash(table)
    hashed = np.fromiter(map(hash, joined.to_pylist()), np.int64, rows.num_rows)
    return hashed ^ start
