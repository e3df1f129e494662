"""Whatever goes wrong, the ledger is as before, and the message says what to do."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ledger_builders import case, input_record, order, record, report, result
from ledgers import contents
from sqlalchemy import Engine, create_engine, event, text

from auditor.errors import LedgerError
from auditor.language.facts import ReportFacts
from auditor.ledger.database import find_database
from auditor.ledger.store import open_ledger

FORK = multiprocessing.get_context("fork")
SECRET = "hunter2"


def night(url: str, run_id: str, ids: range) -> None:
    """A night with all that a run can do: new rows; new, changed and withdrawn cases, results."""
    with open_ledger(url) as ledger, ledger.run(record(run_id, pipeline_digest=run_id)) as run:
        run.add_input(input_record(run_id))
        run.add_reports(report(f"r{number}", f"P{number}") for number in ids)
        run.add_orders(order(f"o{number}", f"P{number}") for number in ids)
        judged = run.touched_patients(also=run.unsettled_patients("2025-01-31"))
        cases = [
            case(f"C{name}", "pending" if f"P{ids[0]}" <= name else "closed", name)
            for name in judged
        ]
        run.save_cases(cases[1:], judged)
        run.save_results([result(name, body=run_id) for name in judged[1:]], judged)
        run.finish(record(run_id, pipeline_digest=run_id, counts={"cases": len(cases)}))


def in_child(work: Callable[[], None]) -> int:
    """Run in a process of its own; 0, 3 for a `LedgerError`, or minus the signal that ended it."""

    def run() -> None:
        try:
            work()
        except LedgerError:
            os._exit(3)

    child = FORK.Process(target=run)
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode


@contextmanager
def listening(when: str, do: Callable[[], None]) -> Iterator[None]:
    def heard(*_: Any) -> None:
        do()

    event.listen(Engine, when, heard)
    try:
        yield
    finally:
        event.remove(Engine, when, heard)


def count_statements(url: str, work: Callable[[], None]) -> int:
    heard: list[int] = []
    with listening("before_cursor_execute", lambda: heard.append(1)):
        work()
    return len(heard)


def killed_at(point: int, when: str, work: Callable[[], None]) -> int:
    def killed() -> None:
        left = [point]

        def count_down() -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        with listening(when, count_down):
            work()

    return in_child(killed)


def test_a_killed_run_leaves_the_ledger_as_before(new_url: Callable[[], str]) -> None:
    twin, url = new_url(), new_url()
    for made in (twin, url):
        night(made, "run-1", range(100, 110))
    statements = count_statements(twin, lambda: night(twin, "run-2", range(105, 115)))
    before, after = contents(url), contents(twin)
    assert statements >= 15
    assert before != after

    def work() -> None:
        night(url, "run-2", range(105, 115))

    for point in range(1, statements + 1):
        for when in ("before_cursor_execute", "after_cursor_execute"):
            assert killed_at(point, when, work) == -signal.SIGKILL
            assert contents(url) == before
    assert killed_at(statements + 1, "before_cursor_execute", work) == 0
    assert contents(url) == after


def test_a_killed_first_opening_leaves_nothing_half_built(new_url: Callable[[], str]) -> None:
    statements = count_statements("", lambda: open_ledger(new_url()).close())
    url = new_url()

    def work() -> None:
        open_ledger(url).close()

    for point in range(2, statements, 4):
        killed_at(point, "before_cursor_execute", work)
    with open_ledger(url) as ledger:
        assert ledger.runs() == []


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt()])
def test_an_exception_in_mid_run_is_passed_on_and_undoes_the_run(
    url: str, error: BaseException
) -> None:
    night(url, "run-1", range(10))
    before = contents(url)
    with open_ledger(url) as ledger:
        with pytest.raises(type(error)) as caught, ledger.run(record("run-2")) as run:
            run.add_input(input_record("new"))
            run.add_reports([report("new")])
            run.save_cases([case("C99")], None)
            raise error
        assert caught.value is error
        assert contents(url) == before
        with ledger.run(record("run-2")) as run:
            assert run.add_reports([report("new")]) == 1


def test_an_exception_of_the_rows_source_is_passed_on(url: str) -> None:
    def rows() -> Iterator[ReportFacts]:
        yield report("a")
        raise LookupError("the source ended")

    with (
        open_ledger(url) as ledger,
        pytest.raises(LookupError, match="the source ended"),
        ledger.run(record()) as run,
    ):
        run.add_reports(rows())
    assert contents(url)["report_facts"] == []


def test_a_run_id_that_is_taken_is_refused(url: str) -> None:
    night(url, "run-1", range(3))
    before = contents(url)
    with pytest.raises(LedgerError, match="The ledger"):
        night(url, "run-1", range(5))
    assert contents(url) == before


def test_a_second_writer_is_told_who_writes(url: str) -> None:
    with open_ledger(url) as first, open_ledger(url, wait_s=0.3) as second:
        with first.run(record("run-7")):
            with (
                pytest.raises(LedgerError, match=r"written by run run-7 \(started 2025-03-01T02"),
                second.run(record("run-8")),
            ):
                pytest.fail("two writers at once")
            assert list(second.cases()) == []
        with second.run(record("run-8")):
            pass
        assert [run.run_id for run in first.runs()] == ["run-7", "run-8"]


def test_a_second_writer_waits_for_the_first(url: str) -> None:
    with open_ledger(url) as first:
        with first.run(record("run-2")):
            second = Thread(target=night, args=(url, "run-3", range(3, 6)))
            second.start()
            second.join(0.3)
            assert second.is_alive()
        second.join()
        assert [run.run_id for run in first.runs()] == ["run-2", "run-3"]


def test_a_run_leaves_no_note_of_its_writer(tmp_path: Path) -> None:
    night(str(tmp_path / "ledger.db"), "run-1", range(3))
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


@pytest.mark.postgres
def test_two_ledgers_in_one_postgresql_database_do_not_wait_for_each_other(
    new_postgresql_url: Callable[[], str],
) -> None:
    with open_ledger(new_postgresql_url(), wait_s=0) as one:
        with open_ledger(new_postgresql_url(), wait_s=0) as two:
            with one.run(record("run-1")), two.run(record("run-1")):
                pass


@pytest.mark.postgres
def test_a_database_that_goes_away_in_mid_run_and_comes_back(
    new_postgresql_url: Callable[[], str],
) -> None:
    url = new_postgresql_url()
    night(url, "run-1", range(3))
    before = contents(url)
    with open_ledger(url) as ledger:
        with pytest.raises(LedgerError, match="The ledger in PostgreSQL"):
            with ledger.run(record("run-2")) as run:
                run.add_reports([report("new")])
                end_other_sessions(url)
                run.add_reports([report("newer")])
        assert contents(url) == before
        with ledger.run(record("run-2")) as run:
            assert run.add_reports([report("new")]) == 1


def end_other_sessions(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name LIKE 'run %'"
            )
        )
    engine.dispose()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="auditor-ledger-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@contextmanager
def as_common_user() -> Iterator[None]:
    """Rights bind only those who are not root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("folder_rights", [0o777, 0o555])
def test_a_read_only_file_is_refused(open_folder: Path, folder_rights: int) -> None:
    file = open_folder / "ledger.db"
    night(str(file), "run-1", range(3))
    file.chmod(0o444)
    open_folder.chmod(folder_rights)
    with as_common_user(), pytest.raises(LedgerError, match=f"{file} (may not|cannot)"):
        night(str(file), "run-2", range(3))
    assert len(contents(str(file))["runs"]) == 1


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "ledger.db"
    with pytest.raises(LedgerError, match=f"{file} cannot be opened: its folder is missing"):
        open_ledger(str(file))


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be opened"):
        open_ledger(str(tmp_path))


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("patient_id,report_id\n" * 200)
    with pytest.raises(LedgerError, match="is no ledger: the file is not an SQLite database"):
        open_ledger(str(file))
    assert file.read_text() == "patient_id,report_id\n" * 200


def test_a_damaged_file_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    night(str(file), "run-1", range(200))
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(LedgerError, match="is damaged: restore it from a backup"):
        night(str(file), "run-2", range(200, 300))


def test_a_full_disk_leaves_the_ledger_as_before(tmp_path: Path) -> None:
    url = str(tmp_path / "ledger.db")
    night(url, "run-1", range(10))
    before = contents(url)

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        night(url, "run-2", range(10, 5000))

    assert in_child(work) == 3
    assert contents(url) == before
    night(url, "run-2", range(10, 20))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u:{}@host/db", "kind 'mysql'"),
        ("postgresql+psycopg2://u:{}@host/db", "kind 'postgresql\\+psycopg2'"),
        ("postgresql+psycopg://u:{}@host:port/db", "cannot be read"),
        ("postgresql+psycopg://u:a@{}@host/db", "more than one '@'"),
        ("://{}", "cannot be read"),
        ("postgresql://u:{}@127.0.0.1:1/db", "Connection refused"),
        ("postgresql://u@127.0.0.1:1/db?password={}", "Connection refused"),
        ("postgresql://u@127.0.0.1:1/db?nonsense={}", "nonsense"),
    ],
)
def test_a_bad_url_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(LedgerError, match=words) as caught:
        open_ledger(url.format(SECRET))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerError, match="install radiology-pathway-auditor\\[postgres\\]"):
        open_ledger("postgresql://u@host/db")


def test_a_failure_never_quotes_a_value(url: str) -> None:
    # A NUL is what PostgreSQL refuses; a run id that is taken is what both refuse.
    with open_ledger(url) as ledger, ledger.run(record(f"run-{SECRET}")):
        pass
    with open_ledger(url) as ledger:
        with pytest.raises(LedgerError) as caught, ledger.run(record(f"run-{SECRET}")):
            pass
    assert SECRET not in str(caught.value)


@pytest.mark.postgres
def test_a_machine_that_dies_gives_its_lock_back(new_postgresql_url: Callable[[], str]) -> None:
    """Over a network the server must ask whether the writer still lives."""
    database = find_database(new_postgresql_url(), wait_s=1)
    with database.engine.connect() as connection:
        assert connection.execute(text("SHOW tcp_keepalives_idle")).scalar() == "60"
