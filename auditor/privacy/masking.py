"""Identifiers replaced by what kind they were: `Dr. [NAME]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from auditor.language.facts import Finding, OrderFacts, PatientFacts, Remark, ReportFacts
from auditor.privacy.finder import Identifier, IdentifierFinder

# Says what stands for a text.
Rewrite = Callable[[str], str]
Facts = TypeVar("Facts", ReportFacts, OrderFacts)

_AS_NAME = {"signature": "name"}
# A shorter number may be anything else elsewhere in the text; a name may have three letters.
_SHORTEST, _SHORTEST_NAME = 4, 3


def mask(text: str, identifiers: Iterable[Identifier]) -> str:
    """The text with each identifier replaced by its kind in brackets."""
    pieces, done = [], 0
    for item in sorted(identifiers, key=lambda item: (item.start, -item.end)):
        if item.end <= done:
            continue
        kind = _AS_NAME.get(item.kind, item.kind).replace("_", " ").upper()
        pieces += [text[done : max(done, item.start)], f"[{kind}]"]
        done = item.end
    return "".join([*pieces, text[done:]])


def mask_all(finder: IdentifierFinder, texts: Iterable[str]) -> dict[str, str]:
    """Each text with its own identifiers masked, by the text as it was."""
    listed = list(dict.fromkeys(texts))
    found = finder.find_all(listed)
    return {text: mask(text, items) for text, items in zip(listed, found, strict=True)}


def find_again(text: str, whole: str, identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Where the identifiers of a whole text stand in a piece of it, whose white space may differ.

    A sentence alone may not say what the whole text says: that a word is a name, a number a date of
    birth.
    """
    found = []
    for item in identifiers:
        value = whole[item.start : item.end]
        named = item.kind in ("name", "signature")
        if sum(map(str.isalnum, value)) < (_SHORTEST_NAME if named else _SHORTEST):
            continue
        words = r"\s+".join(map(re.escape, value.split()))
        for match in re.finditer(rf"(?<!\w){words}(?!\w)", text):
            found.append(Identifier(item.kind, *match.span()))
    return found


def kept_texts(facts: ReportFacts | OrderFacts) -> Sequence[str]:
    """The sentences that are kept of a row."""
    sentences = [item.sentence for item in facts.findings]
    sentences += [item.sentence for item in facts.remarks]
    return [sentence for sentence in sentences if sentence]


def rewrite_facts(facts: Facts, sentences: Rewrite, names: Rewrite) -> Facts:
    """Facts with other words for their sentences, and for what the row calls things.

    Nothing that a verdict rests on is touched: places in the text, sides, assertions, values.
    """
    changed = replace(
        facts,
        procedure_description=names(facts.procedure_description),
        facility=names(facts.facility),
        findings=tuple(_rewrite_sentence(item, sentences) for item in facts.findings),
        remarks=tuple(_rewrite_sentence(item, sentences) for item in facts.remarks),
    )
    if isinstance(changed, OrderFacts):
        return replace(
            changed,
            ordering_department=names(changed.ordering_department),
            status_word=names(changed.status_word),
        )
    return changed


Sentenced = TypeVar("Sentenced", Finding, Remark)


def _rewrite_sentence(item: Sentenced, sentences: Rewrite) -> Sentenced:
    text = sentences(item.sentence)
    return item if text == item.sentence else replace(item, sentence=text)


def mask_patient(facts: PatientFacts, finder: IdentifierFinder) -> PatientFacts:
    """A patient's facts with all identifiers masked that their texts show by themselves."""
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    _rewrite_patient(facts, note)
    return _rewrite_patient(facts, mask_all(finder, texts).__getitem__)


def _rewrite_patient(facts: PatientFacts, words: Rewrite) -> PatientFacts:
    return replace(
        facts,
        reports=tuple(rewrite_facts(row, words, words) for row in facts.reports),
        orders=tuple(rewrite_facts(row, words, words) for row in facts.orders),
    )
