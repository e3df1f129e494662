"""The trend sheet: at a glance what each chart says, then each chart with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.case_list import case_column
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.charts import Cells, draw_control_chart
from auditor.workbook.figures import COMPLIANT, IN_RATE, gap_limit, normal_limits
from auditor.workbook.formulas import (
    among,
    count_cases,
    exactly,
    is_word,
    lacks_word,
)
from auditor.workbook.page import Page
from auditor.workbook.results import RunInfo
from auditor.workbook.styles import (
    ASIDE,
    COUNT,
    DATE,
    HEADING,
    LISTED,
    NOTE,
    SHARE,
    STRONG,
    TENTHS,
    WRAPPED,
    header,
)
from auditor.workbook.trend import SIGMAS, Gap, Period, Trend, find_trend
from auditor.workbook.trend_words import (
    name_chart,
    name_missed,
    name_trend,
    name_unit,
    tell_trend,
)

_WIDTHS = (24, 16, 16, 12, 12, 12, 12, 12, 12, 28)
_CHART_ROWS = 17
_NEARLY_ALL = 0.85  # of the axis of a flag's share


def write_trend(book: Book, labels: WorkbookLabels, cases: Sequence[Case], run: RunInfo) -> None:
    """Write the sheet. Counts, shares, gaps and limits are formulas on the case table."""
    known = list(labels.codes.get("flag", {}))
    flags = known + sorted({flag for case in cases for flag in case.flags} - set(known))
    trends = [find_trend(cases, labels, run, flag) for flag in ("", *flags)]
    page = book.open_page(labels.sheet("trend").title, _WIDTHS)
    page.sheet.sheet_view.showGridLines = False
    _write_glance(page, labels, trends)
    for trend in trends:
        if trend.chart or not trend.flag:
            page.skip()
        if trend.chart:
            page.break_before(page.next_row)
        if trend.chart == "g":
            _write_gaps(page, labels, trend)
        if trend.chart == "g" and not trend.flag:
            page.skip()
        if trend.chart == "p" or not trend.flag:
            _write_shares(page, labels, trend)
    signal = len(_WIDTHS)
    cells = f"{page.address(1, signal)}:{page.address(page.next_row, signal)}"
    page.colour_by_word(cells, {labels.words.outside: labels.palette.banner})


def _write_glance(page: Page, labels: WorkbookLabels, trends: Sequence[Trend]) -> None:
    """A line for compliance and for each flag: by which chart, and what it says."""
    words, look = labels.words, header(labels.palette.header)
    page.write(Cell(labels.sheet("trend").question or words.trend_glance, HEADING))
    headings = (words.what, words.chart, words.says)
    page.write_across((1, 2, 7), *(Cell(text, look) for text in headings))
    for trend in trends:
        texts = (name_trend(trend, labels), name_chart(trend, labels), tell_trend(trend, labels))
        page.write_across((1, 2, 7), *(Cell(text, WRAPPED) for text in texts))
    if not all(trend.chart for trend in trends):
        needs = words.trend_needs.format(
            points=labels.minimum_points,
            minimum=labels.minimum_denominator,
            expected=f"{labels.minimum_expected:g}",
        )
        note = f"{needs} {labels.sources.get('years', '')}".strip()
        page.write_across((len(_WIDTHS),), Cell(note, NOTE))


def _write_shares(page: Page, labels: WorkbookLabels, trend: Trend) -> None:
    """The periods, with a p-chart where it is honest."""
    words, charted = labels.words, trend.chart == "p"
    title = words.trend_title.format(what=name_trend(trend, labels), unit=name_unit(trend, labels))
    page.write(Cell(title, HEADING))
    if charted:
        note = f"{words.p_formula} {labels.sources.get('trend', '')}"
        at = _open_block(page, labels, trend, note)
    _write_headings(
        page,
        labels,
        (words.period_column, words.period_start, words.period_end),
        (
            words.in_rate,
            words.flag_column if trend.flag else words.compliant,
            words.share if trend.flag else words.rate,
            *(words.centre, words.lower_limit, words.upper_limit),
        ),
    )
    first = page.next_row
    for period in trend.periods:
        _write_period(page, labels, trend, period, first)
    if not trend.periods:
        page.write(Cell(words.nothing, LISTED))
    if charted:
        up = (
            words.flag_axis.format(what=name_trend(trend, labels))
            if trend.flag
            else words.rate_axis
        )
        names = (words.share, words.centre, words.lower_limit, words.upper_limit)
        lines = _lines(page, names, 6, first)
        chart = draw_control_chart(
            labels,
            title,
            Cells(page.title, 1, first, page.next_row - 1),
            lines,
            axes=(words.period_column, up),
            shares=True,
            # Else a program may end the axis of shares at 120 %.
            ceiling=1 if not trend.flag or trend.peak > _NEARLY_ALL else None,
        )
        page.add_chart(chart, f"A{at}")


def _write_gaps(page: Page, labels: WorkbookLabels, trend: Trend) -> None:
    """The gaps between the cases with the flag, with their g-chart."""
    words = labels.words
    title = words.gaps_title.format(what=name_missed(trend, labels))
    page.write(Cell(title, HEADING))
    at = _open_block(page, labels, trend, f"{words.g_formula} {labels.sources.get('gaps', '')}")
    headings = (words.gap_column, words.gap_start, words.gap_end)
    figures = (words.gap_cases, words.median, words.centre, words.upper_limit, "", "")
    _write_headings(page, labels, headings, figures)
    first, last = page.next_row, page.next_row + len(trend.gaps) - 1
    for number, gap in enumerate(trend.gaps, start=1):
        _write_gap(page, labels, trend, gap, str(number), (first, last))
    names = (words.gap_cases, words.median, words.centre, words.upper_limit)
    chart = draw_control_chart(
        labels,
        title,
        Cells(page.title, 3, first, last),
        _lines(page, names, 4, first),
        axes=(words.gap_points, words.gap_axis),
        shares=False,
        ceiling=None,
    )
    if trend.running:
        _write_gap(page, labels, trend, trend.running, words.gap_running, (first, last))
    page.add_chart(chart, f"A{at}")


def _open_block(page: Page, labels: WorkbookLabels, trend: Trend, note: str) -> int:
    """What the chart says, the formulas, and room for it; return the row where it begins."""
    page.write_across((len(_WIDTHS),), Cell(tell_trend(trend, labels), STRONG))
    runs = labels.sources.get("runs", "")
    page.write_across((len(_WIDTHS),), Cell(f"{note} {runs}".strip(), NOTE))
    at = page.next_row
    page.skip(_CHART_ROWS)
    return at


def _lines(page: Page, names: Sequence[str], column: int, first: int) -> list[tuple[str, Cells]]:
    last = page.next_row - 1
    return [
        (name, Cells(page.title, at, first, last)) for at, name in enumerate(names, start=column)
    ]


def _write_headings(
    page: Page, labels: WorkbookLabels, texts: Sequence[str], figures: Sequence[str]
) -> None:
    fill = labels.palette.header
    page.write(
        *(Cell(text, header(fill)) for text in texts),
        *(Cell(text or None, header(fill, figures=True)) for text in figures),
        Cell(labels.words.signal, replace(header(fill), indent=1, across="left")),
        height=30,
    )


def _write_period(
    page: Page, labels: WorkbookLabels, trend: Trend, period: Period, first: int
) -> None:
    words, row = labels.words, page.next_row
    when = (("index_datetime", f'">="&B{row}'), ("index_datetime", f'"<"&C{row}'))
    flagged = (("flags", among(labels.word("flag", trend.flag))),) if trend.flag else ()

    def count(*statuses: str, tests: Sequence[tuple[str, str]] = ()) -> str:
        states = [("status", exactly(labels.word("status", status))) for status in statuses]
        return "=" + "+".join(count_cases(labels, state, *when, *tests) for state in states)

    counted = count(*IN_RATE, tests=flagged) if trend.flag else count(COMPLIANT)
    cells = [
        Cell(period.name, LISTED),
        Cell(period.start, DATE),
        Cell(period.end, DATE),
        Cell(Formula(count(*IN_RATE), period.size), COUNT),
        Cell(Formula(counted, period.count), COUNT),
    ]
    if period not in trend.usable:
        why = words.too_few if period.closed else words.trend_open
        page.write(*cells, *[Cell(None, LISTED)] * 4, Cell(why, ASIDE))
        return
    last = first + len(trend.closed) - 1
    lower, upper = normal_limits(trend.mean, period.size, SIGMAS)
    spread = f"{SIGMAS}*SQRT(G{row}*(1-G{row})/D{row})"
    outside = words.outside if trend.is_outside(period) else ""
    test = f'=IF(OR(F{row}<H{row},F{row}>I{row}),{quoted(words.outside)},"")'
    page.write(
        *cells,
        Cell(Formula(f"=E{row}/D{row}", period.share), SHARE),
        Cell(Formula(f"=SUM(E${first}:E${last})/SUM(D${first}:D${last})", trend.mean), SHARE),
        Cell(Formula(f"=MAX(0,G{row}-{spread})", lower), SHARE),
        Cell(Formula(f"=MIN(1,G{row}+{spread})", upper), SHARE),
        Cell(Formula(test, outside), ASIDE),
    )


def _write_gap(
    page: Page, labels: WorkbookLabels, trend: Trend, gap: Gap, name: str, rows: tuple[int, int]
) -> None:
    """A gap; its cases are counted to the very moment, which COUNTIFS would round."""
    words, row = labels.words, page.next_row
    when = case_column("index_datetime", labels)
    others = is_word(labels, "status", labels.word("status", COMPLIANT))
    if trend.flag:
        in_rate = [is_word(labels, "status", labels.word("status", one)) for one in IN_RATE]
        flag = labels.word("flag", trend.flag)
        others = f"({'+'.join(in_rate)})*{lacks_word(labels, 'flags', flag)}"
    count = f"=SUMPRODUCT(({when}>=B{row})*({when}<C{row})*{others})"
    limit = gap_limit(trend.mean, SIGMAS)
    values = f"D${rows[0]}:D${rows[1]}"
    outside = words.outside if gap.cases > limit else ""
    page.write(
        Cell(name, LISTED),
        Cell(gap.start, DATE),
        Cell(gap.end, DATE),
        Cell(Formula(count, gap.cases), COUNT),
        Cell(Formula(f"=MEDIAN({values})", trend.centre), TENTHS),
        Cell(Formula(f"=AVERAGE({values})", trend.mean), TENTHS),
        Cell(Formula(f"=F{row}+{SIGMAS}*SQRT(F{row}*(F{row}+1))", limit), TENTHS),
        *[Cell(None, LISTED)] * 2,
        Cell(Formula(f'=IF(D{row}>G{row},{quoted(words.outside)},"")', outside), ASIDE),
    )
