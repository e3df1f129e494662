"""Rows -> CSV files, one row at a time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from auditor.errors import OutputError
from auditor.sample.rows import Row


class CsvTable:
    """A CSV file being written: UTF-8, quoted where needed, a line feed after each row."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.rows = 0
        self._columns = tuple(columns)

    def __enter__(self) -> CsvTable:
        try:
            self._file = self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror}).") from error
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(self._columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows; a column that a row lacks stays empty."""
        for row in rows:
            self._writer.writerow([row.get(name, "") for name in self._columns])
        self.rows += len(rows)
