"""A database by URL, only ever read: opened, queried row by row, its failures said in a sentence.

User and password stand in the URL, or in environment variables that it names as `${NAME}`; they are
never shown. What a database says of a failure may quote a value, so little of it is passed on.
"""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from auditor.errors import SourceError

_FORMS = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
# Statements that forbid a connection to write, by dialect.
_READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only=ON",
}
_FETCHED = 2_000


def is_url(text: str) -> bool:
    """Whether a source is named by URL and not as a file."""
    return re.match(r"[A-Za-z][\w+.-]*://", text) is not None


def fill_url(text: str, environment: Mapping[str, str]) -> str:
    """A URL with the environment variables that it names as `${NAME}` put in.

    Raises:
        SourceError: One of them is not set.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in environment:
            raise SourceError(
                f"The database's URL names the environment variable {found[1]}, which is not set."
            )
        return environment[found[1]]

    return _VARIABLE.sub(value, text)


def title_of(url: str) -> str:
    """What messages call a database: kind, host and name, neither user nor password.

    Raises:
        SourceError: The URL cannot be read.
    """
    where = _parse(url)
    host = where.host or ""
    return f"{where.get_backend_name()}://{host}/{where.database or ''}"


@contextmanager
def open_database(url: str, title: str) -> Iterator[Connection]:
    """A connection that reads one state of a database and cannot change it.

    Raises:
        SourceError: The database cannot be reached or opened, or its driver is not installed.
    """
    where = _parse(url)
    engine = _engine(where, title)
    try:
        with naming_failures(title), engine.connect() as connection:
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


@contextmanager
def naming_failures(title: str) -> Iterator[None]:
    """Turn a database's failure inside the block into a `SourceError` of one sentence.

    The original error is left behind: it may quote values.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise SourceError(f"{title}: {_cause(error)}") from None
    except UnicodeDecodeError:
        # Not a value's, which are decoded below: what the database says of itself is no text.
        raise SourceError(f"{title}: is damaged; make a new copy.") from None


def stream_rows(connection: Connection, statement: Any) -> CursorResult[Any]:
    """The result of a statement, its rows fetched as they are asked for."""
    return connection.execution_options(stream_results=True, yield_per=_FETCHED).execute(statement)


def cell_text(value: Any) -> str:
    """A cell as text: no value is empty, dates are ISO 8601, whole numbers have no `.0`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _parse(url: str) -> URL:
    # A second '@' would make part of the password a host name, and show it in messages.
    if url.count("@") > 1:
        raise SourceError(
            "The database's URL has more than one '@': write special characters of the user name "
            "and password percent-encoded ('@' as %40)."
        )
    try:
        where = make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(f"The database's URL cannot be read: write it as {_FORMS}.") from None
    return where.set(drivername="postgresql+psycopg") if where.drivername == "postgresql" else where


def _engine(where: URL, title: str) -> Engine:
    backend = where.get_backend_name()
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if backend == "sqlite":
        return _sqlite(where, title)
    if backend == "postgresql":
        # One state of the database for both tables, however long they take.
        options["isolation_level"] = "REPEATABLE READ"
        options["execution_options"] = {"postgresql_readonly": True}
        options["connect_args"] = {"connect_timeout": 15}
    try:
        engine = create_engine(where, **options)
    except (ImportError, SQLAlchemyError):
        raise SourceError(
            f"{title}: the driver for '{where.drivername}' is not installed; install it, e.g. with "
            "pip install 'radiology-pathway-auditor[postgres]' for PostgreSQL."
        ) from None
    _at_connect(engine, backend)
    return engine


def _sqlite(where: URL, title: str) -> Engine:
    file = Path(str(where.database or ""))
    if not file.is_file():
        raise SourceError(f"{title}: there is no such file.")

    def connect() -> sqlite3.Connection:
        # Opened so that it cannot be written, whatever the rights of the file.
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        # A text that is none sets its row aside, and does not end the run.
        connection.text_factory = lambda value: value.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    _at_connect(engine, "sqlite")
    return engine


def _at_connect(engine: Engine, backend: str) -> None:
    statement = _READ_ONLY.get(backend)
    if statement is None:
        return

    @event.listens_for(engine, "connect")
    def forbid_writing(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()


# What is safe to tell of what a database says: its words on the query, not on the data.
_TELLING = re.compile(
    r"no such (?:table|column|function): [\w.]+|near \"\w*\": syntax error|incomplete input"
    r"|(?:column|relation|schema|function) \"?[\w.]+\"? does not exist"
    r"|syntax error at or near \"\w*\"|permission denied for \w+ \w+|unrecognized token",
    re.IGNORECASE,
)
_CAUSES = (
    (
        "file is not a database",
        "is not an SQLite database, or is encrypted; check the path.",
    ),
    ("malformed", "is damaged; make a new copy."),
    ("is locked", "is being written; run again when that has ended."),
    (
        "authentication failed|access denied|login failed|no password supplied",
        "refuses the user or the password.",
    ),
    (
        "could not translate|name or service|unknown host|connection refused|timed? ?out"
        "|could not connect|can't connect|connection failed",
        "cannot be reached; check host and port.",
    ),
    ("database .* does not exist|unknown database", "there is no database of that name."),
    (
        "read.?only|not permitted to write|cannot execute",
        "was asked to write, which a source must not; give a query that only reads.",
    ),
)


def _cause(error: SQLAlchemyError) -> str:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"cannot be read ({type(error).__name__})."
    said = str(error.orig)
    for pattern, cause in _CAUSES:
        if re.search(pattern, said, re.IGNORECASE):
            return cause
    telling = _TELLING.search(said)
    if telling:
        return f"the query cannot be run: {telling[0]}."
    state = getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
    return f"cannot be read to its end ({state})."
