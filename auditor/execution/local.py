"""Reading rows on this machine: in this process, or in worker processes with a reader each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from queue import LifoQueue

from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError
from auditor.execution.chunks import Chunk, ReadRows, cut_chunks
from auditor.execution.workers import (
    FAILED,
    TIMED_OUT,
    Here,
    MakeReader,
    Reads,
    UnreadError,
    Worker,
)
from auditor.ingest.canonical import Batch
from auditor.language.reading import RowReader

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


def read_rows(
    batches: Iterable[Batch],
    pipeline: Pipeline,
    *,
    workers: int,
    limit_s: float = TIME_LIMIT_S,
    start_method: str = "spawn",
    make_reader: MakeReader | None = None,
) -> Iterator[ReadRows]:
    """Read rows into facts, in the order given whatever the number of workers.

    Args:
        batches: Rows by file and table, with those that ingest set aside.
        pipeline: The pipeline.
        workers: As for `read_chunks`, like the rest.
        limit_s: See there.
        start_method: See there.
        make_reader: Makes a reader, in each process; None for the pipeline's own.

    Yields:
        What became of the rows. Every batch gives one or more, a batch without rows too.

    Raises:
        AuditError: Too many rows failed (see `Failures`), or no process can be started.
    """
    make = make_reader or partial(RowReader, pipeline)
    failures = Failures()
    for read in read_chunks(
        cut_chunks(batches), make, workers=workers, limit_s=limit_s, start_method=start_method
    ):
        for item in read:
            failures.count(item)
            yield item
    failures.check_share()


def read_chunks(
    chunks: Iterable[Chunk],
    make_reader: MakeReader,
    *,
    workers: int,
    limit_s: float,
    start_method: str = "spawn",
) -> Iterator[list[ReadRows]]:
    """Read chunks, in their order: of each, what became of its rows.

    Where reading fails for a chunk, its rows are read again one by one, and those that fail
    alone are set aside: `reading_failed` (an exception, or the process died) or
    `reading_timed_out`.

    Args:
        chunks: The rows.
        make_reader: Makes a reader, in each process.
        workers: Number of reading processes; 0 reads in this one, where a text that kills or
            holds up the process cannot be set aside.
        limit_s: Seconds that a worker may take for one chunk, or for one row alone.
        start_method: How processes are started, `spawn` or `fork`.
    """
    if not workers:
        here = Here(make_reader)
        return (_read_chunk(here, chunk) for chunk in chunks)
    context, starting = get_context(start_method), threading.Lock()
    return _read_in_workers(
        chunks,
        [Worker(make_reader, context, limit_s=limit_s, starting=starting) for _ in range(workers)],
    )


@dataclass
class Failures:
    """Counts rows that could not be read, and stops a run in which it is not the rows.

    Attributes:
        unread: Rows that failed.
        rows: All rows.
    """

    unread: int = 0
    rows: int = 0

    def count(self, item: ReadRows) -> None:
        """Count what became of some rows.

        Raises:
            AuditError: More than `MOST_UNREAD` rows failed.
        """
        self.unread += sum(row.reason in (FAILED, TIMED_OUT) for row in item.set_aside)
        self.rows += item.rows_in
        if self.unread > MOST_UNREAD:
            raise AuditError(_TOO_MANY.format(f"more than {MOST_UNREAD}"))

    def check_share(self) -> None:
        """Look at the whole, however few its rows are.

        Raises:
            AuditError: More than half of all rows failed.
        """
        if self.unread * 2 > self.rows:
            raise AuditError(_TOO_MANY.format(f"{self.unread} of {self.rows}"))


def _read_in_workers(chunks: Iterable[Chunk], workers: list[Worker]) -> Iterator[list[ReadRows]]:
    """Keep a few chunks under way, and hand the results on in the chunks' order."""
    # A thread takes whichever worker is free, so that the first chunk starts one process only.
    free: LifoQueue[Worker] = LifoQueue()
    for worker in workers:
        free.put(worker)

    def read(chunk: Chunk) -> list[ReadRows]:
        worker = free.get()
        try:
            return _read_chunk(worker, chunk)
        finally:
            free.put(worker)

    threads = ThreadPoolExecutor(len(workers), thread_name_prefix="reading")
    waiting: deque[Future[list[ReadRows]]] = deque()
    try:
        for chunk in chunks:
            waiting.append(threads.submit(read, chunk))
            while len(waiting) > len(workers) * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for worker in workers:
            worker.stop()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close()


def _read_chunk(reader: Reads, chunk: Chunk) -> list[ReadRows]:
    """Read a chunk; where that fails, its rows one by one."""
    rows_in = chunk.rows.num_rows + len(chunk.set_aside)
    try:
        reading = reader.read(chunk.table, chunk.rows)
    except UnreadError:
        aside = ReadRows(chunk.table, chunk.file, len(chunk.set_aside), set_aside=chunk.set_aside)
        return [aside, *(_read_row(reader, row) for row in chunk.one_by_one())]
    return [ReadRows(chunk.table, chunk.file, rows_in, reading, chunk.set_aside)]


def _read_row(reader: Reads, row: Chunk) -> ReadRows:
    try:
        return ReadRows(row.table, row.file, 1, reader.read(row.table, row.rows))
    except UnreadError as error:
        aside = (row.set_row_aside(error.reason),)
        return ReadRows(row.table, row.file, 1, set_aside=aside)
