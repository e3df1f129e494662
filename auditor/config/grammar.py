"""How sentences tie words together: the word lists of `lexicon/grammar.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import model_validator

from auditor.config.base import Filled, Settings, compile_pattern

Words = tuple[Filled, ...]


def either(words: Iterable[str]) -> str:
    """One pattern for a list of alternatives."""
    return f"(?:{'|'.join(words) or '(?!)'})"


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A list of alternatives as whole words, without regard to case."""
    return re.compile(rf"\b{either(words)}\b", re.IGNORECASE)


class _WordLists(Settings):
    """Lists of alternatives; each must be a regular expression."""

    @model_validator(mode="after")
    def _check(self) -> _WordLists:
        for name in type(self).model_fields:
            try:
                compile_pattern(either(getattr(self, name)))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return self


class SideWords(_WordLists):
    """Sides, and what is a direction and no side. See `grammar.toml` for each list's meaning."""

    left: Words
    right: Words
    bilateral: Words
    midline: Words
    direction: Words
    to_place: Words
    from_place: Words
    landmark: Words


class ClauseWords(_WordLists):
    """What ends a noun phrase, and what makes words a clause."""

    verb: Words
    phrase_end: Words


class LesionWords(_WordLists):
    """What ties a lesion to a place, and what does not."""

    displaced: Words
    resumes: Words
    set_aside: Words
    refused: Words
    located: Words
    given: Words
    considered: Words
    entity: Words
    organ_itself: Words = ()
    accounts: Words = ()
    sided_organ: Words
    indefinite: Words
    same_place: Words
    its_place: Words


class SignWords(_WordLists):
    """What ties a sign to a lesion or an explanation, and what does not."""

    firm: Words
    preposition: Words
    terse: Words
    over: Words
    next_to: Words
    stops_adjective: Words
    compound: Words
    back: Words
    separate: Words
    beside: Words
    coordinated: Words
    holds: Words
    of_lesion: Words = ()
    attributed: Words = ()
    carries: Words
    apposed: Words


class ReferenceWords(_WordLists):
    """How a sentence speaks of the one before."""

    opening: Words
    reading: Words
    offered: Words
    refused: Words
    given: Words
    within: Words
    on_view: Words = ()
    above: Words = ()


class LayoutWords(_WordLists):
    """Words that tell the parts of a report that has few headings."""

    start_of_body: Words
    of_prior: Words = ()
    no_label: Words
    empty_value: Words
    no_value: Words
    denying: Words


class Grammar(Settings):
    """All of `grammar.toml`."""

    side: SideWords
    clause: ClauseWords
    lesion: LesionWords
    sign: SignWords
    reference: ReferenceWords
    layout: LayoutWords
