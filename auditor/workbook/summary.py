"""The summary: how many cases stand where, the rate, the flags, and where to look further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, Formula, place
from auditor.workbook.change_list import TELLING, change_word, list_told
from auditor.workbook.figures import EXCEPTED, IN_RATE, NEEDS_REVIEW
from auditor.workbook.formulas import among, count_cases, exactly
from auditor.workbook.grid import Grid
from auditor.workbook.population_table import put_populations
from auditor.workbook.results import Results
from auditor.workbook.styles import COUNT, HEADING, LINK, LISTED, NOTE, TITLE, Look, header

_WIDTHS = (36, 12, 12, 12, 12, 12, 3, 20, 62)
_RIGHT = 8  # first column of the right half


def write_summary(book: Book, labels: WorkbookLabels, results: Results) -> None:
    """Write the sheet. All counts are formulas on the case table."""
    cases, words = results.cases, labels.words
    grid = Grid()
    top = _put_heading(grid, labels, results)
    below = put_populations(grid, labels, cases, top) + 1
    row = _put_flags(grid, labels, cases, below)
    row = _put_counts(grid, labels, cases, row + 1, words.reasons, "exclusion_reason")
    row = _put_counts(grid, labels, cases, row + 1, words.advisories, "advisories")
    last = max(row - 1, _put_contents(grid, labels, below))
    page = book.open_page(labels.sheet("summary").title, _WIDTHS)
    page.sheet.sheet_view.showGridLines = False
    grid.flush(page)
    page.print_on_one_page()
    page.sheet.print_area = f"A1:{page.address(last, len(_WIDTHS))}"


def _put_heading(grid: Grid, labels: WorkbookLabels, results: Results) -> int:
    words, run = labels.words, results.run
    grid.put(1, 1, Cell(labels.title, TITLE), height=28)
    dates = sorted(case.evidence.exam_datetime[:10] for case in results.cases)
    period = words.period.format(first=dates[0], last=dates[-1]) if dates else words.no_cases
    grid.put(2, 1, Cell(f"{period} · {words.cut_off.format(as_of=run.as_of)}", Look(size=11)))
    grid.put(3, 1, _news(labels, results))
    banner = Look(bold=True, size=11, fill="" if run.sign_off else labels.palette.banner)
    text = words.approved.format(text=run.sign_off) if run.sign_off else words.not_approved
    grid.put(4, 1, Cell(text, banner), across=len(_WIDTHS))
    row = 5
    if labels.standing:
        grid.put(row, 1, Cell(labels.standing, NOTE))
        row += 1
    red = Look(bold=True, size=11, colour=labels.palette.warning)
    for warning in run.warnings:
        grid.put(row, 1, Cell(words.warning.format(text=warning), red), across=len(_WIDTHS))
        row += 1
    return row + 1


def _news(labels: WorkbookLabels, results: Results) -> Cell:
    """How many changes of each kind since the last run, with a link to their sheet."""
    words = labels.words
    if results.changes is None:
        return Cell(words.first_run, NOTE)
    if not results.changes:
        return Cell(words.nothing_new, NOTE)
    counts = Counter(change.what for change in list_told(results.changes))
    told = {what: counts.pop(what) for what in TELLING if what in counts}
    pieces = [f"{change_word(what, labels)}: {count}" for what, count in told.items()]
    if counts:
        pieces.append(f"{words.other_changes}: {counts.total()}")
    title = labels.sheet("changes").title
    text = words.new_since.format(changes=", ".join(pieces), sheet=title)
    return Cell(text, Look(underline=True, colour=LINK.colour), place(title, "A1"))


def _put_flags(grid: Grid, labels: WorkbookLabels, cases: Sequence[Case], row: int) -> int:
    """A row per flag: how often, and in which populations."""
    words = labels.words
    grid.put(row, 1, Cell(words.flags, HEADING))
    grid.put(row + 1, 1, Cell(words.flags_note, NOTE))
    look = header(labels.palette.header)
    headings = (
        words.flags,
        words.flag_all,
        words.flag_rate,
        words.flag_review,
        words.flag_excepted,
    )
    for column, heading in enumerate(headings, start=1):
        look = header(labels.palette.header, figures=column > 1)
        grid.put(row + 2, column, Cell(heading, look), height=30)
    row += 3
    groups: tuple[tuple[str, ...], ...] = ((), IN_RATE, (NEEDS_REVIEW,), (EXCEPTED,))
    for code in _codes("flag", (flag for case in cases for flag in case.flags), labels):
        word = labels.word("flag", code)
        grid.put(row, 1, Cell(word, LISTED))
        for column, statuses in enumerate(groups, start=2):
            count = sum(
                code in case.flags and (not statuses or case.status in statuses) for case in cases
            )
            tests = [[("status", exactly(labels.word("status", status)))] for status in statuses]
            formulas = [
                count_cases(labels, ("flags", among(word)), *test) for test in tests or [[]]
            ]
            grid.put(row, column, Cell(Formula("=" + "+".join(formulas), count), COUNT))
        row += 1
    return row


def _put_counts(
    grid: Grid, labels: WorkbookLabels, cases: Sequence[Case], row: int, title: str, column: str
) -> int:
    """A row per code of a column with the number of cases that have it, where any has."""
    group = labels.column(column).codes or column
    joined = column == "advisories"
    found = [
        code
        for case in cases
        for code in (case.advisories if joined else (case.exclusion_reason,))
        if code
    ]
    if not found:
        return row - 1
    fill = labels.palette.header
    grid.put(row, 1, Cell(title, header(fill)))
    grid.put(row, 2, Cell(labels.words.cases, header(fill, figures=True)))
    for code in _codes(group, found, labels):
        if code not in found:
            continue
        row += 1
        word = labels.word(group, code)
        test = among(word) if joined else exactly(word)
        grid.put(row, 1, Cell(word, LISTED))
        formula = Formula("=" + count_cases(labels, (column, test)), found.count(code))
        grid.put(row, 2, Cell(formula, COUNT))
    return row + 1


def _codes(group: str, found: Iterable[str], labels: WorkbookLabels) -> list[str]:
    """The codes of a group in the order of the labels, then those only the data has."""
    known = list(labels.codes.get(group, {}))
    return known + sorted(set(found) - set(known))


def _put_contents(grid: Grid, labels: WorkbookLabels, row: int) -> int:
    """Where each question is answered, beside the flags; return the last row."""
    words, look = labels.words, header(labels.palette.header)
    grid.put(row, _RIGHT, Cell(words.contents, HEADING))
    row += 2
    grid.put(row, _RIGHT, Cell(words.sheet, look))
    grid.put(row, _RIGHT + 1, Cell(words.question, look))
    for sheet in labels.sheets:
        if sheet.key == "summary":
            continue
        row += 1
        grid.put(row, _RIGHT, Cell(sheet.title, LINK, place(sheet.title, "A1")))
        grid.put(row, _RIGHT + 1, Cell(sheet.question, LISTED))
    return row
