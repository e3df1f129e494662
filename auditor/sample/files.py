"""Rows -> text files of one table each, one row at a time: CSV, TSV, JSON Lines."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from auditor.errors import OutputError
from auditor.sample.rows import Row


class Table(ABC):
    """A file being written, one table of texts; a column that a row lacks is empty.

    Args:
        path: The file; it is made when the table is entered.
        columns: Names of the columns.

    Attributes:
        rows: How many rows have been written.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        self.rows = 0

    def __enter__(self) -> Self:
        try:
            self.begin()
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror}).") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        for row in rows:
            self.add([row.get(name, "") for name in self.columns])
        self.rows += len(rows)

    @abstractmethod
    def begin(self) -> None:
        """Open the file and write what stands above the rows."""

    @abstractmethod
    def add(self, cells: list[str]) -> None:
        """Append one row, its cells in the columns' order."""

    @abstractmethod
    def end(self) -> None:
        """Write what is left and close the file."""


class CsvTable(Table):
    """UTF-8, quoted where needed, a line feed after each row."""

    delimiter = ","

    def begin(self) -> None:
        """Open the file and write the header."""
        self._file = self.path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, delimiter=self.delimiter, lineterminator="\n")
        self._writer.writerow(self.columns)

    def add(self, cells: list[str]) -> None:
        """Append one row."""
        self._writer.writerow(cells)

    def end(self) -> None:
        """Close the file."""
        self._file.close()


class TsvTable(CsvTable):
    """The same with tabs."""

    delimiter = "\t"


class JsonLinesTable(Table):
    """One object a line, without the keys that have no value."""

    def begin(self) -> None:
        """Open the file."""
        self._file = self.path.open("w", encoding="utf-8", newline="")

    def add(self, cells: list[str]) -> None:
        """Append one line."""
        pairs = zip(self.columns, cells, strict=True)
        row = {name: cell for name, cell in pairs if cell}
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def end(self) -> None:
        """Close the file."""
        self._file.close()
