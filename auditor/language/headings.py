"""Section titles and sub-headings in logical lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from auditor.config.grammar import LayoutWords, whole_words
from auditor.config.lexicon import SectionRule
from auditor.language.memory import TEXTS, remembered

# Titles that say what the text behind them does to an older report.
_REPLACING = ("addendum", "original", "retracted")

# A title may stand in brackets or stars, be numbered, and carry a remark in brackets.
_BEFORE = r"^[\W_]{0,6}(?:\(?\d{1,2}[.)]\s*)?"
_AFTER = r"(?:\s*\([^)]{0,80}\)|\s*\[[^\]]{0,40}\])?\s*[*_]{0,3}\s*"
_ENDS = r"(?::+|\s[-–—]+\s|[-–—]+(?=\s|$)|$|=)"
_ITEM = r"(?:[-*•·–>▪●]\s*|\(?\d{1,2}[.)]\s*)?"
# A template's question with its answer: `Free air? No`.
_ASKED = r"\?(?=\s*(?i:yes|no|none|nil|present|absent)\b)"
_LABEL = re.compile(
    rf"(?:^|(?<=[.;])\s*){_ITEM}([A-Za-z][\w /&()',-]{{1,48}}?)\s*"
    rf"(?::(?!\d)|\s[-–]\s|\s?=\s?|{_ASKED})"
)
# What every sub-heading ends with, but for what stands around it.
_MARKS = re.compile(r"[:=?]|\s[-–]")
_LABEL_AT_START = re.compile(
    rf"^{_ITEM}[A-Za-z][\w /&()',-]{{0,48}}?\s*(?::|\s[-–]\s|=|{_ASKED})\s*"
)
_LAST_WORD = re.compile(r"\w+$")
# `ADDENDUM 25/04/2024 10:15 (second reader)`
_DATED = (
    r"(?:\s+(?:[\dX/.:,-]+|\[[^\]]*\]|at|hrs?|[ap]\.?m\.?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]*)){1,6}\s*(?:\([^)]{0,80}\)\s*)?(?::|$|[-–—](?=\s))"
)
_WITHDRAWN = re.compile(r"retract|withdrawn|supersed", re.IGNORECASE)
_LONGEST_LABEL = 5  # words


class Piece(NamedTuple):
    """A stretch of a logical line.

    Attributes:
        row: Number of the line.
        start: Where its text begins in the line, behind its title.
        category: Section category of the title that opens it, empty where none does.
        label: Words of its sub-heading in lower case, empty where none.
        cut: Where the piece before it ends: where its title begins.
    """

    row: int
    start: int
    category: str
    label: str
    cut: int


class _Cut(NamedTuple):
    """A piece of a line whose number is not told."""

    start: int
    category: str
    label: str
    cut: int


class Headings:
    """Finds the titles of a pipeline's section rules.

    Three ways of writing count: a title with a colon or dash at the start of a line; a title alone
    on its line; and a run-in title in mid-line, capitalised and with a colon
    (`stent.FINDINGS:Mass`). `ADDENDUM to XR ABDOMEN` and `Original report follows` need no colon.
    """

    def __init__(
        self, rules: tuple[SectionRule, ...], words: LayoutWords, remember: int = TEXTS
    ) -> None:
        self._no_label = whole_words(words.no_label)
        self._category = {_key(rule.literal): rule.category for rule in rules}
        self._last_words = {
            word.group() for title in self._category if (word := _LAST_WORD.search(title))
        }
        titles = _alternatives(self._category)
        replacing = _alternatives(
            title for title, category in self._category.items() if category in _REPLACING
        )
        self._start = re.compile(rf"{_BEFORE}({titles})\b{_AFTER}{_ENDS}", re.IGNORECASE)
        self._replacing = re.compile(
            rf"{_BEFORE}({replacing})\b(?:\s*[#(]?\d*\)?\s+(?:to|for|follows|below|dated|on|by|of)"
            rf"\b[^:.]{{0,60}}(?::|$)|[^:.\w]{{0,4}}\([^)]{{0,80}}\)\s*:?|{_DATED})",
            re.IGNORECASE,
        )
        self._run_in = re.compile(
            rf"(?:(?<=[\s.;)\]*])|(?<=[a-z0-9](?=[A-Z])))({titles})\b{_AFTER}:", re.IGNORECASE
        )

        self._pieces_of = remembered(self._cut_line, remember)
        self._opens = remembered(self._begins, remember)

    def opens(self, line: str) -> bool:
        """Whether a line begins with a section title."""
        return self._opens(line)

    def _begins(self, line: str) -> bool:
        return bool(self._start.match(line) or self._replacing.match(line))

    def cut(self, lines: Iterable[str]) -> list[Piece]:
        """Cut lines where a title or sub-heading begins; pieces in order."""
        return [
            Piece(row, *piece) for row, text in enumerate(lines) for piece in self._pieces_of(text)
        ]

    def _cut_line(self, text: str) -> list[_Cut]:
        marks: list[tuple[int, int, str]] = []  # where the title begins, ends, its category
        first = self._start.match(text) or self._replacing.match(text)
        if first:
            marks.append((0, first.end(), self._category_of(first)))
        behind = first.end() if first else 0
        run_in = self._run_in.finditer(text, behind) if self._may_run_in(text, behind) else ()
        for match in run_in:
            if _opens_a_clause(text, match):
                marks.append((match.start(1), match.end(), self._category_of(match)))
        pieces = []
        if not marks or marks[0][0] > 0:
            pieces += self._labelled(text, 0, marks[0][0] if marks else len(text))
        for number, (cut, begin, category) in enumerate(marks):
            end = marks[number + 1][0] if number + 1 < len(marks) else len(text)
            inner = self._labelled(text, begin, end)
            pieces.append(_Cut(begin, category, inner[0].label, cut))
            pieces += inner[1:]
        return pieces

    def _may_run_in(self, text: str, start: int) -> bool:
        """Whether a run-in title may stand behind `start`: cheap, and False only where none does.

        It ends with a colon, before which its last word stands, or a remark in brackets.
        """
        for piece in text[start:].split(":")[:-1]:
            before = piece.rstrip(" *_")
            last = _LAST_WORD.search(before)
            if last is None or last.group().lower() in self._last_words or not before.isascii():
                return True
        return False

    def _category_of(self, match: re.Match[str]) -> str:
        category = self._category[_key(match.group(1))]
        withdrawn = category == "original" and _WITHDRAWN.search(match.group())
        return "retracted" if withdrawn else category

    def _labelled(self, text: str, start: int, end: int) -> list[_Cut]:
        """Cut a stretch of a line at its sub-headings (`Left kidney: ...`, `STONES:None`)."""
        pieces = [_Cut(start, "", "", start)]
        if not _MARKS.search(text, start, end):
            return pieces
        inner = text[start:end]
        lead = len(inner) - len(inner.lstrip())
        for match in _LABEL.finditer(inner[lead:]):
            words = match.group(1)
            if len(words.split()) > _LONGEST_LABEL or self._no_label.search(words):
                continue
            begin = start + lead + match.end() - len(match.group().lstrip())
            piece = _Cut(begin, "", words.strip().lower(), begin)
            if begin == start + lead:
                pieces[0] = piece._replace(start=start, cut=start)
            else:
                pieces.append(piece)
        return pieces


def label_end(text: str) -> int:
    """Where the sub-heading at the start of a sentence ends, 0 where none is."""
    match = _LABEL_AT_START.match(text)
    return match.end() if match else 0


def _key(title: str) -> str:
    return " ".join(title.lower().split())


def _alternatives(titles: Iterable[str]) -> str:
    """One pattern for titles, the longest first; by their first letters, so that few are tried."""
    by_letter: dict[str, list[str]] = {}
    for title in sorted(titles, key=lambda title: (-len(title), title)):
        rest = re.escape(title[1:]).replace(r"\ ", r"\s+")
        by_letter.setdefault(re.escape(title[0]), []).append(rest)
    groups = (f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())
    return "|".join(groups) or "(?!)"


def _opens_a_clause(text: str, match: re.Match[str]) -> bool:
    """A run-in title is capitalised, and stands after a stop, in capitals or in several words."""
    title, start = match.group(1), match.start(1)
    if not title[0].isupper():
        return False
    before = text[:start].rstrip()
    if not before or before[-1] in ".;:)]*?!":
        return True
    return title.isupper() or not text[start - 1].isspace() or " " in title
