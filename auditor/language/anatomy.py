"""Sides, places and explanations in a sentence: where the words stand and what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from auditor.config.grammar import either
from auditor.config.lexicon import Explanation, Lexicon, Place
from auditor.config.needed_words import NeededWords
from auditor.language.memory import TEXTS, remembered

LEFT, RIGHT, BILATERAL, MIDLINE, UNKNOWN = "left", "right", "bilateral", "midline", "unknown"

# A bare capital stands for a side before a word, but `L3`, `L/S` and `R/O` do not.
_LETTER = re.compile(
    r"(?<![A-Za-z0-9/(.'-])(?<!\bDr )(?<!\bDr\. )(?P<side>[LR])"
    r"(?:\.(?=\s?[A-Za-z])|(?=\s+[A-Za-z])|-(?=sided))(?!\s+[a-zA-Z]\b)"
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


class Anatomy:
    """Finds side, place and explanation words of a lexicon."""

    def __init__(self, lexicon: Lexicon, remember: int = TEXTS) -> None:
        words = lexicon.grammar.side
        groups = ((BILATERAL, words.bilateral), (LEFT, words.left), (RIGHT, words.right))
        named = [f"(?P<{side}>{either(names)})" for side, names in groups]
        named.append(f"(?P<{MIDLINE}>{either(words.midline)})")
        self._side = re.compile("|".join(named), re.IGNORECASE)
        self._direction = re.compile(either(words.direction), re.IGNORECASE)
        self._to_place = re.compile(
            rf"[\s,-]*(?:{either(words.to_place)}[\s,-]+){{0,5}}", re.IGNORECASE
        )
        self._from_place = re.compile(
            rf"\s*(?:{either(words.from_place)}\s*)?(?:,|on the|on|at the|\(|:|-)?\s*",
            re.IGNORECASE,
        )
        self._places = _Words(lexicon.lesion.place)
        self._explanations = _Words(lexicon.sign.explanation)
        self._sides_of = remembered(self._find_sides, remember)
        self._places_of = remembered(self._find_places, remember)
        self._explanations_of = remembered(self._find_explanations, remember)

    def sides(self, text: str) -> Sequence[Side]:
        """Words that name a side, in order; directions of displacement are left out."""
        return self._sides_of(text)

    def places(self, text: str) -> Sequence[PlaceWord]:
        """Place words with their sides, in order; of overlapping ones the longest stays."""
        return self._places_of(text)

    def explanations(self, text: str) -> Sequence[ExplanationWord]:
        """Explanation words, in order; of overlapping ones the longest stays."""
        return self._explanations_of(text)

    def _find_sides(self, text: str) -> tuple[Side, ...]:
        directions = [
            match.span(group)
            for match in self._direction.finditer(text)
            for group in range(1, (match.re.groups or 0) + 1)
            if match.group(group)
        ]
        sides = [
            Side(match.start(), match.end(), str(match.lastgroup))
            for match in self._side.finditer(text)
            if not any(start <= match.start() < end for start, end in directions)
        ]
        for match in _LETTER.finditer(text):
            side = LEFT if match.group("side") == "L" else RIGHT
            if not any(known.start <= match.start() < known.end for known in sides):
                sides.append(Side(match.start(), match.end(), side))
        return tuple(sorted(sides, key=lambda found: found.start))

    def _find_places(self, text: str) -> tuple[PlaceWord, ...]:
        sides = self.sides(text)
        return tuple(
            PlaceWord(start, end, place, self._side_of(text, start, end, sides))
            for start, end, place in _longest(self._places.find(text))
        )

    def inside_words(self, text: str) -> list[PlaceWord]:
        """Place words that make a lesion there one that counts, with the side that they need."""
        return [
            word
            for word in self.places(text)
            if word.place.kind == "inside" and not (word.place.needs_side and word.side == UNKNOWN)
        ]

    def _find_explanations(self, text: str) -> tuple[ExplanationWord, ...]:
        return tuple(ExplanationWord(*item) for item in _longest(self._explanations.find(text)))

    def _side_of(self, text: str, start: int, end: int, sides: Sequence[Side]) -> str:
        """The side of the place word at `start`: in it, before it, or just behind it."""
        for side in sides:
            if side.start < end and side.end > start:
                return side.side
        before = [side for side in sides if side.end <= start]
        if before and self._to_place.fullmatch(text, before[-1].end, start):
            return before[-1].side
        after = next((side for side in sides if side.start >= end), None)
        if after and self._from_place.fullmatch(text, end, after.start):
            return after.side
        return UNKNOWN


Word = TypeVar("Word", Place, Explanation)


class _Words(Generic[Word]):
    """Words of one kind, each with its pattern."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words: Sequence[Word] = words
        self._patterns = [
            re.compile(rf"(?<![A-Za-z])(?:{word.pattern})(?![A-Za-z])", re.IGNORECASE)
            for word in words
        ]
        self._needed = NeededWords(self._patterns)

    def find(self, text: str) -> list[tuple[int, int, Word]]:
        """Where they stand, by word: (start, end, word)."""
        return [
            (match.start(), match.end(), self._words[number])
            for number in self._needed.able(text.lower())
            for match in self._patterns[number].finditer(text)
        ]


def _longest(found: list[tuple[int, int, Word]]) -> list[tuple[int, int, Word]]:
    kept: list[tuple[int, int, Word]] = []
    for item in sorted(found, key=lambda entry: (entry[0] - entry[1], entry[0])):
        if all(item[1] <= other[0] or item[0] >= other[1] for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda entry: entry[0])
