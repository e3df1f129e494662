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


@dataclass
class _Tally:
    """What the stages count on the way."""

    counts: Counter[str] = field(default_factory=Counter)
    inputs: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds of a block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.timings[stage] = round(self.timings.get(stage, 0.0) + spent, 3)


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
    tally = _Tally()
    record = _record(request, digests)
    with open_ledger(request.ledger) as ledger:
        with ledger.run(record) as run:
            with tally.timed("read"):
                _add_rows(run, request, batches, tally, progress)
            as_of = request.as_of or run.newest_date()
            with tally.timed("judge"):
                judged = _Judged.of(run.patients(), request.pipeline, as_of)
                changes = run.save_cases(judged.rows(request.pipeline), None)
            _add_inputs(run, tally, digests)
            run.finish(_finished(record, as_of, tally))
        first = len(ledger.runs()) == 1
    results = _results(request, tally, judged, digests, as_of, None if first else changes)
    _check_identities(results)
    if request.out is not None:
        with tally.timed("write"):
            write_outputs(results, request.pipeline.labels, request.out)
    return results


def _add_rows(
    run: Run, request: Request, batches: Iterable[Batch], tally: _Tally, progress: Progress
) -> None:
    def rows() -> Iterator[Rows]:
        for batch in batches:
            counted = tally.inputs.setdefault((batch.file, batch.table), Counter())
            counted.update(
                rows_in=batch.rows_in, kept=batch.rows.num_rows, set_aside=len(batch.set_aside)
            )
            tally.set_aside.extend(batch.set_aside)
            yield Rows(batch.file, batch.table, batch.rows)

    done = 0
    for chunk, reading in read_rows(rows(), request.pipeline, workers=request.workers):
        new = _add_reading(run, reading, tally)
        read = len(reading.reports) + len(reading.orders)
        tally.inputs[(chunk.file, chunk.table)]["duplicates"] += read - new
        done += read
        progress("read", done)
    for name in ("reports", "orders"):
        files = [counted for (_, table), counted in tally.inputs.items() if table == name]
        for what, key in (("in", "rows_in"), ("kept", "kept"), ("set_aside", "set_aside")):
            tally.counts[f"{name}_{what}"] = sum(counted[key] for counted in files)


def _add_reading(run: Run, reading: Reading, tally: _Tally) -> int:
    """Add what was read to the ledger; return how many rows it did not have yet."""
    reports, orders = run.add_reports(reading.reports), run.add_orders(reading.orders)
    tally.counts["new_reports"] += reports
    tally.counts["new_orders"] += orders
    tally.counts.update(reading.counts)
    tally.procedures.update(reading.unknown_procedures)
    tally.statuses.update(reading.unknown_statuses)
    return reports + orders


@dataclass(frozen=True)
class _Judged:
    """Cases, near misses, and what is shown beside them."""

    cases: tuple[Case, ...]
    near_misses: tuple[Evidence, ...]
    events: tuple[PatientEvent, ...]
    findings: tuple[RowFinding, ...]
    patients: int

    @classmethod
    def of(cls, patients: Iterable[PatientFacts], pipeline: Pipeline, as_of: str) -> _Judged:
        """Judge patients one by one."""
        cases: list[Case] = []
        near_misses: list[Evidence] = []
        events: list[PatientEvent] = []
        findings: list[RowFinding] = []
        number = 0
        for facts in patients:
            number += 1
            findings.extend(_row_findings(facts))
            evidences = find_evidence(facts, pipeline.cases)
            if not evidences:
                continue
            cases.extend(judge_patient(facts, evidences, pipeline.verdicts, as_of=as_of))
            near_misses.extend(item for item in evidences if not item.is_case)
            events.extend(
                PatientEvent(facts.patient_id, event)
                for event in build_events(facts, pipeline.verdicts)
            )
        return cls(tuple(cases), tuple(near_misses), tuple(events), tuple(findings), number)

    def rows(self, pipeline: Pipeline) -> Iterator[CaseRow]:
        """The cases as the ledger keeps them."""
        for case in self.cases:
            yield CaseRow(
                case_id=case.case_id,
                patient_id=case.evidence.patient_id,
                status=case.status,
                flags=case.flags,
                certainty=case.evidence.certainty,
                row=case_values(case, pipeline.labels),
            )


def _row_findings(facts: PatientFacts) -> Iterator[RowFinding]:
    for report in facts.reports:
        for finding in report.findings:
            yield RowFinding(facts.patient_id, report.report_id, finding)
    for order in facts.orders:
        for finding in order.findings:
            yield RowFinding(facts.patient_id, order.order_id, finding)


def _record(request: Request, digests: dict[str, str]) -> RunRecord:
    pipeline = request.pipeline
    parts = [request.started, pipeline.digest, *sorted(digests.values())]
    return RunRecord(
        run_id="R-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:12],
        started=request.started,
        tool_version=__version__,
        pipeline_name=pipeline.file.name,
        pipeline_version=pipeline.file.version,
        pipeline_digest=pipeline.digest,
    )


def _finished(record: RunRecord, as_of: str, tally: _Tally) -> RunRecord:
    return replace(record, as_of=as_of, counts=dict(sorted(tally.counts.items())))


def _add_inputs(run: Run, tally: _Tally, digests: dict[str, str]) -> None:
    for (name, table), counted in sorted(tally.inputs.items()):
        run.add_input(
            InputRecord(
                digest=digests.get(name, ""),
                name=Path(name).name,
                table=table,
                rows_in=counted["rows_in"],
                rows_kept=counted["kept"],
                rows_set_aside=counted["set_aside"],
            )
        )


def _results(
    request: Request,
    tally: _Tally,
    judged: _Judged,
    digests: dict[str, str],
    as_of: str,
    changes: Changes | None,
) -> Results:
    return Results(
        run=_run_info(request, tally, judged, digests, as_of),
        cases=judged.cases,
        near_misses=judged.near_misses,
        events=judged.events,
        findings=judged.findings,
        set_aside=tuple(tally.set_aside),
        changes=None if changes is None else tuple(_changes(changes)),
    )


def _run_info(
    request: Request, tally: _Tally, judged: _Judged, digests: dict[str, str], as_of: str
) -> RunInfo:
    pipeline, rules = request.pipeline, request.pipeline.verdicts
    signed = pipeline.site.sign_off
    approved = [signed.approved_by, signed.role, signed.date, signed.version]
    counts = dict(tally.counts)
    counts["patients"] = judged.patients
    return RunInfo(
        tool_version=__version__,
        pipeline=pipeline.file.name,
        pipeline_version=pipeline.file.version,
        pipeline_digest=pipeline.digest,
        sign_off=", ".join(part for part in approved if part) if signed.approved_by else "",
        as_of=as_of,
        window_days=rules.required_window(child=False),
        episode_days=rules.days(rules.pathway.episode),
        started=request.started,
        inputs=tuple(
            InputFile(
                name=Path(name).name,
                table=table,
                digest=digests.get(name, ""),
                rows_in=counted["rows_in"],
                kept=counted["kept"],
                set_aside=counted["set_aside"],
                duplicates=counted["duplicates"],
            )
            for (name, table), counted in sorted(tally.inputs.items())
        ),
        counts=dict(sorted(counts.items())),
        timings=tally.timings,
        unknown_procedures=tuple(
            UnknownProcedure(*key, count) for key, count in sorted(tally.procedures.items())
        ),
        unknown_statuses=tuple(
            UnknownStatus(*key, count) for key, count in sorted(tally.statuses.items())
        ),
        settings=_settings(pipeline),
        statements=tuple(
            Statement(key, statement.text, statement.source)
            for key, statement in rules.statements.items()
        ),
    )


def _settings(pipeline: Pipeline) -> tuple[Setting, ...]:
    rules = pipeline.verdicts
    windows = [
        Setting(name, "unset" if window.days is None else f"{window.days} days", window.meaning)
        for name, window in rules.windows.items()
    ]
    switches = [
        Setting(name, ", ".join(value) if isinstance(value, tuple | list) else str(value), "")
        for name, value in rules.settings.items()
    ]
    return (*windows, *switches)


def _changes(changes: Changes) -> Iterator[Change]:
    for case in changes.new:
        yield Change(case.case_id, "new", "", case.status)
    for change in changes.changed:
        before, after = change.before, change.after
        for name in change.fields:
            old = getattr(before, name, None) if name in _NAMED else before.row.get(name, "")
            new = getattr(after, name, None) if name in _NAMED else after.row.get(name, "")
            yield Change(after.case_id, name, _word(old), _word(new))
    for case in changes.withdrawn:
        yield Change(case.case_id, "withdrawn", case.status, "")


_NAMED = ("status", "flags", "certainty")


def _word(value: object) -> str:
    return ";".join(value) if isinstance(value, tuple) else str(value)


def _check_identities(results: Results) -> None:
    """Rows in = kept + set aside, on every run.

    Raises:
        AuditError: A defect of ours; nothing is written.
    """
    for item in results.run.inputs:
        if item.rows_in != item.kept + item.set_aside:
            raise AuditError(
                f"{item.name}: {item.rows_in} rows in, but {item.kept} kept and {item.set_aside} "
                "set aside. This is a defect of the auditor: please report it."
            )
    _LOG.info("rows reconcile in %d inputs", len(results.run.inputs))
