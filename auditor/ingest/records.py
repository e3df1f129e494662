"""The careful reader of delimited text: every record with its physical line, or why it is broken.

It follows RFC 4180 strictly, through the standard library's `csv`. Where a record breaks off or
swallows others, it goes back to the first line after the record's own that begins a row (see
`outline`), so that one broken quote costs one record. Lines between the two belong to the broken
record. A quote within a cell that does not begin with one is an ordinary character.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.ingest.outline import Outline

# No report is longer, in characters: beyond it, a quote has been left open.
LONGEST_CELL = 1_000_000


class Record(NamedTuple):
    """One record: its physical line, and its cells or the reason code why it has none."""

    line: int
    cells: list[str]
    reason: str = ""


class PhysicalLines:
    """The lines of a file, held back until the record that they belong to is settled."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self.held: list[str] = []
        self.taken = 0
        self.number = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.taken == len(self.held):
            self.held.append(next(self._source))
        self.taken += 1
        return self.held[self.taken - 1]

    def hold(self, index: int) -> str | None:
        """The held line of this index, read on to where needed; None after the file's end."""
        while len(self.held) <= index:
            line = next(self._source, None)
            if line is None:
                return None
            self.held.append(line)
        return self.held[index]

    def settle(self, count: int) -> None:
        """Let go of the first lines; the next record begins after them."""
        del self.held[:count]
        self.number += count
        self.taken = 0


def read_records(lines: PhysicalLines, outline: Outline) -> Iterator[Record]:
    """Read the records after the header.

    Blank lines are no records. Reason codes: `too_few_fields`, `too_many_fields`, `stray_quote`
    (text follows a closing quote), `unclosed_quote`.

    Args:
        lines: The file's lines from the first after the header on, with their line ends.
        outline: What a row looks like.
    """
    parser = strict_parser(lines, outline.delimiter)
    while True:
        try:
            cells = next(parser)
        except StopIteration:
            return
        except csv.Error as error:
            yield _break_off(lines, parser, outline, stray="expected after" in str(error))
            continue
        count, line = lines.taken, lines.number
        swallowed = _find_row(lines, parser, outline, end=count) if count > 1 else None
        if swallowed is not None:
            lines.settle(swallowed)
            yield Record(line, [], "unclosed_quote")
            continue
        lines.settle(count)
        if len(cells) == outline.width:
            yield Record(line, cells)
        elif len(cells) > 1 or "".join(cells).strip(" "):
            few = len(cells) < outline.width
            yield Record(line, [], "too_few_fields" if few else "too_many_fields")


def strict_parser(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The standard library's parser, with room for long reports.

    Its limit is one for the whole process, so it is only ever raised.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _break_off(
    lines: PhysicalLines, parser: Iterator[list[str]], outline: Outline, *, stray: bool
) -> Record:
    """Set a broken record apart, and go on where the next row begins."""
    line, seen = lines.number, lines.taken
    begins = _find_row(lines, parser, outline)
    # Text after a closing quote: where a row begins before it, the quote had been left open there.
    stray = stray and (begins is None or begins >= seen)
    lines.settle(len(lines.held) if begins is None else begins)
    return Record(line, [], "stray_quote" if stray else "unclosed_quote")


def _find_row(
    lines: PhysicalLines, parser: Iterator[list[str]], outline: Outline, end: int | None = None
) -> int | None:
    """Index among the held lines, after the first and before `end`, of one that begins a row.

    Without an `end` the search goes on to the end of the file, or gives up after as many
    characters as the longest cell may have, and takes the line reached for a beginning.
    """
    size = 0
    for index in itertools.count(1) if end is None else range(1, end):
        text = lines.hold(index)
        if text is None:
            return None
        size += len(text)
        if end is None and size > LONGEST_CELL:
            return index
        if outline.start.match(text) and _is_row_at(index, lines, parser, outline):
            return index
    return None


def _is_row_at(
    index: int, lines: PhysicalLines, parser: Iterator[list[str]], outline: Outline
) -> bool:
    lines.taken = index
    try:
        return outline.is_row(next(parser))
    except (csv.Error, StopIteration):
        return False
