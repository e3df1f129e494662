"""How many rows repeat an earlier one, told without keeping the rows.

Two rows that are equal have equal ids, times and status. Eight bytes of these tell which rows may
be repeats; only those are compared whole, when all rows pass by a second time.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.digests import mark_values, row_digests

# What seldom is the same in two rows that differ.
_TELLING = {
    "reports": ("report_id", "report_datetime", "report_status"),
    "orders": ("order_id", "performed_datetime", "status"),
}
# A run of keys is joined with the one before it when that is no longer so many times its size.
_GROWTH = 4


class SeenRows:
    """Counts rows that repeat an earlier one: `note` every row, then `count_repeats` of every row.

    Memory: eight bytes a row, and a digest for each that may be a repeat.
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []
        self._suspects = np.zeros(0, np.uint64)
        self._digests: set[str] = set()

    def note(self, table: str, rows: pa.RecordBatch) -> None:
        """Note canonical rows of `reports` or `orders`."""
        keys, counts = np.unique(_keys(table, rows), return_counts=True)
        again = counts > 1
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            again |= run[places] == keys
        self._suspects = np.union1d(self._suspects, keys[again])
        if len(keys):
            self._runs.append(keys)
        # Each run is several times as long as the next: few are looked through.
        while len(self._runs) > 1 and len(self._runs[-2]) < _GROWTH * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.union1d(self._runs[-1], last)

    def count_repeats(self, table: str, rows: pa.RecordBatch) -> int:
        """How many of the rows are equal to one that was counted before."""
        self._runs.clear()
        suspects = rows.filter(pa.array(np.isin(_keys(table, rows), self._suspects)))
        digests = row_digests(suspects, table)
        before = len(self._digests)
        self._digests.update(digests)
        return len(digests) - (len(self._digests) - before)


def _keys(table: str, rows: pa.RecordBatch) -> np.ndarray:
    """A key of each row, equal for equal rows; shape `(rows,)`, uint64."""
    telling = pc.binary_join_element_wise(*(rows[name] for name in _TELLING[table]), table, "\x1f")
    return mark_values(telling)
