"""What a sign belongs to: the lesion, something else that explains it, or neither.

The evidence is light on syntax: noun phrases, prepositions, copulas and the order of words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.config.lexicon import SignLexicon
from auditor.language.anatomy import ExplanationWord
from auditor.language.lesions import clause_around
from auditor.language.nlp import Target

_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|be|being|represent\w*|consistent with|compatible with|in keeping with|keeping with|typical (?:of|for)|typically"
    r"|characteristic of|diagnostic of|s/o|suggest\w*|suspicious for|likely|probab\w*|presum\w*|favou?r\w*|due to|related to|reflect\w*"
    r"|thought|felt|appearance of|look\w* like|correspond\w*|may|might|could|versus|vs|from|secondary to|attributable|c/w"
    r"|compatible|indicating|most|mostly|as|known|in)\b|[=?:]|,\s*$|\(",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\b(?:is|are|was|were|represent\w*|consistent with|compatible with|in keeping with|typical|characteristic|diagnostic|s/o|likely"
    r"|probab\w*|presum\w*|favou?r\w*|due to|related|reflect\w*|thought|felt|appearance|look|correspond\w*|c/w|suggestive)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"\b(?:of|in|within|inside|along|involving|throughout|at|around|about|over|overlying|overlies|overlie|project\w* (?:over|in|on)"
    r"|superimposed (?:on|over)|surround\w*|lining|lines|outlin\w*|marks?|from|on|fill\w*|occup\w*|within the|through|scattered|to)\b",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:over|overlying|overlies|overlie|project\w*|superimposed|near|at|to the|opposite|beside|lateral|medial|above|below)\b",
    re.IGNORECASE,
)
_ADJECTIVE_GAP = re.compile(r"^[\s,]*(?:[\w/'-]+[\s,]+){0,5}$")
_STOPS_ADJECTIVE = re.compile(
    r"\b(?:and|or|with|in|of|at|is|are|was|the|an?|over|within|along|by|from|on|to|but|as|which)\b|[.;:(]", re.IGNORECASE
)
_BACK = re.compile(
    r"\b(?:within|inside|in|throughout|of|along|around|at|on|surrounding|to|from|over|through|under|beneath|across|about) (?:it|them|this|these|its|the same|that"
    r"|the (?:centre|center|wall|rim|margin|periphery|edge|edges|border|superior|inferior|medial|lateral|upper|lower|middle))\b"
    r"|\b(?:it|they|which|that|this|these|the former|both|each|either)\b|\bits\b|\btheir\b|\bwithin\b|\binternal(?:ly)?\b|\bcentral(?:ly)?\b|\bperipheral(?:ly)?\b"
    r"|\bintrinsic\b|\brim\b|\bmural\b|\bcapsul\w+|\bintralesional\b|\bintra-?tumou?ral\b|\bwall\b|\bmargins?\b|\bsept(?:a|al|um|ations?)\b|\bthroughout\b|\btherein\b"
    r"|\binside\b|\bmatrix\b|\bhalf\b|\b(?:this|these|that|the) (?:area|region|abnormality|finding|density|opacity|structure|shadow|process|site|component|masses|mass|lesion)\b"
    r"|\bshell\b|\bcontour\b|\bedge\b|\bborder\b|\bcomponent\b|\bcent(?:re|er)\b|\bsuperior(?:ly)?\b|\binferior(?:ly)?\b|\bassociated\b|\bcontains?\b|\bcontaining\b",
    re.IGNORECASE,
)
_COUNTERFACT = re.compile(
    r"\b(?:separate(?:ly)?(?: from)?|unrelated|distinct(?: from)?|elsewhere|on the (?:opposite|other|contralateral) side"
    r"|contralateral|apart from (?:it|the mass|this)|away from (?:it|the mass|this)|remote from|removed from|outside (?:of )?(?:it|the mass|this)|not (?:related|connected|in|within|part))\b",
    re.IGNORECASE,
)


# `a mass and a calcification`: two things beside each other, not one in the other.
_COORDINATED = re.compile(
    r"^[^,;]*?(?:,\s*)?\b(?:and|plus|as well as|also)\b(?!.*\b(?:contain\w*|with|show\w*|has|is|are|its|it)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tie:
    """What a sign belongs to.

    Attributes:
        lesion: Index in the sentence's lesion targets, -1 where none.
        link: `phrase`, `anaphora`, `separate` or empty.
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
    start: int
    end: int
    lesion: int
    word: ExplanationWord | None


class SignTies:
    """Ties signs by a lexicon's refusing, offering and landmark words."""

    def __init__(self, lexicon: SignLexicon) -> None:
        self._refused = _any_of(lexicon.refused.patterns)
        self._offered = _any_of(lexicon.offered.patterns)
        self._landmark = re.compile(
            rf"(?:{'|'.join(lexicon.landmark.patterns) or '(?!)'})\s*(?:to|of|the|an?|left|right|\s)*[\w-]*\s*$",
            re.IGNORECASE,
        )

    def tie(
        self,
        text: str,
        sign: Target,
        lesions: list[Target],
        words: list[ExplanationWord],
    ) -> Tie:
        """Tie one sign of a sentence to one of its lesions or explanations."""
        nouns = self._nouns(text, sign, lesions, words)
        noun = None
        if sign.term.form == "adjective":
            noun = self._head(text, sign, nouns)
        noun = noun or self._compound(text, sign, nouns)
        if noun is not None and noun.word is not None:
            return Tie(explained_by=noun.word.explanation.id)
        explained = self._predicate(text, sign, nouns, noun)
        if explained is not None:
            return explained
        if noun is None:
            noun = self._post(text, sign, nouns) or self._pre(text, sign, nouns, lesions)
        if noun is None:
            clause = _clause(text, sign)
            separate = bool(_COUNTERFACT.search(clause))
            back = bool(_BACK.search(clause))
            return Tie(link="separate" if separate else "", refers_back=back and not separate)
        if noun.word is not None:
            offered = bool(self._offered.search(_between(text, sign, noun)))
            return Tie(explained_by=noun.word.explanation.id, certain=not offered)
        if _COUNTERFACT.search(_between(text, sign, noun)):
            return Tie(link="separate")
        return Tie(lesion=noun.lesion, link="phrase")

    def _nouns(
        self, text: str, sign: Target, lesions: list[Target], words: list[ExplanationWord]
    ) -> list[_Noun]:
        """Lesions and explanations that the sign may belong to, in order."""
        nouns = [
            _Noun(target.start, target.end, index, None)
            for index, target in enumerate(lesions)
            if not _overlap(target, sign)
        ]
        for word in words:
            if word.start < sign.end and word.end > sign.start:
                continue
            lead = text[max(0, word.start - 60) : word.start]
            refused = self._refused.search(lead[-45:])
            if refused and not re.search(r"[,;.]", lead[-45:][refused.end() :]):
                continue
            nouns.append(_Noun(word.start, word.end, -1, word))
        return sorted(nouns, key=lambda noun: (noun.start, noun.end))

    def _head(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun that an adjective stands before: `calcified splenic artery`."""
        for noun in nouns:
            gap = text[sign.end : noun.start]
            if noun.start >= sign.end and len(gap) <= 60:
                if _ADJECTIVE_GAP.match(gap) and not _STOPS_ADJECTIVE.search(gap):
                    if noun.word is not None and noun.word.explanation.id == "vessel":
                        return noun
                    later = [
                        other
                        for other in nouns
                        if other.start >= noun.end
                        and other.lesion >= 0
                        and re.fullmatch(r"[\s-]*(?:\w+[\s-]+){0,2}", text[noun.end : other.start])
                        and not _STOPS_ADJECTIVE.search(text[noun.end : other.start])
                    ]
                    # `calcified pelvic mass`: the place word is no explanation of its own.
                    return later[0] if later else noun
                return None
        return None

    def _compound(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun right before the sign: `splenic artery calcification`."""
        for noun in reversed(nouns):
            gap = text[noun.end : sign.start]
            if noun.end <= sign.start:
                pattern = r"[\s-]*(?:(?:wall|type|plaque|ring|rim|ring-like|densely|heavily|partly|partially|coarse|dense|heavy|mild|extensive|\w+ly)[\s-]+){0,2}"
                return noun if re.fullmatch(pattern, gap, re.IGNORECASE) else None
        return None

    def _predicate(
        self, text: str, sign: Target, nouns: list[_Noun], own: _Noun | None
    ) -> Tie | None:
        """An explanation given as the reading: `calcification ... is a stone`."""
        for noun in nouns:
            if noun.word is None or noun.start < sign.end:
                continue
            between = text[sign.end : noun.start]
            if re.search(r"[;.]\s", between) or len(between) > 150:
                return None
            match = None
            for match in _FIRM.finditer(between):
                pass
            offered = self._offered.search(between)
            if match is None and offered is None:
                continue
            near = between[(match or offered).end() :] if (match or offered) else between
            if "," in near and len(near) > 30:
                continue
            if self._landmark.search(between) and not re.search(r"\b(?:an?|the)\s+[\w\s-]{0,25}$", near):
                continue
            lead = between[: (match or offered).start()] if (match or offered) else ""
            if own is not None and (len(lead.split()) > 4 or noun.word.explanation.id in ("cyst",)):
                continue
            if any(
                other.lesion >= 0 and sign.end <= other.start < noun.start for other in nouns
            ):
                # `calcification in the mass, likely old haematoma`: that is said of the mass.
                continue
            if self._refused.search(between):
                continue
            follow = text[noun.end : noun.end + 40]
            unsure = bool(offered) or bool(
                re.match(r"^[^.;]{0,25}?\b(?:or|versus|vs)\b", follow, re.IGNORECASE) and not match
            )
            firm = match is not None and not offered
            return Tie(explained_by=noun.word.explanation.id, certain=firm and not unsure)
        return None

    def _post(self, text: str, sign: Target, nouns: list[_Noun]) -> _Noun | None:
        """The noun behind a preposition: `calcification of the aorta`."""
        first, last = clause_around(text, sign.start, sign.end)
        for noun in nouns:
            if noun.start < sign.end:
                continue
            if noun.start >= last:
                return None
            between = text[sign.end : noun.start]
            if len(between) > 110 or not _PREPOSITION.search(between):
                continue
            tail = _after_last(between, _PREPOSITION)
            if re.search(r"[,;:]", tail) or re.search(r"\b(?:is|are|was|were|normal|no)\b", tail, re.I):
                continue
            if self._refused.search(between):
                continue
            if noun.word is not None:
                if self._landmark.search(between) and not noun.word.explanation.over:
                    continue
                if _OVER.search(between) and not noun.word.explanation.over:
                    if noun.word.explanation.id not in ("elsewhere", "chest"):
                        continue
                if re.search(r",", between) and len(between) > 40:
                    continue
            return noun
        return None

    def _pre(
        self, text: str, sign: Target, nouns: list[_Noun], lesions: list[Target]
    ) -> _Noun | None:
        """The noun before the sign in its clause: `the aorta is calcified`, `mass with calcification`."""
        first, _ = clause_around(text, sign.start, sign.end)
        for noun in reversed(nouns):
            if noun.end > sign.start or noun.start < first:
                continue
            between = text[noun.end : sign.start]
            if noun.word is not None:
                predicative = sign.term.form == "adjective"
                joined = re.search(r"\band\b", between) and not predicative
                verb = re.search(r"\b(?:is|are|with|contain\w*|show\w*|appear\w*|demonstrat\w*|has|have|of|by|due|from)\b", between, re.I)
                apposed = predicative and re.fullmatch(r"\s*,?\s*(?:\w+\s+){0,2}", between)
                if joined or "," in between and not apposed or not (verb or apposed):
                    continue
                if self._landmark.search(text[max(0, noun.start - 40) : noun.start]):
                    continue
                over = re.search(
                    r"\b(?:over|overlying|project\w* (?:over|on)|in|within)\s+(?:the\s+)?[\w\s-]{0,15}$",
                    text[max(0, noun.start - 40) : noun.start],
                    re.I,
                )
                if not predicative and not verb:
                    continue
                if over and not noun.word.explanation.over:
                    continue
                if len(between) > 70:
                    continue
                return noun
            if len(between) <= 160 and not _COORDINATED.match(between):
                return noun
        return None


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    body = "|".join(patterns) or "(?!)"
    return re.compile(rf"(?<![A-Za-z])(?:{body})(?![A-Za-z])", re.IGNORECASE)


def _overlap(one: Target, other: Target) -> bool:
    return one.start < other.end and other.start < one.end


def _clause(text: str, sign: Target) -> str:
    first, last = clause_around(text, sign.start, sign.end)
    return text[first:last]


def _between(text: str, sign: Target, noun: _Noun) -> str:
    return text[sign.end : noun.start] if noun.start >= sign.end else text[noun.end : sign.start]


def _after_last(text: str, pattern: re.Pattern[str]) -> str:
    end = 0
    for match in pattern.finditer(text):
        end = match.end()
    return text[end:]
