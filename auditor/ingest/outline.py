"""What a row of a file looks like: how a line that begins a row is told from text.

After a broken record, and within a record of several lines, a reader must know whether a line is
the middle of a report or the beginning of the next row. The cells before the text, and a date
where dates stand, tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

# No id and no date is longer; a cell that is longer is text.
_SHORT = 200
_FOUR_DIGITS = r"(?:[^{others}0-9]*[0-9]){{4}}"


@dataclass(frozen=True)
class Outline:
    """The shape of one file's rows.

    Attributes:
        width: Number of cells.
        delimiter: One character.
        ids: Cells that hold an id which no row is without.
        dates: Cells that hold a date which no row is without.
        texts: Cells that hold free text, and may hold line breaks.
    """

    width: int
    delimiter: str
    ids: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()

    @cached_property
    def lead(self) -> int:
        """How many cells of a row are sure to stand complete on its first line."""
        return min((*self.dates[:1], *self.texts, self.width - 1))

    @property
    def dated(self) -> bool:
        """Whether a date follows the leading cells."""
        return self.lead in self.dates

    @cached_property
    def start(self) -> re.Pattern[str]:
        """Matches the beginning of a line that may begin a row."""
        mark = re.escape(self.delimiter)
        cell = rf'(?:[^"{mark}\r\n]*|"(?:[^"\r\n]|"")*")'
        date = ""
        if self.dated:
            bare = _FOUR_DIGITS.format(others=rf'"{mark}\r\n')
            quoted = '"' + _FOUR_DIGITS.format(others=r'"\r\n')
            date = f"(?:{bare}|{quoted})"
        return re.compile(f"(?:{cell}{mark}){{{self.lead}}}{date}")

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether cells that stand where a row may begin are a row, and not pieces of text."""
        return (
            len(cells) == self.width
            and all(_is_short(cells[cell]) and cells[cell].strip() for cell in self.ids)
            and all(_is_short(cells[cell]) and _has_digits(cells[cell]) for cell in self.dates)
        )


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT and "\n" not in text and "\r" not in text


def _has_digits(text: str) -> bool:
    return sum(character.isdecimal() for character in text) >= 4
