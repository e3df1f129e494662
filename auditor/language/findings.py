"""One row per mention of a target in a text: asserted how, where, tied to what.

Sentences are read one by one; what points back (`within it`, `the mass`, `these are phleboliths`)
is then resolved against the sentences before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import UNKNOWN, Anatomy, ExplanationWord, PlaceWord, find_sides
from auditor.language.assertion import assert_target
from auditor.language.facts import Finding
from auditor.language.layout import Layout, Sentence
from auditor.language.lesions import LesionPlaces, Site, clause_around
from auditor.language.nlp import Cue, Reader, Target
from auditor.language.signs import SignTies, Tie
from auditor.language.sizes import sizes_mm

# How many sentences back a pronoun may point.
REACH = 3

_POINTS_BACK = re.compile(
    r"^(?:[-*•\d.)\s]*)(?:this|these|it|they|those|both|the (?:former|latter|calcifications?|calcific \w+|density|densities|opacity|opacities"
    r"|foc(?:us|i)|former|structure|finding|calcified \w+|distribution|appearances?|pattern|configuration|morphology|location|position|shape|features"
    r"|(?:location|shape|position|size|number|appearance) and \w+)|which|all of (?:these|which)|some of (?:these|which)|most)\b",
    re.IGNORECASE,
)
_DEFINITE = re.compile(r"\b(?:the|this|that|these|said|above|same|its?|known|aforementioned|described)\s+(?:[\w-]+\s+){0,4}$", re.IGNORECASE)
_ITS_PLACE = re.compile(r"^\W*(?:its|this|in this|within this|at this|there|in the same|here)\b", re.IGNORECASE)
_READING = re.compile(
    r"\b(?:is|are|represents?|representing|consistent|compatible|keeping|typical|likely|probab\w+|presum\w+|favou?r\w*|reflect\w*"
    r"|appearance|correspond\w*|characteristic|suggest\w*|may|might|could|diagnostic|pathognomonic|felt|thought)\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(r"\b(?:may|might|could|possib\w+|versus|vs|either|or|question\w*|cannot|consider\w*)\b|\?", re.IGNORECASE)
_REFUSED = re.compile(r"\b(?:not|no|n't|unlike|separate|distinct|rather|neither|atypical)\b", re.IGNORECASE)


# A definite lesion in which a sign is looked for.
_GIVEN = re.compile(
    r"\b(?:the|this|that|these|its|said|either|both|known|palpable)\s+(?:[\w-]+\s+){0,4}$", re.IGNORECASE
)
_WITHIN = re.compile(
    r"^\s*(?:\w+\s+){0,5}?(?:in|within|of|inside|along|at|about|with|throughout|to|over|on)\s+(?:\w+\s+){0,5}$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Mention:
    """A finding in the making, with what the resolution of references needs."""

    finding: Finding
    site: Site
    tie: Tie
    target: Target
    sentence: Sentence
    lesion_number: int = -1


class FindingReader:
    """Reads texts into findings by a lexicon. Build once per process."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._layout = Layout(lexicon.sections)
        self._reader = Reader(lexicon)
        self._anatomy = Anatomy(lexicon)
        self._places = LesionPlaces(lexicon.lesion)
        self._ties = SignTies(lexicon.sign)

    def read(self, text: str, *, section: str = "") -> tuple[Finding, ...]:
        """Findings of a text in reading order.

        Args:
            text: A report's text or an order's reason.
            section: `reason` for an order's reason, which has no sections of its own.
        """
        sentences = self._layout.sentences(text)
        if section:
            sentences = [replace(sentence, section=section) for sentence in sentences]
        mentions: list[_Mention] = []
        for sentence in sentences:
            mentions.extend(self._read_sentence(sentence, len(mentions)))
            self._explain_back(sentence, mentions)
        self._resolve(sentences, mentions)
        return tuple(mention.finding for mention in mentions)

    def _read_sentence(self, sentence: Sentence, first: int) -> list[_Mention]:
        targets = self._reader.targets(sentence.text)
        if not targets:
            return []
        text = sentence.text
        sides = find_sides(text)
        places = self._anatomy.places(text, sides)
        words = self._anatomy.explanations(text)
        lesion_key = self._lexicon.lesion.part.key
        lesions = [target for target in targets if target.part == lesion_key]
        mentions = []
        for number, target in enumerate(targets):
            site = self._places.site(text, target.start, target.end, places, sides)
            if site.place == "" and target.term.implies:
                site = replace(site, place=target.term.implies, kind="inside")
            site = self._from_label(sentence, target, site)
            tie = Tie()
            if target.part != lesion_key:
                tie = self._ties.tie(text, target, lesions, words)
            assertion, cue = assert_target(self._presupposed(text, target, targets), sentence)
            finding = self._finding(sentence, target, site, tie, assertion, cue)
            mention = _Mention(finding, site, tie, target, sentence)
            if target.part == lesion_key:
                mention.lesion_number = lesions.index(target)
            mentions.append(mention)
            del number
        for mention in mentions:
            if mention.tie.lesion >= 0:
                index = next(
                    position
                    for position, other in enumerate(mentions)
                    if other.lesion_number == mention.tie.lesion
                )
                mention.finding = replace(mention.finding, link="phrase", link_index=first + index)
        return mentions

    def _presupposed(self, text: str, target: Target, targets: list[Target]) -> Target:
        """`no calcification within the mass` denies the sign and takes the lesion for granted."""
        if target.part != self._lexicon.lesion.part.key or not _GIVEN.search(text[: target.start]):
            return target
        signs = [other for other in targets if other.part != target.part and other.end <= target.start]
        if not signs or not _WITHIN.match(text[signs[-1].end : target.start]):
            return target
        kept = tuple(cue for cue in target.cues if cue.start >= signs[-1].end)
        return replace(target, cues=kept)

    def _from_label(self, sentence: Sentence, target: Target, site: Site) -> Site:
        """A sub-heading gives its place to mentions that name none: `Left kidney: 4 cm mass`."""
        if site.place or not sentence.label:
            return site
        sides = find_sides(sentence.label)
        for word in self._anatomy.places(sentence.label, sides):
            if word.place.needs_side and word.side == UNKNOWN:
                continue
            if word.place.kind == "inside" or target.part == self._lexicon.lesion.part.key:
                side = site.side if site.side != UNKNOWN else word.side
                return replace(
                    site, place=word.place.id, kind=word.place.kind, side=side, level=word.place.level
                )
        return site

    def _finding(
        self, sentence: Sentence, target: Target, site: Site, tie: Tie, assertion: str, cue: Cue | None
    ) -> Finding:
        clause = clause_around(sentence.text, target.start, target.end)
        near = [size for start, end, size in sizes_mm(sentence.text) if clause[0] <= start < clause[1]]
        return Finding(
            part=target.part,
            text=target.text,
            start=sentence.origin[target.start],
            end=sentence.origin[target.end - 1] + 1,
            section=sentence.section,
            sentence=sentence.text,
            sentence_index=sentence.index,
            assertion=assertion,
            cue=cue.text if cue else "",
            rule=target.term.id,
            cue_rule=cue.rule if cue else "",
            laterality=site.side,
            place=site.place,
            place_kind=site.kind,
            explained_by=tie.explained_by,
            explanation_certain=tie.certain,
            weak=target.term.weak,
            link=tie.link,
            size_mm=near[0] if near and target.part == self._lexicon.lesion.part.key else None,
        )

    def _explain_back(self, sentence: Sentence, mentions: list[_Mention]) -> None:
        """`These are phleboliths.` explains the signs of the sentence before."""
        match = _POINTS_BACK.match(sentence.text)
        if not match:
            return
        words = self._anatomy.explanations(sentence.text)
        given = self._reading(sentence.text, words, match.end())
        if given is None:
            return
        word, certain = given
        lesion_key = self._lexicon.lesion.part.key
        own = [m for m in mentions if m.sentence.index == sentence.index]
        if any(mention.finding.part == lesion_key for mention in own):
            return
        last = -1
        for mention in reversed(mentions):
            if mention.sentence.index == sentence.index or mention.finding.part == lesion_key:
                continue
            if sentence.index - mention.sentence.index > 2 or 0 <= last != mention.sentence.index:
                break
            if mention.finding.explained_by or mention.finding.link in ("phrase", "anaphora"):
                continue
            last = mention.sentence.index
            mention.finding = replace(
                mention.finding, explained_by=word.explanation.id, explanation_certain=certain
            )

    @staticmethod
    def _reading(
        text: str, words: list[ExplanationWord], start: int
    ) -> tuple[ExplanationWord, bool] | None:
        for word in words:
            between = text[start : word.start] if word.start >= start else ""
            if word.start < start or not _READING.search(between) or re.search(r"[;]", between):
                continue
            if _REFUSED.search(between):
                return None
            rest = text[word.end : word.end + 40]
            offered = _OFFERED.search(between) or re.match(r"^[^.;]{0,30}?\b(?:or|versus|vs)\b", rest, re.I)
            return word, not offered
        return None

    def _resolve(self, sentences: list[Sentence], mentions: list[_Mention]) -> None:
        """Resolve what points back: places of `the mass`, links of `within it`."""
        by_index = {sentence.index: sentence for sentence in sentences}
        lesion_key = self._lexicon.lesion.part.key
        for position, mention in enumerate(mentions):
            if mention.finding.part == lesion_key:
                self._inherit_place(position, mentions, by_index)
            elif mention.finding.link == "" and not mention.finding.explained_by:
                self._link_back(position, mentions, by_index)

    def _inherit_place(
        self, position: int, mentions: list[_Mention], sentences: dict[int, Sentence]
    ) -> None:
        mention = mentions[position]
        if mention.site.place:
            return
        text = mention.sentence.text
        if _ITS_PLACE.match(text):
            before = sentences.get(mention.sentence.index - 1)
            words = self._inside_words(before.text) if before else []
            if words:
                self._give_place(mention, words[-1].place.id, "inside", words[-1].side)
                return
        definite = _DEFINITE.search(text[: mention.target.start])
        for earlier in reversed(mentions[:position]):
            same = earlier.finding.part == mention.finding.part and earlier.finding.place
            if same and earlier.finding.assertion in ("affirmed", "hedged"):
                if definite and (earlier.sentence.section == mention.sentence.section or True):
                    self._give_place(
                        mention,
                        earlier.finding.place,
                        earlier.finding.place_kind,
                        earlier.finding.laterality,
                    )
                return

    def _inside_words(self, text: str) -> list[PlaceWord]:
        return [
            word
            for word in self._anatomy.places(text, find_sides(text))
            if word.place.kind == "inside" and not (word.place.needs_side and word.side == UNKNOWN)
        ]

    @staticmethod
    def _give_place(mention: _Mention, place: str, kind: str, side: str) -> None:
        own = mention.finding.laterality
        mention.finding = replace(
            mention.finding,
            place=place,
            place_kind=kind,
            laterality=side if own == UNKNOWN else own,
        )
        mention.site = replace(mention.site, place=place, kind=kind)

    def _link_back(
        self, position: int, mentions: list[_Mention], sentences: dict[int, Sentence]
    ) -> None:
        """Tie a sign whose words point back to the nearest noun before it."""
        mention = mentions[position]
        if not mention.tie.refers_back:
            return
        lesion_key = self._lexicon.lesion.part.key
        here = mention.sentence.index
        found = -1
        for index in range(position - 1, -1, -1):
            other = mentions[index]
            if here - other.sentence.index > REACH:
                break
            if other.finding.part == lesion_key and other.finding.assertion in ("affirmed", "hedged"):
                found = index
                break
        after = [
            index
            for index, other in enumerate(mentions)
            if other.sentence.index == here and other.finding.part == lesion_key and index > position
        ]
        if found < 0 and after and mentions[after[0]].finding.assertion in ("affirmed", "hedged"):
            found = after[0]
        since = mentions[found].sentence.index if found >= 0 else here - 2
        for number in range(here - 1, max(since, here - 2), -1):
            word = self._salient(sentences.get(number))
            if word is not None and _POINTS_BACK.match(mention.sentence.text):
                mention.finding = replace(mention.finding, explained_by=word.explanation.id)
                return
        if found >= 0 and not self._other_side(mention, mentions[found]):
            mention.finding = replace(mention.finding, link="anaphora", link_index=found)

    def _salient(self, sentence: Sentence | None) -> ExplanationWord | None:
        """What a sentence without a lesion is about, for a pronoun in the next one."""
        if sentence is None:
            return None
        words = [
            word
            for word in self._anatomy.explanations(sentence.text)
            if not _REFUSED.search(sentence.text[max(0, word.start - 25) : word.start])
        ]
        return words[0] if words else None

    @staticmethod
    def _other_side(sign: _Mention, lesion: _Mention) -> bool:
        sides = {sign.finding.laterality, lesion.finding.laterality}
        return sides == {"left", "right"}
