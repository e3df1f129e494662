"""CSV and TSV files, plain or gzip: header, encoding and delimiter, and all rows in runs.

The fast reader is used for as long as the file is regular (see `survey`) and it can be trusted (see
`regular`); from there on the careful one (see `records`). Both give the same rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditor.config.site import FileShape
from auditor.errors import SourceError
from auditor.ingest.columns import Fit
from auditor.ingest.opening import open_content
from auditor.ingest.outline import Outline
from auditor.ingest.records import PhysicalLines, Record, read_records, strict_parser
from auditor.ingest.regular import read_regular
from auditor.ingest.rows import Rows
from auditor.ingest.survey import (
    UNDECODED,
    WINDOWS,
    Survey,
    SurveyedBytes,
    Surveyor,
    guess_encoding,
    survey_file,
)

_LOG = logging.getLogger(__name__)

_DELIMITERS = ",\t;|"
# The line with which spreadsheet programs are told the delimiter.
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
# So many names that are known make a line a header; so many lines may stand above it.
_ENOUGH, _MOST_TITLES = 2, 20

Fits = Callable[[Sequence[str]], Fit]


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is written, as far as its header tells.

    Attributes:
        delimiter: One character.
        header: The columns' names as written, without surrounding white space.
        header_lines: Physical lines up to the end of the header.
    """

    delimiter: str
    header: tuple[str, ...]
    header_lines: int


def read_layout(
    path: Path, shape: FileShape, fits: Fits = lambda header: Fit(), *_: object
) -> Layout:
    """Find a file's header: the first line that is not blank, unless one below it fits better.

    Titles, and a line such as `sep=;`, may stand above it.

    Raises:
        SourceError: The file cannot be read, is empty, or its header breaks off.
    """
    with open_content(path) as content:
        encoding = guess_encoding(content.read(4), shape.encoding)
    layout = _read_header(path, encoding, shape, fits)
    if shape.encoding == "auto" and any(map(UNDECODED.search, layout.header)):
        layout = _read_header(path, "cp1252", shape, fits)
    return layout


def read_rows(
    path: Path, layout: Layout, outline: Outline, *, shape: FileShape, batch_rows: int
) -> Iterator[Rows]:
    """Read all rows after the header, in the file's order, in runs of at most `batch_rows`.

    Raises:
        SourceError: The file cannot be read to its end.
    """
    done = 0
    if layout.header_lines == 1:
        with open_content(path) as content:
            regular = SurveyedBytes(content, _begin_survey(content, layout, shape))
            for rows in read_regular(
                regular, outline, header_lines=layout.header_lines, batch_rows=batch_rows
            ):
                if rows is None:
                    break
                done += len(rows.lines)
                yield rows
            else:
                return
    survey = _survey(path, layout, shape)
    with _open_lines(path, survey.encoding) as lines:
        lines.hold(layout.header_lines - 1)
        lines.settle(layout.header_lines)
        records = itertools.islice(read_records(lines, outline), done, None)
        while run := list(itertools.islice(records, batch_rows)):
            yield _gather(run, outline.width, clean=survey.clean)


def _survey(path: Path, layout: Layout, shape: FileShape) -> Survey:
    with open_content(path) as content:
        survey = survey_file(content, _begin_survey(content, layout, shape))
    if survey.encoding == WINDOWS and shape.encoding == "auto":
        _LOG.warning("%s is not UTF-8: read as Windows-1252", path)
    return survey


def _begin_survey(content: BinaryIO, layout: Layout, shape: FileShape) -> Surveyor:
    """What looks at a file's bytes, which are at their start, and stay there."""
    start = content.read(4)
    content.seek(0)
    return Surveyor(
        guess_encoding(start, shape.encoding),
        settled=shape.encoding != "auto" or start.startswith(codecs.BOM_UTF8),
        delimiter=layout.delimiter,
    )


def _gather(run: list[Record], width: int, *, clean: bool) -> Rows:
    whole = [record for record in run if not record.reason]
    broken = tuple((record.line, record.reason) for record in run if record.reason)
    columns = list(map(list, zip(*(record.cells for record in whole), strict=True)))
    lines = [record.line for record in whole]
    return Rows(columns or [[] for _ in range(width)], lines, broken, clean)


@contextmanager
def _open_lines(path: Path, encoding: str) -> Iterator[PhysicalLines]:
    """The file's lines with their ends as written; undecodable bytes become lone surrogates."""
    errors = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with (
        open_content(path) as content,
        io.TextIOWrapper(content, encoding=encoding, errors=errors, newline="") as text,
    ):
        yield PhysicalLines(text)


def _read_header(path: Path, encoding: str, shape: FileShape, fits: Fits) -> Layout:
    with _open_lines(path, encoding) as lines:
        skipped = 0
        while (line := lines.hold(skipped)) is not None and _is_no_header(line):
            skipped += 1
        if line is None:
            raise SourceError(f"{path}: is empty, without even a header line; export it again.")
        named = _SEPARATOR.match(lines.held[skipped - 1]) if skipped else None
        first = _header_at(path, skipped, lines, shape, named[1] if named else "")
        if fits(first.header).known >= _ENOUGH:
            return first
        below = _headers_below(path, skipped, lines, shape)
        return max((first, *below), key=lambda layout: fits(layout.header))


def _is_no_header(line: str) -> bool:
    return not line.strip() or _SEPARATOR.match(line) is not None


def _headers_below(
    path: Path, skipped: int, lines: PhysicalLines, shape: FileShape
) -> Iterator[Layout]:
    """What the next lines would be as headers, where each is one line and no broken one."""
    for number in range(skipped + 1, skipped + _MOST_TITLES):
        line = lines.hold(number)
        if line is None:
            return
        if not _is_no_header(line) and line.count('"') % 2 == 0:
            try:
                yield _header_at(path, number, lines, shape)
            except SourceError:
                continue


def _header_at(
    path: Path, number: int, lines: PhysicalLines, shape: FileShape, delimiter: str = ""
) -> Layout:
    line = lines.hold(number) or ""
    if not delimiter:
        delimiter = _find_delimiter(line) if shape.delimiter == "auto" else shape.delimiter
    lines.taken = number
    try:
        names = next(strict_parser(lines, delimiter))
    except csv.Error as error:
        raise SourceError(
            f"{path}: the header line cannot be read: a quote in it is not closed; export it again."
        ) from error
    header = tuple(" ".join(name.split()) for name in names)
    return Layout(delimiter, header, lines.taken)


def _find_delimiter(header: str) -> str:
    """The delimiter that stands most often in a header, quoted names left out."""
    bare = re.sub('"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)
