"""Words without which a pattern cannot match: looking for them costs a tenth of trying it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Protocol

# Letters of English, the commonest last.
_COMMON_LAST = "zqjxkvbywgpfmucdlhrsnioate "
# More words than these are as dear to look for as the pattern itself.
_MOST = 48

Words = frozenset[str]


class WrittenPattern(Protocol):
    """A regular expression as it is written, with its flags."""

    @property
    def pattern(self) -> str:
        """As of `re`."""

    @property
    def flags(self) -> int:
        """As of `re`."""


class WordedPattern:
    """A pattern that is tried only on texts that hold a word that it needs.

    Otherwise like a pattern of `re`. It is in lower case, as must be the texts: where one holds no
    such word, nothing matches. Many patterns are never tried: they are compiled, and their words
    sought, when they first are.

    Args of the constructor: the pattern, which `re` must take.
    """

    __slots__ = ("_compiled", "_words", "pattern")

    # \w and \b then mean the same as in RE2.
    flags = int(re.ASCII)

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled: re.Pattern[str] | None = None
        self._words: tuple[str, ...] | None = None

    def __reduce__(self) -> tuple[type[WordedPattern], tuple[str]]:
        return WordedPattern, (self.pattern,)

    def get_ready(self) -> None:
        """Compile it, and seek its words, now."""
        self.may_match("")
        self.compiled  # noqa: B018 - compiled by being asked for

    def may_match(self, text: str) -> bool:
        """False only where nothing in the text matches."""
        if self._words is None:
            self._words = needed_words(self)
        return not self._words or not text.isascii() or any(map(text.__contains__, self._words))

    def search(self, text: str, begin: int = 0) -> re.Match[str] | None:
        """As of `re`."""
        return self.compiled.search(text, begin) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As of `re`."""
        return self.compiled.finditer(text) if self.may_match(text) else iter(())

    def sub(self, replace: Callable[[re.Match[str]], str], text: str) -> str:
        """As of `re`."""
        return self.compiled.sub(replace, text) if self.may_match(text) else text

    @property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled by `re`."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled


class NeededWords:
    """Tells which of many patterns a text may match.

    Each needed word is looked for once, and only where its rarest trigram stands in the text.
    """

    def __init__(self, patterns: Sequence[WrittenPattern]) -> None:
        self._patterns = patterns
        # Sought when first asked for: the patterns that need no word, the words by one of their
        # trigrams, and the patterns of each word.
        self._always: set[int] | None = None
        self._words: dict[str, list[str]] = {}
        self._numbers: dict[str, list[int]] = {}

    def able(self, text: str) -> Sequence[int]:
        """The numbers of the patterns, in order, that may match a text in lower case.

        The others match nothing in it.
        """
        if self._always is None:
            self._always = self._look_up()
        if not text.isascii():
            return range(len(self._patterns))
        held = [
            self._numbers[word]
            for trigram in self._words.keys() & _trigrams(text)
            for word in self._words[trigram]
            if word in text
        ]
        return sorted(self._always.union(*held))

    def _look_up(self) -> set[int]:
        """Fill in the patterns of each word; return those that need none."""
        always = set()
        for number, pattern in enumerate(self._patterns):
            words = needed_words(pattern)
            if not words:
                always.add(number)
            for word in words:
                self._numbers.setdefault(word, []).append(number)
        for word in self._numbers:
            rarest = min(_trigrams(word) - {""}, key=_commonness, default="")
            self._words.setdefault(rarest, []).append(word)
        return always


def _trigrams(text: str) -> frozenset[str]:
    """All runs of three letters, and the empty one, for words too short to have any."""
    return frozenset(map("".join, zip(text, text[1:], text[2:], strict=False))) | {""}


def _commonness(trigram: str) -> tuple[int, str]:
    """How likely it is to stand in a chance text, as a number that only orders."""
    return sum(_COMMON_LAST.find(letter) for letter in trigram), trigram


def needed_words(pattern: WrittenPattern) -> tuple[str, ...]:
    """Lower-case stretches of text of which every match holds one, in ASCII texts.

    Returns:
        The stretches, sorted; empty where nothing is known to be needed.
    """
    found = _of_sequence(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return tuple(sorted(found)) if found else ()


def _of_sequence(nodes: Iterable[tuple[Any, Any]]) -> Words:
    """Of what stands one after the other, the part that tells most; empty where none tells."""
    best: Words = frozenset()
    run = ""
    for kind, value in nodes:
        if kind is op.LITERAL and value < 128:
            run += chr(value).lower()
            continue
        best, run = _better(best, frozenset([run] if run else [])), ""
        best = _better(best, _of_node(kind, value))
    return _better(best, frozenset([run] if run else []))


def _of_node(kind: Any, value: Any) -> Words:
    if kind is op.SUBPATTERN:
        return _of_sequence(value[3])
    if kind is op.ATOMIC_GROUP:
        return _of_sequence(value)
    if kind is op.BRANCH:
        each = [_of_sequence(branch) for branch in value[1]]
        return _shortest(frozenset().union(*each)) if all(each) else frozenset()
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) and value[0] > 0:
        return _of_sequence(value[2])
    return frozenset()


def _shortest(words: Words) -> Words:
    """Without the words that hold another of them: that one stands wherever they do."""
    kept: list[str] = []
    for word in sorted(words, key=len):
        if not any(other in word for other in kept):
            kept.append(word)
    return frozenset(kept) if len(kept) <= _MOST else frozenset()


def _better(one: Words, other: Words) -> Words:
    """The words of which a chance text is less likely to hold any."""
    return max((one, other), key=_rarity)


def _rarity(words: Words) -> tuple[int, int]:
    return (min(map(len, words)), -len(words)) if words else (0, 0)
