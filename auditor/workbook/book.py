"""The workbook as a file: the same cells give the same bytes, and formulas carry their values."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from auditor.workbook.page import Page
from auditor.workbook.styles import Styles

# Zip entries and the document's properties bear a time; the clock would make every file another.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_SHEET_PART = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_FORMULA_CELL = re.compile(
    rb'<c r="(?P<at>[A-Z]+\d+)"(?P<rest>[^>]*)>(?P<formula><f>[^<]*</f>)<v\s*(?:/>|></v>)</c>'
)


class Book:
    """A workbook being written, sheet by sheet in the order of the tabs."""

    def __init__(self, title: str, as_of: datetime):
        self._workbook = Workbook(write_only=True)
        self._styles = Styles()
        self._pages: list[Page] = []
        properties = self._workbook.properties
        properties.title = title
        properties.creator = "auditor"
        properties.created = properties.modified = as_of

    def open_page(self, title: str, widths: Sequence[float]) -> Page:
        """Begin a sheet with these column widths, in characters."""
        page = Page(self._workbook, self._styles, title, widths)
        self._pages.append(page)
        return page

    def save(self, path: Path) -> None:
        """Write the file. The book cannot be written to afterwards."""
        values = {number: page.formula_values for number, page in enumerate(self._pages, start=1)}
        archive = _Archive(path, values)
        try:
            # Not Workbook.save: that stamps the file with the clock.
            ExcelWriter(self._workbook, archive).write_data()
        finally:
            archive.close()


class _Archive:
    """The zip file that openpyxl writes the parts of a workbook into."""

    def __init__(self, path: Path, values: Mapping[int, Mapping[str, float | str]]):
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, allowZip64=True)
        self._values = values

    def writestr(self, name: str, data: str | bytes) -> None:
        """Write a part."""
        self._zip.writestr(_entry(name), data)

    def write(self, source: str, name: str) -> None:
        """Write a part from a file; into a sheet with formulas, put their values."""
        sheet = _SHEET_PART.fullmatch(name)
        values = self._values.get(int(sheet.group(1)), {}) if sheet else {}
        if values:
            self.writestr(name, _with_values(Path(source).read_bytes(), values))
            return
        with open(source, "rb") as part, self._zip.open(_entry(name), "w") as target:
            shutil.copyfileobj(part, target)

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


def _with_values(sheet: bytes, values: Mapping[str, float | str]) -> bytes:
    """Put each formula's value beside it, where openpyxl leaves an empty element."""

    def with_value(cell: re.Match[bytes]) -> bytes:
        value = values[cell["at"].decode()]
        text = escape(value) if isinstance(value, str) else repr(value)
        kind = b' t="str"' if isinstance(value, str) else b""
        start = b'<c r="' + cell["at"] + b'"' + cell["rest"] + kind + b">"
        return start + cell["formula"] + b"<v>" + text.encode() + b"</v></c>"

    return _FORMULA_CELL.sub(with_value, sheet)
