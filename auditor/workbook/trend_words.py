"""What is followed over time, in words: what a chart says, and what can be said without one."""

from __future__ import annotations

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.figures import difference_interval
from auditor.workbook.formulas import percent_text
from auditor.workbook.trend import Period, Trend

_MOST_POINTS = 6  # named; of more, the latest
_YEAR = 12  # months


def name_trend(trend: Trend, labels: WorkbookLabels) -> str:
    """What is followed: the rate, or a flag."""
    return labels.word("flag", trend.flag) if trend.flag else labels.words.rate


def name_missed(trend: Trend, labels: WorkbookLabels) -> str:
    """What a g-chart counts the cases between."""
    return labels.word("flag", trend.flag) if trend.flag else labels.words.missed_cases


def name_unit(trend: Trend, labels: WorkbookLabels) -> str:
    """What a period is."""
    return labels.words.month if trend.months == 1 else labels.words.quarter


def name_chart(trend: Trend, labels: WorkbookLabels) -> str:
    """Which chart it has."""
    if trend.chart == "p":
        return labels.words.chart_p.format(unit=name_unit(trend, labels))
    if trend.chart == "g":
        return labels.words.chart_g.format(gaps=len(trend.gaps))
    return labels.words.chart_none


def tell_trend(trend: Trend, labels: WorkbookLabels) -> str:
    """What the tests of a chart say and how its halves compare; without one, the last two years."""
    words = labels.words
    if not trend.chart:
        said = words.trend_too_few.format(have=trend.large, gaps=len(trend.gaps))
        return " ".join(text for text in (compare_years(trend, labels), said) if text)
    runs = trend.runs
    said = (words.runs_signal if runs.signal else words.runs_quiet).format(
        run=runs.longest,
        run_limit=runs.longest_limit,
        crossings=runs.crossings,
        crossings_limit=runs.crossings_limit,
    )
    early, late = trend.halves
    if trend.chart == "p":
        halves = words.halves_p.format(early=percent_text(early), late=percent_text(late))
    else:
        since = trend.running.cases if trend.running else 0
        halves = words.halves_g.format(early=f"{early:.1f}", late=f"{late:.1f}", since=since)
    return " ".join(text for text in (_tell_outside(trend, labels), said, halves) if text)


def compare_years(trend: Trend, labels: WorkbookLabels) -> str:
    """The last twelve closed months beside those before, at most twelve; empty where few are in.

    A difference is told where its interval does not hold zero.
    """
    words, closed = labels.words, trend.closed
    later, earlier = closed[-_YEAR:], closed[-2 * _YEAR : -_YEAR]
    before, after = _count(earlier), _count(later)
    if min(before[1], after[1]) < labels.minimum_denominator:
        return ""
    low, high = difference_interval(before, after)
    said = words.years_same
    if low > 0 or high < 0:
        # More of a flag is worse; more compliant cases are better.
        said = words.years_better if (low > 0) != bool(trend.flag) else words.years_worse
    return words.years.format(
        said=said,
        late=_span(later),
        late_share=words.years_share.format(count=after[0], size=after[1]),
        early=_span(earlier),
        early_share=words.years_share.format(count=before[0], size=before[1]),
        change=_points(after[0] / after[1] - before[0] / before[1]),
        low=_points(low),
        high=_points(high),
    )


def _count(periods: tuple[Period, ...]) -> tuple[int, int]:
    return sum(period.count for period in periods), sum(period.size for period in periods)


def _points(difference: float) -> str:
    """Percentage points with their sign."""
    return f"{round(100 * difference):+d}".replace("-", "\u2212")


def _span(periods: tuple[Period, ...]) -> str:
    return f"{periods[0].name}–{periods[-1].name}"


def _tell_outside(trend: Trend, labels: WorkbookLabels) -> str:
    """The points outside the limits by name; empty where there is none."""
    words, names = labels.words, list(trend.outside)
    if not names:
        return ""
    said = words.points_outside
    if trend.chart == "g":
        said = words.gaps_outside
        names = [f"{words.gap_column} {name}" if name else words.gap_running for name in names]
    shown = ", ".join(["…"] * (len(names) > _MOST_POINTS) + names[-_MOST_POINTS:])
    return said.format(count=len(names), points=shown)
