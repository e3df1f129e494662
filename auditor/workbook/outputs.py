"""One call that writes all outputs of a run: CSV files, the workbook, and `run.json`."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from auditor.config.workbook import WorkbookLabels
from auditor.config.workbook_copy import Shareable
from auditor.workbook.book import Book
from auditor.workbook.case_list import find_rows, sort_by_urgency, write_cases
from auditor.workbook.change_list import write_changes
from auditor.workbook.csvs import RUN_FILE, Written, write_run, write_tables
from auditor.workbook.dictionary import write_dictionary
from auditor.workbook.evidence import index_words
from auditor.workbook.folder import written_aside
from auditor.workbook.methods import write_methods
from auditor.workbook.pathway_sheet import find_places, lay_out, write_pathways
from auditor.workbook.quality import write_quality
from auditor.workbook.results import Results
from auditor.workbook.row_sheets import write_table
from auditor.workbook.shareable import SHAREABLE_FILE, write_shareable
from auditor.workbook.sites import write_sites
from auditor.workbook.summary import write_summary
from auditor.workbook.tables import Tables, build_tables
from auditor.workbook.trend_sheet import write_trend
from auditor.workbook.worklists import Worklists

WORKBOOK_FILE = "compliance.xlsx"

_log = logging.getLogger(__name__)


def write_outputs(
    results: Results,
    labels: WorkbookLabels,
    folder: Path,
    shareable: Shareable = Shareable(),  # noqa: B008 - frozen
) -> list[Path]:
    """Write everything into `folder`, which is made where it is missing.

    All files are written aside and then put in place, `run.json` last: a crash leaves the old
    files whole. The same results give the same bytes, but for `timings` in `run.json`.

    Returns:
        The files in place, `run.json` last.

    Raises:
        OutputError: The folder or a file in it cannot be written.
    """
    results = replace(results, findings=tuple(results.findings))
    tables = build_tables(results, labels)
    with written_aside(folder, last=RUN_FILE) as aside:
        csvs = write_tables(tables, aside)
        book = write_workbook(results, labels, tables, csvs, aside / WORKBOOK_FILE)
        written = [*csvs.paths, book]
        if shareable.write:
            copy = aside / SHAREABLE_FILE
            written.append(write_shareable(results, labels, copy, shareable.hide_up_to))
        written.append(write_run(results.run, written, aside))
    for name, rows in csvs.rows.items():
        _log.info("%s: %d rows written", name, rows)
    return [folder / path.name for path in written]


def write_workbook(
    results: Results, labels: WorkbookLabels, tables: Tables, csvs: Written, path: Path
) -> Path:
    """Write the workbook alone; `csvs` is what `write_tables` said of the tables."""
    run, cases = results.run, sort_by_urgency(results.cases, labels)
    book = Book(labels.title, run.as_of, path.parent)
    patients = frozenset(case.evidence.patient_id for case in cases)
    patients |= {evidence.patient_id for evidence in results.near_misses}
    words = index_words(results.findings, patients)
    blocks = lay_out(cases)
    places = find_places(blocks, labels)
    worklists = Worklists(book, labels, run, words, places)
    writers = {
        "summary": lambda: write_summary(book, labels, results),
        "cases": lambda: write_cases(book, labels, cases, words, places),
        "pathways": lambda: write_pathways(book, labels, blocks, run, find_rows(cases, labels)),
        "needs_review": lambda: worklists.write_needs_review(cases),
        "pending": lambda: worklists.write_pending(cases),
        "new_flags": lambda: worklists.write_new_flags(cases),
        "trend": lambda: write_trend(book, labels, cases, run),
        "sites": lambda: write_sites(book, labels, cases),
        "near_misses": lambda: write_table(
            book, labels, "near_misses", tables["near_misses"], words, _near_miss_first(labels)
        ),
        "set_aside": lambda: write_table(book, labels, "set_aside", tables["set_aside"]),
        "quality": lambda: write_quality(book, labels, results, csvs),
        "changes": lambda: write_changes(book, labels, results.changes, cases, places),
        "dictionary": lambda: write_dictionary(book, labels, tables),
        "methods": lambda: write_methods(book, labels, run),
    }
    for sheet in labels.sheets:
        writers[sheet.key]()
        if sheet.tab:
            book.colour_tab(sheet.title, sheet.tab)
    book.save(path)
    return path


def _near_miss_first(labels: WorkbookLabels) -> tuple[str, ...]:
    """What a reader of near misses asks first: who, when, what is missing, what the report says."""
    evidence = (f"{part}_evidence" for part in labels.keys.parts)
    return ("patient_id", "index_datetime", "near_miss", "why", *evidence)
