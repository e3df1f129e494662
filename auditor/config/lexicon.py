"""The words of a pipeline: what states the lesion and its sign, where, and what explains it away.

Two parts make a case: a *lesion* (stated in the report, its indication or the order's reason) with
a *sign* (stated in the report itself). Both are described by TOML files of the pipeline folder;
section titles and context cues are JSON files in medspaCy's own format.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from auditor.config.base import (
    Filled,
    PatternText,
    Settings,
    check_settings,
    check_unique,
    nearest,
    read_settings,
    read_table,
)
from auditor.config.grammar import Grammar
from auditor.config.site import PROCEDURE_LISTS, Site
from auditor.errors import ConfigError

# The id of the term that a site's words make.
SITE_TERM = "site"


class Part(Settings):
    """Which part of the case definition a lexicon file describes."""

    key: Filled
    role: Literal["lesion", "sign"]


class Term(Settings):
    """A word that states a part.

    Attributes:
        id: Name of the rule, shown in findings.
        pattern: Regular expression over a sentence with normalised white space.
        form: `noun`; `adjective` (stands before or after what it describes); `absent` (the word
            itself denies the part); `bare` (not enough to state the part: a near miss).
        weak: The word as such states the part only as possible.
        named: A diagnosis: its hedge is about the nature, not about presence.
        implies: Place that the word implies, empty where none.
    """

    id: Filled
    pattern: PatternText
    form: Literal["noun", "adjective", "absent", "bare"] = "noun"
    weak: bool = False
    named: bool = False
    implies: str = ""


class Patterns(Settings):
    """A list of regular expressions of one meaning."""

    patterns: tuple[PatternText, ...] = ()


class Place(Settings):
    """A place on the body.

    Attributes:
        id: Key of the place, shown in findings.
        kind: `inside` the case definition, or `elsewhere`.
        pattern: Regular expression.
        needs_side: It counts only with a side.
        quadrant: An organ that the text names takes the lesion out of it.
        organ: It is an organ that can take a lesion out of a quadrant.
        level: `upper` or `lower`, where the two exclude each other.
    """

    id: Filled
    kind: Literal["inside", "elsewhere"]
    pattern: PatternText
    needs_side: bool = False
    quadrant: bool = False
    organ: bool = False
    level: Literal["", "upper", "lower"] = ""


class Explanation(Settings):
    """What a sign is when it is not the lesion's.

    Attributes:
        id: Key, shown in findings.
        pattern: Regular expression.
        over: A sign that merely projects over it is given to it as well.
        region: It is a region rather than a thing: a sign near it lies in it.
        nature: It tells what a lesion is rather than what else a sign is.
        concludes: Named alone in an impression, it is what the findings call a sign.
    """

    id: Filled
    pattern: PatternText
    concludes: bool = False
    over: bool = False
    region: bool = False
    nature: bool = False


class LesionLexicon(Settings):
    """Words of the lesion part."""

    part: Part
    term: tuple[Term, ...]
    not_: Patterns = Field(default=Patterns(), alias="not")
    place: tuple[Place, ...]

    @field_validator("term", "place")
    @classmethod
    def _ids_differ(cls, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        check_unique(entries, "the id", lambda entry: entry.id)
        return entries


class SignLexicon(Settings):
    """Words of the sign part."""

    part: Part
    term: tuple[Term, ...]
    not_: Patterns = Field(default=Patterns(), alias="not")
    explanation: tuple[Explanation, ...] = ()
    offered: Patterns = Patterns()
    refused: Patterns = Patterns()
    landmark: Patterns = Patterns()

    @field_validator("term", "explanation")
    @classmethod
    def _ids_differ(cls, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        check_unique(entries, "the id", lambda entry: entry.id)
        return entries


class SectionRule(Settings):
    """A section title and its category."""

    category: Literal[
        "exam",
        "indication",
        "history",
        "comparison",
        "technique",
        "findings",
        "impression",
        "recommendation",
        "addendum",
        "original",
        "retracted",
        "other",
    ]
    literal: Filled


class SectionRules(Settings):
    """The file `section_rules.json`."""

    section_rules: tuple[SectionRule, ...]

    @field_validator("section_rules")
    @classmethod
    def _titles_differ(cls, rules: tuple[SectionRule, ...]) -> tuple[SectionRule, ...]:
        check_unique(rules, "the literal", lambda rule: " ".join(rule.literal.lower().split()))
        return rules


class ContextRule(Settings):
    """One cue, in medspaCy's own format. `literal` names the cue in findings."""

    literal: Filled
    category: Literal[
        "NEGATED",
        "NEUTRAL",
        "GONE",
        "HEDGED",
        "QUESTION",
        "CONCERN",
        "HISTORICAL",
        "OTHER_PERSON",
        "CONDITIONAL",
        "TERMINATE",
        "PSEUDO",
    ]
    direction: Literal["FORWARD", "BACKWARD", "BIDIRECTIONAL", "TERMINATE", "PSEUDO"]
    pattern: PatternText | None = None
    max_scope: int | None = Field(default=None, ge=1)


class ContextRules(Settings):
    """The file `context_rules.json`."""

    context_rules: tuple[ContextRule, ...]


class Lexicon(Settings):
    """All words of a pipeline."""

    lesion: LesionLexicon
    sign: SignLexicon
    sections: tuple[SectionRule, ...]
    context: tuple[ContextRule, ...]
    grammar: Grammar


def read_lexicon(
    folder: Path, *, lesion_file: str, sign_file: str, site: Site | None = None
) -> Lexicon:
    """Read the words of a pipeline folder, with a site's literal words added.

    Args:
        folder: The pipeline folder.
        lesion_file: Path of the lesion's TOML below the folder.
        sign_file: Path of the sign's TOML below the folder.
        site: Its `lexicon` holds lists of extra words by part key (new terms), or by `place.<id>`
            and `explanation.<id>` (more words for those). Lists of procedure words are no words
            of texts.

    Raises:
        ConfigError: A file, key or pattern is wrong, or a site's list is unknown.
    """
    site = site or Site()
    lesion = _with_site_words(read_table(folder / lesion_file), site)
    sign = _with_site_words(read_table(folder / sign_file), site)
    lexicon = Lexicon(
        lesion=check_settings(lesion, LesionLexicon, folder / lesion_file),
        sign=check_settings(sign, SignLexicon, folder / sign_file),
        sections=read_settings(folder / "section_rules.json", SectionRules).section_rules,
        context=read_settings(folder / "context_rules.json", ContextRules).context_rules,
        grammar=read_settings(folder / "lexicon" / "grammar.toml", Grammar),
    )
    _check_site_lists(lexicon, site)
    return lexicon


def _with_site_words(table: dict[str, Any], site: Site) -> dict[str, Any]:
    """Add a site's literal words to the terms, places and explanations of one lexicon table."""
    words = site.lexicon
    part = table.get("part")
    key = part.get("key") if isinstance(part, dict) else None
    if key in words and isinstance(table.get("term"), list):
        term = {"id": SITE_TERM, "pattern": _alternation(words[key])}
        table = {**table, "term": [*table["term"], term]}
    for kind in ("place", "explanation"):
        if isinstance(table.get(kind), list):
            table = {**table, kind: [_widened(kind, entry, words) for entry in table[kind]]}
    return table


def _widened(kind: str, entry: Any, words: dict[str, tuple[str, ...]]) -> Any:
    extra = words.get(f"{kind}.{entry.get('id')}") if isinstance(entry, dict) else None
    if not extra or not isinstance(entry.get("pattern"), str):
        return entry
    return {**entry, "pattern": f"(?:{entry['pattern']}|{_alternation(extra)})"}


def _alternation(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _check_site_lists(lexicon: Lexicon, site: Site) -> None:
    known = [lexicon.lesion.part.key, lexicon.sign.part.key]
    known += [f"place.{place.id}" for place in lexicon.lesion.place]
    known += [f"explanation.{entry.id}" for entry in lexicon.sign.explanation]
    for name in site.lexicon:
        if name not in known and not name.startswith(PROCEDURE_LISTS):
            hint = nearest(name, known) or f" Known lists: {', '.join(sorted(known))}."
            raise ConfigError(f"{site.place}: lexicon.{name}: is no list of words.{hint}")
