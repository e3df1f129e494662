"""Sheets that are one list: a heading row, then one row per thing, as an Excel table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.config.workbook import ColumnLabel, SheetKey, WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.dates import parse_moment
from auditor.workbook.page import MAX_ROWS, Page
from auditor.workbook.styles import DATE, LISTED, MOMENT, RIGHT, WRAPPED, header

_PAPER_WIDTH = 215  # characters on a landscape page that can still be read


@dataclass(frozen=True, slots=True)
class ListPage:
    """A sheet written by `write_list`: its page and the last row with data."""

    page: Page
    last_row: int


def write_list(
    book: Book,
    labels: WorkbookLabels,
    key: SheetKey,
    columns: Sequence[ColumnLabel],
    rows: Iterable[Sequence[Cell | None]],
    *,
    frozen_columns: int = 0,
    hidden: Sequence[int] = (),
    empty: str | None = None,
) -> list[ListPage]:
    """Write rows under their headings; more rows than a sheet holds go to further sheets.

    Args:
        book: The workbook.
        labels: Words and colours.
        key: Which sheet; its table is `table_name(key)`.
        columns: One label per column; headings differ.
        rows: One sequence of cells per row, as long as `columns`.
        frozen_columns: How many columns stay in view on the left.
        hidden: Numbers (from 1) of columns that are folded away.
        empty: What the first cell says when there are no rows: empty for nothing, None for that
            there is nothing to list.
    """
    written: list[ListPage] = []
    page: Page | None = None

    for row in rows:
        if page is None or page.next_row > MAX_ROWS:
            if page is not None:
                written.append(_finish(page, key, columns, len(written) + 1))
            page = _open(book, labels, key, columns, len(written) + 1, frozen_columns, hidden)
        page.write(*row)
    if page is None:
        page = _open(book, labels, key, columns, 1, frozen_columns, hidden)
        note = labels.words.nothing if empty is None else empty
        page.write(Cell(note, LISTED) if note else None)
    written.append(_finish(page, key, columns, len(written) + 1))
    return written


def table_name(key: SheetKey, part: int = 1) -> str:
    """The name of a sheet's table in formulas, e.g. `NearMisses`."""
    name = "".join(word.capitalize() for word in key.split("_"))
    return name if part == 1 else f"{name}{part}"


def make_cell(value: str, column: ColumnLabel, labels: WorkbookLabels) -> Cell:
    """The cell of a text value, by the type of its column."""
    if value == "":
        return Cell(None, LISTED)
    if column.type == "number":
        return Cell(_number(value), RIGHT)
    if column.type == "datetime":
        moment = parse_moment(value)
        if moment is None:
            return Cell(value, LISTED)
        return Cell(moment, DATE if len(value) == 10 else MOMENT)
    if column.type == "code":
        return Cell(labels.word(column.codes, value), WRAPPED)
    if column.type == "codes":
        words = [labels.word(column.codes, code) for code in value.split(";")]
        return Cell("; ".join(words), WRAPPED)
    return Cell(value, LISTED if column.type == "id" else WRAPPED)


def _open(
    book: Book,
    labels: WorkbookLabels,
    key: SheetKey,
    columns: Sequence[ColumnLabel],
    part: int,
    frozen_columns: int,
    hidden: Sequence[int],
) -> Page:
    title = labels.sheet(key).title
    page = book.open_page(
        title if part == 1 else f"{title} {part}", [column.width for column in columns]
    )
    for column in hidden:
        page.fold(column)
    page.freeze(page.address(2, frozen_columns + 1))
    page.repeat_on_paper("1:1")
    look = header(labels.palette.header)
    right = header(labels.palette.header, figures=True)
    page.write(
        *(Cell(column.heading, right if column.type == "number" else look) for column in columns),
        height=32,
    )
    return page


def _finish(page: Page, key: SheetKey, columns: Sequence[ColumnLabel], part: int) -> ListPage:
    last_row = page.next_row - 1
    page.add_table(table_name(key, part), [column.heading for column in columns], 1, last_row)
    page.print_columns(_columns_on_paper(columns))
    return ListPage(page, last_row)


def _columns_on_paper(columns: Sequence[ColumnLabel]) -> int:
    """How many columns fit on paper so that they can be read; at least one."""
    width, fitting = 0.0, 0
    for column in columns:
        width += column.width
        if width > _PAPER_WIDTH:
            break
        fitting += 1
    return max(1, fitting)


def _number(value: str) -> int | float | str:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value
