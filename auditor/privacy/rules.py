"""The rules that find identifiers, from `identifiers.toml` beside this module, as patterns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

FILE_NAME = "identifiers.toml"

# Between a label and its value: "no.", "number", "#", ":" and the like; the second must be there.
_SORT = r"(?:(?:card|file|record)\s*)?"
_NUMBER = r"(?:numbers?|num|no|nr|id|identifier|address)\b\.?"
_SIGNS = r"[#:=(]"
_VERB = r"(?:(?:is|was|of|on|to|at)\b:?\s*){0,2}"
_MAYBE_MARKED = rf"\.?\s*{_SORT}(?:{_NUMBER}\s*)?{_SIGNS}*\s*{_VERB}"
_MARKED = rf"\.?\s*{_SORT}(?:{_NUMBER}\s*{_SIGNS}*|{_SIGNS}+)\s*(?:is\s+)?"

_SLOT = re.compile(r"\{([a-z_]+)\}")
# Letters, other than those of English too.
_UPPER, _LOWER = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
_TOKEN = (
    rf"(?:[{_UPPER}]\.|(?:[{_UPPER}]['’](?=[{_UPPER}]))?[{_UPPER}][{_UPPER}{_LOWER}]*"
    rf"(?:['’-][{_UPPER}][{_UPPER}{_LOWER}]*)*)"
)
_PARTICLES = r"(?:(?:Van der|de la|de|del|van der|van|von|al|el|bin|da|dos)[ ])?"
_RUN = rf"(?<![\w'’-]){_TOKEN}(?:(?:,[ ]?|[ ]){_PARTICLES}{_TOKEN}){{0,4}}"


@dataclass(frozen=True, slots=True)
class Shape:
    """Something that is known by its form, or by its form and the label before it.

    Attributes:
        kind: The kind of identifier.
        pattern: Finds it as the group `it`.
        digits: How many digits it has at least.
        check: Name of a further test, empty where there is none.
    """

    kind: str
    pattern: re.Pattern[str]
    digits: int = 0
    check: str = ""

    @property
    def screened(self) -> str:
        """What a text must match before it is looked through."""
        return self.pattern.pattern


@dataclass(frozen=True, slots=True)
class NameRule:
    """Where a name may stand.

    Attributes:
        kind: `name` or `signature`.
        pattern: A name begins where it ends; or, where it has a group `it`, is in that group.
        takes: Which forms a name may have there: see the file.
        screened: The pattern, and what a name begins with.
    """

    kind: str
    pattern: re.Pattern[str]
    takes: frozenset[str]
    screened: str


@dataclass(frozen=True, slots=True)
class NameWords:
    """What names are made of, and what is none. All patterns match at a place.

    Attributes:
        token: One word that may be of a name; groups `initial`, `capitals`, `mixed`.
        particle: `van der`, `de la` and the like, with the blank after it.
        skipped: Titles, and with a role the groups before a name.
        credential: `MD` and the like.
        eponym: What follows makes the words before it no name of a person here.
        institution: The same, where the words have no title before them.
        no_name: Words, in small letters, that are no names.
        ambiguous: Those of them that are names after a title, or beside another name.
        ending: Endings of words that are no names.
    """

    token: re.Pattern[str]
    particle: re.Pattern[str]
    title: re.Pattern[str]
    role: re.Pattern[str]
    credential: re.Pattern[str]
    eponym: re.Pattern[str]
    institution: re.Pattern[str]
    no_name: frozenset[str]
    ambiguous: frozenset[str]
    ending: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules; an earlier one wins where two claim the same characters.

    Attributes:
        shapes: Rules for what is known by its form or label.
        names: Rules for names.
        words: What names are made of.
        date: A date as texts write it.
        not_aged: What ends a text before the age of what is no person.
    """

    shapes: tuple[Shape, ...]
    names: tuple[NameRule, ...]
    words: NameWords
    date: re.Pattern[str]
    not_aged: re.Pattern[str]

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of identifiers, sorted."""
        kinds = {shape.kind for shape in self.shapes} | {rule.kind for rule in self.names}
        return tuple(sorted(kinds))


def read_rules() -> Rules:
    """Read the rules that come with the tool."""
    text = files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
    table = tomllib.loads(text)
    people = table["people"]
    slots = {name: _either(words) for name, words in table["words"].items()}
    slots |= {name: _either(people[name]) for name in ("title", "given", "particle")}
    slots["run"] = _RUN
    for name, piece in table["pieces"].items():
        slots[name] = _fill(piece, slots)
    return Rules(
        shapes=tuple(shape for entry in table["shapes"] for shape in _shapes(entry, slots)),
        names=tuple(_name_rule(entry, slots) for entry in table["names"]),
        words=_name_words(people, slots),
        date=re.compile(rf"(?<![\w.]){slots['date']}"),
        not_aged=re.compile(rf"\b{slots['not_aged']}\W+\Z", re.IGNORECASE),
    )


def _shapes(entry: Mapping[str, Any], slots: Mapping[str, str]) -> Iterable[Shape]:
    """One entry of the file as patterns: its own, or one for each way of labelling."""
    kind, digits = entry["kind"], entry.get("digits", 0)
    check = entry.get("check", "")
    if "pattern" in entry:
        pattern = re.compile(_fill(entry["pattern"], slots))
        yield Shape(kind, pattern, digits, check)
        return
    value = _fill(entry["value"], slots)
    for labels, between in ((entry["labels"], _MAYBE_MARKED), (entry.get("marked"), _MARKED)):
        if labels:
            before = "|".join(_phrase(label, slots) for label in labels)
            pattern = re.compile(rf"(?<![\w-])(?:{before})(?i:{between})(?P<it>{value})")
            yield Shape(kind, pattern, digits, check)


def _name_rule(entry: Mapping[str, Any], slots: Mapping[str, str]) -> NameRule:
    takes = frozenset(entry.get("takes", ()))
    if "pattern" in entry:
        pattern = re.compile(_fill(entry["pattern"], slots))
        return NameRule(entry["kind"], pattern, takes, pattern.pattern)
    before = "|".join(_phrase(phrase, slots) for phrase in entry["before"])
    pattern = re.compile(rf"(?<![\w'’-])(?:{before})[ \t]*\n?[ \t]*")
    # Not the XXXX that stands for a removed name, which is common.
    letter = rf"(?:{slots['particle']}\s+)?(?:[A-WYZÀ-ÖØ-Þ]|X[^X])"
    skipped = rf"(?:(?i:(?:the\s+)?{slots['role']}\s+))?(?:{slots['title']}\.?\s+)*"
    screened = pattern.pattern if "small" in takes else pattern.pattern + skipped + letter
    return NameRule(entry["kind"], pattern, takes, screened)


def _name_words(people: Mapping[str, Any], slots: Mapping[str, str]) -> NameWords:
    return NameWords(
        token=re.compile(
            rf"(?P<initial>[{_UPPER}](?:\.(?:\s?[{_UPPER}]\.)*|(?![\w'’-])))"
            rf"|(?P<capitals>(?:[{_UPPER}]['’])?[{_UPPER}]{{2,}}(?:['’-][{_UPPER}]+)*(?![{_LOWER}]))"
            rf"|(?P<mixed>(?:[{_UPPER}]['’])?[{_UPPER}][{_LOWER}]+(?:[{_UPPER}][{_LOWER}]+)*"
            rf"(?:['’-][{_UPPER}{_LOWER}][{_LOWER}]+)*)"
        ),
        particle=re.compile(rf"{slots['particle']}\s+(?=[{_UPPER}])"),
        title=re.compile(rf"(?:{slots['title']}\.?\s+)+"),
        role=re.compile(rf"(?i:(?:the\s+)?{slots['role']}\s+)"),
        credential=re.compile(rf"(?:{slots['credential']})(?![\w'’])"),
        eponym=_following(people["eponym"]),
        institution=_following(people["institution"]),
        no_name=frozenset(people["no_name"].split()),
        ambiguous=frozenset(people["ambiguous"].lower().split()),
        ending=re.compile(rf"\w{{2,}}{_either(people['ending'])}", re.IGNORECASE),
    )


def _following(words: Iterable[str]) -> re.Pattern[str]:
    # On the next line, a word that begins with a capital begins something else.
    gap = r"(?:[ \t]+|\s+(?-i:(?=[a-z]|[A-Z]{2})))"
    return re.compile(rf"(?:['’]s)?{gap}{_either(words)}\b", re.IGNORECASE)


def _either(words: Iterable[str]) -> str:
    return "(?:" + "|".join(words) + ")"


def _fill(pattern: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: slots[slot.group(1)], pattern)


def _phrase(phrase: str, slots: Mapping[str, str]) -> str:
    """A phrase as a pattern: blanks match any white space, small letters capitals too."""
    spaced = _fill(phrase, slots).replace(" ", r"\s+")
    spaced = spaced.replace(r"\s+?", r"\s?").replace(r"\s+*", r"\s*")
    inner = spaced + ("" if not re.search(r"\w$", phrase) else r"\b")
    if re.search(r"(?<!\\)[A-Z]", re.sub(_SLOT, "", phrase)) or "{title}" in phrase:
        return f"(?:{inner})"
    return f"(?i:{inner})"
