"""One exam -> rows of the contract's two tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.config.sample import Outcome, Recipe, SampleProcedure, Variant, Version
from auditor.sample.casting import Patient
from auditor.sample.library import Library
from auditor.sample.schedule import Appointment, Clock, choose_clock
from auditor.sample.wording import name_exam, with_sides_swapped, write_document

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam with all that decides its rows.

    Attributes:
        appointment: What and when.
        procedure: Its procedure.
        outcome: What became of it.
        clock: How its datetimes are written.
        versions: Its report's versions with their recipes, oldest first.
        number: Its place among the patient's exams in time, from 1.
    """

    appointment: Appointment
    procedure: SampleProcedure
    outcome: Outcome
    clock: Clock
    versions: tuple[tuple[Version, Recipe], ...]
    number: int

    @property
    def counts(self) -> bool:
        """It was performed and is an exam that the rules mean."""
        override = self.appointment.exam.counts
        return self.outcome.performed and (self.procedure.counts if override is None else override)

    def report_id(self, patient: Patient, position: int) -> str:
        """Id of a version of its report; most versions share one."""
        later = sum(version.new_id for version, _ in self.versions[: position + 1])
        return f"R{patient.number:07d}{self.number:02d}{f'-{later}' if later else ''}"


def plan_exam(patient: Patient, appointment: Appointment, number: int, library: Library) -> Exam:
    """Decide everything about an exam but its words."""
    settings = library.settings
    exam = appointment.exam
    procedure = settings.procedures[exam.procedure]
    versions = exam.versions or (Version(status="final", recipe=exam.recipe),)
    return Exam(
        appointment=appointment,
        procedure=procedure,
        outcome=settings.mix.outcomes[exam.outcome],
        clock=choose_clock(patient.facility, patient.story, exam),
        versions=tuple(
            (version, library.draw_recipe(version.recipe or procedure.recipe, patient.random))
            for version in versions
        ),
        number=number,
    )


def write_exam(
    patient: Patient, exam: Exam, last_moment: datetime, library: Library
) -> tuple[list[Row], list[Row]]:
    """Write an exam's rows: report rows, order rows. No report is later than `last_moment`."""
    variant, description = name_exam(patient, exam.procedure)
    common = _common_columns(patient, exam, variant, description)
    reports, indication = _report_rows(patient, exam, description, common, last_moment, library)
    orders = [_order_row(patient, exam, common, indication, library)] if exam.outcome.order else []
    copies = exam.appointment.exam.copies
    return (reports if exam.outcome.report else []) * copies, orders * copies


def _common_columns(patient: Patient, exam: Exam, variant: Variant, description: str) -> Row:
    facility = patient.facility
    blank = exam.appointment.exam.blank
    modality = exam.procedure.modality
    row = {
        "patient_id": patient.patient_id,
        "accession": f"A{patient.number:07d}{exam.number:02d}",
        "modality": facility.modality_words.get(modality, modality),
        "procedure_description": description,
        "facility": facility.name,
    }
    # A site that sends no codes still sends one where nothing else says what was done.
    if facility.codes or "procedure_description" in blank:
        row["procedure_code"] = variant.code
        row["procedure_code_system"] = variant.code_system
    return {name: value for name, value in row.items() if name not in blank}


def _report_rows(
    patient: Patient,
    exam: Exam,
    title: str,
    common: Row,
    last_moment: datetime,
    library: Library,
) -> tuple[list[Row], str]:
    """The versions' rows and the newest version's indication."""
    rows: list[Row] = []
    indication = ""
    local = patient.facility.status_words
    signed = exam.appointment.when
    for position, (version, recipe) in enumerate(exam.versions):
        signed = min(_signing_time(patient, exam, version, signed, bool(position)), last_moment)
        document = write_document(
            patient,
            recipe,
            library.draw_style(recipe, patient.facility, patient.random),
            procedure=exam.procedure,
            title=title,
            values=with_sides_swapped(patient) if version.swap_sides else patient.values,
            library=library,
        )
        indication = document.indication
        row = {
            **common,
            "report_id": exam.report_id(patient, position),
            "exam_datetime": exam.clock.write(exam.appointment.when),
            "report_datetime": exam.clock.write(signed),
            "report_status": local.get(version.status, version.status),
            "report_text": document.text,
            "patient_sex": patient.sex,
        }
        if patient.facility.ages_given:
            row["patient_age"] = f"{patient.age_on(exam.appointment.day):g}"
        rows.append(row)
    return rows, indication


def _signing_time(
    patient: Patient, exam: Exam, version: Version, before: datetime, is_later: bool
) -> datetime:
    """When a version was signed; without times of day only a later date makes it the newer one."""
    hours = patient.random.randint(*version.hours)
    if is_later and exam.clock.precision == "date":
        hours = max(hours, 24)
    return before + timedelta(hours=hours, minutes=patient.random.randint(0, 59))


def _order_row(patient: Patient, exam: Exam, common: Row, indication: str, library: Library) -> Row:
    random = patient.random
    when = exam.appointment.when
    write: Callable[[datetime], str] = exam.clock.write
    status = exam.outcome.status
    return {
        **common,
        "order_id": f"O{patient.number:07d}{exam.number:02d}",
        "order_datetime": write(when - timedelta(minutes=random.randint(10, 240))),
        "performed_datetime": write(when) if exam.outcome.performed_time else "",
        "status": patient.facility.status_words.get(status, status),
        "reason": _reason(patient, exam, indication, library),
        "ordering_department": random.choice(patient.facility.departments),
    }


def _reason(patient: Patient, exam: Exam, indication: str, library: Library) -> str:
    """What the order asks: the story's words, the recipe's, or perhaps the indication's."""
    random = patient.random
    reasons = exam.appointment.exam.reason or exam.versions[-1][1].reason
    if reasons:
        return patient.grammar.fill(random.choice(reasons), patient.values, random)
    return indication if random.random() < library.settings.mix.reason_share else ""
