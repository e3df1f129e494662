"""A file of HL7 v2 messages -> the messages one by one, with the line on which each begins.

Envelopes (FHS, BHS, BTS, FTS) and the bytes of MLLP framing belong to no message. A line ends with
CR, LF or CR LF.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

BLOCK_BYTES = 1 << 20
# No message is longer, not even one that carries a document: beyond it, a header has been lost.
LONGEST_MESSAGE = 64 << 20

# A header at the beginning of a line: three letters and the separator that it names.
_MARK = codecs.BOM_UTF8  # which a file may begin with
_HEADER = re.compile(rb"MSH[^A-Za-z0-9\s]")
# What may stand before a header on its line.
_LEAD = re.compile(rb"(?:\A|[\r\n\x0b\x1c])((?:" + _MARK + rb")?[ \t]*)\Z")
# What may stand before the first message of a file.
_ENVELOPE = re.compile(rb"(?:[\s\x0b\x1c\x00]+|(?:" + _MARK + rb")?(?:FHS|BHS|BTS|FTS)[^\r\n]*)*")
_FRAME = b"\x0b\x1c\r\n \t\x00"
_FRAME_END = b"\x1c"
# So much of a block's end is looked at again with the next: a header may be cut there.
_OVERLAP = 64


class Framed(NamedTuple):
    """One message, or what stands where one should.

    Attributes:
        line: Physical line on which it begins, from 1.
        content: Its bytes without framing; empty where a reason is given.
        reason: Empty, `no_message_header` or `message_too_long`.
    """

    line: int
    content: bytes
    reason: str = ""


def read_framed(content: BinaryIO) -> Iterator[Framed]:
    """Read a file's messages in order; at most one message and a block are held in memory."""
    held, line, skipping = b"", 1, False
    looked = 0
    while True:
        block = content.read(BLOCK_BYTES)
        held += block
        begins = list(_find_headers(held, looked))
        if not block:
            begins.append(len(held))
        start = 0
        for begin in begins:
            if begin > start:
                piece = held[start:begin]
                if not skipping:
                    yield from _framed(piece, line)
                skipping = False
                line += count_lines(piece)
                start = begin
        held = held[start:]
        if not block:
            return
        if len(held) > LONGEST_MESSAGE:
            if not skipping:
                yield Framed(line, b"", "message_too_long")
            skipping = True
            line += count_lines(held[:-_OVERLAP])
            held = held[-_OVERLAP:]
        looked = max(len(held) - _OVERLAP, 1)


def _find_headers(held: bytes, start: int) -> Iterator[int]:
    """Where lines that are headers begin, from `start` on."""
    for found in _HEADER.finditer(held, start):
        at = found.start()
        lead = _LEAD.search(held, max(at - _OVERLAP, 0), at)
        # Cut out of its file, what is held begins where something else did.
        if lead is not None and (lead.start(1) > 0 or held[:at] == lead[1]):
            yield lead.start(1)


def count_lines(piece: bytes) -> int:
    """How many lines end in a piece of a file."""
    return piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")


def _framed(piece: bytes, line: int) -> Iterator[Framed]:
    """The message of a piece, and what follows the end of its frame."""
    end = 0
    if next(_find_headers(piece, 0), None) == 0:
        cut = piece.find(_FRAME_END)
        end = len(piece) if cut < 0 or _stray(piece, cut) == len(piece) else cut
        yield Framed(line, piece[:end].removeprefix(codecs.BOM_UTF8).strip(_FRAME))
    stray = _stray(piece, end)
    if stray < len(piece):
        yield Framed(line + count_lines(piece[:stray]), b"", "no_message_header")


def _stray(piece: bytes, start: int) -> int:
    """Where, after envelopes and white space, something stands that is no message."""
    envelope = _ENVELOPE.match(piece, start)
    end = envelope.end() if envelope else start
    return end if piece[end:].strip(_FRAME) else len(piece)
