"""spaCy and medspaCy from a lexicon: targets and context cues of one sentence at a time.

medspaCy's tokenizer, TargetMatcher and ConText run on single sentences that hold a word of the
lexicon. A whole report as one document would cost more and gain nothing: a cue's scope ends with
its sentence, and ConText compares every cue of a document with every other.
"""

from __future__ import annotations

import importlib
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pyarrow as pa

from auditor.config.lexicon import Lexicon, Term
from auditor.config.needed_words import NeededWords
from auditor.language.column_patterns import ColumnScreen
from auditor.language.memory import TEXTS, remembered

_NOT = "NOT"
# Fewer sentences are sooner searched one by one than a column's pattern is compiled.
_FEW = 40


@dataclass(frozen=True, slots=True)
class Cue:
    """A context cue that modifies a target: its category, words, rule and place in the sentence."""

    category: str
    text: str
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Target:
    """A word of the lexicon in a sentence, with the cues that modify it."""

    part: str
    term: Term
    start: int
    end: int
    text: str
    cues: tuple[Cue, ...]


class Reader:
    """Finds targets and their cues in sentences. Build once per process; not thread-safe."""

    def __init__(self, lexicon: Lexicon, remember: int = TEXTS) -> None:
        self._lexicon = lexicon
        self._terms = {
            (part.part.key, term.id): term
            for part in (lexicon.lesion, lexicon.sign)
            for term in part.term
        }
        either = "|".join(
            term.pattern for part in (lexicon.lesion, lexicon.sign) for term in part.term
        )
        self._any = re.compile(f"(?:{either})", re.IGNORECASE)
        self._screen = ColumnScreen([self._any])
        self._nlp, self._targets, self._context = _build(lexicon)
        self._targets_of = remembered(self._find_targets, remember)

    def may_hold_targets(self, texts: Sequence[str]) -> list[bool]:
        """For each sentence, False only where it has no target."""
        if len(texts) < _FEW:
            return [bool(self._any.search(text)) for text in texts]
        hits: list[bool] = self._screen.hits(pa.array(texts, pa.string())).to_pylist()
        return hits

    def targets(self, text: str) -> Sequence[Target]:
        """Targets of one sentence, in order. `text` has normalised white space.

        Costly: `may_hold_targets` tells which sentences to ask for.
        """
        return self._targets_of(text)

    def _find_targets(self, text: str) -> tuple[Target, ...]:
        doc = self._document(text)
        self._targets(doc)
        if not any(entity.label_ != _NOT for entity in doc.ents):
            return ()
        self._context(doc)
        return tuple(self._target(entity) for entity in doc.ents if entity.label_ != _NOT)

    def cues(self, text: str, start: int, end: int) -> tuple[Cue, ...]:
        """Cues that modify any stretch of a sentence, whether the lexicon names it or not."""
        from spacy.tokens import Span

        doc = self._document(text)
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is None:
            return ()
        doc.ents = [Span(doc, span.start, span.end, label="ANY")]
        self._context(doc)
        return _cues(doc.ents[0])

    def _document(self, text: str) -> Any:
        doc = self._nlp.make_doc(text)
        for position, token in enumerate(doc):
            token.is_sent_start = position == 0
        return doc

    def _target(self, entity: Any) -> Target:
        term = self._terms[(entity.label_, entity._.target_rule.literal)]
        return Target(
            part=entity.label_,
            term=term,
            start=entity.start_char,
            end=entity.end_char,
            text=entity.text,
            cues=_cues(entity),
        )


def _cues(entity: Any) -> tuple[Cue, ...]:
    """The cues that modify an entity, in the order of the text."""
    cues = []
    for modifier in entity._.modifiers:
        first, last = modifier.modifier_span
        span = entity.doc[first:last]
        cues.append(
            Cue(
                category=modifier.category,
                text=span.text,
                rule=modifier.rule.literal,
                start=span.start_char,
                end=span.end_char,
            )
        )
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end, cue.rule)))


def import_libraries() -> None:
    """Import spaCy and medspaCy, which takes most of a second, and keep them quiet."""
    _silence()
    # medspaCy imports QuickUMLS and that nltk, a quarter of a second for what is not used here.
    put_off = _PutOff("nltk")
    sys.modules.setdefault("nltk", put_off)
    import medspacy.context
    import medspacy.custom_tokenizer
    import medspacy.target_matcher  # noqa: F401
    import spacy.tokens  # noqa: F401

    # Whoever else asks for it gets it.
    if sys.modules.get("nltk") is put_off:
        del sys.modules["nltk"]


def _build(lexicon: Lexicon) -> tuple[Any, Any, Any]:
    """A blank English pipeline with medspaCy's tokenizer, TargetMatcher and ConText."""
    import_libraries()
    import spacy
    from medspacy.context import ConText, ConTextRule
    from medspacy.custom_tokenizer import create_medspacy_tokenizer
    from medspacy.target_matcher import TargetMatcher, TargetRule

    nlp = spacy.blank("en")
    nlp.tokenizer = create_medspacy_tokenizer(nlp)
    matcher = TargetMatcher(nlp, rules=None)
    _feed_less(matcher, nlp.vocab)
    rules = []
    for part in (lexicon.lesion, lexicon.sign):
        for term in part.term:
            rules.append(
                TargetRule(literal=term.id, category=part.part.key, pattern=_word(term.pattern))
            )
        for number, pattern in enumerate(part.not_.patterns):
            rules.append(
                TargetRule(
                    literal=f"{part.part.key} not {number}", category=_NOT, pattern=_word(pattern)
                )
            )
    matcher.add(rules)
    context = ConText(nlp, rules=None, prune_on_target_overlap=True)
    _feed_less(context, nlp.vocab)
    # A terminating cue gets a scope of one word: medspaCy 1.3.1 passes over a cue whose scope holds
    # the other's as a whole, so that one with the sentence for its scope would end none that is
    # bounded by `max_scope` in mid-sentence.
    context.add(
        [
            ConTextRule(
                literal=rule.literal,
                category=rule.category,
                pattern=rule.pattern,
                direction=rule.direction,
                max_scope=1 if rule.direction == "TERMINATE" else rule.max_scope,
            )
            for rule in lexicon.context
        ]
    )
    return nlp, matcher, context


class _Written:
    """A spaCy document that joins its tokens to a text once, not at every asking."""

    def __init__(self, doc: Any) -> None:
        self._doc = doc
        self.text_with_ws = doc.text_with_ws
        self.char_span = doc.char_span

    def __len__(self) -> int:
        return len(self._doc)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._doc)

    def __getitem__(self, item: int | slice) -> Any:
        return self._doc[item]


def _feed_less(component: Any, vocab: Any) -> None:
    """Let a component's matcher of regular expressions try only the rules that may match.

    It is medspaCy's own and finds the same, but is spared the rules of which the sentence holds no
    word, and writes the sentence's text once, not once a rule. In a medspaCy that is built
    otherwise nothing is changed: it only takes longer.
    """
    from medspacy.common.regex_matcher import RegexMatcher

    class SentenceMatcher(RegexMatcher):
        _patterns: dict[Any, list[re.Pattern[str]]]
        _rules: tuple[tuple[Any, re.Pattern[str]], ...] = ()

        def __call__(self, doc: Any) -> Any:
            if not self._rules:
                self._rules = tuple(
                    (key, pattern) for key, listed in self._patterns.items() for pattern in listed
                )
                self._needed = NeededWords([pattern for _, pattern in self._rules])
            written = _Written(doc)
            self._patterns = {}
            for number in self._needed.able(written.text_with_ws.lower()):
                key, pattern = self._rules[number]
                self._patterns.setdefault(key, []).append(pattern)
            return super().__call__(written)

    inner = vars(component).get(f"_{type(component).__name__}__matcher")
    if hasattr(inner, "_MedspacyMatcher__regex_matcher"):
        setattr(inner, "_MedspacyMatcher__regex_matcher", SentenceMatcher(vocab))  # noqa: B010


def _word(pattern: str) -> str:
    """A pattern that stands as whole words."""
    return rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])"


class _PutOff(ModuleType):
    """Stands for a module that is loaded when something of it is used.

    (`importlib.util.LazyLoader` loads one as soon as it is imported anywhere, before Python 3.14.)
    """

    def __getattr__(self, attribute: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)


def _silence() -> None:
    """Keep medspaCy's helpers quiet: stock PyRuSH and loguru print report tokens to stderr."""
    for name in ("PyRuSH", "medspacy", "spacy"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        from loguru import logger
    except ImportError:
        return
    if "PyRuSH" not in sys.modules:
        logger.disable("PyRuSH")
        logger.disable("medspacy")
