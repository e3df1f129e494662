"""What is followed over time, and by which chart it can honestly be.

A p-chart shows a share by month or quarter. What is too rare for one, a g-chart shows: how many
cases went by between one and the next. Where there are too few for that too, there is no chart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import fmean, median

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.dates import day_of, parse_moment
from auditor.workbook.figures import (
    COMPLIANT,
    IN_RATE,
    NON_COMPLIANT,
    Runs,
    find_runs,
    gap_limit,
    normal_limits,
)
from auditor.workbook.results import RunInfo

SIGMAS = 3  # how far the limits of a control chart lie from its mean
_MOST_GAPS = 100  # that can be told apart in a chart: the latest


@dataclass(frozen=True, slots=True)
class Period:
    """A month or quarter: `start` is in it, `end` is the first day after it.

    `size` are its cases in the rate, `count` those of them that are compliant or have the flag;
    `closed` says that the windows of all its cases are over.
    """

    name: str
    start: date
    end: date
    size: int
    count: int
    closed: bool

    @property
    def share(self) -> float:
        """The share of a period that is not empty."""
        return self.count / self.size


@dataclass(frozen=True, slots=True)
class Gap:
    """How many cases without went by from one case with the flag (or miss) to the next."""

    start: datetime
    end: datetime
    cases: int


@dataclass(frozen=True, slots=True)
class Trend:
    """One thing followed over time.

    Attributes:
        flag: The flag; empty for compliance.
        chart: `p`, `g`, or empty where neither is honest.
        months: How many months a period has.
        periods: All periods in order, closed ones first.
        usable: Those that the p-chart shows.
        large: How many closed periods, months or quarters, hold enough cases for one.
        gaps: Where there is no p-chart: what a g-chart shows, in order.
        running: The gap still growing, up to the first day whose cases may be open.
    """

    flag: str
    chart: str
    months: int
    periods: tuple[Period, ...]
    usable: tuple[Period, ...]
    large: int
    gaps: tuple[Gap, ...] = ()
    running: Gap | None = None

    @property
    def closed(self) -> tuple[Period, ...]:
        """The periods whose cases are all decided; they come before the open ones."""
        return tuple(period for period in self.periods if period.closed)

    @property
    def mean(self) -> float:
        """Of a p-chart, the share over all closed periods; of a g-chart, the mean gap."""
        if self.chart == "g":
            return fmean(gap.cases for gap in self.gaps)
        return share_of(self.closed)

    @property
    def centre(self) -> float:
        """What the run tests count crossings of: gaps are skewed, so of those it is the median."""
        return median(gap.cases for gap in self.gaps) if self.chart == "g" else self.mean

    @property
    def runs(self) -> Runs:
        """The run tests of what is charted."""
        if self.chart == "g":
            return find_runs([gap.cases for gap in self.gaps], self.centre)
        return find_runs([period.share for period in self.usable], self.centre)

    @property
    def outside(self) -> tuple[str, ...]:
        """Names of the points outside the limits: periods, or numbers of gaps; "" is the running.

        The gap still growing counts as well: it can only become longer.
        """
        if self.chart == "g":
            limit = gap_limit(self.mean, SIGMAS)
            names = [str(at) for at, gap in enumerate(self.gaps, start=1) if gap.cases > limit]
            running = self.running is not None and self.running.cases > limit
            return (*names, *[""] * running)
        return tuple(period.name for period in self.usable if self.is_outside(period))

    @property
    def peak(self) -> float:
        """The highest that a p-chart shows: a share, or an upper limit."""
        return max(
            max(period.share, normal_limits(self.mean, period.size, SIGMAS)[1])
            for period in self.usable
        )

    def is_outside(self, period: Period) -> bool:
        """Whether a period's share lies outside the limits of the p-chart."""
        lower, upper = normal_limits(self.mean, period.size, SIGMAS)
        return not lower <= period.share <= upper

    @property
    def halves(self) -> tuple[float, float]:
        """The share (or mean gap) over the earlier and the later half of the points."""
        if self.chart == "g":
            middle = len(self.gaps) // 2
            earlier, later = self.gaps[:middle], self.gaps[middle:]
            return fmean(gap.cases for gap in earlier), fmean(gap.cases for gap in later)
        middle = len(self.usable) // 2
        return share_of(self.usable[:middle]), share_of(self.usable[middle:])


def find_trend(
    cases: Sequence[Case], labels: WorkbookLabels, run: RunInfo, flag: str = ""
) -> Trend:
    """Follow compliance, or a flag: by month, else by quarter, else from case to case.

    A p-chart needs `minimum_points` closed periods with `minimum_denominator` cases in the rate,
    and `minimum_expected` of the rarer outcome in each on average; a g-chart `minimum_points` gaps,
    most of them not empty.
    """
    open_from, most = _open_from(cases, run), 0
    for months in (1, 3):
        periods = _periods(cases, flag, months, open_from)
        large = tuple(
            period
            for period in periods
            if period.closed and period.size >= labels.minimum_denominator
        )
        if _is_honest(large, labels):
            return Trend(flag, "p", months, periods, large, len(large))
        most = max(most, len(large))
    gaps, running = _gaps(cases, flag, open_from)
    enough = len(gaps) >= labels.minimum_points
    # Where most gaps are empty, all other points lie on one side of the median.
    chart = "g" if enough and median(gap.cases for gap in gaps) > 0 else ""
    return Trend(flag, chart, 1, _periods(cases, flag, 1, open_from), (), most, gaps, running)


def count_periods(cases: Sequence[Case], run: RunInfo, months: int) -> tuple[Period, ...]:
    """How many cases in the rate complied, by periods of so many months."""
    return _periods(cases, "", months, _open_from(cases, run))


def _counts(case: Case, flag: str) -> bool:
    """Whether a case in the rate counts for a share: it has the flag, or is compliant."""
    return flag in case.flags if flag else case.status == COMPLIANT


def _moment(case: Case) -> datetime | None:
    """When the index exam was, as its cell has it: a date alone is its midnight."""
    moment = parse_moment(case.evidence.exam_datetime)
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time())


def _open_from(cases: Sequence[Case], run: RunInfo) -> date:
    """The first day whose cases' windows may still be open."""
    days = [moment.date() for case in cases if (moment := _moment(case))]
    return (day_of(run.as_of) or max(days, default=date.max)) - timedelta(days=run.window_days)


def _periods(cases: Sequence[Case], flag: str, months: int, open_from: date) -> tuple[Period, ...]:
    """The periods from the first case to the last, those without a case in the rate too."""
    sizes: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for case in cases:
        moment = _moment(case)
        if moment is not None:
            number = (moment.year * 12 + moment.month - 1) // months
            in_rate = case.status in IN_RATE
            sizes[number] += in_rate
            counts[number] += in_rate and _counts(case, flag)
    if not sizes:
        return ()
    return tuple(
        _period(number, months, sizes[number], counts[number], open_from)
        for number in range(min(sizes), max(sizes) + 1)
    )


def _period(number: int, months: int, size: int, count: int, open_from: date) -> Period:
    start, end = (date(*_month(at * months)) for at in (number, number + 1))
    name = f"{start:%Y-%m}" if months == 1 else f"{start.year} Q{(start.month + 2) // 3}"
    # A flag for an order stands at once while its neighbours are still pending: an open period
    # would look worse than it will turn out.
    return Period(name, start, end, size, count, closed=end <= open_from)


def _month(number: int) -> tuple[int, int, int]:
    return number // 12, number % 12 + 1, 1


def _is_honest(large: Sequence[Period], labels: WorkbookLabels) -> bool:
    """Whether a p-chart of these periods would be."""
    if len(large) < labels.minimum_points:
        return False
    share = share_of(large)
    expected = min(share, 1 - share) * fmean(period.size for period in large)
    return expected >= labels.minimum_expected


def _gaps(cases: Sequence[Case], flag: str, open_from: date) -> tuple[tuple[Gap, ...], Gap | None]:
    """The gaps between the cases with the flag (or misses), and the one still growing."""
    until = datetime.combine(open_from, time())
    hits: list[datetime] = []
    others: list[datetime] = []
    for case in cases:
        moment = _moment(case)
        if moment is not None and moment < until and case.status in IN_RATE:
            hit = flag in case.flags if flag else case.status == NON_COMPLIANT
            (hits if hit else others).append(moment)
    hits.sort()
    others.sort()

    def gap(start: datetime, end: datetime) -> Gap:
        return Gap(start, end, bisect_left(others, end) - bisect_left(others, start))

    gaps = tuple(gap(start, end) for start, end in pairwise(hits[-_MOST_GAPS - 1 :]))
    return gaps, gap(hits[-1], until) if hits else None


def share_of(periods: Sequence[Period]) -> float:
    """The share over several periods; 0 where they are empty."""
    size = sum(period.size for period in periods)
    return sum(period.count for period in periods) / size if size else 0.0
