"""Where a lesion is: the place and side that a sentence gives to a mention of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.grammar import Grammar, either, whole_words
from auditor.language.anatomy import BILATERAL, LEFT, RIGHT, UNKNOWN, PlaceWord, Side
from auditor.language.clauses import Clauses

# Farther than this, in characters, words of a clause are not taken to belong together.
REACH = 110
# An organ right behind such a word, in characters, is what a lesion is given to.
NEAR = 40
# A refusing word stands at most so many characters before the phrase that it refuses.
REFUSED = 40
_SIDED = (LEFT, RIGHT, BILATERAL)
# A comma and an article begin something else: `the left one is calcified, the right one is not`.
_NEXT = re.compile(r",\s*(?:the|an?|this|that)\b", re.IGNORECASE)
# What stands before another name of the same: `mass, a known ovarian dermoid`.
_NAMED = re.compile(
    r"(?:,|:|\s[-–—])\s*(?:(?:an?|the|known|old|typical|previously known)\s+)*$", re.IGNORECASE
)
# Goes on about the same subject, with a verb of its own.
_AND_IS = re.compile(r",?\s+and\s+(?=(?:is|are)\b)", re.IGNORECASE)
# Begins something else that the lesion has: `a mass with an ovary beside it`.
_BREAK = re.compile(r"[.;]|(?<!keeping )(?<!consistent )(?<!compatible )\bwith\b", re.IGNORECASE)
_ORIGIN = re.compile(r"\s+in (?:origin|nature)\b", re.IGNORECASE)
_IN_ORGAN = re.compile(
    r"\b(?:in|within|inside|of|over|overlying)\s+(?:the\s+)?[\w\s-]{0,20}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a mention is.

    `kind` is `inside`, `elsewhere` or empty. A quadrant that the text gives to an organ is
    `elsewhere`, its place the organ.
    """

    place: str = ""
    kind: str = ""
    side: str = UNKNOWN


class LesionSites:
    """Resolves the site of mentions by a grammar's words."""

    def __init__(self, grammar: Grammar) -> None:
        words = grammar.lesion
        self._clauses = Clauses(grammar.clause)
        self._displaced = re.compile(
            rf"\b{either(words.displaced)}\b(?:(?!\b{either(words.resumes)}\b)[^,;.]){{0,45}}$",
            re.IGNORECASE,
        )
        self._set_aside = re.compile(
            rf"\s*(?:\w+\s+){{0,2}}?(?:is|are|was|were|appears?)?\s*\b{either(words.set_aside)}\b",
            re.IGNORECASE,
        )
        self._refused = re.compile(
            rf"{either(words.refused)}\s+(?:the\s+|an?\s+)?[\w\s-]{{0,30}}$", re.IGNORECASE
        )
        self._located = whole_words(words.located)
        # `Lump left thigh`
        self._terse = re.compile(rf"\s+(?:{either(grammar.sign.terse)}\s+){{0,3}}", re.IGNORECASE)
        self._given = whole_words(words.given)
        self._considered = re.compile(rf"\b{either(words.considered)}\b|\?", re.IGNORECASE)
        self._sided_organ = whole_words(words.sided_organ)
        self._entity = re.compile(rf"\s+{either(words.entity)}\b", re.IGNORECASE)
        self._organ_itself = re.compile(either(words.organ_itself), re.IGNORECASE)
        self._entity_of = re.compile(
            rf"\b{either(words.entity)}\s+(?:of|in)\s+(?:the\s+)?$", re.IGNORECASE
        )

    def site(
        self,
        text: str,
        start: int,
        end: int,
        places: Sequence[PlaceWord],
        sides: Sequence[Side],
        *,
        after: int = 0,
    ) -> Site:
        """The site that one sentence gives to the mention at `start`..`end`.

        In falling order: words of its own noun phrase, words behind it in its clause, words
        before it in its clause. Its noun phrase does not begin before `after`: what stands there
        belongs to another mention.
        """
        first, last = self._clauses.around(text, start, end)
        phrase = max(after, self._clauses.phrase_start(text, first, start))
        if self._refused.search(text, max(0, phrase - REFUSED), phrase):
            return Site()  # `... bears no relation to the mass` says nothing of where the mass is
        own = [word for word in places if phrase <= word.start and word.end <= end]
        behind = [word for word in places if end <= word.start < last]
        before = [word for word in places if first <= word.start and word.end <= phrase]
        chosen = (
            self._firmer(text, end, _of_phrase(own), behind)
            or self._behind(text, end, behind)
            or self._before(text, phrase, before)
        )
        side = self._side(text, (start, end), (first, phrase, last), chosen, sides)
        if chosen is not None and side == UNKNOWN:
            side = self._side_of_same(text, chosen, places) or _side_of_list(text, start, sides)
        if chosen is None:
            # A side alone makes it one: `right-sided mass`.
            return Site("side", "inside", side) if side in _SIDED else Site(side=side)
        place = chosen.place
        if place.kind == "inside" and place.needs_side and side not in _SIDED:
            return Site(side=side)
        if place.quadrant:
            organs = [word.place.id for word in own if word.place.organ and word is not chosen]
            organ = self._given_to(text, end, behind) or next(iter(organs), "")
            organ = organ or self._given_further(text, last, places)
            if organ:
                return Site(organ, "elsewhere", side)
        return Site(place.id, place.kind, side)

    def organ_behind(self, text: str, end: int, places: Sequence[PlaceWord]) -> str:
        """The organ to which what stands behind `end` flatly gives a lesion, else empty."""
        _, last = self._clauses.around(text, end, end)
        return self._given_to(text, end, [w for w in places if end <= w.start < last])

    def organ_named(self, text: str, places: Sequence[PlaceWord]) -> str:
        """The organ of which a sentence flatly names something that it has, else empty.

        `Calcified hydatid of the spleen.` and `Hepatic cyst.` do.
        """
        if self._considered.search(text):
            return ""
        for word in places:
            has = (
                self._entity.match(text, word.end)
                or self._entity_of.search(text, 0, word.start)
                or self._organ_itself.match(text, word.start)
            )
            if word.place.organ and has:
                return word.place.id
        return ""

    def _behind(self, text: str, end: int, places: Sequence[PlaceWord]) -> PlaceWord | None:
        for word in places:
            between = text[end : word.start]
            far = len(between) > REACH
            if far or self._displaced.search(between) or self._refused.search(between):
                continue
            if self._set_aside.match(text, word.end, word.end + 40):
                continue
            if word.place.kind == "elsewhere":
                there = self._located_there(between) or self._terse.fullmatch(between)
                if not there or self._considered.search(between):
                    continue
            elif word.place.needs_side and word.side == UNKNOWN:
                continue
            return word
        return None

    def _firmer(
        self, text: str, end: int, own: PlaceWord | None, behind: Sequence[PlaceWord]
    ) -> PlaceWord | None:
        """A firm place behind a loose one: `abdominal mass arising from the left kidney`."""
        if own is None or not own.place.needs_side or own.side != UNKNOWN:
            return own
        firm = [w for w in behind if w.place.kind == "inside" and not w.place.needs_side]
        located = [word for word in firm if self._located_there(text[end : word.start])]
        return self._behind(text, end, located) or own

    def _located_there(self, between: str) -> bool:
        """Whether a preposition or verb puts the mention into the place behind it."""
        links = list(self._located.finditer(between))
        return bool(links) and "," not in between[links[-1].end() :]

    def _before(self, text: str, phrase: int, places: Sequence[PlaceWord]) -> PlaceWord | None:
        for word in reversed(places):
            gap = text[word.end : phrase]
            if len(gap) > REACH or self._refused.search(text, max(0, word.start - 60), word.start):
                continue
            if self._set_aside.match(text, word.end, word.end + 40) and " by " not in gap:
                continue
            if word.place.kind == "elsewhere":
                if re.search(r"[,.]|\band\b", gap, re.IGNORECASE):
                    continue
                if not _IN_ORGAN.search(text, max(0, word.start - 40), word.start):
                    continue
            elif word.place.needs_side and word.side == UNKNOWN:
                continue
            return word
        return None

    def _side(
        self,
        text: str,
        span: tuple[int, int],
        bounds: tuple[int, int, int],
        chosen: PlaceWord | None,
        sides: Sequence[Side],
    ) -> str:
        first, phrase, last = bounds
        end = span[1]
        own = [side for side in sides if phrase <= side.start and side.end <= end + 1]
        if own:
            return _merged(own)
        for side in sides:
            if 0 < side.start - end <= 2:
                return side.side  # `calcified right and noncalcified left masses`
        if chosen is not None and chosen.side != UNKNOWN:
            one = [side for side in sides if chosen.end <= side.start and side.end <= span[0]]
            # `Bilateral renal masses, of which the right is calcified`
            return one[-1].side if one and chosen.side == BILATERAL else chosen.side
        for side in sides:
            if not end <= side.start < last:
                continue
            between = text[end : side.start]
            if len(between) > 80 or self._displaced.search(between) or _NEXT.search(between):
                break
            if chosen and self._sided_organ.search(text, side.end, side.end + 20):
                break
            return side.side
        previous = [side for side in sides if first <= side.start and side.end <= phrase]
        return previous[-1].side if previous else UNKNOWN

    def _side_of_same(self, text: str, chosen: PlaceWord, places: Sequence[PlaceWord]) -> str:
        """`The right renal outline is lobulated, and a renal tumour is suspected`: else empty."""
        named = {
            word.side
            for word in places
            if word.end <= chosen.start and word.place is chosen.place and word.side != UNKNOWN
            if not self._set_aside.match(text, word.end, word.end + 40)
        }
        return named.pop() if len(named) == 1 else ""

    def _given_further(self, text: str, last: int, places: Sequence[PlaceWord]) -> str:
        """The organ to which a second verb gives a lesion: `... and is hepatic`."""
        verb = _AND_IS.match(text, last)
        if verb is None:
            return ""
        _, end = self._clauses.around(text, verb.end(), verb.end())
        return self._given_to(
            text, verb.end(), [word for word in places if verb.end() <= word.start < end]
        )

    def _given_to(self, text: str, end: int, behind: Sequence[PlaceWord]) -> str:
        """The organ to which the rest of the clause flatly gives a lesion of a quadrant."""
        for word in behind:
            between = text[end : word.start]
            if not word.place.organ or _BREAK.search(between):
                continue
            said = between.rpartition(",")[2]
            if _ORIGIN.match(text, word.end) and not self._considered.search(said):
                return word.place.id
            named = _NAMED.search(between) and self._entity.match(text, word.end)
            if named and not self._considered.search(said):
                return word.place.id
            links = list(self._given.finditer(between, max(0, len(between) - NEAR)))
            joined = links and "," not in between[links[-1].end() :]
            if joined and not self._considered.search(between):
                return word.place.id
        return ""


def _of_phrase(own: Sequence[PlaceWord]) -> PlaceWord | None:
    """Within one noun phrase a firm place wins, then an outer one, then a quadrant or side."""
    firm = [word for word in own if word.place.kind == "inside" and not word.place.quadrant]
    if firm:
        return firm[-1]
    elsewhere = [word for word in own if word.place.kind == "elsewhere"]
    if elsewhere:
        return elsewhere[-1]
    sided = [word for word in own if word.side != UNKNOWN]
    return next(iter(sided or own), None)


def _side_of_list(text: str, start: int, sides: Sequence[Side]) -> str:
    """`Two findings on the left: a stone and a flank mass` are both on that side."""
    colon = text.rfind(":", 0, start)
    named = {side.side for side in sides if side.end <= colon}
    return named.pop() if len(named) == 1 else UNKNOWN


def _merged(sides: Sequence[Side]) -> str:
    kinds = {side.side for side in sides}
    if kinds == {LEFT, RIGHT} or BILATERAL in kinds:
        return BILATERAL
    return sides[-1].side
