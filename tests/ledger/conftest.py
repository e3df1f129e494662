"""Fixtures of the ledger's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from ledgers import new_postgresql_url, new_sqlite_url, new_url, postgresql_server

from auditor.ledger.store import Ledger, open_ledger

__all__ = ["new_postgresql_url", "new_sqlite_url", "new_url", "postgresql_server"]


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The URL of a new ledger, on both databases."""
    return new_url()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A new, open ledger, on both databases."""
    with open_ledger(url) as opened:
        yield opened
