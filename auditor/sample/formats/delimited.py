"""Rows -> two CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS
from auditor.sample.files import CsvTable
from auditor.sample.rows import Row


class DelimitedWriter:
    """Writes `reports.csv` and `orders.csv`; see `kinds.Writer`."""

    def __init__(self, folder: Path) -> None:
        self.reports, self.orders = folder / "reports.csv", folder / "orders.csv"
        self._tables = (
            CsvTable(self.reports, [column.name for column in REPORT_COLUMNS]),
            CsvTable(self.orders, [column.name for column in ORDER_COLUMNS]),
        )
        self._open = ExitStack()

    def __enter__(self) -> DelimitedWriter:
        for table in self._tables:
            self._open.enter_context(table)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's rows."""
        self._tables[0].write(reports)
        self._tables[1].write(orders)
