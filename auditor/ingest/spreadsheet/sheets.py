"""The cells of one sheet of an `.xlsx` file, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.spreadsheet.cells import PLAIN, ErrorCell, number_text
from auditor.ingest.spreadsheet.package import Package, Sheet, make_parser
from auditor.ingest.spreadsheet.strings import SharedStrings, unescape

# No sheet has more columns (Excel's own limit).
MOST_COLUMNS = 16_384
_DIGITS = "0123456789"


def read_sheet(
    package: Package, sheet: Sheet, strings: SharedStrings
) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a sheet that hold anything, each with its number, from 1.

    A row is as long as its last cell; see `cells` for what becomes of numbers and errors.

    Raises:
        SourceError: The sheet is damaged or not to be trusted.
    """
    cells = _Cells(package, strings)
    parser = make_parser(cells.start, cells.end, cells.text)
    for _ in package.parse(sheet.part, parser):
        yield from cells.done
        cells.done.clear()


class _Cells:
    """Collects cells into rows while the sheet is parsed."""

    def __init__(self, package: Package, strings: SharedStrings) -> None:
        self.done: list[tuple[int, list[str]]] = []
        self._strings = strings
        self._kinds = package.kinds
        self._from_1904 = package.from_1904
        self._columns: dict[str, int] = {}
        self._row: list[str] = []
        self._number = 0
        self._column = -1
        self._type = "n"
        self._kind = PLAIN
        self._pieces: list[str] = []
        self._size = 0
        self._open = self._reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "v" or (name == "t" and not self._reading):
            self._open = True
        elif name == "row":
            written = attributes.get("r", "")
            # Programs may leave numbers out: then a row follows the one before.
            told = written.isdecimal() and len(written) < 9
            self._number = int(written) if told else self._number + 1
            self._row = []
            self._column = -1
        elif name == "rPh":
            self._reading = True

    def text(self, piece: str) -> None:
        """Text stands in an element."""
        if self._open and self._size <= LONGEST_CELL:
            self._pieces.append(piece[: LONGEST_CELL + 1 - self._size])
            self._size += len(piece)

    def end(self, name: str) -> None:
        """An element ends."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v" or name == "t":
            self._open = False
        elif name == "c":
            if self._pieces:
                self._end_cell("".join(self._pieces))
                self._pieces.clear()
                self._size = 0
        elif name == "rPh":
            self._reading = False
        elif name == "row" and self._row:
            self.done.append((self._number, self._row))
            self._row = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip(_DIGITS)
        if letters:
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column_number(letters)
            self._column = column
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        style = attributes.get("s", "")
        known = style.isdecimal() and len(style) < 9 and int(style) < len(self._kinds)
        self._kind = self._kinds[int(style)] if known else PLAIN

    def _end_cell(self, written: str) -> None:
        if not 0 <= self._column < MOST_COLUMNS:
            return
        row, gap = self._row, self._column - len(self._row)
        if gap < 0:
            return  # a second value for one cell: the first stands
        if gap:
            row.extend([""] * gap)
        row.append(self._value(written))

    def _value(self, written: str) -> str:
        kind = self._type
        if kind == "s":
            number = written.strip()
            return self._strings[int(number)] if number.isdecimal() and len(number) < 10 else ""
        if kind == "n":
            return number_text(written.strip(), self._kind, from_1904=self._from_1904)
        if kind == "e":
            return ErrorCell()
        if kind == "b":
            return "TRUE" if written.strip() == "1" else "FALSE"
        text = unescape(written)
        return text.removesuffix("T00:00:00") if kind == "d" else text


def _column_number(letters: str) -> int:
    """The column that letters name, from 0: A is 0, AA is 26; beyond any sheet where none."""
    if len(letters) > 3 or not (letters.isascii() and letters.isalpha()):
        return MOST_COLUMNS
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
