"""Limits and run tests of the charts; the sheets' formulas must give the same figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.pathway.rate import wilson_interval

COMPLIANT, NON_COMPLIANT = "compliant", "non_compliant"
EXCLUDED, EXCEPTED, PENDING, NEEDS_REVIEW = "excluded", "excepted", "pending", "needs_review"
IN_RATE = (COMPLIANT, NON_COMPLIANT)

# Two-sided 95 % and 99.8 % quantiles of the normal distribution.
Z_95 = 1.959963984540054
Z_998 = 3.090232306167813


def normal_limits(mean: float, size: float, z: float) -> tuple[float, float]:
    """Limits around a mean proportion for a group of `size` cases, kept within 0 and 1.

    With z = 3 those of a p-chart (Montgomery), with `Z_95` and `Z_998` those of a funnel plot
    (Spiegelhalter 2005).
    """
    half = z * math.sqrt(mean * (1 - mean) / size)
    return max(0.0, mean - half), min(1.0, mean + half)


def difference_interval(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """The 95 % interval of the difference of two proportions, as fractions, after minus before.

    Each is given as count and size. Newcombe's method 10, from the Wilson interval of each
    (Stat Med 1998;17:873-890).
    """
    p1, p2 = (count / size for count, size in (before, after))
    (low1, high1), (low2, high2) = (wilson_interval(*pair) for pair in (before, after))
    change = p2 - p1
    return (
        change - math.hypot(p2 - low2, high1 - p1),
        change + math.hypot(high2 - p2, p1 - low1),
    )


def gap_limit(mean: float, sigmas: float) -> float:
    """The upper limit of a g-chart, whose gaps have this mean (Benneyan 2001)."""
    return mean + sigmas * math.sqrt(mean * (mean + 1))


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
