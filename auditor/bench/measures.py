"""Measuring: something in a process of its own, its seconds, and the peak of its memory."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from typing import Any

from auditor.bench.memory import PeakMemory
from auditor.errors import AuditError


@dataclass(frozen=True, slots=True)
class Work:
    """What was done: so many rows in so many seconds."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the benchmark.

    Attributes:
        name: What was measured; stays from version to version.
        rows: How many rows went through it.
        seconds: How long that took.
        peak_mb: Peak memory of all processes together, in MB; 0 where it cannot be measured.
        parts: Seconds of parts of it, by name.
    """

    name: str
    rows: int
    seconds: float
    peak_mb: float
    parts: dict[str, float]

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds if self.seconds else 0.0


def measure(name: str, work: Callable[..., Work], *arguments: Any) -> Measure:
    """Do some work in a new process, so that its memory is its own; it times itself.

    Args:
        name: Name of the measure.
        work: A function that can be imported by name.
        arguments: Its arguments.

    Raises:
        AuditError: The process failed.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    with PeakMemory(process.pid or 0) as memory:
        try:
            done = ours.recv()
        except EOFError as error:
            raise AuditError(f"The measure '{name}' failed: see what it wrote above.") from error
        finally:
            process.join()
    return Measure(name, done.rows, round(done.seconds, 3), round(memory.peak_mb), {})


def measure_command(name: str, command: Sequence[str], rows: int) -> Measure:
    """Run a command, from its start to its end.

    Raises:
        AuditError: It ended with an error.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        with PeakMemory(process.pid) as memory:
            code = process.wait()
    if code:
        raise AuditError(f"The measure '{name}' failed with exit code {code}.")
    return Measure(name, rows, round(time.perf_counter() - start, 3), round(memory.peak_mb), {})


def _work(
    line: connection.Connection[Any, Any], work: Callable[..., Work], arguments: tuple[Any, ...]
) -> None:
    line.send(work(*arguments))
