"""What the impression calls a sign that the findings only describe.

`FINDINGS: 8 mm calcification over the left kidney. IMPRESSION: Left renal calculus.`
"""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.config.grammar import whole_words
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import LEFT, RIGHT, Anatomy, ExplanationWord
from auditor.language.layout import Sentence
from auditor.language.mentions import CONCLUDING, Mention

_AGAIN = re.compile(r"[-*•\d.)\s]*(?:the|this|that)\s+(?:[\w-]+\s+){0,2}", re.IGNORECASE)
_DESCRIBING = "findings"
# A refusing word stands at most so many characters before what it refuses.
_REFUSED = 40


class Conclusions:
    """Explains signs by an impression that names what they are and nothing else."""

    def __init__(self, lexicon: Lexicon, anatomy: Anatomy) -> None:
        self._lesion_key = lexicon.lesion.part.key
        self._anatomy = anatomy
        self._refused = whole_words(lexicon.grammar.reference.refused)
        self._offered = whole_words(lexicon.grammar.reference.offered)
        self._above = whole_words(lexicon.grammar.reference.above)

    def explain(self, sentences: list[Sentence], mentions: list[Mention]) -> None:
        """Explain the signs of the findings that nothing ties or explains yet.

        Only where the impression speaks of no lesion and no sign itself, and the findings do not
        name the explanation beside the sign.
        """
        concluded = [one for one in mentions if one.sentence.section == CONCLUDING]
        if concluded:
            self._explain_again(concluded, mentions)
            self._explain_above(concluded, mentions)
            return
        described = [mention for mention in mentions if self._is_open(mention)]
        if not described:
            return
        for sentence in sentences:
            if sentence.section != CONCLUDING:
                continue
            for word in self._anatomy.explanations(sentence.text):
                if word.explanation.concludes and not self._is_named(word, sentences):
                    self._give(word, sentence, described)

    def _explain_again(self, concluded: list[Mention], mentions: list[Mention]) -> None:
        """`IMPRESSION: The calcification is an aneurysm` explains the one that was described."""
        said, text = concluded[0].finding, concluded[0].sentence.text
        named = {word.explanation.id for word in self._anatomy.explanations(text)}
        again = _AGAIN.fullmatch(text, 0, concluded[0].target.start)
        described = [mention for mention in mentions if self._is_open(mention)]
        if len(concluded) == len(described) == 1 and again and said.explained_by in named:
            described[0].finding = replace(
                described[0].finding,
                explained_by=said.explained_by,
                explanation_certain=said.explanation_certain,
            )

    def _explain_above(self, concluded: list[Mention], mentions: list[Mention]) -> None:
        """`IMPRESSION: Calcification as above` is what the findings have read it as."""
        described = [
            one
            for one in mentions
            if one.finding.part != self._lesion_key and one.sentence.section == _DESCRIBING
        ]
        # Of signs in several sentences it is not known which is meant.
        if len({one.sentence.index for one in described}) != 1:
            return
        first = described[0].finding
        for one in concluded:
            said = one.finding
            free = said.part != self._lesion_key and not (said.link or said.explained_by)
            opposite = {said.laterality, first.laterality} == {LEFT, RIGHT}
            if free and not opposite and self._above.search(said.sentence, one.target.end):
                one.finding = replace(
                    said,
                    assertion=first.assertion,
                    explained_by=first.explained_by,
                    explanation_certain=first.explanation_certain,
                )

    def _is_open(self, mention: Mention) -> bool:
        finding = mention.finding
        return (
            finding.part != self._lesion_key
            and mention.sentence.section == _DESCRIBING
            and not finding.link
            and not finding.explained_by
        )

    def _is_named(self, word: ExplanationWord, sentences: list[Sentence]) -> bool:
        """Whether the findings name the explanation as well: then they mean something else."""
        return any(
            other.explanation is word.explanation
            for sentence in sentences
            if sentence.section == _DESCRIBING
            for other in self._anatomy.explanations(sentence.text)
        )

    def _give(self, word: ExplanationWord, sentence: Sentence, described: list[Mention]) -> None:
        text = sentence.text
        if self._refused.search(text, max(0, word.start - _REFUSED), word.start):
            return
        certain = not self._offered.search(text)
        sides = {side.side for side in self._anatomy.sides(text)}
        for mention in described:
            if mention.finding.explained_by or {*sides, mention.finding.laterality} == {
                LEFT,
                RIGHT,
            }:
                continue
            mention.finding = replace(
                mention.finding, explained_by=word.explanation.id, explanation_certain=certain
            )
