"""Reading rows on this machine: in this process, or in worker processes with a pipeline each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.language.reading import Reading, RowReader

# Rows that go to a worker at once: small enough to balance, large enough to be worth the trip.
CHUNK_ROWS = 400

_reader: RowReader | None = None


def read_rows(
    tables: Iterable[tuple[str, pa.RecordBatch]], pipeline: Pipeline, *, workers: int
) -> Iterator[Reading]:
    """Read batches of rows into facts, in the order given whatever the number of workers.

    Args:
        tables: Table name and rows.
        pipeline: The pipeline; workers read its folder again for themselves.
        workers: Number of processes; 1 reads in this one.
    """
    chunks = (
        (table, rows.slice(start, CHUNK_ROWS))
        for table, rows in tables
        for start in range(0, rows.num_rows, CHUNK_ROWS)
    )
    if workers <= 1:
        reader = RowReader(pipeline)
        for table, rows in chunks:
            yield reader.read(table, rows)
        return
    yield from _read_in_workers(chunks, pipeline, workers)


def _read_in_workers(
    chunks: Iterable[tuple[str, pa.RecordBatch]], pipeline: Pipeline, workers: int
) -> Iterator[Reading]:
    """Keep a few chunks under way, and hand the results on in the chunks' order."""
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_start,
        initargs=(pipeline.folder, pipeline.site),
    ) as pool:
        waiting: deque[Future[Reading]] = deque()
        for table, rows in chunks:
            waiting.append(pool.submit(_read, table, rows))
            while len(waiting) > workers * 3:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _start(folder: Path, site: Site) -> None:
    """Build the worker's reader; its only state lives as long as the process."""
    global _reader
    _reader = RowReader(read_pipeline(folder, site))


def _read(table: str, rows: pa.RecordBatch) -> Reading:
    if _reader is None:
        raise RuntimeError("the worker was not started")
    return _reader.read(table, rows)
