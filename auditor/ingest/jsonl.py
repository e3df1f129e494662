"""JSON Lines: one flat object a line, its keys the columns.

Numbers are taken as they are written, so that no id loses a digit; a key that a line lacks, and
`null`, is an empty cell. Lists and objects within an object are no cells: where a column that is
used holds one, the row is set aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from auditor.config.site import FileShape
from auditor.errors import SourceError
from auditor.ingest.opening import open_content
from auditor.ingest.outline import Outline
from auditor.ingest.rows import Rows
from auditor.ingest.runs import Gathering

# No report is longer, in bytes, with all its escapes: beyond it, line breaks have been lost.
LONGEST_LINE = 16 << 20
_MARK = b"\xef\xbb\xbf"
_NESTED = object()


@dataclass(frozen=True, slots=True)
class KeyLayout:
    """The keys of a file's objects, in the order in which they first stand.

    Attributes:
        header: The keys.
        header_lines: None: every line is a row.
        delimiter: Empty: cells are not delimited by characters.
    """

    header: tuple[str, ...]
    header_lines: int = 0
    delimiter: str = ""


def read_layout(path: Path, shape: FileShape, *_: object) -> KeyLayout:
    """Find the keys of a file; all of it is read, since any line may have one more.

    Raises:
        SourceError: The file cannot be read, or holds no object.
    """
    keys: dict[str, None] = {}
    seen: set[tuple[str, ...]] = set()
    with open_content(path) as content:
        for _line, text in _lines(content):
            row, _reason = _parse(text)
            if tuple(row) not in seen:
                seen.add(tuple(row))
                keys.update(dict.fromkeys(row))
    if not keys:
        raise SourceError(
            f"{path}: holds no JSON objects, one a line; export it as JSON Lines, or as CSV."
        )
    return KeyLayout(tuple(keys))


def read_rows(
    path: Path, layout: KeyLayout, outline: Outline, *, shape: FileShape, batch_rows: int
) -> Iterator[Rows]:
    """Read all rows, in the file's order, in runs of at most `batch_rows`.

    Raises:
        SourceError: The file cannot be read to its end.
    """
    gathering = Gathering(len(layout.header), batch_rows)
    with open_content(path) as content:
        for line, text in _lines(content):
            row, reason = _parse(text)
            cells = [_cell(row.get(key)) for key in layout.header]
            if not reason and any(cells[number] is _NESTED for number in outline.used):
                reason = "nested_value"
            if reason:
                gathering.set_aside(line, reason)
            else:
                gathering.add(line, ["" if cell is _NESTED else cell for cell in cells])
            if gathering.is_full:
                yield gathering.take()
    if len(gathering):
        yield gathering.take()


def _lines(content: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank, each with its number; None for one that is too long."""
    number = 0
    while text := content.readline(LONGEST_LINE):
        number += 1
        if number == 1:
            text = text.removeprefix(_MARK)
        too_long = len(text) == LONGEST_LINE and not text.endswith(b"\n")
        while too_long and (rest := content.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        if too_long:
            yield number, None
        elif text.strip():
            yield number, text


class _Twice(ValueError):
    """A key stands twice in one object."""


def _parse(line: bytes | None) -> tuple[dict[str, Any], str]:
    """A line's object; an empty one and the reason code where it is none."""
    if line is None:
        return {}, "line_too_long"
    try:
        row = json.loads(
            line.decode("utf-8"),
            parse_int=str,
            parse_float=_number,
            parse_constant=lambda _: None,
            object_pairs_hook=_once,
        )
    except UnicodeDecodeError:
        return {}, "bad_encoding"
    except _Twice:
        return {}, "repeated_key"
    except (ValueError, RecursionError):
        return {}, "no_json_object"
    return (row, "") if isinstance(row, dict) else ({}, "no_json_object")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise _Twice
    return row


def _number(written: str) -> str:
    """A number as written; a whole one without the `.0` that tools give it beside missing ones."""
    whole, _, fraction = written.partition(".")
    return whole if fraction and not fraction.strip("0") else written


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NESTED
