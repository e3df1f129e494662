"""Exports in, canonical record batches out: every row kept, or set aside with a reason."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.site import DateShape, Site
from auditor.errors import AuditError
from auditor.ingest.checks import RowChecks
from auditor.ingest.columns import (
    Fit,
    Origin,
    find_origins,
    find_outline,
    fit_columns,
    fold_name,
)
from auditor.ingest.exports import read_source
from auditor.ingest.frames import frame_rows
from auditor.ingest.opening import check_unchanged, stamp_file
from auditor.ingest.parts import Notes, Source
from auditor.ingest.rows import Cells, Rows
from auditor.ingest.schema import TABLES, SetAside
from auditor.ingest.sources import READERS, Layout, Reader, find_kind

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """A run of rows of one file.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        rows: The rows kept, in the file's order; columns as `schema` describes.
        set_aside: The rows not kept, by line.
        rows_in: How many rows stood in this part of the file. Blank lines are no rows.
    """

    table: str
    file: str
    rows: pa.RecordBatch
    set_aside: tuple[SetAside, ...]
    rows_in: int

    def __post_init__(self) -> None:
        if self.rows_in != self.rows.num_rows + len(self.set_aside):
            raise AuditError(
                f"{self.file}: {self.rows_in} rows came in, {self.rows.num_rows} were kept and "
                f"{len(self.set_aside)} set aside: a row was lost. Please report this defect."
            )


def check_files(paths: Sequence[Path], table: str, site: Site) -> None:
    """Check, before anything else is done, that every file can be read as this table.

    Raises:
        SourceError: A file is missing, of an unknown kind, or lacks a needed column that the site
            file does not map.
        ConfigError: The site file maps a column that the contract does not know.
    """
    for path in paths:
        _open(path, table, site)


def map_columns(path: Path, table: str, site: Site) -> tuple[tuple[str, ...], tuple[Origin, ...]]:
    """A file's column names, and which of them each contract column is taken from.

    Raises:
        SourceError, ConfigError: As `check_files`.
    """
    _, layout, origins = _open(path, table, site)
    return layout.header, origins


def _open(path: Path, table: str, site: Site) -> tuple[Reader, Layout, tuple[Origin, ...]]:
    """How a file is read, its columns, and which of them the contract's are taken from."""
    reader = READERS[find_kind(path)]

    def fits(header: Sequence[str]) -> Fit:
        return fit_columns(header, table, site)

    layout: Layout = reader.read_layout(path, site.files, fits, table)
    sheet = getattr(layout, "sheet", "")
    place = f"{path}, sheet '{sheet}'" if sheet else str(path)
    return reader, layout, find_origins(layout.header, table, site, place)


def read_batches(
    paths: Sequence[Path],
    table: str,
    site: Site,
    *,
    batch_rows: int = 20_000,
    now_date: str | None = None,
) -> Iterator[Batch]:
    """Read files as a canonical table, in the files' order, never a whole file in memory.

    Repeated rows are kept: whoever comes later drops them by `row_digest`. A file without rows
    gives one batch without rows, so that an empty feed is not taken for none.

    Args:
        paths: Single-table files of any kind that `sources` knows.
        table: `reports` or `orders`.
        site: Column names and ways of writing.
        batch_rows: At most so many rows at a time.
        now_date: ISO date; what is said to have happened more than a day later is set aside.

    Raises:
        SourceError, ConfigError: As `check_files`, or a file is damaged further on.
    """
    for path in paths:
        stamp = stamp_file(path)
        reader, layout, origins = _open(path, table, site)
        file = str(path)
        outline = find_outline(origins, len(layout.header), layout.delimiter, site.dates)
        target = _Target(table, file, layout.header, origins, site.dates, now_date)
        rows_in = kept = 0
        any_rows = False
        for rows in reader.read_rows(
            path, layout, outline, shape=site.files, batch_rows=batch_rows
        ):
            any_rows = True
            batch = target.fill(rows)
            rows_in, kept = rows_in + batch.rows_in, kept + batch.rows.num_rows
            yield batch
        check_unchanged(path, stamp)
        if not any_rows:
            yield target.fill(Rows([[] for _ in layout.header], []))
        _LOG.info("%s: %d rows in, %d kept, %d set aside", file, rows_in, kept, rows_in - kept)


def read_exports(
    sources: Sequence[Source], site: Site, notes: Notes, *, now_date: str | None = None
) -> Iterator[Batch]:
    """Read sources that hold both tables, in their order, never a whole file in memory.

    Args:
        sources: From `exports.find_sources`.
        site: Where the site has what the contract asks for.
        notes: Filled with what is left out.
        now_date: As for `read_batches`.

    Raises:
        SourceError, ConfigError: See the readers.
    """
    for source in sources:
        # Messages and resources have their own ways of writing dates; the zone is the site's.
        shared = DateShape(time_zone=site.dates.time_zone)
        dates = site.dates if source.kind in ("omop", "sql") else shared
        # Some are read twice: what they refer to first.
        stamps = [(path, stamp_file(path)) for path in source.files]
        for part in read_source(source, site, notes):
            shape = site if part.mapped else Site()
            origins = find_origins(part.header, part.table, shape, part.file)
            target = _Target(part.table, part.file, part.header, origins, dates, now_date)
            yield target.fill(part.rows)
        for path, stamp in stamps:
            check_unchanged(path, stamp)


def read_frame(
    frame: pd.DataFrame, table: str, site: Site, *, now_date: str | None = None
) -> Batch:
    """Read a DataFrame as a canonical table.

    The file's name is `<reports>` or `<orders>`, a row's line its number from 0 plus 2, as if the
    frame had been written to a CSV file.

    Raises:
        SourceError, ConfigError: As `check_files`.
    """
    file = f"<{table}>"
    header, rows = frame_rows(frame)
    origins = find_origins(header, table, site, file)
    return _Target(table, file, header, origins, site.dates, now_date).fill(rows)


@dataclass(frozen=True)
class _Target:
    """What one file's rows are made into, and by which settings."""

    table: str
    file: str
    header: Sequence[str]
    origins: tuple[Origin, ...]
    dates: DateShape
    now_date: str | None

    def fill(self, rows: Rows) -> Batch:
        """A run of rows as a batch."""
        checks = RowChecks(self.dates, self.now_date, clean=rows.clean)
        for row in self._repeated_headers(rows):
            checks.note(row, "", "repeated_header", "row")
        count = len(rows.lines)
        values = {origin.column.name: origin.values(rows.columns, count) for origin in self.origins}
        columns = checks.check_table(self.table, values)
        faults = checks.faults
        set_aside = [
            SetAside(self.table, self.file, line, "", reason, "row") for line, reason in rows.broken
        ]
        for row, fault in faults.items():
            line, column = rows.lines[row], fault.column
            set_aside.append(
                SetAside(self.table, self.file, line, column, fault.reason, fault.value_class)
            )
        return Batch(
            table=self.table,
            file=self.file,
            rows=self._record_batch(columns, rows, faults),
            set_aside=tuple(sorted(set_aside)),
            rows_in=count + len(rows.broken),
        )

    def _record_batch(
        self, columns: dict[str, pa.StringArray], rows: Rows, without: Collection[int]
    ) -> pa.RecordBatch:
        """The rows but those set aside, with where they stood."""
        count = len(rows.lines)
        named = {column.name: columns[column.name] for column in TABLES[self.table]}
        named["file"] = pa.repeat(pa.scalar(self.file, pa.string()), count)
        named["line"] = pa.array(rows.lines, pa.int64())
        batch = pa.RecordBatch.from_arrays(list(named.values()), names=list(named))
        if not without:
            return batch
        kept = np.ones(count, bool)
        kept[list(without)] = False
        return batch.filter(pa.array(kept))

    def _repeated_headers(self, rows: Rows) -> list[int]:
        """Rows that repeat the header, as where exports were put together into one file."""
        folded = [fold_name(name) for name in self.header]
        return [
            row
            for row in _rows_with(rows.columns[0], self.header[0])
            if [fold_name(_cell(column, row)) for column in rows.columns] == folded
        ]


def _rows_with(cells: Cells, name: str) -> list[int]:
    """The rows whose cell ends like a name: cheap, and only such a row can repeat the header."""
    if isinstance(cells, list):
        rows: Iterable[int] = range(len(cells))
    else:
        rows = pc.indices_nonzero(pc.match_substring(cells, name)).to_pylist()
    return [row for row in rows if _cell(cells, row).strip().endswith(name)]


def _cell(cells: Cells, row: int) -> str:
    return cells[row] if isinstance(cells, list) else str(cells[row])
