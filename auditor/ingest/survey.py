"""A quick look at the bytes of a file: its encoding, and whether it is regular.

A *regular* file can be trusted to a fast parser: valid UTF-8 without NUL bytes, no empty line
between records, and every quote either opens a cell (it stands after a delimiter or a line break),
closes one (it stands before one), or is one of a doubled pair within. Everything else is read by
the careful reader, which knows what to do with it.

The bytes are looked at as the fast parser takes them (`SurveyedBytes`): it is stopped before it has
read what is not regular.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

BLOCK_BYTES = 1 << 19

# What a file is taken for that is not UTF-8.
WINDOWS = "cp1252"

_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13
# What a byte that cannot be decoded becomes: half of a surrogate pair, standing alone.
UNDECODED = re.compile("[\ud800-\udfff]")
_BEYOND_ASCII = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
# Bytes that Windows-1252 leaves undefined, and two that stand for letters no report is written in
# but are what damaged storage is filled with.
_NOT_WINDOWS = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d\udcfe\udcff]")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the whole file found.

    Attributes:
        encoding: The encoding to read it in.
        regular: It can be trusted to the fast parser.
        clean: No undecodable bytes and no NUL bytes are in it.
    """

    encoding: str
    regular: bool
    clean: bool


def guess_encoding(start: bytes, named: str = "auto") -> str:
    """The encoding from a file's first bytes; `named` is what the site says.

    A byte order mark decides; UTF-16 without one is told from the zero bytes of its header. What
    is left is UTF-8 until `survey_file` has seen the whole file.
    """
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if named != "auto":
        name = codecs.lookup(named).name
        return "utf-8-sig" if name == "utf-8" else name
    if start[1:2] == start[3:4] == b"\0":
        return "utf-16-le"
    if start[:1] == start[2:3] == b"\0":
        return "utf-16-be"
    return "utf-8-sig"


def survey_file(content: BinaryIO, surveyor: Surveyor) -> Survey:
    """Look through a whole file once, from its start."""
    while surveyor.can_tell and (block := content.read(BLOCK_BYTES)):
        surveyor.add(block)
    return surveyor.end()


class Surveyor:
    """Looks at a file's bytes, block by block from the start, and tells at the end what they are.

    A file that is not UTF-8 is taken for Windows-1252 where that is plausible: all its bytes have
    a meaning there and none of them forms a UTF-8 character. In a file that does hold UTF-8
    characters, the broken bytes are the exception: it stays UTF-8 and is not `clean`.

    Args:
        encoding: From `guess_encoding`.
        settled: The site or a byte order mark has named the encoding.
        delimiter: One character.
    """

    def __init__(self, encoding: str, *, settled: bool, delimiter: str) -> None:
        # Of other encodings nothing is looked at.
        self.can_tell = encoding == "utf-8-sig" and delimiter.isascii()
        self._encoding = encoding
        self._settled = settled
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._structure = _Structure(delimiter) if self.can_tell else None
        self._begun = self._broken = self._beyond = self._odd = self._nul = False
        self._ended = False

    @property
    def regular(self) -> bool:
        """Whether all that has been added may be the beginning of a regular file.

        Of the last byte it is not known yet.
        """
        clean = not (self._broken or self._nul)
        return clean and self._structure is not None and self._structure.regular

    def add(self, block: bytes) -> None:
        """Look at the next block."""
        if self._structure is None:
            return
        if not self._begun:
            self._begun, block = True, block.removeprefix(codecs.BOM_UTF8)
        self._structure.add(block)
        # A block that is all ASCII, after one that ended with a whole character, needs no decoding.
        if not (block.isascii() and not self._decoder.getstate()[0]):
            self._look_at_text(self._decoder.decode(block))
        self._nul = self._nul or b"\0" in block

    def end(self) -> Survey:
        """What the file, now ended, is; may be asked again."""
        if self._structure is None:
            return Survey(self._encoding, regular=False, clean=False)
        if not self._ended:
            self._ended = True
            self._structure.end()
            self._broken = self._broken or bool(self._decoder.decode(b"", final=True))
        clean = not (self._broken or self._nul)
        if self._broken and not (self._settled or self._beyond or self._odd):
            return Survey(WINDOWS, regular=False, clean=not self._nul)
        return Survey(self._encoding, regular=self.regular, clean=clean)

    def _look_at_text(self, text: str) -> None:
        if not text.isascii():
            self._broken = self._broken or bool(UNDECODED.search(text))
            self._beyond = self._beyond or bool(_BEYOND_ASCII.search(text))
            self._odd = self._odd or bool(_NOT_WINDOWS.search(text))


class IrregularError(Exception):
    """The bytes that come next are not those of a regular file."""


class SurveyedBytes:
    """A file's bytes, looked at before they are given: as much of a file as pyarrow asks for."""

    closed = False  # pyarrow asks

    def __init__(self, content: BinaryIO, surveyor: Surveyor) -> None:
        self._content = content
        self._surveyor = surveyor
        self._held = b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; empty at the end.

        Raises:
            IrregularError: What has been read, and these bytes, begin no regular file; or the
                file ends here and was none.
        """
        data = self._held + self._content.read(size - len(self._held))
        self._held = b""
        if data.endswith(b"\r"):
            # The halves of a CR LF in two blocks are a line's end to pyarrow 24, even in a cell.
            self._held = self._content.read(1)
            if self._held == b"\n" and len(data) > 1:
                data, self._held = data[:-1], b"\r\n"
        for start in range(0, len(data), BLOCK_BYTES):
            self._surveyor.add(data[start : start + BLOCK_BYTES])
        regular = self._surveyor.regular if data else self._surveyor.end().regular
        if not regular:
            raise IrregularError
        return data


class _Structure:
    """Follows quotes and line breaks through a file, block by block."""

    def __init__(self, delimiter: str) -> None:
        self._at_edge = np.zeros(256, dtype=bool)
        self._at_edge[[_QUOTE, _LINE_FEED, _RETURN, ord(delimiter)]] = True
        self.regular = True
        self._quotes = 0
        # The last byte looked at and the one after it, whose own successor is not known yet. The
        # start of the file counts as a line break.
        self._held = b"\n"

    def add(self, block: bytes) -> None:
        """Look at the next block."""
        data = self._held + block
        if self.regular:
            self._check(np.frombuffer(data, dtype=np.uint8), returns=b"\r" in data)
        self._held = data[-2:]

    def end(self) -> None:
        """The file has ended."""
        self.add(b"\n")
        self.regular = self.regular and self._quotes % 2 == 0

    def _check(self, data: np.ndarray, *, returns: bool) -> None:
        quotes = np.flatnonzero(data[1:-1] == _QUOTE) + 1
        # Every second one opens, from the first or the one after it.
        opening, closing = quotes[self._quotes % 2 :: 2], quotes[1 - self._quotes % 2 :: 2]
        blank = self._blank_lines(data, returns=returns)
        outside = (self._quotes + np.searchsorted(quotes, blank)) % 2 == 0
        at_edges = self._at_edge[data[opening - 1]].all() and self._at_edge[data[closing + 1]].all()
        self.regular = bool(at_edges) and not outside.any()
        self._quotes += len(quotes)

    @staticmethod
    def _blank_lines(data: np.ndarray, *, returns: bool) -> np.ndarray:
        """Positions of line breaks that follow a line break at once (CR LF is one break)."""
        # The last byte's own successor is not known yet: the next block looks at it again.
        if not returns:
            return _places_of_two(data[:-1], _LINE_FEED) + 1
        ends = np.flatnonzero((data[:-1] == _LINE_FEED) | (data[:-1] == _RETURN))
        pairs = ends[1:][np.diff(ends) == 1]
        return pairs[~((data[pairs - 1] == _RETURN) & (data[pairs] == _LINE_FEED))]


def _places_of_two(data: np.ndarray, code: int) -> np.ndarray:
    """Where a byte stands twice running, in order: looked for by two bytes at a time."""
    twice = code << 8 | code
    places = [
        2 * np.flatnonzero(np.frombuffer(data, np.uint16, (len(data) - start) // 2, start) == twice)
        + start
        for start in (0, 1)
    ]
    return np.sort(np.concatenate(places))
