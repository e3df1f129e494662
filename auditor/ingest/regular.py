"""The fast reader of delimited text: pyarrow, for regular files, as far as it can be trusted.

It gives the rows that the careful reader (`records`) would give, or stops: before what is not
regular (`survey`), and where it cannot be trusted. What a survey cannot
see is checked batch by batch: ragged rows, cells that are too long, and cells in which a row may
be hidden. The checks may stop it without need; they never let a difference through:

- a row begins on a line within a cell only where the line matches `Outline.start`, and then has
  the right number of cells (`_hides_row`);
- a line that runs on past its cell's closing quote can only match where that quote would pass for
  an opening one and another cell of the record for its end: that cell begins with a delimiter or a
  quote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from auditor.ingest.outline import Outline
from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.rows import Rows
from auditor.ingest.survey import IrregularError, SurveyedBytes

# A record must fit into one block; the longest that is trusted does, several times over.
_BLOCK_BYTES = 8 << 20
_FEED, _RETURN, _QUOTE = 10, 13, 34


def read_regular(
    content: SurveyedBytes, outline: Outline, *, header_lines: int, batch_rows: int
) -> Iterator[Rows | None]:
    """Read a file's rows while it is regular; a None says that it cannot be trusted from there on.

    Args:
        content: The file's bytes, from the start.
        outline: What a row looks like.
        header_lines: Physical lines up to the end of the header, to be skipped.
        batch_rows: At most so many rows at a time.
    """
    ragged: list[int] = []

    def note_ragged(row: csv.InvalidRow) -> str:
        ragged.append(row.actual_columns)
        return "skip"

    line = header_lines + 1
    try:
        for batch in _open(content, outline, header_lines, note_ragged):
            cells = [_Column(column) for column in batch.columns]
            if ragged or not _is_trusted(cells, outline):
                yield None
                return
            begins = _row_lines(cells, line)
            for start in range(0, batch.num_rows, batch_rows):
                part = batch.slice(start, batch_rows)
                lines = begins[start : start + part.num_rows].tolist()
                yield Rows(part.columns, lines, clean=True)
            line = int(begins[-1])
        if ragged:
            yield None
    except (pa.ArrowInvalid, IrregularError):
        yield None


def _open(
    content: SurveyedBytes,
    outline: Outline,
    header_lines: int,
    note_ragged: Callable[[csv.InvalidRow], str],
) -> csv.CSVStreamingReader:
    names = [str(number) for number in range(outline.width)]
    return csv.open_csv(
        content,
        read_options=csv.ReadOptions(
            block_size=_BLOCK_BYTES, skip_rows=header_lines, column_names=names
        ),
        parse_options=csv.ParseOptions(
            delimiter=outline.delimiter,
            newlines_in_values=True,
            invalid_row_handler=note_ragged,
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,  # the survey has
        ),
    )


class _Column:
    """A column with the bytes of its cells, on which breaks are found far quicker than in cells."""

    def __init__(self, cells: pa.StringArray) -> None:
        _, offsets, data = cells.buffers()
        self.cells = cells
        self.offsets = np.frombuffer(offsets, np.int32, len(cells) + 1, 4 * cells.offset)
        self.codes = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        self.feeds = self.places(_FEED)
        self.returns = self.places(_RETURN)

    def places(self, code: int) -> np.ndarray:
        """Where a character stands."""
        return np.flatnonzero(self.codes == code)

    def heights(self) -> np.ndarray:
        """Line breaks in each cell: LF, CR or CR LF."""
        breaks = self.feeds
        if len(self.returns):
            # A CR LF within one cell is one break; a CR that ends a cell before a LF is not.
            pairs = np.intersect1d(breaks, self.returns + 1)
            breaks = np.union1d(
                np.setdiff1d(breaks, np.setdiff1d(pairs, self.offsets)), self.returns
            )
        return np.diff(np.searchsorted(breaks, self.offsets))

    def holding(self, places: np.ndarray) -> pa.BooleanArray:
        """Which cells hold one of the places."""
        marked = np.zeros(len(self.cells), bool)
        marked[np.searchsorted(self.offsets, places, side="right") - 1] = True
        return pa.array(marked)


def _is_trusted(columns: Sequence[_Column], outline: Outline) -> bool:
    """Whether no cell of the columns could be read otherwise by the careful reader."""
    return not any(
        _exceeds(column.cells)
        or _any(pc.starts_with(column.cells, outline.delimiter))
        or _any(pc.starts_with(column.cells, '"'))
        or _hides_row(column, number, outline)
        for number, column in enumerate(columns)
    )


def _hides_row(column: _Column, number: int, outline: Outline) -> bool:
    """Whether a cell holds a line that the careful reader could take for a row's beginning.

    Such a line begins like a row; and unless quotes change how many cells it has, so many
    delimiters stand in it that with the cells after its own it makes a row.
    """
    breaks = np.union1d(column.feeds, column.returns) if len(column.returns) else column.feeds
    if not len(breaks):
        return False
    # Cheap first: few lines hold so many delimiters, few cells a quote.
    marks = column.places(ord(outline.delimiter))
    inner = np.diff(np.searchsorted(marks, breaks), append=len(marks))
    many = breaks[inner >= max(number, outline.lead)]
    quoted = column.places(_QUOTE)
    cells = column.cells.filter(column.holding(np.concatenate((many, quoted))))
    mark = re.escape(outline.delimiter)
    cell = rf"[^{mark}\r\n]*{mark}"
    begins = rf"[\r\n](?:{cell}){{{outline.lead}}}{outline.date_start if outline.dated else ''}"
    suspects = cells.filter(pc.match_substring_regex(cells, begins))
    enough = rf"{begins}(?:{cell}){{{max(number - outline.lead, 0)}}}"
    return _any(pc.match_substring(suspects, '"')) or _any(
        pc.match_substring_regex(suspects, enough)
    )


def _any(matches: pa.Array) -> bool:
    return bool(pc.any(matches).as_py())


def _exceeds(column: pa.Array) -> bool:
    longest = pc.max(pc.binary_length(column)).as_py()
    return longest is not None and longest > LONGEST_CELL


def _row_lines(columns: Sequence[_Column], first: int) -> np.ndarray:
    """Physical line where each row begins, and where the row after the last would."""
    heights = 1 + sum(column.heights() for column in columns)
    return first + np.concatenate(([0], np.cumsum(heights)))
