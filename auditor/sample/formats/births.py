"""Ages at exams -> a date of birth that fits them all, for formats that have no ages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from auditor.sample.rows import Row

_DAYS_PER_YEAR = 365.25
# From this age on, ages are written in whole years; below it with one decimal, below one with two.
_WHOLE_FROM = 3.0


def find_birth(reports: Sequence[Row]) -> date | None:
    """The middle of the days on which somebody of these ages may have been born.

    None where no report gives an age.
    """
    earliest: list[date] = []
    latest: list[date] = []
    for row in reports:
        if not row.get("patient_age"):
            continue
        exam, age = date.fromisoformat(row["exam_datetime"][:10]), float(row["patient_age"])
        slack = 0.005 if age < 1 else 0.05
        low, high = (age, age + 1) if age >= _WHOLE_FROM else (max(age - slack, 0), age + slack)
        earliest.append(exam - timedelta(days=int(high * _DAYS_PER_YEAR)))
        latest.append(exam - timedelta(days=int(low * _DAYS_PER_YEAR)))
    if not earliest:
        return None
    first, last = max(earliest), min(latest)
    return first + (last - first) // 2
