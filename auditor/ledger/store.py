"""The ledger: what all runs have learned, in one database. Start here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

from sqlalchemy import Connection

from auditor.errors import LedgerError
from auditor.language.facts import PatientFacts
from auditor.ledger import cases, facts, purging, runs
from auditor.ledger.database import Database, find_database, naming_failures, reading
from auditor.ledger.migrations import migrate
from auditor.ledger.records import (
    WAIT_S,
    CaseRow,
    HistoryEntry,
    InputRecord,
    PipelineRecord,
    PurgeRecord,
    RunRecord,
)
from auditor.ledger.run import Run
from auditor.ledger.writing import writing


def open_ledger(url: str | None, *, wait_s: float = WAIT_S, must_exist: bool = False) -> Ledger:
    """Open a ledger, make it where there is none, and bring its schema up to date.

    Args:
        url: A file path, `sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`;
            None for a throw-away ledger, which ends with its connection and leaves no file.
        wait_s: How long to wait for another writer, in seconds.
        must_exist: Refuse a file that is not there instead of making it: for what only reads.

    Raises:
        LedgerError: The URL is wrong, the driver is missing, the database cannot be reached, is
            no ledger, was written by a newer version, or cannot be written. Passwords are never
            shown.
    """
    database = find_database(url, wait_s=wait_s)
    if must_exist and database.file is not None and not database.file.is_file():
        raise LedgerError(f"{database.title} does not exist: look at the path.")
    with naming_failures(database.title):
        connection = database.engine.connect()
    try:
        migrate(connection, database, wait_s=wait_s)
    except BaseException:
        connection.close()
        raise
    return Ledger(connection, database, wait_s=wait_s)


class Ledger:
    """An open ledger: one connection, for one thread. Close it, or use it in a `with`.

    Every method raises `LedgerError` when the database fails. Inside the block of `run` the
    reading methods see what that run has written so far.
    """

    def __init__(self, connection: Connection, database: Database, *, wait_s: float) -> None:
        self._connection = connection
        self._database = database
        self._wait_s = wait_s

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    @contextmanager
    def run(self, record: RunRecord) -> Iterator[Run]:
        """Hold the one transaction of a run while the block runs.

        All that the run did is kept when the block ends, and nothing of it when it raises.

        Raises:
            LedgerError: Another run is writing, or the run id is taken.
        """
        holder = f"run {record.run_id} (started {record.started})"
        with writing(self._connection, self._database, holder=holder, wait_s=self._wait_s):
            run = Run(self._connection, self._title, record)
            yield run
            run.close()

    def cases(self) -> Iterator[CaseRow]:
        """All current cases, by patient id and case id."""
        with self._reading():
            return iter(cases.read_cases(self._connection, title=self._title))

    def find_case(self, case_id: str) -> CaseRow | None:
        """A current case; None where there is none, or it was withdrawn."""
        with self._reading():
            return cases.read_case(self._connection, case_id, title=self._title)

    def history(self, case_id: str) -> list[HistoryEntry]:
        """What became of a case, run by run, oldest first; empty for an unknown one."""
        with self._reading():
            return cases.read_history(self._connection, case_id, title=self._title)

    def patient(self, patient_id: str) -> PatientFacts:
        """All facts of one patient, by digest; no facts for an unknown one."""
        with self._reading():
            found = facts.read_patients(self._connection, [patient_id], title=self._title)
            return next(found, PatientFacts(patient_id))

    def runs(self) -> list[RunRecord]:
        """All runs, in the order in which they were committed."""
        with self._reading():
            return runs.read_runs(self._connection, title=self._title)

    def last_run(self) -> RunRecord | None:
        """The run that was committed last, None where there is none."""
        with self._reading():
            return runs.read_last_run(self._connection, title=self._title)

    def inputs(self, run_id: str) -> list[InputRecord]:
        """The files that a run read, by name, table and digest."""
        with self._reading():
            return runs.read_inputs(self._connection, run_id, title=self._title)

    def has_input(self, digest: str) -> bool:
        """Whether a run has read a file of this digest."""
        with self._reading():
            return runs.has_input(self._connection, digest, title=self._title)

    def pipelines(self) -> list[PipelineRecord]:
        """All versions of pipeline folders, in the order in which they were first used."""
        with self._reading():
            return runs.read_pipelines(self._connection, title=self._title)

    def patients_before(self, day: str) -> list[str]:
        """Patients of whom every date lies before a day (ISO date), sorted."""
        with self._reading():
            return purging.patients_before(self._connection, day, title=self._title)

    def known_patients(self, ids: Iterable[str]) -> list[str]:
        """Those of some patients of whom the ledger holds anything, sorted."""
        with self._reading():
            return purging.known_patients(self._connection, ids, title=self._title)

    def purge(self, ids: Iterable[str], record: PurgeRecord) -> PurgeRecord:
        """Take patients out for good, in one transaction, and record it.

        In an SQLite file nothing of them is left; PostgreSQL's own clean-up follows later.

        Raises:
            LedgerError: A run is writing.
        """
        sqlite = self._connection.dialect.name == "sqlite"
        with naming_failures(self._title):
            if sqlite:
                self._connection.exec_driver_sql("PRAGMA secure_delete=ON")
                self._connection.commit()
        holder = f"a purge (started {record.purged})"
        with writing(self._connection, self._database, holder=holder, wait_s=self._wait_s):
            kept = purging.purge_patients(self._connection, ids, record, title=self._title)
        with naming_failures(self._title):
            if sqlite:
                self._connection.exec_driver_sql("VACUUM")
                self._connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.commit()
        return kept

    def purges(self) -> list[PurgeRecord]:
        """What was purged, the oldest first."""
        with self._reading():
            return purging.read_purges(self._connection, title=self._title)

    @property
    def _title(self) -> str:
        return self._database.title

    def _reading(self) -> AbstractContextManager[None]:
        return reading(self._connection, self._title)
