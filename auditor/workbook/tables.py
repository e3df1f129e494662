"""The output tables: what was found -> rows of texts, each table sorted by a full key.

The texts are as found; `csvs` and the sheets make them safe for their kind of file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
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
CHANGE_COLUMNS = Change._fields


Rows = list[tuple[str, ...]]


class Tables(Mapping[str, pd.DataFrame]):
    """The output tables by name, which is also the name of the CSV file.

    A table is made when it is asked for and not kept: all of them together take much memory.
    """

    def __init__(self, makers: Mapping[str, tuple[tuple[str, ...], Callable[[], Rows]]]):
        self._makers = dict(makers)

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns of a table."""
        return self._makers[name][0]

    def rows(self, name: str) -> Rows:
        """The rows of a table in order."""
        return self._makers[name][1]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        return pd.DataFrame(self.rows(name), columns=list(self.columns(name)), dtype=object)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def build_tables(results: Results, labels: WorkbookLabels) -> Tables:
    """All output tables; see `Tables`."""
    return Tables(
        {
            "cases": (labels.case_columns(), lambda: case_rows(results.cases, labels)),
            "near_misses": (
                near_miss_columns(labels),
                lambda: near_miss_rows(results.near_misses, labels),
            ),
            "events": (EVENT_COLUMNS, lambda: event_rows(results, labels)),
            "findings": (FINDING_COLUMNS, lambda: finding_rows(results.findings)),
            "set_aside": (SET_ASIDE_COLUMNS, lambda: set_aside_rows(results.set_aside)),
            "identifiers": (IDENTIFIER_COLUMNS, lambda: identifier_rows(results.identifiers)),
            "grounds": (GROUND_COLUMNS, lambda: ground_rows(results.cases)),
            "changes": (CHANGE_COLUMNS, lambda: change_rows(results.changes or ())),
        }
    )


def case_rows(cases: Iterable[Case], labels: WorkbookLabels) -> Rows:
    """One row per case; the contract's columns; by patient, index exam, case id."""
    pick = itemgetter(*labels.case_columns())
    return [pick(case_values(case, labels)) for case in sorted(cases, key=case_key)]


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


def near_miss_rows(near_misses: Iterable[Evidence], labels: WorkbookLabels) -> Rows:
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
    return rows


def event_rows(results: Results, labels: WorkbookLabels) -> Rows:
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
    return rows


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


def finding_rows(findings: Iterable[RowFinding]) -> Rows:
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
    return [key[:2] + rest for key, rest in keyed]


def set_aside_rows(set_aside: Iterable[SetAside]) -> Rows:
    """One row per row that was not used; by table, file, line, column, reason."""
    return [
        tuple(_text(getattr(row, name)) for name in SET_ASIDE_COLUMNS) for row in sorted(set_aside)
    ]


def identifier_rows(found: Iterable[IdentifierFound]) -> Rows:
    """One row per row, column and kind of identifier; by table, file, line, column, kind."""
    names = IDENTIFIER_COLUMNS
    return [tuple(_text(getattr(item, name)) for name in names) for item in sorted(found)]


def ground_rows(cases: Iterable[Case]) -> Rows:
    """One row per reason of a verdict, in the order of the verdict; by case."""
    return [
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
    ]


def change_rows(changes: Iterable[Change]) -> Rows:
    """One row per change since the last run; by case, what changed, before, after, and why."""
    return [tuple(change) for change in sorted(changes)]


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
