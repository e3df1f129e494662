"""The small frozen records that the pathway stage passes on: evidence, event, case.

All datetimes are ISO 8601 text as precise as the input was (a text of ten characters is a date
whose time of day is unknown). All day counts are whole days between calendar dates as written.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one index exam (all versions of its report, and its order) says about the case.

    Attributes:
        is_case: Both parts are stated of one lesion. False for a near miss.
        near_miss: Code of the part that is missing, empty for a case.
        certainty: `definite` or `possible`.
        laterality: `left`, `right`, `bilateral`, `midline` or `unknown`.
        source: Strongest place where the lesion was stated: `report`, `indication` or `order`.
        sentences: Evidence sentence by part key, in the order of the pipeline's parts.
        report_id: Id of the deciding (newest) version.
        patient_id: Patient pseudonym.
        exam_key: Accession, or else report id, of the oldest version: what names the exam for good.
        exam_datetime: When the exam was performed.
        facility: Site of the exam.
        ordering_department: From the exam's order, empty where unknown.
        age_years: Age at the exam, None where unknown.
        size_mm: Largest stated diameter of the lesion, None where none.
        known_diagnosis: Sentence that says the lesion is already diagnosed, empty where none.
        recommended: What the report advises next (`ct`, `mri`, `ultrasound`, ...), sorted.
        reasons: Why, one short clause each, in the order in which they were decided.
    """

    is_case: bool
    near_miss: str
    certainty: str
    laterality: str
    source: str
    sentences: tuple[tuple[str, str], ...]
    report_id: str
    patient_id: str
    exam_key: str
    exam_datetime: str
    facility: str = ""
    ordering_department: str = ""
    age_years: float | None = None
    size_mm: float | None = None
    known_diagnosis: str = ""
    recommended: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One procedure of a patient: all its orders and report versions taken together.

    Attributes:
        event_id: Stable id formed from patient and accession, order or report id.
        kind: `radiograph`, `ct`, `mri`, `biopsy`, `ultrasound`, `other`, `unknown`.
        when: When it was performed, or ordered where it was not.
        performed: `yes`, `no` or `unclear` (completed, with neither report nor performed time).
        qualifies: It is the procedure that the rules mean.
        doubt: Why that cannot be told, empty where it can.
        coverage: `full`, `partial` or empty.
        description: The procedure as a person reads it.
        status: Status words as given.
        order_ids: Orders joined in it, sorted.
        report_ids: Reports joined in it, sorted.
        accession: May be empty.
        facility: Where.
        sides: Sides on which its report states a lesion of the case definition's places.
        remarks: Codes of the remarks its report makes (`no_precontrast_phase`, ...), sorted.
    """

    event_id: str
    kind: str
    when: str
    performed: str
    qualifies: bool
    doubt: str = ""
    coverage: str = ""
    description: str = ""
    status: str = ""
    order_ids: tuple[str, ...] = ()
    report_ids: tuple[str, ...] = ()
    accession: str = ""
    facility: str = ""
    sides: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a flag, exclusion, exception, advisory or review stands.

    Attributes:
        code: The flag, exclusion reason, exception, advisory, or `needs_review` reason.
        role: `flag`, `exclusion`, `exception`, `advisory`, `review`.
        clause: The rule in plain words, from the pipeline folder.
        statement: Id of the guideline statement it rests on, empty where none.
        event_ids: The dated events it rests on, in time order (empty: it rests on an absence).
        detail: What makes this instance, e.g. `MRI on day 3, first CT on day 10`.
    """

    code: str
    role: str
    clause: str
    statement: str = ""
    event_ids: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One judged case: a row of `cases.csv` and all that explains it.

    `firsts` holds `first_<kind>_datetime` by kind for the kinds that the pipeline names, empty
    text where none. `timeline` holds the events shown for the case with their day from the index
    exam (negative: before). `open_until` is the last day on which a pending case can still be
    satisfied (ISO date), empty otherwise.
    """

    case_id: str
    evidence: Evidence
    age_group: str
    status: str
    flags: tuple[str, ...]
    advisories: tuple[str, ...]
    exclusion_reason: str
    firsts: tuple[tuple[str, str], ...]
    days_to_required: int | None
    prior_imaging: str
    pathway: str
    grounds: tuple[Ground, ...] = ()
    timeline: tuple[tuple[int, Event], ...] = field(default=())
    open_until: str = ""
