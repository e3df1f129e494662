"""Patterns over whole columns: RE2 patterns derived from those of `re` that decide.

A derived pattern matches wherever its origin does, and perhaps elsewhere: what it leaves out, the
origin would leave out too. RE2 reads a column of texts at hundreds of megabytes a second; only the
rows that it lets through are looked at by the origin, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.needed_words import WrittenPattern

_ANY, _ANYTHING, _NOTHING = "(?s:.)", "(?s:.*)", r"[^\x00-\x{10FFFF}]"
# As `re` has them, where RE2 has fewer: a class may hold more than its origin, never less.
_CLASSES = {
    op.CATEGORY_DIGIT: r"0-9",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
    op.CATEGORY_SPACE: r"\t-\r\x1c-\x20",
    op.CATEGORY_NOT_SPACE: r"\S",
}
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


class ColumnScreen:
    """Tells which texts of a column one of some patterns can match.

    Args of the constructor: the patterns; none match nothing.
    """

    def __init__(self, patterns: Iterable[WrittenPattern]) -> None:
        listed = list(patterns)
        self._pattern = usable_pattern(
            "|".join(map(derive_pattern, listed)) if listed else _NOTHING
        )
        # RE2 knows letters beyond ASCII, and their cases, otherwise than `re` does.
        self._ascii_only = not all(
            one.flags & re.ASCII and not one.flags & re.IGNORECASE for one in listed
        )

    def hits(self, texts: pa.StringArray) -> pa.BooleanArray:
        """For each text, False only where no pattern matches it."""
        found = match_column(texts, self._pattern)
        if not self._ascii_only:
            return found
        return pc.or_(found, pc.invert(pc.string_is_ascii(texts)))


def match_column(texts: pa.StringArray, pattern: str | None) -> pa.BooleanArray:
    """For each text, whether a pattern from `usable_pattern` matches in it; None matches all."""
    if pattern is None:
        return pa.repeat(pa.scalar(True), len(texts))
    return pc.match_substring_regex(texts, pattern)


def derive_pattern(pattern: WrittenPattern) -> str:
    """An RE2 pattern that matches every text in which `pattern` matches somewhere.

    It holds for texts in ASCII, and for all texts where the pattern has the flag ASCII and not
    IGNORECASE. Anchors and look-arounds are left out, counted repetitions lose their upper bound
    (RE2 would need a state for every count).
    """
    # The flags of the whole pattern are given back: those in the text are then its own.
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    derived = _sequence(tree)
    return f"(?i:{derived})" if pattern.flags & re.IGNORECASE else f"(?:{derived})"


def usable_pattern(pattern: str) -> str | None:
    """The pattern, or None where RE2 finds it too large: everything is let through then."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        return None
    return pattern


def _sequence(nodes: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_node(kind, value) for kind, value in nodes)


def _node(kind: Any, value: Any) -> str:
    """The derived pattern of one node of the tree that `re` parses a pattern into."""
    if kind is op.LITERAL:
        return _character(value) if value < 128 else _ANY
    if kind is op.NOT_LITERAL:
        return f"[^{_character(value)}]" if value < 128 else _ANY
    if kind is op.IN:
        return _class(value)
    if kind is op.BRANCH:
        return f"(?:{'|'.join(map(_sequence, value[1]))})"
    if kind is op.SUBPATTERN:
        return _group(*value[1:])
    if kind in _REPEATS:
        return _repeat(*value)
    if kind is op.ATOMIC_GROUP:
        return f"(?:{_sequence(value)})"
    if kind is op.FAILURE:
        return _NOTHING
    if kind is op.AT:
        return r"\b" if value is op.AT_BOUNDARY else ""
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return "" if len(value[1]) else _NOTHING
    return _ANY if kind is op.ANY else _ANYTHING


def _character(code: int) -> str:
    return rf"\x{code:02x}"


def _class(items: Iterable[tuple[Any, Any]]) -> str:
    negated, parts = "", []
    for kind, value in items:
        if kind is op.NEGATE:
            negated = "^"
        elif kind is op.LITERAL:
            parts.append(_class_range(value, value))
        elif kind is op.RANGE:
            parts.append(_class_range(*value))
        else:
            parts.append(_CLASSES[value])
    if negated and any(kind is op.CATEGORY for kind, _ in items):
        # What a class holds more than its origin, its opposite would hold less.
        return _ANY
    return f"[{negated}{''.join(parts)}]"


def _class_range(first: int, last: int) -> str:
    return rf"\x{{{first:x}}}-\x{{{last:x}}}"


def _group(add_flags: int, del_flags: int, nodes: Iterable[tuple[Any, Any]]) -> str:
    inner = _sequence(nodes)
    if add_flags & re.IGNORECASE:
        return f"(?i:{inner})"
    return f"(?-i:{inner})" if del_flags & re.IGNORECASE else f"(?:{inner})"


def _repeat(least: int, most: int, nodes: Iterable[tuple[Any, Any]]) -> str:
    inner = f"(?:{_sequence(nodes)})"
    if (least, most) == (0, 1):
        return f"{inner}?"
    # A minimum beyond a few is left out as well: it tells little.
    head = inner * min(least, 4)
    return head if most == least <= 4 else f"{head}(?:{inner})*"
