"""Which rules could find something in which texts: all texts at once, in C++, leaving nothing out.

Python's patterns are loosened into ones that RE2 can search for, which Arrow has: what looks around
is left out, and counts are only told apart as none, some, or any. A loosened pattern matches
wherever its original does, and seldom elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")
# Python's classes are Unicode's, RE2's are ASCII's: whatever is not ASCII may be of any class.
_BEYOND = r"\x{80}-\x{10ffff}"
_CLASSES = {"w": r"\w" + _BEYOND, "d": r"\d" + _BEYOND, "s": r"\s\x0b\x1c-\x1f" + _BEYOND}


class Screen:
    """Loosened patterns, tried on many texts at once."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [loosen(pattern) for pattern in patterns]

    def matches(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Pairs (number of the pattern, number of the text) where the pattern may match."""
        column = pa.array(texts, pa.string())
        for number, pattern in enumerate(self._patterns):
            found = pc.match_substring_regex(column, pattern)
            for place in pc.indices_nonzero(found).to_pylist():
                yield number, place


def loosen(pattern: str) -> str:
    """A pattern of Python as one of RE2 that matches in every text in which the first does."""
    return "".join(_loosened(pattern))


def _loosened(pattern: str) -> Iterator[str]:
    place = 0
    class_of = ""
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            yield _escape(pattern[place + 1], class_of)
            place += 2
            continue
        if class_of:
            class_of = "" if char == "]" else class_of
        elif char == "[":
            class_of = pattern[place : place + 2]
        elif char == "(" and _LOOK_AROUND.match(pattern, place):
            place = _end_of_group(pattern, place)
            continue
        elif char == "(" and pattern.startswith("(?P<", place):
            place = pattern.index(">", place) + 1
            yield "(?:"
            continue
        elif char == "{" and (count := _COUNT.match(pattern, place)):
            yield _some(count)
            place = count.end()
            continue
        yield char
        place += 1


def _escape(char: str, class_of: str) -> str:
    """An escape; `class_of` is how the class begins that it stands in, empty outside."""
    if char in "bB" and not class_of:
        return ""
    if char == "Z":
        return "$"
    # In a negated class ASCII's meaning leaves more to match.
    if char in _CLASSES and class_of != "[^":
        return _CLASSES[char] if class_of else f"[{_CLASSES[char]}]"
    return "\\" + char


def _some(count: re.Match[str]) -> str:
    """A count of characters: small ones stay, others would make RE2's program large."""
    least, comma, most = count.groups()
    if not comma and int(least) <= 4:
        return count.group()
    return "+" if int(least or 0) else "*"


def _end_of_group(pattern: str, start: int) -> int:
    depth, place, in_class = 0, start, False
    while True:
        char = pattern[place]
        if char == "\\":
            place += 2
            continue
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
