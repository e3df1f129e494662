"""Dates as a radiologist writes them in a sentence, read as all the days that they can mean."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?,?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_FULL_YEAR = r"(?P<year>(?:19|20)\d\d)"

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_NUMBERS = re.compile(rf"(?P<one>\d{{1,2}})[/.-](?P<two>\d{{1,2}})[/.-]{_YEAR}")
_DAY_MONTH = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?{_MONTH}[ -]{{1,2}}{_YEAR}"
)
_MONTH_DAY = re.compile(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {_FULL_YEAR}")
_MONTH_YEAR = re.compile(rf"{_MONTH} (?:of )?{_FULL_YEAR}")
_NUMBER_YEAR = re.compile(rf"(?P<month>\d{{1,2}})/{_FULL_YEAR}")
_YEAR_ALONE = re.compile(_FULL_YEAR)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def overlaps(self, first: date, last: date) -> bool:
        """Whether the span shares a day with the days from `first` to `last`."""
        return self.first <= last and first <= self.last

    def is_near(self, day: date, *, days: int) -> bool:
        """Whether the day lies in the span, or no further than `days` outside it."""
        reach = timedelta(days=days)
        return self.first - reach <= day <= self.last + reach


def read_written_date(text: str) -> tuple[Span, ...]:
    """Read a date such as `2025-03-14`, `14 March 2025`, `03/04/25`, `March 2025` or `2023`.

    Returns:
        The spans of days that it can mean: two where numbers leave the order of day and month
        open, a month or a year where no more is said. Empty where there is no date, or no year.
    """
    return tuple(dict.fromkeys(_read(text.strip().lower())))


def _read(text: str) -> Iterator[Span]:
    if match := _ISO.match(text):
        yield from _day(match["year"], int(match["month"]), match["day"])
    elif match := _NUMBERS.match(text):
        yield from _day(match["year"], int(match["one"]), match["two"])
        yield from _day(match["year"], int(match["two"]), match["one"])
    elif match := _DAY_MONTH.match(text) or _MONTH_DAY.match(text):
        yield from _day(match["year"], _MONTHS[match["month"]], match["day"])
    elif match := _MONTH_YEAR.match(text):
        yield from _month(match["year"], _MONTHS[match["month"]])
    elif match := _NUMBER_YEAR.match(text):
        yield from _month(match["year"], int(match["month"]))
    elif match := _YEAR_ALONE.fullmatch(text):
        year = int(match["year"])
        yield Span(date(year, 1, 1), date(year, 12, 31))


def _day(year: str, month: int, day: str) -> Iterator[Span]:
    try:
        found = date(_full(year), month, int(day))
    except ValueError:
        return
    yield Span(found, found)


def _month(year: str, month: int) -> Iterator[Span]:
    if 1 <= month <= len(_MONTHS):
        first = date(_full(year), month, 1)
        yield Span(first, first.replace(day=calendar.monthrange(first.year, month)[1]))


def _full(year: str) -> int:
    """Two digits are a year of this century."""
    return int(year) if len(year) > len("25") else 2000 + int(year)
