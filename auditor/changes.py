"""What changed tonight: what a run changed in the ledger's cases, as rows of `changes.csv`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.config.workbook import WorkbookLabels
from auditor.ledger import records
from auditor.workbook.results import Change

_OPEN = "pending"


def list_changes(changes: records.Changes, labels: WorkbookLabels) -> Iterator[Change]:
    """Name what is new, what differs and why, what was closed and what was withdrawn.

    Of a case that differs there is a row for each of the columns of `told_columns` that do, and
    one more (`closed`) when the case was pending and is no longer. Other columns (evidence
    sentences, the pathway's text, sizes, ids) change with every addendum and say nothing of the
    verdict; the case's history in the ledger has them.
    """
    for case in changes.new:
        yield Change(case.case_id, "new", "", case.status)
    told = told_columns(labels)
    for change in changes.changed:
        before, after = change.before, change.after
        for name in told:
            if name in change.fields:
                yield Change(after.case_id, name, before.row.get(name, ""), after.row.get(name, ""))
        if before.status == _OPEN != after.status:
            yield Change(after.case_id, "closed", before.status, after.status)
    for case in changes.withdrawn:
        yield Change(case.case_id, "withdrawn", case.status, "")


def told_columns(labels: WorkbookLabels) -> tuple[str, ...]:
    """The verdict's columns, then those that say why: dates, certainty, side, age, reasons."""
    keys = labels.keys
    return (
        *("status", "flags", "exclusion_reason", "review_reasons"),
        *("certainty", "laterality", "age_group", "index_datetime"),
        *(f"first_{kind}_datetime" for kind in keys.firsts),
        f"days_to_{keys.required}",
    )
