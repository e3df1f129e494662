"""The sites sheet: the rate by facility and by ordering department, each with a funnel plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from openpyxl.utils import get_column_letter

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.case_list import case_column, sheet_columns
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.charts import Cells, draw_funnel
from auditor.workbook.figures import COMPLIANT, IN_RATE, Z_95, Z_998, normal_limits
from auditor.workbook.grid import Grid
from auditor.workbook.styles import (
    ASIDE,
    COUNT,
    HEADING,
    LISTED,
    NOTE,
    RIGHT,
    SHARE,
    Look,
    header,
    total,
)
from auditor.workbook.text import clean_text

_WIDTHS = (34, 10, 10, 11, 12, 12, 12, 13, 13, 18, 3)
_SIGNAL = 10  # the last column
_CURVE_COLUMN = 30  # data of the limits, right of what is printed
_CURVE_POINTS = 25
_CHART_ROWS = 24
_MOST_NAMES = 12  # that can be told apart in a chart; of more, those beyond the limits
_LONGEST_NAME = 200  # characters compared; a text in a formula may have 255

_DIMENSIONS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("facility", lambda case: case.evidence.facility),
    ("ordering_department", lambda case: case.evidence.ordering_department),
)


@dataclass(frozen=True, slots=True)
class Site:
    """One place: its cases, those in the rate, and those compliant. An empty name: not given."""

    name: str
    cases: int
    size: int
    compliant: int


def count_sites(cases: Sequence[Case], name_of: Callable[[Case], str]) -> list[Site]:
    """The places by name. Names that differ only in case are one, as they are in a formula."""
    grouped: dict[str, list[Case]] = {}
    for case in cases:
        grouped.setdefault(_same(clean_text(name_of(case))), []).append(case)
    sites = []
    for key in sorted(grouped):
        members = grouped[key]
        statuses = [case.status for case in members]
        name = min(clean_text(name_of(case)) for case in members)
        in_rate = sum(status in IN_RATE for status in statuses)
        sites.append(Site(name, len(members), in_rate, statuses.count(COMPLIANT)))
    return sites


def write_sites(book: Book, labels: WorkbookLabels, cases: Sequence[Case]) -> None:
    """Write the sheet. Counts, rates and limits are formulas on the case table."""
    title = labels.sheet("sites").title
    grid = Grid()
    row, starts = 1, []
    for column, name_of in _DIMENSIONS:
        sites = count_sites(cases, name_of)
        if column in sheet_columns(labels) and any(site.name for site in sites):
            starts.append(row)
            row = _Section(grid, labels, title, column, sites).put(row)
    if row == 1:
        grid.put(1, 1, Cell(labels.words.nothing, LISTED))
    page = book.open_page(title, _WIDTHS)
    grid.flush(page)
    page.print_columns(len(_WIDTHS))
    marks = dict.fromkeys((labels.words.beyond_95, labels.words.beyond_998), labels.palette.banner)
    page.colour_by_word(f"{page.address(1, _SIGNAL)}:{page.address(row, _SIGNAL)}", marks)
    for start in starts[1:]:
        page.break_before(start)


class _Section:
    """The places of one dimension: title, table, chart and the data of its limits."""

    def __init__(
        self, grid: Grid, labels: WorkbookLabels, title: str, column: str, sites: Sequence[Site]
    ):
        self._grid, self._labels, self._title = grid, labels, title
        self._column = column
        size = sum(site.size for site in sites)
        self._mean = sum(site.compliant for site in sites) / size if size else 0.0
        self._least = labels.minimum_denominator
        # Where it goes wrong first; then what is too small to tell, by name.
        self._sites = sorted(sites, key=self._order)

    def put(self, row: int) -> int:
        """Put the section from `row` down; return the row where the next may begin."""
        words, put = self._labels.words, self._grid.put
        heading = self._labels.column(self._column).heading
        plotted = [site for site in self._sites if not self._is_small(site)]
        drawn = len(plotted) >= self._labels.minimum_places
        title = words.funnel_title.format(place=heading.lower())
        put(row, 1, Cell(title, HEADING))
        note = words.funnel_too_few.format(
            places=self._labels.minimum_places, minimum=self._least, have=len(plotted)
        )
        source = self._labels.sources.get("sites", "")
        put(row + 1, 1, Cell(words.funnel_note if drawn else note, Look(bold=not drawn)))
        put(row + 2, 1, Cell(source, NOTE))
        top = row + 3 + (_CHART_ROWS if drawn else 0)
        self._put_headings(top, heading)
        first = top + 1
        for number, site in enumerate(self._sites):
            self._put_site(first + number, site, f"E${first + len(self._sites)}")
        last = first + len(self._sites)
        self._put_total(first, last)
        if not drawn:
            return last + 2
        self._put_curves(first, f"E${last}")
        self._draw(title, first, row + 3)
        return max(last + 2, first + _CURVE_POINTS + 1)

    def _put_headings(self, row: int, heading: str) -> None:
        words = self._labels.words
        limits = [words.lower_95, words.upper_95, words.lower_998, words.upper_998]
        texts = [heading, words.cases, words.in_rate, words.compliant, words.rate, *limits]
        fill = self._labels.palette.header
        for column, text in enumerate(texts, start=1):
            look = header(fill, figures=column > 1)
            self._grid.put(row, column, Cell(text, look), height=30)
        aside = replace(header(fill), across="left", indent=1)
        self._grid.put(row, _SIGNAL, Cell(words.signal, aside))

    def _put_site(self, row: int, site: Site, mean: str) -> None:
        words, put = self._labels.words, self._grid.put
        put(row, 1, Cell(site.name or words.no_place, LISTED))
        here = self._here(site.name)
        put(row, 2, Cell(Formula(f"=SUMPRODUCT({here}*{self._any()})", site.cases), COUNT))
        tests = {
            status: f"SUMPRODUCT({here}*{self._is('status', self._labels.word('status', status))})"
            for status in IN_RATE
        }
        put(row, 3, Cell(Formula("=" + "+".join(tests.values()), site.size), COUNT))
        put(row, 4, Cell(Formula(f"={tests[COMPLIANT]}", site.compliant), COUNT))
        if self._is_small(site):
            put(row, 5, Cell(words.too_few, RIGHT))
            for column in range(6, _SIGNAL + 1):
                put(row, column, Cell(None, LISTED))
            return
        rate = site.compliant / site.size
        put(row, 5, Cell(Formula(f"=D{row}/C{row}", rate), SHARE))
        inner = normal_limits(self._mean, site.size, Z_95)
        outer = normal_limits(self._mean, site.size, Z_998)
        for column, formula, value in zip(
            range(6, 10), _limits(mean, f"C{row}"), (*inner, *outer), strict=True
        ):
            put(row, column, Cell(Formula(formula, value), SHARE))
        beyond = words.within
        if not outer[0] <= rate <= outer[1]:
            beyond = words.beyond_998
        elif not inner[0] <= rate <= inner[1]:
            beyond = words.beyond_95
        text = (
            f"=IF(OR(E{row}<H{row},E{row}>I{row}),{quoted(words.beyond_998)},"
            f"IF(OR(E{row}<F{row},E{row}>G{row}),{quoted(words.beyond_95)},{quoted(words.within)}))"
        )
        put(row, _SIGNAL, Cell(Formula(text, beyond), ASIDE))

    def _put_total(self, first: int, row: int) -> None:
        words, sites = self._labels.words, self._sites
        look = Look(bold=True, rule=True, fill=self._labels.palette.band)
        self._grid.put(row, 1, Cell(words.all_ages, look))
        totals = (
            sum(site.cases for site in sites),
            sum(site.size for site in sites),
            sum(site.compliant for site in sites),
        )
        for column, value in zip("BCD", totals, strict=True):
            formula = Formula(f"=SUM({column}{first}:{column}{row - 1})", value)
            cell = Cell(formula, total(COUNT, self._labels.palette.band))
            self._grid.put(row, ord(column) - ord("A") + 1, cell)
        few = totals[1] < self._least
        shown = words.too_few if few else self._mean
        formula = Formula(f"=IF(C{row}<{self._least},{quoted(words.too_few)},D{row}/C{row})", shown)
        self._grid.put(row, 5, Cell(formula, total(SHARE, self._labels.palette.band)))
        for at in range(6, _SIGNAL + 1):
            self._grid.put(row, at, Cell(None, look))

    def _put_curves(self, first: int, mean: str) -> None:
        """Sizes from below the least to above the largest plotted, and the limits at each."""
        grey, (least, most) = Look(colour="A6A6A6"), self._sizes()
        self._grid.put(first - 1, _CURVE_COLUMN, Cell(self._labels.words.chart_data, NOTE))
        for number in range(_CURVE_POINTS):
            row = first + number
            # By a factor from one to the next: limits narrow fast where sizes are small.
            size = round(least * (most / least) ** (number / (_CURVE_POINTS - 1)), 1)
            limits = (
                *normal_limits(self._mean, size, Z_95),
                *normal_limits(self._mean, size, Z_998),
            )
            formulas = (f"={mean}", *_limits(mean, f"{get_column_letter(_CURVE_COLUMN)}{row}"))
            self._grid.put(row, _CURVE_COLUMN, Cell(size, grey))
            for offset, (formula, value) in enumerate(
                zip(formulas, (self._mean, *limits), strict=True), start=1
            ):
                cell = Cell(Formula(formula, value), grey)
                self._grid.put(row, _CURVE_COLUMN + offset, cell)

    def _sizes(self) -> tuple[float, float]:
        """Where the curves begin and end."""
        plotted = [site.size for site in self._sites if not self._is_small(site)]
        return min(plotted) / 2, max(plotted) * 1.1

    def _ends(self, plotted: Sequence[Site]) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ends of the axes: all places, and the limits where they are widest."""
        least, most = self._sizes()
        widest = normal_limits(self._mean, least, Z_998)
        rates = [site.compliant / site.size for site in plotted]
        low, high = min(*rates, widest[0]), max(*rates, widest[1])
        step = 10 ** (len(str(int(most))) - 1) / 2
        across = (least // step * step, math.ceil(most / step) * step)
        return across, (math.floor(10 * low) / 10, math.ceil(10 * high) / 10)

    def _draw(self, title: str, first: int, row: int) -> None:
        words, sheet = self._labels.words, self._title
        last = first + _CURVE_POINTS - 1
        names = [words.centre, *[words.limits_95] * 2, *[words.limits_998] * 2]
        lines = [
            (name, Cells(sheet, _CURVE_COLUMN + offset, first, last))
            for offset, name in enumerate(names, start=1)
        ]
        plotted = [
            (site, at)
            for at, site in enumerate(self._sites, start=first)
            if not self._is_small(site)
        ]
        plotted.sort(key=lambda item: item[0].size)
        points = [
            (site.name or words.no_place, Cells(sheet, 3, at, at), Cells(sheet, 5, at, at))
            for site, at in plotted
        ]
        few = len(plotted) <= _MOST_NAMES
        outside = {site.name for site, _ in plotted if few or self._stands_out(site)}
        named = {name or words.no_place for name in outside}
        sizes = Cells(sheet, _CURVE_COLUMN, first, last)
        ends = self._ends([site for site, _ in plotted])
        chart = draw_funnel(self._labels, title, sizes, lines, points, named, ends)
        self._grid.charts.append((chart, f"A{row}"))

    def _order(self, site: Site) -> tuple[bool, float, str]:
        small = self._is_small(site)
        return (small, 0.0 if small else site.compliant / site.size, site.name)

    def _is_small(self, site: Site) -> bool:
        return site.size < self._least

    def _stands_out(self, site: Site) -> bool:
        low, high = normal_limits(self._mean, site.size, Z_95)
        return not low <= site.compliant / site.size <= high

    def _here(self, name: str) -> str:
        """True where a case is of the place: compared as text, so that `001` is not `1`."""
        column = case_column(self._column, self._labels)
        if len(name) > _LONGEST_NAME:
            return f"(LEFT({column},{_LONGEST_NAME})={quoted(name[:_LONGEST_NAME])})"
        return f"({column}={quoted(name)})"

    def _is(self, name: str, word: str) -> str:
        return f"({case_column(name, self._labels)}={quoted(word)})"

    def _any(self) -> str:
        return f'({case_column("case_id", self._labels)}<>"")'


def _limits(mean: str, size: str) -> tuple[str, ...]:
    """Formulas of the lower and upper 95 %, lower and upper 99.8 % limit."""
    spread = f"SQRT({mean}*(1-{mean})/{size})"
    return tuple(
        f"={keep}{mean}{sign}{z!r}*{spread})"
        for z in (Z_95, Z_998)
        for keep, sign in (("MAX(0,", "-"), ("MIN(1,", "+"))
    )


def _same(name: str) -> str:
    """What two names that a formula takes for one have in common."""
    return name[:_LONGEST_NAME].casefold()
