"""A text as plain sentences with their sections: cheap, by patterns only, linear in its length.

For rules that run on every row of an export, where a full language pipeline would be too slow. It
knows titles (on a line of their own or before a colon), list items, hard wraps, run-in titles
("...clear.IMPRESSION:1.Mass") and the usual abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_HYPHENATED = re.compile(
    r"(?<=[a-z])-[ \t]*\r?\n[ \t]*(?=[a-z])|(?<=[A-Z]{2})-[ \t]*\r?\n[ \t]*(?=[A-Z]{2})"
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•·>+]+\s+|\(?\d{1,2}[.)]\s*(?=[A-Za-z(?])|\(?[a-h][.)]\s+)")
_WORD = re.compile(r"[^\s:]+")
_BOUNDARY = re.compile(
    r"(?<=[^\s.!?])[.!?]+[\"')\]]*\s+"  # a sentence's end
    r"|[;•]\s*"
    r"|(?<=[a-z)\d]{2})\.(?=[A-Z][A-Za-z]|\d{1,2}\.\s?[A-Z])"  # "clear.No mass", "clear.2.Mass"
    r"|(?<=[a-z])(?=\d\.[A-Z])"  # "mass2.CT"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:dr|mr|mrs|ms|st|vs|v|approx|ca|cf|lt|rt|l|r|e\.g|i\.e|fig|prof|a\.p"
    r"|y\.o|[A-Z])\.+\s*$",
    re.IGNORECASE,
)
_WORDED = re.compile(r"[^\W_]")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,2}|[a-h])")
_ORNAMENT = "*#_=-> \t•"
_LONGEST_MARKER = 8  # characters before a title that opens its line
_BODY = ("findings", "impression", "recommendation", "addendum")
_LONGEST_SENTENCE = 2000  # characters
_LONGEST_TITLE = 50  # characters
_WRAPPED_AT = 40  # characters; a shorter line is not taken for a wrapped one


class Sentence(NamedTuple):
    """A sentence, white space normalised, without title and list marker, and its section."""

    text: str
    section: str


def outline(text: str, titles: Mapping[str, str], *, wrapped: bool = True) -> tuple[Sentence, ...]:
    """Cut a text into sentences.

    Args:
        text: A report's text or an order's reason, as given.
        titles: Section by title, lower case.
        wrapped: A line may go on in the next one; otherwise every line stands for itself.

    Returns:
        The sentences in the text's order. What stands before the first title is in the section
        `other`.
    """
    blocks = list(_blocks(text, titles, wrapped))
    has_body = any(section in _BODY for section, _, _ in blocks)
    found = []
    for section, block, titled in blocks:
        # "Clinical: lump.\nThe left kidney is ...": an untitled body after a titled history.
        if not has_body and not titled:
            section = "other"
        for piece in _pieces(block):
            marker = _LIST_ITEM.match(piece)
            plain = " ".join(piece[marker.end() if marker else 0 :].split())
            if _WORDED.search(plain):
                found.append(Sentence(plain, section))
    return tuple(found)


def _blocks(text: str, titles: Mapping[str, str], wrapped: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield (section, text, stands right after its title) for each run of lines that reads on."""
    section, titled = "other", False
    lines: list[str] = []
    for line in _HYPHENATED.sub("", text).splitlines():
        parts = list(_cut_at_titles(line.strip(), titles))
        goes_on = wrapped and parts[0][0] is None and bool(lines) and _reads_on(lines[-1], line)
        if lines and not goes_on:
            yield section, " ".join(lines), titled
            lines, titled = [], False
        for opened, part in parts:
            if opened is not None:
                if lines:
                    yield section, " ".join(lines), titled
                section, lines, titled = opened, [], True
            if part:
                lines.append(part)
    if lines:
        yield section, " ".join(lines), titled


def _reads_on(above: str, line: str) -> bool:
    """Whether a line continues the one above it (a hard wrap) or begins something new."""
    stripped = line.strip()
    if not stripped or above[-1] in ".:;!?" or _LIST_ITEM.match(line):
        return False
    return stripped[0].islower() or len(above) >= _WRAPPED_AT


def _cut_at_titles(line: str, titles: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """Yield the line's parts, each with the section its title opens (None: no title)."""
    alone = _plain(line.rstrip(":"))
    if alone in titles:
        yield titles[alone], ""
        return
    section: str | None = None
    begin = 0
    colon = line.find(":")
    while colon >= 0:
        start = _title_start(line, begin, colon, titles)
        if start >= 0:
            if section is not None or line[begin:start].strip():
                yield section, line[begin:start].strip()
            section = titles[_plain(line[start:colon])]
            begin = colon + 1
        colon = line.find(":", colon + 1)
    yield section, line[begin:].strip()


def _title_start(line: str, begin: int, colon: int, titles: Mapping[str, str]) -> int:
    """Where the title that ends at this colon begins, or -1. The longest title wins."""
    for word in _WORD.finditer(line, max(begin, colon - _LONGEST_TITLE), colon):
        for start in _starts(line, word):
            if _may_open(line, begin, start) and _plain(line[start:colon]) in titles:
                return start
    return -1


def _may_open(line: str, begin: int, start: int) -> bool:
    """A title has a capital, or nothing but a list marker stands before it."""
    if line[start].isupper():
        return True
    return start - begin <= _LONGEST_MARKER and not line[begin:start].strip(_ORNAMENT)


def _starts(line: str, word: re.Match[str]) -> Iterator[int]:
    """A word's beginning, and where a run-in title begins inside it ("clear.IMPRESSION")."""
    yield word.start()
    dot = line.rfind(".", word.start(), word.end() - 1)
    if dot >= 0:
        yield dot + 1


def _plain(title: str) -> str:
    return " ".join(title.strip(_ORNAMENT).lower().split())


def _pieces(block: str) -> Iterator[str]:
    """Cut a block at its sentence boundaries."""
    begin = 0
    for match in _BOUNDARY.finditer(block):
        if _ABBREVIATION.search(block, max(0, match.start() - 8), match.end()):
            continue
        if _NUMBER.fullmatch(block, begin, match.start()):
            continue
        yield from _bounded(block[begin : match.end()])
        begin = match.end()
    yield from _bounded(block[begin:])


def _bounded(piece: str) -> Iterator[str]:
    """Cut a piece that is too long for a sentence, so that no pattern meets a huge one."""
    while len(piece) > _LONGEST_SENTENCE:
        cut = piece.rfind(" ", 1, _LONGEST_SENTENCE) + 1 or _LONGEST_SENTENCE
        yield piece[:cut]
        piece = piece[cut:]
    yield piece
