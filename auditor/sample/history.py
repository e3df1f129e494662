"""One patient's story -> all of the patient's rows, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

from auditor.sample.casting import Patient
from auditor.sample.library import BACKGROUND, Library
from auditor.sample.rows import Exam, Row, plan_exam, write_exam
from auditor.sample.schedule import Appointment, index_position, schedule, schedule_ordinary
from auditor.sample.truth import truth_rows
from auditor.sample.wording import bind_lesion

# How long a patient's reports keep the wording of the age band.
_YEARS_PAST_BAND = 1.0


@dataclass(frozen=True, slots=True)
class PatientRows:
    """Rows of one patient, reports and orders in the order of the exams' times."""

    reports: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    truth: list[Row] = field(default_factory=list)


def write_patient(patient: Patient, last_day: date, library: Library) -> PatientRows:
    """Let a patient's story happen and write it down; nothing happens after `last_day`."""
    mix = library.settings.mix
    story = schedule(patient.story, mix=mix, as_of=last_day, random=patient.random)
    ordinary = _ordinary_appointments(patient, story, last_day, library)
    # Exams are numbered by time; the sort is stable, so the same input gives the same numbers.
    in_time = sorted([*story, *ordinary], key=lambda appointment: appointment.when)
    exams = {
        id(appointment): plan_exam(patient, appointment, number, library)
        for number, appointment in enumerate(in_time, 1)
    }
    story_exams = [exams[id(appointment)] for appointment in story]
    _bind(patient, story_exams, list(exams.values()), library)
    rows = PatientRows(truth=truth_rows(patient, story_exams, mix.truth))
    last_moment = datetime.combine(last_day, time(23, 59))
    for exam in exams.values():
        reports, orders = write_exam(patient, exam, last_moment, library)
        rows.reports.extend(reports)
        rows.orders.extend(orders)
    return rows


def _bind(patient: Patient, story: list[Exam], exams: list[Exam], library: Library) -> None:
    """Decide on the lesion: what the newest version of the index report says comes first."""
    index = story[index_position(patient.story)] if story else exams[0]
    recipes = [recipe for exam in [index, *exams] for _, recipe in reversed(exam.versions)]
    bind_lesion(patient, recipes, library)


def _ordinary_appointments(
    patient: Patient, story: list[Appointment], last_day: date, library: Library
) -> list[Appointment]:
    """Exams beside the story; other regions only where the patient has a story of their own."""
    random, mix = patient.random, library.settings.mix
    is_background = patient.story.group == BACKGROUND
    menu = library.menu(patient.band, patient.sex, harmless=not is_background)
    visits = random.randint(*(mix.visits if is_background else mix.harmless_visits))
    times = sorted(schedule_ordinary(mix=mix, as_of=last_day, random=random) for _ in range(visits))
    # Day 0 is where the patient's age is known: the index exam, else the first visit.
    day_zero = (story[index_position(patient.story)].when if story else times[0]).date()
    oldest = mix.bands[patient.band].ages[1] + _YEARS_PAST_BAND
    appointments = []
    for when in times:
        day = (when.date() - day_zero).days
        exam = library.ordinary_exam(
            menu.draw(random).procedure, library.background_outcomes.draw(random)
        )
        if 0 < patient.age_on(day) <= oldest:
            appointments.append(Appointment(exam, day, when))
    return appointments
