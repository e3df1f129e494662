"""Section titles and sub-headings in logical lines."""

from __future__ import annotations

import re

from auditor.config.lexicon import SectionRule

# A title may stand in brackets or stars, be numbered, and carry a remark in brackets.
_BEFORE = r"^[\W_]{0,6}(?:\(?\d{1,2}[.)]\s*)?"
_AFTER = r"(?:\s*\([^)]{0,80}\)|\s*\[[^\]]{0,40}\])?\s*[*_]{0,3}\s*"
_LABEL = re.compile(
    r"(?:^|(?<=[.;])\s*)(?:[-*•·–>▪●]\s*|\(?\d{1,2}[.)]\s*)?"
    r"([A-Za-z][\w /&()',-]{1,48}?)\s*(?::(?!\d)|\s[-–]\s|\s?=\s?)"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|there|with|shows?|seen|noted|no|recommend\w*|measur\w*"
    r"|compared|consistent|without)\b",
    re.IGNORECASE,
)


class Headings:
    """Finds the titles of a pipeline's section rules.

    Four ways of writing count: a title with a colon or dash at the start of a line; a title alone
    on its line; a title in capitals at the start of a line with two spaces or more behind it; and
    a run-in title in mid-line, capitalised and with a colon (`stent.FINDINGS:Mass`).
    """

    def __init__(self, rules: tuple[SectionRule, ...]) -> None:
        self._category = {_key(rule.literal): rule.category for rule in rules}
        titles = sorted(self._category, key=lambda title: (-len(title), title))
        either = "|".join(re.escape(title).replace(r"\ ", r"\s+") for title in titles)
        self._start = re.compile(rf"{_BEFORE}({either})\b{_AFTER}(?::+|\s[-–—]+\s|[-–—]+(?=\s|$)|$|=)", re.I)
        replaced = "|".join(
            re.escape(title).replace(r"\ ", r"\s+")
            for title in titles
            if self._category[title] in ("addendum", "original", "retracted")
        )
        # `ADDENDUM to XR ABDOMEN`, `Original report follows`: these titles stand without a colon.
        self._replacing = re.compile(
            rf"{_BEFORE}({replaced or '(?!)'})\b(?:\s*[#(]?\d*\)?\s+(?:to|for|follows|below|dated|on|by|of)\b[^:.]{{0,60}}(?::|$)"
            rf"|[^:.\w]{{0,4}}\([^)]{{0,80}}\)\s*:?)",
            re.IGNORECASE,
        )
        self._run_in = re.compile(rf"(?:(?<=[\s.;)\]*])|(?<=[a-z0-9](?=[A-Z])))({either})\b{_AFTER}:", re.I)

    def opens(self, line: str) -> bool:
        """Whether a line begins with a section title."""
        return bool(self._start.match(line) or self._replacing.match(line))

    def cut(self, lines: list[tuple[str, bool]]) -> list[tuple[int, int, str, bool, str]]:
        """Cut lines where a title or sub-heading begins.

        Args:
            lines: Text and whether it is a list item, in order.

        Returns:
            Pieces in order: line number, where the piece's text begins, section category (empty
            where no title opens it), whether a title opens it, and the sub-heading's words in
            lower case.
        """
        pieces: list[tuple[int, int, str, bool, str]] = []
        for row, (text, _) in enumerate(lines):
            pieces.extend(self._cut_line(row, text))
        return pieces

    def _cut_line(self, row: int, text: str) -> list[tuple[int, int, str, bool, str]]:
        marks: list[tuple[int, int, str]] = []  # where cut, where the text begins, category
        first = self._start.match(text) or self._replacing.match(text)
        if first:
            marks.append((0, first.end(), self._category_of(first.group(1), first.group())))
        for match in self._run_in.finditer(text, first.end() if first else 0):
            title = match.group(1)
            if title[0].isupper() and _opens_a_clause(text, match.start(1), title):
                marks.append((match.start(1), match.end(), self._category_of(title, match.group())))
        pieces: list[tuple[int, int, str, bool, str]] = []
        if not marks or marks[0][0] > 0:
            end = marks[0][0] if marks else len(text)
            pieces.extend(_labelled(row, text, 0, end))
        for number, (_, begin, category) in enumerate(marks):
            end = marks[number + 1][0] if number + 1 < len(marks) else len(text)
            inner = _labelled(row, text, begin, end)
            pieces.append((row, begin, category, True, inner[0][4] if inner else ""))
            pieces.extend(piece for piece in inner[1:])
        return pieces

    def _category_of(self, title: str, whole: str) -> str:
        category = self._category[_key(title)]
        if category == "original" and re.search(r"retract|withdrawn|supersed", whole, re.I):
            return "retracted"
        return category


def _key(title: str) -> str:
    return " ".join(title.lower().split())


def _opens_a_clause(text: str, start: int, title: str) -> bool:
    """A run-in title stands after a stop, or is written in capitals or with several words."""
    before = text[:start].rstrip()
    if not before or before[-1] in ".;:)]*?!":
        return True
    return title.isupper() or not text[start - 1].isspace() or " " in title


def _labelled(row: int, text: str, start: int, end: int) -> list[tuple[int, int, str, bool, str]]:
    """Cut a stretch of a line at its sub-headings (`Left kidney: ...`, `CALCIFICATIONS:None`)."""
    pieces = [(row, start, "", False, "")]
    for match in _LABEL.finditer(text[start:end]):
        words = match.group(1)
        if len(words.split()) > 5 or _VERB.search(words):
            continue
        begin = start + match.start() + (len(match.group()) - len(match.group().lstrip()))
        label = words.strip().lower()
        if begin == start:
            pieces[0] = (row, start, "", False, label)
        else:
            pieces.append((row, begin, "", False, label))
    return pieces
