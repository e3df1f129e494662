"""The data-quality sheet: what became of the rows, and what the run did not know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.csvs import Written
from auditor.workbook.feed_days import write_feed_days
from auditor.workbook.methods import list_versions
from auditor.workbook.page import Page
from auditor.workbook.results import Results, RunInfo
from auditor.workbook.sections import write_headings, write_section
from auditor.workbook.styles import COUNT, HEADING, LISTED, NOTE, RIGHT, WRAPPED, Look, header

_WIDTHS = (56, 24, 26, 22, 13, 13, 16)
_GATE_SPANS = (1, 1, 5)


def write_quality(book: Book, labels: WorkbookLabels, results: Results, written: Written) -> None:
    """Write the sheet, section by section: what to look at first, days last."""
    words, run = labels.words, results.run
    page = book.open_page(labels.sheet("quality").title, _WIDTHS)
    page.sheet.sheet_view.showGridLines = False
    _write_warnings(page, labels, run)
    _write_gates(page, labels, run)
    _write_inputs(page, labels, run)
    _write_steps(page, labels, run)
    _write_reasons(page, labels, results)
    write_section(
        page,
        labels,
        words.unknown_procedures,
        (words.procedure, words.modality, words.code, words.rows),
        [
            (item.description, item.modality, item.code, item.rows)
            for item in sorted(run.unknown_procedures, key=lambda item: (-item.rows, item))
        ],
    )
    write_section(
        page,
        labels,
        words.unknown_statuses,
        (words.status_word, words.table, words.rows),
        [
            (item.status, labels.word("table", item.table), item.rows)
            for item in sorted(run.unknown_statuses, key=lambda item: (-item.rows, item))
        ],
    )
    _write_identifiers(page, labels, run)
    mended = [(words.illegal, written.illegal), (words.cut, written.long)]
    write_section(page, labels, words.mended, (words.what, words.count), mended)
    versions = list_versions(labels, run)
    write_section(page, labels, words.versions, (words.what, words.value), versions)
    write_feed_days(page, labels, run.feed_days)


def _write_warnings(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    """The red lines of the summary, once more."""
    if not run.warnings:
        return
    page.write(Cell(labels.words.warnings, HEADING))
    red = Look(bold=True, colour=labels.palette.warning)
    for warning in run.warnings:
        page.write_across((len(_WIDTHS),), Cell(warning, red))
    page.skip()


def _write_gates(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    """What an unattended night looked at; other runs have no checks."""
    if not run.gates:
        return
    words, fill = labels.words, labels.palette.header
    page.write(Cell(words.checks, HEADING))
    headings = (words.check, words.outcome, words.said)
    page.write_across(_GATE_SPANS, *(Cell(text, header(fill)) for text in headings))
    for gate in run.gates:
        good = gate.outcome == "ok"
        look = WRAPPED if good else replace(WRAPPED, bold=True, colour=labels.palette.warning)
        page.write_across(
            _GATE_SPANS,
            Cell(labels.word("gate", gate.name), WRAPPED),
            Cell(labels.word("outcome", gate.outcome), look),
            Cell(gate.said or None, look),
        )
    page.skip()


def _write_identifiers(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    """Counts of what looks like an identifier; that nobody looked is not that there is none."""
    words = labels.words
    rows = [
        (
            labels.word("table", item.table),
            labels.column(item.column).heading,
            labels.word("identifier", item.kind),
            item.rows,
        )
        for item in sorted(run.identifiers or ())
    ]
    headings = (words.table, words.column, words.identifier_kind, words.rows)
    empty = words.not_checked if run.identifiers is None else words.none_found
    write_section(page, labels, words.identifiers, headings, rows, empty=empty)


def _write_inputs(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    """A row per input file; each must account for all its rows."""
    words = labels.words
    page.write(Cell(words.inputs, HEADING))
    page.write(Cell(words.inputs_note, NOTE))
    figures = (words.rows_in, words.kept, words.set_aside, words.repeated, words.reconciles)
    write_headings(page, labels, (words.file, words.table), figures)
    first = page.next_row
    for item in sorted(run.inputs):
        row = page.next_row
        agrees = item.rows_in == item.kept + item.set_aside
        check = Formula(
            f"=IF(C{row}=D{row}+E{row},{quoted(words.yes)},{quoted(words.no)})",
            words.yes if agrees else words.no,
        )
        counts = (item.rows_in, item.kept, item.set_aside, item.duplicates)
        page.write(
            Cell(item.name, LISTED),
            Cell(labels.word("table", item.table), LISTED),
            *(Cell(count, COUNT) for count in counts),
            Cell(check, RIGHT),
        )
    if page.next_row == first:
        page.write(Cell(words.nothing, LISTED))
    page.skip()


def _write_steps(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    order = [*labels.codes.get("step", {}), *sorted(run.counts)]
    names = sorted(run.counts, key=order.index)
    rows = [(labels.word("step", name), run.counts[name]) for name in names]
    write_section(page, labels, labels.words.steps, (labels.words.what, labels.words.rows), rows)


def _write_reasons(page: Page, labels: WorkbookLabels, results: Results) -> None:
    words = labels.words
    counts = Counter((row.file, row.table, row.reason, row.column) for row in results.set_aside)
    rows = [
        (
            file,
            labels.word("table", table),
            labels.word("set_aside_reason", reason),
            column,
            count,
        )
        for (file, table, reason, column), count in sorted(counts.items())
    ]
    headings = (words.file, words.table, words.reason, words.column, words.rows)
    write_section(page, labels, words.set_aside_reasons, headings, rows)
