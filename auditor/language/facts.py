"""What is taken from each row at ingest and kept in the ledger: small facts, no report text.

Everything the pathway stage may later need is here, so that a film that arrives after its CT, or a
new version of the rules for judging, can be judged without the exports. Evidence sentences are the
only text that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Procedure:
    """What kind of procedure a row is about.

    Attributes:
        kind: An event kind of the pipeline (`radiograph`, `ct`, `mri`, `biopsy`, `ultrasound`,
            `surgery`, `pathology`, ...), `other` (known, of no interest) or `unknown`.
        qualifies: It is the procedure that the audit means: an index radiograph, or a CT, MRI or
            biopsy of the right region.
        coverage: `full`, `partial` (covers only part of the region), or empty.
        condition: Empty, or what else must hold before it qualifies: `names_lesion` (its
            indication or report must name the lesion) or `names_site` (a biopsy whose site only
            its text can tell).
        doubt: Empty, or why it cannot be told whether it qualifies: `unnamed_site`,
            `medical_renal`, `ambiguous_surgery`. An event in doubt that decides a flag makes the
            case `needs_review`.
        basis: `code`, `description`, `modality` or `text`: what decided.
        rule: Id of the rule or code that decided.
    """

    kind: str
    qualifies: bool = False
    coverage: str = ""
    condition: str = ""
    doubt: str = ""
    basis: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mention of a target in a report's text or an order's reason.

    Attributes:
        part: Which part of the case definition it is about (a key of the pipeline's parts).
        text: The words matched.
        start: Offset of the first character in the row's text, as given.
        end: Offset after the last character.
        section: `indication`, `comparison`, `technique`, `findings`, `impression`, `addendum`,
            `recommendation`, `exam`, `other`, or `reason` for an order.
        sentence: The sentence it stands in, white space normalised.
        sentence_index: Number of the sentence in the text, from 0.
        assertion: `affirmed`, `hedged`, `negated`, `question`, `historical`, `other_person`,
            `conditional` or `not_stated`.
        cue: The words that decided the assertion, empty where none.
        rule: Id of the lexicon entry that matched.
        cue_rule: Id of the rule of the cue.
        laterality: `left`, `right`, `bilateral`, `midline` or `unknown`.
        place: Key of the place, empty where none is given.
        place_kind: `inside` (a place of the case definition), `elsewhere`, or empty.
        explained_by: Key of what the text says it is instead, empty where nothing.
        explanation_certain: False where the explanation is only offered.
        weak: The word alone states the part only as possible (e.g. a density).
        link: How it is tied to a mention of the other part: `phrase`, `anaphora`, `separate`,
            or empty.
        link_index: Index, in the row's findings, of the mention that it is tied to; -1 for none.
        size_mm: Largest diameter stated for it, in millimetres; None where none.
    """

    part: str
    text: str
    start: int
    end: int
    section: str
    sentence: str
    sentence_index: int
    assertion: str
    cue: str = ""
    rule: str = ""
    cue_rule: str = ""
    laterality: str = "unknown"
    place: str = ""
    place_kind: str = ""
    explained_by: str = ""
    explanation_certain: bool = True
    weak: bool = False
    link: str = ""
    link_index: int = -1
    size_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """A small fact that a text gives the pathway, e.g. an outside CT or an exception.

    Attributes:
        kind: What it is, a key of the pipeline's remarks (`outside_ct`, `known_diagnosis`, ...).
        value: Which one, e.g. `pregnancy` for an exception, `ct` for a recommendation.
        sentence: The sentence it stands in.
        rule: Id of the rule.
        side: The side it is said of, where the rule asks for one; empty where none or several.
    """

    kind: str
    value: str = ""
    sentence: str = ""
    rule: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One version of one report, without its text.

    Datetimes are ISO 8601 text as precise as the input. `row_digest` is the SHA-256 of the row's
    canonical values: the same row read twice has the same digest. `status` is the canonical
    report status (`preliminary`, `final`, `addendum`, `corrected`, `cancelled`, `unknown`).
    `age_years` comes from the column, else from the text, else None.
    """

    row_digest: str
    patient_id: str
    report_id: str
    accession: str
    exam_datetime: str
    report_datetime: str
    status: str
    procedure: Procedure
    procedure_description: str = ""
    facility: str = ""
    age_years: float | None = None
    sex: str = ""
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One row of the orders table, without its reason.

    `status` is the canonical order status: `performed`, `pending`, `not_performed`, `unknown`.
    `status_word` is the status as written, for display. `age_years` is what the reason of an index
    exam's order says, else None.
    """

    row_digest: str
    patient_id: str
    order_id: str
    accession: str
    order_datetime: str
    performed_datetime: str
    status: str
    status_word: str
    procedure: Procedure
    procedure_description: str = ""
    facility: str = ""
    ordering_department: str = ""
    age_years: float | None = None
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """All rows known of one patient, in no particular order and without repeated digests."""

    patient_id: str
    reports: tuple[ReportFacts, ...] = field(default=())
    orders: tuple[OrderFacts, ...] = field(default=())
