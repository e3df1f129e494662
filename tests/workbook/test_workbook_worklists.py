"""The worklists: who is on them, in which order, with which dates."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from workbook_builders import (
    make_case,
    make_event,
    make_evidence,
    make_results,
    make_run,
    read_labels,
)

from auditor.pathway.model import Case, Ground
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.worklists import find_new_flags, opened_on

LABELS = read_labels()


def rows(cases: tuple[Case, ...], title: str, folder: Path) -> list[dict[str, object]]:
    write_outputs(make_results(cases), LABELS, folder)
    sheet = openpyxl.load_workbook(folder / WORKBOOK_FILE)[title]
    heads = [cell.value for cell in sheet[1]]
    return [
        dict(zip(heads, (cell.value for cell in row), strict=True))
        for row in sheet.iter_rows(min_row=2)
    ]


def flagged(patient_id: str, index: str, *, status: str = "non_compliant", mri: str = "") -> Case:
    evidence = make_evidence(patient_id, exam_datetime=index)
    timeline = ((3, make_event("m", "mri", mri)),) if mri else ()
    code = "mri_first" if mri else "skipped_ct"
    ground = Ground(code, "flag", "clause", "", ("m",) if mri else ())
    return make_case(
        status=status,
        evidence=evidence,
        flags=(code,),
        grounds=(ground,),
        timeline=timeline,
        case_id=f"C-{patient_id}",
    )


def test_pending_cases_by_the_day_on_which_the_window_closes(tmp_path: Path) -> None:
    cases = tuple(
        make_case(name, status="pending", open_until=day)
        for name, day in (("A", "2026-08-20"), ("B", "2026-07-02"))
    ) + (make_case("C"),)
    listed = rows(cases, "Pending", tmp_path)
    assert [row["Patient"] for row in listed] == ["B", "A"]
    assert str(listed[0]["Window closes on"])[:10] == "2026-07-02"
    assert listed[0]["Days left"] == 2


def test_needs_review_says_why(tmp_path: Path) -> None:
    ground = Ground("done_elsewhere", "review", "clause", "", (), "named on day 9")
    cases = (make_case("A", status="needs_review", grounds=(ground,)), make_case("B"))
    (row,) = rows(cases, "Needs review", tmp_path)
    assert row["Why it needs a person"] == "CT done elsewhere (named on day 9)"


@pytest.mark.parametrize(
    ("case", "opened"),
    [
        (flagged("A", "2026-06-01", mri="2026-06-04T10:00:00"), "2026-06-04"),
        (flagged("A", "2026-04-01T08:00:00"), "2026-06-01"),  # the day after day 60
    ],
)
def test_a_flag_opens_with_its_event_or_after_the_window(case: Case, opened: str) -> None:
    assert opened_on(case, case.grounds[0], make_run()) == opened


def test_new_flags_are_those_of_the_last_thirty_days_newest_first() -> None:
    cases = [
        flagged("late", "2026-06-20", mri="2026-06-30"),
        flagged("first", "2026-05-29", mri="2026-06-01"),
        flagged("old", "2026-05-20", mri="2026-05-31"),
        flagged("lifted", "2026-06-01", mri="2026-06-20", status="excepted"),
        flagged("future", "2026-06-20", mri="2026-07-01"),
        flagged("review", "2026-06-01", mri="2026-06-15", status="needs_review"),
    ]
    found = find_new_flags(cases, LABELS, make_run())
    assert [flag.case.evidence.patient_id for flag in found] == ["late", "review", "first"]
