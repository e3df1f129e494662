"""A sheet written from top to bottom: cells, heights, tables, charts, print set-up.

Rows are sent to disk as they come, so that memory does not grow with the number of cases.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart._chart import ChartBase
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table, TableStyleInfo

from auditor.workbook.cells import Cell, RichText, cell_xml, link_xml, quoted, row_xml
from auditor.workbook.measure import count_lines
from auditor.workbook.styles import LINE_HEIGHT, MAX_LINES, SIZE, Styles
from auditor.workbook.text import MAX_CELL, clean_text, cut_text, looks_like_formula

MAX_ROWS = 1_048_576
MAX_LINKS = 65_530  # on one sheet; with more, Excel takes the file for damaged
_BOLD = 0.93  # how much of a text fits when it is bold
_A4 = 9  # code of the paper size in OOXML


class Page:
    """One sheet. Rows are numbered from 1; `next_row` is the one that `write` fills next."""

    def __init__(
        self,
        workbook: Workbook,
        styles: Styles,
        title: str,
        widths: Sequence[float],
        folder: Path,
    ):
        self.title = title
        self.next_row = 1
        self.sheet = workbook.create_sheet(title)
        # The `sheetData` of the sheet, and its links as XML.
        self.rows = tempfile.TemporaryFile(dir=folder)
        self.links: list[str] = []
        self._styles = styles
        self._widths = tuple(widths)
        for number, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self._set_up_print()

    def write(self, *cells: Cell | None, height: float | None = None) -> int:
        """Write the next row and return its number. None leaves a cell empty.

        Without a height, the row is as high as its wrapped texts need, within limits.
        """
        row = self.next_row
        if cells or height:
            points = height or self._height(cells)
            made = [
                self._made(cell, f"{get_column_letter(column)}{row}")
                for column, cell in enumerate(cells, start=1)
                if cell is not None
            ]
            self.rows.write(row_xml(row, points, made).encode())
        self.next_row += 1
        return row

    def write_across(self, spans: Sequence[int], *cells: Cell) -> int:
        """Write a row of cells that take so many columns each, wrapped within them.

        Merged cells are never fitted by a program, so the row's height is reckoned here.
        """
        made: list[Cell] = []
        height = 0.0
        for span, cell in zip(spans, cells, strict=True):
            first = len(made) + 1
            height = max(height, self.height_across(cell, first, span))
            look = replace(cell.look, wrap=True)
            made += [replace(cell, look=look), *[Cell(None, look)] * (span - 1)]
            if span > 1:
                self.merge(self.next_row, first, first + span - 1)
        return self.write(*made, height=height)

    def height_across(self, cell: Cell, first: int, span: int) -> float:
        """The height, in points, of a text in so many columns from the first."""
        width = sum(self._widths[first - 1 : first - 1 + span]) * SIZE / cell.look.size
        width *= _BOLD if cell.look.bold else 1
        lines = count_lines(str(cell.value), width)
        return lines * LINE_HEIGHT * cell.look.size / SIZE + 2

    def skip(self, rows: int = 1) -> None:
        """Leave rows empty, as high as the others."""
        for _ in range(rows):
            self.write()

    def freeze(self, cell: str) -> None:
        """Keep what is above and left of the cell in view. Only before the first row."""
        self.sheet.freeze_panes = cell

    def repeat_on_paper(self, rows: str) -> None:
        """Print these rows, e.g. `1:1`, on top of every page."""
        self.sheet.print_title_rows = rows

    def print_columns(self, count: int) -> None:
        """Print only the first columns, of all rows written so far."""
        self.sheet.print_area = f"A1:{self.address(max(1, self.next_row - 1), count)}"

    def print_on_one_page(self) -> None:
        """Print the sheet so small that one page of paper holds it."""
        self.sheet.page_setup.fitToHeight = 1

    def break_before(self, row: int) -> None:
        """Begin a new page of paper with this row."""
        self.sheet.row_breaks.append(Break(id=row - 1))

    def fold(self, column: int) -> None:
        """Fold a column away; the `+` above the sheet opens it. Only before the first row."""
        dimension = self.sheet.column_dimensions[get_column_letter(column)]
        dimension.outlineLevel = 1
        dimension.hidden = True

    def merge(self, row: int, first: int, last: int) -> None:
        """Join the cells of a row from one column to another."""
        self.sheet.merged_cells.add(f"{self.address(row, first)}:{self.address(row, last)}")

    def add_table(self, name: str, headings: Sequence[str], first_row: int, last_row: int) -> None:
        """Make rows an Excel table with filters; `first_row` holds the headings.

        A table without a row of data is taken for damage, so there must be one, empty or not.
        """
        corner = self.address(max(last_row, first_row + 1), len(headings))
        table = Table(displayName=name, ref=f"{self.address(first_row, 1)}:{corner}")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        table._initialise_columns()
        for column, heading in zip(table.tableColumns, headings, strict=True):
            column.name = heading
        # Not add_table, which warns that the columns must be named: they are.
        self.sheet.tables.add(table)

    def add_chart(self, chart: ChartBase, cell: str) -> None:
        """Put a chart with its top left corner in the cell."""
        self.sheet.add_chart(chart, cell)

    def colour_by_word(self, cells: str, fills: dict[str, str]) -> None:
        """Fill the cells that hold a word with its colour, also after an edit."""
        for word, fill in fills.items():
            rule = CellIsRule(
                operator="equal",
                formula=[quoted(word)],
                font=Font(bold=True, color="FF000000"),
                fill=PatternFill(bgColor=f"FF{fill}", fill_type="solid"),
            )
            self.sheet.conditional_formatting.add(cells, rule)

    def offer_choice(self, cells: str, words: Sequence[str]) -> None:
        """Let only these words be entered in the cells, from a list."""
        listed = ",".join(words)
        if any("," in word for word in words) or len(listed) > 255:
            return  # a list of choices cannot be written so; the cells stay free
        choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        choice.add(cells)
        self.sheet.data_validations.append(choice)

    def address(self, row: int, column: int) -> str:
        """The A1 address of a cell of this sheet."""
        return f"{get_column_letter(column)}{row}"

    def _made(self, cell: Cell, at: str) -> str:
        value, literal = cell.value, False
        if isinstance(value, str):
            value = cut_text(clean_text(value))
            literal = looks_like_formula(value)
        elif isinstance(value, RichText):
            literal = looks_like_formula(str(value))  # "- Mass …" is a list item of a report
        if cell.link and len(self.links) < MAX_LINKS:
            self.links.append(link_xml(at, cell.link))
        return cell_xml(at, self._styles.number(cell.look, self.sheet, literal=literal), value)

    def _height(self, cells: Sequence[Cell | None]) -> float:
        lines, size = 1, float(SIZE)
        for cell, width in zip(cells, self._widths, strict=False):
            if cell is None or not isinstance(cell.value, (str, RichText)):
                continue
            size = max(size, cell.look.size)
            if cell.look.wrap and lines < MAX_LINES:
                room = width * (_BOLD if cell.look.bold else 1) - cell.look.indent
                lines = max(lines, count_lines(str(cell.value)[:MAX_CELL], room))
        if lines == 1 and size == SIZE:
            return 0
        return min(lines, MAX_LINES) * LINE_HEIGHT * size / SIZE + 2

    def _set_up_print(self) -> None:
        sheet = self.sheet
        # Said, because programs differ in it and charts hang on it.
        sheet.sheet_format.defaultRowHeight = LINE_HEIGHT + 2
        sheet.sheet_format.customHeight = True
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.page_margins.top = sheet.page_margins.bottom = 0.5
        sheet.oddFooter.left.text = "&A"
        sheet.oddFooter.right.text = "&P / &N"
