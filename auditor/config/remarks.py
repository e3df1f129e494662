"""The remark rules of a pipeline: which small facts the pathway takes from any text, and how.

`lexicon/remarks.toml` holds them. Patterns are written in the RE2 subset (no look-around, no
back-reference) and in lower case, because they run here on lower-cased sentences and elsewhere on
whole columns, by RE2. `{name}` in a pattern stands for the term of that name; a pattern may be
broken over lines, which are joined without the white space around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field, InstanceOf, field_validator, model_validator

from auditor.config.base import Filled, Settings, check_unique, compile_pattern, read_settings
from auditor.config.lexicon import SectionRules
from auditor.config.needed_words import WordedPattern

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# What a rule may give by name, and the table in which the name is looked up.
_SHARED = {"values": "value_sets", "sides": "value_sets"} | dict.fromkeys(
    ("patterns", "ignore", "unless", "needs"), "lists"
)
_NO_TEXT = pa.array([""], pa.string())
_UPPER_CASE = re.compile(r"(?<!\\)[A-Z]")
# Where `re` may not take what RE2 does, or finds it in an empty text where RE2 does not: escapes
# beyond the usual, flags, more than one group with a name, a class in a class or at the end of a
# range, odd repetitions.
_BEYOND_RE2 = re.compile(
    r"\\(?![bdswDSW]|x[0-9a-f]{2}|[^a-zA-Z0-9])|\(\?(?!:|P<[a-z_]+>)|\(\?P.*\(\?P|"
    r"\[\^?\]?[^]]*\[|\\[dswDSW]-(?!\])|"
    r"\{,|(?:(?<!\\)[*+?}]|\\b|[$^])[*+{]|(?:\\b|[$^])\?|(?<!\\)[*+?}]\?[*+?{]"
)


def _checked(pattern: Any) -> Any:
    """Check that RE2 and `re` take a pattern, which is compiled for `re` when it is first tried."""
    if not isinstance(pattern, str):
        return pattern
    if _UPPER_CASE.search(pattern.replace("(?P<", "(?<")):
        raise ValueError(f"must be in lower case, as the text is when it runs: {pattern}")
    try:
        found = pc.match_substring_regex(_NO_TEXT, pattern=pattern)
    except pa.ArrowInvalid as error:
        raise ValueError(f"is no regular expression of the RE2 subset ({error})") from error
    if _BEYOND_RE2.search(pattern) or found[0].as_py():
        compile_pattern(pattern, WordedPattern.flags)
    return WordedPattern(pattern)


Pattern = Annotated[InstanceOf[WordedPattern], BeforeValidator(_checked)]


class Conditional(Settings):
    """What becomes of a remark whose sentence makes it depend on something.

    Attributes:
        kind: The remark's kind in that case.
        patterns: Wording that makes it conditional.
    """

    kind: Filled
    patterns: tuple[Pattern, ...] = Field(min_length=1)


class RemarkRule(Settings):
    """A remark that one sentence makes.

    Attributes:
        id: Name of the rule, kept with the remark.
        kind: The remark's kind.
        value: The remark's value, where it is always the same.
        values: Patterns by value: one remark for each found in the matched part, which is the
            pattern's group `what`, or all that it matches where it has none. What one value has
            matched is taken out before the next is sought.
        before: Characters by which the matched part is widened to the left for `values`, back to
            a break at most.
        otherwise: Where none of `values` is found in the matched part, they are sought in the whole
            sentence, and this is the value if there is none; without it, no remark.
        sides: Patterns by side: the remark is said of the one side that its wording names.
        written: The value is what this pattern finds in the sentence, as written; else empty.
        patterns: One of them must match.
        ignore: Look-alikes, taken out of the sentence first.
        unless: The sentence makes no such remark where one of these matches.
        needs: Plain words of which one must stand in the sentence, to skip most sentences cheaply.
        events: Event kinds of the row's procedure; empty: any.
        sections: Sections of the text (`reason` for an order); empty: any.
        conditional: What becomes of the remark when the sentence makes it conditional.
    """

    id: Filled
    kind: Filled
    value: str = ""
    values: dict[str, Pattern] = {}
    before: int = Field(default=0, ge=0)
    otherwise: str | None = None
    sides: dict[str, Pattern] = {}
    written: Pattern | None = None
    patterns: tuple[Pattern, ...] = Field(min_length=1)
    ignore: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    needs: tuple[Filled, ...] = ()
    events: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    conditional: Conditional | None = None


class SilenceRule(Settings):
    """A remark on what a whole text does not say.

    Attributes:
        id: Name of the rule, kept with the remark.
        kind: The remark's kind.
        value: The remark's value.
        events: Event kinds of the row's procedure.
        sections: Sections in which it is looked for; empty: any.
        when: One of them must be stated; empty: any text that has such a section.
        ignore: Look-alikes, taken out of each sentence first.
        unsaid: None of them may be stated.
    """

    id: Filled
    kind: Filled
    value: str = ""
    events: tuple[str, ...]
    sections: tuple[str, ...] = ()
    when: tuple[Pattern, ...] = ()
    ignore: tuple[Pattern, ...] = ()
    unsaid: tuple[Pattern, ...] = Field(min_length=1)


class RemarkFile(Settings):
    """The file `lexicon/remarks.toml`.

    Attributes:
        breaks: Words that end the reach of what stands before them, like a semicolon.
        terms: Pieces of patterns by name, used as `{name}`; one may use those above it.
        lists: Lists of patterns or words by name; a rule may name one instead of giving its own.
        value_sets: Tables of patterns by value, which a rule names in `values` or `sides`.
        rule: Rules on single sentences.
        silence: Rules on what a text leaves out.
    """

    breaks: tuple[Filled, ...] = ()
    terms: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    value_sets: dict[str, dict[str, str]] = {}
    rule: tuple[RemarkRule, ...] = ()
    silence: tuple[SilenceRule, ...] = ()

    @field_validator("rule", "silence")
    @classmethod
    def _ids_differ(cls, rules: tuple[Any, ...]) -> tuple[Any, ...]:
        check_unique(rules, "the id", lambda rule: rule.id)
        return rules

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, table: Any) -> Any:
        """Put terms into all patterns, and named lists and value sets into the rules."""
        if not isinstance(table, dict):
            return table
        terms: dict[str, str] = {}
        for name, piece in table.get("terms", {}).items():
            terms[name] = _filled(piece, terms)
        filled = {key: _filled(part, terms) for key, part in table.items() if key != "terms"}
        rules = [_resolved(rule, filled) for rule in filled.get("rule", [])]
        return {**filled, "terms": terms, "rule": rules}


class RemarkRules(Settings):
    """Everything `find_remarks` needs.

    Attributes:
        rules: Rules on single sentences, in the file's order.
        silences: Rules on what a text leaves out, in the file's order.
        breaks: Words that end the reach of what stands before them.
        titles: Section by title, lower case.
    """

    rules: tuple[RemarkRule, ...]
    silences: tuple[SilenceRule, ...]
    breaks: re.Pattern[str] | None
    titles: dict[str, str]

    def patterns(self) -> Iterator[WordedPattern]:
        """All patterns of the rules; one that several rules share comes as often."""
        for rule in self.rules:
            yield from (*rule.patterns, *rule.ignore, *rule.unless)
            yield from (*rule.values.values(), *rule.sides.values())
            yield from rule.conditional.patterns if rule.conditional else ()
            yield from (rule.written,) if rule.written else ()
        for silence in self.silences:
            yield from (*silence.when, *silence.ignore, *silence.unsaid)


def read_remark_rules(folder: Path) -> RemarkRules:
    """Read `lexicon/remarks.toml` and the titles of `section_rules.json` of a pipeline folder.

    Raises:
        ConfigError: A file is missing, a key is unknown, a term or value set is not defined, or a
            pattern is not in the RE2 subset. The message names file and key.
    """
    file = read_settings(folder / "lexicon" / "remarks.toml", RemarkFile)
    sections = read_settings(folder / "section_rules.json", SectionRules).section_rules
    words = "|".join(re.escape(word) for word in file.breaks)
    return RemarkRules(
        rules=file.rule,
        silences=file.silence,
        breaks=re.compile(rf"\b(?:{words})\b", re.ASCII) if words else None,
        titles={rule.literal.lower(): rule.category for rule in sections},
    )


def _filled(node: Any, terms: dict[str, str]) -> Any:
    """Fold the lines of every text in a table or list, and replace each `{name}` by its term."""
    if isinstance(node, dict):
        return {key: _filled(item, terms) for key, item in node.items()}
    if isinstance(node, list):
        return [_filled(item, terms) for item in node]
    if not isinstance(node, str):
        return node

    def term(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in terms:
            raise ValueError(f"the term {{{name}}} is not defined (or only further down)")
        return terms[name]

    folded = "".join(line.strip() for line in node.splitlines()) if "\n" in node else node
    return _PLACEHOLDER.sub(term, folded)


def _resolved(rule: Any, table: dict[str, Any]) -> Any:
    """Replace the names of shared lists and value sets in a rule by what they stand for."""
    if not isinstance(rule, dict):
        return rule
    resolved = dict(rule)
    for key, shelf in _SHARED.items():
        name = rule.get(key)
        if isinstance(name, str):
            if name not in table.get(shelf, {}):
                raise ValueError(f"rule {rule.get('id', '')!r} names {name!r}, not in [{shelf}]")
            resolved[key] = table[shelf][name]
    if "conditional" in rule:
        resolved["conditional"] = _resolved(rule["conditional"], table)
    return resolved
