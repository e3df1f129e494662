"""What a sign belongs to: the lesion, something else that explains it, or neither.

The evidence is light on syntax: noun phrases, prepositions, copulas and the order of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.grammar import either, whole_words
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import UNKNOWN, ExplanationWord, PlaceWord
from auditor.language.clauses import Clauses
from auditor.language.nlp import Target

# Farther than this, in characters, a noun is not what a sign belongs to.
REACH = 110

_ADJECTIVE_GAP = re.compile(r"[\s,]*(?:[\w/'-]+[\s,]+){0,5}")
_FEW_WORDS = re.compile(r"[\s-]*(?:\w+[\s-]+){0,2}")
_ARTICLE_END = re.compile(r"\b(?:an?|the)\s+[\w\s-]{0,25}$", re.IGNORECASE)
_SPLITS = re.compile(r"[,;:]|\b(?:is|are|was|were|normal|no)\b", re.IGNORECASE)
_OTHER_CLAUSE = re.compile(r"[;.]\s|\b(?:but|however|although|though|whereas)\b", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"[^.;]{0,20}?\b(?:or|versus|vs)\b", re.IGNORECASE)
_AND_THERE = re.compile(r"\band\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
# Between a sign with its noun and the words that read it, no more words: `calcified lesion in the
# left kidney, likely a stone`.
_SHORT_LEAD = 6
_ANOTHER_NAME = re.compile(r"^[^,;]*,\s*(?:an?|old|typical)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
# Why, and not what: `is doubtful, as a tablet is projected there`.
_REASON = re.compile(r",\s*(?:as|since|because)\s", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:its|their|whose)\s+$", re.IGNORECASE)
_BARE_NAME = re.compile(r"^[^,;]*,\s*(?:[\w-]+\s+)?$")
_ENDS_THERE = re.compile(
    r"s?\s*(?:[.;]|$|,\s*(?:no (?:\w+ )?change|unchanged|stable)\b)", re.IGNORECASE
)
_APPOSED = re.compile(r"\s*,?\s*(?:\w+\s+){0,2}")
# `The spleen, pushed up by a mass, is dotted with ...`: what pushes is an aside.
_BY = re.compile(r",[^,]*\bby\s+(?:an?|the)?\s*[\w\s-]{0,40}$", re.IGNORECASE)
_OVER_IT = re.compile(
    r"\b(?:over|overlying|project\w* (?:over|on)|in|within)\s+(?:the\s+)?[\w\s-]{0,15}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tie:
    """What a sign belongs to.

    Attributes:
        lesion: Index in the sentence's lesion targets, -1 where none.
        link: `phrase`, `separate` or empty.
        explained_by: Key of the explanation, empty where none.
        certain: False where the explanation is only offered.
        refers_back: The words point at something said before (`within it`, `its wall`).
    """

    lesion: int = -1
    link: str = ""
    explained_by: str = ""
    certain: bool = True
    refers_back: bool = False


@dataclass(frozen=True, slots=True)
class _Noun:
    """A lesion (by its index) or an explanation that a sign may belong to."""

    start: int
    end: int
    lesion: int
    word: ExplanationWord | None


class SignTies:
    """Ties signs by a lexicon's words."""

    def __init__(self, lexicon: Lexicon) -> None:
        sign, words = lexicon.sign, lexicon.grammar.sign
        self._clauses = Clauses(lexicon.grammar.clause)
        self._refused = _any_of(sign.refused.patterns)
        self._offered = _any_of(sign.offered.patterns)
        self._landmark = re.compile(
            rf"{either(sign.landmark.patterns)}\s*(?:to|of|the|an?|left|right|\s)*[\w-]*\s*$",
            re.IGNORECASE,
        )
        self._firm = whole_words(words.firm)
        self._preposition = whole_words(words.preposition)
        # `Calcification left lung base`
        self._terse = re.compile(rf"\s+(?:{either(words.terse)}\s+){{0,3}}", re.IGNORECASE)
        self._over = whole_words(words.over)
        self._next_to = whole_words(words.next_to)
        self._stops = re.compile(rf"\b{either(words.stops_adjective)}\b|[.;:(]", re.IGNORECASE)
        self._compound_gap = re.compile(
            rf"[\s-]*(?:{either(words.compound)}[\s-]+){{0,2}}", re.IGNORECASE
        )
        self._back = whole_words(words.back)
        self._separate = whole_words(words.separate)
        self._beside = whole_words(words.beside)
        self._coordinated = re.compile(
            rf"^[^,;]*?(?:,\s*)?\b{either(words.coordinated)}\b(?!.*\b{either(words.holds)}\b)",
            re.IGNORECASE,
        )
        self._carries = whole_words(words.carries)
        self._apposed = re.compile(either(words.apposed), re.IGNORECASE)
        self._attributed = re.compile(
            rf"^[\w\s-]*\b{either(words.attributed)}\s[\w\s-]*$", re.IGNORECASE
        )

    def tie(
        self,
        text: str,
        sign: Target,
        lesions: Sequence[Target],
        words: Sequence[ExplanationWord],
        *,
        places: Sequence[PlaceWord] = (),
        label_end: int = 0,
    ) -> Tie:
        """Tie one sign of a sentence to one of its lesions or explanations.

        A sign in the sentence's sub-heading, which ends at `label_end`, belongs to the first noun
        that its value names: `Calcification: aorta, iliac arteries`. `places` are the sentence's.
        """
        for word in words:
            wider = word.start <= sign.start and word.end > sign.end
            if wider or word.start < sign.start < word.end:
                # `ossification about the hip`, `milk of calcium`
                return Tie(explained_by=word.explanation.id)
        nouns = self._nouns(text, sign, lesions, words)
        if sign.end <= label_end and nouns:
            named = next((noun for noun in nouns if noun.start >= sign.end), nouns[0])
            if named.word is not None:
                return Tie(explained_by=named.word.explanation.id)
            return Tie(lesion=named.lesion, link="phrase")
        noun = self._head(text, sign, nouns) or self._compound(text, sign, nouns)
        if noun is not None and noun.word is not None:
            return Tie(explained_by=noun.word.explanation.id)
        explained = self._predicate(text, sign, nouns, noun)
        if explained is not None:
            return explained
        noun = noun or self._post(text, sign, nouns, places) or self._pre(text, sign, nouns)
        if noun is None:
            first, last = self._clauses.around(text, sign.start, sign.end)
            separate = bool(self._separate.search(text, first, last))
            behind = self._separate.search(text, sign.end, sign.end + REACH)
            separate = separate or bool(behind and " from " in behind.group().lower())
            back = self._back.search(text, first, last) and not self._beside.search(
                text, first, last
            )
            return Tie(link="separate" if separate else "", refers_back=bool(back) and not separate)
        between = _between(text, sign, noun)
        if noun.word is not None:
            offered = bool(self._offered.search(between))
            return Tie(explained_by=noun.word.explanation.id, certain=not offered)
        if self._separate.search(between):
            return Tie(link="separate")
        if self._beside.search(text, sign.end, noun.end):
            return Tie()
        return Tie(lesion=noun.lesion, link="phrase")

    def _nouns(
        self, text: str, sign: Target, lesions: Sequence[Target], words: Sequence[ExplanationWord]
    ) -> list[_Noun]:
        """Lesions and explanations that the sign may belong to, in order."""
        nouns = [
            _Noun(target.start, target.end, index, None)
            for index, target in enumerate(lesions)
            if target.end <= sign.start or target.start >= sign.end
        ]
        for word in words:
            if word.start < sign.end and word.end > sign.start:
                continue
            lead = text[max(0, word.start - 45) : word.start]
            refused = self._refused.search(lead)
            if refused is None or re.search(r"[,;.]", lead[refused.end() :]):
                nouns.append(_Noun(word.start, word.end, -1, word))
        return sorted(nouns, key=lambda noun: (noun.start, noun.end))

    def _head(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun that an adjective stands before: `calcified splenic artery`.

        `calcified pelvic mass`: a lesion right behind an explanation is the head.
        """
        if sign.term.form != "adjective":
            return None
        noun = next((noun for noun in nouns if noun.start >= sign.end), None)
        if noun is None or not self._describes(text[sign.end : noun.start]):
            return None
        for other in nouns:
            gap = text[noun.end : other.start]
            if other.start >= noun.end and other.lesion >= 0 and _FEW_WORDS.fullmatch(gap):
                return noun if self._stops.search(gap) else other
        return noun

    def _describes(self, gap: str) -> bool:
        simple = len(gap) <= 60 and _ADJECTIVE_GAP.fullmatch(gap) is not None
        return simple and not self._stops.search(gap)

    def _compound(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun right before the sign: `splenic artery calcification`."""
        before = [noun for noun in nouns if noun.end <= sign.start]
        if before and self._compound_gap.fullmatch(text, before[-1].end, sign.start):
            return before[-1]
        return None

    def _predicate(
        self, text: str, sign: Target, nouns: list[_Noun], own: _Noun | None
    ) -> Tie | None:
        """An explanation given as the reading: `calcification ... is a stone`."""
        for noun in nouns:
            if noun.start < sign.end:
                continue
            between = text[sign.end : noun.start]
            if noun.word is None and self._attributed.search(between):
                continue
            if noun.word is None:
                # `calcification in the mass, likely old haematoma`: that is said of the mass.
                return None
            if len(between) > 150 or _OTHER_CLAUSE.search(between):
                return None
            tie = self._read_as(text, noun, between, own)
            if tie is not None:
                return tie
        return None

    def _read_as(self, text: str, noun: _Noun, between: str, own: _Noun | None) -> Tie | None:
        if noun.word is None or self._refused.search(between):
            return None
        if own is None and not noun.word.explanation.nature and self._renames(text, noun, between):
            return Tie(explained_by=noun.word.explanation.id)
        firm = list(self._firm.finditer(between))
        offered = self._offered.search(between)
        verb = firm[-1] if firm else offered
        if verb is None:
            return None
        near, lead = between[verb.end() :], between[: verb.start()]
        if "," in near and (len(near) > 30 or _REASON.search(near)):
            return None
        if self._landmark.search(between) and not _ARTICLE_END.search(near):
            return None
        explanation = noun.word.explanation
        if own is not None and (len(lead.split()) > _SHORT_LEAD or explanation.nature):
            return None
        alternative = _ALTERNATIVE.match(text, noun.end, noun.end + 30)
        certain = bool(firm) and not offered and not alternative
        return Tie(explained_by=explanation.id, certain=certain)

    def _renames(self, text: str, noun: _Noun, between: str) -> bool:
        """Whether an explanation ends the sentence as another name: `... left flank, a stone`."""
        if not _ENDS_THERE.match(text, noun.end):
            return False
        bare = _BARE_NAME.search(between) and self._apposed.fullmatch(text, noun.start, noun.end)
        offered = self._offered.search(between)
        return bool(bare and not offered or _ANOTHER_NAME.search(between))

    def _post(
        self, text: str, sign: Target, nouns: list[_Noun], places: Sequence[PlaceWord]
    ) -> _Noun | None:
        """The noun behind a preposition: `calcification of the aorta`.

        Of two regions the first counts: `calcifications in the left flank and pelvis`.
        """
        inner = next((w.start for w in places if w.start >= sign.end and _is_inside(w)), len(text))
        _, last = self._clauses.around(text, sign.start, sign.end)
        for noun in nouns:
            if noun.start < sign.end:
                continue
            if noun.start >= last:
                return None
            between = text[sign.end : noun.start]
            if (
                noun.word is not None
                and noun.word.explanation.region
                and self._terse.fullmatch(between)
            ):
                return noun
            links = list(self._preposition.finditer(between))
            if not links or len(between) > REACH or self._refused.search(between):
                continue
            if ":" in between:
                return None
            if _SPLITS.search(between, links[-1].end()):
                continue
            if noun.word is not None and inner < noun.start:
                added = _AND_THERE.search(text, inner, noun.start)
                if noun.word.explanation.region or added and not noun.word.explanation.over:
                    continue  # `in the left flank and in the aorta` is in both
            if noun.word is None or self._reaches(between, noun.word):
                return noun
        return None

    def _reaches(self, between: str, word: ExplanationWord) -> bool:
        """Whether a preposition gives the sign to the explanation behind it."""
        if self._landmark.search(between):
            # `lateral to the hip` is about the hip, `above the pelvis` is not in it
            return word.explanation.region and bool(self._next_to.search(between))
        if word.explanation.over:
            return True
        if "," in between and len(between) > 40:
            return False
        return word.explanation.region or not self._over.search(between)

    def _pre(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun before the sign in its clause: `the aorta is calcified`, `mass with ...`."""
        first, _ = self._clauses.around(text, sign.start, sign.end)
        for noun in reversed(nouns):
            if noun.end > sign.start or noun.start < first:
                continue
            between = text[noun.end : sign.start]
            if noun.word is None:
                aside = between.startswith(",") and _BY.search(text, first, noun.start)
                if len(between) <= 160 and not self._coordinated.match(between) and not aside:
                    return noun
            elif _ALTERNATIVE.fullmatch(between.rstrip()):
                continue  # `barium versus calcification` is one or the other
            elif self._carries_sign(text, sign, noun, noun.word, between):
                return noun
        return None

    def _carries_sign(
        self, text: str, sign: Target, noun: _Noun, word: ExplanationWord, between: str
    ) -> bool:
        """Whether an explanation before the sign is what is calcified."""
        predicative = sign.term.form == "adjective"
        apposed = predicative and _APPOSED.fullmatch(between)
        joined = re.search(r"\band\b", between, re.IGNORECASE) and not predicative
        other = _POSSESSIVE.search(between)  # `obscured by stool and its calcified rim`
        if joined or other or len(between) > 70 or "," in between and not apposed:
            return False
        if not predicative and not self._carries.search(between):
            return False
        if not apposed and not self._carries.search(between):
            return False
        lead = text[max(0, noun.start - 40) : noun.start]
        if self._landmark.search(lead):
            return False
        return word.explanation.over or not _OVER_IT.search(lead)


def _is_inside(word: PlaceWord) -> bool:
    """Whether a place makes a lesion there one that counts."""
    return word.place.kind == "inside" and not (word.place.needs_side and word.side == UNKNOWN)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z]){either(patterns)}(?![A-Za-z])", re.IGNORECASE)


def _between(text: str, sign: Target, noun: _Noun) -> str:
    return text[sign.end : noun.start] if noun.start >= sign.end else text[noun.end : sign.start]
