"""The data-quality sheet: what became of the rows, and what the run did not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, Formula, quoted
from auditor.workbook.page import Page
from auditor.workbook.results import Results, RunInfo
from auditor.workbook.styles import COUNT, HEADING, LISTED, NOTE, RIGHT, WRAPPED, header
from auditor.workbook.text import MAX_CELL, count_illegal

_WIDTHS = (56, 16, 26, 22, 13, 13, 16)


def write_quality(
    book: Book, labels: WorkbookLabels, results: Results, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write the sheet, section by section."""
    page = book.open_page(labels.sheet("quality").title, _WIDTHS)
    _write_inputs(page, labels, results.run)
    _write_steps(page, labels, results.run)
    _write_reasons(page, labels, results)
    words, run = labels.words, results.run
    _write_section(
        page,
        labels,
        words.unknown_procedures,
        (words.procedure, words.modality, words.code, words.rows),
        [
            (item.description, item.modality, item.code, item.rows)
            for item in sorted(run.unknown_procedures, key=lambda item: (-item.rows, item))
        ],
    )
    _write_section(
        page,
        labels,
        words.unknown_statuses,
        (words.status_word, words.table, words.rows),
        [
            (item.status, labels.word("table", item.table), item.rows)
            for item in sorted(run.unknown_statuses, key=lambda item: (-item.rows, item))
        ],
    )
    _write_section(page, labels, words.mended, (words.what, words.count), _mended(labels, tables))


def _write_inputs(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    """A row per input file; each must account for all its rows."""
    words = labels.words
    page.write(Cell(words.inputs, HEADING))
    page.write(Cell(words.inputs_note, NOTE))
    figures = (words.rows_in, words.kept, words.set_aside, words.repeated, words.reconciles)
    _write_headings(page, labels, (words.file, words.table), figures)
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
    _write_section(page, labels, labels.words.steps, (labels.words.what, labels.words.rows), rows)


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
    _write_section(page, labels, words.set_aside_reasons, headings, rows)


def _mended(labels: WorkbookLabels, tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, int]]:
    """What was changed in texts so that a file can hold them."""
    texts = [text for table in tables.values() for column in table for text in table[column]]
    long = sum(len(text) > MAX_CELL for text in texts)
    return [(labels.words.illegal, count_illegal(texts)), (labels.words.cut, long)]


def _write_section(
    page: Page,
    labels: WorkbookLabels,
    title: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str | int, ...]],
) -> None:
    """A heading and a table whose last column holds numbers."""
    page.write(Cell(title, HEADING))
    _write_headings(page, labels, headings[:-1], headings[-1:])
    for row in rows:
        page.write(*(Cell(value, COUNT if isinstance(value, int) else WRAPPED) for value in row))
    if not rows:
        page.write(Cell(labels.words.nothing, LISTED))
    page.skip()


def _write_headings(
    page: Page, labels: WorkbookLabels, texts: Sequence[str], figures: Sequence[str]
) -> None:
    fill = labels.palette.header
    page.write(
        *(Cell(heading, header(fill)) for heading in texts),
        *(Cell(heading, header(fill, figures=True)) for heading in figures),
        height=30,
    )
