"""The figures of the summary, counted from the cases; the sheets' formulas must give the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.pathway.model import Case

COMPLIANT, NON_COMPLIANT = "compliant", "non_compliant"
EXCLUDED, EXCEPTED, PENDING, NEEDS_REVIEW = "excluded", "excepted", "pending", "needs_review"
IN_RATE = (COMPLIANT, NON_COMPLIANT)

# Two-sided 95 % and 99.8 % quantiles of the normal distribution.
Z_95 = 1.959963984540054
Z_998 = 3.090232306167813


@dataclass(frozen=True, slots=True)
class Populations:
    """How many cases stand where, in eCQM terms.

    `initial - excluded - excepted - pending - needs_review = denominator`, and
    `numerator + missed = denominator`.
    """

    initial: int
    excluded: int
    excepted: int
    pending: int
    needs_review: int
    numerator: int
    missed: int

    @property
    def denominator(self) -> int:
        """Cases in the rate: each is compliant or not."""
        return self.numerator + self.missed


def count_populations(cases: Iterable[Case]) -> Populations:
    """Count the cases by status."""
    statuses = [case.status for case in cases]
    return Populations(
        initial=len(statuses),
        excluded=statuses.count(EXCLUDED),
        excepted=statuses.count(EXCEPTED),
        pending=statuses.count(PENDING),
        needs_review=statuses.count(NEEDS_REVIEW),
        numerator=statuses.count(COMPLIANT),
        missed=statuses.count(NON_COMPLIANT),
    )


def wilson_interval(numerator: int, denominator: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927).

    Raises:
        ValueError: The denominator is zero or less than the numerator.
    """
    if not 0 <= numerator <= denominator or denominator == 0:
        raise ValueError("a proportion needs 0 <= numerator <= denominator and a denominator")
    share, z2 = numerator / denominator, Z_95**2
    middle = share + z2 / (2 * denominator)
    half = Z_95 * math.sqrt(share * (1 - share) / denominator + z2 / (4 * denominator**2))
    scale = 1 + z2 / denominator
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def normal_limits(mean: float, size: float, z: float) -> tuple[float, float]:
    """Limits around a mean proportion for a group of `size` cases, kept within 0 and 1.

    With z = 3 those of a p-chart (Montgomery), with `Z_95` and `Z_998` those of a funnel plot
    (Spiegelhalter 2005).
    """
    half = z * math.sqrt(mean * (1 - mean) / size)
    return max(0.0, mean - half), min(1.0, mean + half)


@dataclass(frozen=True, slots=True)
class Runs:
    """Anhøj's two tests for a shift of a run or control chart.

    `longest` above `longest_limit`, or `crossings` below `crossings_limit`, is a signal.
    """

    longest: int
    longest_limit: int
    crossings: int
    crossings_limit: int

    @property
    def signal(self) -> bool:
        """Whether either test says that the process has shifted."""
        return self.longest > self.longest_limit or self.crossings < self.crossings_limit


def find_runs(values: Sequence[float], centre: float) -> Runs:
    """Longest run on one side of the centre and number of crossings (Anhøj and Olesen 2014).

    Values on the centre count for neither side.
    """
    above = [value > centre for value in values if value != centre]
    longest = current = crossings = 0
    for position, side in enumerate(above):
        same = position > 0 and side == above[position - 1]
        crossings += position > 0 and not same
        current = current + 1 if same else 1
        longest = max(longest, current)
    useful = len(above)
    limit = round(math.log2(useful)) + 3 if useful else 0
    return Runs(longest, limit, crossings, _binomial_quantile(0.05, max(useful - 1, 0)))


def _binomial_quantile(probability: float, trials: int) -> int:
    """The least k with P(X <= k) >= probability, for X binomial with chance one half."""
    total = 0.0
    for successes in range(trials + 1):
        total += math.comb(trials, successes) / 2**trials
        if total >= probability:
            return successes
    return trials
