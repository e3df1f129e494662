"""Old `.xls` workbooks, by xlrd, which reads them into memory: they hold 65,536 rows at most."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditor.errors import SourceError
from auditor.ingest.spreadsheet.cells import DATE, PLAIN, ErrorCell, kind_of_format, number_text
from auditor.ingest.spreadsheet.package import Sheet

# No sheet of 65,536 rows with long texts is larger.
_LARGEST = 512 << 20


class OldBook:
    """An open `.xls` file.

    Attributes:
        sheets: Its worksheets, in the order of their tabs.
    """

    def __init__(self, path: Path, book: Any) -> None:
        self._path, self._book = path, book
        self._from_1904 = book.datemode == 1
        forms = [book.format_map.get(style.format_key) for style in book.xf_list]
        self._kinds = [kind_of_format(0, form.format_str) if form else PLAIN for form in forms]
        self.sheets = tuple(
            Sheet(name, shown=book._sheet_visibility[number] == 0)
            for number, name in enumerate(book.sheet_names())
        )

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
        """The rows of a sheet that hold anything, each with its number, from 1.

        Raises:
            SourceError: The sheet is damaged.
        """
        with _damages_named(self._path):
            cells = self._book.sheet_by_name(sheet.name)
        for number in range(cells.nrows):
            row = [self._text(cell) for cell in cells.row(number)]
            if row:
                yield number + 1, row

    def _text(self, cell: Any) -> str:
        kind, value = cell.ctype, cell.value
        if kind == 1:
            return str(value)
        if kind in (2, 3):
            style = cell.xf_index or 0
            shown = self._kinds[style] if style < len(self._kinds) else PLAIN
            written, shown = repr(value), DATE if kind == 3 else shown
            return number_text(written, shown, from_1904=self._from_1904)
        if kind == 4:
            return "TRUE" if value else "FALSE"
        return ErrorCell() if kind == 5 else ""


@contextmanager
def open_old_book(path: Path) -> Iterator[OldBook]:
    """Open an `.xls` file.

    Raises:
        SourceError: It cannot be read, is too large or wants a password.
    """
    import xlrd

    if path.stat().st_size > _LARGEST:
        raise SourceError(f"{path}: is too large for an old Excel workbook; save it as .xlsx.")
    with _damages_named(path):
        book = xlrd.open_workbook(
            path, logfile=io.StringIO(), on_demand=True, ragged_rows=True, formatting_info=True
        )
        old = OldBook(path, book)
    with book:
        yield old


@contextmanager
def _damages_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    except Exception as error:  # noqa: BLE001 - xlrd ends in whatever a damaged file leads it to
        # What it says may quote the file, so none of it is handed on.
        if "encrypted" in str(error) or "Can't find workbook" in str(error):
            raise SourceError(
                f"{path}: wants a password or is no workbook; save it as .xlsx without a password."
            ) from None
        raise SourceError(
            f"{path}: the old Excel workbook is damaged; save it again, as .xlsx."
        ) from None
