"""A run that is killed at any point, in any stage, on both databases.

The second of two nights is run in a process of its own, which kills itself (SIGKILL) at one of the
points of its trace: before or after a step of a stage, a statement to the database, the commit, or
a file put in place. The ledger is then as before or as after, the outputs are whole, and the same
night again ends like one that nobody killed.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from builders import Row, audit_folder, on_day, order, report, write_exports
from ledgers import contents, postgresql_server
from sqlalchemy import Engine, create_engine, event, text

from auditor.ledger.run import Run

__all__ = ["postgresql_server"]

FORK = multiprocessing.get_context("fork")
CT, MRI = "CT ABDOMEN PELVIS", "MRI ABDOMEN"

# The steps that a run is stopped at, stage by stage.
STEPS = (
    *("auditor.job.find_files", "auditor.job.check_files", "auditor.job.digest_file"),
    *("auditor.job.open_ledger", "auditor.job.read_rows", "auditor.job._add_reading"),
    *("auditor.job.patients_to_judge", "auditor.job.judge_patient"),
    *("auditor.job.build_events", "auditor.job.result_row", "auditor.job.read_result"),
    *("auditor.job.tell_changes", "auditor.job._check_identities"),
    *("auditor.job.write_outputs", "auditor.workbook.outputs.build_tables"),
    *("auditor.workbook.outputs.write_tables", "auditor.workbook.outputs.write_workbook"),
    *("auditor.workbook.outputs.write_run", "auditor.workbook.folder._put_in_place"),
)
METHODS = (
    "add_reports",
    "add_orders",
    "add_input",
    "save_results",
    "save_cases",
    "finish",
    "close",
)
STATEMENTS = ("before_cursor_execute", "after_cursor_execute", "commit")
PUT_IN_PLACE = "auditor.workbook.folder._put_in_place"


@contextmanager
def traced(note: Callable[[str], None]) -> Iterator[None]:
    """Within it, `note` is called at each point of a run, with the point's name."""

    def stopping(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            note(f"before {name}")
            result = function(*arguments, **named)
            note(f"after {name}")
            return result

        return call

    with ExitStack() as stack:
        for name in STEPS:
            owner, _, attribute = name.rpartition(".")
            function = getattr(__import__(owner, fromlist=["_"]), attribute)
            stack.enter_context(patch(name, stopping(name, function)))
        for name in METHODS:
            stack.enter_context(patch.object(Run, name, stopping(name, getattr(Run, name))))
        for name in STATEMENTS:

            def heard(*_: Any, name: str = name) -> None:
                note(name)

            event.listen(Engine, name, heard)
            stack.callback(event.remove, Engine, name, heard)
        yield


class Sqlite:
    """Ledgers as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def new(self) -> str:
        return str(self._folder / f"ledger{next(self._numbers)}.db")

    def copy(self, url: str) -> str:
        return shutil.copy(url, self.new())


class Postgresql:
    """Ledgers as databases of a private server."""

    def __init__(self, server: str) -> None:
        self._server = server.rpartition("/")[0]
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT")
        self._numbers = count(1)

    def new(self, template: str = "template0") -> str:
        name = f"killed{next(self._numbers)}"
        with self._engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return f"{self._server}/{name}"

    def copy(self, url: str) -> str:
        return self.new(template=url.rpartition("/")[2])


@dataclass(frozen=True)
class Place:
    """A ledger and an output folder, and the exports of two nights."""

    ledger: str
    out: Path
    exports: tuple[Path, Path]

    def run(self, number: int) -> None:
        audit_folder(
            self.exports[number],
            self.out,
            ledger=self.ledger,
            as_of=on_day(59 + 2 * number),
            started=f"2026-01-0{number + 1}T02:00:00",
        )

    def outputs(self) -> dict[str, bytes]:
        """Every file of the folder, run.json without what the clock says."""
        found = {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}
        record = json.loads(found["run.json"])
        del record["timings"]
        return found | {"run.json": json.dumps(record).encode()}


def whole(outputs: dict[str, bytes]) -> bool:
    """Whether run.json vouches for every file beside it, and for no other."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in outputs.items()}
    del digests["run.json"]
    return json.loads(outputs["run.json"])["outputs"] == digests


def first_night() -> tuple[list[Row], list[Row]]:
    """A case of each kind that the second night finds again or changes, and some of no interest."""
    names = ("waits", "gone", "ct_comes", "closed", "cancelled")
    reports = [report(name, 30 if name == "waits" else 0) for name in names]
    reports += [report(f"N{n}", text="FINDINGS: No mass.") for n in range(3)]
    return reports, [order("closed", 5, CT), order("cancelled", 5, CT)]


def second_night() -> tuple[list[Row], list[Row]]:
    """New, changed and withdrawn cases, rows seen before, and a row that is set aside."""
    gone = "FINDINGS: Left flank mass. No calcification."
    reports = [
        report("new"),
        report("waits", 30),
        report("gone", text=gone, report_status="corrected", report_datetime=on_day(9)),
        report("", 3),
    ]
    orders = [order("ct_comes", 40, CT), order("new", 3, MRI)]
    return reports, [*orders, order("cancelled", 5, CT, status="cancelled")]


def killed_at(place: Place, number: int) -> int:
    """Run the second night in a process that kills itself at a point of its trace; its exit."""

    def work() -> None:
        left = [number]

        def count_down(_: str) -> None:
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        with traced(count_down):
            place.run(1)

    child = FORK.Process(target=work)
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode


def chosen(trace: list[str]) -> list[int]:
    """The first of each kind of point, all of what a crash could tear apart, and some others."""
    first = [trace.index(name) for name in dict.fromkeys(trace)]
    commit = last_commit(trace)
    places = [number for number, name in enumerate(trace) if PUT_IN_PLACE in name]
    return sorted({*first, *range(0, len(trace), 25), commit - 1, commit, *places[1::4]})


def last_commit(trace: list[str]) -> int:
    """The point right before the run's own commit."""
    return max(number for number, name in enumerate(trace) if name == "commit")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Sqlite | Postgresql:
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgresql(request.getfixturevalue("postgresql_server"))


@pytest.mark.slow
def test_a_run_killed_at_any_point(databases: Sqlite | Postgresql, tmp_path: Path) -> None:
    exports = (
        write_exports(tmp_path / "night1", *first_night()),
        write_exports(tmp_path / "night2", *second_night()),
    )
    base = Place(databases.new(), tmp_path / "base", exports)
    base.run(0)
    before, old = contents(base.ledger), base.outputs()
    twin = _copy(base, databases, tmp_path / "twin")
    trace: list[str] = []
    with traced(trace.append):
        twin.run(1)
    after, new = contents(twin.ledger), twin.outputs()
    assert before != after and old != new and whole(old) and whole(new)
    assert b"withdrawn" in new["changes.csv"] and b"closed" in new["changes.csv"]

    points = chosen(trace)
    assert len(points) >= 60
    committed = last_commit(trace)
    for point in points:
        where = f"point {point}: {trace[point]}"
        place = _copy(base, databases, tmp_path / "killed")
        assert killed_at(place, point) == -signal.SIGKILL, where
        _check_outputs(place, old, new, switching=PUT_IN_PLACE in trace[point])
        assert contents(place.ledger) == (after if point > committed else before), where
        place.run(1)
        if point <= committed:
            # As if nothing had happened, changes of the night and all.
            assert place.outputs() == new, where
            assert contents(place.ledger) == after, where
        assert _lasting(place.outputs()) == _lasting(new), where
        assert not [path for path in place.out.iterdir() if path.is_dir()], where
        shutil.rmtree(place.out)


def _copy(place: Place, databases: Sqlite | Postgresql, out: Path) -> Place:
    shutil.copytree(place.out, out)
    return Place(databases.copy(place.ledger), out, place.exports)


def _check_outputs(
    place: Place, old: dict[str, bytes], new: dict[str, bytes], *, switching: bool
) -> None:
    """All old or all new; while file after file is put in place, each is one or the other.

    No file system replaces nine files in one step. run.json comes last, so that what it vouches
    for shows whether a folder was left half-way.
    """
    found = place.outputs()
    if not switching:
        assert found in (old, new)
        return
    assert found.keys() == old.keys()
    assert all(data in (old[name], new[name]) for name, data in found.items())
    assert whole(found) == (found in (old, new))


def _lasting(outputs: dict[str, bytes]) -> dict[str, bytes]:
    names = ("cases.csv", "near_misses.csv", "events.csv", "findings.csv", "grounds.csv")
    return {name: outputs[name] for name in names}
