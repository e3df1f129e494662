"""The side of a lesion that only a later clause gives.

`There is a mass in the loin, calcified. All of this is on the left.`
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.config.grammar import either
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import UNKNOWN, Anatomy, Side

# Between what stands for a lesion and the side that it is said to be on.
_IS_ON = (
    r"(?: [\w-]+){0,2}?(?: (?:is|are|lies?|sits?|arises?|seen))?"
    r"(?: (?:\w+ly|all|located|situated|seen|present|confined|limited|on|to|in|at))*"
    r"(?: (?:the|side|patient's))*"
    r"[ -]*"
)
_ALL_ON = re.compile(
    rf"\W*(?:(?:all|most|both|everything)(?: (?:of )?(?:this|these|it|them|that))?{_IS_ON}"
    r"|(?:the )?(?:affected |involved )?side(?: affected| involved)?(?: is|:)(?: the)? *"
    r"|(?:on |to )?(?:the )?)",
    re.IGNORECASE,
)
# `Side: left`, `Laterality was confirmed as left`, wherever it stands.
_SIDE_IS = re.compile(
    r"\W*(?:the )?(?:affected |involved |correct )?(?:side|laterality)"
    r"(?: (?:affected|involved|of (?:the )?\w+))?"
    r"(?:[ :]+(?:is|was|confirmed|as|to|be|the|on))*[ :]+",
    re.IGNORECASE,
)
_NEXT_CLAUSE = re.compile(r"[;,]\s+(?:and\s+)?", re.IGNORECASE)


class LaterSides:
    """Finds the side that what stands behind a lesion says of it and of nothing else."""

    def __init__(self, lexicon: Lexicon, anatomy: Anatomy) -> None:
        opening = either(lexicon.grammar.reference.opening)
        self._anatomy = anatomy
        landmark = either(lexicon.grammar.side.landmark)
        self._behind_side = re.compile(
            r"(?:[- ]?(?:sided?|hand side)\b)?(?: (?:is|was) (?:affected|involved))?"
            rf"(?: of (?:the )?{landmark})?[\s.,;]*",
            re.IGNORECASE,
        )
        self._it_is_on = re.compile(
            rf"\W*(?:{opening}|(?:the )?(?:findings|changes|abnormalit(?:y|ies)))\b{_IS_ON}",
            re.IGNORECASE,
        )

    def of(self, rest: str, later: list[str]) -> str:
        """The side that the rest of a lesion's sentence or the sentences behind it give.

        A pronoun means the lesion in its own sentence and the next one, `all of this` in any.
        """
        clauses = [(clause, True) for clause in _NEXT_CLAUSE.split(rest)[1:]]
        for number, text in enumerate(later):
            clauses += [(clause, number == 0) for clause in _NEXT_CLAUSE.split(text)]
        for clause, near in clauses:
            side = self._side_alone(clause, near=near)
            if side != UNKNOWN:
                return side
        return UNKNOWN

    def stated(self, texts: Iterable[str]) -> str:
        """The side that a sentence of its own gives, `Side: left`; unknown where they differ."""
        given = set()
        for text in texts:
            lead = _SIDE_IS.match(text)
            sides = self._anatomy.sides(text) if lead else []
            if lead and len(sides) == 1 and lead.end() == sides[0].start:
                if self._ends_with(text, sides[0]):
                    given.add(sides[0].side)
        return given.pop() if len(given) == 1 else UNKNOWN

    def _side_alone(self, clause: str, *, near: bool) -> str:
        sides = self._anatomy.sides(clause)
        if len(sides) != 1 or not self._ends_with(clause, sides[0]):
            return UNKNOWN
        lead = clause[: sides[0].start]
        if _ALL_ON.fullmatch(lead) or near and self._it_is_on.fullmatch(lead):
            return sides[0].side
        return UNKNOWN

    def _ends_with(self, clause: str, side: Side) -> bool:
        """Whether nothing but a landmark or a place of the lesion stands behind a side."""
        if self._behind_side.fullmatch(clause, side.end):
            return True
        return any(
            not clause[side.end : word.start].strip()
            and self._behind_side.fullmatch(clause, word.end)
            for word in self._anatomy.inside_words(clause)
        )
