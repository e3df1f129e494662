"""What changed tonight, and why: what a run changed in the cases, as rows of `changes.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.config.workbook import WorkbookLabels
from auditor.ledger import records
from auditor.pathway.model import Case
from auditor.workbook.results import Change

_OPEN = "pending"
# What tells the whole verdict, and so asks for the whole reason.
_VERDICT = frozenset({"status", "flags", "exclusion_reason", "review_reasons"})
_REASONS = ("exclusion", "flag", "exception", "review")


@dataclass(frozen=True, slots=True)
class Causes:
    """What can have changed a case in a run.

    Attributes:
        rules: Other rules than those of the run before judged everybody.
        touched: Patients with rows that the run brought first.
    """

    rules: bool
    touched: frozenset[str]

    def of(self, patient_id: str) -> str:
        """`rules`, else `rows` where the patient has new ones, else `time`: nothing else is new."""
        if self.rules:
            return "rules"
        return "rows" if patient_id in self.touched else "time"


def list_changes(
    changes: records.Changes, labels: WorkbookLabels, causes: Causes, cases: Iterable[Case]
) -> Iterator[Change]:
    """Name what is new, what differs and why, what was closed and what was withdrawn.

    Of a case that differs there is a row for each of the columns of `told_columns` that do, and
    one more (`closed`) when the case was pending and is no longer. Other columns (evidence
    sentences, the pathway's text, sizes, ids) change with every addendum and say nothing of the
    verdict; the case's history in the ledger has them.

    Args:
        changes: What the run changed.
        labels: The pipeline's columns.
        causes: What can have changed it.
        cases: The cases as they now stand, those changed among them.
    """
    why = {case.case_id: explain_verdict(case) for case in cases}
    for case in changes.new:
        cause = causes.of(case.patient_id)
        reason = why[case.case_id]
        yield Change(case.case_id, "new", "", case.status, cause, reason, case.patient_id)
    for change in changes.changed:
        yield from _differences(change, labels, causes.of(change.after.patient_id), why)
    for case in changes.withdrawn:
        patient, cause = case.patient_id, causes.of(case.patient_id)
        yield Change(case.case_id, "withdrawn", case.status, "", cause, "", patient)


def _differences(
    change: records.Change, labels: WorkbookLabels, cause: str, why: dict[str, str]
) -> Iterator[Change]:
    before, after = change.before, change.after
    patient = after.patient_id
    for name in told_columns(labels):
        if name in change.fields:
            values = before.row.get(name, ""), after.row.get(name, "")
            reason = why[after.case_id] if name in _VERDICT else ""
            yield Change(after.case_id, name, *values, cause, reason, patient)
    if before.status == _OPEN != after.status:
        ends, reason = (before.status, after.status), why[after.case_id]
        yield Change(after.case_id, "closed", *ends, cause, reason, patient)


def explain_verdict(case: Case) -> str:
    """What the verdict rests on, in words: its grounds, or else the pathway with its days."""
    reasons = [ground.detail for ground in case.grounds if ground.role in _REASONS]
    if reasons:
        return "; ".join(reasons)
    return f"{case.pathway}, open until {case.open_until}" if case.open_until else case.pathway


def told_columns(labels: WorkbookLabels) -> tuple[str, ...]:
    """The verdict's columns, then those that say why: dates, certainty, side, age, reasons."""
    keys = labels.keys
    return (
        *("status", "flags", "exclusion_reason", "review_reasons"),
        *("certainty", "laterality", "age_group", "index_datetime"),
        *(f"first_{kind}_datetime" for kind in keys.firsts),
        f"days_to_{keys.required}",
    )
