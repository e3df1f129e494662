"""Rows -> an Excel workbook of one sheet, written as a stream; the same rows, the same bytes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from auditor.sample.files import Table

# What XML does not hand back as it was; spreadsheet programs write it by its number.
_BY_NUMBER = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
# Zip entries bear a time; the clock would make every file another.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LINK = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
    '.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'{_LINK}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_LINK}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class ExcelTable(Table):
    """One sheet, every cell a text, so that ids keep their zeros and dates their precision."""

    def begin(self) -> None:
        """Open the workbook and write the header."""
        self._archive = ZipFile(self.path, "w", ZIP_DEFLATED)
        for name, content in _PARTS.items():
            whole = _HEAD + content.replace("{name}", self.path.stem.capitalize())
            self._archive.writestr(_entry(name), whole)
        self._sheet = self._archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        self._sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        self.add(list(self.columns))

    def add(self, cells: list[str]) -> None:
        """Append one row."""
        written = "".join(map(_cell, cells))
        self._sheet.write(f"<row>{written}</row>".encode("utf-8", "xmlcharrefreplace"))

    def end(self) -> None:
        """Close the workbook."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()


def _cell(text: str) -> str:
    if not text:
        return "<c/>"
    safe = escape(_BY_NUMBER.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{safe}</t></is></c>'


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=_ZIP_TIME)
    entry.compress_type = ZIP_DEFLATED
    return entry
