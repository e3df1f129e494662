"""The changes sheet: what differs from the last run, in words, each case linked to its pathway.

All that changed about a case stands together. `changes.csv` has every column that differs; here a
case that is no longer pending is told once, not as a change of its status too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.lists import make_cell, write_list
from auditor.workbook.results import Change
from auditor.workbook.styles import LINK, LISTED, WRAPPED

# What changed, the most telling first; the rest follows.
TELLING = ("new", "withdrawn", "closed", "status", "flags")


def write_changes(
    book: Book,
    labels: WorkbookLabels,
    changes: Sequence[Change] | None,
    cases: Sequence[Case],
    places: Mapping[str, str],
) -> None:
    """Write the sheet, the cases with the most telling change first.

    A case that was withdrawn has no pathway to lead to; its patient is told all the same. Where
    `what` names a column, its values are shown as that column's are. None: there was no earlier
    run to compare with.
    """
    patients = {case.case_id: case.evidence.patient_id for case in cases}
    columns = [
        labels.column("patient_id"),
        *(labels.column(name) for name in ("what", "before", "after", "cause", "why", "case_id")),
    ]
    rows = []
    for change in list_told(changes or ()):
        # A case that is new or gone is told by its status.
        name = change.what if change.what in labels.columns else "status"
        place = places.get(change.case_id, "")
        patient = change.patient_id or patients.get(change.case_id)
        rows.append(
            [
                Cell(patient, LINK if place else LISTED, place),
                Cell(change_word(change.what, labels), WRAPPED),
                make_cell(change.before, labels.column(name), labels),
                make_cell(change.after, labels.column(name), labels),
                make_cell(change.cause, labels.column("cause"), labels),
                make_cell(change.why, labels.column("why"), labels),
                Cell(change.case_id, LISTED),
            ]
        )
    words = labels.words
    empty = words.first_run if changes is None else words.nothing_new
    write_list(book, labels, "changes", columns, rows, frozen_columns=1, empty=empty)


def list_told(changes: Sequence[Change]) -> list[Change]:
    """What the sheet tells, case by case, of each case the most telling first."""
    cases = []
    for _, group in groupby(sorted(changes), key=attrgetter("case_id")):
        own = sorted(group, key=_telling)
        closed = any(change.what == "closed" for change in own)
        cases.append([change for change in own if not (closed and change.what == "status")])
    cases.sort(key=lambda own: _telling(own[0]))
    return [change for own in cases for change in own]


def _telling(change: Change) -> tuple[int, Change]:
    """What befell a case as a whole first, then by case."""
    return (TELLING.index(change.what) if change.what in TELLING else len(TELLING), change)


def change_word(what: str, labels: WorkbookLabels) -> str:
    """What changed, in words: the heading of a column, or a word for what befell the case."""
    return labels.column(what).heading if what in labels.columns else labels.word("change", what)
