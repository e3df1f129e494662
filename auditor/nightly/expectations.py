"""What a feed should have brought by now, told from its own nights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median

from auditor.config.nightly import WEEKDAYS, Feed
from auditor.nightly.history import DONE, Night

# Nights of one weekday that are looked back on: a season, so that a lasting change is learned.
_SEASON = 12


def days_awaited(name: str, feed: Feed, tonight: str, history: Sequence[Night]) -> list[date]:
    """The days whose files a feed owes tonight: those expected since it last brought some.

    In a feed's first night that is tonight alone; on the second start of a day there is none.
    """
    last = next((night.date for night in reversed(history) if _brought(night, name)), "")
    until = date.fromisoformat(tonight)
    since = date.fromisoformat(last) if last else until - timedelta(days=1)
    return [day for day in _days_after(since, until) if _expected(feed, day)]


def expected_rows(
    name: str, feed: Feed, awaited: Sequence[date], history: Sequence[Night], *, nights: int
) -> float | None:
    """Rows that a feed should bring for the days awaited: the sum of its weekdays' medians.

    None where no file is awaited, or fewer than `nights` nights of a weekday are known. Only
    nights that brought one day's files say what a day brings: a night after two missed ones
    brings three days'.
    """
    if not awaited:
        return None
    rows = _rows_by_weekday(name, feed, history)
    known = [rows.get(day.weekday(), [])[-_SEASON:] for day in awaited]
    if any(len(values) < nights for values in known):
        return None
    return float(sum(median(values) for values in known))


def _rows_by_weekday(name: str, feed: Feed, history: Sequence[Night]) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    last: date | None = None
    for night in history:
        if not _brought(night, name):
            continue
        day = date.fromisoformat(night.date)
        covered = [item for item in _days_after(last, day) if _expected(feed, item)] if last else []
        if len(covered) == 1:
            rows.setdefault(covered[0].weekday(), []).append(night.feeds[name].rows)
        last = day
    return rows


def _brought(night: Night, name: str) -> bool:
    return night.outcome == DONE and name in night.feeds and night.feeds[name].files > 0


def _expected(feed: Feed, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in feed.days


def _days_after(since: date, until: date) -> Iterator[date]:
    day = since + timedelta(days=1)
    while day <= until:
        yield day
        day += timedelta(days=1)
