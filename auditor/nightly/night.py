"""One unattended night, step by step. Read this first.

inbox --new, whole files--> audit --checks--> ledger, outputs --> latest/, the word for the morning

One audit reads all new files, also those of nights that were missed: the ledger ends the same
however rows are cut into runs, and one run is told as one set of changes.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError, GateError, name_defect
from auditor.job import run_audit
from auditor.ledger.store import open_ledger
from auditor.nightly.findings import counts_of, feeds_of, last_good, shares_of, to_check
from auditor.nightly.gates import Tonight, check_gates
from auditor.nightly.history import (
    DONE,
    FAILED,
    NOTHING_NEW,
    REHEARSED,
    STOPPED,
    Night,
    read_nights,
)
from auditor.nightly.inbox import Inbox, check_unchanged, find_arrivals
from auditor.nightly.lock import held
from auditor.nightly.outputs import make_root, mark_old, publish, remove_old
from auditor.nightly.plan import Plan
from auditor.nightly.telling import keep_beside, recover, tell
from auditor.request import Request
from auditor.workbook.results import Gate, Results, RunInfo

_LOG = logging.getLogger(__name__)

# Known before anything is read, and told when nothing is.
_BEFORE_READING = ("clock", "feed_missing")


class _RehearsedError(Exception):
    """Ends a rehearsal before anything of it is kept."""


def take_night(plan: Plan) -> Night:
    """Take one night, and tell how it went, whatever happens in it.

    Nothing of a night that fails or is stopped is kept, and its files are new to the next one.
    Start it as often as you like: files that the ledger has are not read again.

    Raises:
        BusyError: Another night is running; this one has done nothing.
        OutputError: The output folder cannot be made or written, so nothing can be told there.
    """
    if plan.rehearse:
        return _Night(plan).take()
    outputs = make_root(plan.base / plan.nightly.outputs)
    holder = f"process {os.getpid()} on {socket.gethostname()}, started {plan.moment}"
    with held(outputs.lock, holder):
        night = _Night(plan).take()
        tell(plan, night)
    return night


@dataclass
class _Night:
    """A night as it goes on; what it knows when something fails is told all the same."""

    plan: Plan
    history: tuple[Night, ...] = ()
    inbox: Inbox = Inbox()
    gates: tuple[Gate, ...] = ()
    found: Results | None = None
    sheet: str = ""

    def take(self) -> Night:
        """Go through the night."""
        begun = time.perf_counter()
        try:
            night = self._go()
        except AuditError as error:
            outcome = STOPPED if isinstance(error, GateError) else FAILED
            night = self._tell_of(outcome, str(error), error.exit_code)
        except _RehearsedError:
            stopped = any(gate.outcome == "stop" for gate in self.gates)
            night = self._tell_of(REHEARSED, code=GateError.exit_code if stopped else 0)
        except Exception as error:  # noqa: BLE001 - told as a defect, without its values
            night = self._tell_of(FAILED, name_defect(error), 1)
        if not self.plan.rehearse and night.outcome != DONE:
            self._mark_old(night)
        return replace(night, seconds=round(time.perf_counter() - begun, 3))

    def _go(self) -> Night:
        plan, nightly, outputs = self.plan, self.plan.nightly, self.plan.outputs
        self.history = read_nights(outputs.history)
        pipeline = plan.rules()
        self.sheet = pipeline.labels.sheet("summary").title
        tonight = Tonight(
            date=plan.date,
            feeds=nightly.feeds,
            brought={},
            history=self.history,
            last_date=self.history[-1].date if self.history else "",
        )
        self._check(tonight, ("clock",))
        self.inbox = self._look()
        tonight = replace(tonight, history=self.history)
        if not self.inbox.arrivals:
            return self._nothing_new(tonight)
        results = self._audit(pipeline, tonight)
        folder = publish(outputs, plan.date)
        remove_old(outputs, keep=nightly.keep, newest=folder)
        return replace(self._tell_of(DONE), folder=folder, ledger_run=results.run.ledger_run)

    @property
    def _ledger(self) -> str | None:
        """The ledger's URL; a rehearsal makes no ledger where there is none."""
        url = self.plan.ledger
        missing = "://" not in url and not Path(url).exists()
        return None if self.plan.rehearse and missing else url

    def _look(self) -> Inbox:
        """Put right what a killed night left, and find the files that the ledger lacks."""
        plan = self.plan
        wait_s = plan.nightly.ledger_wait_seconds
        with open_ledger(self._ledger, wait_s=wait_s) as ledger:
            if not plan.rehearse:
                runs = {run.run_id for run in ledger.runs()}
                self.history = recover(plan.outputs, runs.__contains__, self.history)
            return find_arrivals(
                plan.inbox,
                plan.nightly.feeds,
                plan.nightly.arriving,
                is_known=ledger.has_input,
                sleep=plan.sleep,
            )

    def _nothing_new(self, tonight: Tonight) -> Night:
        brought = feeds_of(self.inbox, list(tonight.feeds))
        self._check(replace(tonight, brought=brought), _BEFORE_READING)
        warned = [gate.said for gate in self.gates if gate.outcome == "warn"]
        _LOG.info("no new files; %d are known", self.inbox.known)
        return self._tell_of(NOTHING_NEW, " ".join(warned))

    def _audit(self, pipeline: Pipeline, tonight: Tonight) -> Results:
        plan, arrivals = self.plan, self.inbox.arrivals
        files = {
            table: tuple(str(item.path) for item in arrivals if item.table == table)
            for table in ("reports", "orders", "both")
        }
        request = Request(
            pipeline=pipeline,
            reports=files["reports"],
            orders=files["orders"],
            exports=files["both"],
            out=plan.outputs.tonight,
            ledger=self._ledger,
            workers=plan.nightly.workers,
            started=plan.moment,
            today=plan.date,
            inspect=lambda results: self._inspect(results, tonight),
            wait_s=plan.nightly.ledger_wait_seconds,
        )
        return run_audit(request, plan.progress)

    def _inspect(self, results: Results, tonight: Tonight) -> RunInfo:
        """The checks, between judging and keeping."""
        self.found = results
        check_unchanged(self.inbox.arrivals)
        self._check(to_check(tonight, self.inbox, results))
        if self.plan.rehearse:
            raise _RehearsedError
        warned = tuple(gate.said for gate in self.gates if gate.outcome == "warn")
        run = results.run
        record = replace(self._tell_of(DONE), ledger_run=run.ledger_run)
        keep_beside(self.plan.outputs, record)
        return replace(run, gates=self.gates, warnings=(*run.warnings, *warned))

    def _check(self, tonight: Tonight, only: tuple[str, ...] = ()) -> None:
        accept = self.plan.accept
        found = check_gates(self.plan.nightly.gates, tonight, only)
        self.gates = tuple(
            gate._replace(outcome="warn") if gate.said and gate.name in accept else gate
            for gate in found
        )
        stops = [gate for gate in self.gates if gate.outcome == "stop"]
        if stops and not self.plan.rehearse:
            names = " ".join(f"--accept {gate.name}" for gate in stops)
            said = " ".join(gate.said for gate in stops)
            raise GateError(
                f"{said} Nothing of the night is kept: look at the exports, or take them as they "
                f"are with auditor nightly {names}."
            )

    def _tell_of(self, outcome: str, said: str = "", code: int = 0) -> Night:
        """The record of the night, of all that is known by now."""
        plan, results = self.plan, self.found
        night = Night(
            date=plan.date,
            started=plan.moment,
            outcome=outcome,
            exit_code=code,
            said=said,
            feeds=feeds_of(self.inbox, list(plan.nightly.feeds)),
            gates=self.gates,
        )
        if results is None:
            return night
        read = to_check(Tonight(plan.date, plan.nightly.feeds, {}), self.inbox, results)
        return replace(
            night,
            as_of=results.run.as_of,
            feeds=read.brought,
            counts=counts_of(results, self.inbox),
            shares=shares_of(results.run.counts),
        )

    def _mark_old(self, night: Night) -> None:
        if night.outcome == NOTHING_NEW and not night.said:
            return
        stops = [gate.said for gate in self.gates if gate.outcome == "stop"]
        said = " ".join(stops) if night.outcome == STOPPED and stops else night.said
        good = last_good(self.history, (DONE,))
        of = f" of the night of {good.date}" if good else ""
        try:
            mark_old(
                self.plan.outputs,
                sheet=self.sheet,
                title=f"OLD FIGURES{of}:",
                why=f"The night of {night.date}: {night.outcome}. {said}",
            )
        except (AuditError, OSError) as error:
            _LOG.error("latest could not be marked as old (%s)", type(error).__name__)
