"""The fast reader of delimited text: pyarrow, for regular files, as far as it can be trusted.

It gives the rows that the careful reader (`records`) would give, or stops. What `survey` cannot
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
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from auditor.ingest.outline import Outline
from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.rows import Rows

# A record must fit into one block; the longest that is trusted does, several times over.
_BLOCK_BYTES = 8 << 20


def read_regular(
    content: BinaryIO, outline: Outline, *, header_lines: int, batch_rows: int
) -> Iterator[Rows | None]:
    """Read a regular file's rows; a None says that it cannot be trusted from there on.

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
            if ragged or not _is_trusted(batch, outline):
                yield None
                return
            begins = _row_lines(batch, line)
            for start in range(0, batch.num_rows, batch_rows):
                part = batch.slice(start, batch_rows)
                columns = [
                    column.to_numpy(zero_copy_only=False).tolist() for column in part.columns
                ]
                lines = begins[start : start + part.num_rows].tolist()
                yield Rows(columns, lines, clean=True)
            line = int(begins[-1])
        if ragged:
            yield None
    except pa.ArrowInvalid:
        yield None


def _open(
    content: BinaryIO,
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


def _is_trusted(batch: pa.RecordBatch, outline: Outline) -> bool:
    """Whether no cell of the batch could be read otherwise by the careful reader."""
    return not any(
        _exceeds(column)
        or _any(pc.starts_with(column, outline.delimiter))
        or _any(pc.starts_with(column, '"'))
        or _hides_row(column, number, outline)
        for number, column in enumerate(batch.columns)
    )


def _hides_row(column: pa.Array, number: int, outline: Outline) -> bool:
    """Whether a cell holds a line that the careful reader could take for a row's beginning.

    Such a line begins like a row; and unless quotes change how many cells it has, so many
    delimiters stand in it that with the cells after its own it makes a row.
    """
    mark = re.escape(outline.delimiter)
    cell = rf"[^{mark}\r\n]*{mark}"
    begins = rf"[\r\n](?:{cell}){{{outline.lead}}}{outline.date_start if outline.dated else ''}"
    suspects = column.filter(pc.match_substring_regex(column, begins))
    enough = rf"{begins}(?:{cell}){{{max(number - outline.lead, 0)}}}"
    return _any(pc.match_substring(suspects, '"')) or _any(
        pc.match_substring_regex(suspects, enough)
    )


def _any(matches: pa.Array) -> bool:
    return bool(pc.any(matches).as_py())


def _exceeds(column: pa.Array) -> bool:
    longest = pc.max(pc.binary_length(column)).as_py()
    return longest is not None and longest > LONGEST_CELL


def _row_lines(batch: pa.RecordBatch, first: int) -> np.ndarray:
    """Physical line where each row begins, and where the row after the last would."""
    heights = 1 + sum(_count_breaks(column) for column in batch.columns)
    return first + np.concatenate(([0], np.cumsum(heights)))


def _count_breaks(column: pa.Array) -> np.ndarray:
    """Line breaks in each cell: LF, CR or CR LF. On the bytes, several times quicker than cells."""
    _, offset_bytes, data = column.buffers()
    offsets = np.frombuffer(offset_bytes, np.int32, len(column) + 1, 4 * column.offset)
    codes = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    feed, carriage = codes == 10, codes == 13
    breaks = feed | carriage
    # A CR LF within one cell is one break; a CR that ends a cell before a LF is not.
    pairs = np.flatnonzero(carriage[:-1] & feed[1:]) + 1
    breaks[np.setdiff1d(pairs, offsets)] = False
    return np.diff(np.searchsorted(np.flatnonzero(breaks), offsets))
