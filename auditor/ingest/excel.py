"""Excel workbooks: which sheet holds the table, where its header is, and its rows in runs.

`.xlsx` and `.xlsm` are read as streams by `spreadsheet`, old `.xls` files by xlrd. A row's line is
its number in the sheet.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditor.config.site import FileShape
from auditor.errors import SourceError
from auditor.ingest.archives import ARCHIVE_START
from auditor.ingest.columns import Fit
from auditor.ingest.outline import Outline
from auditor.ingest.rows import Rows
from auditor.ingest.runs import Gathering
from auditor.ingest.spreadsheet.cells import ErrorCell, InexactNumber, is_blank
from auditor.ingest.spreadsheet.headers import Header, Row, find_header
from auditor.ingest.spreadsheet.old import open_old_book
from auditor.ingest.spreadsheet.package import Sheet, open_package
from auditor.ingest.spreadsheet.sheets import read_sheet
from auditor.ingest.spreadsheet.strings import SharedStrings

# A header stands among so many rows from the top that hold anything.
_LOOKED_AT = 40

Fits = Callable[[Sequence[str]], Fit]


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where a workbook holds a table.

    Attributes:
        header: The columns' names.
        header_lines: Number of the last row of the header.
        sheet: Name of the sheet.
        delimiter: Empty: cells are not delimited by characters.
    """

    header: tuple[str, ...]
    header_lines: int
    sheet: str
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook: its sheets, and how to read the rows of one."""

    sheets: tuple[Sheet, ...]
    rows: Callable[[Sheet], Iterator[Row]]


def read_layout(path: Path, shape: FileShape, fits: Fits, table: str) -> SheetLayout:
    """Find the sheet that holds a table, and its header.

    The sheet is the one that the site names, else the visible one whose columns fit. Where none
    fits, it is the one that comes nearest: what it lacks is told when its columns are mapped.

    Raises:
        SourceError: The workbook cannot be read, it has no such sheet or none with rows, or
            several sheets fit.
    """
    wanted: str = getattr(shape.sheets, table)
    with _open(path) as book:
        found = {
            sheet.name: (sheet, header)
            for sheet in book.sheets
            if (not wanted and sheet.shown) or sheet.name.strip() == wanted.strip() != ""
            if (header := _header(book, sheet, fits)) is not None
        }
    if not found:
        raise _no_sheet(path, book, wanted)
    fitting = [name for name, (_, header) in found.items() if fits(header.names).complete]
    if len(fitting) > 1:
        names = ", ".join(f"'{name}'" for name in fitting)
        raise SourceError(
            f"{path}: the sheets {names} all hold {table}; name the one to read in the site file "
            f'under [files.sheets], as in {table} = "{fitting[0]}", or save each as a file.'
        )
    # Of sheets that fit equally well the first: `max` keeps it.
    name = max(found, key=lambda name: fits(found[name][1].names))
    header = found[name][1]
    return SheetLayout(header.names, header.row, name)


def list_sheets(path: Path) -> list[str]:
    """The names of the sheets that people see and that hold rows, in the order of their tabs.

    Raises:
        SourceError: The workbook cannot be read, or no such sheet holds rows.
    """
    with _open(path) as book:
        names = [
            sheet.name
            for sheet in book.sheets
            if sheet.shown and any(not is_blank(cells) for _, cells in book.rows(sheet))
        ]
    if not names:
        raise _no_sheet(path, book, "")
    return names


def read_rows(
    path: Path, layout: SheetLayout, outline: Outline, *, shape: FileShape, batch_rows: int
) -> Iterator[Rows]:
    """Read all rows below the header, in runs of at most `batch_rows`.

    A cell whose formula failed, and a whole number of more digits than a spreadsheet keeps, set
    their row aside where they stand in an id, a date or a text; elsewhere they are empty or as
    they are. What stands to the right of the named columns is not read.

    Raises:
        SourceError: The workbook is damaged.
    """
    width = len(layout.header)
    gathering = Gathering(width, batch_rows)
    with _open(path) as book:
        sheet = next(sheet for sheet in book.sheets if sheet.name == layout.sheet)
        for line, cells in book.rows(sheet):
            del cells[width:]
            if line <= layout.header_lines or is_blank(cells) and not any(map(_odd, cells)):
                continue
            cells.extend([""] * (width - len(cells)))
            reason = _fault(cells, outline.needed) if any(map(_odd, cells)) else ""
            if reason:
                gathering.set_aside(line, reason)
            else:
                gathering.add(line, cells)
            if gathering.is_full:
                yield gathering.take()
    if len(gathering):
        yield gathering.take()


def _odd(cell: str) -> bool:
    return type(cell) is not str


def _fault(cells: Sequence[str], needed: frozenset[int]) -> str:
    for number in sorted(needed):
        if isinstance(cells[number], ErrorCell):
            return "formula_error"
        if isinstance(cells[number], InexactNumber):
            return "inexact_number"
    return ""


def _header(book: Book, sheet: Sheet, fits: Fits) -> Header | None:
    """The header of a sheet, None where the sheet holds nothing."""
    rows = (row for row in book.rows(sheet) if not is_blank(row[1]))
    first = list(itertools.islice(rows, _LOOKED_AT))
    return find_header(first, fits) if first else None


def _no_sheet(path: Path, book: Book, wanted: str) -> SourceError:
    names = ", ".join(f"'{sheet.name}'" for sheet in book.sheets) or "none"
    if wanted:
        return SourceError(
            f"{path}: has no sheet '{wanted}' with rows, which the site file names under "
            f"[files.sheets]; its sheets are {names}."
        )
    return SourceError(
        f"{path}: no sheet that can be seen holds any rows; its sheets are {names}. Name a hidden "
        "one in the site file under [files.sheets]."
    )


@contextmanager
def _open(path: Path) -> Iterator[Book]:
    with path.open("rb") as content:
        is_package = content.read(4) == ARCHIVE_START
    if is_package:
        with open_package(path) as package, SharedStrings(package) as strings:
            yield Book(package.sheets, lambda sheet: read_sheet(package, sheet, strings))
    else:
        with open_old_book(path) as old:
            yield Book(old.sheets, old.rows)
