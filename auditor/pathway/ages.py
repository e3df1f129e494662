"""The patient's age at the index exam, and the group it falls in."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.language.facts import ReportFacts
from auditor.pathway.model import Evidence
from auditor.pathway.ordering import days_between, read_moment

ADULT_FROM_YEARS = 18
_DAYS_PER_YEAR = 365.25


def find_age_group(evidence: Evidence, reports: Iterable[ReportFacts]) -> str:
    """`pediatric` (under 18 years at the index exam), `adult`, or `unknown`."""
    age = find_age(evidence, reports)
    if age is None:
        return "unknown"
    return "pediatric" if age < ADULT_FROM_YEARS else "adult"


def find_age(evidence: Evidence, reports: Iterable[ReportFacts]) -> float | None:
    """Age in years at the index exam.

    The index exam's own age, else that of the patient's report nearest to it, with the days
    between taken into account; of two equally near the earlier. None where no report has one.
    """
    if evidence.age_years is not None:
        return evidence.age_years
    index = read_moment(evidence.exam_datetime)
    known = [
        (days_between(index, read_moment(row.exam_datetime)), row.age_years)
        for row in reports
        if row.age_years is not None
    ]
    if not known:
        return None
    days, age = min(known, key=lambda pair: (abs(pair[0]), pair))
    return max(0.0, age - days / _DAYS_PER_YEAR)
