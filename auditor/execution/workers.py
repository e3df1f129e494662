"""Reading processes, each with a reader of its own. One that dies or hangs is replaced.

A `Worker` is used by one thread: it hands over rows and waits for the answer, so that nothing
stands in a queue when a process is lost, and it is known which rows it was reading.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

import pyarrow as pa

from auditor.errors import AuditError
from auditor.language.reading import Known, Reading

_LOG = logging.getLogger(__name__)

FAILED = "reading_failed"
TIMED_OUT = "reading_timed_out"

# A reader is built within seconds; on a machine that swaps it may take longer.
_START_LIMIT_S = 300.0
_END_LIMIT_S = 2.0
# How often a process looks whether its parent still lives.
_LOOK_S = 2.0


class Reads(Protocol):
    """What reads rows: a `RowReader`, or whatever stands for one."""

    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        """Read a batch of canonical rows; `known` is what `find` has found in some of it."""
        ...

    def find(self, table: str, rows: pa.RecordBatch) -> Reading:
        """Find what rows hold that may make a case, and no more."""
        ...

    def look(self, table: str, rows: pa.RecordBatch) -> Reading:
        """Look rows of which nothing is kept through for identifiers."""
        ...

    def get_ready(self) -> Iterator[None]:
        """Build what will be needed, part by part, while there is nothing to read.

        Whatever is not built by then is built when it is needed.
        """
        ...


# Makes a reader; called once in each process, so it must be picklable.
MakeReader = Callable[[], Reads]


class UnreadError(Exception):
    """Rows could not be read; `reason` is `reading_failed` or `reading_timed_out`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Here:
    """Reads in this process, and tells a failure as a `Worker` does."""

    def __init__(self, make_reader: MakeReader) -> None:
        self._reader = make_reader()

    def read(
        self, table: str, rows: pa.RecordBatch, task: str = "read", known: Known | None = None
    ) -> Reading:
        """Do a task, a method of the reader, with rows; `known` goes to `read`.

        Raises:
            UnreadError: The reader raised.
            AuditError: The installation is broken.
        """
        return _take(_try(self._reader, task, table, rows, known), table)


class Worker:
    """One reading process, started when the first rows come.

    Args:
        make_reader: Makes the reader, in the process.
        context: How processes are started (see `starting`).
        limit_s: How long one reading may take, in seconds; then the process is ended.
        starting: Held while a process starts: two that are forked at once would hold each
            other's pipes open.
    """

    def __init__(
        self,
        make_reader: MakeReader,
        context: BaseContext,
        *,
        limit_s: float,
        starting: threading.Lock,
    ) -> None:
        self._make_reader = make_reader
        self._context = context
        # One that is forked from a process of its own kind has that for its parent.
        self._parent = 0 if context.get_start_method() == "forkserver" else os.getpid()
        self._limit_s = limit_s
        self._starting = starting
        self._stopped = False
        self._process: BaseProcess | None = None
        self._line: connection.Connection[Any, Any] | None = None

    def start(self) -> None:
        """Start the process now, so that it is there when rows come.

        Raises:
            AuditError: It cannot be started.
        """
        if self._process is None and not self._stopped:
            self._start()

    def read(
        self, table: str, rows: pa.RecordBatch, task: str = "read", known: Known | None = None
    ) -> Reading:
        """Do a task, a method of the reader, with rows in the process; `known` goes to `read`.

        Raises:
            UnreadError: The reader raised, the process died, or it took longer than it may. In
                the last two cases the next reading starts another process.
            AuditError: No process can be started.
        """
        if self._stopped:
            raise UnreadError(FAILED)
        if self._process is None:
            self._start()
        try:
            answer = self._ask(
                (task, table, rows.schema, rows.serialize().to_pybytes(), known), self._limit_s
            )
        except UnreadError:
            self._end()
            raise
        return _take(answer, table)

    def stop(self) -> None:
        """End the process at once, from any thread: whoever waits for an answer gets none."""
        self._stopped = True
        process = self._process
        if process is not None:
            with suppress(ValueError):  # closed meanwhile by the thread that had it
                process.kill()

    def close(self) -> None:
        """Clear away what `stop` has left, when no thread waits any more."""
        self._end()

    def _start(self) -> None:
        with self._starting:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(  # type: ignore[attr-defined]
                target=_serve, args=(theirs, self._parent), daemon=True
            )
            process.start()
            theirs.close()
        self._process, self._line = process, ours
        try:
            # Not among the arguments: a process that is spawned takes them up slowly, and no other
            # could start meanwhile.
            self._ask(self._make_reader, _START_LIMIT_S)
        except UnreadError as error:
            code = process.exitcode
            self._end()
            raise AuditError(
                f"A reading process ended while it started (exit code {code}): see that memory is "
                "free, and in a script call the audit under `if __name__ == '__main__':`."
            ) from error

    def _ask(self, question: Any, limit_s: float) -> Any:
        if self._line is None or self._stopped:
            raise UnreadError(FAILED)
        try:
            self._line.send(question)
        except OSError as error:
            raise UnreadError(FAILED) from error
        return self._answer(limit_s)

    def _answer(self, limit_s: float) -> Any:
        """Wait for an answer, for the end of the process, or for the limit."""
        process, line = self._process, self._line
        if process is None or line is None:
            raise UnreadError(FAILED)
        ready = connection.wait([line, process.sentinel], limit_s)
        if not ready:
            _LOG.warning("a reading process took more than %g s and is replaced", limit_s)
            raise UnreadError(TIMED_OUT)
        try:
            # An answer may stand in the pipe of a process that has died since.
            if line in ready or line.poll():
                return line.recv()
        except (EOFError, OSError):
            pass
        process.join(_END_LIMIT_S)
        if not self._stopped:
            _LOG.warning("a reading process ended (exit code %s) and is replaced", process.exitcode)
        raise UnreadError(FAILED)

    def _end(self) -> None:
        process, line, self._process, self._line = self._process, self._line, None, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.join()
            process.close()


def _serve(line: connection.Connection[Any, Any], parent: int) -> None:
    """Make a reader, then read what comes until the parent is gone."""
    # Ctrl-C reaches every process of a terminal; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    reader: Reads = line.recv()()
    line.send(True)
    parts = reader.get_ready()
    while True:
        # What cannot be built fails again where it is needed, and is told there.
        with suppress(Exception):
            while not line.poll():
                next(parts)
        try:
            task, table, schema, content, known = line.recv()
        except EOFError:
            return
        rows = pa.ipc.read_record_batch(pa.py_buffer(content), schema)
        line.send(_try(reader, task, table, rows, known))


def _end_with(parent: int) -> None:
    """End this process when its parent has been killed, whatever it is doing.

    The pipe does not tell: forked processes hold each other's ends open. The process that others
    are forked from ends with ours.
    """
    parent = parent or os.getppid()
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a reader raised: its name and place, never its message, which may quote a text."""

    name: str
    place: str
    of_installation: bool


def _try(
    reader: Reads, task: str, table: str, rows: pa.RecordBatch, known: Known | None
) -> Reading | _Failure:
    try:
        if task == "find":
            return reader.find(table, rows)
        if task == "look":
            return reader.look(table, rows)
        return reader.read(table, rows, known)
    except Exception as error:  # noqa: BLE001 - a text may break anything; the night goes on
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        return _Failure(type(error).__name__, place, isinstance(error, ImportError))


def _take(answer: Reading | _Failure, table: str) -> Reading:
    if not isinstance(answer, _Failure):
        return answer
    if answer.of_installation:
        raise AuditError(
            f"What reading needs cannot be loaded ({answer.name} at {answer.place}): "
            "install the auditor again."
        )
    _LOG.warning("rows of %s could not be read: %s at %s", table, answer.name, answer.place)
    raise UnreadError(FAILED)
