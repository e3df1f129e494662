"""What a cell holds, and a row of cells as the XML of a sheet.

openpyxl makes an object of every cell and asks it a dozen questions; in a sheet of 200,000 rows
that is most of the time. So the rows are written here, all else of the file by openpyxl (see
`book.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from xml.sax.saxutils import quoteattr

from openpyxl.utils.datetime import to_excel

from auditor.workbook.styles import FONT, PLAIN, SIZE, Look

# Programs read _x0041_ in a cell as the character 41; a text that holds such a code must not become
# another (or a character that no cell may hold).
_CHARACTER_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_BOLD = f'<rPr><rFont val="{FONT}"/><b val="1"/><sz val="{SIZE}"/></rPr>'


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula (with its `=`) and the value that it must give, which is stored with it.

    Programs that do not calculate (a preview, Excel's protected view, pandas) show the value.
    """

    text: str
    value: float | str


@dataclass(frozen=True, slots=True)
class RichText:
    """A text of which some pieces are bold: pieces in order, each with whether it is."""

    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)


Value: TypeAlias = str | int | float | date | RichText | Formula | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, its look, and the place in the workbook that it links to (`'Sheet'!A1`)."""

    value: Value = None
    look: Look = PLAIN
    link: str = ""


def quoted(word: str) -> str:
    """The word as a text inside a formula."""
    return '"' + word.replace('"', '""') + '"'


def place(title: str, cell: str) -> str:
    """A place in the workbook, for a link or a reference."""
    return f"'{title.replace(chr(39), chr(39) * 2)}'!{cell}"


def row_xml(number: int, height: float, cells: Iterable[str]) -> str:
    """A row of cells, each as `cell_xml` gives it; height in points, 0 for the usual one."""
    size = f' ht="{height:g}" customHeight="1"' if height else ""
    return f'<row r="{number}"{size}>{"".join(cells)}</row>'


def cell_xml(at: str, style: int, value: Value) -> str:
    """A cell at an address (`B7`) with the number of its style. Texts must be clean already."""
    if value is None:
        return f'<c r="{at}" s="{style}"/>'
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() else ""
        text = escape_text(value)
        return f'<c r="{at}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'
    if isinstance(value, Formula):
        kind = ' t="str"' if isinstance(value.value, str) else ""
        result = escape_text(value.value) if isinstance(value.value, str) else repr(value.value)
        formula = _escape(value.text[1:])
        return f'<c r="{at}" s="{style}"{kind}><f>{formula}</f><v>{result}</v></c>'
    if isinstance(value, RichText):
        runs = "".join(_run(text, bold=bold) for text, bold in value.pieces)
        return f'<c r="{at}" s="{style}" t="inlineStr"><is>{runs}</is></c>'
    number = to_excel(value) if isinstance(value, date) else value
    return f'<c r="{at}" s="{style}"><v>{number!r}</v></c>'


def link_xml(at: str, target: str) -> str:
    """A link from a cell to a place in the workbook."""
    return f'<hyperlink ref="{at}" location={quoteattr(target)}/>'


def escape_text(text: str) -> str:
    """A text as the XML of a cell writes it."""
    if "_x" in text:
        text = _CHARACTER_CODE.sub("_x005F_", text)
    return _escape(text)


def _run(text: str, *, bold: bool) -> str:
    return f'<r>{_BOLD if bold else ""}<t xml:space="preserve">{escape_text(text)}</t></r>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
