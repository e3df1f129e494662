"""Where tests keep their ledgers, SQLite files and a private PostgreSQL; and all that one holds.

The fixtures are for `from ledgers import ...` in a conftest or test module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from postgres_server import private_server
from sqlalchemy import create_engine, select, text

from auditor.ledger import schema
from auditor.ledger.database import find_database


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a private server's first database."""
    with private_server() as url:
        yield url


@pytest.fixture(scope="session")
def new_postgresql_url(postgresql_server: str) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new, empty schema each time it is called."""
    numbers = count(1)
    engine = create_engine(postgresql_server)

    def make() -> str:
        name = f"ledger_{next(numbers)}"
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        return f"{postgresql_server}?options=-csearch_path%3D{name}"

    yield make
    engine.dispose()


@pytest.fixture(scope="session")
def new_sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Gives the path of a new SQLite file each time it is called."""
    folder, numbers = tmp_path_factory.mktemp("ledgers"), count(1)
    return lambda: str(folder / f"ledger_{next(numbers)}.db")


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def new_url(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Gives the URL of a new ledger each time it is called; runs on both databases."""
    return request.getfixturevalue(f"new_{request.param}_url")


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of a ledger, sorted."""
    with find_database(url, wait_s=0).engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in schema.metadata.sorted_tables
        }
