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

from auditor.config.base import Settings, check_settings, read_settings, read_table
from auditor.config.grammar import Grammar
from auditor.errors import ConfigError


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error}): {pattern}") from error
    return pattern


class Part(Settings):
    """Which part of the case definition a lexicon file describes."""

    key: str
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

    id: str
    pattern: str
    form: Literal["noun", "adjective", "absent", "bare"] = "noun"
    weak: bool = False
    named: bool = False
    implies: str = ""

    _check = field_validator("pattern")(_compiled)


class Patterns(Settings):
    """A list of regular expressions of one meaning."""

    patterns: tuple[str, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _check(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_compiled(pattern) for pattern in patterns)


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

    id: str
    kind: Literal["inside", "elsewhere"]
    pattern: str
    needs_side: bool = False
    quadrant: bool = False
    organ: bool = False
    level: Literal["", "upper", "lower"] = ""

    _check = field_validator("pattern")(_compiled)


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

    id: str
    pattern: str
    concludes: bool = False
    over: bool = False
    region: bool = False
    nature: bool = False

    _check = field_validator("pattern")(_compiled)


class LesionLexicon(Settings):
    """Words of the lesion part."""

    part: Part
    term: tuple[Term, ...]
    not_: Patterns = Field(default=Patterns(), alias="not")
    place: tuple[Place, ...]


class SignLexicon(Settings):
    """Words of the sign part."""

    part: Part
    term: tuple[Term, ...]
    not_: Patterns = Field(default=Patterns(), alias="not")
    explanation: tuple[Explanation, ...] = ()
    offered: Patterns = Patterns()
    refused: Patterns = Patterns()
    landmark: Patterns = Patterns()


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
    literal: str


class SectionRules(Settings):
    """The file `section_rules.json`."""

    section_rules: tuple[SectionRule, ...]


class ContextRule(Settings):
    """One cue, in medspaCy's own format. `literal` names the cue in findings."""

    literal: str
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
    pattern: str | None = None
    max_scope: int | None = None

    @field_validator("pattern")
    @classmethod
    def _check(cls, pattern: str | None) -> str | None:
        return pattern if pattern is None else _compiled(pattern)


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


def read_lexicon(folder: Path, *, lesion_file: str, sign_file: str, site: Any = None) -> Lexicon:
    """Read the words of a pipeline folder; `site.lexicon` adds literal words of a site.

    Args:
        folder: The pipeline folder.
        lesion_file: Path of the lesion's TOML below the folder.
        sign_file: Path of the sign's TOML below the folder.
        site: Object with `.lexicon`: list of extra words by `part key` (new terms) or
            `place.<id>` and `explanation.<id>` (more words for those).

    Raises:
        ConfigError: A file, key or pattern is wrong, or a site's list is unknown.
    """
    lesion = _with_site_words(read_table(folder / lesion_file), site)
    sign = _with_site_words(read_table(folder / sign_file), site)
    _check_site_lists(lesion, sign, site)
    return Lexicon(
        lesion=check_settings(lesion, LesionLexicon, folder / lesion_file),
        sign=check_settings(sign, SignLexicon, folder / sign_file),
        sections=read_settings(folder / "section_rules.json", SectionRules).section_rules,
        context=read_settings(folder / "context_rules.json", ContextRules).context_rules,
        grammar=read_settings(folder / "lexicon" / "grammar.toml", Grammar),
    )


def _site_words(site: Any) -> dict[str, list[str]]:
    return dict(getattr(site, "lexicon", None) or {})


def _with_site_words(table: dict[str, Any], site: Any) -> dict[str, Any]:
    """Add a site's literal words to the terms, places and explanations of one lexicon table."""
    words = _site_words(site)
    key = table.get("part", {}).get("key")
    if key in words:
        pattern = _alternation(words[key])
        table = {**table, "term": [*table.get("term", []), {"id": "site", "pattern": pattern}]}
    for kind in ("place", "explanation"):
        entries = []
        for entry in table.get(kind, []):
            extra = words.get(f"{kind}.{entry.get('id')}")
            if extra:
                entry = {**entry, "pattern": f"(?:{entry['pattern']}|{_alternation(extra)})"}
            entries.append(entry)
        if entries:
            table = {**table, kind: entries}
    return table


def _alternation(words: list[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _check_site_lists(lesion: dict[str, Any], sign: dict[str, Any], site: Any) -> None:
    known = {lesion.get("part", {}).get("key"), sign.get("part", {}).get("key")}
    known |= {f"place.{entry.get('id')}" for entry in lesion.get("place", [])}
    known |= {f"explanation.{entry.get('id')}" for entry in sign.get("explanation", [])}
    for name in _site_words(site):
        if name not in known:
            listed = ", ".join(sorted(str(item) for item in known))
            raise ConfigError(f"site file: lexicon.{name}: unknown list. Known lists: {listed}.")
