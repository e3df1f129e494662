"""One run in the ledger: what it adds, whom it touches, and what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from auditor.language.facts import OrderFacts, PatientFacts, ReportFacts
from auditor.ledger import cases, facts, results, runs
from auditor.ledger.records import (
    CaseRow,
    Changes,
    InputRecord,
    ResultRow,
    RowsRead,
    RunRecord,
)


class Run:
    """A run whose transaction is open; made by `Ledger.run`, which also ends it.

    Its methods raise `LedgerError` when the database fails. Leave the block then: the run
    cannot go on, and is rolled back.
    """

    def __init__(self, connection: Connection, title: str, record: RunRecord) -> None:
        self._connection = connection
        self._title = title
        self._record = record
        self._previous = runs.add_run(connection, record, title=title)
        self._newest = self._previous.newest_date if self._previous else ""
        self._new = {facts.REPORTS.table.name: 0, facts.ORDERS.table.name: 0}

    @property
    def previous(self) -> RunRecord | None:
        """The run that was committed before this one, None for the ledger's first."""
        return self._previous

    def add_reports(self, reports: Iterable[ReportFacts]) -> int:
        """Add reports that the ledger does not have; return how many were new."""
        return self._add(facts.REPORTS, reports)

    def add_orders(self, orders: Iterable[OrderFacts]) -> int:
        """Add orders that the ledger does not have; return how many were new."""
        return self._add(facts.ORDERS, orders)

    def add_input(self, record: InputRecord) -> None:
        """Record a file that this run read."""
        runs.add_input(self._connection, record, run_id=self._record.run_id, title=self._title)

    def note_date(self, date: str) -> None:
        """Note the newest date (ISO) on which something happened in rows that are not kept."""
        self._newest = max(self._newest, date)

    def newest_date(self) -> str:
        """Newest date on which something happened, in any row ever given (ISO date, or empty).

        This is the `as_of` of a run that is given none: it does not depend on how the rows were
        cut into runs, and a plan for a later day does not close windows before their time.
        """
        return self._newest

    def touched_patients(self, also: Iterable[str] = ()) -> list[str]:
        """Patients with rows that this run brought first, and those in `also`, sorted."""
        touched = facts.touched_patients(self._connection, self._record.run_id, title=self._title)
        return sorted(touched.union(also))

    def unsettled_patients(self, as_of: str) -> list[str]:
        """Patients whose results were not yet settled on a date of audit, sorted.

        Between that date and any later one, time alone changes nothing of all the others.
        """
        return results.unsettled_patients(self._connection, as_of, title=self._title)

    def rows_read_otherwise(self) -> list[RowsRead]:
        """How many rows were read by other versions than this run's, the oldest version first."""
        digest = self._record.reading_digest
        return runs.rows_read_otherwise(self._connection, digest, title=self._title)

    def patients(self, ids: Iterable[str] | None = None) -> Iterator[PatientFacts]:
        """All facts of the patients given, or of all patients.

        Order: by patient id, facts by digest. Memory: a few hundred patients at a time. A
        patient without facts is left out.
        """
        return facts.read_patients(self._connection, ids, title=self._title)

    def save_cases(self, judged_cases: Iterable[CaseRow], judged: Iterable[str] | None) -> Changes:
        """Store judged cases and their history; call it once in a run.

        Args:
            judged_cases: All cases of the judged patients. May be a generator that judges
                `patients(...)` as it goes.
            judged: Ids of the judged patients, so that a case that no longer is one can be
                withdrawn; None for all patients.

        Raises:
            ValueError: Two cases have one id.
        """
        return cases.save_cases(
            self._connection, judged_cases, judged, run_id=self._record.run_id, title=self._title
        )

    def save_results(self, found: Iterable[ResultRow], judged: Iterable[str] | None) -> None:
        """Keep what the outputs say of the judged patients (None: of all patients).

        Of a judged patient who is not among `found` nothing is kept.
        """
        results.save_results(self._connection, found, judged, title=self._title)

    def results(self) -> Iterator[ResultRow]:
        """What is kept of all patients, by patient id; a few hundred in memory at a time."""
        return results.read_results(self._connection, title=self._title)

    def finish(self, record: RunRecord) -> None:
        """Say how the run ended: `as_of`, `finished`, `status`, `counts`.

        Raises:
            ValueError: The record is of another run.
        """
        if record.run_id != self._record.run_id:
            raise ValueError("a run can only be finished with its own record")
        self._record = record

    def close(self) -> None:
        """Write the run's record as it now stands; `Ledger.run` calls it before the commit."""
        record = replace(
            self._record,
            newest_date=self._newest,
            new_reports=self._new[facts.REPORTS.table.name],
            new_orders=self._new[facts.ORDERS.table.name],
        )
        runs.update_run(self._connection, record, title=self._title)

    def _add(self, table: facts.FactTable, rows: Iterable[ReportFacts | OrderFacts]) -> int:
        new, newest = facts.add_facts(
            self._connection, table, rows, run_id=self._record.run_id, title=self._title
        )
        self._newest = max(self._newest, newest)
        self._new[table.table.name] += new
        return new
