"""A heading and a small table under it: what sheets of many topics are made of."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.cells import Cell
from auditor.workbook.page import Page
from auditor.workbook.styles import COUNT, HEADING, LISTED, WRAPPED, header


def write_section(
    page: Page,
    labels: WorkbookLabels,
    title: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str | int, ...]],
    *,
    empty: str = "",
) -> None:
    """Write a heading and a table; whole numbers stand at the right.

    Args:
        page: The sheet.
        labels: Words and colours.
        title: The heading above the table.
        headings: Those of the columns.
        rows: As long as the headings each.
        empty: What is said where there are no rows; else that there is nothing to list.
    """
    figures = {number for row in rows for number, cell in enumerate(row) if isinstance(cell, int)}
    count = next((at for at in range(len(headings)) if at in figures), len(headings))
    page.write(Cell(title, HEADING))
    write_headings(page, labels, headings[:count], headings[count:])
    for row in rows:
        page.write(*(Cell(value, COUNT if isinstance(value, int) else WRAPPED) for value in row))
    if not rows:
        page.write(Cell(empty or labels.words.nothing, LISTED))
    page.skip()


def write_headings(
    page: Page, labels: WorkbookLabels, texts: Sequence[str], figures: Sequence[str]
) -> None:
    """Write the headings of a table: of texts, then of figures."""
    fill = labels.palette.header
    page.write(
        *(Cell(heading, header(fill)) for heading in texts),
        *(Cell(heading, header(fill, figures=True)) for heading in figures),
    )
