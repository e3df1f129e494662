"""Kinds of source and their readers. A new kind is an entry in `READERS` and in `find_kind`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from auditor.config.site import FileShape
from auditor.errors import SourceError
from auditor.ingest import delimited
from auditor.ingest.opening import open_content
from auditor.ingest.rows import Rows

# What a file's first bytes say, where it is of a kind that no reader knows.
_FOREIGN = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"MSH|", "a file of HL7 messages"),
    (b"%PDF", "a PDF"),
    (b"{", "a JSON file"),
    (b"<", "an XML or HTML file"),
)


class Reader(NamedTuple):
    """How files of one kind are read: the header first, then the rows in runs."""

    read_layout: Callable[[Path, FileShape], delimited.Layout]
    read_rows: Callable[..., Iterator[Rows]]


READERS: dict[str, Reader] = {
    "delimited": Reader(delimited.read_layout, delimited.read_rows),
}


def find_kind(path: Path) -> str:
    """The kind of a file, a key of `READERS`, told from its content.

    Raises:
        SourceError: The file cannot be read or is of a kind that no reader knows.
    """
    with open_content(path) as content:
        start = content.read(8).lstrip()
    for signature, kind in _FOREIGN:
        if start.startswith(signature):
            raise SourceError(
                f"{path}: is {kind}; only CSV and TSV files can be read, plain or .gz. "
                "Export it as CSV."
            )
    return "delimited"
