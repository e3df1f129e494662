"""Dates as sites write them, made into ISO 8601 text as precise as they were.

A date alone stays a date alone, a minute stays a minute: nothing is padded, nothing is shifted.
Where the text does not say which day is meant (a two-digit year, `03/04/2026` at a site that has
not said how it writes dates), it is refused rather than guessed.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Reading(NamedTuple):
    """What a text says: `text` in ISO 8601, or empty and the reason code why not."""

    text: str
    reason: str = ""


UNPARSEABLE = Reading("", "unparseable_date")
IMPOSSIBLE = Reading("", "impossible_date")
TWO_DIGIT_YEAR = Reading("", "two_digit_year")
ORDER_UNKNOWN = Reading("", "date_order_unknown")

# Outside these years a date is a slip of the hand or a stand-in such as 0001 or 9999.
FIRST_YEAR, LAST_YEAR = 1900, 2100

_ZONE = r"(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_CLOCK = (
    r"(?:(?:[Tt ]|,? +|:)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)? ?" + _ZONE + ")?"
)
_YEAR = r"(?P<year>\d{4}|\d{2})"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"

_SHAPES = tuple(
    re.compile(shape, re.ASCII)
    for shape in (
        r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + _CLOCK,
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})" + _CLOCK,
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})[T ]?(?P<hour>\d{2})(?P<minute>\d{2})"
        r"(?:(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?" + _ZONE,
        r"(?P<one>\d{1,2})([-/.])(?P<two>\d{1,2})\2" + _YEAR + _CLOCK,
        r"(?P<day>\d{1,2})[-/. ]?" + _NAME + r"(?:[-/.]|,? *)" + _YEAR + _CLOCK,
        _NAME + r"[- ]?(?P<day>\d{1,2})(?:, *|[- ])" + _YEAR + _CLOCK,
    )
)

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

# The way most exports write: checked by the standard library, for speed.
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?", re.ASCII)
_DAY = (
    r"(?:19[0-9]{2}|20[0-9]{2}|2100)-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_OFFSET = r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]"
# For RE2: what `read_datetime` takes as it stands but for a blank before the time; with an offset,
# where the site has no zone to tell it in.
AS_IT_STANDS = f"^{_DAY}(?:{_TIME})?$"
AS_IT_STANDS_WITH_OFFSET = f"^{_DAY}(?:{_TIME}(?:{_OFFSET})?)?$"

# The beginning of a cell that may hold a date in one of the shapes above, whether or not there is
# such a day; without groups or look-ahead, so that pyarrow's RE2 knows it too.
DATE_START = (
    r" *(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]|[0-9]{8}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}"
    r"|[0-9]{1,2}[-/. ]?[A-Za-z]{3,9}\.?[-/., ]*[0-9]{2}"
    r"|[A-Za-z]{3,9}\.?[- ]?[0-9]{1,2}[-, ]+[0-9]{2})"
)

_NUMBER = re.compile(r"[-+]?[\d.,]+", re.ASCII)
_DATE_LIKE = re.compile(
    r"\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{1,4}.*|\d{12,14}[-+.\d]*"
    r"|\d{1,2}[A-Za-z]{3}\d{2,4}.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{2,4}.*",
    re.ASCII | re.DOTALL,
)


@lru_cache(maxsize=65_536)
def read_datetime(
    text: str, order: str = "iso", formats: tuple[str, ...] = (), zone: str = ""
) -> Reading:
    """Read one date or datetime.

    Args:
        text: As written; surrounding white space does not count.
        order: What `03/04/2026` means: `mdy`, `dmy`, or `iso` (the site has not said).
        formats: The site's own `strptime` formats, tried first.
        zone: The site's time zone: a time with an offset is told in it. Empty: as written.

    Returns:
        ISO 8601 text as precise as the input (`Z` becomes `+00:00`; fractions keep at most six
        digits), or the reason: `unparseable_date`, `impossible_date` (no such day or time, or
        outside the years 1900 to 2100), `two_digit_year`, `date_order_unknown`.
    """
    reading = _read(text.strip(), order, formats)
    return Reading(_told_in(zone, reading.text)) if zone and reading.text else reading


def _read(text: str, order: str, formats: tuple[str, ...]) -> Reading:
    for form in formats:
        reading = _read_format(text, form)
        if reading is not None:
            return reading
    if _PLAIN.fullmatch(text):
        return _read_plain(text)
    for shape in _SHAPES:
        found = shape.fullmatch(text)
        if found is not None:
            return _assemble(found.groupdict(default=""), order)
    return UNPARSEABLE


def classify_value(text: str) -> str:
    """What kind of value a text is: `empty`, `number`, `date-like` or `text`."""
    text = text.strip()
    if not text:
        return "empty"
    if _DATE_LIKE.fullmatch(text):
        return "date-like"
    return "number" if _NUMBER.fullmatch(text) else "text"


def _read_format(text: str, form: str) -> Reading | None:
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    if not _in_range(moment.year):
        return IMPOSSIBLE
    if not re.search("%[HI]", form):
        return Reading(moment.date().isoformat())
    precision = "seconds" if "%S" in form else "minutes"
    return Reading(moment.isoformat(timespec="microseconds" if "%f" in form else precision))


def _read_plain(text: str) -> Reading:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return IMPOSSIBLE
    return Reading(text.replace(" ", "T")) if _in_range(moment.year) else IMPOSSIBLE


def _told_in(zone: str, text: str) -> str:
    """A moment in the site's local time; one without an offset is so already."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return text
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return text
    precision = "minutes" if text.count(":") == 2 else "seconds"
    return local.isoformat(timespec="microseconds" if "." in text else precision)


def _in_range(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def _assemble(parts: dict[str, str], order: str) -> Reading:
    if len(parts["year"]) == 2:
        return TWO_DIGIT_YEAR
    if "one" in parts:
        if order == "iso":
            return ORDER_UNKNOWN
        month, day = (
            (parts["one"], parts["two"]) if order == "mdy" else (parts["two"], parts["one"])
        )
    else:
        month, day = parts.get("month", ""), parts["day"]
    number = _month_number(parts["name"]) if "name" in parts else int(month)
    if number is None:
        return UNPARSEABLE
    clock = _clock(parts)
    try:
        day_text = date(int(parts["year"]), number, int(day)).isoformat()
    except ValueError:
        return IMPOSSIBLE
    if clock is None or not _in_range(int(parts["year"])):
        return IMPOSSIBLE
    return Reading(day_text + clock)


def _month_number(name: str) -> int | None:
    name = name.lower()
    for number, month in enumerate(_MONTHS, start=1):
        if name in (month, month[:3]) or (name == "sept" and number == 9):
            return number
    return None


def _clock(parts: dict[str, str]) -> str | None:
    """The time of day with its offset, empty where none was given, None where there is no such."""
    if not parts["hour"]:
        return ""
    hour = int(parts["hour"])
    half = parts.get("half", "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    second = parts["second"]
    if hour > 23 or int(parts["minute"]) > 59 or int(second or 0) > 59:
        return None
    fraction = parts["fraction"][:6]
    zone = _offset(parts["zone"])
    if zone is None:
        return None
    clock = f"T{hour:02}:{parts['minute']}"
    return clock + (f":{second}" if second else "") + (f".{fraction}" if fraction else "") + zone


def _offset(zone: str) -> str | None:
    if not zone:
        return ""
    if zone[0] not in "+-":
        return "+00:00"
    minutes = zone[3:].lstrip(":") or "00"
    if int(zone[1:3]) > 14 or int(minutes) > 59:
        return None
    return f"{zone[:3]}:{minutes}"
