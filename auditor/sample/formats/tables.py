"""Rows -> two files of one table each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS
from auditor.sample.files import Table
from auditor.sample.rows import Row


class TablesWriter:
    """Writes `reports` and `orders`; see `kinds.Writer`.

    Args:
        folder: Where to.
        ending: How the files' names end.
        make_table: Makes a table of a path and its columns.
    """

    def __init__(
        self, folder: Path, ending: str, make_table: Callable[[Path, Sequence[str]], Table]
    ) -> None:
        self.reports, self.orders = folder / f"reports.{ending}", folder / f"orders.{ending}"
        self._tables = (
            make_table(self.reports, [column.name for column in REPORT_COLUMNS]),
            make_table(self.orders, [column.name for column in ORDER_COLUMNS]),
        )
        self._open = ExitStack()

    def __enter__(self) -> TablesWriter:
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
