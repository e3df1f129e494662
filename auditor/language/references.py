"""What a sentence says of the one before: places of `the mass`, links of `within it`."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.config.grammar import either, whole_words
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import LEFT, RIGHT, UNKNOWN, Anatomy, ExplanationWord
from auditor.language.assertion import REQUEST
from auditor.language.facts import Finding
from auditor.language.later_sides import LaterSides
from auditor.language.layout import Sentence
from auditor.language.lesions import LesionSites
from auditor.language.mentions import PRONOUN, Mention
from auditor.language.organs import Organs

# How many sentences back a pronoun may point, and an explanation may.
REACH = 3
EXPLAINS = 2
# So many mentions back a place is remembered; it keeps the work linear in a text's length.
MEMORY = 100
# The subject of a sentence stands within so many characters.
SUBJECT = 40
# A word for `at the same place` stands at most so many characters from its lesion.
NEAR = 40

_STATED = ("affirmed", "hedged")
_TIED = ("phrase", "anaphora")
_NEW_CLAUSE = re.compile(r"[;:]\s*(?:and\s+)?|,\s*(?:and\s+)(?=these|they|this|it)", re.IGNORECASE)
_IT = r"(?P<it>it|this)\s+(?:\w+ly\s+)?(?:is|lies|occupies|fills|arises|projects|sits)\b"
_IT_BEHIND = re.compile(rf"[;,]\s*{_IT}", re.IGNORECASE)
_IT_FIRST = re.compile(_IT, re.IGNORECASE)
_AFRESH = re.compile(
    r"(?P<join>[;,]|\b(?:and|but|so)\b)\s*(?:[a-z]+\s+){0,2}?(?:is|are|was|were|represents?|lies?)\b",
    re.IGNORECASE,
)
_ONE_OF_TWO = re.compile(r"\W*the\s+(?:former|latter|first|second|third|other)\b", re.IGNORECASE)
# `Two findings on the left. First, a renal mass`
_LISTED = re.compile(
    r"\b(?:two|three|several|following)\s+(?:\w+\s+)?(?:findings|abnormalities|observations)\b",
    re.IGNORECASE,
)
_FORMER = re.compile(r"\W*the\s+former\b", re.IGNORECASE)
_LATTER = re.compile(r"\W*the\s+latter\b", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"[^.;]{0,30}?\b(?:or|versus|vs)\b", re.IGNORECASE)


class References:
    """Resolves what points back, by a lexicon's words."""

    def __init__(self, lexicon: Lexicon, anatomy: Anatomy, sites: LesionSites) -> None:
        words, lesion = lexicon.grammar.reference, lexicon.grammar.lesion
        self._lesion_key = lexicon.lesion.part.key
        self._anatomy = anatomy
        self._sites = sites
        self._organs = Organs(lexicon, anatomy, sites)
        self._later_sides = LaterSides(lexicon, anatomy)
        self._opening = re.compile(
            rf"(?:[-*•\d.)\s]*){either(words.on_view)}?{either(words.opening)}\b", re.IGNORECASE
        )
        self._separate = whole_words(lexicon.grammar.sign.separate)
        self._reading = whole_words(words.reading)
        self._offered = re.compile(rf"\b{either(words.offered)}\b|\?", re.IGNORECASE)
        self._refused = whole_words(words.refused)
        self._indefinite = re.compile(
            rf"\b{either(lesion.indefinite)}\s+(?:[\w-]+\s+){{0,4}}$", re.IGNORECASE
        )
        self._again = re.compile(rf"\b{either(words.given)}\s+(?:[\w-]+\s+){{0,2}}$", re.IGNORECASE)
        self._same_place = whole_words(lesion.same_place)
        self._landmark = re.compile(
            rf"{either(lexicon.sign.landmark.patterns)}\s*(?:the|an?|left|right|\s)*$",
            re.IGNORECASE,
        )
        self._its_place = re.compile(rf"\W*{either(lesion.its_place)}\b", re.IGNORECASE)

    def explain_back(self, sentence: Sentence, mentions: list[Mention]) -> None:
        """`These are phleboliths.` explains the signs of the sentence before."""
        opening = self._opening.match(sentence.text) if mentions else None
        if opening is None:
            return
        weighed = any(m.sentence is sentence and self._is_lesion(m) for m in mentions[-20:])
        given = self._read_as(sentence.text, opening.end())
        if given is None or weighed and given[1]:
            return
        word, certain = given
        one_of_two = _ONE_OF_TWO.match(sentence.text)
        last = -1
        for mention in reversed(mentions):
            number = mention.sentence.index
            if sentence.index - number > EXPLAINS or 0 <= last != number:
                break
            if mention.sentence is sentence or self._is_lesion(mention):
                continue
            if mention.finding.assertion not in _STATED:
                continue
            if one_of_two and _ONE_OF_TWO.match(mention.sentence.text):
                continue  # `The former is calcified. The latter is a stone.`
            if weighed:  # `It may lie in the mass or in a vessel.`
                if mention.finding.assertion == "affirmed" and not mention.finding.explained_by:
                    mention.finding = replace(mention.finding, assertion="hedged")
                return
            if not mention.finding.explained_by and mention.finding.link not in _TIED:
                last = number
                mention.finding = replace(
                    mention.finding, explained_by=word.explanation.id, explanation_certain=certain
                )

    def _read_as(self, text: str, start: int) -> tuple[ExplanationWord, bool] | None:
        """The explanation that a sentence gives, and whether it is more than offered."""
        for word in self._anatomy.explanations(text):
            if word.start < start:
                continue
            between = text[start : word.start]
            if ";" in between or not self._reading.search(between):
                continue
            if self._refused.search(between):
                # `too lateral for the ureter and is a node` goes on, `not a stone or node` does not
                afresh = _AFRESH.search(text, word.end)
                if afresh is None:
                    return None
                start = afresh.end("join")
                continue
            if self._landmark.search(between):
                continue
            alternative = _ALTERNATIVE.match(text, word.end, word.end + 40)
            return word, not (self._offered.search(between) or alternative)
        return None

    def resolve(self, sentences: list[Sentence], mentions: list[Mention]) -> None:
        """Give places to lesions that name none, and lesions to signs that point back."""
        for position, mention in enumerate(mentions):
            if self._is_lesion(mention):
                if not mention.finding.place:
                    self._inherit_place(position, mentions, sentences)
                if not mention.finding.place:
                    self._read_on(position, mentions, sentences)
                self._organs.give_next(mention, sentences)
                if mention.finding.laterality == UNKNOWN:
                    self._side_later(position, mentions, sentences)
                if mention.finding.laterality == UNKNOWN:
                    self._side_earlier(position, mentions, sentences)
            elif mention.refers_back and not mention.finding.explained_by:
                self._link_back(position, mentions, sentences)
                self._part(mention, sentences)
        self._forget_parting(mentions)
        self._organs.give_same(mentions)
        self._organs.give_concluded(mentions, sentences)
        unsided = [m for m in mentions if self._is_lesion(m) and m.finding.laterality == UNKNOWN]
        side = self._later_sides.stated(one.text for one in sentences) if unsided else UNKNOWN
        for mention in unsided:
            if mention.finding.place:
                mention.finding = replace(mention.finding, laterality=side)

    def explain_within(self, mentions: list[Mention]) -> None:
        """Within one sentence, what is said of a later sign holds for one that it speaks of.

        `Patchy calcification below the diaphragm; this is costal cartilage calcification.` And
        `calcified plaque of the aorta between calcified walls`: a sign that points back and ties
        to nothing belongs to what the sign before it belongs to.
        """
        signs = [mention for mention in mentions if not self._is_lesion(mention)]
        for one in signs:
            self._explain_behind(one)
        for one, other in zip(signs, signs[1:], strict=False):
            between = one.sentence.text[one.target.end : other.target.start]
            key, later = one.finding.explained_by, other.finding.explained_by
            if later and not key and not one.finding.link and self._speaks_of(between):
                one.finding = replace(one.finding, explained_by=later)
            free = not later and not other.finding.link and other.refers_back
            if key and free and not any(map(self._is_lesion, mentions)):
                other.finding = replace(other.finding, explained_by=key)

    def _explain_behind(self, sign: Mention) -> None:
        """A later clause explains the sign: `ring shadows change place; these are enteroliths`."""
        finding, text = sign.finding, sign.sentence.text
        if finding.explained_by or finding.link == "phrase" or finding.assertion not in _STATED:
            return
        clause = _NEW_CLAUSE.search(text, sign.target.end)
        opening = self._opening.match(text, clause.end()) if clause else None
        given = self._read_as(text, opening.end()) if opening else None
        if given is not None:
            word, certain = given
            sign.finding = replace(
                finding, explained_by=word.explanation.id, explanation_certain=certain
            )

    def _speaks_of(self, between: str) -> bool:
        if re.search(r"[:=]\s*(?:old\s+)?$", between, re.IGNORECASE):
            return True
        pronoun = re.search(r"[,;]\s*(?:and\s+)?(?:this|these|it|they|which|all)\b", between, re.I)
        return bool(pronoun and self._reading.search(between, pronoun.end()))

    def _is_lesion(self, mention: Mention) -> bool:
        return mention.finding.part == self._lesion_key

    def _inherit_place(
        self, position: int, mentions: list[Mention], sentences: list[Sentence]
    ) -> None:
        mention = mentions[position]
        text, index = mention.sentence.text, mention.sentence.index
        if index and self._its_place.match(text):
            words = self._anatomy.inside_words(sentences[index - 1].text)
            if words:
                _give_place(mention, words[-1].place.id, "inside", words[-1].side)
                return
        start, end = mention.target.start, mention.target.end
        same_place = bool(self._same_place.search(text, max(0, start - NEAR), end + NEAR))
        if self._indefinite.search(text[: mention.target.start]) and not same_place:
            return
        for earlier in reversed(mentions[max(0, position - MEMORY) : position]):
            finding = earlier.finding
            known = finding.place and finding.assertion in _STATED
            near = index - earlier.sentence.index <= REACH
            if known and (self._is_lesion(earlier) or (same_place and near)):
                _give_place(mention, finding.place, finding.place_kind, finding.laterality)
                return

    def _read_on(self, position: int, mentions: list[Mention], sentences: list[Sentence]) -> None:
        """Take the place from a pronoun: `A mass is seen. It occupies the left flank` places it."""
        mention, index = mentions[position], mentions[position].sentence.index
        later = mentions[position + 1 : position + MEMORY]
        if any(self._is_lesion(m) and m.sentence.index - index <= 1 for m in later):
            return
        pronoun = _IT_BEHIND.search(mention.sentence.text, mention.target.end)
        text = mention.sentence.text
        if pronoun is None and index + 1 < len(sentences):
            text = sentences[index + 1].text
            pronoun = _IT_FIRST.match(text)
        if pronoun is None:
            return
        sides = self._anatomy.sides(text)
        places = self._anatomy.places(text)
        site = self._sites.site(text, *pronoun.span("it"), places, sides, after=pronoun.start("it"))
        if site.kind == "inside":
            _give_place(mention, site.place, site.kind, site.side)

    def _side_later(
        self, position: int, mentions: list[Mention], sentences: list[Sentence]
    ) -> None:
        """Take the side from what goes on about a lesion: `It is on the left` gives it."""
        mention = mentions[position]
        here = mention.sentence.index
        if not mention.finding.place or mention.finding.assertion not in _STATED:
            return
        others = [m for m in mentions[position + 1 : position + MEMORY] if self._is_lesion(m)]
        end = min((m.sentence.index for m in others), default=len(sentences))
        later = [one.text for one in sentences[here + 1 : min(end, here + 1 + REACH)]]
        side = self._later_sides.of(mention.sentence.text[mention.target.end :], later)
        mention.finding = replace(mention.finding, laterality=side)

    def _side_earlier(
        self, position: int, mentions: list[Mention], sentences: list[Sentence]
    ) -> None:
        """Take the side from what a lesion is spoken of again as.

        `Left loin swelling. ... Ultrasound of the loin swelling` means the one on the left, and
        `Right renal area opacity. This may represent a renal mass` one where the opacity is.
        """
        mention = mentions[position]
        text, index = mention.sentence.text, mention.sentence.index
        if not mention.finding.place:
            return
        if self._again.search(text[: mention.target.start]):
            named = {m.finding.laterality for m in mentions[:position] if self._is_lesion(m)}
        elif index and (self._opening.match(text) or _LISTED.search(sentences[index - 1].text)):
            before = sentences[index - 1].text
            named = {side.side for side in self._anatomy.sides(before)}
        else:
            return
        if len(named) == 1:
            mention.finding = replace(mention.finding, laterality=named.pop())

    def _link_back(self, position: int, mentions: list[Mention], sentences: list[Sentence]) -> None:
        """Tie a sign whose words point back to the nearest noun before it."""
        mention = mentions[position]
        here = mention.sentence.index
        text, start = mention.sentence.text, mention.target.start
        around = mentions[max(0, position - MEMORY) : position + MEMORY]
        goes_on = any(
            self._is_lesion(m) and m.sentence.index == here - 1 and m.finding.place for m in around
        ) and PRONOUN.match(text)
        alone = not any(m.sentence is mention.sentence and self._is_lesion(m) for m in around)
        # `It drapes the colon, and its lower third is calcified` is about the lesion before.
        if alone and not goes_on:
            own = self._last_named(text, start)
            if own is not None:  # `ureteric stent, its upper loop calcified`
                mention.finding = replace(mention.finding, explained_by=own.explanation.id)
                return
        latter = self._latter(position, mentions, sentences)
        if latter is not None:
            mention.finding = replace(mention.finding, explained_by=latter.explanation.id)
            return
        found = self._antecedent(position, mentions)
        since = mentions[found].sentence.index if found >= 0 else here - EXPLAINS
        if self._opening.match(text) and not _FORMER.match(text):
            for number in range(here - 1, max(since, here - EXPLAINS, -1), -1):
                word = self._salient(sentences[number].text)
                if word is not None:
                    mention.finding = replace(mention.finding, explained_by=word.explanation.id)
                    return
        if found >= 0 and not _opposite(mention.finding, mentions[found].finding):
            mention.finding = replace(mention.finding, link="anaphora", link_index=found)
            self._place_by_sign(mentions[found], mention.finding)

    def _latter(
        self, position: int, mentions: list[Mention], sentences: list[Sentence]
    ) -> ExplanationWord | None:
        """`The mass abuts the aorta. The latter is calcified`: the aorta, as named last."""
        here = mentions[position].sentence
        if not here.index or not _LATTER.match(here.text):
            return None
        before = sentences[here.index - 1]
        words = self._anatomy.explanations(before.text)
        near = mentions[max(0, position - MEMORY) : position]
        ends = [m.target.end for m in near if m.sentence is before and self._is_lesion(m)]
        return words[-1] if words and words[-1].start >= max(ends, default=0) else None

    def _forget_parting(self, mentions: list[Mention]) -> None:
        """`A separate patch of calcification` is so from no lesion where the text names none."""
        named = any(
            self._is_lesion(one) and one.sentence.section not in REQUEST for one in mentions
        )
        for one in mentions:
            if one.finding.link == "separate" and not named:
                one.finding = replace(one.finding, link="")

    def _part(self, mention: Mention, sentences: list[Sentence]) -> None:
        """`A calcification lies deep to it. This is separate from the mass` ties it to none."""
        following = sentences[mention.sentence.index + 1 :][:1]
        pronoun = PRONOUN.match(following[0].text) if following else None
        if pronoun and self._separate.search(following[0].text, pronoun.end()):
            mention.finding = replace(mention.finding, link="separate", link_index=-1)

    def _place_by_sign(self, lesion: Mention, sign: Finding) -> None:
        """`Two masses. Another is in the left flank, which is calcified`: there it is."""
        stated = sign.assertion in _STATED and sign.place_kind == "inside"
        if stated and not lesion.finding.place:
            _give_place(lesion, sign.place, sign.place_kind, sign.laterality)

    def _antecedent(self, position: int, mentions: list[Mention]) -> int:
        """The nearest stated lesion before a sign, else one behind it in its sentence."""
        here = mentions[position].sentence.index
        for index in range(position - 1, -1, -1):
            other = mentions[index]
            if here - other.sentence.index > REACH:
                break
            asked = other.sentence.section in REQUEST
            if self._is_lesion(other) and other.finding.assertion in _STATED and not asked:
                return index
        for index in range(position + 1, len(mentions)):
            other = mentions[index]
            if other.sentence.index != here:
                break
            if self._is_lesion(other):
                return index if other.finding.assertion in _STATED else -1
        return -1

    def _salient(self, text: str) -> ExplanationWord | None:
        """What a sentence without a lesion is about, for a pronoun in the next one."""
        if self._opening.match(text):
            return None  # it goes on about what stands before it
        for word in self._anatomy.explanations(text):
            if word.start > SUBJECT:
                return None
            if not self._refused.search(text, max(0, word.start - 25), word.start):
                return word
        return None

    def _last_named(self, text: str, end: int) -> ExplanationWord | None:
        """The last explanation that a sentence names before `end`, unless it is denied."""
        words = [word for word in self._anatomy.explanations(text) if word.end <= end]
        if words and _ALTERNATIVE.match(text, words[-1].end, end):
            return None  # `barium versus calcification` is one or the other
        if not words or self._refused.search(text, max(0, words[-1].start - 25), words[-1].start):
            return None
        return None if self._landmark.search(text, 0, words[-1].start) else words[-1]


def _give_place(mention: Mention, place: str, kind: str, side: str) -> None:
    own = mention.finding.laterality
    mention.finding = replace(
        mention.finding, place=place, place_kind=kind, laterality=side if own == UNKNOWN else own
    )


def _opposite(one: Finding, other: Finding) -> bool:
    return {one.laterality, other.laterality} == {LEFT, RIGHT}
