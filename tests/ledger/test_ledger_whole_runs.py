"""Whole runs, from files to files, on both databases: the same outputs and the same ledger."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import audit_folder, on_day, write_exports
from ledgers import contents
from nightly import TableRow, sampled_rows

NAMES = ("007", "7", "10", "a", "A", "a-", "aa", "É", "é", "z 1", "ß", "ｚ")


@pytest.mark.postgres
def test_both_databases_give_the_same(
    tmp_path: Path, new_sqlite_url: Callable[[], str], new_postgresql_url: Callable[[], str]
) -> None:
    chance = random.Random(3)
    rows = [row for name in NAMES for row in sampled_rows(name, chance)]
    chance.shuffle(rows)
    # The second night brings old rows too, the last nothing but another date.
    nights = [(rows[:60], 40), (rows[40:], 50), ([], 200)]
    one = run_nights(tmp_path / "sqlite", new_sqlite_url(), nights)
    other = run_nights(tmp_path / "postgresql", new_postgresql_url(), nights)
    assert one == other
    cases = (tmp_path / "sqlite" / "cases.csv").read_text("utf-8").splitlines()
    assert len(cases) > 5
    assert "\nC-" in (tmp_path / "sqlite" / "changes.csv").read_text("utf-8")


def run_nights(out: Path, url: str, nights: list[tuple[list[TableRow], int]]) -> list[object]:
    """Every file of every night, and all that the ledger holds in the end."""
    found: list[object] = []
    for number, (rows, day) in enumerate(nights):
        tables = [[row for name, row in rows if name == table] for table in ("reports", "orders")]
        exports = write_exports(out.parent / f"night{number}", *tables)
        audit_folder(exports, out, ledger=url, as_of=on_day(day), started=str(number))
        # Of run.json the timings differ.
        found += [path.read_bytes() for path in sorted(out.iterdir()) if path.name != "run.json"]
    return [*found, contents(url)]
