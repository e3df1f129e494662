"""The texts that the cells of an `.xlsx` file share, kept on disk and not in memory.

A workbook of a million reports has a gigabyte of them. They go into a nameless temporary file,
which the system removes with the process, whatever ends it.
"""

from __future__ import annotations

import io
import re
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import IO

from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.spreadsheet.package import Package, make_parser

# How characters that XML cannot hold are written, such as a carriage return.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Short texts (statuses, names) repeat: so many of them are kept at hand.
_SHORT, _AT_HAND = 64, 50_000


def unescape(text: str) -> str:
    """A text with the characters that were written as `_x000D_`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class SharedStrings:
    """The shared texts of a workbook, by number; read on only as far as they are asked for."""

    def __init__(self, package: Package) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()
        self._ends = array("Q", [0])
        self._at_hand: dict[int, str] = {}
        self._rest = _read(package) if package.strings else iter(())

    def __enter__(self) -> SharedStrings:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __getitem__(self, number: int) -> str:
        """The text of a number; empty where there is none.

        Raises:
            SourceError: The texts are damaged.
        """
        text = self._at_hand.get(number)
        if text is not None:
            return text
        if not self._reaches(number):
            return ""
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        text = self._file.read(end - start).decode("utf-8", "surrogatepass")
        if len(text) <= _SHORT and len(self._at_hand) < _AT_HAND:
            self._at_hand[number] = text
        return text

    def _reaches(self, number: int) -> bool:
        while number + 1 >= len(self._ends):
            texts = next(self._rest, None)
            if texts is None:
                return False
            end = self._file.seek(0, io.SEEK_END)
            for text in texts:
                end += self._file.write(text.encode("utf-8", "surrogatepass"))
                self._ends.append(end)
        return True


def _read(package: Package) -> Iterator[list[str]]:
    collector = _Collector()
    parser = make_parser(collector.start, collector.end, collector.text)
    for _ in package.parse(package.strings, parser):
        yield list(map(unescape, collector.done))
        collector.done.clear()


class _Collector:
    """Puts the text of each item together, without the readings that stand over it in Japanese."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._pieces: list[str] = []
        self._size = 0
        self._open = self._reading = False

    def start(self, name: str, _: dict[str, str]) -> None:
        """An element begins."""
        name = name.rpartition(":")[2]
        self._open = name == "t" and not self._reading
        self._reading = self._reading or name == "rPh"

    def text(self, piece: str) -> None:
        """Text stands in an element."""
        # One more than the longest cell is enough to know that it is too long.
        if self._open and self._size <= LONGEST_CELL:
            piece = piece[: LONGEST_CELL + 1 - self._size]
            self._pieces.append(piece)
            self._size += len(piece)

    def end(self, name: str) -> None:
        """An element ends."""
        name = name.rpartition(":")[2]
        if name == "si":
            self.done.append("".join(self._pieces))
            self._pieces.clear()
            self._size = 0
        elif name == "rPh":
            self._reading = False
        self._open = False
