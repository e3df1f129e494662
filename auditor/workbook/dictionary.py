"""The dictionary: every column of every output, and every code with its word and meaning."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.config.workbook import ColumnLabel, WorkbookLabels
from auditor.workbook.book import Book
from auditor.workbook.case_list import sheet_columns
from auditor.workbook.cells import Cell
from auditor.workbook.lists import write_list
from auditor.workbook.styles import LISTED, WRAPPED
from auditor.workbook.tables import Tables

# Groups of words that no output shows as codes.
_WITHIN = ("type", "group", "formula", "step")


def write_dictionary(book: Book, labels: WorkbookLabels, tables: Tables) -> None:
    """Write the sheet: first the columns, table by table, then the codes, group by group."""
    words = labels.words
    columns = [
        ColumnLabel(heading=words.table, width=22),
        ColumnLabel(heading=words.name, width=22),
        ColumnLabel(heading=words.heading, width=24),
        ColumnLabel(heading=words.meaning, width=70),
        ColumnLabel(heading=words.type, width=16),
        ColumnLabel(heading=words.values, width=56),
    ]
    rows = [*_column_rows(labels, tables), *_code_rows(labels)]
    write_list(
        book,
        labels,
        "dictionary",
        columns,
        ([Cell(text or None, WRAPPED if text else LISTED) for text in row] for row in rows),
    )


def _column_rows(labels: WorkbookLabels, tables: Tables) -> Iterator[tuple[str, ...]]:
    for table in tables:
        for name in tables.columns(table):
            yield _column_row(f"{table}.csv", name, labels)
    contract = labels.case_columns()
    for name in sheet_columns(labels):
        if name not in contract:
            yield _column_row(labels.sheet("cases").title, name, labels)


def _column_row(where: str, name: str, labels: WorkbookLabels) -> tuple[str, ...]:
    label = labels.column(name)
    codes = ", ".join(labels.codes.get(label.codes, {}))
    kind = labels.word("type", label.type)
    return (where, name, label.heading, label.meaning, kind, codes)


def _code_rows(labels: WorkbookLabels) -> Iterator[tuple[str, ...]]:
    for group, codes in labels.codes.items():
        if group in _WITHIN:
            continue
        where = f"{labels.words.code}: {labels.word('group', group)}"
        for code, label in codes.items():
            yield (where, code, label.word, label.meaning, "", "")
