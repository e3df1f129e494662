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

from auditor.ingest.dates import DATE_START

# No id and no date is longer; a cell that is longer is text.
_SHORT = 200


@dataclass(frozen=True)
class Outline:
    """The shape of one file's rows.

    Attributes:
        width: Number of cells.
        delimiter: One character.
        ids: Cells that hold an id which no row is without.
        dates: Cells that hold a date which no row is without.
        texts: Cells that hold free text, and may hold line breaks.
        needed: Cells whose loss costs the row: every id, date and free text that is used.
        used: Cells that any contract column is taken from.
        date_start: Pattern of the beginning of a date, for `re` and for RE2.
    """

    width: int
    delimiter: str
    ids: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()
    date_start: str = DATE_START
    needed: frozenset[int] = frozenset()
    used: frozenset[int] = frozenset()

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
        date = f'"?{self.date_start}' if self.dated else ""
        return re.compile(f"(?:{cell}{mark}){{{self.lead}}}{date}")

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether cells that stand where a row may begin are a row, and not pieces of text."""
        return (
            len(cells) == self.width
            and all(_is_short(cells[cell]) and cells[cell].strip() for cell in self.ids)
            and all(
                _is_short(cells[cell]) and re.match(self.date_start, cells[cell])
                for cell in self.dates
            )
        )


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT and "\n" not in text and "\r" not in text
