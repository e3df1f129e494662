"""Assertion measured on the NegEx/ConText test set, beside stock medspaCy and negspacy.

The set has 2,376 clinical sentences with a condition each and its annotated negation, temporality
and experiencer. It is general clinical text; the pipeline's cues are radiology's.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.config.lexicon import Lexicon, Term
from auditor.language.assertion import Assertions
from auditor.language.layout import Layout, Sentence
from auditor.language.nlp import Reader, Target


@dataclass(frozen=True, slots=True)
class Item:
    """An annotated sentence: the condition's place in it, and its labels."""

    sentence: str
    start: int
    end: int
    negated: bool
    historical: bool
    other_person: bool


# A system says of an item: negated, historical, other person.
System = Callable[[Item], tuple[bool, bool, bool]]


def read_items(path: Path) -> list[Item]:
    """The annotated sentences; a condition that is not in its sentence covers all of it."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    items = []
    for row in rows:
        condition, sentence = " ".join(row[1].split()), " ".join(row[2].split())
        start = sentence.find(condition.upper())  # the set writes the condition in capitals
        start = start if start >= 0 else sentence.lower().find(condition.lower())
        start, end = (0, len(sentence)) if start < 0 else (start, start + len(condition))
        items.append(
            Item(
                sentence,
                start,
                end,
                negated=row[3].strip().lower() == "negated",
                historical=row[4].strip().lower() == "historical",
                other_person=row[5].strip().lower() != "patient",
            )
        )
    return items


def our_system(lexicon: Lexicon, *, strict: bool = False) -> System:
    """This project's cues and their reading, on a sentence of its own.

    With `strict`, what has gone and what is denied anew do not count as negated.
    """
    reader, assertions, layout = (
        Reader(lexicon),
        Assertions(lexicon.grammar.layout),
        Layout(lexicon),
    )
    term = Term(id="condition", pattern="x")

    def judge(item: Item) -> tuple[bool, bool, bool]:
        sentences = layout.sentences(item.sentence)
        middle = (item.start + item.end) // 2
        sentence = next((s for s in sentences if s.origin[0] <= middle <= s.origin[-1]), None)
        if sentence is None:  # in a heading: it belongs to the section that it opens
            behind = next((s for s in sentences if s.origin[0] > middle), None)
            section = behind.section if behind else "findings"
            whole = tuple(range(len(item.sentence)))
            sentence = Sentence(item.sentence, whole, section, "", 0, 0)
        start, end = item.start - sentence.origin[0], item.end - sentence.origin[0]
        start, end = max(0, start), min(len(sentence.text), end)
        cues = reader.cues(sentence.text, start, end)
        target = Target("condition", term, start, end, sentence.text[start:end], cues)
        assertion, cue = assertions.of(target, sentence)
        category = cue.category if cue else ""
        # What has gone is not there now, and `no further X` denies further X.
        weaker = category in ("GONE", "NEUTRAL") and not strict
        negated = assertion == "negated" or weaker
        earlier = any(cue.category == "HISTORICAL" or "history" in cue.text.lower() for cue in cues)
        historical = earlier or sentence.section == "history"
        return negated, historical, assertion == "other_person"

    return judge


def stock_medspacy(*, prune: bool = False) -> System:
    """MedspaCy as it comes, each item one sentence."""
    import spacy
    from medspacy.context import ConText
    from medspacy.custom_tokenizer import create_medspacy_tokenizer

    nlp = spacy.blank("en")
    nlp.tokenizer = create_medspacy_tokenizer(nlp)
    context = ConText(nlp, rules="default", prune_on_target_overlap=prune)

    def judge(item: Item) -> tuple[bool, bool, bool]:
        doc = _one_sentence(nlp, item)
        context(doc)
        entity = doc.ents[0]._
        return entity.is_negated, entity.is_historical, entity.is_family

    return judge


def negspacy_system() -> System | None:
    """Negspacy with its clinical cues; None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from negspacy.negation import Negex
            from negspacy.termsets import termset
    except ImportError:
        return None
    import spacy

    nlp = spacy.blank("en")
    negex = Negex(
        nlp,
        "negex",
        neg_termset=termset("en_clinical").get_patterns(),
        ent_types=[],
        extension_name="negex",
        chunk_prefix=[],
    )

    def judge(item: Item) -> tuple[bool, bool, bool]:
        doc = _one_sentence(nlp, item)
        negex(doc)
        return doc.ents[0]._.negex, False, False

    return judge


def _one_sentence(nlp: Any, item: Item) -> Any:
    """An item as one sentence, which is what the set holds, with its condition as an entity."""
    doc = nlp(item.sentence)
    for position, token in enumerate(doc):
        token.is_sent_start = position == 0
    doc.ents = [_span(doc, item)]
    return doc


def _span(doc: Any, item: Item) -> Any:
    span = doc.char_span(item.start, item.end, label="CONDITION", alignment_mode="expand")
    return span if span is not None else doc[:]


@dataclass(frozen=True, slots=True)
class Score:
    """True and false positives and false negatives of one label."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score(pairs: Iterable[tuple[bool, bool]]) -> Score:
    """Count (gold, found) pairs of one label."""
    listed = list(pairs)
    return Score(
        sum(gold and found for gold, found in listed),
        sum(found and not gold for gold, found in listed),
        sum(gold and not found for gold, found in listed),
    )


def measure(items: list[Item], system: System) -> tuple[Score, Score, Score]:
    """Scores of one system: negation, history, other person."""
    found = [system(item) for item in items]
    gold = [(item.negated, item.historical, item.other_person) for item in items]
    return tuple(  # type: ignore[return-value]
        score((g[label], f[label]) for g, f in zip(gold, found, strict=True)) for label in range(3)
    )
