"""The populations as a waterfall, for all and by age group, with the rate and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.pathway.rate import ALL, Population, population_counts, wilson_interval
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.charts import draw_waterfall
from auditor.workbook.figures import (
    COMPLIANT,
    EXCEPTED,
    EXCLUDED,
    NEEDS_REVIEW,
    NON_COMPLIANT,
    PENDING,
)
from auditor.workbook.formulas import (
    Test,
    any_text,
    count_cases,
    exactly,
    fill_text,
    interval_end,
    percent,
    percent_text,
    share,
)
from auditor.workbook.grid import Grid
from auditor.workbook.styles import (
    COUNT,
    FIGURE,
    HEADING,
    LISTED,
    NOTE,
    RIGHT,
    SHARE,
    Look,
    header,
    total,
)

# The steps in order: word, status counted, field of `Population` (or `missed`).
_STEPS = (
    ("initial_population", "", "initial"),
    ("excluded", EXCLUDED, "excluded"),
    ("excepted", EXCEPTED, "excepted"),
    ("pending", PENDING, "pending"),
    ("needs_review", NEEDS_REVIEW, "needs_review"),
    ("denominator", "", "denominator"),
    ("missed", NON_COMPLIANT, "missed"),
    ("numerator", COMPLIANT, "numerator"),
)
_DENOMINATOR, _MISSED, _NUMERATOR = 5, 6, 7  # their positions in _STEPS
_TOTALS = (0, _DENOMINATOR, _NUMERATOR)
_CHART_COLUMN = 11  # data of the chart, right of what is printed


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the table: its heading, its cases, the tests that pick them."""

    heading: str
    letter: str
    population: Population
    tests: tuple[Test, ...] = ()


def put_populations(grid: Grid, labels: WorkbookLabels, cases: Sequence[Case], row: int) -> int:
    """Put the headline, the table and its chart from `row` down; return the row after them."""
    words = labels.words
    columns = _columns(labels, cases)
    first = row + 7
    _put_headline(grid, labels, columns[0], row, first)
    grid.put(row + 4, 1, Cell(words.populations, HEADING))
    grid.put(row + 5, 1, Cell(words.populations_note, NOTE))
    grid.put(row + 6, 1, Cell(words.step, header(labels.palette.header)))
    look = header(labels.palette.header, figures=True)
    for number, column in enumerate(columns, start=2):
        grid.put(row + 6, number, Cell(column.heading, look), height=20)
        _put_column(grid, labels, column, number, first)
    _put_names(grid, labels, first)
    if cases:
        _put_chart(grid, labels, columns[0].population, first)
    last = first + len(_STEPS) + 4
    note = words.too_few_note.format(minimum=labels.minimum_denominator)
    grid.put(last, 1, Cell(note, NOTE))
    return last + 1


def _columns(labels: WorkbookLabels, cases: Sequence[Case]) -> list[_Column]:
    columns = []
    for letter, population in zip("BCDEF", population_counts(cases), strict=False):
        if population.group == ALL:
            columns.append(_Column(labels.words.all_ages, letter, population))
        else:
            word = labels.word("age_group", population.group)
            columns.append(_Column(word, letter, population, (("age_group", exactly(word)),)))
    return columns


def _put_column(
    grid: Grid, labels: WorkbookLabels, column: _Column, number: int, first: int
) -> None:
    words, counts, at = labels.words, column.population, column.letter
    for position, (_, status, field) in enumerate(_STEPS):
        formula = _step_formula(labels, column, position, status, first)
        look = total(COUNT, labels.palette.band) if position in _TOTALS else COUNT
        cell = Cell(Formula(formula, _figure(counts, field)), look)
        grid.put(first + position, number, cell)
    row = first + len(_STEPS)
    size, done = f"{at}{first + _DENOMINATOR}", f"{at}{first + _NUMERATOR}"
    missed = f"{at}{first + _MISSED}"
    # `population_counts` has made sure that they do; a corrected cell may break it.
    check = f"=IF({size}={done}+{missed},{quoted(words.yes)},{quoted(words.no)})"
    grid.put(row, number, Cell(Formula(check, words.yes), RIGHT))
    figures, least = (counts.numerator, counts.denominator), labels.minimum_denominator
    rate = share(done, size, figures, least, words.too_few)
    grid.put(row + 1, number, Cell(rate, total(SHARE, labels.palette.band)))
    for offset, upper in ((2, False), (3, True)):
        end = interval_end(done, size, figures, least, upper=upper)
        grid.put(row + offset, number, Cell(end, SHARE))


def _figure(counts: Population, field: str) -> int:
    return counts.denominator - counts.numerator if field == "missed" else getattr(counts, field)


def _step_formula(
    labels: WorkbookLabels, column: _Column, position: int, status: str, first: int
) -> str:
    if position == _DENOMINATOR:
        # By subtraction, so that the check against numerator and missed means something.
        rows = [f"{column.letter}{first + step}" for step in range(_DENOMINATOR)]
        return "=" + "-".join(rows)
    word = labels.word("status", status)
    test = ("status", exactly(word)) if status else ("case_id", any_text())
    return "=" + count_cases(labels, test, *column.tests)


def _put_names(grid: Grid, labels: WorkbookLabels, first: int) -> None:
    words, band = labels.words, labels.palette.band
    for position, (name, _, _) in enumerate(_STEPS):
        look = total(LISTED, band) if position in _TOTALS else LISTED
        grid.put(first + position, 1, Cell(getattr(words, name), look))
    below = first + len(_STEPS)
    grid.put(below, 1, Cell(words.reconciles, LISTED))
    grid.put(below + 1, 1, Cell(words.rate, total(LISTED, band)))
    grid.put(below + 2, 1, Cell(words.interval_low, LISTED))
    grid.put(below + 3, 1, Cell(words.interval_high, LISTED))


def _put_headline(
    grid: Grid, labels: WorkbookLabels, column: _Column, row: int, first: int
) -> None:
    words, least = labels.words, labels.minimum_denominator
    counts, at = column.population, column.letter
    done, size = f"{at}{first + _NUMERATOR}", f"{at}{first + _DENOMINATOR}"
    below = first + len(_STEPS)
    rate = share(done, size, (counts.numerator, counts.denominator), least, words.too_few)
    grid.put(row, 1, Cell(words.rate, HEADING))
    grid.put(row + 1, 1, Cell(Formula(f"={at}{below + 1}", rate.value), FIGURE), height=36)
    low = high = ""
    if counts.denominator >= least:
        ends = wilson_interval(counts.numerator, counts.denominator)
        low, high = (percent_text(end) for end in ends)
    cells = {
        "numerator": done,
        "denominator": size,
        "low": percent(f"{at}{below + 2}"),
        "high": percent(f"{at}{below + 3}"),
    }
    values = {
        "numerator": str(counts.numerator),
        "denominator": str(counts.denominator),
        "low": low,
        "high": high,
    }
    text, value = fill_text(words.headline, cells, values)
    note = words.too_few_note.format(minimum=least)
    formula = f"=IF({size}<{least},{quoted(note)},{text})"
    shown = value if counts.denominator >= least else note
    grid.put(row + 2, 1, Cell(Formula(formula, shown), Look(size=11)))


def _put_chart(grid: Grid, labels: WorkbookLabels, counts: Population, first: int) -> None:
    """The chart, and right of the printed part the two columns that it is drawn from."""
    base, height = _CHART_COLUMN, _CHART_COLUMN + 1
    grid.put(first - 1, base, Cell(labels.words.chart_data, NOTE))
    left = counts.initial
    for position, (_, _, field) in enumerate(_STEPS):
        row, size = first + position, _figure(counts, field)
        if position in _TOTALS:
            under, formula = 0, "=0"
        elif position == _MISSED:
            under, formula = counts.numerator, f"=B{first + _NUMERATOR}"
        else:
            left -= size
            under = left
            formula = f"=B{first}-SUM(B{first + 1}:B{row})"
        grid.put(row, base, Cell(Formula(formula, under), Look(colour="A6A6A6")))
        grid.put(row, height, Cell(Formula(f"=B{row}", size), Look(colour="A6A6A6")))
    title = labels.sheet("summary").title
    chart = draw_waterfall(labels, title, first, len(_STEPS), base, _TOTALS, counts.initial)
    grid.charts.append((chart, f"H{first - 7}"))
