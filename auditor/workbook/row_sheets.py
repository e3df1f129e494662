"""Sheets that show an output table as it is: near misses, set-aside rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from auditor.config.workbook import SheetKey, WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell
from auditor.workbook.evidence import DecisiveWords, embolden
from auditor.workbook.lists import make_cell, write_list
from auditor.workbook.styles import WRAPPED


def write_table(
    book: Book,
    labels: WorkbookLabels,
    key: SheetKey,
    table: pd.DataFrame,
    words: DecisiveWords | None = None,
    first: Sequence[str] = (),
) -> None:
    """Write an output table, in its order of rows, under the labels' headings.

    Args:
        book: The workbook.
        labels: Words and columns.
        key: Which sheet.
        table: The table.
        words: With these, evidence columns show their decisive words in bold.
        first: Columns that stand before the others, which keep the table's order.
    """
    names = [*first, *(name for name in table.columns if name not in first)]
    parts = {f"{part}_evidence": part for part in labels.keys.parts}

    def cell(row: Mapping[str, str], name: str) -> Cell:
        value = row[name]
        if words is not None and name in parts and value:
            return Cell(embolden(value, row["patient_id"], parts[name], words), WRAPPED)
        return make_cell(value, labels.column(name), labels)

    rows = (dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False))
    write_list(
        book,
        labels,
        key,
        [labels.column(name) for name in names],
        ([cell(row, name) for name in names] for row in rows),
        frozen_columns=1 if first else 0,
    )
