"""How many lines a text takes in a column, so that its row can be given a height.

No program fits the rows of a file that another one wrote: a row without a height is one line high.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Thousandths of the font size that characters of Arial (and Liberation Sans) are wide.
_GROUPS = {
    222: "ijl'‘’",
    260: "|",
    278: " !,./:;I[]\\ftr·",
    333: "()-`r",
    355: '"',
    389: "*",
    500: "cksvxyzJ",
    556: "0123456789abdeghnopqu#$?_L–",
    584: "+<=>~±×",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "—…→@",
}
_WIDE, _USUAL = 1000, 600
_EM = 13.33  # pixels of the font size: 10 points at 96 to the inch
_DIGIT, _PADDING = 7, 8  # pixels in the unit of column widths, and at the sides of a cell


class _Widths(dict[str, int]):
    """The width of any character, those of no group too."""

    def __missing__(self, character: str) -> int:
        return _WIDE if unicodedata.east_asian_width(character) in "WF" else _USUAL


_WIDTHS = _Widths({letter: width for width, letters in _GROUPS.items() for letter in letters})


@lru_cache(maxsize=100_000)
def count_lines(text: str, width: float) -> int:
    """Lines of a text of 10 points in a column of this width (in digits), wrapped at blanks."""
    room = (width * _DIGIT - _PADDING) / _EM * 1000
    return sum(_count_wrapped(line, room) for line in text.split("\n"))


def _count_wrapped(line: str, room: float) -> int:
    width_of = _WIDTHS.__getitem__
    if sum(map(width_of, line)) <= room:
        return 1
    lines, used = 1, 0.0
    blank = width_of(" ")
    for word in line.split(" "):
        width = float(sum(map(width_of, word)))
        if used and used + width > room:
            lines, used = lines + 1, 0.0
        if width > room:  # broken within the word
            lines += int(width // room)
            width %= room
        used += width + blank
    return lines
