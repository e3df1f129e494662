"""OMOP tables as CSV files -> a database without a name, so that both are read by one query.

SQLite holds it in memory, and in an unlinked file as it grows. What a table holds is told from its
columns: an OMOP table's first is its own id.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from auditor.config.site import Site
from auditor.ingest import delimited
from auditor.ingest.outline import Outline
from auditor.ingest.parts import PART_ROWS, Notes
from auditor.ingest.rows import Rows, listed
from auditor.ingest.survey import UNDECODED

# The tables that are read, and a column that tells each from others that begin alike.
TABLES = {
    "note": "note_text",
    "procedure_occurrence": "procedure_concept_id",
    "person": "gender_concept_id",
    "care_site": "care_site_name",
    "visit_occurrence": "person_id",
    "concept": "vocabulary_id",
}
# Tables that give rows; the others are looked up in, one row an id.
ROW_TABLES = {"note": "reports", "procedure_occurrence": "orders"}
# Columns of our own: where a row stood.
FILE, LINE = "_file", "_line"
CONCEPT_COLUMNS = ("procedure_concept_id", "procedure_source_concept_id")
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


def table_of(header: Sequence[str]) -> str:
    """The OMOP table that a file's header is of; empty where it is of none that is read."""
    names = [name.strip().lower() for name in header]
    name = names[0].removesuffix("_id") if names else ""
    return name if name in TABLES and names[0].endswith("_id") and TABLES[name] in names else ""


class Broken:
    """Records of the files that could not be taken apart: by file and table."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def add(self, file: str, table: str, records: Sequence[tuple[int, str]]) -> None:
        """Note the broken records of a run of rows."""
        if records:
            self.records.setdefault((file, table), []).extend(records)


@contextmanager
def open_tables(
    files: Sequence[Path], site: Site, broken: Broken, notes: Notes
) -> Iterator[Connection]:
    """A connection to the tables of the files, gone when the block ends.

    Raises:
        SourceError: A file cannot be read.
    """
    raw = sqlite3.connect("", isolation_level=None)
    engine = create_engine(
        "sqlite://", creator=lambda: raw, poolclass=NullPool, hide_parameters=True
    )
    try:
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA journal_mode=OFF")
        raw.execute("PRAGMA cache_size=-131072")  # 128 MiB
        # One transaction that is never kept: each row would else be put to disk by itself.
        raw.execute("BEGIN")
        _load(raw, files, site, broken, notes)
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
        raw.close()


def _load(
    raw: sqlite3.Connection, files: Sequence[Path], site: Site, broken: Broken, notes: Notes
) -> None:
    layouts = {path: delimited.read_layout(path, site.files) for path in files}
    tables = {path: table_of(layout.header) for path, layout in layouts.items()}
    wanted: set[str] | None = None
    # Concepts last: of millions only those are kept that something names.
    for path in sorted(files, key=lambda path: (tables[path] == "concept", path)):
        table, header = tables[path], [name.strip().lower() for name in layouts[path].header]
        if table == "concept" and wanted is None:
            wanted = _named_concepts(raw)
        known = _make_table(raw, table, header)
        insert = _insert(table, [name for _, name in known])
        for rows in _read(path, layouts[path], site):
            if table in ROW_TABLES:
                broken.add(str(path), ROW_TABLES[table], rows.broken)
            elif rows.broken:
                notes.add(f"Rows of the OMOP table {table} that cannot be read", len(rows.broken))
            values = _values(rows, known, str(path))
            if table == "concept" and wanted is not None:
                values = (row for row in values if row[0] in wanted)
            raw.executemany(insert, values)


def _read(path: Path, layout: delimited.Layout, site: Site) -> Iterator[Rows]:
    outline = Outline(width=len(layout.header), delimiter=layout.delimiter, ids=(0,))
    return delimited.read_rows(path, layout, outline, shape=site.files, batch_rows=PART_ROWS)


def _make_table(
    raw: sqlite3.Connection, table: str, header: Sequence[str]
) -> list[tuple[int, str]]:
    """Make a table, or widen it; return the file's columns that it has, by number and name."""
    known = {name: at for at, name in reversed(list(enumerate(header))) if _NAME.fullmatch(name)}
    key = "" if table in ROW_TABLES else " PRIMARY KEY"
    raw.execute(f'CREATE TABLE IF NOT EXISTS "{table}" ("{header[0]}" TEXT{key})')
    there = {row[1] for row in raw.execute(f'PRAGMA table_info("{table}")')}
    for name in [*known, FILE, LINE]:
        if name not in there:
            raw.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}"')
    return sorted((at, name) for name, at in known.items())


def _insert(table: str, names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in [*names, FILE, LINE])
    marks = ", ".join("?" * (len(names) + 2))
    # Table and columns have been checked; of two rows of one id in a table to look up in, the last.
    return f'INSERT OR REPLACE INTO "{table}" ({listed}) VALUES ({marks})'  # noqa: S608


def _values(
    rows: Rows, known: Sequence[tuple[int, str]], file: str
) -> Iterator[tuple[object, ...]]:
    columns: list[list[object]] = [
        # Tools that know whole numbers only without gaps write an id as 17.0.
        [cell.removesuffix(".0") for cell in listed(rows.columns[at])]
        if name.endswith("_id")
        else list(listed(rows.columns[at]))
        for at, name in known
    ]
    if not rows.clean:
        columns = [[_storable(cell) for cell in column] for column in columns]
    files = [file] * len(rows.lines)
    return zip(*columns, files, rows.lines, strict=True)


def _storable(cell: object) -> object:
    """A cell as a database takes it: one with bytes that could not be decoded, as its bytes."""
    if isinstance(cell, str) and not cell.isascii() and UNDECODED.search(cell):
        return cell.encode("utf-8", "surrogateescape")
    return cell


def _named_concepts(raw: sqlite3.Connection) -> set[str]:
    found: set[str] = set()
    columns = {row[1] for row in raw.execute('PRAGMA table_info("procedure_occurrence")')}
    for name in CONCEPT_COLUMNS:
        if name in columns:
            query = f'SELECT DISTINCT "{name}" FROM procedure_occurrence'  # noqa: S608
            found.update(row[0] for row in raw.execute(query))
    return found
