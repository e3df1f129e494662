"""Kinds of single-table files, and their readers. A new kind stands in `READERS` and in `_KINDS`.

Every reader has two functions. `read_layout` finds the columns' names, and where a file may hold
several tables, the one that fits: its arguments are the path, the site's `[files]`, a function that
says how well names fit the table, and the table's name. `read_rows` gives all rows in runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from auditor.errors import SourceError
from auditor.ingest import delimited, excel, jsonl, parquet
from auditor.ingest.opening import open_content
from auditor.ingest.rows import Rows


class Layout(Protocol):
    """What is known of a file before its rows are read; each reader adds what it needs."""

    @property
    def header(self) -> tuple[str, ...]:
        """The columns' names."""

    @property
    def delimiter(self) -> str:
        """The character between cells; empty where none is."""


class Reader(NamedTuple):
    """How files of one kind are read: the header first, then the rows in runs."""

    read_layout: Callable[..., Any]
    read_rows: Callable[..., Iterator[Rows]]


READERS: dict[str, Reader] = {
    "delimited": Reader(delimited.read_layout, delimited.read_rows),
    "excel": Reader(excel.read_layout, excel.read_rows),
    "parquet": Reader(parquet.read_layout, parquet.read_rows),
    "jsonl": Reader(jsonl.read_layout, jsonl.read_rows),
}

# What a file's first bytes say.
_KINDS = (
    (b"PK\x03\x04", "excel"),
    (b"\xd0\xcf\x11\xe0", "excel"),
    (parquet.PARQUET_START, "parquet"),
    (parquet.FEATHER_START, "parquet"),
    (parquet.STREAM_START, "parquet"),
    (b"{", "jsonl"),
)
# Kinds whose readers go to and fro in a file, which they cannot in a packed one.
_UNPACKED = ("excel", "parquet")

# What holds both tables at once, for which there is another option.
_BOTH = (
    (re.compile(rb"(?:MSH|FHS|BHS)[|]"), "HL7 v2 messages"),
    (re.compile(rb'[\[{].*"resourceType"\s*:', re.DOTALL), "FHIR resources"),
    (re.compile(rb"SQLite format 3\0"), "an SQLite database"),
)
# Kinds that no reader knows, and what to do with one.
_FOREIGN = (
    (b"PK\x05\x06", "an empty zip archive", "Export it again."),
    (b"\x1f\x8b", "packed twice", "Unpack it once by hand."),
    (b"%PDF", "a PDF", "Export the data behind it as CSV."),
    (b"[", "a JSON list", "Export it as JSON Lines, one object a line, or as CSV."),
    (b"FEA1", "an old Feather file", "Export it as Parquet or CSV."),
    (b"<", "an XML or HTML file", "Open it in a spreadsheet program and save it as .xlsx or CSV."),
)


def find_kind(path: Path) -> str:
    """The kind of a file, a key of `READERS`, told from its content.

    Raises:
        SourceError: The file cannot be read or is of a kind that no reader knows.
    """
    with open_content(path) as content:
        start = content.read(512)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what in _BOTH:
        if pattern.match(bare):
            raise SourceError(
                f"{path}: holds {what}, reports and orders at once: give it by --exports."
            )
    for signature, what, advice in _FOREIGN:
        if bare.startswith(signature):
            raise SourceError(f"{path}: is {what}, which is not read. {advice}")
    for signature, kind in _KINDS:
        if start.startswith(signature) or (kind == "jsonl" and bare.startswith(signature)):
            if kind in _UNPACKED:
                _check_unpacked(path, signature)
            return kind
    return "delimited"


def _check_unpacked(path: Path, signature: bytes) -> None:
    with path.open("rb") as plain:
        if not plain.read(len(signature)) == signature:
            raise SourceError(
                f"{path}: is a packed workbook or Parquet file; unpack it, it is packed by itself."
            )
