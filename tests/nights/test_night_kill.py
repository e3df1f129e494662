"""A night that is killed at any point: nothing is lost or doubled, and the next night is right.

The second of two nights is taken in a process of its own that kills itself (SIGKILL) at one of the
points of its trace: a step of inbox, reading, judging or writing, a statement to the database, the
commit, a file or folder put in its place, a word for the morning. Then the night is started again,
as a scheduler would, and the one after it is taken.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

import pytest
from builders import on_day, order, report
from ledgers import contents
from night_builders import CT, MRI, Site, record
from test_kill import Postgresql, Sqlite, traced

from auditor.execution.local import Readers, read_rows
from auditor.nightly.history import DONE

pytestmark = pytest.mark.usefixtures("quick_workbook")

FORK = multiprocessing.get_context("fork")
FORKED = partial(Readers, start_method="fork")

# Steps of a night around the run, whose own steps `traced` stops at.
STEPS = (
    *("auditor.nightly.night.read_nights", "auditor.nightly.night.recover"),
    *("auditor.nightly.night.find_arrivals", "auditor.nightly.night.check_unchanged"),
    *("auditor.nightly.night.check_gates", "auditor.nightly.night.keep_beside"),
    *("auditor.nightly.night.publish", "auditor.nightly.outputs._copy_to_latest"),
    *("auditor.nightly.night.remove_old", "auditor.nightly.telling.add_night"),
    *("auditor.nightly.telling.write_whole", "auditor.nightly.history.write_whole"),
    *("auditor.nightly.telling.write_metrics", "auditor.nightly.telling.send_notices"),
    *("pathlib.Path.replace", "os.replace"),
)
SETTINGS = {"keep": 2, "notices": {"metrics": "auditor.prom"}}
# Of all points the first of each kind, and what a crash could tear apart.
TORN = ("commit", "_put_in_place", "os.replace", "Path.replace", "_copy_to_latest")


@contextmanager
def night_traced(note: Callable[[str], None]) -> Iterator[None]:
    """Within it, `note` is called at each point of a night."""

    def stopping(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            note(f"before {name}")
            result = function(*arguments, **named)
            note(f"after {name}")
            return result

        return call

    with ExitStack() as stack:
        for name in STEPS:
            stack.enter_context(patch(name, stopping(name, resolve_name(name))))
        stack.enter_context(traced(note))
        yield


def put_first(site: Site) -> None:
    site.put_night(
        0,
        [report(name, 0) for name in ("waits", "gone", "ct_comes", "cancelled")],
        [order("cancelled", 0, CT, performed_datetime=on_day(0, "12:00"))],
    )


def put_second(site: Site) -> None:
    """New, changed and withdrawn cases, rows seen before, and a row that is set aside."""
    gone = "FINDINGS: Left flank mass. No calcification."
    site.put_night(
        1,
        [
            report("new", 1),
            report("waits", 0),
            report("gone", text=gone, report_status="corrected", report_datetime=on_day(1)),
            report("", 1),
        ],
        [
            order("ct_comes", 1, CT),
            order("new", 1, MRI),
            order("cancelled", 0, CT, status="cancelled"),
        ],
    )


def put_third(site: Site) -> None:
    site.put_night(2, [report("third", 2)], [order("waits", 2, CT), order("new", 2, CT)])


def facts(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What a ledger knows of patients, but for the runs that taught it."""
    found = contents(url)
    return {
        "reports": [row[:3] for row in found["report_facts"]],
        "orders": [row[:3] for row in found["order_facts"]],
        "cases": [row[:6] for row in found["cases"]],
        "results": found["patient_results"],
        "inputs": [row[:3] for row in found["inputs"]],
    }


def killed(work: Callable[[], object]) -> int:
    """Do something in a process of its own; how it ended."""
    child = FORK.Process(target=work)
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode


def stop_at(number: int) -> Callable[[str], None]:
    left = [number]

    def count_down(_: str) -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return count_down


def chosen(trace: list[str], every: int) -> list[int]:
    """Points of each kind; all there are where EXPLORE is set."""
    if os.environ.get("EXPLORE"):
        return list(range(len(trace)))
    first = [trace.index(name) for name in dict.fromkeys(trace)]
    torn = [n for n, name in enumerate(trace) if any(part in name for part in TORN)]
    return sorted({*first[::every], *torn[:: 4 * every], trace.index("commit")})


def check_whole(site: Site, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """All old or all new; while one replaces the other, `run.json` says that it is not whole."""
    assert site.lasting() in (old, new) or not site.is_whole()
    for folder in site.outputs.nights:
        assert record(folder)["outputs"]


def check_ended_well(site: Site, twin: Site, day: int) -> None:
    """As if nothing had happened: rows, outputs, folders, and each night told once."""
    assert facts(site.ledger) == facts(twin.ledger)
    assert site.lasting() == twin.lasting() and site.is_whole()
    assert [path.name for path in site.outputs.nights] == [
        path.name for path in twin.outputs.nights
    ]
    assert not site.outputs.tonight.exists()
    assert [night.date for night in site.history if night.outcome == DONE] == [
        on_day(number) for number in range(day + 1)
    ]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Sqlite | Postgresql:
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgresql(request.getfixturevalue("postgresql_server"))


def copy(site: Site, databases: Sqlite | Postgresql, folder: Path) -> Site:
    shutil.copytree(site.folder, folder)
    return replace(site, folder=folder, ledger=databases.copy(site.ledger))


@pytest.mark.slow
def test_a_night_killed_at_any_point(databases: Sqlite | Postgresql, tmp_path: Path) -> None:
    base = Site(tmp_path / "base", databases.new(), SETTINGS)
    put_first(base)
    base.night(0)
    old = base.lasting()
    put_second(base)
    twin = copy(base, databases, tmp_path / "twin")
    trace: list[str] = []
    with night_traced(trace.append):
        assert twin.night(1).outcome == DONE
    new = twin.lasting()
    after = copy(twin, databases, tmp_path / "after")
    put_third(after)
    after.night(2)

    points = chosen(trace, every=2 if isinstance(databases, Sqlite) else 6)
    assert len(points) >= (50 if isinstance(databases, Sqlite) else 15)
    for number, point in enumerate(points):
        site = copy(base, databases, tmp_path / "killed")

        def work(site: Site = site, point: int = point) -> None:
            with night_traced(stop_at(point)):
                site.night(1)

        assert killed(work) == -signal.SIGKILL, trace[point]
        check_whole(site, old, new)
        again = site.night(1, hour=5)
        assert (again.exit_code, again.said) == (0, ""), trace[point]
        check_ended_well(site, twin, 1)
        if number % 6 == 0:
            put_third(site)
            assert site.night(2).outcome == DONE
            check_ended_well(site, after, 2)
        shutil.rmtree(site.folder)


# --- reading processes ----------------------------------------------------------------------------


def processes_of(group: int) -> list[str]:
    """State and program of the processes of a group that live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(path.parent.name)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_night_killed_while_its_processes_read(tmp_path: Path, chunks: int) -> None:
    """No reading process lives on, and the lock is free at once."""
    site = Site(tmp_path / "site")
    put_first(site)
    site.night(0)
    put_second(site)
    twin = copy(site, Sqlite(tmp_path), tmp_path / "twin")
    twin.night(1)
    before = facts(site.ledger)

    def reading(*arguments: Any, **named: Any) -> Iterator[Any]:
        for number, item in enumerate(read_rows(*arguments, **named)):
            if number == chunks:
                os.kill(os.getpid(), signal.SIGKILL)
            yield item
        os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        os.setpgid(0, 0)
        with patch("auditor.job.read_rows", reading), patch("auditor.readers.Readers", FORKED):
            site.night(1, settings={"workers": 2})

    child = FORK.Process(target=work)
    child.start()
    group = child.pid
    child.join()
    assert child.exitcode == -signal.SIGKILL and group is not None
    assert facts(site.ledger) == before
    assert site.night(1, hour=5).outcome == DONE
    check_ended_well(site, twin, 1)
    for _ in range(200):
        if not processes_of(group):
            break
        time.sleep(0.05)
    assert processes_of(group) == []


@pytest.mark.slow
def test_a_reading_process_that_is_killed_costs_nothing(site: Site, tmp_path: Path) -> None:
    """The night goes on with another process, and reads the same rows again."""
    from auditor.language.reading import RowReader

    put_first(site)
    twin = Site(tmp_path / "twin")
    put_first(twin)
    twin.night(0)
    once = tmp_path / "once"
    read = RowReader.read

    def dying(reader: RowReader, *arguments: Any) -> Any:
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return read(reader, *arguments)

    with patch("auditor.readers.Readers", FORKED), patch.object(RowReader, "read", dying):
        assert site.night(0, settings={"workers": 2}).outcome == DONE
    assert once.exists()
    check_ended_well(site, twin, 0)
