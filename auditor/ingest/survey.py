"""One quick look at a whole file before it is read: its encoding, and whether it is regular.

A *regular* file can be trusted to a fast parser: valid UTF-8 without NUL bytes, no empty line
between records, and every quote either opens a cell (it stands after a delimiter or a line break),
closes one (it stands before one), or is one of a doubled pair within. Everything else is read by
the careful reader, which knows what to do with it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

BLOCK_BYTES = 1 << 19

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


def survey_file(content: BinaryIO, *, encoding: str, settled: bool, delimiter: str) -> Survey:
    """Look through a whole file once.

    A file that is not UTF-8 is taken for Windows-1252 where that is plausible: all its bytes have
    a meaning there and none of them forms a UTF-8 character. In a file that does hold UTF-8
    characters, the broken bytes are the exception: it stays UTF-8 and is not `clean`.

    Args:
        content: The file's bytes, from the start.
        encoding: From `guess_encoding`.
        settled: The site or a byte order mark has named the encoding.
        delimiter: One character.
    """
    if encoding != "utf-8-sig" or not delimiter.isascii():
        return Survey(encoding, regular=False, clean=False)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    structure = _Structure(delimiter)
    broken = beyond = odd = nul = False
    for block in _blocks(content):
        structure.add(block)
        # A block that is all ASCII, after one that ended with a whole character, needs no decoding.
        text = "" if block.isascii() and not decoder.getstate()[0] else decoder.decode(block)
        if not text.isascii():
            broken = broken or bool(UNDECODED.search(text))
            beyond = beyond or bool(_BEYOND_ASCII.search(text))
            odd = odd or bool(_NOT_WINDOWS.search(text))
        nul = nul or b"\0" in block
    broken = broken or bool(decoder.decode(b"", final=True))
    if broken and not (settled or beyond or odd):
        return Survey("cp1252", regular=False, clean=not nul)
    clean = not (broken or nul)
    return Survey(encoding, regular=clean and structure.is_regular(), clean=clean)


def _blocks(content: BinaryIO) -> Iterator[bytes]:
    yield content.read(BLOCK_BYTES).removeprefix(codecs.BOM_UTF8)
    while block := content.read(BLOCK_BYTES):
        yield block


class _Structure:
    """Follows quotes and line breaks through a file, block by block."""

    def __init__(self, delimiter: str) -> None:
        self._at_edge = np.zeros(256, dtype=bool)
        self._at_edge[[_QUOTE, _LINE_FEED, _RETURN, ord(delimiter)]] = True
        self._quotes = 0
        self._regular = True
        # The last byte looked at and the one after it, whose own successor is not known yet. The
        # start of the file counts as a line break.
        self._held = b"\n"

    def add(self, block: bytes) -> None:
        """Look at the next block."""
        data = self._held + block
        if self._regular:
            self._check(np.frombuffer(data, dtype=np.uint8), returns=b"\r" in data)
        self._held = data[-2:]

    def is_regular(self) -> bool:
        """Whether the file, now ended, was regular."""
        self.add(b"\n")
        return self._regular and self._quotes % 2 == 0

    def _check(self, data: np.ndarray, *, returns: bool) -> None:
        quotes = np.flatnonzero(data[1:-1] == _QUOTE) + 1
        # Every second one opens, from the first or the one after it.
        opening, closing = quotes[self._quotes % 2 :: 2], quotes[1 - self._quotes % 2 :: 2]
        blank = self._blank_lines(data, returns=returns)
        outside = (self._quotes + np.searchsorted(quotes, blank)) % 2 == 0
        at_edges = self._at_edge[data[opening - 1]].all() and self._at_edge[data[closing + 1]].all()
        self._regular = bool(at_edges) and not outside.any()
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
