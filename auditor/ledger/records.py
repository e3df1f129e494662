"""The small frozen records that go into the ledger and come out of it, beside the facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# How long to wait for another writer of the ledger, in seconds.
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of the auditor, as it is recorded.

    Datetimes are ISO 8601 text; the ledger never reads a clock.

    Attributes:
        run_id: Unique in the ledger; the caller makes it.
        started: When the run began.
        tool_version: Version of the auditor.
        pipeline_name: Name of the pipeline folder.
        pipeline_version: Version that the folder states.
        pipeline_digest: Digest of the folder's files.
        rules_digest: Digest of all that decides how patients are judged. Where it differs from
            that of the run before, everybody must be judged again.
        reading_digest: Digest of all that decides how a row is read into facts.
        as_of: The date the run judged by, empty while it is unknown.
        finished: When the run ended, empty where it was not said.
        status: How it ended, e.g. `done`. The ledger gives it no meaning.
        counts: Counts of rows, reports and cases by name.
        newest_date: Newest date in the data of this and all earlier runs (ISO date). Filled in
            by the ledger, as are the next two; what the caller gives is not stored.
        new_reports: Number of reports that this run brought first.
        new_orders: Number of orders that this run brought first.
    """

    run_id: str
    started: str
    tool_version: str
    pipeline_name: str
    pipeline_version: str
    pipeline_digest: str
    rules_digest: str = ""
    reading_digest: str = ""
    as_of: str = ""
    finished: str = ""
    status: str = "done"
    counts: Mapping[str, int] = field(default_factory=dict)
    newest_date: str = ""
    new_reports: int = 0
    new_orders: int = 0


@dataclass(frozen=True, slots=True)
class RowsRead:
    """How many of the ledger's rows were read by one version of a pipeline folder."""

    pipeline_version: str
    pipeline_digest: str
    reports: int
    orders: int


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input file as read in one run; `rows_in` = `rows_kept` + `rows_set_aside`.

    Attributes:
        digest: Digest of the file's bytes: what tells a file seen before, whatever its name.
        name: The file's name as given.
        table: `reports` or `orders`; a file that holds both has two records.
        rows_in: Rows read.
        rows_kept: Rows used.
        rows_set_aside: Rows not used.
    """

    digest: str
    name: str
    table: str
    rows_in: int
    rows_kept: int
    rows_set_aside: int


@dataclass(frozen=True, slots=True)
class PipelineRecord:
    """One version of a pipeline folder, and the run that used it first."""

    digest: str
    name: str
    version: str
    first_run_id: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One judged case as it is kept: its output row, and what the ledger asks for by name.

    Attributes:
        case_id: Stable id of the case.
        patient_id: Patient pseudonym.
        status: The case's status; the ledger gives it no meaning.
        flags: Flags in the pipeline's order.
        certainty: As in the output row.
        row: Output columns and their text. Any difference in it is a change of the case.
    """

    case_id: str
    patient_id: str
    status: str
    flags: tuple[str, ...]
    certainty: str
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the outputs say of one patient.

    Attributes:
        patient_id: Patient pseudonym.
        settles_on: ISO date of audit from which time alone changes nothing of it; empty where
            no date of audit matters.
        body: The caller's text; the ledger gives it no meaning.
    """

    patient_id: str
    settles_on: str
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """A case that stood in the ledger and now says something else.

    `fields` names what differs, sorted: `status`, `flags`, `certainty` and columns of the row.
    """

    before: CaseRow
    after: CaseRow
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run changed among the cases, each list sorted by patient and case id.

    Attributes:
        new: Cases that were not in the ledger.
        changed: Cases that now say something else.
        withdrawn: Cases, as they last stood, that a judged patient no longer has.
        unchanged: Number of saved cases that stand as they did.
    """

    new: tuple[CaseRow, ...]
    changed: tuple[Change, ...]
    withdrawn: tuple[CaseRow, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step in the history of a case.

    Attributes:
        run_id: The run that made it.
        change: `new`, `changed` or `withdrawn`.
        fields: What differed from the step before, sorted; empty for `new` and `withdrawn`.
        case: The case after the step; for `withdrawn`, as it last stood.
    """

    run_id: str
    change: str
    fields: tuple[str, ...]
    case: CaseRow


@dataclass(frozen=True, slots=True)
class PurgeRecord:
    """One purge: what was taken out of the ledger for good, without saying of whom.

    Attributes:
        purged: When, ISO text.
        kind: `patient` (named ones) or `before` (all whose newest date is older).
        bound: The date of `before`, else empty.
        purge_id: Unique in the ledger. The ledger fills it in, and all that follows.
        patients: Number of patients.
        reports: Number of reports.
        orders: Number of orders.
        cases: Number of cases that stood.
        digests: For `patient`, the digests of the ids (`purging.patient_digest`), sorted.
    """

    purged: str
    kind: str
    bound: str = ""
    purge_id: str = ""
    patients: int = 0
    reports: int = 0
    orders: int = 0
    cases: int = 0
    digests: tuple[str, ...] = ()
