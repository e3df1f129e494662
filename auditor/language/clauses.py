"""Clauses and noun phrases of a sentence, found by their ends."""

from __future__ import annotations

import re

from auditor.config.grammar import ClauseWords, either, whole_words

# A clause ends here: what stands beyond belongs to something else.
_CLAUSE = re.compile(
    r";|\b(?:but(?! also\b)|however|whereas|while|although|though|except)\b|//"
    r"|,?\s+\band\s+(?=(?:there|an?|the|also|several|multiple|no|is|are)\b)"
    r"|,\s+(?=(?:there|no|with no|without|not)\b)",
    re.IGNORECASE,
)
_SOFT = frozenset({"however", ",", ", "})


class Clauses:
    """Finds clauses and noun phrases by a grammar's words."""

    def __init__(self, words: ClauseWords) -> None:
        self._verb = whole_words(words.verb)
        self._phrase_end = re.compile(
            rf"(?:[,;:.(]|\b{either(words.phrase_end)}\b)[\s\"'?*-]*", re.IGNORECASE
        )

    def around(self, text: str, start: int, end: int) -> tuple[int, int]:
        """First and last offset of the clause that holds `start`..`end`."""
        first, last = 0, len(text)
        for match in _CLAUSE.finditer(text):
            soft = match.group().lower() in _SOFT
            if soft and match.end() <= start and not self._verb.search(text, first, match.start()):
                continue  # `Over the right kidney, however, there is ...` is one clause
            if match.end() <= start:
                first = match.end()
            elif match.start() >= end:
                last = match.start()
                break
        return first, last

    def phrase_start(self, text: str, first: int, start: int) -> int:
        """Where the noun phrase of the head at `start` begins, `first` at the earliest."""
        begin = first
        for match in self._phrase_end.finditer(text, first, start):
            begin = match.end()
        return begin
