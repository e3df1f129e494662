"""A lesion of a quadrant that a later sentence gives to an organ."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.config.grammar import either, whole_words
from auditor.config.lexicon import Lexicon
from auditor.language.anatomy import Anatomy
from auditor.language.assertion import REQUEST
from auditor.language.layout import Sentence
from auditor.language.lesions import LesionSites
from auditor.language.mentions import CONCLUDING, PRONOUN, Mention


class Organs:
    """Gives lesions to organs, by a lexicon's words."""

    def __init__(self, lexicon: Lexicon, anatomy: Anatomy, sites: LesionSites) -> None:
        self._lesion_key = lexicon.lesion.part.key
        self._anatomy = anatomy
        self._sites = sites
        self._quadrants = {place.id for place in lexicon.lesion.place if place.quadrant}
        self._accounts = whole_words(lexicon.grammar.lesion.accounts)
        self._known = re.compile(rf"\b{either(lexicon.grammar.reference.given)}\s+$", re.IGNORECASE)

    def give_next(self, lesion: Mention, sentences: list[Sentence]) -> None:
        """`Mass in the left upper quadrant. It is splenic in origin` gives it to the organ."""
        following = sentences[lesion.sentence.index + 1 :][:1]
        pronoun = PRONOUN.match(following[0].text) if following else None
        if pronoun is None or lesion.finding.place not in self._quadrants:
            return
        text = following[0].text
        organ = self._sites.organ_behind(text, pronoun.end(), self._anatomy.places(text))
        if organ:
            _give(lesion, organ)

    def give_same(self, mentions: list[Mention]) -> None:
        """`Clinical: right upper quadrant mass. The mass in question is the liver` gives both."""
        asked: list[Mention] = []
        for one in mentions:
            finding, text = one.finding, one.sentence.text
            if finding.part != self._lesion_key:
                continue
            # Another lesion of an organ is no news of this one: `the uterine mass`.
            if asked and self._known.search(text, 0, one.target.start):
                places = self._anatomy.places(text)
                organ = self._sites.organ_behind(text, one.target.end, places)
                for other in asked if organ else ():
                    _give(other, organ)
            if one.sentence.section in REQUEST and finding.place in self._quadrants:
                asked.append(one)

    def give_concluded(self, mentions: list[Mention], sentences: list[Sentence]) -> None:
        """`Mass in the left upper quadrant. IMPRESSION: Hydatid of the spleen` gives it to that."""
        lesions = [one for one in mentions if one.finding.part == self._lesion_key]
        first = next((one for one in sentences if one.section == CONCLUDING), None)
        if first is None:
            return
        # Of several lesions, or further down, it may speak of something else.
        alone = len(lesions) == 1 and lesions[0].sentence.section != CONCLUDING
        sites = {(one.finding.place, one.finding.laterality) for one in lesions}
        accounts = len(sites) == 1 and self._accounts.search(first.text)
        organ = self._sites.organ_named(first.text, self._anatomy.places(first.text))
        for one in lesions if organ and (alone or accounts) else ():
            if one.finding.place in self._quadrants:
                _give(one, organ)


def _give(lesion: Mention, organ: str) -> None:
    lesion.finding = replace(lesion.finding, place=organ, place_kind="elsewhere")
