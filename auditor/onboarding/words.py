"""A site's own words: statuses, modalities and procedures that nothing knows, and what they may be.

A guess is made only where the word holds a known one, or is nearly written like it; never where a
"not" stands outside the known word. What is left is for a person.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.config.procedures import ProcedureRules, key_of, plain_words
from auditor.language.procedures import UNKNOWN, classify_procedure
from auditor.onboarding.mapping import Mapped
from auditor.onboarding.traits import Traits

# Words that are listed; the rest is counted.
SHOWN = 30
_LONGEST = 80
_NOT = frozenset(("not", "no", "non", "never", "without", "until", "before", "awaiting"))
# How a status of the engine is written in a site file.
_WRITTEN = {
    "orders": {"performed": "completed", "pending": "scheduled", "not_performed": "cancelled"},
    "reports": {},
}
_STATUS_COLUMNS = {"reports": "report_status", "orders": "status"}


@dataclass(frozen=True)
class Word:
    """A word that nothing knows.

    Attributes:
        written: As the export has it.
        rows: In how many rows.
        meaning: What it is taken for; empty where a person has to say.
        reason: Why.
    """

    written: str
    rows: int
    meaning: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Listed:
    """Words of one kind: those to show, the most frequent first, and how many more there are."""

    words: tuple[Word, ...] = ()
    more: int = 0


def find_statuses(tables: Sequence[Mapped], rules: ProcedureRules) -> Listed:
    """The status words that nothing knows, with guesses."""
    found: dict[str, Word] = {}
    for mapped in tables:
        known = rules.report_statuses if mapped.table == "reports" else rules.order_statuses
        for written, rows in _words_of(mapped.traits(_STATUS_COLUMNS[mapped.table])).items():
            if key_of(written) in known or not key_of(written):
                continue
            status, reason = _guess(written, known)
            meaning = _WRITTEN[mapped.table].get(status, status)
            before = found.get(written)
            rows += before.rows if before else 0
            if before and before.meaning != meaning:
                meaning, reason = "", ""
            found[written] = Word(written, rows, meaning, reason)
    return _listed(found.values())


def find_modalities(tables: Sequence[Mapped], rules: ProcedureRules) -> Listed:
    """The modality words that nothing knows, with guesses."""
    counts: Counter[str] = Counter()
    for mapped in tables:
        counts.update(_words_of(mapped.traits("modality")))
    found = []
    for written, rows in counts.items():
        if key_of(written) in rules.modalities or not key_of(written):
            continue
        words = plain_words(written)
        named = {
            name
            for name in rules.settings.modality.words
            if (pattern := rules.patterns.get(f"stated:{name}")) and pattern.search(words)
        }
        meaning, reason = "", ""
        if len(named) == 1:
            meaning, reason = named.pop(), "the word names it"
        else:
            meaning, reason = _guess(written, {k: v for k, v in rules.modalities.items() if v})
        found.append(Word(written, rows, meaning, reason))
    return _listed(found)


def find_procedures(
    tables: Sequence[Mapped], rules: ProcedureRules, modalities: Mapping[str, str]
) -> Listed:
    """The descriptions and codes that nothing knows, whatever their modality, with guesses.

    Args:
        tables: What was seen.
        rules: The procedure rules.
        modalities: Meaning of the site's own modality words.
    """
    counts: Counter[str] = Counter()
    for mapped in tables:
        described, coded = mapped.traits("procedure_description"), mapped.traits("procedure_code")
        named = described if described is not None else coded
        if named is None or not named.is_list:
            continue
        modality = mapped.traits("modality")
        beside = _beside(named, modality)
        for written, rows in named.words.items():
            column = beside.get(written, "")
            if _is_unknown(rules, written, modalities.get(column, column), described is None):
                counts[written] += rows
    known = [*rules.descriptions]
    found = []
    for written, rows in counts.items():
        near = difflib.get_close_matches(plain_words(written), known, n=1, cutoff=0.9)
        if near and len(written) > 8:
            reason = f"written nearly like the listed '{near[0].strip()}'"
            found.append(Word(written, rows, rules.descriptions[near[0]], reason))
        else:
            found.append(Word(written, rows))
    return _listed(found)


def _is_unknown(rules: ProcedureRules, written: str, modality: str, is_code: bool) -> bool:
    known = classify_procedure(
        rules,
        modality=modality,
        code=written if is_code else "",
        code_system="",
        description="" if is_code else written,
    )
    return known.kind == UNKNOWN


def _beside(named: Traits, other: Traits | None) -> dict[str, str]:
    """The value that stands beside each value of a column, where it first stands."""
    if other is None:
        return {}
    pairs: dict[str, str] = {}
    for value, beside in zip(named.head, other.head, strict=False):
        pairs.setdefault(value, beside)
    return pairs


def _words_of(traits: Traits | None) -> dict[str, int]:
    """The words of a column; none where it holds texts or ids rather than words of a list."""
    if traits is None or not traits.is_list:
        return {}
    return {word: rows for word, rows in traits.words.items() if len(word) <= _LONGEST}


def _guess(written: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The meaning of a word by the known words that it holds or resembles; empty where unsure."""
    words = re.findall(r"[a-z0-9]+", written.lower())
    runs = {
        "".join(words[start:end]): " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    }
    meanings = {known[run]: text for run, text in runs.items() if run in known and len(run) > 2}
    meanings.pop("unknown", None)
    told = set(" ".join(meanings.values()).split())
    if _NOT & (set(words) - told):
        return "", ""
    if len(meanings) == 1:
        ((meaning, text),) = meanings.items()
        return meaning, f"it holds '{text}'"
    if not meanings:
        near = difflib.get_close_matches(key_of(written), known, n=1, cutoff=0.88)
        if near and len(near[0]) > 4:
            return known[near[0]], f"it is written nearly like '{near[0]}'"
    return "", ""


def _listed(words: Iterable[Word]) -> Listed:
    ordered = sorted(words, key=lambda word: (-word.rows, word.written))
    return Listed(tuple(ordered[:SHOWN]), max(0, len(ordered) - SHOWN))
