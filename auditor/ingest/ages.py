"""Birth dates -> ages at the exam; the birth date itself goes no further."""

from __future__ import annotations

import re
from datetime import date

_BIRTH = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?:[T ]?\d.*)?", re.ASCII | re.DOTALL)
_EXAM = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)


def age_at(exam: str, birth: str) -> str:
    """Age in years at an exam, to two decimals, never rounded up; empty where it cannot be told.

    Where the birth date lacks its day or month, the middle of what is known is taken.

    Args:
        exam: A date or datetime that begins with year, month and day, with or without hyphens.
        birth: A date as HL7 v2 or FHIR write it: `19800131`, `1980-01-31`, `1980-01` or `1980`.
    """
    on, born = _EXAM.match(exam), _BIRTH.fullmatch(birth)
    if on is None or born is None:
        return ""
    try:
        day = date(int(on[1]), int(on[2]), int(on[3]))
        birthday = date(int(born[1]), int(born[2] or 7), int(born[3] or (15 if born[2] else 1)))
    except ValueError:
        return ""
    years = day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))
    last = _same_day(birthday, birthday.year + years)
    following = _same_day(birthday, birthday.year + years + 1)
    hundredths = 100 * (day - last).days // (following - last).days
    return "" if years < 0 else f"{years}.{hundredths:02}".rstrip("0").rstrip(".")


def _same_day(birthday: date, year: int) -> date:
    """The birthday in a year; the 29th of February is the 1st of March where there is none."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
