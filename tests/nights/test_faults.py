"""What can go wrong at two in the morning.

Afterwards no row is lost or doubled, the outputs are whole, and the next night is right.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from builders import order, report
from ledgers import contents
from night_builders import CT, Site, cases, everything
from sqlalchemy import create_engine, text

from auditor.errors import AuditError, BusyError, OutputError
from auditor.nightly.history import DONE

# Each is short; together they are too long for the fast loop.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_workbook")]

FORK = multiprocessing.get_context("fork")


def put(site: Site, day: int) -> None:
    """A night's exports: a new film, and the scan that the film of the day before waits for."""
    scans = [order(f"P{day - 1}", day, CT)] if day else []
    site.put_night(day, [report(f"P{day}", day)], scans)


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that a ledger knows of patients, but for the runs that taught it."""
    found = contents(url)
    return {
        "reports": [row[:3] for row in found["report_facts"]],
        "orders": [row[:3] for row in found["order_facts"]],
        "cases": [row[:6] for row in found["cases"]],
    }


class Fault:
    """A site after a good night, with the exports of the next one there; and how it should end."""

    def __init__(self, site: Site, twin: Site) -> None:
        self.site, self.twin = site, twin
        for one in (site, twin):
            put(one, 0)
            assert one.night(0).outcome == DONE
        self.before, self.kept = rows(site.ledger), site.lasting()
        for one in (site, twin):
            put(one, 1)

    def fails(self, code: int, *words: str, **more: Any) -> None:
        """The night fails with a code and says why; nothing of it is kept."""
        try:
            night = self.site.night(1, **more)
            found, said = night.exit_code, night.said
        except AuditError as error:
            found, said = error.exit_code, str(error)
        assert found == code, said
        assert all(word in said for word in words), said
        assert self.site.lasting() == self.kept and self.site.is_whole()

    def nothing_was_kept(self) -> None:
        assert rows(self.site.ledger) == self.before

    def mends(self) -> None:
        """Started again, and on the night after, all is as if nothing had happened."""
        self.twin.night(1)
        assert self.site.night(1, hour=5).outcome == DONE
        self._same()
        for one in (self.site, self.twin):
            put(one, 2)
            assert one.night(2).outcome == DONE
        self._same()
        assert cases(self.site.latest) == {"P0": "compliant", "P1": "compliant", "P2": "pending"}

    def _same(self) -> None:
        assert rows(self.site.ledger) == rows(self.twin.ledger)
        assert self.site.lasting() == self.twin.lasting() and self.site.is_whole()
        assert not self.site.outputs.tonight.exists()
        assert [path.name for path in self.site.outputs.nights] == [
            path.name for path in self.twin.outputs.nights
        ]


@pytest.fixture
def fault(tmp_path: Path) -> Fault:
    return Fault(Site(tmp_path / "site"), Site(tmp_path / "twin"))


# --- disk -----------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by root, and not in every container")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill a file system but for some bytes."""
    free = shutil.disk_usage(folder).free
    junk = folder / "junk"
    junk.write_bytes(b"x" * max(free - leave, 0))
    return junk


@pytest.mark.parametrize("leave", [0, 8_192, 65_536])
def test_a_disk_that_is_full_where_the_outputs_stand(
    small_disk: Path, tmp_path: Path, leave: int
) -> None:
    outputs = {"outputs": str(small_disk / "out")}
    site = Site(tmp_path / "site", settings=outputs)
    (site.folder / "out").symlink_to(small_disk / "out", target_is_directory=True)
    fault = Fault(site, Site(tmp_path / "twin"))
    junk = fill(small_disk, leave)
    fault.fails(5, "cannot be" if leave else "")
    fault.nothing_was_kept()
    junk.unlink()
    fault.mends()


@pytest.mark.parametrize("leave", [0, 16_384])
def test_a_disk_that_is_full_where_the_ledger_stands(
    small_disk: Path, tmp_path: Path, leave: int
) -> None:
    site = Site(tmp_path / "site", str(small_disk / "ledger.db"))
    fault = Fault(site, Site(tmp_path / "twin"))
    site.put("reports", "many", [report(f"M{n}", 1, "FINDINGS: None.") for n in range(300)])
    fault.twin.put("reports", "many", [report(f"M{n}", 1, "FINDINGS: None.") for n in range(300)])
    junk = fill(small_disk, leave)
    fault.fails(5, "The ledger")
    assert "OLD" in (site.latest / "OLD.txt").read_text()
    junk.unlink()
    fault.nothing_was_kept()
    fault.mends()


def test_a_disk_that_is_read_only_where_the_outputs_stand(small_disk: Path, tmp_path: Path) -> None:
    site = Site(tmp_path / "site", settings={"outputs": str(small_disk / "out")})
    (site.folder / "out").symlink_to(small_disk / "out", target_is_directory=True)
    fault = Fault(site, Site(tmp_path / "twin"))
    remount = ["mount", "-o", "remount,{}", str(small_disk)]
    subprocess.run([part.format("ro") for part in remount], check=True)
    before = everything(small_disk)
    fault.fails(5, "the lock cannot be made (Read-only file system)")
    assert everything(small_disk) == before
    fault.nothing_was_kept()
    subprocess.run([part.format("rw") for part in remount], check=True)
    fault.mends()


def test_a_full_disk_after_the_commit_is_made_good_by_the_next_start(fault: Fault) -> None:
    """The ledger has the run, `latest/` does not: no row is read twice, and the outputs come."""

    def full(*_: object) -> None:
        raise OutputError("latest: cannot be written (No space left on device).")

    with patch("auditor.nightly.outputs._copy_to_latest", full):
        assert fault.site.night(1).exit_code == 5
    again = fault.site.night(1, hour=5)
    assert (again.outcome, again.exit_code) == ("nothing new", 0)
    fault.twin.night(1)
    fault._same()


# --- ledger ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9])
def test_a_damaged_ledger_is_named_and_a_backup_mends_it(
    fault: Fault, tmp_path: Path, part: float
) -> None:
    ledger = Path(fault.site.ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'backup.db'}'")
    backup = (tmp_path / "backup.db").read_bytes()
    start = int(len(backup) * part)
    ledger.write_bytes(backup[:start] + b"\xff" * (len(backup) - start))
    fault.fails(5, "The ledger", ".db")
    assert "The ledger" in (fault.site.latest / "OLD.txt").read_text()
    ledger.write_bytes(backup)
    fault.nothing_was_kept()
    fault.mends()


@pytest.mark.postgres
@pytest.mark.parametrize("step", ["_add_reading", "judge_patient", "_check_identities"])
def test_a_database_that_goes_away_in_mid_night_and_comes_back(
    new_postgresql_url: Callable[[], str], tmp_path: Path, step: str
) -> None:
    url = new_postgresql_url()
    fault = Fault(Site(tmp_path / "site", url), Site(tmp_path / "twin", new_postgresql_url()))
    module = __import__("auditor.job", fromlist=[step])
    real = getattr(module, step)

    def cut_off(*arguments: Any, **named: Any) -> Any:
        end_sessions(url)
        return real(*arguments, **named)

    with patch(f"auditor.job.{step}", cut_off):
        fault.fails(5, "The ledger in PostgreSQL database")
    fault.nothing_was_kept()
    fault.mends()


def end_sessions(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name LIKE 'run %'"
            )
        )
    engine.dispose()


def test_a_database_that_is_not_there_at_all(fault: Fault) -> None:
    away = "postgresql+psycopg://auditor:hunter2@127.0.0.1:1/audit"
    with patch.object(fault.site, "ledger", away):
        fault.fails(5, "The ledger in PostgreSQL database 'audit' on 127.0.0.1")
    assert b"hunter2" not in b"".join(everything(fault.site.outputs.root).values())
    fault.mends()


# --- exports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["truncated", "grown", "replaced", "removed"])
@pytest.mark.parametrize("step", ["check_files", "judge_patient"])
def test_an_export_that_changes_while_it_is_read(fault: Fault, change: str, step: str) -> None:
    path = fault.site.inbox / "reports-001.csv"
    whole = path.read_bytes()
    real = getattr(__import__("auditor.job", fromlist=[step]), step)

    def changed(*arguments: Any, **named: Any) -> Any:
        if change == "removed":
            path.unlink(missing_ok=True)
        elif path.read_bytes() == whole:
            half = whole.rindex(b"\n", 0, -2) + 1
            new = {"truncated": whole[:half], "grown": whole * 2, "replaced": whole[:-3] + b"x\n"}
            aside = path.with_name(".aside")
            aside.write_bytes(new[change])
            aside.replace(path) if change == "replaced" else path.write_bytes(new[change])
        return real(*arguments, **named)

    with patch(f"auditor.job.{step}", changed):
        fault.fails(3, "reports-001.csv")
    fault.nothing_was_kept()
    path.write_bytes(whole)
    fault.mends()


# --- two at once ----------------------------------------------------------------------------------


def at_once(*works: Callable[[], Any]) -> list[int]:
    """Do things in processes of their own at the same moment; exit codes."""
    barrier = FORK.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            os._exit(work().exit_code)
        except BusyError as error:
            os._exit(error.exit_code)

    children = [FORK.Process(target=run, args=(work,)) for work in works]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode if child.exitcode is not None else -1 for child in children]


def test_two_nights_at_once_are_one(fault: Fault) -> None:
    site = fault.site
    codes = at_once(lambda: site.night(1), lambda: site.night(1), lambda: site.night(1, hour=3))
    # The first has it; whoever comes meanwhile is told so, whoever comes after finds nothing new.
    assert codes.count(0) >= 1 and set(codes) <= {0, 5}
    assert [night.outcome for night in site.history].count(DONE) == 2
    fault.twin.night(1)
    fault._same()


@pytest.mark.postgres
def test_two_sites_at_once_on_one_ledger_wait_for_each_other(
    new_postgresql_url: Callable[[], str], tmp_path: Path
) -> None:
    url, alone = new_postgresql_url(), new_postgresql_url()
    north, south = (
        Site(tmp_path / name, url, {"ledger_wait_seconds": 60}) for name in ("north", "south")
    )
    north.put_night(0, [report("P0", 0)])
    south.put_night(1, [report("P1", 1)], [order("P0", 1, CT)])
    assert at_once(lambda: north.night(0), lambda: south.night(1)) == [0, 0]
    one = Site(tmp_path / "one", alone)
    for site in (north, south):
        for path in site.inbox.iterdir():
            shutil.copy(path, one.inbox)
    assert one.night(1).outcome == DONE
    assert rows(url) == rows(alone)


def test_the_sites_folders_may_be_moved(fault: Fault, tmp_path: Path) -> None:
    """Nothing in ledger or outputs says where they stand."""
    moved = tmp_path / "moved"
    shutil.move(fault.site.folder, moved)
    fault.site = replace(fault.site, folder=moved, ledger=str(moved / "ledger.db"))
    fault.mends()
