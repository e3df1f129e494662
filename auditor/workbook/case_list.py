"""The case sheet: one row per case, the most urgent first, each linked to its pathway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from auditor.config.workbook import EXTRA_CASE_COLUMNS, WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, place
from auditor.workbook.evidence import DecisiveWords, embolden
from auditor.workbook.lists import ListPage, make_cell, table_name, write_list
from auditor.workbook.page import MAX_ROWS
from auditor.workbook.styles import LINK, LISTED, WRAPPED
from auditor.workbook.tables import case_key, case_values

_SIMPLE_HEADING = re.compile(r"[A-Za-z0-9 ]+")


def sort_by_urgency(cases: Iterable[Case], labels: WorkbookLabels) -> list[Case]:
    """By status as the labels order them; within one, children with flags, then other flags.

    Ties go by the number of flags, the newest index exam first, and the case id.
    """
    newest_first = sorted(cases, key=case_key)
    newest_first.sort(key=lambda case: case.evidence.exam_datetime, reverse=True)
    return sorted(newest_first, key=lambda case: _urgency(case, labels))


def sheet_columns(labels: WorkbookLabels) -> tuple[str, ...]:
    """Columns of the case sheet from left to right."""
    return labels.case_sheet_columns or (*labels.case_columns(), *EXTRA_CASE_COLUMNS)


def find_rows(cases: Iterable[Case], labels: WorkbookLabels) -> dict[str, str]:
    """Where in the workbook the row of each case stands, by case id; cases in the sheet's order."""
    title = labels.sheet("cases").title
    places: dict[str, str] = {}
    for number, case in enumerate(cases):
        part, row = divmod(number, MAX_ROWS - 1)
        sheet = f"{title} {part + 1}" if part else title
        places[case.case_id] = place(sheet, f"A{row + 2}")
    return places


def case_column(name: str, labels: WorkbookLabels) -> str:
    """A column of the case table as formulas name it, e.g. `Cases[Status]`.

    A heading with anything but letters, digits and blanks needs a second pair of brackets.
    """
    heading = labels.column(name).heading
    inner = heading if _SIMPLE_HEADING.fullmatch(heading) else f"[{heading}]"
    return f"{table_name('cases')}[{inner}]"


def write_cases(
    book: Book,
    labels: WorkbookLabels,
    cases: Iterable[Case],
    words: DecisiveWords,
    places: Mapping[str, str],
) -> list[ListPage]:
    """Write the sheet, cases in the order given.

    `places` says where in the workbook each case's pathway stands. Formulas count the first sheet
    of cases only; a million cases would need another.
    """
    names = sheet_columns(labels)
    written = write_list(
        book,
        labels,
        "cases",
        [labels.column(name) for name in names],
        (case_cells(case, names, labels, words, places) for case in cases),
        frozen_columns=_frozen(names),
        hidden=[names.index(name) + 1 for name in labels.hidden_columns],
        empty="",
    )
    for page, last_row in ((item.page, item.last_row) for item in written):
        column = names.index("status") + 1
        cells = f"{page.address(2, column)}:{page.address(last_row, column)}"
        statuses = labels.codes.get("status", {})
        page.colour_by_word(cells, {label.word: label.fill for label in statuses.values()})
        page.offer_choice(cells, [label.word for label in statuses.values()])
    return written


def case_cells(
    case: Case,
    names: Iterable[str],
    labels: WorkbookLabels,
    words: DecisiveWords,
    places: Mapping[str, str],
) -> list[Cell | None]:
    """The cells of a case under these columns; the patient links to the case's block of events."""
    values = case_values(case, labels)
    sentences = {f"{part}_evidence": part for part in labels.keys.parts}
    cells: list[Cell | None] = []
    for name in names:
        value = values[name]
        if name in sentences and value:
            text = embolden(value, case.evidence.patient_id, sentences[name], words)
            cells.append(Cell(text, WRAPPED))
        elif name == "patient_id" and case.case_id in places:
            cells.append(Cell(value, LINK, places[case.case_id]))
        elif value == "":
            cells.append(Cell(None, LISTED))
        else:
            cells.append(make_cell(value, labels.column(name), labels))
    return cells


def _urgency(case: Case, labels: WorkbookLabels) -> tuple[int, bool, bool, int]:
    order = labels.urgency
    status = order.index(case.status) if case.status in order else len(order)
    no_flag = not case.flags
    return (status, no_flag, case.age_group != labels.urgent_age_group, -len(case.flags))


def _frozen(names: tuple[str, ...]) -> int:
    """Keep everything up to the patient in view, unless that would fill the screen."""
    column = names.index("patient_id") + 1
    return column if column <= 4 else 1
