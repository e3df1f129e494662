"""Points in time as precise as the input gave them, and what can be said of their order.

Days are differences of calendar dates as written; an offset from UTC only orders two moments of
one date, and only where both carry one (pathway rules, "Status and flags" and "Order within a
day"). A date alone is never padded to midnight: its order within the day is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

Order = Literal["before", "after", "unknown"]

_DATE_LENGTH = len("2025-01-02")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written, with the time of day and the offset from UTC where they are known."""

    date: date
    time: time | None = None
    offset: timedelta | None = None


def read_moment(text: str) -> Moment:
    """Read ISO 8601 text: a date, or a date with a time and perhaps an offset.

    Raises:
        ValueError: The text is not ISO 8601 (ingest lets no such text through).
    """
    if len(text) <= _DATE_LENGTH:
        return Moment(date.fromisoformat(text))
    stamp = datetime.fromisoformat(text)
    return Moment(stamp.date(), stamp.time(), stamp.utcoffset())


def days_between(earlier: Moment, later: Moment) -> int:
    """Whole days between the calendar dates as written; negative when `later` is earlier."""
    return (later.date - earlier.date).days


def compare(first: Moment, second: Moment) -> Order:
    """Say whether `first` lies before or after `second`.

    On different dates the dates decide. On one date both need a time of day: with two offsets
    the instants are compared, else the local times as written. A date alone, or two equal times,
    leave the order `unknown`.
    """
    if first.date != second.date:
        return "before" if first.date < second.date else "after"
    if first.time is None or second.time is None:
        return "unknown"
    one, other = clock(first), clock(second)
    if first.offset is not None and second.offset is not None:
        one, other = one - first.offset, other - second.offset
    if one == other:
        return "unknown"
    return "before" if one < other else "after"


def sort_key(moment: Moment) -> tuple[date, bool, timedelta]:
    """Total order for display and for ties: by date, dates alone first, then local time."""
    return (moment.date, moment.time is not None, clock(moment))


def clock(moment: Moment) -> timedelta:
    """Time of day as written, as a span since midnight (zero where it is unknown)."""
    at = moment.time or time()
    return timedelta(
        hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )
