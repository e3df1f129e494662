"""Rows gathered into runs that are bounded in number and in size."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.ingest.rows import Rows

# A run is handed on when its cells hold so many characters, however few rows it has.
MOST_CHARACTERS = 32_000_000


class Gathering:
    """Gathers the rows of one file, one by one, and hands them on in runs.

    Args:
        width: Number of cells of a row.
        most_rows: At most so many rows a run.
    """

    def __init__(self, width: int, most_rows: int) -> None:
        self._width, self._most_rows = width, most_rows
        self._rows: list[Sequence[str]] = []
        self._lines: list[int] = []
        self._broken: list[tuple[int, str]] = []
        self._size = 0

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Add a row, which has as many cells as the file has columns."""
        self._rows.append(cells)
        self._lines.append(line)
        self._size += sum(map(len, cells))

    def set_aside(self, line: int, reason: str) -> None:
        """Add a row that cannot be read, with its reason code."""
        self._broken.append((line, reason))

    @property
    def is_full(self) -> bool:
        """It is time to take what has been gathered."""
        return len(self) >= self._most_rows or self._size >= MOST_CHARACTERS

    def __len__(self) -> int:
        return len(self._rows) + len(self._broken)

    def take(self) -> Rows:
        """What has been gathered; the next run begins empty."""
        columns = list(map(list, zip(*self._rows, strict=True)))
        rows = Rows(columns or [[] for _ in range(self._width)], self._lines, tuple(self._broken))
        self._rows, self._lines, self._broken, self._size = [], [], [], 0
        return rows
