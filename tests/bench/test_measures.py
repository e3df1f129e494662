"""Measuring: memory of all processes together, seconds of the work alone, failures told."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from auditor.bench.measures import Measure, Work, measure, measure_command
from auditor.errors import AuditError

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a family's memory"
)

HOLD = "held = bytearray(150_000_000); import time; time.sleep(1.5)"


def hold_in_two_processes() -> Work:
    held = bytearray(150_000_000)
    subprocess.run([sys.executable, "-c", HOLD], check=True)
    return Work(len(held), 2.0)


def fail() -> Work:
    raise SystemExit(3)


def sleep_first() -> Work:
    time.sleep(0.5)
    return Work(10, 0.25)


def test_memory_is_that_of_all_processes_together() -> None:
    done = measure("hold", hold_in_two_processes)
    assert 300 < done.peak_mb < 600
    alone = measure_command("hold", [sys.executable, "-c", HOLD], 7)
    assert 150 < alone.peak_mb < 300
    assert (alone.rows, alone.seconds > 1.5) == (7, True)


def test_work_times_itself() -> None:
    done = measure("sleep", sleep_first)
    assert (done.rows, done.seconds, done.rate) == (10, 0.25, 40.0)


def test_failures_are_told(capfd) -> None:
    with pytest.raises(AuditError, match="'stop' failed"):
        measure("stop", fail)
    with pytest.raises(AuditError, match="'stop' failed with exit code 3"):
        measure_command("stop", [sys.executable, "-c", "raise SystemExit(3)"], 0)


def test_nothing_in_no_time_has_no_rate() -> None:
    assert Measure("nothing", 0, 0.0, 0.0, {}).rate == 0.0
