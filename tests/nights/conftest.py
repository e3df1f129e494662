"""Fixtures of the nights' tests."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from builders import report
from ledgers import new_postgresql_url, new_sqlite_url, new_url, postgresql_server
from night_builders import Site

__all__ = ["new_postgresql_url", "new_sqlite_url", "new_url", "postgresql_server"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with an empty inbox and an SQLite ledger."""
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What a test does to the logger ends with it; messages reach `caplog`."""
    logger = logging.getLogger("auditor")
    before = (logger.handlers, logger.propagate, logger.level)
    logger.handlers, logger.propagate = [], True
    yield
    logger.handlers, logger.propagate = before[:2]
    logger.setLevel(before[2])


@pytest.fixture(scope="session")
def made_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of a night."""
    site = Site(tmp_path_factory.mktemp("made"))
    site.put_night(0, [report("P", 0)])
    site.night(0)
    return site.latest / "compliance.xlsx"


@pytest.fixture
def quick_workbook(made_workbook: Path) -> Iterator[None]:
    """Every workbook is a copy of one: writing it is most of a short night."""

    def copy(*arguments: Any) -> Path:
        return Path(shutil.copyfile(made_workbook, arguments[-1]))

    with patch("auditor.workbook.outputs.write_workbook", copy):
        yield
