"""The parts of an `.xlsx` file: which sheets it has, how numbers are shown, and their bytes.

Every part is read as a stream, and only where its size is in proportion. XML that defines a
document type or entities, which no spreadsheet program writes, is refused.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from auditor.errors import SourceError
from auditor.ingest.archives import most_bytes, refuse_bomb
from auditor.ingest.spreadsheet.cells import kind_of_format

_CHUNK = 1 << 16
# Beyond it, a part that is read as a whole is not what it says it is.
_LONGEST_LIST = 32 << 20
# A workbook of a million rows with long texts unpacks to some gigabytes.
_LONGEST_PART = 16 << 30

_SCRAMBLED = "holds XML that no spreadsheet program writes (a document type or entities)"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, whether people see it, and where its cells are."""

    name: str
    shown: bool
    part: str = ""


class Package:
    """An open `.xlsx` file.

    Attributes:
        path: The file.
        sheets: Its worksheets, in the order of their tabs.
        from_1904: Its days are counted from 1904.
        kinds: What the number formats show, by cell style.
        strings: The part with shared texts; empty where there is none.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}
        book = self._targets("", ends="/officeDocument").get("", "xl/workbook.xml")
        if book.endswith(".bin"):
            raise SourceError(f"{path}: is a binary Excel workbook; save it as .xlsx or CSV.")
        root = self._tree(book)
        if _local(root.tag) != "workbook":
            raise self.damaged()
        self.from_1904 = any(
            node.get("date1904", "0") in ("1", "true") for node in _all(root, "workbookPr")
        )
        parts = self._targets(book)
        self.sheets = tuple(_sheets(root, parts))
        self.strings = self._targets(book, ends="/sharedStrings").get("", "")
        styles = self._targets(book, ends="/styles").get("", "")
        self.kinds = _kinds(self._tree(styles)) if self.has(styles) else []

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part.lower() in self._names

    def damaged(self) -> SourceError:
        """The error for a workbook that is not whole."""
        return _damaged(self.path)

    @contextmanager
    def open_part(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part's bytes.

        Raises:
            SourceError: There is no such part, it wants a password, or it is out of proportion.
        """
        if not self.has(part):
            raise self.damaged()
        member = self._archive.getinfo(self._names[part.lower()])
        if member.file_size > min(most_bytes(member.compress_size), _LONGEST_PART):
            raise refuse_bomb(self.path)
        if member.flag_bits & 1:
            raise SourceError(f"{self.path}: the workbook wants a password; save it without one.")
        with _damages_named(self.path):
            content = self._archive.open(member)
        with content:
            yield content

    def parse(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed a part to a parser, piece by piece; between two pieces it is the caller's turn.

        Raises:
            SourceError: It is no XML, or XML that is not to be trusted.
        """

        def refuse(*_: object) -> None:
            raise SourceError(f"{self.path}: {_SCRAMBLED}; it is not read.")

        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        with self.open_part(part) as content:
            try:
                while piece := self._read(content, _CHUNK):
                    parser.Parse(piece, False)
                    yield
                parser.Parse(b"", True)
            except expat.ExpatError as error:
                raise self.damaged() from error
        yield

    def _read(self, content: IO[bytes], size: int) -> bytes:
        with _damages_named(self.path):
            return content.read(size)

    def _tree(self, part: str) -> Element:
        with self.open_part(part) as content:
            text = self._read(content, _LONGEST_LIST + 1)
        if len(text) > _LONGEST_LIST:
            raise refuse_bomb(self.path)
        try:
            return fromstring(text, forbid_dtd=True)
        except DefusedXmlException as error:
            raise SourceError(f"{self.path}: {_SCRAMBLED}; it is not read.") from error
        except (ParseError, LookupError, ValueError) as error:
            raise self.damaged() from error

    def _targets(self, part: str, ends: str = "") -> dict[str, str]:
        """Parts that a part points to, by id; with `ends`, the one of that type, by no id."""
        folder, name = posixpath.split(part)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(links):
            return {}
        found = {}
        for node in _all(self._tree(links), "Relationship"):
            target = node.get("Target", "")
            whole = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            # One that leads out of the file is no part of it, and is not found there.
            if node.get("Type", "").endswith(ends):
                found["" if ends else node.get("Id", "")] = posixpath.normpath(whole)
        return found


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open an `.xlsx` file.

    Raises:
        SourceError: It cannot be read or is no workbook, here or later within the `with` block.
    """
    with _damages_named(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield Package(path, archive)


@contextmanager
def _damages_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, ValueError),
        *(NotImplementedError, RuntimeError, OverflowError),
    ) as error:
        raise _damaged(path) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error


def _damaged(path: Path) -> SourceError:
    return SourceError(f"{path}: the Excel workbook is damaged; save it again.")


def make_parser(
    start: Callable[[str, dict[str, str]], Any],
    end: Callable[[str], Any],
    text: Callable[[str], Any],
) -> expat.XMLParserType:
    """A parser that calls back for each element and piece of text."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    return parser


def _sheets(root: Element, parts: dict[str, str]) -> Iterator[Sheet]:
    for node in _all(root, "sheet"):
        ids = [value for key, value in node.attrib.items() if _local(key) == "id"]
        part = parts.get(ids[0], "") if ids else ""
        # Charts and macros have tabs as well, and no cells.
        if part and "chartsheet" not in part and "dialogsheet" not in part:
            yield Sheet(
                node.get("name", ""), node.get("state", "") not in ("hidden", "veryHidden"), part
            )


def _kinds(root: Element) -> list[int]:
    codes = {
        _number(node.get("numFmtId")): node.get("formatCode", "") for node in _all(root, "numFmt")
    }
    kinds: list[int] = []
    for styles in _all(root, "cellXfs"):
        for node in _all(styles, "xf"):
            number = _number(node.get("numFmtId"))
            kinds.append(kind_of_format(number, codes.get(number, "")))
    return kinds


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0


def _all(root: Element, name: str) -> Iterator[Element]:
    return (node for node in root.iter() if _local(node.tag) == name)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
