"""What a run changes among the cases, and what their history keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_builders import case, record, report

from auditor.ledger.records import CaseRow, Change, Changes, HistoryEntry
from auditor.ledger.store import Ledger


def save(ledger: Ledger, run_id: str, cases: list[CaseRow], judged: list[str] | None) -> Changes:
    with ledger.run(record(run_id)) as run:
        return run.save_cases(iter(cases), judged)


def test_a_new_case_is_kept_as_given(ledger: Ledger) -> None:
    given = CaseRow("C1", "P1", "bad", ("late", "skipped"), "definite", {"b": "2", "a": "é"})
    assert save(ledger, "run-1", [given], ["P1"]) == Changes((given,), (), (), 0)
    assert list(ledger.cases()) == [given]
    assert ledger.find_case("C1") == given
    assert ledger.find_case("C2") is None
    assert ledger.history("C1") == [HistoryEntry("run-1", "new", (), given)]
    assert ledger.history("C2") == []


def test_the_same_case_again_is_no_change(ledger: Ledger) -> None:
    save(ledger, "run-1", [case("C1")], ["P1"])
    assert save(ledger, "run-2", [case("C1")], ["P1"]) == Changes((), (), (), 1)
    assert [step.run_id for step in ledger.history("C1")] == ["run-1"]


@pytest.mark.parametrize(
    ("after", "fields"),
    [
        (case("C1", "closed"), ("status",)),
        (replace(case("C1"), flags=("late",)), ("flags",)),
        (replace(case("C1"), certainty="possible"), ("certainty",)),
        (case("C1", days="3"), ("days",)),
        (case("C1", "closed", b="2", a="1"), ("a", "b", "status")),
    ],
)
def test_a_change_names_what_differs(
    ledger: Ledger, after: CaseRow, fields: tuple[str, ...]
) -> None:
    before = case("C1")
    save(ledger, "run-1", [before], ["P1"])
    assert save(ledger, "run-2", [after], ["P1"]) == Changes(
        (), (Change(before, after, fields),), (), 0
    )
    assert ledger.find_case("C1") == after
    assert ledger.history("C1") == [
        HistoryEntry("run-1", "new", (), before),
        HistoryEntry("run-2", "changed", fields, after),
    ]
    # A column that goes away differs too.
    assert save(ledger, "run-3", [before], ["P1"]).changed == (Change(after, before, fields),)


def test_a_case_that_a_judged_patient_no_longer_has_is_withdrawn(ledger: Ledger) -> None:
    one, two, other = case("C1"), case("C2"), case("C3", patient_id="P2")
    save(ledger, "run-1", [one, two, other], ["P1", "P2"])
    assert save(ledger, "run-2", [two], ["P1"]) == Changes((), (), (one,), 1)
    assert list(ledger.cases()) == [two, other]
    assert ledger.find_case("C1") is None
    assert ledger.history("C1")[-1] == HistoryEntry("run-2", "withdrawn", (), one)
    # It may come back, and its history goes on.
    assert save(ledger, "run-3", [one, two], ["P1"]).new == (one,)
    assert [step.change for step in ledger.history("C1")] == ["new", "withdrawn", "new"]


def test_judging_everybody_withdraws_all_that_is_not_saved(ledger: Ledger) -> None:
    one, two = case("C1"), case("C2", patient_id="P2")
    save(ledger, "run-1", [one, two], None)
    assert save(ledger, "run-2", [one], None).withdrawn == (two,)
    assert save(ledger, "run-3", [], None).withdrawn == (one,)
    assert list(ledger.cases()) == []


def test_judging_nobody_withdraws_nothing(ledger: Ledger) -> None:
    save(ledger, "run-1", [case("C1")], ["P1"])
    assert save(ledger, "run-2", [], []) == Changes((), (), (), 0)
    assert list(ledger.cases()) == [case("C1")]


def test_history_is_in_the_order_of_the_runs_not_of_their_names(ledger: Ledger) -> None:
    for run_id, status in (("z", "a"), ("m", "b"), ("n", "c")):
        save(ledger, run_id, [case("C1", status)], ["P1"])
    assert [step.run_id for step in ledger.history("C1")] == ["z", "m", "n"]


def test_cases_and_changes_are_sorted_by_patient_and_case(ledger: Ledger) -> None:
    given = [case("C1", patient_id="b"), case("C3", patient_id="B"), case("C2", patient_id="B")]
    in_order = (given[2], given[1], given[0])
    assert save(ledger, "run-1", given, ["b", "B"]).new == in_order
    assert tuple(ledger.cases()) == in_order
    assert save(ledger, "run-2", [], ["b", "B"]).withdrawn == in_order


def test_more_cases_than_one_statement_takes(ledger: Ledger) -> None:
    cases = [case(f"C{number:04d}", patient_id=f"P{number:04d}") for number in range(1200)]
    assert save(ledger, "run-1", cases, None).new == tuple(cases)
    changed = [replace(row, status="closed") for row in cases[:700]]
    result = save(ledger, "run-2", [*changed, *cases[700:1100]], [row.patient_id for row in cases])
    assert [change.after for change in result.changed] == changed
    assert result.withdrawn == tuple(cases[1100:])
    assert result.unchanged == 400
    assert list(ledger.cases()) == [*changed, *cases[700:1100]]


def test_cases_can_be_judged_while_the_patients_are_read(ledger: Ledger) -> None:
    ids = [f"P{number:04d}" for number in range(1200)]
    with ledger.run(record()) as run:
        run.add_reports(report(name, name) for name in ids)
        judged = (
            case(f"C{facts.patient_id}", patient_id=facts.patient_id) for facts in run.patients()
        )
        assert [row.patient_id for row in run.save_cases(judged, None).new] == ids


def test_two_cases_of_one_id_are_refused_and_nothing_is_kept(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="same case_id"):
        save(ledger, "run-1", [case("C1"), case("C1", "closed")], ["P1"])
    assert list(ledger.cases()) == []
    assert ledger.runs() == []
