"""Logical lines of a report: white space normalised, hard wraps joined, offsets kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# A text whose longest line is beyond this is not hard-wrapped; below the other, one cannot tell.
WIDEST, NARROWEST = 110, 40

_LINE = re.compile(r"[^\r\n\x0b\x0c\u2028\u2029]*")
_ITEM = re.compile(r"^(?:[-*•·–—>▪●○]+|\(?\d{1,2}[.)](?!\d)|[a-h][.)])\s*(?=\S)")
_FLOWS_ON = re.compile(
    r"(?:,|\b(?:and|or|of|the|a|an|with|in|to|at|is|are|by|for|from|on|as|which|that|than|no|into"
    r"|its|over|left|right|within|without|containing))$",
    re.IGNORECASE,
)
# An answer or a value is not the beginning of a phrase: `Free air? No`.
_ANSWERED = re.compile(r"[?:=]\s*no$", re.IGNORECASE)
_LABEL_LIKE = re.compile(r"^[A-Z][\w /&()'-]{0,40}?(?:\s[-–]\s|:|\?\s*(?i:yes|no|none)\b)")
_RULE = re.compile(r"^[\W_]+$")
_HYPHEN = re.compile(r"[A-Za-z]{2,}-$")
_KEEPS_HYPHEN = re.compile(
    r"(?:^|\W)(?:non|cross|soft|left|right|well|ill|ring|egg|x|post|pre|follow|mid|supra|sub|intra"
    r"|retro|para|extra|inter|multi|long|short|high|low|space|fluid|air|thin|thick|popcorn)-$",
    re.IGNORECASE,
)
# A line of no more words that is a title has nothing of its sentence on the next line, unless a
# capital behind its colon begins a sentence there.
_TITLE_WORDS = 4
_BEGUN = re.compile(r":\s*[A-Z]")
# Only the end of a joined line is looked at again, so that the work grows with the text alone.
_LONGEST_WORD = 40
# Quotes, dashes and spaces that stand for a plain one; a NUL and marks of order count as spaces.
PLAIN = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2011": "-",
    "\u00a0": " ",
    "\x00": " ",
    "\ufeff": " ",
    "\u200b": " ",
}
_PLAIN = str.maketrans(PLAIN)
_WORD = re.compile(r"\S+")
# What is more than words with single plain spaces between them.
_UNEVEN = re.compile(r"[^\x20-\x7e]|  ")


@dataclass(slots=True)
class Line:
    """A logical line.

    Attributes:
        text: Its characters, single spaces.
        origin: Offset of each character in the text as given.
        after_blank: A blank line or a ruled one stands before it.
        item: It begins as a list item.
    """

    text: str
    origin: Sequence[int]
    after_blank: bool
    item: bool


def logical_lines(text: str, opens_section: Callable[[str], bool]) -> list[Line]:
    """Cut a text into logical lines; `opens_section` tells a line that begins with a title."""
    physical = _physical_lines(text)
    width = max((len(line) for _, line in physical), default=0)
    lines: list[Line] = []
    blank, previous = True, ""
    for start, raw in physical:
        stripped = raw.strip()
        if not stripped or _RULE.match(stripped):
            blank, previous = True, ""
            continue
        normal, origin = _normalised(raw, start)
        if not normal:
            continue
        item = bool(_ITEM.match(normal))
        below_title = _is_title(previous) and opens_section(previous)
        starts = item or not previous or below_title or opens_section(normal)
        if starts or not _is_wrap(previous, normal, width):
            lines.append(Line(normal, origin, blank, item))
        else:
            _join(lines[-1], normal, origin)
        blank, previous = False, stripped
    return lines


def _is_title(line: str) -> bool:
    return len(line.split()) <= _TITLE_WORDS and not _BEGUN.search(line)


def _physical_lines(text: str) -> list[tuple[int, str]]:
    r"""Lines with their offsets; any of \n, \r\n, \r, form feeds and line separators end one."""
    lines = []
    position, length = 0, len(text)
    while position <= length:
        match = _LINE.match(text, position)
        line = match.group() if match else ""
        lines.append((position, line))
        position += len(line)
        position += 2 if text.startswith("\r\n", position) else 1
    return lines


def _normalised(raw: str, start: int) -> tuple[str, Sequence[int]]:
    """Collapse white space and variants of quotes and dashes; keep offsets."""
    if not _UNEVEN.search(raw):
        text = raw.strip()
        first = start + len(raw) - len(raw.lstrip())
        return text, range(first, first + len(text))
    words: list[str] = []
    origin: list[int] = []
    for word in _WORD.finditer(raw.translate(_PLAIN)):
        if words:
            # A space is where the white space before its word began.
            origin.append(origin[-1] + 1)
        words.append(word.group())
        origin.extend(range(start + word.start(), start + word.end()))
    return " ".join(words), origin


def _is_wrap(previous: str, following: str, width: int) -> bool:
    """Whether a line break stands in mid-sentence.

    A break after a full stop or colon ends a line. One before a small letter, or after a comma or
    a word that cannot end a sentence, does not. Otherwise the text is hard-wrapped there when the
    next word would not have fitted in the width of its longest line.
    """
    if previous[-1] in ".:!;" or _ANSWERED.search(previous):
        return False
    labelled = _LABEL_LIKE.match(following) is not None
    if _FLOWS_ON.search(previous) or _HYPHEN.search(previous):
        return True
    if following[0].islower():
        return not labelled
    if labelled or not NARROWEST <= width <= WIDEST:
        return False
    first_word = following.split(" ", 1)[0]
    return len(previous) + 1 + len(first_word) >= width


def _join(line: Line, text: str, origin: Sequence[int]) -> None:
    """Join a wrapped line; `calci-` + `fications` becomes one word."""
    offsets = line.origin if isinstance(line.origin, list) else list(line.origin)
    line.origin = offsets
    tail = line.text[-_LONGEST_WORD:]
    broken = _HYPHEN.search(tail)
    if broken and (text[0].islower() or (broken.group().isupper() and text[:2].isupper())):
        if not _KEEPS_HYPHEN.search(tail):
            line.text = line.text[:-1]
            offsets.pop()
        line.text += text
        offsets.extend(origin)
        return
    line.text += " " + text
    offsets.append(origin[0] - 1)
    offsets.extend(origin)
