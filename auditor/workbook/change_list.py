"""The changes sheet: what differs from the last run, in words, each case linked to its pathway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.lists import make_cell, write_list
from auditor.workbook.results import Change
from auditor.workbook.styles import LINK, LISTED, WRAPPED


def write_changes(
    book: Book,
    labels: WorkbookLabels,
    changes: Sequence[Change],
    cases: Sequence[Case],
    places: Mapping[str, str],
) -> None:
    """Write the sheet. Where `what` names a column, its values are shown as that column's are."""
    patients = {case.case_id: case.evidence.patient_id for case in cases}
    columns = [
        labels.column("patient_id"),
        *(labels.column(name) for name in ("what", "before", "after", "case_id")),
    ]
    rows = []
    for change in sorted(changes):
        # A case that is new or gone is told by its status.
        name = change.what if change.what in labels.columns else "status"
        patient, place = patients.get(change.case_id), places.get(change.case_id, "")
        rows.append(
            [
                Cell(patient, LINK if place else LISTED, place),
                Cell(_what(change, labels), WRAPPED),
                make_cell(change.before, labels.column(name), labels),
                make_cell(change.after, labels.column(name), labels),
                Cell(change.case_id, LISTED),
            ]
        )
    write_list(book, labels, "changes", columns, rows, frozen_columns=1)


def _what(change: Change, labels: WorkbookLabels) -> str:
    if change.what in labels.columns:
        return labels.column(change.what).heading
    return labels.word("change", change.what)
