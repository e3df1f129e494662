"""One run, stage by stage. Read this first.

exports --ingest--> rows --language--> facts --ledger--> patients --pathway--> cases --> outputs
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError, ConfigError, LedgerError
from auditor.execution.ahead import Ahead
from auditor.execution.chunks import ReadRows
from auditor.execution.local import Readers, read_rows
from auditor.execution.sifting import read_sifted
from auditor.ingest.canonical import Batch, check_files, read_batches, read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.opening import digest_file, find_files
from auditor.ingest.parts import Notes
from auditor.judging import (
    Judged,
    case_rows,
    list_findings,
    patients_to_judge,
    read_result,
    result_row,
    settling_date,
    tell_changes,
)
from auditor.language.facts import PatientFacts
from auditor.ledger.records import Changes, RunRecord
from auditor.ledger.run import Run
from auditor.ledger.store import Ledger, open_ledger
from auditor.pathway.cases import find_evidence, may_make_evidence
from auditor.pathway.events import build_events
from auditor.pathway.verdicts import judge_patient
from auditor.privacy.checking import CheckedReader, Checker
from auditor.privacy.policy import check_policy
from auditor.readers import open_readers
from auditor.record import (
    Tally,
    describe_inputs,
    describe_outcome,
    describe_run,
    warn_of_known_inputs,
    warn_of_other_reading,
)
from auditor.redaction import redact_results
from auditor.request import Progress, Request
from auditor.workbook.outputs import write_outputs
from auditor.workbook.results import PatientEvent, Results, RowFinding

_LOG = logging.getLogger(__name__)
_TABLES = ("reports", "orders")


def run_audit(
    request: Request,
    progress: Progress = lambda stage, done: None,
    readers: Readers | None = None,
) -> Results:
    """Run an audit on files, keep it in the ledger, and write the outputs.

    All inputs are looked at before anything is written.

    Args:
        request: What to audit.
        progress: Called as rows are read.
        readers: Read the rows, and are ended by who opened them; None: opened and ended here.

    Raises:
        AuditError: See `auditor.errors`; the message says what, where and what to do.
    """
    if request.engine == "spark":
        return _run_on_spark(request, progress)
    site = request.pipeline.site
    paths = {"reports": find_files(request.reports), "orders": find_files(request.orders)}
    for table in _TABLES:
        check_files(paths[table], table, site)
    notes = Notes()
    sources = find_sources(request.exports, site, notes, request.environment)
    files = [path for table in _TABLES for path in paths[table]]
    files += [path for source in sources for path in source.files]

    def batches() -> Iterator[Batch]:
        today = request.today or None
        for table in _TABLES:
            yield from read_batches(paths[table], table, site, now_date=today)
        yield from read_exports(sources, site, notes, now_date=today)

    # The first rows are read while the files are named by what is in them.
    with Ahead(batches()) as ahead:
        digests = {str(path): digest_file(path) for path in files}
        return audit_batches(request, ahead, digests, progress, notes, readers)


def audit_batches(
    request: Request,
    batches: Iterable[Batch],
    digests: Mapping[str, str],
    progress: Progress = lambda stage, done: None,
    notes: Notes | None = None,
    readers: Readers | None = None,
) -> Results:
    """Run an audit on batches of canonical rows.

    Args:
        request: What to audit; its files are not read.
        batches: The rows, from files or frames.
        digests: Digest of the content by input name.
        progress: Called as rows are read.
        notes: What the batches leave out; filled as they are read.
        readers: As of `run_audit`.
    """
    with nullcontext(readers) if readers else open_readers(request) as chosen:
        return _audit(request, read_facts(request, batches, chosen), digests, progress, notes)


def read_facts(request: Request, batches: Iterable[Batch], readers: Readers) -> Iterable[ReadRows]:
    """Read rows into facts: all that a ledger keeps, or else all that this run needs."""
    if request.ledger is not None:
        # What matters tomorrow is not known tonight: every row gives its facts.
        return read_rows(batches, readers)
    pipeline = request.pipeline
    return read_sifted(
        batches,
        pipeline,
        readers,
        matters=partial(may_make_evidence, rules=pipeline.cases),
        checker=Checker(pipeline),
    )


def _audit(
    request: Request,
    read: Iterable[ReadRows],
    digests: Mapping[str, str],
    progress: Progress,
    notes: Notes | None = None,
) -> Results:
    """Keep what was read, judge, and write the outputs: the same whatever engine reads."""
    tally = Tally(today=request.today)
    with open_ledger(request.ledger, wait_s=request.wait_s) as ledger:
        before = ledger.last_run()
        record = describe_run(request.pipeline, request.started, digests.values(), before)
        with ledger.run(record) as run:
            with tally.timed("read"):
                _add_rows(run, read, tally, progress)
            check_policy(tally.identifiers, request.pipeline.site)
            tally.warnings.extend(notes.sentences() if notes else ())
            _add_inputs(ledger, run, digests, tally)
            return _conclude(run, request, record, digests, tally)


def _run_on_spark(request: Request, progress: Progress) -> Results:
    """Run an audit whose rows are read by Spark's executors; the ledger stays with the driver."""
    from auditor.execution import spark

    if request.exports:
        raise ConfigError("The Spark engine reads single tables: give --reports and --orders.")
    site = request.pipeline.site
    sources: dict[str, list[str]] = {}
    for table, names in (("reports", request.reports), ("orders", request.orders)):
        files = find_files([name for name in names if not name.startswith(spark.TABLE)])
        check_files(files, table, site)
        sources[table] = [*map(str, files), *(n for n in names if n.startswith(spark.TABLE))]
    with spark.open_session() as session:
        digests = spark.digest_on_spark(session, [*sources["reports"], *sources["orders"]])
        read = spark.read_on_spark(
            session,
            sources,
            request.pipeline,
            today=request.today or None,
            workers=request.workers,
            limit_s=request.limit_s,
            make_reader=partial(CheckedReader, request.pipeline),
        )
        return _audit(request, read, digests, progress)


def rejudge(request: Request) -> Results:
    """Judge everybody in the ledger again, without exports, and write the outputs.

    Facts stand as they were read: `RunInfo.warnings` says which other rules read.

    Args:
        request: Its files are not read.

    Raises:
        LedgerError: The ledger holds no run yet.
        AuditError: See `auditor.errors`.
    """
    with open_ledger(request.ledger, wait_s=request.wait_s, must_exist=True) as ledger:
        before = ledger.last_run()
        if before is None:
            raise LedgerError("The ledger holds no run yet: fill it with auditor run --ledger.")
        record = describe_run(request.pipeline, request.started, (), before)
        with ledger.run(record) as run:
            return _conclude(run, request, record, {}, Tally(), everybody=True)


# --- rows into the ledger -------------------------------------------------------------------------


def _add_rows(run: Run, read: Iterable[ReadRows], tally: Tally, progress: Progress) -> None:
    done = 0
    for rows in read:
        counted = tally.inputs.setdefault((rows.file, rows.table), Counter())
        new = _add_reading(run, rows, tally)
        tally.look_at(rows.file, rows.table, rows.reading.feed)
        counted.update(
            rows_in=rows.rows_in,
            kept=rows.kept,
            set_aside=len(rows.set_aside),
            duplicates=rows.kept - new,
        )
        tally.set_aside.extend(rows.set_aside)
        done += rows.kept
        progress("read", done)
    for name in _TABLES:
        files = [counted for (_, table), counted in tally.inputs.items() if table == name]
        for what, key in (("in", "rows_in"), ("kept", "kept"), ("set_aside", "set_aside")):
            tally.counts[f"{name}_{what}"] = sum(counted[key] for counted in files)
    tally.counts["unknown_statuses"] = sum(tally.statuses.values())
    tally.counts.update(tally.linkage.counts())


def _add_reading(run: Run, rows: ReadRows, tally: Tally) -> int:
    """Add what was read to the ledger; return how many rows it did not have yet."""
    reading = rows.reading
    kept = run.add_reports(reading.reports) + run.add_orders(reading.orders)
    run.note_date(reading.feed.newest)
    new = kept if rows.new is None else rows.new
    tally.counts[f"new_{rows.table}"] += new
    tally.counts.update(reading.counts)
    tally.list_identifiers(reading.identifiers)
    tally.procedures.update(reading.unknown_procedures)
    return new


def _add_inputs(ledger: Ledger, run: Run, digests: Mapping[str, str], tally: Tally) -> None:
    known = sum(ledger.has_input(digest) for digest in digests.values())
    tally.warnings.extend(warn_of_known_inputs(known, len(digests), tally))
    for item in describe_inputs(tally, digests):
        run.add_input(item)


# --- verdicts and outputs -------------------------------------------------------------------------


def _conclude(
    run: Run,
    request: Request,
    record: RunRecord,
    digests: Mapping[str, str],
    tally: Tally,
    *,
    everybody: bool = False,
) -> Results:
    """Judge, write the outputs and record the run: all that is left before the commit.

    The outputs are written before the ledger takes the run. Where writing fails, or the run is
    killed, the ledger is as before, and the same run again tells the same changes.
    """
    record = replace(record, as_of=request.as_of or run.newest_date())
    with tally.timed("judge"):
        ids = None if everybody else patients_to_judge(run, record)
        judged, changes = _judge_and_keep(run, request.pipeline, record.as_of, ids, tally)
    if ids is not None:
        with tally.timed("collect"):
            done = set(ids)
            judged += [read_result(row) for row in run.results() if row.patient_id not in done]
    tally.warnings.extend(warn_of_other_reading(run.rows_read_otherwise()))
    record = replace(record, counts=dict(sorted(tally.counts.items())))
    run.finish(record)
    results = _results(
        judged,
        run=describe_outcome(request.pipeline, record, tally, digests),
        set_aside=tuple(tally.set_aside),
        identifiers=tuple(tally.identifiers),
        changes=tell_changes(changes, judged, request.pipeline.labels, run, record),
    )
    if request.pipeline.site.privacy.residual_identifiers == "redact":
        results = redact_results(results, request.pipeline.site)
    _check_identities(results)
    if request.inspect is not None:
        results = replace(results, run=request.inspect(results))
    if request.out is not None:
        with tally.timed("write"):
            chosen = request.pipeline
            write_outputs(results, chosen.labels, request.out, chosen.site.shareable)
    return results


def _results(judged: list[Judged], **of_the_run: Any) -> Results:
    """What the outputs are made from: what is known of all patients, and what is of the run."""
    return Results(
        cases=tuple(case for one in judged for case in one.cases),
        near_misses=tuple(item for one in judged for item in one.near_misses),
        events=tuple(PatientEvent(one.patient_id, item) for one in judged for item in one.events),
        findings=tuple(
            RowFinding(one.patient_id, *item) for one in judged for item in one.findings
        ),
        **of_the_run,
    )


def _judge_and_keep(
    run: Run, pipeline: Pipeline, as_of: str, ids: list[str] | None, tally: Tally
) -> tuple[list[Judged], Changes]:
    """Judge the patients given (None: all), and keep what was found.

    Returns:
        What was found of them, and what that changed in the ledger's cases.
    """
    counted: Counter[str] = Counter()
    judged = list(_judge(run.patients(ids), pipeline, as_of, counted))
    tally.counts.setdefault("patients", counted["patients"])
    run.save_results(map(result_row, judged), ids)
    return judged, run.save_cases(case_rows(judged, pipeline), ids)


def _judge(
    patients: Iterable[PatientFacts], pipeline: Pipeline, as_of: str, counted: Counter[str]
) -> Iterator[Judged]:
    """Judge patients one by one; of most there is nothing to say."""
    rules = pipeline.verdicts
    for facts in patients:
        counted["patients"] += 1
        evidences = find_evidence(facts, pipeline.cases)
        if not evidences:
            continue
        settles_on = settling_date(evidences, rules)
        # Later than that, a verdict is the same but for the words that tell the date.
        seen_on = min(as_of, settles_on) if settles_on else as_of
        events = build_events(facts, rules)
        yield Judged(
            patient_id=facts.patient_id,
            settles_on=settles_on,
            cases=judge_patient(facts, evidences, rules, as_of=seen_on, events=events),
            near_misses=tuple(item for item in evidences if not item.is_case),
            events=events,
            findings=list_findings(facts),
        )


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
