"""Which row of a sheet names its columns: people put titles above it, and merge cells in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from auditor.ingest.columns import Fit
from auditor.ingest.dates import classify_value

# A name is shorter; what is longer is text.
_LONGEST_NAME = 80
# A header names at least this share of the columns that the fullest row fills.
_LEAST_SHARE = 0.6

Row = tuple[int, list[str]]


class Header(NamedTuple):
    """The names of a sheet's columns, and the number of the last row that they stand in."""

    names: tuple[str, ...]
    row: int


def find_header(rows: Sequence[Row], fits: Callable[[Sequence[str]], Fit]) -> Header:
    """Find the header among the first rows of a sheet.

    The row whose names fit best counts; where no two names of any row are known, the first that
    looks like a header: short words, and nearly as many as the fullest row has cells.

    Args:
        rows: The first rows that hold anything, each with its number; at least one.
        fits: How well names fit the table that is looked for.
    """
    top = Header(_names(rows[0][1]), rows[0][0])
    candidates = list(_candidates(rows)) or [top]
    best = max(candidates, key=lambda header: fits(header.names))
    if fits(best.names).known >= 2:
        return best
    fullest = max(_filled(cells) for _, cells in rows)
    for header in candidates:
        if _filled(header.names) >= max(2, _LEAST_SHARE * fullest):
            return header
    return top


def _candidates(rows: Sequence[Row]) -> Iterator[Header]:
    """Rows that may be a header, from the top; of two that make one, the pair goes first."""
    for at, (number, cells) in enumerate(rows):
        if not _look_like_names(cells):
            continue
        above = rows[at - 1][1] if at and rows[at - 1][0] == number - 1 else []
        names = _told_apart(_names(cells), above)
        if at + 1 < len(rows) and rows[at + 1][0] == number + 1:
            below = rows[at + 1][1]
            if _look_like_names(below) and _complete_each_other(cells, below):
                yield Header(_told_apart(_joined(cells, below), cells), number + 1)
        yield Header(names, number)


def _complete_each_other(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether two rows make one header, as where cells are merged down or across.

    Each has a name where the other has none.
    """
    width = max(len(upper), len(lower))
    pairs = list(zip(_padded(upper, width), _padded(lower, width), strict=True))
    return any(not above and below for above, below in pairs) and any(
        above and not below for above, below in pairs
    )


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    width = max(len(upper), len(lower))
    pairs = zip(_padded(upper, width), _padded(lower, width), strict=True)
    return _names([below or above for above, below in pairs])


def _told_apart(names: tuple[str, ...], above: Sequence[str]) -> tuple[str, ...]:
    """Names that stand twice, with the group that stands over each in front."""
    folded = [name.casefold() for name in names]
    group = ""
    result = []
    for name, over in zip(names, _padded(above, len(names)), strict=True):
        group = over or group
        twice = name and folded.count(name.casefold()) > 1
        result.append(f"{group} {name}" if twice and group and group != name else name)
    return tuple(result)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    names = _names(cells)[:width]
    return [*names, *[""] * (width - len(names))]


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Cells as names, without those at the end that hold nothing."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _look_like_names(cells: Sequence[str]) -> bool:
    names = [name for name in _names(cells) if name]
    return bool(names) and all(
        len(name) <= _LONGEST_NAME and classify_value(name) == "text" for name in names
    )


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())
