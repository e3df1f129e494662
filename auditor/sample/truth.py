"""What is true of a patient: one row per case, or one row that says that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.config.sample import Truth
from auditor.sample.casting import Patient
from auditor.sample.rows import Exam, Row

# Values of the column `kind`.
CASE, NEAR_MISS, NONE = "case", "near_miss", "none"


def truth_columns(truth: Truth) -> tuple[str, ...]:
    """Columns of the truth table: those of `cases.csv` that can be known, and the story."""
    return (
        "patient_id",
        "kind",
        "index_report_id",
        "index_datetime",
        "facility",
        "age_group",
        "laterality",
        *truth.stated,
        "status",
        "flags",
        "exclusion_reason",
        *(f"first_{kind}_datetime" for kind in truth.kinds),
        f"days_to_{truth.required}",
        "open",
        "story",
    )


def truth_rows(patient: Patient, exams: Sequence[Exam], truth: Truth) -> list[Row]:
    """Truth of one patient.

    Args:
        patient: The patient.
        exams: The story's exams in the order in which they happened.
        truth: Kinds of events, and the length of an episode.
    """
    cases = [position for position, exam in enumerate(exams) if exam.appointment.exam.case]
    if not cases:
        group = patient.story.group
        kind = NEAR_MISS if group == NEAR_MISS else NONE
        return [{"patient_id": patient.patient_id, "kind": kind, "story": patient.story.name}]
    ends = [*cases[1:], len(exams)]
    return [
        _case_row(patient, exams[start:end], truth) for start, end in zip(cases, ends, strict=True)
    ]


def _case_row(patient: Patient, exams: Sequence[Exam], truth: Truth) -> Row:
    """The row of a case: its index exam and what followed it before the next case."""
    index, *later = exams
    appointment = index.appointment
    case = appointment.exam.case
    assert case is not None  # noqa: S101 - the caller starts at a case
    firsts = {kind: _first(kind, index, later, truth) for kind in truth.kinds}
    row = {
        "patient_id": patient.patient_id,
        "kind": CASE,
        "index_report_id": index.report_id(patient, len(index.versions) - 1),
        "index_datetime": index.clock.write(appointment.when),
        "facility": patient.facility.name,
        "age_group": _age_group(patient, appointment.day, truth),
        "laterality": patient.values["side"],
        "status": case.status,
        "flags": ";".join(case.flags),
        "exclusion_reason": case.exclusion_reason,
        "open": ";".join(case.open),
        "story": patient.story.name,
        **index.versions[-1][1].truth,
    }
    for kind, first in firsts.items():
        if first:
            row[f"first_{kind}_datetime"] = first.clock.write(first.appointment.when)
    required = firsts[truth.required]
    if required:
        row[f"days_to_{truth.required}"] = str(_days(index, required))
    return row


def _first(kind: str, index: Exam, later: Sequence[Exam], truth: Truth) -> Exam | None:
    """The first exam of a kind that counts, up to the last day of the episode."""
    for exam in later:
        if exam.procedure.kind == kind and exam.counts:
            return exam if _days(index, exam) <= truth.episode_days else None
    return None


def _days(index: Exam, exam: Exam) -> int:
    """Difference of calendar dates as written."""
    first: date = index.appointment.when.date()
    return (exam.appointment.when.date() - first).days


def _age_group(patient: Patient, day: int, truth: Truth) -> str:
    if not patient.facility.ages_given:
        return "unknown"
    return "adult" if patient.age_on(day) >= truth.adult_from_years else "pediatric"
