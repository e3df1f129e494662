"""The methods sheet: what was run on what, by which rules, resting on what, approved by whom."""

from __future__ import annotations

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.page import Page
from auditor.workbook.results import RunInfo
from auditor.workbook.sections import write_section
from auditor.workbook.styles import HEADING, PLAIN, TITLE, Look

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
    write_sections(page, labels, run, across=len(_WIDTHS))
    write_section(page, labels, words.run_facts, (words.what, words.value), _facts(labels, run))
    settings = [(item.name, item.value or words.unset, item.meaning) for item in run.settings]
    names = (words.name, words.value, words.meaning)
    write_section(page, labels, words.settings, names, settings)
    statements = [(item.id, item.text, item.source) for item in run.statements]
    names = (words.name, words.statement, words.source)
    write_section(page, labels, words.statements, names, statements)
    sources = [(labels.word("formula", key), text) for key, text in labels.sources.items()]
    write_section(page, labels, words.formulas, (words.what, words.source), sources)


def write_sections(page: Page, labels: WorkbookLabels, run: RunInfo, across: int) -> None:
    """Write the pipeline's own paragraphs, each across so many columns."""
    for section in labels.methods:
        page.write(Cell(section.heading, HEADING))
        for paragraph in section.paragraphs:
            text = paragraph.format(
                window_days=run.window_days,
                episode_days=run.episode_days,
                minimum=labels.minimum_denominator,
            )
            page.write_across((across,), Cell(text, PLAIN))
        page.skip()


def list_versions(labels: WorkbookLabels, run: RunInfo) -> list[tuple[str, str]]:
    """What judged, and on data up to when."""
    words = labels.words
    return [
        (words.tool, run.tool_version),
        (words.pipeline, f"{run.pipeline} {run.pipeline_version}".strip()),
        (words.as_of, run.as_of),
    ]


def _facts(labels: WorkbookLabels, run: RunInfo) -> list[tuple[str, str]]:
    words = labels.words
    inputs = [(f"{words.input_digest}: {item.name}", item.digest) for item in sorted(run.inputs)]
    return [
        *list_versions(labels, run),
        (words.pipeline_digest, run.pipeline_digest),
        *inputs,
    ]
