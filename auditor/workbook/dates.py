"""ISO 8601 text of the contract as the dates that cells hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta

# Spreadsheets count days from 1900 and get February of that year wrong.
_FIRST_YEAR = 1901


def parse_moment(text: str) -> date | datetime | None:
    """A date where the time of day is unknown, else a datetime as written; None where neither.

    The offset is dropped: a cell has none, and days count by calendar dates as written.
    """
    try:
        if len(text) == 10:
            moment: date | datetime = date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def day_of(text: str) -> date | None:
    """The calendar date as written; None where there is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def add_days(text: str, days: int) -> str:
    """The ISO date so many days after the calendar date of `text`; empty where it has none."""
    start = day_of(text)
    return (start + timedelta(days=days)).isoformat() if start else ""


def days_between(start: str, end: str) -> int | None:
    """Whole days from one calendar date to the other; None where one is missing."""
    first, last = day_of(start), day_of(end)
    return (last - first).days if first and last else None
