"""A first look at exports: their tables, columns and values, before anything is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.config.procedures import ProcedureRules
from auditor.config.site import FileShape, Sheets, Site
from auditor.errors import SourceError
from auditor.ingest import excel
from auditor.ingest.columns import Fit
from auditor.ingest.dates import classify_value
from auditor.ingest.exports import find_sources, read_source
from auditor.ingest.outline import Outline
from auditor.ingest.parts import CONTRACT, Notes, Source
from auditor.ingest.rows import Rows, listed
from auditor.ingest.schema import TABLES
from auditor.ingest.sources import READERS, find_kind
from auditor.onboarding.names import score_name
from auditor.onboarding.traits import Traits

# Rows of a table that are looked at: enough to know its words, and soon done.
MOST_ROWS = 50_000
_RUN_ROWS = 5_000


@dataclass(frozen=True)
class Seen:
    """A table that was looked at.

    Attributes:
        path: The file.
        sheet: The sheet of a workbook; empty where there are no others.
        columns: What its columns look like, in the file's order.
        rows: Rows that were looked at.
        whole: These are all of its rows.
    """

    path: Path
    sheet: str
    columns: tuple[Traits, ...]
    rows: int
    whole: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.path.name}, sheet '{self.sheet}'" if self.sheet else self.path.name

    def column(self, name: str) -> Traits:
        """What a column looks like."""
        return next(traits for traits in self.columns if traits.name == name)


def look_at(path: Path, rules: ProcedureRules) -> Iterator[Seen]:
    """Look at the tables of a file: one, or one for each sheet of a workbook that holds rows.

    Raises:
        SourceError: The file cannot be read, or its first line is data.
    """
    kind = find_kind(path)
    sheets = excel.list_sheets(path) if kind == "excel" else [""]
    for sheet in sheets:
        shape = FileShape(sheets=Sheets(reports=sheet, orders=sheet))
        layout = READERS[kind].read_layout(path, shape, _fit_names, "reports")
        _check_header(layout.header, f"{path}, sheet '{sheet}'" if sheet else str(path))
        width = len(layout.header)
        outline = Outline(width=width, delimiter=layout.delimiter, used=frozenset(range(width)))
        runs = READERS[kind].read_rows(path, layout, outline, shape=shape, batch_rows=_RUN_ROWS)
        named = sheet if len(sheets) > 1 else ""
        yield _look(path, named, layout.header, runs, rules)


def _look(
    path: Path, sheet: str, header: tuple[str, ...], runs: Iterator[Rows], rules: ProcedureRules
) -> Seen:
    columns = [Traits(name) for name in header]
    rows = 0
    whole = True
    for run in runs:
        for traits, values in zip(columns, run.columns, strict=True):
            traits.add(listed(values), rules)
        rows += len(run.lines)
        if rows >= MOST_ROWS:
            whole = next(runs, None) is None
            break
    # A column without a name cannot be mapped.
    return Seen(path, sheet, tuple(t for t in columns if t.name), rows, whole)


def _fit_names(header: Sequence[str]) -> Fit:
    """How many names of a header say what they are, of whatever table."""
    columns = {column.name for columns in TABLES.values() for column in columns}
    return Fit(
        known=sum(max(score_name(n, column) for column in columns) > 0.4 for n in header if n)
    )


def _check_header(header: tuple[str, ...], place: str) -> None:
    names = [name for name in header if name]
    like_data = [name for name in names if len(name) > 60 or classify_value(name) != "text"]
    if not names or len(like_data) > len(names) // 2:
        raise SourceError(
            f"{place}: its first line looks like data, not like column names: is the header "
            "missing?"
        )


def find_native(path: Path, site: Site) -> Source | None:
    """A file as a source of messages or resources, which needs no mapping; None for a table.

    Raises:
        SourceError: The file cannot be read.
    """
    try:
        return find_sources([str(path)], site, Notes())[0]
    except SourceError:
        find_kind(path)  # says what is wrong with a file that is of no kind at all
        return None


def look_at_source(source: Source, site: Site, rules: ProcedureRules) -> dict[str, Seen]:
    """Look at the tables that a source of messages or resources gives, by the contract's names.

    Raises:
        SourceError: It cannot be read.
    """
    columns = {table: [Traits(name) for name in names] for table, names in CONTRACT.items()}
    rows: Counter[str] = Counter()
    for part in read_source(source, site, Notes()):
        for traits, values in zip(columns[part.table], part.rows.columns, strict=True):
            traits.add(listed(values), rules)
        rows[part.table] += len(part.rows.lines)
        if rows.total() >= MOST_ROWS:
            break
    path = source.files[0]
    return {
        table: Seen(path, "", tuple(columns[table]), rows[table], rows.total() < MOST_ROWS)
        for table in rows
        if rows[table]
    }
