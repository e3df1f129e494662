"""The workbook as a file: our rows in openpyxl's parts; the same cells give the same bytes.

openpyxl writes each sheet without rows (its set-up, tables, charts, colours); the rows, written by
`page.py` on the way, are put in their place when the file is made.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from auditor.workbook.dates import day_of
from auditor.workbook.page import Page
from auditor.workbook.styles import Styles

# Zip entries and the document's properties bear a time; the clock would make every file another.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_NO_DATE = date(1970, 1, 1)
_SHEET_PART = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_NO_ROWS = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>")
_AFTER_LINKS = b"<pageMargins"
# Beyond it a part needs the zip format's larger sizes, which Excel remarks upon.
_LARGE = 2_000_000_000


class Book:
    """A workbook being written, sheet by sheet in the order of the tabs."""

    def __init__(self, title: str, as_of: str, folder: Path):
        """Begin a workbook whose document is dated by the data's cut-off.

        Args:
            title: The document's title.
            as_of: ISO date of the cut-off: the clock would make every file another.
            folder: Where it may keep what is not finished.
        """
        self._workbook = Workbook(write_only=True)
        self._styles = Styles()
        self._pages: list[Page] = []
        self._folder = folder
        properties = self._workbook.properties
        properties.title = title
        properties.creator = "auditor"
        dated = datetime.combine(day_of(as_of) or _NO_DATE, time())
        properties.created = properties.modified = dated

    def open_page(self, title: str, widths: Sequence[float]) -> Page:
        """Begin a sheet with these column widths, in characters."""
        page = Page(self._workbook, self._styles, title, widths, self._folder)
        self._pages.append(page)
        return page

    def colour_tab(self, title: str, colour: str) -> None:
        """Colour (RRGGBB) the tab of a sheet, and those of the further sheets of its list."""
        further = re.compile(rf"{re.escape(title)}( \d+)?")
        for page in self._pages:
            if further.fullmatch(page.title):
                page.sheet.sheet_properties.tabColor = colour

    def save(self, path: Path) -> None:
        """Write the file. The book cannot be written to afterwards."""
        archive = _Archive(path, dict(enumerate(self._pages, start=1)))
        try:
            # Not Workbook.save: that stamps the file with the clock.
            ExcelWriter(self._workbook, archive).write_data()
        finally:
            archive.close()
            for page in self._pages:
                page.rows.close()


class _Archive:
    """The zip file that openpyxl writes the parts of a workbook into."""

    def __init__(self, path: Path, pages: Mapping[int, Page]):
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, allowZip64=True)
        self._pages = pages

    def writestr(self, name: str, data: str | bytes) -> None:
        """Write a part."""
        self._zip.writestr(_entry(name), data)

    def write(self, source: str, name: str) -> None:
        """Write a part from a file; into a sheet, put its rows and links."""
        sheet = _SHEET_PART.fullmatch(name)
        if sheet is None:
            self.writestr(name, Path(source).read_bytes())
            return
        page = self._pages[int(sheet.group(1))]
        large = page.rows.tell() > _LARGE
        with self._zip.open(_entry(name), "w", force_zip64=large) as target:
            _write_sheet(Path(source).read_bytes(), page, target)

    def namelist(self) -> list[str]:
        """Names of the parts written so far."""
        return self._zip.namelist()

    def close(self) -> None:
        """Finish the file."""
        self._zip.close()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=_ZIP_TIME)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write_sheet(empty: bytes, page: Page, target: IO[bytes]) -> None:
    head, tail = _NO_ROWS.split(empty, maxsplit=1)
    target.write(head + b"<sheetData>")
    page.rows.seek(0)
    shutil.copyfileobj(page.rows, target)
    target.write(b"</sheetData>")
    if page.links:
        links = f"<hyperlinks>{''.join(page.links)}</hyperlinks>".encode()
        before, after = tail.split(_AFTER_LINKS, maxsplit=1)
        tail = before + links + _AFTER_LINKS + after
    target.write(tail)
