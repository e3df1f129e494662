"""What is found of one patient, as it is kept in the ledger; and who must be judged tonight.

A night judges only those whose verdict can be another than last night. Of all others the ledger
keeps what the outputs say, so that every output is written whole without reading old facts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from auditor.changes import Causes, list_changes
from auditor.config.pipeline import Pipeline
from auditor.config.verdicts import VerdictRules
from auditor.config.workbook import WorkbookLabels
from auditor.errors import LedgerError
from auditor.language.facts import Finding, PatientFacts
from auditor.ledger.records import CaseRow, Changes, ResultRow, RunRecord
from auditor.ledger.run import Run
from auditor.pathway.model import Case, Event, Evidence
from auditor.pathway.ordering import read_moment
from auditor.workbook.results import Change
from auditor.workbook.tables import case_values

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """All that the outputs say of one patient with a case or a near miss.

    Attributes:
        patient_id: Patient pseudonym.
        settles_on: See `settling_date`.
        cases: The patient's cases in the order of time.
        near_misses: Evidence of the index exams that miss a case by one part.
        events: All of the patient's events.
        findings: All of the patient's findings, each with the id of its report or order.
    """

    patient_id: str
    settles_on: str = ""
    cases: tuple[Case, ...] = ()
    near_misses: tuple[Evidence, ...] = ()
    events: tuple[Event, ...] = ()
    findings: tuple[tuple[str, Finding], ...] = ()


_JUDGED = TypeAdapter(Judged)


def patients_to_judge(run: Run, record: RunRecord) -> list[str] | None:
    """Ids of the patients whose results may differ from those of the run before; None: all.

    These are the patients with rows that this run brought first and, where the date of audit is
    another, those whose results had not settled by the earlier of the two dates. Everybody is
    judged where the rules differ, and in a ledger's first run.
    """
    before = run.previous
    if before is None:
        return None
    if before.rules_digest != record.rules_digest:
        _LOG.info(
            "judging all patients: pipeline folder, site settings or auditor are not those of "
            "the last run"
        )
        return None
    dates = sorted({before.as_of, record.as_of})
    waiting = run.unsettled_patients(dates[0]) if len(dates) > 1 else []
    judged = run.touched_patients(also=waiting)
    _LOG.info("judging %d patients, %d of them as time has passed", len(judged), len(waiting))
    return judged


def settling_date(evidences: Iterable[Evidence], rules: VerdictRules) -> str:
    """The ISO date of audit from which time alone says nothing new; empty where none ever does.

    The date of audit only says which windows are over. The longest that it closes is that of the
    last day looked at; nothing after it is said of a case. A near miss has no windows.
    """
    opened = [read_moment(one.exam_datetime).date for one in evidences if one.is_case]
    if not opened:
        return ""
    required = max(rules.required_window(child=child) for child in (False, True))
    last = max(rules.days(rules.pathway.episode), required + 1)
    return (max(opened) + timedelta(days=last)).isoformat()


def tell_changes(
    changes: Changes,
    judged: Iterable[Judged],
    labels: WorkbookLabels,
    run: Run,
    record: RunRecord,
) -> tuple[Change, ...] | None:
    """What differs from the run before, and why; None where there was none to compare with."""
    if run.previous is None:
        return None
    causes = Causes(
        rules=run.previous.rules_digest != record.rules_digest,
        touched=frozenset(run.touched_patients()),
    )
    cases = (case for one in judged for case in one.cases)
    return tuple(list_changes(changes, labels, causes, cases))


def list_findings(facts: PatientFacts) -> tuple[tuple[str, Finding], ...]:
    """All findings of a patient, each with the id of the report or order it was read in."""
    reports = ((row.report_id, finding) for row in facts.reports for finding in row.findings)
    orders = ((row.order_id, finding) for row in facts.orders for finding in row.findings)
    return (*reports, *orders)


def result_row(judged: Judged) -> ResultRow:
    """Write a patient's results as the ledger keeps them: ASCII, fields at their default left out.

    A field at its default is left out, so that one added later needs no migration.
    """
    body = _JUDGED.dump_json(judged, exclude_defaults=True, ensure_ascii=True)
    return ResultRow(judged.patient_id, judged.settles_on, body.decode("ascii"))


def read_result(row: ResultRow) -> Judged:
    """Read what `result_row` wrote.

    Raises:
        LedgerError: It cannot be read by this version.
    """
    try:
        return _JUDGED.validate_json(row.body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise LedgerError(
            f"A patient's results in the ledger cannot be read (field '{where}'): judge again "
            "with auditor rejudge."
        ) from None


def case_rows(judged: Iterable[Judged], pipeline: Pipeline) -> Iterator[CaseRow]:
    """The cases as the ledger keeps and compares them."""
    for case in (case for one in judged for case in one.cases):
        yield CaseRow(
            case_id=case.case_id,
            patient_id=case.evidence.patient_id,
            status=case.status,
            flags=case.flags,
            certainty=case.evidence.certainty,
            row=case_values(case, pipeline.labels),
        )
