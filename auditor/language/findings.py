"""One row per mention of a target in a text: asserted how, where, tied to what.

Sentences are read one by one; what points back (`within it`, `the mass`, `these are phleboliths`)
is then resolved against the sentences before (`references`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from auditor.config.grammar import either
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import UNKNOWN, Anatomy, ExplanationWord
from auditor.language.assertion import Assertions
from auditor.language.clauses import Clauses
from auditor.language.conclusions import Conclusions
from auditor.language.facts import Finding
from auditor.language.layout import Layout, Sentence
from auditor.language.lesions import LesionSites, Site
from auditor.language.memory import TEXTS
from auditor.language.mentions import Mention
from auditor.language.nlp import Reader, Target
from auditor.language.references import References
from auditor.language.signs import SignTies, Tie
from auditor.language.sizes import sizes_mm

_OTHER = r",?\s*(?:or|versus|vs\.?)\s+"
_OTHER_READING = re.compile(
    rf"(?:\s+\w+)?{_OTHER}(?:(?:an?|the)\s+)?(?:(?!no\b)[\w-]+\s+){{0,2}}", re.IGNORECASE
)
# Two phrases side by side, where the second has words of its own.
_BESIDE = re.compile(r"\band\s+(?=\w+\s+(?:\w|$))", re.IGNORECASE)
_AND = re.compile(r"\band\s+$", re.IGNORECASE)


class FindingReader:
    """Reads texts into findings by a lexicon. Build once per process.

    Args of the constructor: the lexicon, and of how many stretches of text what was found is kept.
    """

    def __init__(self, lexicon: Lexicon, remember: int = TEXTS) -> None:
        words = lexicon.grammar.reference
        self._lesion_key = lexicon.lesion.part.key
        self._layout = Layout(lexicon, remember)
        self._reader = Reader(lexicon, remember)
        self._anatomy = Anatomy(lexicon, remember)
        self._clauses = Clauses(lexicon.grammar.clause)
        self._sites = LesionSites(lexicon.grammar)
        self._ties = SignTies(lexicon)
        self._assertions = Assertions(lexicon.grammar.layout)
        self._references = References(lexicon, self._anatomy, self._sites)
        self._conclusions = Conclusions(lexicon, self._anatomy)
        own = either(lexicon.grammar.sign.of_lesion)
        self._or_own = re.compile(rf"{_OTHER}(?:(?:an?|the)\s+)?{own}\b", re.IGNORECASE)
        self._own_or = re.compile(
            rf"\b{own}{_OTHER}(?:(?:an?|the)\s+)?(?:[\w-]+\s+){{0,2}}$", re.IGNORECASE
        )
        self._given = re.compile(rf"\b{either(words.given)}\s+(?:[\w-]+\s+){{0,4}}$", re.IGNORECASE)
        self._within = re.compile(
            rf"\s*(?:\w+\s+){{0,5}}?{either(words.within)}\s+(?:\w+\s+){{0,5}}", re.IGNORECASE
        )

    def read(self, text: str, *, section: str = "") -> tuple[Finding, ...]:
        """Findings of a text in reading order.

        Args:
            text: A report's text or an order's reason.
            section: `reason` for an order's reason, which has no sections of its own.
        """
        return self.read_all([text], section=section)[0]

    def read_all(self, texts: Sequence[str], *, section: str = "") -> list[tuple[Finding, ...]]:
        """Findings of several texts, each read as by `read`: quicker together."""
        cut = [self._layout.sentences(text) for text in texts]
        if section:
            cut = [[replace(one, section=section) for one in sentences] for sentences in cut]
        holds = self._reader.may_hold_targets([one.text for sentences in cut for one in sentences])
        marks = iter(holds)
        return [
            self._read_text(sentences, list(islice(marks, len(sentences)))) for sentences in cut
        ]

    def _read_text(
        self, sentences: list[Sentence], may_hold: Sequence[bool]
    ) -> tuple[Finding, ...]:
        """Findings of a text's sentences; `may_hold` is False of those without a target."""
        mentions: list[Mention] = []
        for sentence, holds in zip(sentences, may_hold, strict=True):
            if holds:
                mentions.extend(self._read_sentence(sentence, len(mentions)))
            self._references.explain_back(sentence, mentions)
        if all(mention.target.term.form == "bare" for mention in mentions):
            return ()  # bare densities count only beside a lesion (and so the screen is exact)
        self._references.resolve(sentences, mentions)
        self._conclusions.explain(sentences, mentions)
        return tuple(mention.finding for mention in mentions)

    def _read_sentence(self, sentence: Sentence, first: int) -> list[Mention]:
        """Mentions of one sentence; `first` is the number of mentions before it."""
        text = sentence.text
        targets = self._reader.targets(text)
        if not targets:
            return []
        sides = self._anatomy.sides(text)
        places = self._anatomy.places(text)
        words = self._anatomy.explanations(text)
        lesions = [target for target in targets if target.part == self._lesion_key]
        mentions = []
        for target in targets:
            after = _other_phrase(text, target, targets)
            if target.part != self._lesion_key and _AND.search(text, 0, target.start):
                after = target.start  # `displacement of the colon and calcification`
            site = self._sites.site(text, target.start, target.end, places, sides, after=after)
            site = self._implied(sentence, target, site)
            tie = Tie()
            if target.part != self._lesion_key:
                tie = self._ties.tie(
                    text, target, lesions, words, places=places, label_end=sentence.label_end
                )
            finding = self._finding(sentence, target, targets, site, tie)
            if finding.assertion == "negated" and not finding.place:
                finding = self._denied_there(sentence, finding)
            if tie.lesion >= 0:
                index = first + targets.index(lesions[tie.lesion])
                finding = replace(finding, link=tie.link, link_index=index)
            mentions.append(Mention(finding, target, sentence, tie.refers_back))
        self._weigh(text, words, mentions)
        self._references.explain_within(mentions)
        return mentions

    def _weigh(self, text: str, words: Sequence[ExplanationWord], mentions: list[Mention]) -> None:
        """`A stone versus calcification of the mass`: it, and what is weighed, are hedged.

        So is what is `a stone versus intralesional`, or the other way round.
        """
        signs = [mention for mention in mentions if mention.finding.part != self._lesion_key]
        explained = [
            (one.target.start, one.target.end) for one in signs if one.finding.explained_by
        ]
        end = -1
        for start, stop in [*((word.start, word.end) for word in words), *explained]:
            read = [
                sign.target.end
                for sign in signs
                if _OTHER_READING.fullmatch(text, stop, sign.target.start)
            ]
            if self._or_own.match(text, stop) or self._own_or.search(text, 0, start):
                read.append(stop)
            end = max(end, *read, -1)
        for sign in signs:
            stated = sign.finding.assertion == "affirmed" and not sign.finding.explained_by
            if sign.target.end <= end and stated:
                sign.finding = replace(sign.finding, assertion="hedged")

    def _implied(self, sentence: Sentence, target: Target, site: Site) -> Site:
        """The place that a named tumour implies, or that the sub-heading gives.

        `Left kidney: 4 cm mass` places a mention that names no place itself.
        """
        if site.place:
            return site
        if target.term.implies:
            return replace(site, place=target.term.implies, kind="inside")
        if not sentence.label:
            return site
        own = sentence.label_end > 0
        for word in self._anatomy.places(sentence.label):
            unsided = word.place.needs_side and word.side == UNKNOWN
            # `Lung bases: clear. Mass in ...`: an outer place holds for its own sentence only.
            outer = word.place.kind != "inside"
            if not unsided and not (outer and (target.part != self._lesion_key or not own)):
                side = site.side if site.side != UNKNOWN else word.side
                return Site(word.place.id, word.place.kind, side)
        return site

    def _denied_there(self, sentence: Sentence, finding: Finding) -> Finding:
        """`Bones: Mild scoliosis. No focal lesion` denies one of the bones and no other."""
        for word in self._anatomy.places(sentence.label):
            if word.place.kind != "inside":
                return replace(finding, place=word.place.id, place_kind=word.place.kind)
        return finding

    def _finding(
        self, sentence: Sentence, target: Target, targets: Sequence[Target], site: Site, tie: Tie
    ) -> Finding:
        text, is_lesion = sentence.text, target.part == self._lesion_key
        assertion, cue = self._assertions.of(
            self._presupposed(text, target, targets),
            sentence,
            repeated=any(_repeats(other, target) for other in targets),
        )
        sizes = []
        if is_lesion:
            first, last = self._clauses.around(text, target.start, target.end)
            sizes = [size for start, _, size in sizes_mm(text) if first <= start < last]
        return Finding(
            part=target.part,
            text=target.text,
            start=sentence.origin[target.start],
            end=sentence.origin[target.end - 1] + 1,
            section=sentence.section,
            sentence=text,
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
            link=tie.link if tie.lesion < 0 else "",
            size_mm=sizes[0] if sizes else None,
        )

    def _presupposed(self, text: str, target: Target, targets: Sequence[Target]) -> Target:
        """`no calcification within the mass` denies the sign and takes the lesion for granted."""
        if target.part != self._lesion_key or not self._given.search(text[: target.start]):
            return target
        signs = [
            other for other in targets if other.part != target.part and other.end <= target.start
        ]
        if not signs or not self._within.fullmatch(text, signs[-1].end, target.start):
            return target
        kept = tuple(cue for cue in target.cues if cue.start >= signs[-1].end)
        return replace(target, cues=kept)


def _repeats(other: Target, target: Target) -> bool:
    """Whether a label's value names its target again, and not only what that is."""
    return other.part == target.part and other is not target and not other.term.named


def _other_phrase(text: str, target: Target, targets: Sequence[Target]) -> int:
    """Where the phrase of another target, joined by `and`, ends before a target; else 0.

    `Right flank mass and left renal calcification` are two phrases.
    """
    for other in reversed(targets):
        if other.end <= target.start:
            found = _BESIDE.search(text, other.end, target.start)
            return found.end() if found else 0
    return 0
