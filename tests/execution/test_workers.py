"""Reading processes: whatever a text does to one, every row is read or set aside, in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import CASE_TEXT, audit_folder, report, verdicts, write_exports
from execution.fragile_readers import (
    MARKS,
    BrokenInstallation,
    FragileReader,
    LineReader,
    cannot_be_made,
)
from execution.row_batches import batch_of

from auditor import readers
from auditor.errors import AuditError
from auditor.execution import local
from auditor.execution.chunks import MOST_BYTES, ReadRows
from auditor.execution.local import Readers, read_rows
from auditor.ingest.schema import SetAside
from auditor.workbook.results import Results

PLAIN = "x" * (MOST_BYTES // 4)


def read(texts: list[str], workers: int, make_reader=LineReader, **more) -> list[ReadRows]:
    with Readers(make_reader, workers=workers, **({"limit_s": 60.0} | more)) as readers:
        return list(read_rows([batch_of(texts)], readers))


def lines(results: list[ReadRows]) -> list[int]:
    return [int(line) for one in results for line in one.reading.counts]


def set_aside(results: list[ReadRows]) -> list[SetAside]:
    return [row for one in results for row in one.set_aside]


@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_the_order_is_that_of_the_rows(method) -> None:
    texts = [PLAIN] * 30
    results = read(texts, 2, start_method=method)
    assert len(results) > 4
    assert lines(results) == list(range(2, 32)) == lines(read(texts, 0))
    assert sum(one.rows_in for one in results) == 30


@pytest.mark.slow
@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_texts_that_break_a_process_are_set_aside_and_the_rest_is_read(method) -> None:
    bad = [f"this text {mark} it" for mark in MARKS]
    texts = [PLAIN, "plain", *bad[:3], *[PLAIN] * 9, *bad[3:], "plain"]
    results = read(texts, 2, limit_s=1.5, start_method=method)
    reasons = {
        line: "reading_timed_out" if "HANGS" in text else "reading_failed"
        for line, text in enumerate(texts, start=2)
        if text in bad
    }
    assert set_aside(results) == [
        SetAside("reports", "exports.csv", line, "", reason, "row")
        for line, reason in reasons.items()
    ]
    assert lines(results) == [line for line in range(2, len(texts) + 2) if line not in reasons]
    assert sum(one.rows_in for one in results) == len(texts)
    assert sum(one.kept for one in results) == len(texts) - len(MARKS)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_text_that_raises_is_set_aside_with_any_number_of_workers(workers, caplog) -> None:
    results = read(["plain", "it RAISES secretly", "plain"], workers)
    assert [(row.line, row.reason) for row in set_aside(results)] == [(3, "reading_failed")]
    assert lines(results) == [2, 4]
    assert "ValueError" in caplog.text
    assert "secretly" not in caplog.text


@pytest.mark.parametrize("workers", [0, 1])
def test_too_many_failures_stop_the_run(workers, monkeypatch) -> None:
    monkeypatch.setattr(local, "MOST_UNREAD", 3)
    plain = ["plain"] * 4
    assert len(set_aside(read(["RAISES"] * 3 + plain, workers))) == 3
    with pytest.raises(AuditError, match="more than 3 rows could not be read"):
        read(["RAISES"] * 4 + plain, workers)
    assert len(set_aside(read(["RAISES", "plain"], workers))) == 1
    with pytest.raises(AuditError, match="1 of 1 rows could not be read"):
        read(["RAISES"], workers)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_installation_is_no_matter_of_one_row(workers) -> None:
    with pytest.raises(AuditError, match="install the auditor again"):
        read(["plain"], workers, make_reader=BrokenInstallation)


def test_a_process_that_cannot_start_stops_the_run(capfd) -> None:
    with pytest.raises(AuditError, match="ended while it started"):
        read(["plain"], 1, make_reader=cannot_be_made)


def test_no_process_is_left_when_the_caller_stops_early() -> None:
    with Readers(LineReader, workers=2, limit_s=60) as readers:
        next(read_rows([batch_of([PLAIN] * 40)], readers))
        assert multiprocessing.active_children()
    assert multiprocessing.active_children() == []


WITHOUT_A_SOCKET = """
from execution.fragile_readers import LineReader
from execution.row_batches import batch_of
from auditor.execution.local import Readers, read_rows
from auditor.execution.starting import START_METHOD, context_for, warm_up

if __name__ == "__main__":
    warm_up()
    with Readers(LineReader, workers=1) as readers:
        read = list(read_rows([batch_of(["x"])], readers))
    print(START_METHOD, context_for(START_METHOD).get_start_method(), len(read))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there, processes are spawned anyway")
def test_processes_are_spawned_where_a_socket_would_have_too_long_a_name(tmp_path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    assert run_script(tmp_path, WITHOUT_A_SOCKET, TMPDIR=str(long)) == "forkserver spawn 1\n"


def run_script(folder: Path, text: str, **environment: str) -> str:
    """What a script of its own prints."""
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    tests = Path(__file__).parents[1]
    paths = {"PYTHONPATH": os.pathsep.join((str(tests), str(tests.parent)))}
    command = [sys.executable, str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | paths | environment
    )
    return done.stdout


ORPHANS = """
import multiprocessing, sys, time
from execution.fragile_readers import LineReader
from execution.row_batches import batch_of
from auditor.execution.local import Readers, read_rows

if __name__ == "__main__":
    batches = [batch_of(["x" * 300_000] * 20)]
    read = read_rows(batches, Readers(LineReader, workers=2, start_method=sys.argv[1]))
    for _ in range(3):
        next(read)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_workers_end_when_their_parent_is_killed(method, tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS, encoding="utf-8")
    tests = Path(__file__).parents[1]
    paths = {"PYTHONPATH": os.pathsep.join((str(tests), str(tests.parent)))}
    command = [sys.executable, str(script), method]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | paths) as parent:
        assert parent.stdout is not None
        children = [int(word) for word in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(children) == 2
    assert all(_ends(child) for child in children)


def _ends(process: int) -> bool:
    """Whether a process that is not ours ends within half a minute."""
    for _ in range(300):
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def _audit(folder: Path, monkeypatch, **more) -> Results:
    monkeypatch.setattr(readers, "CheckedReader", FragileReader)
    return audit_folder(folder / "in", folder / "out", **more)


@pytest.mark.slow
def test_a_whole_run_goes_on_and_its_rows_reconcile(tmp_path, monkeypatch) -> None:
    bad = [f"{CASE_TEXT} It KILLED it.", f"{CASE_TEXT} It RAISES it."]
    texts = [CASE_TEXT, *bad, CASE_TEXT]
    write_exports(tmp_path / "in", [report(f"P{n}", text=text) for n, text in enumerate(texts)])
    results = _audit(tmp_path, monkeypatch, workers=2)
    assert list(verdicts(tmp_path / "out")) == ["P0", "P3"]
    (exports,) = (one for one in results.run.inputs if one.table == "reports")
    assert (exports.rows_in, exports.kept, exports.set_aside) == (4, 2, 2)
    table = (tmp_path / "out" / "set_aside.csv").read_text(encoding="utf-8")
    assert [line.split(",")[2:] for line in table.splitlines()[1:]] == [
        [str(line), "", "reading_failed", "row"] for line in (3, 4)
    ]
