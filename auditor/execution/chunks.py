"""Rows on their way through an engine: cut into chunks, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.canonical import Batch
from auditor.ingest.schema import SetAside
from auditor.language.reading import Reading

# What goes to a worker at once: small enough to balance, large enough to be worth the trip.
CHUNK_BYTES = 512 << 10
CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one file that are read together.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        rows: The rows to read, in the file's order.
        set_aside: Rows that stood among them and were not kept by ingest.
    """

    table: str
    file: str
    rows: pa.RecordBatch
    set_aside: tuple[SetAside, ...] = ()

    def one_by_one(self) -> Iterator[Chunk]:
        """The same rows, each alone."""
        for row in range(self.rows.num_rows):
            yield Chunk(self.table, self.file, self.rows.slice(row, 1))

    def set_row_aside(self, reason: str) -> SetAside:
        """The only row of this chunk as one that was not used."""
        line = self.rows["line"][0].as_py()
        return SetAside(self.table, self.file, line, "", reason, "row")


@dataclass(frozen=True, slots=True)
class ReadRows:
    """What became of a run of rows of one file: the currency of every engine.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        rows_in: How many rows stood there.
        reading: What the rows that were used were read into.
        set_aside: The rows that were not used, by ingest or because reading them failed.
    """

    table: str
    file: str
    rows_in: int = 0
    reading: Reading = field(default_factory=Reading)
    set_aside: tuple[SetAside, ...] = ()

    @property
    def kept(self) -> int:
        """How many rows were used."""
        return self.rows_in - len(self.set_aside)


def cut_chunks(batch: Batch) -> Iterator[Chunk]:
    """Cut a batch into chunks of about the same length of text; without rows it is one chunk.

    The rows that ingest set aside go with the first chunk.
    """
    bounds = [0, *_ends(batch.rows)]
    aside = batch.set_aside
    for start, end in zip(bounds, bounds[1:] or [0], strict=False):
        yield Chunk(batch.table, batch.file, batch.rows.slice(start, end - start), aside)
        aside = ()


def _ends(rows: pa.RecordBatch) -> list[int]:
    """Where each chunk ends. A row that is longer than a chunk may be stands alone."""
    lengths = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            lengths += pc.binary_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    total = np.concatenate(([0], np.cumsum(lengths)))
    ends: list[int] = []
    start = 0
    while start < rows.num_rows:
        fitting = int(np.searchsorted(total, total[start] + CHUNK_BYTES, side="right")) - 1
        start = max(start + 1, min(fitting, start + CHUNK_ROWS))
        ends.append(start)
    return ends
