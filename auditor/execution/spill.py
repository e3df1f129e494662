"""Rows put by until it is known whether they matter: in a file without a name.

The file is gone as soon as the process is, however it ends: no text is left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa

from auditor.errors import OutputError


class Spill:
    """Rows on disk, batch by batch; its size is that of the rows. Made by `open_spill`."""

    def __init__(self, files: dict[str, IO[bytes]]) -> None:
        self._files = files
        self._writers: dict[str, pa.RecordBatchStreamWriter] = {}
        self._names: dict[str, list[str]] = {table: [] for table in files}

    def add(self, table: str, file: str, rows: pa.RecordBatch) -> None:
        """Put rows by.

        Args:
            table: `reports` or `orders`.
            file: The file that they stand in.
            rows: Canonical rows; of one table always the same columns.

        Raises:
            OutputError: The disk is full, or cannot be written.
        """
        slim = rows.select([name for name in rows.schema.names if name != "file"])
        with _naming_failures():
            if table not in self._writers:
                self._writers[table] = pa.ipc.new_stream(self._files[table], slim.schema)
            self._writers[table].write_batch(slim)
        self._names[table].append(file)

    def __iter__(self) -> Iterator[tuple[str, str, pa.RecordBatch]]:
        """Table, file and rows of each batch, in their order by table; nothing is added after."""
        for table, writer in self._writers.items():
            with _naming_failures():
                writer.close()
                self._files[table].seek(0)
                with pa.ipc.open_stream(self._files[table]) as batches:
                    for file, rows in zip(self._names[table], batches, strict=True):
                        named = pa.repeat(pa.scalar(file, pa.string()), rows.num_rows)
                        yield table, file, rows.append_column("file", named)


@contextmanager
def open_spill() -> Iterator[Spill]:
    """A place for rows of both tables, in the folder for temporary files (`TMPDIR`).

    Raises:
        OutputError: There is none that can be written.
    """
    with _naming_failures():
        reports, orders = TemporaryFile(prefix="auditor-"), TemporaryFile(prefix="auditor-")
    with reports, orders:
        yield Spill({"reports": reports, "orders": orders})


@contextmanager
def _naming_failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"Rows cannot be put by in the folder for temporary files ({error.strerror}): free as "
            "much space there as the exports take, or name another folder in TMPDIR."
        ) from None
