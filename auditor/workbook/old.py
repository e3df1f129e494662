"""A workbook marked as old: its Summary says in red, above all, that there is none of tonight.

The file is taken as it stands and two cells of its first lines are changed, the title and the news
since the run before: reading and writing it again would lose its charts.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree  # noqa: S405 - only reads files that this package wrote
from xml.sax.saxutils import escape
from zipfile import BadZipFile, ZipFile

from auditor.errors import OutputError
from auditor.workbook.styles import FONT
from auditor.workbook.text import clean_text

_RED = f'<rPr><rFont val="{FONT}"/><b/><sz val="11"/><color rgb="FFC00000"/></rPr>'
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def mark_workbook(source: Path, target: Path, *, sheet: str, title: str, why: str) -> None:
    """Copy a workbook of ours, with words in red in two of its Summary's first lines.

    Args:
        source: A workbook that is not marked.
        target: The copy.
        sheet: Title of its summary sheet; empty: the first one.
        title: Goes before the sheet's first line.
        why: Goes before its third, the news.

    Raises:
        OutputError: The source cannot be read, is no such workbook, or the copy cannot be written.
    """
    try:
        with ZipFile(source) as old, ZipFile(target, "w") as new:
            part = _part_of(old, sheet)
            for entry in old.infolist():
                content = old.read(entry)
                if entry.filename == part:
                    text = content.decode("utf-8")
                    text = _put_before(text, "A1", title)
                    content = _put_before(text, "A3", why).encode("utf-8")
                new.writestr(entry, content)
    except (
        OSError,
        BadZipFile,
        LookupError,
        ValueError,
        StopIteration,
        ElementTree.ParseError,
    ) as error:
        raise OutputError(
            f"{source}: cannot be marked as old ({type(error).__name__}). It is not of tonight."
        ) from error


def _part_of(book: ZipFile, sheet: str) -> str:
    """The name of a sheet's part in the file."""
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - ours
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 - ours
    found = next(item for item in sheets.iter(f"{_MAIN}sheet") if sheet in ("", item.get("name")))
    return "xl/" + targets[found.get(_REFERENCE)].removeprefix("/").removeprefix("xl/")


def _put_before(sheet: str, cell: str, words: str) -> str:
    """Put red words before a cell's own text, which stays."""
    pattern = re.compile(rf'(<c r="{cell}"[^>]*t="inlineStr"[^>]*>)<is><t[^>]*>([^<]*)</t></is>')
    found = pattern.search(sheet)
    if found is None:
        raise ValueError(f"no text in {cell}")
    own = f'<r><t xml:space="preserve"> {found[2]}</t></r>'
    red = f'<r>{_RED}<t xml:space="preserve">{escape(clean_text(words))}</t></r>'
    return f"{sheet[: found.start()]}{found[1]}<is>{red}{own}</is>{sheet[found.end() :]}"
