"""The compliance rate: who is counted, and how sure the figure is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from auditor.errors import AuditError
from auditor.pathway.model import Case

ALL = "all"
AGE_GROUPS = ("adult", "pediatric", "unknown")


@dataclass(frozen=True, slots=True)
class Population:
    """Counts of one group of cases, in the terms of eCQM measures.

    Attributes:
        group: `all`, or an age group.
        initial: All cases of the group (initial population).
        excluded: Set aside by an exclusion.
        excepted: All their flags lifted by an exception.
        pending: Window still open.
        needs_review: A person must look, all possible cases among them.
        denominator: Cases that the rate counts.
        numerator: Those of them that are compliant.
    """

    group: str
    initial: int
    excluded: int
    excepted: int
    pending: int
    needs_review: int
    denominator: int
    numerator: int


def population_counts(cases: Iterable[Case]) -> tuple[Population, ...]:
    """Count all cases, then adults, children and patients of unknown age apart.

    Raises:
        AuditError: The counts do not reconcile; a defect of ours.
    """
    listed = list(cases)
    groups = [(ALL, listed)]
    groups += [(group, [c for c in listed if c.age_group == group]) for group in AGE_GROUPS]
    counts = tuple(_count(group, members) for group, members in groups)
    _reconcile(counts)
    return counts


def wilson_interval(numerator: int, denominator: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion, as a pair of fractions between 0 and 1.

    Formula: Wilson EB. Probable inference, the law of succession, and statistical inference.
    J Am Stat Assoc 1927;22:209-212.

    Raises:
        ValueError: The counts are no proportion.
    """
    if not 0 <= numerator <= denominator or denominator == 0:
        raise ValueError("A proportion needs 0 <= numerator <= denominator, and a denominator.")
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = numerator / denominator
    spread = z * math.sqrt(p * (1 - p) / denominator + z**2 / (4 * denominator**2))
    middle = p + z**2 / (2 * denominator)
    scale = 1 + z**2 / denominator
    # At the ends the formula gives 0 and 1; rounding leaves a trace beside them.
    low = 0.0 if numerator == 0 else (middle - spread) / scale
    high = 1.0 if numerator == denominator else (middle + spread) / scale
    return (low, high)


def _count(group: str, cases: Sequence[Case]) -> Population:
    def having(*statuses: str) -> int:
        return sum(1 for case in cases if case.status in statuses)

    return Population(
        group=group,
        initial=len(cases),
        excluded=having("excluded"),
        excepted=having("excepted"),
        pending=having("pending"),
        needs_review=having("needs_review"),
        denominator=having("compliant", "non_compliant"),
        numerator=having("compliant"),
    )


def _reconcile(counts: Sequence[Population]) -> None:
    """Every case is in one place, and every group adds up."""
    for one in counts:
        apart = one.excluded + one.excepted + one.pending + one.needs_review
        if one.initial != apart + one.denominator:
            raise AuditError(f"The counts of the group '{one.group}' do not add up.")
    if counts[0].initial != sum(one.initial for one in counts[1:]):
        raise AuditError("The age groups do not add up to all cases.")
