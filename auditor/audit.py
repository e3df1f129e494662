"""One run, stage by stage. Read this first.

exports --ingest--> rows --language--> facts --ledger--> patients --pathway--> cases --> outputs
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor import __version__
from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError
from auditor.execution.local import Rows, read_rows
from auditor.ingest.canonical import Batch, check_files, read_batches
from auditor.ingest.opening import digest_file, find_files
from auditor.ingest.schema import SetAside
from auditor.language.facts import PatientFacts
from auditor.language.reading import Reading
from auditor.ledger.records import CaseRow, Changes, InputRecord, RunRecord
from auditor.ledger.run import Run
from auditor.ledger.store import open_ledger
from auditor.pathway.cases import find_evidence
from auditor.pathway.events import build_events
from auditor.pathway.model import Case, Evidence
from auditor.pathway.verdicts import judge_patient
from auditor.workbook.outputs import write_outputs
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
from auditor.workbook.tables import case_values

_LOG = logging.getLogger(__name__)
_TABLES = ("reports", "orders")

# Called with a stage's name and how many rows it has done so far.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Request:
    """What to audit.

    Attributes:
        pipeline: The pipeline, with the site's choices in it.
        reports: Paths or globs of report exports.
        orders: Paths or globs of order exports.
        out: Output folder; None writes nothing.
        ledger: Ledger URL or path; None for a throw-away ledger.
        as_of: ISO date of the audit; empty: the newest date in the data.
        workers: Number of reading processes.
        started: ISO datetime of the start, for the record.
        today: ISO date after which a performed exam cannot lie; empty: not checked.
    """

    pipeline: Pipeline
    reports: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    out: Path | None = None
    ledger: str | None = None
    as_of: str = ""
    workers: int = 1
    started: str = ""
    today: str = ""


def run_audit(request: Request, progress: Progress = lambda stage, done: None) -> Results:
    """Run an audit on files, keep it in the ledger, and write the outputs.

    All inputs are looked at before anything is written. The ledger takes all of the run or
    nothing of it; the outputs are written when it has.

    Raises:
        AuditError: See `auditor.errors`; the message says what, where and what to do.
    """
    site = request.pipeline.site
    paths = {"reports": find_files(request.reports), "orders": find_files(request.orders)}
    for table in _TABLES:
        check_files(paths[table], table, site)
    digests = {path: digest_file(path) for table in _TABLES for path in paths[table]}

    def batches() -> Iterator[Batch]:
        for table in _TABLES:
            today = request.today or None
            yield from read_batches(paths[table], table, site, now_date=today)

    names = {str(path): digest for path, digest in digests.items()}
    return audit_batches(request, batches(), names, progress)


def audit_batches(
    request: Request,
    batches: Iterable[Batch],
    digests: dict[str, str],
    progress: Progress = lambda stage, done: None,
) -> Results:
    """Run an audit on batches of canonical rows.

    Args:
        request: What to audit; its files are not read.
        batches: The rows, from files or frames.
        digests: Digest of the content by input name.
        progress: Called as rows are read.
    """
    with open_ledger(request.ledger) as ledger:
        before = ledger.last_run()
        record = describe_run(request.pipeline, request.started, digests.values(), before)
        tally = Tally()
        with ledger.run(record) as run:
            with tally.timed("read"):
                _add_rows(run, request, batches, tally, progress)
            warnings = _warn_of_known_inputs(ledger, digests, tally)
            for item in describe_inputs(tally, digests):
                run.add_input(item)
            record = replace(record, as_of=request.as_of or run.newest_date())
            with tally.timed("judge"):
                ids = patients_to_judge(run, record, record.as_of)
                judged, changes = _judge(run, request.pipeline, record.as_of, ids, tally)
            return _end_run(run, request, record, tally, digests, judged, changes, warnings)


def rejudge(request: Request) -> Results:
    """Judge everybody in the ledger again, without the exports, and write the outputs.

    Facts stand as they were read; `RunInfo.warnings` says which were read by other rules.

    Args:
        request: Its files and workers are not looked at.

    Raises:
        LedgerError: The ledger holds no run yet.
    """
    with open_ledger(request.ledger) as ledger:
        before = ledger.last_run()
        if before is None:
            raise LedgerError("The ledger holds no run yet: fill it with auditor run --ledger.")
        record = describe_run(request.pipeline, request.started, (), before)
        tally = Tally()
        with ledger.run(record) as run:
            record = replace(record, as_of=request.as_of or run.newest_date())
            with tally.timed("judge"):
                judged, changes = _judge(run, request.pipeline, record.as_of, None, tally)
            return _end_run(run, request, record, tally, {}, judged, changes)
