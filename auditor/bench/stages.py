"""The stages that are measured: each a function that does its work once and times itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from auditor.bench.corpus import Corpus
from auditor.bench.measures import Work
from auditor.config.pipeline import Pipeline
from auditor.config.site import FileShape
from auditor.execution.ahead import Ahead
from auditor.execution.chunks import ReadRows
from auditor.execution.local import Readers, read_rows
from auditor.ingest.canonical import Batch, read_batches
from auditor.ingest.delimited import read_layout
from auditor.job import read_facts
from auditor.language.reading import RowReader
from auditor.readers import open_readers
from auditor.request import Request

_BLOCK_BYTES = 8 << 20
_UNTIMED_ROWS = 200
_COUNTED = 10_000_000


def read_floor(corpus: Corpus, word: str) -> Work:
    """The least that anybody has to do: pyarrow reads both files, and looks for one word."""
    start = time.perf_counter()
    rows = 0
    for path in (corpus.reports, corpus.orders):
        for batch in _arrow_batches(path):
            rows += batch.num_rows
            if path == corpus.reports:
                text = batch["report_text"] if "report_text" in batch.schema.names else batch[-1]
                batch.filter(pc.match_substring(text, word, ignore_case=True))
    return Work(rows, time.perf_counter() - start)


def ingest(corpus: Corpus, pipeline: Pipeline) -> Work:
    """Both files to canonical rows, every one checked."""
    start = time.perf_counter()
    rows = sum(batch.rows_in for batch in read_corpus(corpus, pipeline))
    return Work(rows, time.perf_counter() - start)


def read_to_facts(corpus: Corpus, pipeline: Pipeline, workers: int) -> Work:
    """Both files to facts: ingest, screening and reading, without a ledger."""
    start = time.perf_counter()
    request = Request(pipeline, workers=workers)
    with Ahead(read_corpus(corpus, pipeline)) as ahead, open_readers(request) as readers:
        read = read_facts(request, ahead, readers)
        rows = sum(item.rows_in for item in read)
    return Work(rows, time.perf_counter() - start)


def read_candidates(rows: pa.RecordBatch, pipeline: Pipeline) -> Work:
    """Reports that need reading, in one process whose reader has read others before."""
    return _read_warm(RowReader(pipeline), rows)


def read_each_anew(rows: pa.RecordBatch, pipeline: Pipeline) -> Work:
    """The same where nothing is remembered: a sentence that reports share is read in each."""
    return _read_warm(RowReader(pipeline, remember=0), rows)


def read_in_workers(rows: pa.RecordBatch, pipeline: Pipeline, workers: int) -> Work:
    """Reports that need reading, in processes; counted from the first that came back."""
    batch = Batch("reports", "candidates", rows, (), rows.num_rows)
    with Readers(partial(RowReader, pipeline), workers=workers) as readers:
        return _from_first(read_rows([batch], readers))


def count_in_processes(processes: int) -> Work:
    """Count, in so many processes at once: how much more the cores of a machine do together."""
    context = get_context("spawn")
    together = context.Barrier(processes + 1)
    counting = [context.Process(target=_count, args=(together,)) for _ in range(processes)]
    for process in counting:
        process.start()
    together.wait()
    start = time.perf_counter()
    for process in counting:
        process.join()
    return Work(processes * _COUNTED, time.perf_counter() - start)


def read_unscreened(rows: pa.RecordBatch, pipeline: Pipeline) -> Work:
    """Any reports, read without screening, in one process whose reader is built and warm."""
    return _read_warm(RowReader(pipeline, screening=False), rows)


def read_corpus(corpus: Corpus, pipeline: Pipeline) -> Iterator[Batch]:
    """The rows of both files."""
    yield from read_batches([corpus.reports], "reports", pipeline.site)
    yield from read_batches([corpus.orders], "orders", pipeline.site)


def first_reports(corpus: Corpus, pipeline: Pipeline, most: int) -> pa.RecordBatch:
    """The first reports of a corpus, at most so many."""
    batches = read_batches([corpus.reports], "reports", pipeline.site, batch_rows=most)
    return next(islice(batches, 1)).rows


def _count(together: Barrier) -> None:
    together.wait()
    texts: dict[int, str] = {}
    for number in range(_COUNTED):
        texts[number % 10_000] = str(number)


def _read_warm(reader: RowReader, rows: pa.RecordBatch) -> Work:
    """Read reports, the first of them before the time counts: they are not read again."""
    for _ in reader.get_ready():
        pass
    untimed = min(_UNTIMED_ROWS, rows.num_rows // 2)
    reader.read("reports", rows.slice(0, untimed))
    start = time.perf_counter()
    reader.read("reports", rows.slice(untimed))
    return Work(rows.num_rows - untimed, time.perf_counter() - start)


def _from_first(results: Iterable[ReadRows]) -> Work:
    """What came after the first result, and how long that took: the start is left out.

    Where nothing came after it, all of it.
    """
    begin = start = time.perf_counter()
    first = rows = 0
    for number, item in enumerate(results):
        if number:
            rows += item.rows_in
        else:
            first, start = item.rows_in, time.perf_counter()
    end = time.perf_counter()
    return Work(rows, end - start) if rows else Work(first, end - begin)


def _arrow_batches(path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        with parquet.ParquetFile(path) as file:
            yield from file.iter_batches()
        return
    layout = read_layout(path, FileShape())
    with csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(
            delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=_skip
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(layout.header, pa.string()), check_utf8=False
        ),
    ) as reader:
        yield from reader


def _skip(_: csv.InvalidRow) -> str:
    return "skip"
