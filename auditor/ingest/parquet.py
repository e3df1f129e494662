"""Parquet and Arrow files (Feather among them): typed columns -> rows of text, in runs.

Only one run of rows is held as text at a time, and only columns that are used are read. A row's
line is its number in the file, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.site import FileShape
from auditor.errors import SourceError
from auditor.ingest.outline import Outline
from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.rows import Cells, Rows
from auditor.ingest.runs import MOST_CHARACTERS
from auditor.ingest.typed import (
    TypedColumn,
    check_places,
    holds_dates_only,
    longest,
    read_column,
    sizes,
)

PARQUET_START, FEATHER_START, STREAM_START = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_BUFFER_BYTES = 1 << 20
# A column of one value packs to nothing, but no two rows have the same id: so a file has a byte
# for so many rows at least, or it is made to claim rows without end.
_ROWS_A_BYTE, _HARMLESS_ROWS = 8, 100_000


@dataclass(frozen=True, slots=True)
class TypedLayout:
    """The columns of a typed file.

    Attributes:
        header: Their names.
        header_lines: 0: every row is a row of data.
        delimiter: Empty: cells are not delimited by characters.
    """

    header: tuple[str, ...]
    header_lines: int = 0
    delimiter: str = ""


def read_layout(path: Path, shape: FileShape, *_: object) -> TypedLayout:
    """Read the names of a file's columns.

    Raises:
        SourceError: The file is damaged, or claims more rows than it can hold.
    """
    with _open(path) as source:
        return TypedLayout(tuple(source.schema.names))


def read_rows(
    path: Path, layout: TypedLayout, outline: Outline, *, shape: FileShape, batch_rows: int
) -> Iterator[Rows]:
    """Read all rows in runs of at most `batch_rows`.

    A list or structure in a column that is used, and a number beyond what a float can tell apart
    in an id, set their row aside, and so does a text that is too long for any report.

    Raises:
        SourceError: The file is damaged.
    """
    used = sorted(outline.used)
    names = [layout.header[number] for number in used]
    with _open(path) as source:
        moments = [name for name in names if pa.types.is_timestamp(source.schema.field(name).type)]
        dates = set(moments)
        for batch in source.batches(moments, batch_rows) if moments else ():
            dates = {name for name in dates if holds_dates_only(batch.column(name))}
            if not dates:
                break
        line = 1
        for batch in source.batches(names, batch_rows):
            for start, count in _cut(batch):
                part = batch.slice(start, count)
                columns = {
                    number: read_column(part.column(name), dates_only=name in dates)
                    for number, name in zip(used, names, strict=True)
                }
                yield _rows(columns, outline, line, count)
                line += count


class _Source:
    """An open file: its schema, and its rows with some of its columns."""

    def __init__(self, path: Path, file: Any) -> None:
        self._path, self._file = path, file
        self._size = path.stat().st_size
        self._rows = 0
        self._is_parquet = isinstance(file, pq.ParquetFile)
        self.schema: pa.Schema = file.schema_arrow if self._is_parquet else file.schema

    def batches(self, names: Sequence[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of these columns, in runs of at most so many."""
        self._rows = 0
        for batch in self._parquet(names, batch_rows) if self._is_parquet else self._arrow(names):
            self._count(batch.num_rows)
            for start in range(0, batch.num_rows, batch_rows):
                yield batch.slice(start, batch_rows)

    def _count(self, rows: int) -> None:
        self._rows += rows
        if self._rows > max(_HARMLESS_ROWS, self._size * _ROWS_A_BYTE):
            raise SourceError(
                f"{self._path}: claims more rows than a file of its size can hold; it is damaged "
                "or made to fill the machine."
            )

    def _arrow(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with _open(self._path) as fresh:
            file = fresh._file
            if isinstance(file, pa.ipc.RecordBatchFileReader):
                numbers = range(file.num_record_batches)
                batches = (file.get_batch(number) for number in numbers)
            else:
                batches = iter(file)
            for batch in batches:
                chosen = batch.select(names)
                for column in chosen.columns:
                    check_places(column)
                yield chosen

    def _parquet(self, names: Sequence[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
        for group in range(self._file.num_row_groups):
            self._count(0)
            most = max(1, min(batch_rows, MOST_CHARACTERS // self._longest_shared(group, names)))
            yield from self._file.iter_batches(
                most, row_groups=[group], columns=names, use_threads=False
            )

    def _longest_shared(self, group: int, names: Sequence[str]) -> int:
        """The longest text that the rows of a group share: read out, it is multiplied.

        Raises:
            SourceError: It is longer than any cell.
        """
        texts = [
            name
            for name in names
            if pa.types.is_string(kind := self.schema.field(name).type)
            or pa.types.is_large_string(kind)
            or pa.types.is_binary(kind)
        ]
        if not texts:
            return 1
        with pq.ParquetFile(
            self._path, read_dictionary=texts, buffer_size=_BUFFER_BYTES
        ) as dictionaries:
            batches = dictionaries.iter_batches(
                1, row_groups=[group], columns=texts, use_threads=False
            )
            first = next(batches, None)
        found = max((longest(column) for column in first.columns), default=1) if first else 1
        if found > LONGEST_CELL:
            raise SourceError(
                f"{self._path}: holds a text of more than {LONGEST_CELL:,} characters, which no "
                "report has; export it again."
            )
        return max(found, 1)


def _cut(batch: pa.RecordBatch) -> Iterator[tuple[int, int]]:
    """Start and number of rows of pieces that are not too large as text."""
    ends = np.cumsum(sum((sizes(column) for column in batch.columns), np.zeros(batch.num_rows)))
    start = 0
    while start < batch.num_rows:
        before = ends[start - 1] if start else 0
        end = int(np.searchsorted(ends, before + MOST_CHARACTERS, side="right"))
        end = max(end, start + 1)
        yield start, end - start
        start = end


def _rows(columns: dict[int, TypedColumn], outline: Outline, line: int, count: int) -> Rows:
    """A run of rows; those with a cell that cannot be read as text are set aside."""
    faults: dict[int, str] = {}
    for number, column in columns.items():
        for row, reason in column.faults.items():
            if reason != "inexact_number" or number in outline.needed:
                faults.setdefault(row, reason)
    kept = [row for row in range(count) if row not in faults]
    empty = pa.repeat(pa.scalar("", pa.string()), len(kept))
    whole = len(kept) == count
    texts = {n: c.texts if whole else _chosen(c.texts, kept) for n, c in columns.items()}
    return Rows(
        [texts.get(number, empty) for number in range(outline.width)],
        [line + row for row in kept],
        tuple((line + row, reason) for row, reason in sorted(faults.items())),
    )


def _chosen(texts: Cells, rows: list[int]) -> Cells:
    return [texts[row] for row in rows] if isinstance(texts, list) else texts.take(pa.array(rows))


@contextmanager
def _open(path: Path) -> Iterator[_Source]:
    # Not mapped into memory: a file that is cut short while it is read would end the process.
    try:
        with path.open("rb") as content:
            start = content.read(6)
        if start.startswith(PARQUET_START):
            file: Any = pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        elif start.startswith(FEATHER_START):
            file = pa.ipc.open_file(pa.OSFile(str(path)))
        else:
            file = pa.ipc.open_stream(pa.OSFile(str(path)))
        with file:
            yield _Source(path, file)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: the Parquet or Arrow file is damaged; export it again."
        ) from error
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise SourceError(f"{path}: cannot be read ({reason}); export it again.") from error
