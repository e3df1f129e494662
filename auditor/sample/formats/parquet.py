"""Rows -> a Parquet file of text columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.sample.files import Table

# Rows that are held before they are written, as one row group.
_HELD_ROWS = 20_000


class ParquetTable(Table):
    """Columns of text, null where there is no value."""

    def begin(self) -> None:
        """Open the file."""
        self._schema = pa.schema([(name, pa.string()) for name in self.columns])
        self._writer = pq.ParquetWriter(self.path, self._schema)
        self._held: list[list[str]] = []

    def add(self, cells: list[str]) -> None:
        """Append one row."""
        self._held.append(cells)
        if len(self._held) == _HELD_ROWS:
            self._write_group()

    def end(self) -> None:
        """Write the last group and close the file."""
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if not self._held:
            return
        columns = zip(*self._held, strict=True)
        arrays = [pa.array([cell or None for cell in cells], pa.string()) for cells in columns]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._held.clear()
