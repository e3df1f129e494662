"""How many accessions of a run's reports are among its orders too: a broken feed shows in it."""

from __future__ import annotations

import numpy as np

# Accessions that are kept of each table; beyond it every second, fourth, … by its mark, which is
# the same choice in both tables.
MOST = 100_000


class Linkage:
    """Counts accessions as rows pass by, in bounded memory."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._mask = np.uint64(0)
        # What has come since the last merging stands behind what was merged.
        self._seen: dict[str, list[np.ndarray]] = {
            table: [np.zeros(0, np.uint64)] for table in ("reports", "orders")
        }

    def add(self, table: str, marks: np.ndarray) -> None:
        """Note the marks (64 bits, see `Feed`) of some rows' accessions."""
        chosen = marks[marks & self._mask == 0]
        if not len(chosen):
            return
        self._seen[table].append(chosen)
        if sum(map(len, self._seen[table][1:])) > self._most:
            self._merge()

    def _merge(self) -> None:
        """Keep each mark once, and not more than so many of a table."""
        merged = {table: np.unique(np.concatenate(runs)) for table, runs in self._seen.items()}
        while max(map(len, merged.values())) > self._most:
            self._mask = np.uint64(2 * int(self._mask) + 1)
            merged = {table: seen[seen & self._mask == 0] for table, seen in merged.items()}
        self._seen = {table: [seen] for table, seen in merged.items()}

    def counts(self) -> dict[str, int]:
        """Accessions of reports that were looked at, and those of them that orders have too."""
        self._merge()
        (reports,), (orders,) = self._seen["reports"], self._seen["orders"]
        linked = np.intersect1d(reports, orders, assume_unique=True)
        return {"accessions_checked": len(reports), "accessions_linked": len(linked)}
