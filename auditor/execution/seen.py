"""How many rows repeat an earlier one, told without keeping the rows.

Two rows that are equal have equal ids, times and status. Four bytes made of these tell which rows
may be repeats; only those are compared whole, when all rows pass by a second time. Among a million
rows some hundred are compared for nothing, among fifty million some hundred thousand.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.digests import mark_values, row_digests

# What seldom is the same in two rows that differ.
_TELLING = {
    "reports": ("report_id", "report_datetime", "report_status"),
    "orders": ("order_id", "performed_datetime", "status"),
}
# Keys are compared in so many parts, one after the other.
_PARTS = 8


class SeenRows:
    """Counts rows that repeat an earlier one: `note` all rows, then `count_repeats` of them again.

    The second time the rows of a table come in the same batches and the same order. Memory: four
    bytes a row, and a digest for each that may be a repeat.
    """

    def __init__(self) -> None:
        self._keys: dict[str, deque[np.ndarray]] = defaultdict(deque)
        self._suspects: dict[str, np.ndarray] = {}
        self._digests: set[str] = set()

    def note(self, table: str, rows: pa.RecordBatch) -> None:
        """Note canonical rows of `reports` or `orders`."""
        self._keys[table].append(_keys(table, rows))

    def count_repeats(self, table: str, rows: pa.RecordBatch) -> int:
        """How many of the rows are equal to one that was counted before."""
        if table not in self._suspects:
            self._suspects[table] = _repeated(self._keys[table])
        keys = self._keys[table].popleft()
        suspects = rows.filter(pa.array(np.isin(keys, self._suspects[table])))
        digests = row_digests(suspects, table)
        before = len(self._digests)
        self._digests.update(digests)
        return len(digests) - (len(self._digests) - before)


def _repeated(runs: Collection[np.ndarray]) -> np.ndarray:
    """The keys that stand more than once: sought part by part, so that no copy of all is made."""
    found = []
    for part in range(_PARTS):
        keys = np.sort(np.concatenate([run[run % _PARTS == part] for run in runs]))
        found.append(np.unique(keys[1:][keys[1:] == keys[:-1]]))
    return np.concatenate(found)


def _keys(table: str, rows: pa.RecordBatch) -> np.ndarray:
    """A key of each row, equal for equal rows; shape `(rows,)`, uint32."""
    telling = pc.binary_join_element_wise(*(rows[name] for name in _TELLING[table]), "\x1f")
    return (mark_values(telling) >> np.uint64(32)).astype(np.uint32)
