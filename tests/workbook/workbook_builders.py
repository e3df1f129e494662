"""Invented results for the tests of the outputs: nobody's data, no sentence from a report."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from auditor.config.workbook import WorkbookLabels, read_workbook_labels
from auditor.ingest.schema import SetAside
from auditor.language.facts import Finding
from auditor.pathway.model import Case, Event, Evidence, Ground
from auditor.workbook.results import (
    Change,
    InputFile,
    PatientEvent,
    Results,
    RowFinding,
    RunInfo,
    Setting,
    Statement,
    UnknownProcedure,
    UnknownStatus,
)

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
AS_OF = "2026-06-30"

MASS = (
    "There is a {size} cm {side} flank mass displacing bowel gas medially.",
    "Soft tissue mass in the {side} renal fossa, about {size} cm across.",
    "A {side} paraspinal mass of {size} cm is again suggested by loss of the psoas margin.",
)
CALCIFICATION = (
    "Coarse calcification projects over the {side} flank mass.",
    "The {side} mass contains stippled calcifications.",
    "Peripheral calcified rim about the {side} sided lesion.",
)
SITES = ("North Hospital", "South Hospital", "East Clinic", "Harbour Children", "West Clinic")
DEPARTMENTS = ("Emergency", "General practice", "Paediatrics", "Urology")
STATUSES = ("compliant", "non_compliant", "pending", "needs_review", "excepted", "excluded")
LABELS = {"ct": "CT", "mri": "MRI", "biopsy": "biopsy", "ultrasound": "US"}
CLAUSE = {
    "skipped_ct": "No qualifying CT was performed up to day 180 and the window has closed.",
    "mri_first": "An MRI must not come before a CT.",
    "biopsy_before_imaging": "A biopsy must not come before a CT.",
    "ct_delayed": "The CT was performed after day 60.",
}


def read_labels() -> WorkbookLabels:
    return read_workbook_labels(PIPELINE)


def make_evidence(patient_id: str = "P0001", **values: object) -> Evidence:
    defaults: dict[str, object] = {
        "is_case": True,
        "near_miss": "",
        "certainty": "definite",
        "laterality": "left",
        "source": "report",
        "sentences": (
            ("mass", "There is a 6 cm left flank mass."),
            ("calcification", "The left mass contains stippled calcifications."),
        ),
        "report_id": f"R-{patient_id}",
        "patient_id": patient_id,
        "exam_key": f"A-{patient_id}",
        "exam_datetime": "2026-01-10T09:30:00",
        "facility": "North Hospital",
        "ordering_department": "Emergency",
        "age_years": 54.0,
    }
    return Evidence(**(defaults | values))  # type: ignore[arg-type]


def make_event(event_id: str, kind: str, when: str, **values: object) -> Event:
    defaults: dict[str, object] = {"performed": "yes", "qualifies": True, "description": ""}
    return Event(event_id=event_id, kind=kind, when=when, **(defaults | values))  # type: ignore[arg-type]


def make_case(patient_id: str = "P0001", *, status: str = "compliant", **values: object) -> Case:
    """A case with a CT on day 12 unless told otherwise."""
    evidence = values.pop("evidence", None) or make_evidence(patient_id)
    index = make_event(
        f"{patient_id}-x",
        "radiograph",
        evidence.exam_datetime,
        description="XR ABDOMEN 1 VIEW",
        report_ids=(evidence.report_id,),
        accession=evidence.exam_key,
        facility=evidence.facility,
    )
    scan = make_event(f"{patient_id}-ct", "ct", "2026-01-22T11:00:00", description="CT ABDOMEN")
    defaults: dict[str, object] = {
        "case_id": f"C-{patient_id}",
        "evidence": evidence,
        "age_group": "adult",
        "status": status,
        "flags": (),
        "advisories": (),
        "exclusion_reason": "",
        "firsts": (("ct", scan.when), ("mri", ""), ("biopsy", "")),
        "days_to_required": 12,
        "prior_imaging": "",
        "pathway": "XR → CT (12 d)",
        "timeline": ((0, index), (12, scan)),
    }
    return Case(**(defaults | values))  # type: ignore[arg-type]


def make_finding(part: str, sentence: str, text: str, **values: object) -> Finding:
    start = sentence.find(text)
    defaults: dict[str, object] = {
        "part": part,
        "text": text,
        "start": start,
        "end": start + len(text),
        "section": "findings",
        "sentence": sentence,
        "sentence_index": 0,
        "assertion": "affirmed",
        "rule": f"{part}.1",
    }
    return Finding(**(defaults | values))  # type: ignore[arg-type]


def make_run(**values: object) -> RunInfo:
    defaults: dict[str, object] = {
        "tool_version": "0.1.0",
        "pipeline": "flank_mass_calcification",
        "pipeline_version": "1.0",
        "pipeline_digest": "5f" * 32,
        "sign_off": "",
        "as_of": AS_OF,
        "window_days": 60,
        "episode_days": 180,
        "started": "2026-07-01T02:00:00+00:00",
        "inputs": (
            InputFile("exports/reports.csv", "reports", "ab" * 32, 18_250, 18_241, 9, 31),
            InputFile("exports/orders.csv", "orders", "cd" * 32, 24_100, 24_097, 3, 0),
        ),
        "counts": {"reports_in": 18_241, "screened_out": 17_402, "read": 839, "orders_in": 24_097},
        "timings": {"ingest": 1.5, "language": 20.25},
        "unknown_procedures": (UnknownProcedure("ABD SPECIAL VIEW", "CR", "X99", 4),),
        "unknown_statuses": (UnknownStatus("orders", "AWAITING CALL", 12),),
        "settings": (
            Setting("ct_window_days", "60", "Days from the index exam in which the CT is due."),
            Setting("episode_days", "180", "Days in which exams are looked for."),
        ),
        "statements": (
            Statement("S1", "CT is the next study; it shows mineralisation best.", "Site policy"),
            Statement("S2", "No biopsy before cross-sectional imaging.", "Site policy"),
        ),
    }
    return RunInfo(**(defaults | values))  # type: ignore[arg-type]


def make_results(cases: tuple[Case, ...] = (), **values: object) -> Results:
    """Results with these cases and their timelines' events."""
    events = {
        (case.evidence.patient_id, event.event_id): PatientEvent(case.evidence.patient_id, event)
        for case in cases
        for _, event in case.timeline
    }
    defaults: dict[str, object] = {
        "run": make_run(),
        "cases": cases,
        "events": tuple(events.values()),
    }
    return Results(**(defaults | values))  # type: ignore[arg-type]


def invent_results(count: int, seed: int = 7) -> Results:
    """Plausible results with this many cases over two years, every status and flag among them."""
    chance = random.Random(seed)
    cases, findings = [], []
    for number in range(count):
        case, read = _invent_case(chance, number)
        cases.append(case)
        findings += read
    near_misses = tuple(
        make_evidence(
            f"N{number:04d}",
            is_case=False,
            near_miss="lesion_asked",
            certainty="possible",
            sentences=(
                ("mass", "R/O flank mass."),
                ("calcification", "Amorphous calcification on the left."),
            ),
            reasons=("the mass is only asked for", "calcification is not explained"),
            facility=chance.choice(SITES),
        )
        for number in range(max(1, count // 20))
    )
    set_aside = tuple(
        SetAside("reports", "exports/reports.csv", 100 + 37 * number, column, reason, value)
        for number, (column, reason, value) in enumerate(
            [("exam_datetime", "unparseable_date", "text"), ("patient_id", "empty_id", "empty")] * 4
            + [("", "too_many_fields", "text")]
        )
    )
    changes = tuple(
        Change(case.case_id, "status", "pending", case.status)
        for case in cases[:6]
        if case.status != "pending"
    )
    return make_results(
        tuple(cases),
        near_misses=near_misses,
        findings=tuple(findings),
        set_aside=set_aside,
        changes=changes,
    )


def _invent_case(chance: random.Random, number: int) -> tuple[Case, list[RowFinding]]:
    patient_id = f"P{number:05d}"
    last = date.fromisoformat(AS_OF)
    index = last - timedelta(days=chance.randint(1, 730))
    age = (last - index).days  # of the case at the cut-off
    child = chance.random() < 0.25
    side, size = chance.choice(("left", "right")), chance.randint(3, 14)
    sentences = (
        ("mass", chance.choice(MASS).format(side=side, size=size)),
        ("calcification", chance.choice(CALCIFICATION).format(side=side)),
    )
    status = _invent_status(chance, age)
    evidence = make_evidence(
        patient_id,
        certainty="possible" if status == "needs_review" else "definite",
        laterality=side,
        source=chance.choice(("report", "report", "indication", "order")),
        sentences=sentences,
        exam_datetime=f"{index}T{chance.randint(7, 19):02d}:15:00",
        facility=chance.choice(SITES),
        ordering_department=chance.choice(DEPARTMENTS),
        age_years=float(chance.randint(0, 17) if child else chance.randint(18, 88)),
        size_mm=float(size * 10),
    )
    findings = [
        RowFinding(patient_id, evidence.report_id, make_finding(part, sentence, word))
        for part, sentence in sentences
        for word in ("flank mass", "mass", "lesion", "calcification", "calcifications", "calcified")
        if word in sentence and (word.startswith("calc") == (part == "calcification"))
    ]
    return _judge(chance, evidence, status, index, child=child, age=age), findings


def _invent_status(chance: random.Random, age: int) -> str:
    if age <= 60:
        return "non_compliant" if age > 20 and chance.random() < 0.3 else "pending"
    return chance.choices(STATUSES, (50, 26, 0, 10, 4, 10))[0]


def _invent_flags(chance: random.Random, age: int) -> tuple[str, ...]:
    """Flags that can stand so many days after the index exam."""
    early = [("mri_first",), ("biopsy_before_imaging",)]
    late = [("skipped_ct",), ("skipped_ct", "mri_first")]
    return chance.choice(early + late * (age > 60) + [("ct_delayed",)] * (age > 77))


def _judge(
    chance: random.Random, evidence: Evidence, status: str, index: date, *, child: bool, age: int
) -> Case:
    patient_id = evidence.patient_id

    def event(kind: str, day: int, description: str, **values: object) -> tuple[int, Event]:
        when = f"{index + timedelta(days=day)}T10:00:00"
        return day, make_event(
            f"{patient_id}-{kind}{day}", kind, when, description=description, **values
        )

    timeline = [
        event("radiograph", 0, "XR ABDOMEN 1 VIEW", report_ids=(evidence.report_id,)),
        event("ultrasound", 2, "US KIDNEYS"),
    ]
    flags: tuple[str, ...] = ()
    exclusion, days = "", None
    if status == "compliant":
        days = chance.randint(1, 60)
        timeline.append(event("ct", days, "CT ABDOMEN AND PELVIS WITHOUT CONTRAST"))
    elif status in ("non_compliant", "excepted"):
        flags = _invent_flags(chance, age)
        exclusion = "pregnancy" if status == "excepted" else ""
        if "mri_first" in flags:
            timeline.append(event("mri", 9, "MR ABDOMEN WITH CONTRAST"))
        if "biopsy_before_imaging" in flags:
            timeline.append(event("biopsy", 14, "CT GUIDED BIOPSY KIDNEY"))
        if "skipped_ct" not in flags:
            days = 77 if "ct_delayed" in flags else 20
            timeline.append(event("ct", days, "CT ABDOMEN"))
    elif status == "excluded":
        exclusion = "prior_ct"
        timeline.insert(0, event("ct", -30, "CT CHEST ABDOMEN PELVIS"))
    elif status == "pending":
        timeline.append(event("ct", 5, "CT ABDOMEN", performed="no", status="scheduled"))
    timeline.sort(key=lambda item: item[0])
    firsts = {
        kind: next(
            (e.when for d, e in timeline if d >= 0 and e.kind == kind and e.performed == "yes"), ""
        )
        for kind in ("ct", "mri", "biopsy")
    }
    steps = [f"{LABELS[e.kind]} ({d} d)" for d, e in timeline if d > 0 and e.performed == "yes"]
    return Case(
        case_id=f"C-{patient_id}",
        evidence=evidence,
        age_group="pediatric" if child else "adult",
        status=status,
        flags=flags,
        advisories=("ct_slow",) if days and days > 30 and status == "compliant" else (),
        exclusion_reason=exclusion,
        firsts=tuple(firsts.items()),
        days_to_required=days,
        prior_imaging="us_only" if "biopsy_before_imaging" in flags else "",
        pathway=" → ".join(["XR", *steps]),
        grounds=_grounds(flags, exclusion, status, timeline),
        timeline=tuple(timeline),
        open_until=str(index + timedelta(days=60)) if status == "pending" else "",
    )


def _grounds(
    flags: tuple[str, ...], exclusion: str, status: str, timeline: list[tuple[int, Event]]
) -> tuple[Ground, ...]:
    kinds = {"mri_first": "mri", "biopsy_before_imaging": "biopsy", "ct_delayed": "ct"}
    grounds = []
    for flag in flags:
        rests_on = [(d, e) for d, e in timeline if e.kind == kinds.get(flag) and d > 0]
        detail = f"{LABELS[rests_on[0][1].kind]} on day {rests_on[0][0]}" if rests_on else ""
        ids = tuple(e.event_id for _, e in rests_on)
        statement = "S2" if flag == "biopsy_before_imaging" else "S1"
        grounds.append(Ground(flag, "flag", CLAUSE[flag], statement, ids, detail))
    if exclusion:
        role = "exclusion" if status == "excluded" else "exception"
        ids = tuple(e.event_id for d, e in timeline if d < 0)
        grounds.append(Ground(exclusion, role, "A CT in the 90 days before.", "", ids))
    if status == "needs_review":
        grounds.append(Ground("possible", "review", "Mass or calcification is hedged."))
    return tuple(grounds)
