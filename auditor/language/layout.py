"""A report's text as sentences with sections.

Radiology reports come hard-wrapped, in one line, as bullets, with and without headings. The text
is cut into logical lines (`lines`), each line is given a section (`headings`), and lines are cut
into sentences. Every character of a sentence knows where it stood in the text as given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.config.grammar import either, whole_words
from auditor.config.lexicon import Lexicon
from auditor.language.headings import Headings, Piece, label_end
from auditor.language.lines import Line, logical_lines
from auditor.language.memory import TEXTS, remembered

# Sections that end at the next paragraph when the report gives its findings no heading.
_OPENING = frozenset({"exam", "indication", "history", "comparison", "technique"})
_REQUEST = frozenset({"indication", "history"})
# What an addendum quotes of the report that it amends keeps its own request and title.
_QUOTED = frozenset({"findings", "impression", "recommendation", "original", "retracted"})

# Longest sentence, in characters: within one the work grows faster than its length.
LONGEST = 1000

# Words after which a full stop does not end a sentence.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(/])(?:dr|mr|mrs|ms|prof|approx|vs|fig|st|e\.g|i\.e|lt|rt|hx|pt|adv|min|max|dept"
    r"|ref|incl|resp|abd|no|nos|inf|sup|ant|lat|med|bilat|poss|prob|[A-Za-z])$",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?<=[.!])[\"')\]]*\s+(?=\S)"  # full stop and a space
    r"|(?<=[a-zA-Z0-9\])%])\.(?=[A-Z][a-z]|[A-Z]{2,}|\d{1,2}[.)]\s?[A-Z])"  # `stent.STONES`
    r"|(?<=\w)\?\s+(?=[A-Z0-9])(?!(?i:yes|no|none|nil|present|absent|[yn])\b)"  # no `? mass`
    r"|(?<=[a-z:)])\s*(?=\d{1,2}[.)]\s?[A-Z][a-z])"  # `mass2.CT`, `IMPRESSION: 1. Mass`
    r"|(?<=[.:;])\s*(?=\d{1,2}[.)]\s?[A-Z])"
    r"|\s(?=[•▪●]\s?\w)"
)
# What every one of these holds, in it or right behind it.
_MARK = re.compile(r"[.!?)•▪●]")
_WORDED = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report.

    Attributes:
        text: The sentence with single spaces.
        origin: For each character of `text`, its offset in the report as given.
        section: Section category (see `SectionRule`), `findings` where no heading says otherwise.
        label: Sub-heading that it stands under, lower case, e.g. `left kidney`; may be empty.
        label_end: Where the sub-heading ends in `text` (0 where it is not in this sentence).
        index: Number in the report, from 0.
        denied: It stands in a list, or behind a colon, whose first words deny all of it.
    """

    text: str
    origin: Sequence[int]
    section: str
    label: str
    label_end: int
    index: int
    denied: bool = False


class Layout:
    """Cuts texts by a lexicon's section titles."""

    def __init__(self, lexicon: Lexicon, remember: int = TEXTS) -> None:
        words = lexicon.grammar.layout
        self._headings = Headings(lexicon.sections, words, remember)
        self._start_of_body = re.compile(either(words.start_of_body), re.IGNORECASE)
        self._of_prior = whole_words(words.of_prior)
        self._denying = re.compile(rf"\W*{either(words.denying)}\s*(:|$)\s*", re.IGNORECASE)
        self._verb = whole_words(lexicon.grammar.clause.verb)
        self._cut = remembered(_cut, remember)

    def sentences(self, text: str) -> list[Sentence]:
        """Cut a text into sentences, in reading order."""
        lines = logical_lines(text, self._headings.opens)
        pieces = self._headings.cut(line.text for line in lines)
        return list(self._sentences(lines, pieces))

    def _sentences(self, lines: list[Line], pieces: list[Piece]) -> Iterator[Sentence]:
        """Give each piece of a line its section and cut it into sentences.

        A piece without a title goes on in the section before it, unless that one is an opening
        section that a new line ends in a report without a heading for its findings.
        """
        titled = [number for number, piece in enumerate(pieces) if piece.category == "findings"]
        section, quoted, index, row = "findings", "", 0, -1
        denial = _Denial(self._denying, self._verb)
        for number, piece in enumerate(pieces):
            line = lines[piece.row]
            # `FINAL REPORT` may stand above the request, and nothing above the findings.
            has_body = bool(titled) and titled[-1] > number
            new_line, row = piece.row != row, piece.row
            if piece.category:
                denial.end()
                quoted = _quoting(quoted, piece.category)
                section = quoted if quoted and piece.category in _QUOTED else piece.category
            elif new_line and not has_body and _ends(section, line):
                section = "findings"
            start, end = _bounds(line, pieces, number)
            for first, last in self._cut(line.text, start, end):
                text = line.text[first:last]
                if not has_body and self._begins_body(section, text, first=first == start):
                    section = "findings"
                yield Sentence(
                    text=text,
                    origin=line.origin[first:last],
                    section=section,
                    label=piece.label,
                    label_end=label_end(text) if piece.label and first == start else 0,
                    index=index,
                    denied=denial.covers(line, piece, text, first),
                )
                index += 1

    def _begins_body(self, section: str, text: str, *, first: bool) -> bool:
        """Whether a sentence of an opening section begins the findings, which have no title.

        An exam's title is one sentence, and so are its views: `VIEWS: KUB. There is a mass.` What
        is compared with may take several.
        """
        if section in ("exam", "technique"):
            return not first
        if section == "comparison":
            return not first and not self._of_prior.search(text)
        return section in _REQUEST and bool(self._start_of_body.match(text))


class _Denial:
    """Follows a list that its first words deny: `No evidence of:` and the items below it."""

    def __init__(self, denying: re.Pattern[str], verb: re.Pattern[str]) -> None:
        self._denying = denying
        self._verb = verb
        self._row = -1  # of the words that deny, -1 where none do
        self._last = -1  # row of the sentence before

    def end(self) -> None:
        """End the list: a title stands here."""
        self._row = -1

    def covers(self, line: Line, piece: Piece, text: str, first: int) -> bool:
        """Whether the next sentence of a text, which begins at `first` of its line, is denied."""
        row, previous, self._last = piece.row, self._last, piece.row
        lead = self._denying.match(text)
        if lead and lead.end() == len(text) and (lead.group(1) or first == 0):
            self._row = row
            return False
        if lead and lead.group(1):
            return True
        if self._row < 0:
            return False
        below = row == self._row + 1 and text[:1].islower()
        goes_on = line.item and (not line.after_blank or row == self._row + 1)
        if row != previous and not (goes_on or below):
            self.end()
            return False
        return not self._verb.search(text)


def _quoting(quoted: str, category: str) -> str:
    """Whether a text goes on quoting an older report: until an addendum's title."""
    if category in ("original", "retracted"):
        return category
    return "" if category == "addendum" else quoted


def _ends(section: str, line: Line) -> bool:
    """Whether a new line without a title ends a section."""
    return section in _OPENING and not line.item or section == "other" and line.after_blank


def _bounds(line: Line, pieces: list[Piece], number: int) -> tuple[int, int]:
    """Where a piece's own text begins and ends in its line."""
    piece = pieces[number]
    following = pieces[number + 1] if number + 1 < len(pieces) else None
    end = following.cut if following and following.row == piece.row else len(line.text)
    start = piece.start
    if piece.category:
        while start < end and (line.text[start].isspace() or line.text[start] in ":-–—*=_#."):
            start += 1
    return start, end


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a piece of a line into sentences: (start, end) pairs without white space around."""
    cuts = [start]
    for match in _stops(text, start, end):
        before = text[cuts[-1] : match.start()]
        ended = before.endswith(".") and match.group() != "."
        if ended and _not_an_end(before[:-1], text[match.end() : match.end() + 3]):
            continue
        cuts.append(match.end())
    spans: list[tuple[int, int]] = []
    for first, last in zip(cuts, [*cuts[1:], end], strict=True):
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if _WORDED.search(text, first, last):
            spans.extend(_bounded(text, first, last))
    return spans


def _stops(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """What `_STOP` finds in a stretch: tried only from the marks on without which it finds none."""
    while mark := _MARK.search(text, max(start - 1, 0), end):
        before = max(start, mark.start())
        # A number and white space may stand between a sentence's end and the mark.
        while before > start and (text[before - 1].isdigit() or text[before - 1].isspace()):
            before -= 1
        match = _STOP.search(text, before, end)
        if match is None:
            return
        yield match
        start = match.end() + (match.end() == match.start())


def _bounded(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long for a sentence at spaces: no report writes so, a broken export does."""
    while last - first > LONGEST:
        space = text.rfind(" ", first + 1, first + LONGEST)
        end = space if space > first else first + LONGEST
        yield first, end
        first = end + (space > first)
    yield first, last


def _not_an_end(before: str, after: str) -> bool:
    """Whether the full stop after `before` belongs to an abbreviation, an initial or `No. 3`."""
    tail = before[-12:]
    if len(before) < 4 and re.search(r"(?:^|\s)\(?\d{1,2}$", tail):
        return True  # a list number
    match = _ABBREVIATION.search(tail)
    if not match:
        return False
    word = match.group().strip(" (/").lower()
    if word in ("no", "nos"):
        return after.strip()[:1].isdigit()
    return word not in ("a", "b", "c", "d")
