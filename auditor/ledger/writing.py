"""One writer at a time: the transaction that a run or a migration writes in.

Both locks are the database's own and end with the connection, so a killed run leaves none behind:
SQLite's write lock, and a PostgreSQL advisory lock of the ledger's schema.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from auditor.errors import LedgerError
from auditor.ledger.database import Database, naming_failures

_POLL_S = 0.1

# Any fixed number will do; the schema's hash beside it tells two ledgers in one database apart.
_ADVISORY_KEY = 7_402_913
_TRY = text("SELECT pg_try_advisory_xact_lock(:key, hashtext(current_schema()))")
_NAME_SESSION = text("SELECT set_config('application_name', :holder, true)")
_FIND_HOLDER = text(
    "SELECT activity.application_name FROM pg_locks AS locks"
    " JOIN pg_stat_activity AS activity USING (pid)"
    " JOIN pg_database AS home ON home.oid = locks.database"
    " WHERE home.datname = current_database()"
    " AND locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2"
    " AND locks.classid::bigint = :key"
    " AND locks.objid::bigint = hashtext(current_schema())::bigint & 4294967295"
)


@contextmanager
def writing(
    connection: Connection, database: Database, *, holder: str, wait_s: float
) -> Iterator[None]:
    """Hold the ledger's write lock and one transaction while the block runs.

    The transaction is committed when the block ends and rolled back when it raises.

    Args:
        connection: The ledger's connection, with no transaction open.
        database: Where the ledger lives.
        holder: Who writes, e.g. `run 7 (started 2025-01-02T02:00:00)`: told to a second writer.
        wait_s: How long to wait for another writer, in seconds.

    Raises:
        LedgerError: Another writer holds the lock, or the database failed.
    """
    with naming_failures(database.title):
        transaction = connection.begin()
    try:
        with naming_failures(database.title):
            if connection.dialect.name == "sqlite":
                _lock_sqlite(connection, database)
            else:
                _lock_postgresql(connection, database, holder, wait_s)
        with _note(database.file, holder):
            yield
        with naming_failures(database.title):
            transaction.commit()
    except BaseException:
        # The first failure is the one to report; the connection may be gone.
        with suppress(SQLAlchemyError):
            transaction.rollback()
        raise


def _lock_sqlite(connection: Connection, database: Database) -> None:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0)
        if code & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        raise _busy(database, _read_note(database.file)) from None


def _lock_postgresql(
    connection: Connection, database: Database, holder: str, wait_s: float
) -> None:
    deadline = time.monotonic() + wait_s
    while not connection.execute(_TRY, {"key": _ADVISORY_KEY}).scalar_one():
        if time.monotonic() >= deadline:
            other = connection.execute(_FIND_HOLDER, {"key": _ADVISORY_KEY}).scalar()
            raise _busy(database, other or "")
        time.sleep(_POLL_S)
    connection.execute(_NAME_SESSION, {"holder": holder})


def _busy(database: Database, other: str) -> LedgerError:
    return LedgerError(
        f"{database.title} is being written by {other or 'another run'}: "
        "wait until that has ended, then run again."
    )


def _note_path(file: Path) -> Path:
    return file.with_name(f"{file.name}-writer")


@contextmanager
def _note(file: Path | None, holder: str) -> Iterator[None]:
    """Keep a note beside an SQLite file of who writes; it locks nothing.

    One that a killed run left behind is replaced by the next.
    """
    if file is None:
        yield
        return
    path = _note_path(file)
    with suppress(OSError):
        path.write_text(f"{holder}, process {os.getpid()} on {socket.gethostname()}", "utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def _read_note(file: Path | None) -> str:
    try:
        return _note_path(file).read_text("utf-8") if file else ""
    except (OSError, UnicodeDecodeError):
        return ""
