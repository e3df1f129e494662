"""What a cell's number stands for, and the text that it becomes.

A spreadsheet keeps dates, times, ids and counts as the same kind of number; the cell's format
tells them apart. Numbers are written as people see them: `123.0` is `123`, a format of zeros keeps
leading ones, a date without a time of day is a date alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

# Beyond it, a spreadsheet has lost the last digits of a whole number.
MOST_DIGITS = 15

# What a format shows: a moment, a number as it is, or (above 0) one of so many digits at least.
DATE, PLAIN = -1, 0

# Formats that every workbook has by number, and that show a date or a time.
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_CODES = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_DATE_CODES = re.compile(r"[dmyhs]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_WHOLE = re.compile(r"(-?\d+)(?:\.0*)?", re.ASCII)

_DAY_MS = 86_400_000
# The day before day 1; the 1900 system counts a 29th of February that never was.
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_LAST_DAY = 2_958_465  # 31 December 9999


class ErrorCell(str):
    """The text of a cell whose formula failed, which is empty: it holds no value."""

    __slots__ = ()


class InexactNumber(str):
    """The text of a whole number whose last digits the spreadsheet has lost."""

    __slots__ = ()


def kind_of_format(number: int, code: str = "") -> int:
    """What a number format shows: `DATE`, `PLAIN`, or how many digits at least.

    Args:
        number: The format's number; those below 164 are the same in every workbook.
        code: The format's code, where the workbook gives one.
    """
    if not code:
        return DATE if number in _BUILT_IN_DATES else PLAIN
    shown = _NOT_CODES.sub("", code.partition(";")[0])
    if _ZEROS.fullmatch(shown):
        return len(shown)
    is_date = shown.casefold() != "general" and _DATE_CODES.search(shown) is not None
    return DATE if is_date else PLAIN


def number_text(written: str, kind: int = PLAIN, *, from_1904: bool = False) -> str:
    """The text of a number, as the file writes it, in a cell of a kind.

    Returns:
        ISO 8601 for a date, the digits for a whole number; a `InexactNumber` where digits are
        lost; anything that is no number as it is.
    """
    if kind == DATE:
        return _moment(written, from_1904)
    whole = _WHOLE.fullmatch(written)
    digits = whole[1] if whole is not None else _plain(written)
    if kind > 0 and digits.isdecimal():
        digits = digits.zfill(kind)
    is_inexact = len(digits) > MOST_DIGITS and digits.lstrip("-0")[MOST_DIGITS:].isdecimal()
    return InexactNumber(digits) if is_inexact else digits


def _plain(written: str) -> str:
    try:
        value = float(written)
    except ValueError:
        return written
    if value.is_integer() and abs(value) < 1e25:
        return str(int(value))
    return repr(value)


def _moment(written: str, from_1904: bool) -> str:
    """A serial number as a date, a time of day (below day 1), or both."""
    try:
        value = float(written)
    except ValueError:
        return written
    if not 0 <= value <= _LAST_DAY:
        return _plain(written)
    milliseconds = round(value * _DAY_MS)
    moment = _EPOCHS[from_1904] + timedelta(milliseconds=milliseconds)
    if not from_1904 and 0 < value < 60:
        moment += timedelta(days=1)
    clock = milliseconds % _DAY_MS
    if not clock:
        return moment.date().isoformat()
    precision = "milliseconds" if clock % 1000 else "seconds"
    text = moment.isoformat(timespec=precision)
    return text[11:] if value < 1 else text


def is_blank(row: Sequence[str]) -> bool:
    """Whether nothing stands in a row."""
    return not any(map(str.strip, row))
