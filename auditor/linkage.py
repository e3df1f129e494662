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
        nothing = np.zeros(0, np.uint64)
        self._seen = {"reports": nothing, "orders": nothing}

    def add(self, table: str, marks: np.ndarray) -> None:
        """Note the marks (64 bits, see `Feed`) of some rows' accessions."""
        chosen = marks[marks & self._mask == 0]
        self._seen[table] = np.union1d(self._seen[table], chosen)
        while max(map(len, self._seen.values())) > self._most:
            self._mask = np.uint64(2 * int(self._mask) + 1)
            for name, seen in self._seen.items():
                self._seen[name] = seen[seen & self._mask == 0]

    def counts(self) -> dict[str, int]:
        """Accessions of reports that were looked at, and those of them that orders have too."""
        reports, orders = self._seen["reports"], self._seen["orders"]
        linked = np.intersect1d(reports, orders, assume_unique=True)
        return {"accessions_checked": len(reports), "accessions_linked": len(linked)}
