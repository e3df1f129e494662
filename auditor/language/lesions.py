"""Where a lesion is: the place and side that a sentence gives to a mention of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.config.lexicon import LesionLexicon
from auditor.language.anatomy import BILATERAL, LEFT, RIGHT, UNKNOWN, PlaceWord, Side

# A clause ends here: what stands beyond belongs to something else.
CLAUSE = re.compile(
    r";|\b(?:but|however|whereas|while|although|though|except)\b|//"
    r"|,?\s+\band\s+(?=(?:there|an?|the|also|several|multiple|no|is|are)\b)"
    r"|,\s+(?=(?:there|no|with no|without|not)\b)",
    re.IGNORECASE,
)
_SOFT = frozenset({"however", ", ", ","})
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|seen|noted|shows?|no|not|normal|unremarkable|present|clear|intact)\b", re.I
)
# A comma and an article begin something else: `the left one is calcified, the right one is not`.
_NEXT = re.compile(r",\s*(?:the|an?|this|that)\b", re.IGNORECASE)
# Words that end a noun phrase, read backwards from its head.
_PHRASE_END = re.compile(
    r"(?:[,;:.(]|\b(?:an?|the|this|that|these|those|with|of|in|on|at|by|for|from|to|into|over|under|is|are|was|were|be|has"
    r"|have|had|shows?|showing|contains?|containing|no|not|without|and an?|or|as|there|again|seen|noted|possible|probable"
    r"|likely|questionable|suspected|known|demonstrates?|demonstrating|represent\w*|suggest\w*|suspicious|exclude|its|his|her"
    r"|lateral|medial|within|inside|than|which|displac\w*|behind|above|below|beneath|against|identifies|reveals?)\b)"
    r"[\s\"'?*-]*",
    re.IGNORECASE,
)
_IN = re.compile(
    r"\b(?:in|within|of|at|over|overlying|overlies|overlie|inside|involving|occupy\w*|fills?|filling|arising|arises|from|is|are"
    r"|lies|lying|projects?|projecting|projected|near|region|along|centered|centred|on|replacing|replaces|expanding|about"
    r"|represent\w*|corresponds?|medial|lateral|superior|inferior|above|below|to)\b",
    re.IGNORECASE,
)
# The text takes the lesion to an organ: `lies within the liver`, `is a massively enlarged spleen`.
_GIVES_TO = re.compile(
    r"\b(?:within|inside|in|of|from|arising|arises|originat\w*|belong\w*|involving|represent\w*|is|are|was|be|due to"
    r"|consistent with|compatible with|in keeping with|correspond\w*|attributable|caused by|continuous with|confluent with"
    r"|inseparable from|part of|corresponds? to)\b",
    re.IGNORECASE,
)
_ONLY_CONSIDERED = re.compile(
    r"\b(?:possib\w*|probab\w*|likely|may|might|could|consider\w*|suspect\w*|suggest\w*|suspicious|versus|vs|or|question\w*|favou?r\w*|presum\w*"
    r"|differential|cannot|not|no|separate|distinct|apart|away|displac\w*|push\w*|compress\w*|deviat\w*|abut\w*|adjacent|near"
    r"|below|above|beneath|behind|beside|lateral|medial|inferior|superior|between|next|overl\w*|toward\w*|unlike|rather"
    r"|indent\w*|elevat\w*|depress\w*|obscur\w*|effac\w*|extend\w*|reach\w*|shift\w*|normal|spar\w*|invad\w*)\b|\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a mention is.

    `kind` is `inside`, `elsewhere` or empty; `organ` is set where an organ that the text names
    takes a lesion out of its quadrant.
    """

    place: str = ""
    kind: str = ""
    side: str = UNKNOWN
    level: str = ""
    quadrant: bool = False
    organ: str = ""


class LesionPlaces:
    """Resolves the place of lesions by a lexicon's displacement and landmark words."""

    def __init__(self, lexicon: LesionLexicon) -> None:
        displacement = "|".join(lexicon.displacement.patterns) or r"(?!)"
        landmark = "|".join(lexicon.landmark.patterns) or r"(?!)"
        self._pushed = re.compile(rf"\b(?:{displacement})\b[^,;.]{{0,45}}$", re.IGNORECASE)
        self._pushed_after = re.compile(
            r"^\s*(?:\w+\s+){0,2}?(?:is|are|was|were|appears?)?\s*(?:displaced|pushed|deviated|effaced|obscured|lost|elevated|depressed|intact|normal|preserved|clear|unremarkable|symmetric\w*|maintained)\b",
            re.IGNORECASE,
        )
        self._refused = re.compile(rf"(?:{landmark})\s+(?:the\s+|an?\s+)?[\w\s-]{{0,30}}$", re.IGNORECASE)

    def site(
        self, text: str, start: int, end: int, places: list[PlaceWord], sides: list[Side]
    ) -> Site:
        """The site that one sentence gives to the lesion mentioned at `start`..`end`.

        In falling order: words of its own noun phrase, words behind it in its clause, words
        before it in its clause.
        """
        first, last = clause_around(text, start, end)
        phrase = _phrase_start(text, first, start)
        own = [place for place in places if phrase <= place.start and place.end <= end]
        behind = [place for place in places if end <= place.start < last]
        before = [place for place in places if first <= place.start and place.end <= phrase]
        chosen = (
            _of_phrase(own)
            or self._behind(text, end, behind)
            or self._before(text, phrase, before)
        )
        side = self._side(text, start, end, (first, phrase, last), chosen, sides)
        if chosen is None:
            return Site("side", "inside", side, quadrant=True) if self._bare(side) else Site(side=side)
        place = chosen.place
        if place.kind == "inside" and place.needs_side and side not in (LEFT, RIGHT, BILATERAL):
            return Site(side=side)
        organ = self._organ(text, end, behind) if place.quadrant else ""
        organ = organ or next((word.place.id for word in own if word.place.organ and word is not chosen), "")
        if organ and place.quadrant:
            return Site(organ, "elsewhere", side, organ=organ)
        return Site(
            place.id,
            place.kind,
            side,
            level=place.level,
            quadrant=place.quadrant,
            organ=place.id if place.organ else "",
        )

    @staticmethod
    def _bare(side: str) -> bool:
        """A side alone makes a flank mass: `right-sided mass`."""
        return side in (LEFT, RIGHT, BILATERAL)

    def _behind(self, text: str, end: int, places: list[PlaceWord]) -> PlaceWord | None:
        for place in places:
            between = text[end : place.start]
            if len(between) > 110 or self._pushed.search(between) or self._refused.search(between):
                continue
            if self._pushed_after.match(text[place.end : place.end + 40]):
                continue
            if place.place.kind == "elsewhere":
                link = list(_IN.finditer(between))
                if not link or "," in between[link[-1].end() :] or _ONLY_CONSIDERED.search(between):
                    continue
            elif place.place.needs_side and place.side == UNKNOWN:
                continue
            return place
        return None

    def _before(self, text: str, phrase: int, places: list[PlaceWord]) -> PlaceWord | None:
        for place in reversed(places):
            lead = text[: place.start]
            if self._refused.search(lead[-60:]) or len(text[place.end : phrase]) > 110:
                continue
            if self._pushed_after.match(text[place.end : place.end + 40]) and " by " not in text[place.end : phrase]:
                continue
            if place.place.kind == "elsewhere":
                if not re.search(r"\b(?:in|within|inside|of|over|overlying)\s+(?:the\s+)?[\w\s-]{0,20}$", lead[-40:], re.I):
                    continue
                if re.search(r"[,.]|\band\b", text[place.end : phrase]):
                    continue
            elif place.place.needs_side and place.side == UNKNOWN:
                continue
            return place
        return None

    def _side(
        self,
        text: str,
        start: int,
        end: int,
        bounds: tuple[int, int, int],
        chosen: PlaceWord | None,
        sides: list[Side],
    ) -> str:
        first, phrase, last = bounds
        own = [side for side in sides if phrase <= side.start and side.end <= end + 1]
        if own:
            return _merged(own)
        if chosen is not None and chosen.side != UNKNOWN:
            return chosen.side
        for side in sides:
            if side.start < end or side.start >= last:
                continue
            between = text[end : side.start]
            if self._pushed.search(between) or len(between) > 80 or _NEXT.search(between):
                break
            if re.search(r"\b(?:kidney|psoas|colon|liver|spleen|stomach|diaphragm)\b", text[side.end : side.end + 20], re.I) and chosen:
                break
            return side.side
        previous = [side for side in sides if first <= side.start and side.end <= phrase]
        return previous[-1].side if previous else UNKNOWN

    def _organ(self, text: str, end: int, behind: list[PlaceWord]) -> str:
        """The organ to which the rest of the clause flatly gives a lesion of a quadrant."""
        for place in behind:
            between = text[end : place.start]
            if place.place.organ and _GIVES_TO.search(between) and not _ONLY_CONSIDERED.search(between):
                if re.search(r"[.;]|\bwith\b", between):
                    continue
                return place.place.id
        return ""


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """First and last offset of the clause that holds `start`..`end`."""
    first, last = 0, len(text)
    for match in CLAUSE.finditer(text):
        opens = match.group().lower() in _SOFT and not _VERB.search(text, first, match.start())
        if opens and match.end() <= start:
            continue  # `Over the right kidney, however, there is ...` is one clause
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last


def _phrase_start(text: str, first: int, start: int) -> int:
    """Where the noun phrase of the head at `start` begins."""
    begin = first
    for match in _PHRASE_END.finditer(text, first, start):
        if match.end() <= start:
            begin = match.end()
    return begin


def _of_phrase(own: list[PlaceWord]) -> PlaceWord | None:
    """Within one noun phrase an organ or outer place wins over a quadrant or side."""
    elsewhere = [place for place in own if place.place.kind == "elsewhere"]
    firm = [place for place in own if place.place.kind == "inside" and not place.place.quadrant]
    if firm:
        return firm[-1]
    if elsewhere:
        return elsewhere[-1]
    sided = [place for place in own if place.side != UNKNOWN]
    return (sided or own or [None])[0]


def _merged(sides: list[Side]) -> str:
    kinds = {side.side for side in sides}
    if kinds == {LEFT, RIGHT} or BILATERAL in kinds:
        return BILATERAL
    return sides[-1].side
