"""Sheets that show an output table as it is: near misses, set-aside rows."""

from __future__ import annotations

from collections.abc import Mapping

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
) -> None:
    """Write an output table, in its order of rows and columns, under the labels' headings.

    With `words`, evidence columns show their decisive words in bold.
    """
    names = list(table.columns)
    parts = {f"{part}_evidence": part for part in labels.keys.parts}

    def cell(row: Mapping[str, str], name: str) -> Cell:
        value = row[name]
        if words is not None and name in parts and value:
            return Cell(embolden(value, row["patient_id"], parts[name], words), WRAPPED)
        return make_cell(value, labels.column(name), labels)

    rows = (dict(zip(names, values, strict=True)) for values in table.itertuples(index=False))
    write_list(
        book,
        labels,
        key,
        [labels.column(name) for name in names],
        ([cell(row, name) for name in names] for row in rows),
    )
