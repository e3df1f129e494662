"""What Spark's executors do: sources to chunks, chunks to facts, by the stages' own functions.

Each function takes and gives record batches, as `mapInArrow` wants it. An error of ours travels
as data to the driver, which raises it: Spark would try the task again and log the traceback.
"""

from __future__ import annotations

import itertools
import os
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.site import Site
from auditor.errors import AuditError
from auditor.execution.chunks import Chunk, cut_chunks
from auditor.execution.local import Failures, Readers
from auditor.execution.packing import pack_chunk, pack_error, pack_read, unpack_chunk
from auditor.execution.workers import MakeReader
from auditor.ingest.canonical import read_batches
from auditor.ingest.opening import digest_file

# Columns of the batches: `source` and `number` put the parcels in the order of the sources' rows.
FILES = "source bigint, contents string, name string"
PARCELS = "source bigint, number bigint, body binary"
DIGESTS = "source bigint, digest string"
_PARCELS = pa.schema([("source", pa.int64()), ("number", pa.int64()), ("body", pa.binary())])

# Chunks of one partition of a table: far more than it can have.
_MOST_CHUNKS = 1 << 32


def ingest_files(
    batches: Iterator[pa.RecordBatch], *, site: Site, today: str | None
) -> Iterator[pa.RecordBatch]:
    """Files (columns `FILES`) -> their chunks (columns `PARCELS`)."""
    for file in _rows(batches):
        source, table, path = file["source"], file["contents"], Path(file["name"])
        chunks = cut_chunks(read_batches([path], table, site, now_date=today))
        yield from _packed(chunks, source, itertools.count())


def ingest_table(
    batches: Iterator[pa.RecordBatch],
    *,
    source: int,
    contents: str,
    name: str,
    site: Site,
    today: str | None,
) -> Iterator[pa.RecordBatch]:
    """A partition of a table -> its chunks (columns `PARCELS`).

    It is read as a Parquet file is. A table's rows have no place: their line is 0.
    """
    from pyspark import TaskContext

    context = TaskContext.get()
    first = (context.partitionId() if context else 0) * _MOST_CHUNKS
    with TemporaryDirectory(prefix="auditor-") as folder:
        path = Path(folder) / "partition.parquet"
        if not _write(batches, path):
            return
        chunks = cut_chunks(read_batches([path], contents, site, now_date=today))
        yield from _packed(
            (_renamed(chunk, name) for chunk in chunks), source, itertools.count(first)
        )


def read_parcels(
    batches: Iterator[pa.RecordBatch], *, make_reader: MakeReader, workers: int, limit_s: float
) -> Iterator[pa.RecordBatch]:
    """Chunks -> what they were read into (columns `PARCELS`, both)."""
    places: deque[tuple[int, int]] = deque()

    def chunks() -> Iterator[Chunk]:
        for row in _rows(batches):
            places.append((row["source"], row["number"]))
            chunk = unpack_chunk(row["body"])
            if isinstance(chunk, AuditError):
                raise chunk
            yield chunk

    failures = Failures()
    try:
        # A task's process is one of many of its kind: nothing stays behind it.
        with Readers(
            make_reader, workers=workers, limit_s=limit_s, start_method="spawn"
        ) as readers:
            for read in readers.read(chunks()):
                yield _parcel(*places.popleft(), pack_read(list(failures.counted(read))))
    except Exception as error:  # noqa: BLE001 - named without its values
        yield _parcel(*(places[-1] if places else (0, 0)), pack_read(_named(error)))


def digest_files(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Files (columns `FILES`) -> digests of their content (columns `DIGESTS`)."""
    for file in _rows(batches):
        digest = digest_file(Path(file["name"]))
        yield pa.RecordBatch.from_pydict({"source": [file["source"]], "digest": [digest]})


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[dict]:
    return (row for batch in batches for row in batch.to_pylist())


def _packed(
    chunks: Iterable[Chunk], source: int, numbers: Iterator[int]
) -> Iterator[pa.RecordBatch]:
    try:
        for chunk in chunks:
            yield _parcel(source, next(numbers), pack_chunk(chunk))
    except Exception as error:  # noqa: BLE001 - named without its values
        yield _parcel(source, next(numbers), pack_error(_named(error)))


def _parcel(source: int, number: int, body: bytes) -> pa.RecordBatch:
    arrays = [pa.array([source], pa.int64()), pa.array([number], pa.int64())]
    return pa.RecordBatch.from_arrays([*arrays, pa.array([body], pa.binary())], schema=_PARCELS)


def _named(error: Exception) -> AuditError:
    """The error as it may be told: one of ours, or the name and place of any other."""
    if isinstance(error, AuditError):
        return error
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"
    return AuditError(
        f"A Spark task failed ({type(error).__name__} at {place}). Please report this defect."
    )


def _write(batches: Iterable[pa.RecordBatch], path: Path) -> bool:
    """Write a partition as a Parquet file; False where it has no rows."""
    writer: pq.ParquetWriter | None = None
    for batch in batches:
        if batch.num_rows:
            writer = writer or pq.ParquetWriter(path, batch.schema)
            writer.write_batch(batch)
    if writer is not None:
        writer.close()
    return writer is not None


def _renamed(chunk: Chunk, name: str) -> Chunk:
    count = chunk.rows.num_rows
    rows = chunk.rows.set_column(
        chunk.rows.schema.get_field_index("file"), "file", pa.array([name] * count, pa.string())
    ).set_column(
        chunk.rows.schema.get_field_index("line"), "line", pa.array([0] * count, pa.int64())
    )
    aside = tuple(replace(row, file=name, line=0) for row in chunk.set_aside)
    return Chunk(chunk.table, name, rows, aside)


# What `mapInArrow` takes.
Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
