"""Days of an export that have far fewer rows than their weekday has: gaps, and cut ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median

# So many days of a weekday tell what is usual; below so many rows nothing is said.
_LEAST_DAYS, _LEAST_ROWS = 4, 10
_FACTOR = 0.5
# A longer export has dates that are wrong: its days are not gone through.
_LONGEST = 20_000


def find_thin_days(rows: Mapping[str, int]) -> Iterator[tuple[str, int, float]]:
    """Days between the first and the last with less than half the rows of their weekday.

    Args:
        rows: Rows by day (ISO date).

    Yields:
        Day, its rows, and the median of its weekday, in the order of time.
    """
    known = {date.fromisoformat(day): count for day, count in rows.items()}
    if not known or (max(known) - min(known)).days > _LONGEST:
        return
    span = (max(known) - min(known)).days + 1
    days = [min(known) + timedelta(days=number) for number in range(span)]
    usual: dict[int, float] = {}
    for weekday in range(7):
        counts = [known.get(day, 0) for day in days if day.weekday() == weekday]
        if len(counts) > _LEAST_DAYS and median(counts) >= _LEAST_ROWS:
            usual[weekday] = median(counts)
    for day in days:
        expected = usual.get(day.weekday(), 0)
        if known.get(day, 0) < _FACTOR * expected:
            yield day.isoformat(), known.get(day, 0), expected
