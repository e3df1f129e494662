"""Reading rows on this machine: in this process, or in worker processes with a pipeline each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.language.reading import Reading, RowReader

# Rows that go to a worker at once: small enough to balance, large enough to be worth the trip.
CHUNK_ROWS = 400

_reader: RowReader | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one file, on their way to be read."""

    file: str
    table: str
    batch: pa.RecordBatch


def read_rows(
    rows: Iterable[Rows], pipeline: Pipeline, *, workers: int
) -> Iterator[tuple[Rows, Reading]]:
    """Read rows into facts, in the order given whatever the number of workers.

    Args:
        rows: Rows by file and table; cut into chunks here.
        pipeline: The pipeline; workers read its folder again for themselves.
        workers: Number of processes; 1 reads in this one.

    Yields:
        Each chunk with what it was read into.
    """
    chunks = (
        Rows(item.file, item.table, item.batch.slice(start, CHUNK_ROWS))
        for item in rows
        for start in range(0, item.batch.num_rows, CHUNK_ROWS)
    )
    if workers <= 1:
        reader = RowReader(pipeline)
        for chunk in chunks:
            yield chunk, reader.read(chunk.table, chunk.batch)
        return
    yield from _read_in_workers(chunks, pipeline, workers)


def _read_in_workers(
    chunks: Iterable[Rows], pipeline: Pipeline, workers: int
) -> Iterator[tuple[Rows, Reading]]:
    """Keep a few chunks under way, and hand the results on in the chunks' order."""
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_start,
        initargs=(pipeline.folder, pipeline.site),
    ) as pool:
        waiting: deque[tuple[Rows, Future[Reading]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, pool.submit(_read, chunk.table, chunk.batch)))
            while len(waiting) > workers * 3:
                yield _done(waiting.popleft())
        while waiting:
            yield _done(waiting.popleft())


def _done(item: tuple[Rows, Future[Reading]]) -> tuple[Rows, Reading]:
    chunk, future = item
    return chunk, future.result()


def _start(folder: Path, site: Site) -> None:
    """Build the worker's reader; its only state lives as long as the process."""
    global _reader
    _reader = RowReader(read_pipeline(folder, site))


def _read(table: str, rows: pa.RecordBatch) -> Reading:
    if _reader is None:
        raise RuntimeError("the worker was not started")
    return _reader.read(table, rows)
