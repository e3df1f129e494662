"""Rows on their way through an engine: cut into chunks, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.schema import SetAside
from auditor.language.reading import Known, Reading

if TYPE_CHECKING:
    from auditor.ingest.canonical import Batch

# What goes to a worker at once: large enough to be worth the trip, small enough to balance. Chunks
# grow with what lies behind, so that the last ones are a small share of the whole: then workers
# end at much the same time, whether there are a thousand rows or a million.
LEAST_BYTES, MOST_BYTES = 128 << 10, 2 << 20
SHARE = 16
CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one file that are read together.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        rows: The rows to read, in the file's order.
        set_aside: Rows that stood among them and were not kept by ingest.
        known: What has been found in some of the reports among them, if they have been searched.
        task: What is done with the rows, a method of the readers (`workers.Reads`).
    """

    table: str
    file: str
    rows: pa.RecordBatch
    set_aside: tuple[SetAside, ...] = ()
    known: Known | None = None
    task: str = "read"

    def one_by_one(self) -> Iterator[Chunk]:
        """The same rows, each alone."""
        for row in range(self.rows.num_rows):
            # Rows that are only looked at may be of several files.
            alone = self.rows.slice(row, 1)
            yield replace(self, file=alone["file"][0].as_py(), rows=alone, set_aside=())

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
        new: How many of the rows used are like none before them, where the engine has seen to it;
            None: whoever keeps the facts will know.
        unread: Digests of the rows that are in `set_aside` because reading them failed, in its
            order; then there are no others in it.
    """

    table: str
    file: str
    rows_in: int = 0
    reading: Reading = field(default_factory=Reading)
    set_aside: tuple[SetAside, ...] = ()
    new: int | None = None
    unread: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """How many rows were used."""
        return self.rows_in - len(self.set_aside)


def cut_chunks(
    batches: Iterable[Batch], *, task: str = "read", least: int = LEAST_BYTES
) -> Iterator[Chunk]:
    """Cut batches into chunks by the length of their texts; one without rows is a chunk, too.

    The rows that ingest set aside go with the first chunk of their batch.

    Args:
        batches: The rows.
        task: What is to be done with them.
        least: Bytes of text in the first chunks.
    """
    done = 0
    for batch in batches:
        aside: tuple[SetAside, ...] | None = batch.set_aside
        total = np.concatenate(([0], np.cumsum(_lengths(batch.rows))))
        start = 0
        while start < batch.rows.num_rows or aside is not None:
            limit = total[start] + max(least, min(done // SHARE, MOST_BYTES))
            fitting = int(np.searchsorted(total, limit, side="right")) - 1
            # A row that is longer than a chunk may be stands alone.
            end = min(max(start + 1, min(fitting, start + CHUNK_ROWS)), batch.rows.num_rows)
            rows = batch.rows.slice(start, end - start)
            yield Chunk(batch.table, batch.file, rows, aside or (), task=task)
            done += int(total[end] - total[start])
            start, aside = end, None


def _lengths(rows: pa.RecordBatch) -> np.ndarray:
    """Bytes of text in each row, shape `(rows,)`."""
    lengths = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            lengths += pc.binary_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    return lengths
