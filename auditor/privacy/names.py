"""Names of persons, read word by word from a place where one may begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.privacy.rules import NameWords

# Words of a name at most: "Maria de los Angeles Vega Moreno".
_LONGEST = 5
_BETWEEN = re.compile(r"[ \t]{1,3}|\^")
_COMMA = re.compile(r",[ \t]?")
# Between two persons. After a comma only a title says that it is another one.
_AND = re.compile(r"\s*(?:,?\s*(?:and|&)\s+|[/;]\s*)|,\s+(?=(?:Drs?|Mrs?|Ms)\b)")
_SMALL = re.compile(r"[a-zß-öø-ÿ][a-zß-öø-ÿ'’-]{2,}(?![\w'’])")
# What stands for a removed name: XXXX, Xxxx.
_RESIDUE = re.compile(r"[Xx]{2,}\Z|([A-Z])\1{2,}\Z")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a name: its place, and `initial`, `capitals`, `mixed` or `small`.

    `sure` is false of a word that is another word as often (Stone, May).
    """

    start: int
    end: int
    form: str
    sure: bool = True


class NameReader:
    """Reads names by the words that are none."""

    def __init__(self, words: NameWords) -> None:
        self._words = words

    def forward(self, text: str, start: int, takes: frozenset[str]) -> Iterator[Span]:
        """Names that begin at a place: one, or several that follow each other.

        Args:
            text: The text.
            start: The place, after a title, a label or the like.
            takes: Which forms a name may have there; see `NameRule`.
        """
        place = start
        while True:
            begin = self._skip(text, place, roles="roles" in takes)
            titled = begin > place
            name = self._name(text, begin, takes | ({"capitals", "titled"} if titled else set()))
            if name is None:
                return
            yield name
            another = _AND.match(text, name[1]) if "list" in takes else None
            if another is None:
                return
            place = another.end()

    def within(self, text: str, span: Span, takes: frozenset[str]) -> Span | None:
        """The name that stands at the end of a run of capitalised words."""
        words = list(self._all_words(text, span))
        last = len(words)
        while last > 0 and self._words.credential.match(text, words[last - 1].start):
            last -= 1
        first = last
        while first > 0 and last - first < _LONGEST and self._may_be_named(text, words[first - 1]):
            first -= 1
        named = words[first:last]
        while named and not self._is_enough(text, named, takes):
            named = named[1:]
        if not named or self.is_eponym(text, named[-1].end):
            return None
        return named[0].start, named[-1].end

    def is_name(self, word: str) -> bool:
        """Whether a single word may be a name."""
        small = word.rstrip(".").lower()
        stem = small.removesuffix("'s").removesuffix("’s")
        return (
            stem not in self._words.no_name
            and small not in self._words.no_name
            and not self._words.ending.fullmatch(stem)
            and not self._words.credential.fullmatch(word)
            and not _RESIDUE.match(word)
        )

    def is_eponym(self, text: str, end: int, *, titled: bool = False) -> bool:
        """Whether what follows a name makes it one of a disease, a sign, a device, a hospital."""
        words = self._words
        if words.eponym.match(text, end):
            return True
        return not titled and words.institution.match(text, end) is not None

    def _skip(self, text: str, place: int, *, roles: bool) -> int:
        """Past titles, and past a role where a name may stand behind one."""
        words = self._words
        role = words.role.match(text, place) if roles else None
        place = role.end() if role else place
        title = words.title.match(text, place)
        return title.end() if title else place

    def _name(self, text: str, place: int, takes: frozenset[str] | set[str]) -> Span | None:
        words: list[_Word] = []
        turned = False
        while len(words) < _LONGEST:
            word = self._word(text, place, words, takes)
            if word is None:
                break
            words.append(word)
            between = _BETWEEN.match(text, word.end)
            comma = _COMMA.match(text, word.end)
            if between is not None:
                place = between.end()
            elif comma is not None and "reversed" in takes and not turned:
                turned, place = True, comma.end()
            else:
                break
            if word.form == "small":
                break
        if not self._is_enough(text, words, takes):
            return None
        start, end = words[0].start, words[-1].end
        if self.is_eponym(text, end, titled="titled" in takes):
            return None
        return start, end

    def _word(
        self, text: str, place: int, before: list[_Word], takes: frozenset[str] | set[str]
    ) -> _Word | None:
        particle = self._words.particle.match(text, place)
        match = self._words.token.match(text, particle.end() if particle else place)
        if match is None:
            small = _SMALL.match(text, place) if "small" in takes and not before else None
            if small is None or not self.is_name(small.group()):
                return None
            return _Word(small.start(), small.end(), "small")
        form = str(match.lastgroup)
        if self._words.credential.match(text, match.start()) and (before or form != "initial"):
            return None
        sure = form == "initial" or self.is_name(match.group())
        if not sure and match.group().lower() not in self._words.ambiguous:
            return None
        return _Word(place, match.end(), form, sure)

    def _is_enough(self, text: str, words: list[_Word], takes: frozenset[str] | set[str]) -> bool:
        named = [word for word in words if word.form != "initial"]
        if not named or (len(words) < 2 and "whole" in takes):
            return False
        if not any(word.sure for word in named) and "titled" not in takes:
            return False
        if any(word.form == "capitals" for word in named) and "capitals" not in takes:
            return False
        # Two capitals alone are more often a department or a modality.
        least = 3 if len(words) == 1 and named[0].form == "capitals" else 2
        return any(word.end - word.start >= least for word in named)

    def _all_words(self, text: str, span: Span) -> Iterator[_Word]:
        place, end = span
        while place < end:
            match = self._words.token.match(text, place)
            if match is None or match.end() > end:
                place += 1
                continue
            form, found = str(match.lastgroup), match.group()
            yield _Word(match.start(), match.end(), form, form == "initial" or self.is_name(found))
            place = match.end()

    def _may_be_named(self, text: str, word: _Word) -> bool:
        return word.sure or text[word.start : word.end].lower() in self._words.ambiguous
