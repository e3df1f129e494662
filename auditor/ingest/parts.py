"""What sources that hold both tables hand on: rows of one file and table, as they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.ingest.rows import Rows
from auditor.ingest.schema import TABLES

PART_ROWS = 5_000
# A report that is no text still says that the exam was done.
UNREAD = "Reports kept without their text, which is a PDF, a picture or stands elsewhere"

CONTRACT = {table: tuple(column.name for column in columns) for table, columns in TABLES.items()}


@dataclass(frozen=True)
class Source:
    """Files, or a database, that are read together.

    Attributes:
        kind: A key of `exports.EXPORTS`.
        name: What messages call it; holds neither user nor password.
        files: Its files, sorted; empty for a database.
        url: A database's URL; never to be shown.
    """

    kind: str
    name: str
    files: tuple[Path, ...] = ()
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows of one table out of one file.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given, or the database's.
        rows: The rows, column by column in the header's order.
        header: The columns' names; the contract's own unless `mapped`.
        mapped: The names are the site's: its file maps them.
    """

    table: str
    file: str
    rows: Rows
    header: tuple[str, ...]
    mapped: bool = False

    @classmethod
    def empty(cls, table: str, file: str) -> Part:
        """A run without rows."""
        return cls(table, file, Rows([[] for _ in CONTRACT[table]], []), CONTRACT[table])


class Notes:
    """What a reader leaves out or cannot tell, counted; for the summary of the run."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, what: str, count: int = 1) -> None:
        """Count something; `what` is a sentence without its stop, and holds no patient's value."""
        self._counts[what] += count

    def sentences(self) -> list[str]:
        """One sentence for each thing noted, sorted."""
        return [f"{what}: {count:,}." for what, count in sorted(self._counts.items())]


class Gathering:
    """Collects rows of both tables until there are enough for a part."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._values: dict[str, list[tuple[str, ...]]] = {table: [] for table in TABLES}
        self._lines: dict[str, list[int]] = {table: [] for table in TABLES}
        self._broken: dict[str, list[tuple[int, str]]] = {table: [] for table in TABLES}

    def add(self, table: str, line: int, values: Mapping[str, str]) -> None:
        """Add a row; a contract column that it lacks is empty."""
        self._values[table].append(tuple(values.get(name, "") for name in CONTRACT[table]))
        self._lines[table].append(line)

    def set_aside(self, table: str, line: int, reason: str) -> None:
        """Note a record that is no row."""
        self._broken[table].append((line, reason))

    def full(self) -> Iterator[Part]:
        """The parts that are large enough to hand on."""
        for table, lines in self._lines.items():
            if len(lines) + len(self._broken[table]) >= PART_ROWS:
                yield self._part(table)

    def rest(self) -> Iterator[Part]:
        """What is left."""
        for table, lines in self._lines.items():
            if lines or self._broken[table]:
                yield self._part(table)

    def _part(self, table: str) -> Part:
        values, lines = self._values[table], self._lines[table]
        broken = tuple(self._broken[table])
        columns = list(map(list, zip(*values, strict=True))) or [[] for _ in CONTRACT[table]]
        self._values[table], self._lines[table], self._broken[table] = [], [], []
        return Part(table, self._file, Rows(columns, lines, broken), CONTRACT[table])
