"""A small sheet laid out in any order, then written row by row."""

from __future__ import annotations

from openpyxl.chart._chart import ChartBase

from auditor.workbook.cells import Cell
from auditor.workbook.page import Page


class Grid:
    """Cells by row and column (from 1), heights by row, charts by the cell of their corner."""

    def __init__(self) -> None:
        self.charts: list[tuple[ChartBase, str]] = []
        self._cells: dict[tuple[int, int], Cell] = {}
        self._heights: dict[int, float] = {}

    def put(self, row: int, column: int, cell: Cell, *, height: float | None = None) -> None:
        """Put a cell; the height is that of its whole row, in points."""
        self._cells[row, column] = cell
        if height:
            self._heights[row] = height

    def flush(self, page: Page) -> None:
        """Write everything to an empty page."""
        last_row = max((row for row, _ in self._cells), default=0)
        last_column = max((column for _, column in self._cells), default=0)
        for row in range(1, last_row + 1):
            cells = [self._cells.get((row, column)) for column in range(1, last_column + 1)]
            page.write(*cells, height=self._heights.get(row))
        for chart, cell in self.charts:
            page.add_chart(chart, cell)
