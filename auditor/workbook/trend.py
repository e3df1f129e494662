"""The trend sheet: a p-chart of the rate by index month or quarter, where the counts allow one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.charts import Cells, draw_control_chart
from auditor.workbook.dates import day_of
from auditor.workbook.figures import COMPLIANT, IN_RATE, Runs, find_runs, normal_limits
from auditor.workbook.formulas import count_cases, exactly
from auditor.workbook.page import Page
from auditor.workbook.results import RunInfo
from auditor.workbook.styles import COUNT, DATE, HEADING, LISTED, NOTE, SHARE, Look, header

_WIDTHS = (12, 12, 12, 12, 12, 12, 12, 12, 12, 34)
_SIGMAS = 3
_CHART_ROWS = 24


@dataclass(frozen=True, slots=True)
class Period:
    """A month or quarter: `start` is in it, `end` is the first day after it."""

    name: str
    start: date
    end: date
    size: int
    compliant: int
    closed: bool

    @property
    def rate(self) -> float:
        """Compliant cases of those in the rate; only where there are any."""
        return self.compliant / self.size


@dataclass(frozen=True, slots=True)
class Trend:
    """Periods in order, with how many months each has, and whether a chart of them is honest."""

    months: int
    periods: tuple[Period, ...]
    charted: bool
    usable: int

    @property
    def closed(self) -> list[Period]:
        """The periods whose cases are all decided; they come before the open ones."""
        return [period for period in self.periods if period.closed]

    @property
    def mean(self) -> float:
        """The rate over all closed periods."""
        size = sum(period.size for period in self.closed)
        return sum(period.compliant for period in self.closed) / size if size else 0.0


def find_trend(cases: Sequence[Case], labels: WorkbookLabels, run: RunInfo) -> Trend:
    """By month where enough months hold enough cases, else by quarter, else by month uncharted."""
    usable = 0
    for months in (1, 3):
        periods = tuple(_periods(cases, months, run))
        points = _usable(periods, labels)
        usable = max(usable, len(points))
        trend = Trend(months, periods, len(points) >= labels.minimum_points, len(points))
        if trend.charted:
            return trend
    return Trend(1, tuple(_periods(cases, 1, run)), False, usable)


def write_trend(book: Book, labels: WorkbookLabels, cases: Sequence[Case], run: RunInfo) -> None:
    """Write the sheet. Counts, rates and limits are formulas on the case table."""
    words, trend = labels.words, find_trend(cases, labels, run)
    unit = words.month if trend.months == 1 else words.quarter
    title = words.trend_title.format(unit=unit)
    sheet_title = labels.sheet("trend").title
    page = book.open_page(sheet_title, _WIDTHS)
    page.write(Cell(title, HEADING))
    page.write(Cell(_verdict(trend, labels), Look(bold=True)))
    page.write(Cell(labels.sources.get("trend", ""), NOTE))
    page.skip(1 + (_CHART_ROWS if trend.charted else 0))
    _write_headings(page, labels)
    first = page.next_row
    for period in trend.periods:
        _write_period(page, labels, trend, period, first)
    if trend.charted:
        last = page.next_row - 1
        names = (words.rate, words.centre, words.lower_limit, words.upper_limit)
        lines = [
            (name, Cells(sheet_title, column, first, last))
            for column, name in enumerate(names, start=6)
        ]
        periods = Cells(sheet_title, 1, first, last)
        page.add_chart(draw_control_chart(labels, title, periods, lines), "A5")


def _write_headings(page: Page, labels: WorkbookLabels) -> None:
    words, fill = labels.words, labels.palette.header
    limits = (words.centre, words.lower_limit, words.upper_limit)
    page.write(
        *(Cell(text, header(fill)) for text in (words.period_column, words.period_start)),
        Cell(words.period_end, header(fill)),
        *(
            Cell(text, header(fill, figures=True))
            for text in (words.in_rate, words.compliant, words.rate, *limits)
        ),
        Cell(words.signal, header(fill)),
        height=30,
    )


def _periods(cases: Sequence[Case], months: int, run: RunInfo) -> list[Period]:
    dated = [(day, case.status) for case in cases if (day := day_of(case.evidence.exam_datetime))]
    if not dated:
        return []
    first, last = min(day for day, _ in dated), max(day for day, _ in dated)
    as_of = day_of(run.as_of) or last
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    periods = []
    while start <= last:
        end = _month_after(start, months)
        statuses = [status for day, status in dated if start <= day < end]
        quarter = f"{start.year} Q{(start.month + 2) // 3}"
        periods.append(
            Period(
                name=f"{start:%Y-%m}" if months == 1 else quarter,
                start=start,
                end=end,
                size=sum(status in IN_RATE for status in statuses),
                compliant=statuses.count(COMPLIANT),
                # A flag for an order stands at once while its neighbours are still pending: an
                # open period would look worse than it will turn out.
                closed=end - timedelta(days=1) + timedelta(days=run.window_days) < as_of,
            )
        )
        start = end
    return periods


def _month_after(start: date, months: int) -> date:
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _usable(periods: Sequence[Period], labels: WorkbookLabels) -> list[Period]:
    least = labels.minimum_denominator
    return [period for period in periods if period.closed and period.size >= least]


def _verdict(trend: Trend, labels: WorkbookLabels) -> str:
    """What the run tests say, or why there is no chart."""
    words = labels.words
    if not trend.charted:
        return words.trend_too_few.format(
            points=labels.minimum_points, minimum=labels.minimum_denominator, have=trend.usable
        )
    runs = _runs(trend, labels)
    text = words.runs_signal if runs.signal else words.runs_quiet
    return text.format(
        run=runs.longest,
        run_limit=runs.longest_limit,
        crossings=runs.crossings,
        crossings_limit=runs.crossings_limit,
    )


def _runs(trend: Trend, labels: WorkbookLabels) -> Runs:
    return find_runs([period.rate for period in _usable(trend.periods, labels)], trend.mean)


def _write_period(
    page: Page, labels: WorkbookLabels, trend: Trend, period: Period, first: int
) -> None:
    words, row = labels.words, page.next_row
    when = (("index_datetime", f'">="&B{row}'), ("index_datetime", f'"<"&C{row}'))
    counted = {
        status: count_cases(labels, ("status", exactly(labels.word("status", status))), *when)
        for status in IN_RATE
    }
    size = Formula("=" + "+".join(counted.values()), period.size)
    cells = [
        Cell(period.name, LISTED),
        Cell(period.start, DATE),
        Cell(period.end, DATE),
        Cell(size, COUNT),
        Cell(Formula("=" + counted[COMPLIANT], period.compliant), COUNT),
    ]
    if period not in _usable(trend.periods, labels):
        why = words.too_few if period.closed else words.trend_open
        page.write(*cells, *[Cell(None, LISTED)] * 4, Cell(why, LISTED))
        return
    last = first + len(trend.closed) - 1
    lower, upper = normal_limits(trend.mean, period.size, _SIGMAS)
    spread = f"{_SIGMAS}*SQRT(G{row}*(1-G{row})/D{row})"
    outside = words.outside if not lower <= period.rate <= upper else ""
    test = f'=IF(OR(F{row}<H{row},F{row}>I{row}),{quoted(words.outside)},"")'
    page.write(
        *cells,
        Cell(Formula(f"=E{row}/D{row}", period.rate), SHARE),
        Cell(Formula(f"=SUM(E${first}:E${last})/SUM(D${first}:D${last})", trend.mean), SHARE),
        Cell(Formula(f"=MAX(0,G{row}-{spread})", lower), SHARE),
        Cell(Formula(f"=MIN(1,G{row}+{spread})", upper), SHARE),
        Cell(Formula(test, outside), LISTED),
    )
