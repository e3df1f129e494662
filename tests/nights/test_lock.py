"""One night at a time, and a lock that nobody has to clear away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import report
from night_builders import Site, everything

from auditor.errors import BusyError, OutputError
from auditor.nightly.lock import held, is_held

HOLD = """
import os, sys, time
from pathlib import Path
from auditor.nightly.lock import held
with held(Path(sys.argv[1]), "process 1 on there, started then"):
    if len(sys.argv) > 2 and os.fork() == 0:
        time.sleep(60)
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path, *more: str) -> subprocess.Popen[str]:
    """A process that holds the lock; with `forked`, one with a child that outlives it."""
    command = [sys.executable, "-c", HOLD, str(path), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_second_night_is_told_who_holds_the_lock(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.outputs.root.mkdir()
    process = hold(site.outputs.lock)
    before = everything(site.folder)
    try:
        with pytest.raises(BusyError, match=r"process 1 on there, started then") as caught:
            site.night(0)
        assert is_held(site.outputs.lock) == "process 1 on there, started then"
        assert caught.value.exit_code == 5
        assert everything(site.folder) == before
    finally:
        process.kill()
        process.wait()
    assert is_held(site.outputs.lock) == ""
    assert site.night(0).outcome == "done"


def test_a_killed_night_holds_up_nobody_even_where_a_child_lives_on(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = hold(path, "forked")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    try:
        with held(path, "next"):
            assert path.read_text() == "next"
    finally:
        os.killpg(process.pid, signal.SIGKILL)


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the lock cannot be made"):
        with held(tmp_path / "nowhere" / "lock", "me"):
            pass


def test_nobody_holds_a_lock_that_is_not_there(tmp_path: Path) -> None:
    assert is_held(tmp_path / "lock") == ""
