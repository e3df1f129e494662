"""The output tables: what was found -> DataFrames of text columns, each sorted by a full key.

The texts are as found; `csvs` and the sheets make them safe for their kind of file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from operator import itemgetter

import pandas as pd

from auditor.config.workbook import WorkbookLabels
from auditor.ingest.schema import IdentifierFound, SetAside
from auditor.language.facts import Finding
from auditor.pathway.model import Case, Event, Evidence, Ground
from auditor.workbook.results import Change, Results, RowFinding

EVENT_COLUMNS = (
    *("patient_id", "case_ids", "event_id", "kind", "event_datetime", "performed", "qualifies"),
    *("doubt", "coverage", "description", "order_status", "accession", "facility"),
    *("order_ids", "report_ids", "sides", "remarks"),
)
FINDING_COLUMNS = ("patient_id", "row_id", *(field.name for field in fields(Finding)))
SET_ASIDE_COLUMNS = tuple(field.name for field in fields(SetAside))
IDENTIFIER_COLUMNS = tuple(field.name for field in fields(IdentifierFound))
GROUND_COLUMNS = ("case_id", *(field.name for field in fields(Ground)))
CHANGE_COLUMNS = ("case_id", "what", "before", "after", "cause", "why")


def build_tables(results: Results, labels: WorkbookLabels) -> dict[str, pd.DataFrame]:
    """All output tables by name, which is also the name of the CSV file."""
    return {
        "cases": cases_table(results.cases, labels),
        "near_misses": near_misses_table(results.near_misses, labels),
        "events": events_table(results, labels),
        "findings": findings_table(results.findings),
        "set_aside": set_aside_table(results.set_aside),
        "identifiers": identifiers_table(results.identifiers),
        "grounds": grounds_table(results.cases),
        "changes": changes_table(results.changes or ()),
    }


def cases_table(cases: Iterable[Case], labels: WorkbookLabels) -> pd.DataFrame:
    """One row per case; the contract's columns; by patient, index exam, case id."""
    ordered = sorted(cases, key=case_key)
    names = labels.case_columns()
    pick = itemgetter(*names)
    return _frame((pick(case_values(case, labels)) for case in ordered), names)


def case_key(case: Case) -> tuple[str, str, str]:
    """The full key that cases are sorted by."""
    return (case.evidence.patient_id, case.evidence.exam_datetime, case.case_id)


def case_values(case: Case, labels: WorkbookLabels) -> dict[str, str]:
    """The values of a case by column: those of the contract, and those only the workbook shows."""
    keys, evidence = labels.keys, case.evidence
    firsts = dict(case.firsts)
    review = [ground for ground in case.grounds if ground.role == "review"]
    return {
        "case_id": case.case_id,
        **evidence_values(evidence, labels),
        "age_group": case.age_group,
        "status": case.status,
        "flags": ";".join(case.flags),
        "advisories": ";".join(case.advisories),
        "exclusion_reason": case.exclusion_reason,
        **{f"first_{kind}_datetime": firsts.get(kind, "") for kind in keys.firsts},
        f"days_to_{keys.required}": _number(case.days_to_required),
        f"{keys.prior}_prior_imaging": case.prior_imaging,
        "pathway": case.pathway,
        "age_years": _number(evidence.age_years),
        "size_mm": _number(evidence.size_mm),
        "ordering_department": evidence.ordering_department,
        "open_until": case.open_until,
        "review_reasons": ";".join(dict.fromkeys(ground.code for ground in review)),
    }


def evidence_values(evidence: Evidence, labels: WorkbookLabels) -> dict[str, str]:
    """The columns that a case and a near miss share."""
    sentences = dict(evidence.sentences)
    return {
        "patient_id": evidence.patient_id,
        "index_report_id": evidence.report_id,
        "index_datetime": evidence.exam_datetime,
        "facility": evidence.facility,
        "certainty": evidence.certainty,
        "laterality": evidence.laterality,
        f"{labels.keys.source_part}_source": evidence.source,
        **{f"{part}_evidence": sentences.get(part, "") for part in labels.keys.parts},
    }


def near_miss_columns(labels: WorkbookLabels) -> tuple[str, ...]:
    """Columns of `near_misses.csv`: what is missing and why stand before the sentences."""
    return (
        *("patient_id", "index_report_id", "index_datetime", "facility", "certainty"),
        *("laterality", f"{labels.keys.source_part}_source", "near_miss", "why"),
        *(f"{part}_evidence" for part in labels.keys.parts),
    )


def near_misses_table(near_misses: Iterable[Evidence], labels: WorkbookLabels) -> pd.DataFrame:
    """One row per near miss; by patient, index exam, report id, then all other columns."""
    columns = near_miss_columns(labels)
    pick = itemgetter(*columns)
    rows = [
        pick(
            evidence_values(evidence, labels)
            | {"near_miss": evidence.near_miss, "why": "; ".join(evidence.reasons)}
        )
        for evidence in near_misses
    ]
    first = _positions(("patient_id", "index_datetime", "index_report_id"), columns)
    rows.sort(key=lambda row: (first(row), row))
    return _frame(rows, columns)


def events_table(results: Results, labels: WorkbookLabels) -> pd.DataFrame:
    """One row per event of the patients with a case or near miss; by patient, time, kind, id.

    Only of the kinds that the labels name: procedures of no interest stay out, and so do the
    events of patients who are in no other table. `case_ids` are the cases that show the event.
    """
    patients = {case.evidence.patient_id for case in results.cases}
    patients |= {evidence.patient_id for evidence in results.near_misses}
    shown = defaultdict(list)
    for case in sorted(results.cases, key=case_key):
        for _, event in case.timeline:
            shown[case.evidence.patient_id, event.event_id].append(case.case_id)
    rows = [
        _event_values(patient_id, event, shown)
        for patient_id, event in results.events
        if patient_id in patients and event.kind in labels.kinds
    ]
    rows.sort(key=_positions(("patient_id", "event_datetime", "kind", "event_id"), EVENT_COLUMNS))
    return _frame(rows, EVENT_COLUMNS)


def _event_values(
    patient_id: str, event: Event, shown: Mapping[tuple[str, str], list[str]]
) -> tuple[str, ...]:
    """The values of `EVENT_COLUMNS`."""
    return (
        patient_id,
        ";".join(dict.fromkeys(shown.get((patient_id, event.event_id), ()))),
        event.event_id,
        event.kind,
        event.when,
        event.performed,
        _truth(event.qualifies),
        event.doubt,
        event.coverage,
        event.description,
        event.status,
        event.accession,
        event.facility,
        ";".join(event.order_ids),
        ";".join(event.report_ids),
        ";".join(event.sides),
        ";".join(event.remarks),
    )


def findings_table(findings: Iterable[RowFinding]) -> pd.DataFrame:
    """One row per finding; by patient, row, offset, then all other columns.

    Offsets are numbers of characters in the row's text as given.
    """
    names = FINDING_COLUMNS[2:]
    keyed = sorted(
        (
            (patient_id, row_id, finding.start, finding.end),
            tuple(_text(getattr(finding, name)) for name in names),
        )
        for patient_id, row_id, finding in findings
    )
    return _frame((key[:2] + rest for key, rest in keyed), FINDING_COLUMNS)


def set_aside_table(set_aside: Iterable[SetAside]) -> pd.DataFrame:
    """One row per row that was not used; by table, file, line, column, reason."""
    rows = (
        tuple(_text(getattr(row, name)) for name in SET_ASIDE_COLUMNS) for row in sorted(set_aside)
    )
    return _frame(rows, SET_ASIDE_COLUMNS)


def identifiers_table(found: Iterable[IdentifierFound]) -> pd.DataFrame:
    """One row per row, column and kind of identifier; by table, file, line, column, kind."""
    names = IDENTIFIER_COLUMNS
    return _frame(
        (tuple(_text(getattr(item, name)) for name in names) for item in sorted(found)), names
    )


def grounds_table(cases: Iterable[Case]) -> pd.DataFrame:
    """One row per reason of a verdict, in the order of the verdict; by case."""
    rows = (
        (
            case.case_id,
            ground.code,
            ground.role,
            ground.clause,
            ground.statement,
            ";".join(ground.event_ids),
            ground.detail,
        )
        for case in sorted(cases, key=case_key)
        for ground in case.grounds
    )
    return _frame(rows, GROUND_COLUMNS)


def changes_table(changes: Iterable[Change]) -> pd.DataFrame:
    """One row per change since the last run; by case, what changed, before, after, and why."""
    return _frame((tuple(change) for change in sorted(changes)), CHANGE_COLUMNS)


def _frame(rows: Iterable[tuple[str, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def _positions(
    names: Iterable[str], columns: tuple[str, ...]
) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Picks the values of some of the columns from a row."""
    return itemgetter(*(columns.index(name) for name in names))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _truth(value)
    return _number(value) if isinstance(value, (int, float)) else str(value)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _number(value: int | float | None) -> str:
    """A number as text: whole ones without a decimal point."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 4))
