"""A small sheet laid out in any order, then written row by row."""

from __future__ import annotations

from dataclasses import replace

from openpyxl.chart._chart import ChartBase

from auditor.workbook.cells import Cell
from auditor.workbook.page import Page


class Grid:
    """Cells by row and column (from 1), heights by row, charts by the cell of their corner."""

    def __init__(self) -> None:
        self.charts: list[tuple[ChartBase, str]] = []
        self._cells: dict[tuple[int, int], Cell] = {}
        self._heights: dict[int, float] = {}
        self._merged: list[tuple[int, int, int]] = []

    def put(
        self, row: int, column: int, cell: Cell, *, height: float | None = None, across: int = 1
    ) -> None:
        """Put a cell; the height is that of its whole row, in points.

        One that goes across further columns is merged with them, and wrapped within them.
        """
        self._cells[row, column] = cell
        if height:
            self._heights[row] = height
        if across > 1:
            look = replace(cell.look, wrap=True)
            self._cells[row, column] = replace(cell, look=look)
            for further in range(column + 1, column + across):
                self._cells[row, further] = Cell(None, look)
            self._merged.append((row, column, across))

    def flush(self, page: Page) -> None:
        """Write everything to an empty page."""
        last_row = max((row for row, _ in self._cells), default=0)
        last_column = max((column for _, column in self._cells), default=0)
        for row, column, across in self._merged:
            page.merge(row, column, column + across - 1)
            height = page.height_across(self._cells[row, column], column, across)
            self._heights[row] = max(height, self._heights.get(row, 0))
        for row in range(1, last_row + 1):
            cells = [self._cells.get((row, column)) for column in range(1, last_column + 1)]
            page.write(*cells, height=self._heights.get(row))
        for chart, cell in self.charts:
            page.add_chart(chart, cell)
