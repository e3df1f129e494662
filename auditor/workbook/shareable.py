"""The copy to hand around: the counts of `shared_counts.py` on four sheets, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.config.workbook import SheetKey, WorkbookLabels
from auditor.pathway.rate import wilson_interval
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.charts import Cells, draw_control_chart
from auditor.workbook.figures import normal_limits
from auditor.workbook.methods import list_versions, write_sections
from auditor.workbook.page import Page
from auditor.workbook.results import Results, RunInfo
from auditor.workbook.sections import write_headings, write_section
from auditor.workbook.shared_counts import Count, Group, SharedCounts, count_shared
from auditor.workbook.styles import (
    ASIDE,
    COUNT,
    FIGURE,
    HEADING,
    LISTED,
    NOTE,
    PLAIN,
    RIGHT,
    SHARE,
    TITLE,
    WRAPPED,
    Look,
    total,
)

SHAREABLE_FILE = "compliance-shareable.xlsx"

_WIDTHS = (44, 14, 14, 16, 16, 16, 16)
_TOTALS = ("initial", "denominator", "numerator")
_SIGMAS = 3
_CHART_ROWS = 17


def write_shareable(results: Results, labels: WorkbookLabels, path: Path, limit: int) -> Path:
    """Write the copy.

    Args:
        results: What the run found.
        labels: Words, colours and sheet titles.
        path: The file.
        limit: The largest count that is hidden.
    """
    run = results.run
    counts = count_shared(results.cases, labels, run, limit)
    book = Book(labels.title, run.as_of, path.parent)

    def open_page(key: SheetKey) -> Page:
        page = book.open_page(labels.sheet(key).title, _WIDTHS)
        page.sheet.sheet_view.showGridLines = False
        return page

    _write_summary(open_page("summary"), labels, run, counts, limit)
    _write_trend(open_page("trend"), labels, counts)
    _write_sites(open_page("sites"), labels, counts)
    _write_methods(open_page("methods"), labels, run, limit)
    book.save(path)
    return path


def _write_summary(
    page: Page, labels: WorkbookLabels, run: RunInfo, counts: SharedCounts, limit: int
) -> None:
    words = labels.words
    page.write(Cell(labels.title, TITLE), height=28)
    page.write(Cell(words.cut_off.format(as_of=run.as_of), Look(size=11)))
    page.write_across((len(_WIDTHS),), Cell(words.copy_note.format(limit=limit), NOTE))
    approved = words.approved.format(text=run.sign_off) if run.sign_off else words.not_approved
    banner = Look(bold=True, size=11, fill="" if run.sign_off else labels.palette.banner)
    page.write_across((len(_WIDTHS),), Cell(approved, banner))
    red = Look(bold=True, colour=labels.palette.warning)
    for warning in run.warnings:
        page.write_across((len(_WIDTHS),), Cell(words.warning.format(text=warning), red))
    page.skip()
    _write_headline(page, labels, counts)
    _write_steps(page, labels, counts)
    ages = [(labels.word("age_group", group.name), group) for group in counts.ages]
    _write_groups(page, labels, words.by_age, labels.column("age_group").heading, ages)
    for title, group, listed in (
        (words.flags, "flag", counts.flags),
        (words.reasons, "exclusion", counts.reasons),
    ):
        page.write(Cell(title, HEADING))
        write_headings(page, labels, [title], [words.cases])
        for code, count in listed:
            page.write(Cell(labels.word(group, code), LISTED), _count(count, words.hidden))
        if not listed:
            page.write(Cell(words.hidden, LISTED))
        page.skip()


def _write_headline(page: Page, labels: WorkbookLabels, counts: SharedCounts) -> None:
    words, least = labels.words, labels.minimum_denominator
    done, size = counts.step("numerator"), counts.step("denominator")
    page.write(Cell(words.rate, HEADING))
    if done is None or size is None or size < least:
        page.write(Cell(words.too_few, FIGURE), height=36)
        page.skip()
        return
    low, high = wilson_interval(done, size)
    page.write(Cell(done / size, FIGURE), height=36)
    text = words.headline.format(
        numerator=done, denominator=size, low=f"{100 * low:.1f}", high=f"{100 * high:.1f}"
    )
    page.write(Cell(text, Look(size=11)))
    page.skip()


def _write_steps(page: Page, labels: WorkbookLabels, counts: SharedCounts) -> None:
    words, band = labels.words, labels.palette.band
    page.write(Cell(words.populations, HEADING))
    write_headings(page, labels, [words.step], [words.cases])
    for field, count in counts.steps:
        name = words.initial_population if field == "initial" else getattr(words, field)
        look = total(LISTED, band) if field in _TOTALS else LISTED
        page.write(Cell(name, look), _count(count, words.hidden))
    page.skip()


def _write_groups(
    page: Page,
    labels: WorkbookLabels,
    title: str,
    heading: str,
    groups: Sequence[tuple[str, Group]],
) -> None:
    """A row a group: its cases in the rate, how many complied, and the rate where it is honest."""
    words = labels.words
    page.write(Cell(title, HEADING))
    figures = (words.in_rate, words.compliant, words.rate, words.interval_low, words.interval_high)
    write_headings(page, labels, [heading], figures)
    for name, group in groups:
        page.write(Cell(name, WRAPPED), *_group_cells(labels, group))
    if not groups:
        page.write(Cell(words.hidden, LISTED))
    page.skip()


def _group_cells(labels: WorkbookLabels, group: Group) -> list[Cell]:
    words = labels.words
    cells = [_count(group.size, words.hidden), _count(group.compliant, words.hidden)]
    if group.size is None or group.compliant is None:
        return [*cells, *[Cell(None, LISTED)] * 3]
    if group.size < labels.minimum_denominator:
        return [*cells, Cell(words.too_few, RIGHT), *[Cell(None, LISTED)] * 2]
    low, high = wilson_interval(group.compliant, group.size)
    return [*cells, *(Cell(one, SHARE) for one in (group.compliant / group.size, low, high))]


def _write_trend(page: Page, labels: WorkbookLabels, counts: SharedCounts) -> None:
    """The periods, with a p-chart about the rate of the summary where enough are shown."""
    words = labels.words
    unit = words.month if counts.months == 1 else words.quarter
    title = words.trend_title.format(what=words.rate, unit=unit)
    done, size = counts.step("numerator"), counts.step("denominator")
    mean = done / size if done is not None and size else None
    usable = [
        one for one in counts.periods if one.name in counts.closed and _is_usable(one, labels)
    ]
    charted = mean is not None and len(usable) >= labels.minimum_points
    page.write(Cell(title, HEADING))
    at = page.next_row
    if charted:
        page.skip(_CHART_ROWS)
    else:
        page.write(Cell(words.copy_no_chart, NOTE))
    limits = (words.centre, words.lower_limit, words.upper_limit) if charted else ()
    figures = (words.in_rate, words.compliant, words.rate, *limits)
    write_headings(page, labels, [words.period_column], figures)
    first = page.next_row
    for group in counts.periods:
        cells = _group_cells(labels, group)[:3]
        if group.name not in counts.closed:
            # Its flags are in and its compliant cases are not: no rate yet.
            cells[2] = Cell(words.trend_open, ASIDE)
        elif charted and mean is not None and group.size and group in usable:
            ends = normal_limits(mean, group.size, _SIGMAS)
            cells += [Cell(one, SHARE) for one in (mean, *ends)]
        cells += [Cell(None, LISTED)] * (len(figures) - len(cells))
        page.write(Cell(group.name, LISTED), *cells)
    if not counts.periods:
        page.write(Cell(words.hidden, LISTED))
    if charted:
        last = page.next_row - 1
        names = (words.rate, *limits)
        chart = draw_control_chart(
            labels,
            title,
            Cells(page.title, 1, first, last),
            [(name, Cells(page.title, at, first, last)) for at, name in enumerate(names, 4)],
            axes=(words.period_column, words.rate_axis),
            shares=True,
            ceiling=1,
        )
        page.add_chart(chart, f"A{at}")


def _is_usable(group: Group, labels: WorkbookLabels) -> bool:
    return group.compliant is not None and (group.size or 0) >= labels.minimum_denominator


def _write_sites(page: Page, labels: WorkbookLabels, counts: SharedCounts) -> None:
    words = labels.words
    for column, groups in counts.places:
        heading = labels.column(column).heading
        title = words.funnel_title.format(place=heading.lower())
        listed = [
            (words.other_places if one.others else one.name or words.no_place, one)
            for one in groups
        ]
        _write_groups(page, labels, title, heading, listed)
    if not counts.places:
        page.write(Cell(words.hidden, LISTED))


def _write_methods(page: Page, labels: WorkbookLabels, run: RunInfo, limit: int) -> None:
    words = labels.words
    page.write(Cell(labels.title, TITLE))
    page.write_across((len(_WIDTHS),), Cell(words.copy_note.format(limit=limit), NOTE))
    page.write_across((len(_WIDTHS),), Cell(words.copy_rule.format(limit=limit), PLAIN))
    page.skip()
    write_sections(page, labels, run, across=len(_WIDTHS))
    versions = list_versions(labels, run)
    write_section(page, labels, words.versions, (words.what, words.value), versions)


def _count(count: Count, hidden: str) -> Cell:
    return Cell(hidden, RIGHT) if count is None else Cell(count, COUNT)
