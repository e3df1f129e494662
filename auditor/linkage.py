"""How many accessions of a run's reports are among its orders too: a broken feed shows in it."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

# Accessions that are kept of each table; beyond it every second, fourth, … by its checksum, which
# is the same choice in both tables.
MOST = 100_000


class Linkage:
    """Counts accessions as rows pass by, in bounded memory."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._mask = 0
        self._seen: dict[str, set[int]] = {"reports": set(), "orders": set()}

    def add(self, table: str, accessions: Iterable[str]) -> None:
        """Note the accessions of some rows of `reports` or `orders`; empty ones do not count."""
        marks = (crc32(accession.encode()) for accession in accessions if accession)
        self._seen[table].update(mark for mark in marks if not mark & self._mask)
        while max(map(len, self._seen.values())) > self._most:
            self._mask = 2 * self._mask + 1
            for table_, seen in self._seen.items():
                self._seen[table_] = {mark for mark in seen if not mark & self._mask}

    def counts(self) -> dict[str, int]:
        """Accessions of reports that were looked at, and those of them that orders have too."""
        reports, orders = self._seen["reports"], self._seen["orders"]
        return {"accessions_checked": len(reports), "accessions_linked": len(reports & orders)}
