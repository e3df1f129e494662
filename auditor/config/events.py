"""What `events.toml` of a pipeline folder may hold: roles, words, and the rules over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from auditor.config.base import Filled, Settings, compile_pattern, nearest


def _has_words(phrase: str) -> str:
    if not re.search("[a-z0-9*#]", phrase.lower()):
        raise ValueError(f"holds no word: '{phrase}'")
    return phrase


# Phrases over plain words; one that holds no word would be found everywhere.
Phrases = tuple[Annotated[str, AfterValidator(_has_words)], ...]


class Role(Settings):
    """What a procedure is to the audit; every rule and every listed code names one.

    Attributes:
        kind: The event kind.
        qualifies: It is a procedure that the audit means, given its condition and its doubt.
        coverage: `full`, `partial` or empty.
        condition: What else must hold, empty where nothing.
        doubt: Why it cannot be told whether it qualifies, empty where it can.
        plain: It says by itself what was done, whatever the modality: where a code and a
            description disagree, a plain one outranks one that is not.
        vague: The region is still open; a title or a text may tell it.
    """

    kind: str
    qualifies: bool = False
    coverage: Literal["", "full", "partial"] = ""
    condition: str = ""
    doubt: str = ""
    plain: bool = False
    vague: bool = False


class WordRule(Settings):
    """One rule over the words of a description; the first that matches decides.

    Attributes:
        id: Shown as what decided.
        role: The role it gives.
        has: Each entry, a word list or a group, must be named; `a|b` means one of them.
        lacks: None of these may be named.
        bare: It reads a region named without any modality, and is used only on a description
            beside an empty modality column: not on a title, not beside a word that is not known.
    """

    id: Filled
    role: str
    has: tuple[str, ...] = Field(min_length=1)
    lacks: tuple[str, ...] = ()
    bare: bool = False


class TextRule(Settings):
    """One rule over a report's text or an order's reason; tried in order, each on the last role.

    Attributes:
        id: Shown as what decided.
        after: The roles that it may change.
        role: The role it gives.
        has: Each entry must be named within one unit; `a|b` means one of them.
        lacks: None of these may be named in that unit.
        nowhere: None of these may be named anywhere in the text.
        within: The unit: a part of the specimen list, a sentence, or the whole text.
        reads: Which texts it reads.
    """

    id: Filled
    after: tuple[str, ...]
    role: str
    has: tuple[str, ...] = Field(min_length=1)
    lacks: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()
    within: Literal["specimen", "sentence", "text"] = "sentence"
    reads: tuple[Literal["report", "reason"], ...] = ("report",)


class CodeSystem(Settings):
    """How a code system is written.

    Attributes:
        names: How exports name the system.
        shape: Pattern whose first group is the code, where exports write more than the code.
    """

    names: tuple[Filled, ...]
    shape: str = ""

    @field_validator("shape")
    @classmethod
    def _holds_a_group(cls, shape: str) -> str:
        if shape and not compile_pattern(shape).groups:
            raise ValueError("has no group in brackets that would be the code")
        return shape


class ModalityWords(Settings):
    """Which words name a modality.

    Attributes:
        words: Modality -> phrases that name it in a description; they outrank the column.
        hints: Modality -> phrases that suggest it where neither words nor column tell.
        weak: Modalities that, standing in the column, yield to a hint.
    """

    words: dict[str, Phrases]
    hints: dict[str, Phrases] = {}
    weak: tuple[str, ...] = ()


class TextSettings(Settings):
    """How a text is cut before text rules read it.

    Attributes:
        titles: Headings that introduce the name of the exam.
        specimen: Headings of the list of specimens.
        diagnosis: Headings of a pathology diagnosis (read up to its first colon or dash).
        headings: Further headings, which end a part.
        negations: Words whose clause is left out before words are looked for.
        as_written: Word lists that are looked for with the negated clauses left in.
    """

    titles: Phrases
    specimen: Phrases
    diagnosis: Phrases
    headings: Phrases
    negations: Phrases
    as_written: tuple[str, ...] = ()


class EventSettings(Settings):
    """The whole of `events.toml`.

    Attributes:
        kinds: The event kinds.
        roles: Role by name.
        code_systems: Code system by name.
        modality: Words that name a modality.
        ignored: Phrases that are taken out of a description before it is read.
        words: Word lists by name.
        site_words: Lists of a site's `[lexicon]` whose words a word list takes as well.
        groups: Word lists that go together, by name.
        text: How texts are cut.
        rules: Rules over descriptions.
        text_rules: Rules over texts.
    """

    kinds: tuple[str, ...]
    roles: dict[str, Role]
    code_systems: dict[str, CodeSystem]
    modality: ModalityWords
    ignored: Phrases = ()
    words: dict[str, Phrases]
    site_words: dict[str, tuple[Filled, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    text: TextSettings
    rules: tuple[WordRule, ...] = Field(min_length=1)
    text_rules: tuple[TextRule, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> EventSettings:
        concepts = {*self.words, *self.groups, *self.modality.words, *self.modality.hints}
        for name, role in self.roles.items():
            _require(role.kind, self.kinds, f"roles.{name}.kind")
        for name in self.site_words:
            _require(name, self.words, "site_words")
        for group, members in self.groups.items():
            for member in members:
                _require(member, self.words, f"groups.{group}")
        ids: set[str] = set()
        for rule in self.every_rule():
            if rule.id in ids:
                raise ValueError(f"rule '{rule.id}' is there twice")
            ids.add(rule.id)
            nowhere = rule.nowhere if isinstance(rule, TextRule) else ()
            for named in (*rule.has, *rule.lacks, *nowhere):
                for concept in named.split("|"):
                    _require(concept, concepts, f"rule '{rule.id}'")
            for role_name in (rule.role, *(rule.after if isinstance(rule, TextRule) else ())):
                _require(role_name, self.roles, f"rule '{rule.id}'")
        for concept in self.text.as_written:
            _require(concept, self.words, "text.as_written")
        return self

    def every_rule(self) -> tuple[WordRule | TextRule, ...]:
        """The rules over descriptions, then those over texts, each in order."""
        return (*self.rules, *self.text_rules)


def _require(name: str, known: Iterable[str], where: str) -> None:
    names = sorted(known)
    if name not in names:
        hint = nearest(name, names) or f" Known are {', '.join(names)}."
        raise ValueError(f"{where}: '{name}' is not defined.{hint}".removesuffix("."))
