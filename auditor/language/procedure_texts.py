"""What a text says of a procedure: its title, and word lists looked for unit by unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from auditor.config.events import TextRule
from auditor.config.procedures import Condition, ProcedureRules, key_of, plain_words

# Longest title, in words, without and with a full stop: a first line beyond this is prose.
TITLE_WORDS = 14
TITLE_WORDS_WITH_STOP = 4

_LIST_LABEL = re.compile(r"(?:^|(?<=\s))(?:[A-H]|\d{1,2})[.):]\s+")
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n\s*\n|\n(?=\s*[A-Z][A-Za-z /]+:)")
_HEADED_LINE = re.compile(r"\s*([A-Za-z][A-Za-z ()/]{1,40}?)\s*(?::|$)\s*(.*)")
_CLAUSE_END = r"[,.;:]|\bbut\b"


def exam_titles(rules: ProcedureRules, text: str) -> list[str]:
    """Lines that may name the exam: those behind an exam heading, then short first lines."""
    lines = [line.strip() for line in text[:2000].splitlines() if line.strip()]
    titles = _keys(rules.settings.text.titles)
    headed = []
    for number, line in enumerate(lines[:12]):
        heading = _HEADED_LINE.fullmatch(line)
        if heading and key_of(heading[1]) in titles:
            headed.append(heading[2] or "".join(lines[number + 1 : number + 2]))
    short = [line for line in lines[:3] if not _is_prose(line)]
    return [*headed, *short]


def _is_prose(line: str) -> bool:
    """A headed line, a long one, or a sentence (a title of a few words may end in a full stop)."""
    words = len(line.split())
    is_sentence = ". " in line or (line.endswith(".") and words > TITLE_WORDS_WITH_STOP)
    return ":" in line or words > TITLE_WORDS or is_sentence


class NamedWords:
    """What a stretch of text names, each word list looked for once and only when asked.

    Args of the constructor: the rules; the text as `plain_words`; the same with its negated
    clauses left in; and what is known to be named (the modalities).
    """

    def __init__(
        self, rules: ProcedureRules, text: str, as_written: str, given: frozenset[str]
    ) -> None:
        self._rules = rules
        self._text = text
        self._as_written = as_written
        self._found: dict[str, bool] = dict.fromkeys(given, True)

    def names(self, concept: str) -> bool:
        """Whether a phrase of the word list stands in the text."""
        found = self._found.get(concept)
        if found is None:
            pattern = self._rules.patterns.get(concept)
            whole = concept in self._rules.settings.text.as_written
            text = self._as_written if whole else self._text
            found = self._found[concept] = pattern is not None and bool(pattern.search(text))
        return found

    def meet(self, condition: Condition) -> bool:
        """Whether every entry of `has` is named, and nothing of `lacks`."""
        return all(any(map(self.names, entry)) for entry in condition.has) and not any(
            map(self.names, condition.lacks)
        )


class CutText:
    """A text and its units (specimen parts, sentences, the whole), each cut when first needed."""

    def __init__(self, rules: ProcedureRules, text: str) -> None:
        self._rules = rules
        self._text = text
        self._units: dict[str, list[NamedWords]] = {}

    def meets(self, rule: TextRule) -> bool:
        """Whether one unit meets the rule, and the whole text names nothing of `nowhere`."""
        condition = self._rules.conditions[rule.id]
        if not any(unit.meet(condition) for unit in self._unit_list(rule.within)):
            return False
        return not any(
            sentence.names(concept)
            for sentence in self._unit_list("sentence")
            for concept in condition.nowhere
        )

    def _unit_list(self, within: str) -> list[NamedWords]:
        if within not in self._units:
            stretches = {
                "specimen": self._specimens,
                "sentence": self._sentences,
                "text": lambda: [self._text],
            }[within]()
            self._units[within] = [self._words(stretch) for stretch in stretches]
        return self._units[within]

    def _words(self, stretch: str) -> NamedWords:
        """A unit's words; those of negated clauses stand apart ("no samples were taken")."""
        affirmed = _negation_pattern(self._rules.settings.text.negations).sub(" ", stretch)
        return NamedWords(self._rules, plain_words(affirmed), plain_words(stretch), frozenset())

    def _sentences(self) -> list[str]:
        return [part for part in _SENTENCE_END.split(self._text) if part.strip()]

    def _specimens(self) -> list[str]:
        """The parts of the specimen list, then the heads of the diagnoses, then all specimens.

        A report without such headings is read by sentences.
        """
        headings = self._rules.settings.text
        sections = _split_sections(
            self._text, (*headings.specimen, *headings.diagnosis, *headings.headings)
        )
        lists = [body for name, body in sections if name in _keys(headings.specimen)]
        diagnoses = [body for name, body in sections if name in _keys(headings.diagnosis)]
        parts = [part for body in lists for part in _LIST_LABEL.split(body)]
        heads = [
            re.split(r":|\s-\s|\n\s*-", part)[0]
            for body in diagnoses
            for part in _LIST_LABEL.split(body)
        ]
        whole = [" ".join([*lists, *heads])]
        return [part for part in (*parts, *heads, *whole) if part.strip()] or self._sentences()


def _keys(words: Iterable[str]) -> set[str]:
    return {key_of(word) for word in words}


@lru_cache(maxsize=16)
def _negation_pattern(negations: tuple[str, ...]) -> re.Pattern[str]:
    """A negation with its clause."""
    words = "|".join(re.escape(word) for word in negations)
    return re.compile(rf"\b(?:{words})\b(?:(?!{_CLAUSE_END}).)*", re.I | re.S)


@lru_cache(maxsize=16)
def _heading_pattern(headings: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(headings, key=lambda heading: (-len(heading), heading))
    names = "|".join(re.escape(heading) for heading in longest_first)
    return re.compile(rf"(?<![a-z])({names})\s*(?::|$)", re.I | re.M)


def _split_sections(text: str, headings: tuple[str, ...]) -> list[tuple[str, str]]:
    """Headings (`key_of`) and the stretch behind each, also where all stands on one line."""
    pieces = _heading_pattern(headings).split(text)
    return [(key_of(name), body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)]
