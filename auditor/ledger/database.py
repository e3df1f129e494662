"""From a ledger's URL to a database connection, and from its failures to one plain sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from auditor.errors import LedgerError

_FORMS = "a file path, sqlite:///FILE, or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_CONNECT_S = 10

# What the databases say, and what a person should read instead.
_CAUSES = (
    ("file is not a database", "is no ledger: the file is not an SQLite database."),
    (
        "unable to open",
        "cannot be opened: its folder is missing, or it may not be read or written.",
    ),
    ("readonly", "may not be written: mend the rights of the file and its folder."),
    ("is locked", "is being written by another run: wait until that has ended."),
    ("malformed", "is damaged: restore it from a backup."),
    ("is full", "cannot grow: the disk is full."),
)


@dataclass(frozen=True, slots=True)
class Database:
    """Where a ledger lives.

    Attributes:
        engine: Makes the ledger's one connection.
        title: What messages call the ledger; holds neither user nor password.
        file: The SQLite file; None for PostgreSQL and a throw-away ledger.
    """

    engine: Engine
    title: str
    file: Path | None


def find_database(url: str | None, *, wait_s: float) -> Database:
    """Find the database of a URL or path; nothing is opened yet.

    Args:
        url: See `store.open_ledger`.
        wait_s: How long a statement waits for another writer, in seconds.

    Raises:
        LedgerError: The URL is of no known form, or the database's driver is not installed.
    """
    where = _parse(url)
    if where.get_backend_name() == "postgresql":
        return _postgresql(where)
    if where.database in (None, "", ":memory:"):
        return Database(_throw_away(), "The throw-away ledger", None)
    file = Path(str(where.database))
    settings = {"timeout": wait_s, "isolation_level": None}
    engine = create_engine(where, poolclass=NullPool, hide_parameters=True, connect_args=settings)
    # WAL lets people read while a night is being written.
    _at_connect(engine, "PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=ON", _CACHE)
    return Database(engine, f"The ledger {file}", file)


@contextmanager
def naming_failures(title: str) -> Iterator[None]:
    """Turn a database failure inside the block into a `LedgerError` of one sentence.

    The original error is left behind: it may quote values, and a key may be a patient's.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerError(f"{title} {_cause(error)}") from None


@contextmanager
def reading(connection: Connection, title: str) -> Iterator[None]:
    """Read in the transaction that is open, else in a short one of its own."""
    if connection.in_transaction():
        yield
        return
    with naming_failures(title), connection.begin():
        yield


_CACHE = "PRAGMA cache_size=-65536"  # 64 MiB: digests arrive in no order


def _parse(url: str | None) -> URL:
    if url is None:
        return URL.create("sqlite")
    if "://" not in url:
        return URL.create("sqlite", database=url)
    # A second '@' would make part of the password a host name, and show it in messages.
    if url.count("@") > 1:
        raise LedgerError(
            "The ledger's URL has more than one '@': write special characters of the user name "
            "and password percent-encoded ('@' as %40)."
        )
    try:
        where = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerError(f"The ledger's URL cannot be read: give {_FORMS}.") from None
    if where.drivername == "postgresql":
        where = where.set(drivername="postgresql+psycopg")
    if where.drivername not in ("sqlite", "postgresql+psycopg"):
        raise LedgerError(
            f"A ledger cannot be kept in a database of kind '{where.drivername}': give {_FORMS}."
        )
    return where


def _postgresql(where: URL) -> Database:
    host = where.host or where.query.get("host") or "this machine"
    title = f"The ledger in PostgreSQL database '{where.database or 'of the user'}' on {host}"
    settings = {"connect_timeout": _CONNECT_S}
    try:
        engine = create_engine(
            where, poolclass=NullPool, hide_parameters=True, connect_args=settings
        )
    except ImportError:
        raise LedgerError(
            f"{title} needs the driver psycopg: install radiology-pathway-auditor[postgres]."
        ) from None
    # A machine that dies in mid-run must give its lock back in minutes, not hours.
    _at_connect(
        engine,
        "SET tcp_keepalives_idle=60",
        "SET tcp_keepalives_interval=10",
        "SET tcp_keepalives_count=6",
    )
    return Database(engine, title, None)


def _throw_away() -> Engine:
    """An SQLite database without a name: in memory, spilled to an unlinked file as it grows."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect("", isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    _at_connect(engine, "PRAGMA synchronous=OFF", "PRAGMA foreign_keys=ON", _CACHE)
    return engine


def _at_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()


def _cause(error: SQLAlchemyError) -> str:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"failed: {type(error).__name__}."
    # PostgreSQL's detail lines quote values; its primary message does not.
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    said = str(primary or error.orig).strip().splitlines()[0]
    for words, cause in _CAUSES:
        if words in said:
            return cause
    return f"failed; the database says: {said.rstrip('.')}."
