"""Fixtures of the nights' tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import new_postgresql_url, new_sqlite_url, new_url, postgresql_server
from night_builders import Site

__all__ = ["new_postgresql_url", "new_sqlite_url", "new_url", "postgresql_server"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with an empty inbox and an SQLite ledger."""
    return Site(tmp_path)
