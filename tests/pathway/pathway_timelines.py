"""Tiny timelines of one patient: read from text, and built into facts and evidence.

The format is told at the head of `pipelines/flank_mass_calcification/examples/pathways.txt`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from auditor.language.facts import (
    Finding,
    OrderFacts,
    PatientFacts,
    Procedure,
    Remark,
    ReportFacts,
)
from auditor.pathway.model import Evidence

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
PATIENT = "P001"
START = date(2025, 3, 1)

KINDS = {
    "XR": "radiograph",
    "CT": "ct",
    "MRI": "mri",
    "US": "ultrasound",
    "biopsy": "biopsy",
    "specimen": "biopsy",
    "pathology": "pathology",
    "other": "other",
    "unknown": "unknown",
}
AGES = {"adult": 50.0, "child": 6.0, "age unknown": None}
ORDER_STATUSES = {"performed", "not_performed", "pending", "unknown"}
REPORT_STATUSES = {"preliminary", "final", "addendum", "corrected", "cancelled"}
SIDES = {"left", "right", "bilateral", "midline", "side unknown"}


@dataclass(frozen=True)
class Step:
    """One line of a timeline: a procedure, with an order, a report, or both."""

    day: int
    kind: str
    time: str = "10:00"
    rows: tuple[str, ...] = ("order", "report")
    procedure: Procedure = Procedure("other")
    accession: str = "own"
    row_id: str = ""
    order_status: str = "performed"
    order_time: bool | None = None
    report_status: str = "final"
    signed: int | None = None
    remarks: tuple[Remark, ...] = ()
    facility: str = "North"
    age: float | None = None
    evidence: Evidence | None = None


@dataclass
class Expectation:
    """What one case of a timeline must be."""

    status: str
    flags: tuple[str, ...]
    line: int
    checks: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Timeline:
    """One block of the file."""

    name: str
    line: int
    steps: list[Step] = field(default_factory=list)
    as_of: int = 200
    site: dict[str, str] = field(default_factory=dict)
    expected: list[Expectation] = field(default_factory=list)


def step(day: int, what: str, *items: str, time: str = "10:00") -> Step:
    """A step from the words of a timeline's line, e.g. `step(3, "MRI", "says outside_ct")`."""
    words = what.split()
    evidence = None
    if words[0] == "index":
        evidence = _blank_evidence()
        words = words[1:]
    kind = KINDS[words[0]]
    found = Step(
        day=day,
        kind=kind,
        time=time,
        rows=tuple(words[1:]) or ("order", "report"),
        procedure=Procedure(
            kind,
            qualifies=kind not in ("other", "unknown", "pathology"),
            rule="specimen_of_target" if words[0] == "specimen" else "",
        ),
        evidence=evidence,
        age=AGES["adult"],
    )
    for item in items:
        found = _apply(found, item)
    return found


def _apply(found: Step, item: str) -> Step:
    verb, _, rest = item.partition(" ")
    procedure = found.procedure
    if item in ORDER_STATUSES:
        return replace(found, order_status=item)
    if item in REPORT_STATUSES:
        return replace(found, report_status=item)
    if item in AGES:
        return replace(found, age=AGES[item])
    if item == "no performed time":
        return replace(found, order_time=False)
    if item == "performed time":
        return replace(found, order_time=True)
    if item == "elsewhere":
        return replace(found, procedure=replace(procedure, qualifies=False))
    if item in ("full", "partial"):
        return replace(found, procedure=replace(procedure, coverage=item))
    if item == "by text":
        return replace(found, procedure=replace(procedure, basis="text"))
    if verb == "if":
        return replace(found, procedure=replace(procedure, condition=rest))
    if verb == "doubt":
        return replace(found, procedure=replace(procedure, doubt=rest))
    if verb == "says":
        kind, _, value = rest.partition(" ")
        return replace(found, remarks=(*found.remarks, Remark(kind, value, "A sentence.")))
    if verb == "at":
        return replace(found, facility="" if rest == "nowhere" else rest)
    if verb == "accession":
        return replace(found, accession="" if rest == "none" else rest)
    if verb == "id":
        return replace(found, row_id=rest)
    if verb == "signed":
        return replace(found, signed=int(rest))
    if verb == "aged":
        return replace(found, age=float(rest))
    assert found.evidence is not None, f"not understood: {item}"
    return replace(found, evidence=_evidence_item(found.evidence, item))


def _evidence_item(evidence: Evidence, item: str) -> Evidence:
    if item in ("definite", "possible"):
        return replace(evidence, certainty=item)
    if item in SIDES:
        return replace(evidence, laterality=item.removeprefix("side "))
    if item == "near miss":
        return replace(evidence, is_case=False, near_miss="lesion")
    if item == "known diagnosis":
        return replace(evidence, known_diagnosis="A sentence.")
    if item.startswith("advises "):
        return replace(evidence, recommended=(*evidence.recommended, item.split()[1]))
    raise AssertionError(f"not understood: {item}")


def _blank_evidence() -> Evidence:
    return Evidence(
        is_case=True,
        near_miss="",
        certainty="definite",
        laterality="left",
        source="report",
        sentences=(),
        report_id="",
        patient_id=PATIENT,
        exam_key="",
        exam_datetime="",
    )


def build(
    steps: list[Step] | tuple[Step, ...], start: date = START
) -> tuple[PatientFacts, list[Evidence]]:
    """The facts of one patient and the evidence of the index exams."""
    reports: list[ReportFacts] = []
    orders: list[OrderFacts] = []
    evidences: list[Evidence] = []
    for number, one in enumerate(steps):
        accession = f"A{number}" if one.accession == "own" else one.accession
        when = _stamp(start, one.day, one.time)
        if "order" in one.rows:
            orders.append(_order(one, number, accession, when, start))
        if "report" in one.rows:
            reports.append(_report(one, number, accession, when, start))
        if one.evidence is not None:
            evidences.append(
                replace(
                    one.evidence,
                    report_id=one.row_id or f"R{number}",
                    exam_key=accession or one.row_id or f"R{number}",
                    exam_datetime=when,
                    age_years=one.age,
                    facility=one.facility,
                )
            )
    return PatientFacts(PATIENT, tuple(reports), tuple(orders)), evidences


def _order(one: Step, number: int, accession: str, when: str, start: date) -> OrderFacts:
    done = one.order_time
    if done is None:
        done = one.order_status in ("performed", "unknown")
    row = OrderFacts(
        row_digest="",
        patient_id=PATIENT,
        order_id=one.row_id or f"O{number}",
        accession=accession,
        order_datetime=_stamp(start, one.day, "07:00" if one.time != "?" else "?"),
        performed_datetime=when if done else "",
        status=one.order_status,
        status_word=one.order_status,
        procedure=one.procedure,
        procedure_description=one.kind,
        facility=one.facility,
        remarks=() if "report" in one.rows else one.remarks,
    )
    return replace(row, row_digest=digest(row))


def _report(one: Step, number: int, accession: str, when: str, start: date) -> ReportFacts:
    signed = "" if one.signed is None else _stamp(start, one.signed, "18:00")
    row = ReportFacts(
        row_digest="",
        patient_id=PATIENT,
        report_id=one.row_id or f"R{number}",
        accession=accession,
        exam_datetime=when,
        report_datetime=signed,
        status=one.report_status,
        procedure=one.procedure,
        procedure_description=one.kind,
        facility=one.facility,
        age_years=one.age,
        remarks=one.remarks,
    )
    return replace(row, row_digest=digest(row))


def digest(row: ReportFacts | OrderFacts | Finding) -> str:
    """Stands for the digest of the row's values."""
    return hashlib.sha256(repr(row).encode()).hexdigest()


def _stamp(start: date, day: int, time: str) -> str:
    at = (start + timedelta(days=day)).isoformat()
    return at if time == "?" else f"{at}T{time}"


def day_of(text: str, start: date = START) -> int:
    return (date.fromisoformat(text[:10]) - start).days


_DAY = re.compile(r"day (-?\d+)(?: ([\d:+-]+|\?))?")


def read_timelines(path: Path) -> list[Timeline]:
    """Read all blocks of a file of timelines."""
    found: list[Timeline] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        key, colon, rest = line.partition(": ")
        assert colon, f"line {number}: no colon"
        if key == "case":
            found.append(Timeline(rest, number))
            continue
        _add_line(found[-1], key, rest.strip(), number)
    return found


def _add_line(timeline: Timeline, key: str, rest: str, number: int) -> None:
    items = [item.strip() for item in rest.split(",")]
    if match := _DAY.fullmatch(key):
        time = match[2] or ("09:00" if items[0].startswith("index") else "10:00")
        timeline.steps.append(step(int(match[1]), *items, time=time))
    elif key == "as of":
        timeline.as_of = int(rest)
    elif key == "site":
        name, _, value = rest.partition(" = ")
        timeline.site[name] = value
    elif key == "expect":
        flags = () if items[1:] == [] else tuple(items[1:])
        timeline.expected.append(Expectation(items[0], flags, number))
    else:
        timeline.expected[-1].checks.append((key, rest))
