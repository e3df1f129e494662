"""Sides, places and explanations in a sentence: where the words stand and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.config.lexicon import Explanation, Lexicon, Place

LEFT, RIGHT, BILATERAL, MIDLINE, UNKNOWN = "left", "right", "bilateral", "midline", "unknown"

_LEFT = r"\bleft(?!ward|over| out| in place| behind)\b|\bl(?:e?f?t)\b\.?|\bletf\b|\(l(?:t|eft)?\)|\bLUQ\b|\bLLQ\b|\bLIF\b"
_RIGHT = r"\bright(?!ward| away| now)\b|\brt\b\.?|\brigth\b|\brght\b|\(r(?:t|ight)?\)|\bRUQ\b|\bRLQ\b|\bRIF\b"
_BOTH = (
    r"\bbilateral(?:ly)?\b|\bbilat\b|\bb/l\b|\bboth\s+(?:the\s+)?(?:\w+\s+){0,2}?(?:sides?|flanks?|kidneys?|loins?"
    r"|renal|adrenals?|suprarenal|paravertebral|paraspinal|psoas|hemi\w*)\b|\b(?:each|either) (?:flank|kidney|side|loin)\b"
)
_MID = r"\bmid-?line\b|\bin the (?:middle|centre|center) of the abdomen\b"
_SIDE = re.compile(f"(?P<bilateral>{_BOTH})|(?P<left>{_LEFT})|(?P<right>{_RIGHT})|(?P<midline>{_MID})", re.IGNORECASE)
# A bare capital stands for a side before a word, but `L3`, `L/S` and `R/O` do not.
_LETTER = re.compile(r"(?<![A-Za-z0-9/(.'-])(?P<side>[LR])(?:\.(?=\s?[A-Za-z])|(?=\s+[A-Za-z])|-(?=sided))(?!\s+[a-zA-Z]\b)")
# Directions are no sides: `displaced to the left`, `convex to the right`.
_DIRECTION = re.compile(
    r"(?:displac\w*|push\w*|deviat\w*|shift\w*|convex\w*|concav\w*|curv\w*|rotat\w*|scolio\w*|towards?|bow\w*|tilt\w*|move[sd]?)"
    r"[^.;,]{0,60}?\b(?:to|toward|towards)\s+(?:the\s+)?(?:patient's\s+)?(left|right|lt|rt|midline)\b(?!\s+of)"
    r"|\b(?:towards?|across|crossing|crosses|past|beyond|over|reach\w*|extend\w* (?:to|across)|cross\w* (?:to)?|from)\s+(?:the\s+)?(mid-?line)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Side:
    """A word that names a side."""

    start: int
    end: int
    side: str


@dataclass(frozen=True, slots=True)
class PlaceWord:
    """A word that names a place, and the side that goes with it."""

    start: int
    end: int
    place: Place
    side: str


@dataclass(frozen=True, slots=True)
class ExplanationWord:
    """A word that names something a sign may be instead."""

    start: int
    end: int
    explanation: Explanation


def find_sides(text: str) -> list[Side]:
    """Words that name a side, in order; directions of displacement are left out."""
    directions = [
        match.span(group)
        for match in _DIRECTION.finditer(text)
        for group in (1, 2)
        if match.group(group)
    ]
    sides = []
    for match in _SIDE.finditer(text):
        if not any(start <= match.start() < end for start, end in directions):
            sides.append(Side(match.start(), match.end(), str(match.lastgroup)))
    for match in _LETTER.finditer(text):
        side = LEFT if match.group("side") == "L" else RIGHT
        if not any(known.start <= match.start() < known.end for known in sides):
            sides.append(Side(match.start(), match.end(), side))
    return sorted(sides, key=lambda found: found.start)


# What may stand between a side and its place: `left upper renal pole`, `left mid and lower kidney`.
_TO_PLACE = re.compile(
    r"^[\s,-]*(?:(?:upper|lower|mid|middle|mid-|posterior|anterior|lateral|medial|postero\w*|antero\w*|outer|inner|hemi"
    r"|proximal|superior|inferior|sided?|side|hand|of|the|and|or|to|para|sub|supra|pole|poles|region|area|fossa|flank"
    r"|renal|kidney|adrenal|abdom\w*|abd|abdo|quadrant|retro\w*|peri\w*|lumbar|soft|tissue|tissues|deep|wall)[\s,-]+){0,5}$",
    re.IGNORECASE,
)
_FROM_PLACE = re.compile(
    r"^\s*(?:(?:mass|region|area|side|fossa|pole|shadow|outline|margin)\s*)?(?:,|on the|on|at the|\(|:|-)?\s*$", re.IGNORECASE
)


class Anatomy:
    """Finds place words and explanation words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._places = [(place, _words(place.pattern)) for place in lexicon.lesion.place]
        self._explanations = [
            (explanation, _words(explanation.pattern)) for explanation in lexicon.sign.explanation
        ]

    def places(self, text: str, sides: list[Side]) -> list[PlaceWord]:
        """Place words with their sides, in order; of overlapping ones the longest stays."""
        found = [
            (match.start(), match.end(), place)
            for place, pattern in self._places
            for match in pattern.finditer(text)
        ]
        return [
            PlaceWord(start, end, place, _side_of(text, start, end, sides))
            for start, end, place in _longest(found)
        ]

    def explanations(self, text: str) -> list[ExplanationWord]:
        """Explanation words, in order; of overlapping ones the longest stays."""
        found = [
            (match.start(), match.end(), explanation)
            for explanation, pattern in self._explanations
            for match in pattern.finditer(text)
        ]
        return [ExplanationWord(*item) for item in _longest(found)]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE)


def _longest(found: list[tuple[int, int, object]]) -> list[tuple[int, int, object]]:
    kept: list[tuple[int, int, object]] = []
    for item in sorted(found, key=lambda entry: (entry[0] - entry[1], entry[0])):
        if all(item[1] <= other[0] or item[0] >= other[1] for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda entry: entry[0])


def _side_of(text: str, start: int, end: int, sides: list[Side]) -> str:
    """The side that belongs to the place word at `start`: in it, before it, or just behind it."""
    for side in sides:
        if side.start < end and side.end > start:
            return side.side
    before = [side for side in sides if side.end <= start]
    if before and _TO_PLACE.match(text[before[-1].end : start]):
        return before[-1].side
    after = next((side for side in sides if side.start >= end), None)
    if after and _FROM_PLACE.match(text[end : after.start]):
        return after.side
    return UNKNOWN
