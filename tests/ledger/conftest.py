"""Where the ledger's tests keep their ledgers: SQLite files and a private PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from postgres_server import private_server
from sqlalchemy import create_engine, text

from auditor.ledger.store import Ledger, open_ledger


@pytest.fixture(scope="session")
def new_postgresql_url() -> Iterator[Callable[[], str]]:
    """Gives the URL of a new, empty schema each time it is called."""
    numbers = count(1)
    with private_server() as url:
        engine = create_engine(url)

        def make() -> str:
            name = f"ledger_{next(numbers)}"
            with engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA {name}"))
            return f"{url}?options=-csearch_path%3D{name}"

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


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The URL of a new ledger, on both databases."""
    return new_url()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A new, open ledger, on both databases."""
    with open_ledger(url) as opened:
        yield opened
