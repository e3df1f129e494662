"""All that the outputs of one run are made from, as the caller hands it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.ingest.schema import IdentifierFound, SetAside
from auditor.language.facts import Finding
from auditor.pathway.model import Case, Event, Evidence


class RowFinding(NamedTuple):
    """A finding with the row that it was read in (`row_id`: report or order id)."""

    patient_id: str
    row_id: str
    finding: Finding


class PatientEvent(NamedTuple):
    """An event with its patient."""

    patient_id: str
    event: Event


class Change(NamedTuple):
    """One thing about a case that differs from the last run; `before` is empty for a new case.

    `cause` is what changed it: `rows` (new or corrected rows of the patient), `time` (a later date
    of audit alone) or `rules`; `why` is what the verdict now rests on. The patient is told because
    a case that was withdrawn stands nowhere else.
    """

    case_id: str
    what: str
    before: str
    after: str
    cause: str = ""
    why: str = ""
    patient_id: str = ""


class InputFile(NamedTuple):
    """One input and what became of its rows: `rows_in = kept + set_aside`.

    `duplicates` counts those of the kept rows that repeat another row exactly; `newest` is the
    newest date in them (ISO date), none of the future.
    """

    name: str
    table: str
    digest: str
    rows_in: int
    kept: int
    set_aside: int
    duplicates: int = 0
    newest: str = ""


class FeedDay(NamedTuple):
    """How many rows of an input are of one day (ISO date), by when the exam was or was ordered."""

    name: str
    table: str
    day: str
    rows: int


class IdentifierCount(NamedTuple):
    """In how many rows a column holds what looks like an identifier of a kind; never the value."""

    table: str
    column: str
    kind: str
    rows: int


class Gate(NamedTuple):
    """What one check of an unattended night came to: `outcome` is `ok`, `warn` or `stop`."""

    name: str
    outcome: str
    said: str = ""


class UnknownProcedure(NamedTuple):
    """A procedure that no list and no word of the pipeline knows, with its number of rows."""

    description: str
    modality: str
    code: str
    rows: int


class UnknownStatus(NamedTuple):
    """A status word that is in no list, with its number of rows."""

    table: str
    status: str
    rows: int


class Setting(NamedTuple):
    """A window or switch that was in force."""

    name: str
    value: str
    meaning: str


class Statement(NamedTuple):
    """A guideline statement that rules rest on."""

    id: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What was run, on what, by which rules.

    Attributes:
        tool_version: Version of the auditor.
        pipeline: Name of the pipeline folder.
        pipeline_version: Version that the folder states.
        pipeline_digest: SHA-256 over the folder's files.
        sign_off: Who approved which version when; empty while nobody has.
        as_of: Data cut-off, an ISO date.
        window_days: Length of the compliance window, in days from the index exam.
        episode_days: Length of an episode, in days from the index exam.
        started: When the run started, ISO text; only in `run.json`, under `timings`.
        inputs: The files read.
        counts: Rows by step, in the order of the steps, e.g. `reports_in`, `screened_out`, `read`.
        timings: Seconds by stage; only in `run.json`.
        unknown_procedures: See `UnknownProcedure`.
        unknown_statuses: See `UnknownStatus`.
        settings: Windows and switches in force.
        statements: Guideline statements of the pipeline.
        warnings: Sentences shown in red on the summary, e.g. that a feed looks short.
        feed_days: Rows by input and day; only in the workbook.
        identifiers: What looks like an identifier in the texts; None: nobody has looked.
        gates: What an unattended night's checks came to; what they warn of is in `warnings` too.
        ledger_run: The run's id in the ledger; only in `run.json`, under `timings`.
    """

    tool_version: str
    pipeline: str
    pipeline_version: str
    pipeline_digest: str
    sign_off: str
    as_of: str
    window_days: int
    episode_days: int
    started: str = ""
    inputs: tuple[InputFile, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    unknown_procedures: tuple[UnknownProcedure, ...] = ()
    unknown_statuses: tuple[UnknownStatus, ...] = ()
    settings: tuple[Setting, ...] = ()
    statements: tuple[Statement, ...] = ()
    warnings: tuple[str, ...] = ()
    feed_days: tuple[FeedDay, ...] = ()
    identifiers: tuple[IdentifierCount, ...] | None = None
    gates: tuple[Gate, ...] = ()
    ledger_run: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What one run found. The order of the rows is of no consequence: outputs are sorted.

    Attributes:
        run: See `RunInfo`.
        cases: Judged cases of all patients.
        near_misses: Evidence of the index exams that miss a case by one part.
        events: All events of all patients known, or at least of those with a case or near miss.
        findings: Every finding; iterated more than once, so not a generator.
        set_aside: Rows that were not used.
        identifiers: Where rows hold what looks like an identifier.
        changes: What differs from the last run; None where there was none to compare with.
    """

    run: RunInfo
    cases: tuple[Case, ...] = ()
    near_misses: tuple[Evidence, ...] = ()
    events: tuple[PatientEvent, ...] = ()
    findings: Iterable[RowFinding] = ()
    set_aside: tuple[SetAside, ...] = ()
    identifiers: tuple[IdentifierFound, ...] = ()
    changes: tuple[Change, ...] | None = None
