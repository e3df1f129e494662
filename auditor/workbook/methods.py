"""The methods sheet: what was run on what, by which rules, resting on what, approved by whom."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.page import Page
from auditor.workbook.results import RunInfo
from auditor.workbook.styles import HEADING, LISTED, PLAIN, TITLE, WRAPPED, Look, header

_WIDTHS = (38, 70, 76)


def write_methods(book: Book, labels: WorkbookLabels, run: RunInfo) -> None:
    """Write the sheet. It holds no time of the clock, so that equal runs give equal sheets."""
    words = labels.words
    page = book.open_page(labels.sheet("methods").title, _WIDTHS)
    page.sheet.sheet_view.showGridLines = False
    page.write(Cell(labels.title, TITLE))
    approved = words.approved.format(text=run.sign_off) if run.sign_off else words.not_approved
    fill = "" if run.sign_off else labels.palette.banner
    page.write_across((len(_WIDTHS),), Cell(approved, Look(bold=True, fill=fill)))
    page.skip()
    _write_sections(page, labels, run)
    _write_rows(page, labels, words.run_facts, (words.what, words.value), _facts(labels, run))
    settings = [(item.name, item.value, item.meaning) for item in run.settings]
    names = (words.name, words.value, words.meaning)
    _write_rows(page, labels, words.settings, names, settings)
    statements = [(item.id, item.text, item.source) for item in run.statements]
    names = (words.name, words.statement, words.source)
    _write_rows(page, labels, words.statements, names, statements)
    sources = [(labels.word("formula", key), text) for key, text in labels.sources.items()]
    _write_rows(page, labels, words.formulas, (words.what, words.source), sources)


def _write_sections(page: Page, labels: WorkbookLabels, run: RunInfo) -> None:
    for section in labels.methods:
        page.write(Cell(section.heading, HEADING))
        for paragraph in section.paragraphs:
            text = paragraph.format(
                window_days=run.window_days,
                episode_days=run.episode_days,
                minimum=labels.minimum_denominator,
            )
            page.write_across((len(_WIDTHS),), Cell(text, PLAIN))
        page.skip()


def _facts(labels: WorkbookLabels, run: RunInfo) -> list[tuple[str, str]]:
    words = labels.words
    facts = [
        (words.tool, run.tool_version),
        (words.pipeline, f"{run.pipeline} {run.pipeline_version}".strip()),
        (words.pipeline_digest, run.pipeline_digest),
        (words.as_of, run.as_of),
    ]
    return facts + [
        (f"{words.input_digest}: {item.name}", item.digest) for item in sorted(run.inputs)
    ]


def _write_rows(
    page: Page,
    labels: WorkbookLabels,
    title: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str, ...]],
) -> None:
    look = header(labels.palette.header)
    page.write(Cell(title, HEADING))
    page.write(*(Cell(heading, look) for heading in headings), height=20)
    for row in rows:
        page.write(*(Cell(text, WRAPPED) for text in row))
    if not rows:
        page.write(Cell(labels.words.nothing, LISTED))
    page.write(Cell(None, PLAIN))
