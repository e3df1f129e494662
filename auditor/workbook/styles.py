"""How cells look: small frozen descriptions, made into spreadsheet styles once each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

FONT = "Arial"  # on Windows and Mac, and with the same widths (Liberation) elsewhere
SIZE = 10
LINE_HEIGHT = 13.0  # points, of a line at SIZE
MAX_LINES = 9  # a row is never higher; the whole text is still in its cell

WEEKDAY_FORMAT = "yyyy-mm-dd ddd"
DATE_FORMAT = "yyyy-mm-dd"
MOMENT_FORMAT = "yyyy-mm-dd hh:mm"
COUNT_FORMAT = "#,##0"
SHARE_FORMAT = "0.0%"
TENTHS_FORMAT = "#,##0.0"


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a cell.

    Attributes:
        bold: Bold font.
        italic: Italic font.
        underline: Underlined font, for links.
        size: Font size in points.
        colour: Font colour (RRGGBB).
        fill: Fill colour (RRGGBB), empty for none.
        wrap: Long text goes on in further lines.
        across: Horizontal alignment.
        indent: Distance from the side, in characters.
        up: Vertical alignment.
        number: Number format.
        rule: A thin line below.
    """

    bold: bool = False
    italic: bool = False
    underline: bool = False
    size: float = SIZE
    colour: str = "000000"
    fill: str = ""
    wrap: bool = False
    across: str = "general"
    indent: int = 0
    up: str = "top"
    number: str = "General"
    rule: bool = False


PLAIN = Look()
LISTED = Look(rule=True)
ASIDE = Look(rule=True, across="left", indent=1)  # text beside figures
WRAPPED = Look(rule=True, wrap=True)
WEEKDAY = Look(rule=True, number=WEEKDAY_FORMAT, across="left")
DATE = Look(rule=True, number=DATE_FORMAT, across="left")
MOMENT = Look(rule=True, number=MOMENT_FORMAT, across="left")
RIGHT = Look(rule=True, across="right", indent=1)
COUNT = replace(RIGHT, number=COUNT_FORMAT)
SHARE = replace(RIGHT, number=SHARE_FORMAT)
TENTHS = replace(RIGHT, number=TENTHS_FORMAT)
LINK = Look(rule=True, underline=True, colour="0563C1")
STRONG = Look(bold=True, wrap=True)
NOTE = Look(italic=True, colour="595959")
TITLE = Look(bold=True, size=18)
HEADING = Look(bold=True, size=12)
FIGURE = Look(bold=True, size=26, number=SHARE_FORMAT, across="left", up="center")


def header(fill: str, *, figures: bool = False) -> Look:
    """The look of a table's heading: white on a dark fill, over figures at their side."""
    look = Look(bold=True, colour="FFFFFF", fill=fill, wrap=True, up="center")
    return replace(look, across="right", indent=1) if figures else look


def total(look: Look, fill: str) -> Look:
    """The look of a total: bold on a light band."""
    return replace(look, bold=True, fill=fill)


class Styles:
    """Makes each look into a style of one workbook once, and knows it by its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Look, bool], int] = {}
        # By identity, which is quicker; holding the look keeps the identity its own.
        self._known: dict[tuple[int, bool], tuple[Look, int]] = {}

    def number(self, look: Look, sheet: Any, *, literal: bool = False) -> int:
        """The number of a look's style.

        Args:
            look: The look.
            sheet: Any sheet of the workbook.
            literal: The program must take the text as text even after an edit.
        """
        known = self._known.get((id(look), literal))
        if known is not None:
            return known[1]
        if (look, literal) not in self._numbers:
            cell = WriteOnlyCell(sheet)
            _dress(cell, look)
            cell.quotePrefix = literal
            self._numbers[look, literal] = cell.style_id
        number = self._numbers[look, literal]
        self._known[id(look), literal] = (look, number)
        return number


def _dress(cell: WriteOnlyCell, look: Look) -> None:
    cell.font = Font(
        name=FONT,
        size=look.size,
        bold=look.bold,
        italic=look.italic,
        underline="single" if look.underline else None,
        color=f"FF{look.colour}",
    )
    if look.fill:
        cell.fill = PatternFill("solid", fgColor=f"FF{look.fill}")
    cell.alignment = Alignment(
        horizontal=look.across, vertical=look.up, wrap_text=look.wrap, indent=look.indent
    )
    if look.rule:
        cell.border = Border(bottom=Side("thin", color="FFD9D9D9"))
    cell.number_format = look.number
