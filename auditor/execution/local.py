"""Reading rows on this machine: in this process, or in worker processes with a reader each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from queue import LifoQueue
from typing import TYPE_CHECKING

from auditor.errors import AuditError
from auditor.execution.chunks import Chunk, ReadRows, cut_chunks
from auditor.execution.starting import START_METHOD, context_for
from auditor.execution.workers import (
    FAILED,
    TIMED_OUT,
    Here,
    MakeReader,
    UnreadError,
    Worker,
)
from auditor.ingest.digests import row_digests

if TYPE_CHECKING:
    from auditor.ingest.canonical import Batch

# Seconds that a chunk may take: some fifty times what the slowest ordinary chunk needs.
TIME_LIMIT_S = 120.0
# Rows that may fail before the run stops: more is a defect, and each costs a new process.
MOST_UNREAD = 100
_TOO_MANY = (
    "{} rows could not be read, so the run was stopped: see the log, and that memory is free; "
    "if it is, please report this defect."
)
# Chunks under way for each worker: enough that it never waits, few enough to hold.
_AHEAD = 3


def read_rows(batches: Iterable[Batch], readers: Readers) -> Iterator[ReadRows]:
    """Read rows into facts, in the order given whatever the number of workers.

    Args:
        batches: Rows by file and table, with those that ingest set aside.
        readers: Read them.

    Yields:
        What became of the rows. Every batch gives one or more, a batch without rows too.

    Raises:
        AuditError: Too many rows failed (see `Failures`), or no process can be started.
    """
    failures = Failures()
    for read in readers.read(cut_chunks(batches)):
        yield from failures.counted(read)
    failures.check_share()


class Readers:
    """Read chunks, in this process or in worker processes; ended by leaving the `with` block.

    Args:
        make_reader: Makes a reader, in each process.
        workers: Number of reading processes; 0 reads in this one, where a text that kills or
            holds up the process cannot be set aside.
        limit_s: Seconds that a worker may take for one chunk, or for one row alone.
        start_method: How processes are started: `forkserver`, `spawn` or `fork`.
    """

    def __init__(
        self,
        make_reader: MakeReader,
        *,
        workers: int,
        limit_s: float = TIME_LIMIT_S,
        start_method: str = START_METHOD,
    ) -> None:
        self._here = None if workers else Here(make_reader)
        context = context_for(start_method) if workers else get_context()
        starting = threading.Lock()
        self._workers = [
            Worker(make_reader, context, limit_s=limit_s, starting=starting) for _ in range(workers)
        ]
        self._threads = ThreadPoolExecutor(max(workers, 1), thread_name_prefix="reading")
        # A thread takes whichever worker is free, so that the first chunk starts one process only.
        self._free: LifoQueue[Worker] = LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def start(self) -> None:
        """Start the processes now, so that they are there when the first chunks come."""
        for _ in self._workers:
            self._threads.submit(self._start_a_worker)

    def read(self, chunks: Iterable[Chunk]) -> Iterator[list[ReadRows]]:
        """Do with each chunk what is to be done, in their order: what became of its rows.

        Where reading fails for a chunk, its rows are read again one by one, and those that fail
        alone are set aside: `reading_failed` (an exception, or the process died) or
        `reading_timed_out`. A few chunks are under way at a time.
        """
        if self._here is not None:
            yield from (_read_chunk(self._here, chunk) for chunk in chunks)
            return
        waiting: deque[Future[list[ReadRows]]] = deque()
        for chunk in chunks:
            waiting.append(self._threads.submit(self._read_in_a_worker, chunk))
            while waiting[0].done() or len(waiting) > len(self._workers) * _AHEAD:
                yield waiting.popleft().result()
                if not waiting:
                    break
        while waiting:
            yield waiting.popleft().result()

    def _start_a_worker(self) -> None:
        worker = self._free.get()
        try:
            worker.start()
        finally:
            self._free.put(worker)

    def _read_in_a_worker(self, chunk: Chunk) -> list[ReadRows]:
        worker = self._free.get()
        try:
            return _read_chunk(worker, chunk)
        finally:
            self._free.put(worker)


@dataclass
class Failures:
    """Counts rows that could not be read, and stops a run in which it is not the rows.

    Attributes:
        unread: Rows that failed.
        rows: All rows.
    """

    unread: int = 0
    rows: int = 0

    def counted(self, items: Iterable[ReadRows]) -> Iterator[ReadRows]:
        """The same items, each counted.

        Raises:
            AuditError: More than `MOST_UNREAD` rows failed.
        """
        for item in items:
            self.unread += sum(row.reason in (FAILED, TIMED_OUT) for row in item.set_aside)
            self.rows += item.rows_in
            if self.unread > MOST_UNREAD:
                raise AuditError(_TOO_MANY.format(f"more than {MOST_UNREAD}"))
            yield item

    def check_share(self) -> None:
        """Look at the whole, however few its rows are.

        Raises:
            AuditError: More than half of all rows failed.
        """
        if self.unread * 2 > self.rows:
            raise AuditError(_TOO_MANY.format(f"{self.unread} of {self.rows}"))


def _read_chunk(reader: Here | Worker, chunk: Chunk) -> list[ReadRows]:
    """Read a chunk; where that fails, its rows one by one."""
    rows_in = chunk.rows.num_rows + len(chunk.set_aside)
    aside = ReadRows(chunk.table, chunk.file, len(chunk.set_aside), set_aside=chunk.set_aside)
    if not chunk.rows.num_rows:
        return [aside]
    try:
        reading = reader.read(chunk.table, chunk.rows, chunk.task, chunk.known)
    except UnreadError:
        return [aside, *(_read_row(reader, row) for row in chunk.one_by_one())]
    return [ReadRows(chunk.table, chunk.file, rows_in, reading, chunk.set_aside)]


def _read_row(reader: Here | Worker, row: Chunk) -> ReadRows:
    try:
        reading = reader.read(row.table, row.rows, row.task, row.known)
        return ReadRows(row.table, row.file, 1, reading)
    except UnreadError as error:
        aside = (row.set_row_aside(error.reason),)
        digests = tuple(row_digests(row.rows, row.table))
        return ReadRows(row.table, row.file, 1, set_aside=aside, unread=digests)
