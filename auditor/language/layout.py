"""A report's text as sentences with sections: wraps joined, headings found, offsets kept.

Radiology reports come hard-wrapped, in one line, as bullets, with and without headings. Here the
text is cut into *logical lines* (hard wraps joined, list items and headings on their own), each
line is given a section, and lines are cut into sentences. White space is normalised; every
character of a sentence knows where it stood in the text as given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.config.lexicon import SectionRule
from auditor.language.headings import Headings

# Sections that end at the next paragraph when the report gives its findings no heading.
_OPENING = frozenset({"exam", "indication", "comparison", "technique"})

_LINE = re.compile(r"[^\r\n\x0b\x0c\u2028\u2029]*")
_ITEM = re.compile(r"^(?:[-*•·–—>▪●○]+|\(?\d{1,2}[.)](?!\d)|[a-h][.)])\s*(?=\S)")
_FLOWS_ON = re.compile(
    r"(?:,|\b(?:and|or|of|the|a|an|with|in|to|at|is|are|by|for|from|on|as|which|that|than|no|into"
    r"|its|over|left|right|within|without|containing))$",
    re.IGNORECASE,
)
_LABEL_LIKE = re.compile(r"^[A-Z][\w /&()'-]{0,40}?(?:\s[-–]\s|:)")
_RULE = re.compile(r"^[\W_]+$")
_HYPHEN = re.compile(r"[A-Za-z]{2,}-$")
_KEEPS_HYPHEN = re.compile(
    r"(?:^|\W)(?:non|cross|soft|left|right|well|ill|ring|egg|x|post|pre|follow|mid|supra|sub|intra"
    r"|retro|para|extra|inter|multi|long|short|high|low|space|fluid|air|thin|thick|popcorn)-$",
    re.IGNORECASE,
)

# Words after which a full stop does not end a sentence.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(/])(?:dr|mr|mrs|ms|prof|approx|vs|fig|st|e\.g|i\.e|lt|rt|hx|pt|adv|min|max|dept"
    r"|ref|incl|resp|abd|no|nos|inf|sup|ant|lat|med|bilat|poss|prob|[A-Za-z])$",
    re.IGNORECASE,
)
_NUMBER_NO = re.compile(r"^\s*\d")
_STOP = re.compile(
    r"(?<=[.!])[\"')\]]*\s+(?=\S)"  # full stop and a space
    r"|(?<=[a-zA-Z0-9\])%])\.(?=[A-Z][a-z]|[A-Z]{2,}|\d{1,2}[.)]\s?[A-Z])"  # run-in: `stent.STONES`
    r"|(?<=\w)\?\s+(?=[A-Z0-9])"  # a question, not a `? mass`
    r"|(?<=[a-z:)])\s*(?=\d{1,2}[.)]\s?[A-Z][a-z])"  # `mass2.CT`, `IMPRESSION: 1. Mass`
    r"|(?<=[.:;])\s*(?=\d{1,2}[.)]\s?[A-Z])"
    r"|\s(?=[•▪●]\s?\w)"
)
_START_OF_BODY = re.compile(
    r"^(?:(?:one|two|three|single|supine|erect|upright|portable|frontal|ap|pa|plain|view|views)\b"
    r"[^.]*\b(?:film|view|views|abdomen|kub|radiograph|image|images|projection|projections)\b"
    r"|there (?:is|are)\b|no (?:free|evidence|dilated|obstruct|bowel)\b)",
    re.IGNORECASE,
)


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
        line: Number of its logical line; sentences of one line belong together.
        paragraph: Number of its paragraph.
    """

    text: str
    origin: tuple[int, ...]
    section: str
    label: str
    label_end: int
    index: int
    line: int
    paragraph: int


@dataclass(slots=True)
class _Line:
    """A logical line: its characters, their offsets, and whether a blank line stands before."""

    text: str
    origin: list[int]
    after_blank: bool
    item: bool


class Layout:
    """Cuts texts by a pipeline's section titles."""

    def __init__(self, rules: tuple[SectionRule, ...]) -> None:
        self._headings = Headings(rules)

    def sentences(self, text: str) -> list[Sentence]:
        """Cut a text into sentences, in reading order."""
        lines = self._logical_lines(text)
        pieces = self._headings.cut([(line.text, line.item) for line in lines])
        has_body = any(section == "findings" and titled for _, _, section, titled, _ in pieces)
        return list(_sentences(lines, pieces, has_body))

    def _logical_lines(self, text: str) -> list[_Line]:
        physical = _physical_lines(text)
        width = max((len(line) for _, line in physical), default=0)
        lines: list[_Line] = []
        blank = True
        previous = ""
        for start, raw in physical:
            stripped = raw.strip()
            if not stripped or _RULE.match(stripped):
                blank, previous = True, ""
                continue
            normal, origin = _normalised(raw, start)
            item = bool(_ITEM.match(normal))
            joined = (
                bool(previous)
                and not item
                and not self._headings.opens(normal)
                and _is_wrap(previous, normal, width)
            )
            if joined:
                _join(lines[-1], normal, origin)
            else:
                lines.append(_Line(normal, origin, blank, item))
            blank, previous = False, stripped
        return lines


def _physical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their offsets; any of \\n, \\r\\n, \\r and form feeds end a line."""
    lines = []
    position = 0
    length = len(text)
    while position <= length:
        match = _LINE.match(text, position)
        line = match.group() if match else ""
        lines.append((position, line))
        position += len(line)
        if position < length and text[position] == "\r" and text[position + 1 : position + 2] == "\n":
            position += 1
        position += 1
    return lines


def _normalised(raw: str, start: int) -> tuple[str, list[int]]:
    """Collapse white space and plain-text variants of quotes and dashes; keep offsets."""
    characters: list[str] = []
    origin: list[int] = []
    space = True
    for offset, character in enumerate(raw):
        character = _PLAIN.get(character, character)
        if character.isspace() or character in "\x00\ufeff\u200b":
            if not space:
                characters.append(" ")
                origin.append(start + offset)
            space = True
        else:
            characters.append(character)
            origin.append(start + offset)
            space = False
    if characters and characters[-1] == " ":
        characters.pop()
        origin.pop()
    return "".join(characters), origin


_PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2011": "-"}


def _is_wrap(previous: str, following: str, width: int) -> bool:
    """Whether a line break stands in mid-sentence.

    A break after a full stop or colon ends a line. One before a small letter, or after a comma or
    a word that cannot end a sentence, does not. Otherwise the text is hard-wrapped there when the
    next word would not have fitted in the width of its longest line.
    """
    if previous[-1] in ".:!;":
        return False
    if following[0].islower() or _FLOWS_ON.search(previous):
        return not _LABEL_LIKE.match(following) or _FLOWS_ON.search(previous) is not None
    if previous[-1] == "-" and _HYPHEN.search(previous):
        return True
    if width > 110 or width < 40 or _LABEL_LIKE.match(following):
        return False
    first_word = following.split(" ", 1)[0]
    return len(previous) + 1 + len(first_word) > width


def _join(line: _Line, text: str, origin: list[int]) -> None:
    """Join a wrapped line; `calci-` + `fications` becomes one word."""
    if _HYPHEN.search(line.text) and text[0].islower():
        if not _KEEPS_HYPHEN.search(line.text):
            line.text = line.text[:-1]
            line.origin.pop()
        line.text += text
        line.origin.extend(origin)
        return
    line.text += " " + text
    line.origin.append(origin[0] - 1)
    line.origin.extend(origin)


def _sentences(
    lines: list[_Line], pieces: list[tuple[int, int, str, bool, str]], has_body: bool
) -> list[Sentence]:
    """Give each piece of a line its section and cut it into sentences.

    `pieces` are (line number, start, section or empty, titled, label), in order: what `Headings`
    found. A piece without a section goes on in the one before it, unless that one is an opening
    section that a paragraph (or, in a report without a heading for its findings, a line) ends.
    """
    sentences: list[Sentence] = []
    current = "findings"
    quoted = ""
    paragraph = 0
    for number, (row, start, section, titled, label) in enumerate(pieces):
        line = lines[row]
        new_line = number == 0 or pieces[number - 1][0] != row
        paragraph += new_line and line.after_blank
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        end = following[1] if following and following[0] == row else len(line.text)
        if titled:
            quoted = _quoting(quoted, section)
            current = quoted if quoted and section in _QUOTED else section
            start = _after_title(line.text, start, end)
        elif new_line and current in _OPENING and not has_body and not line.item:
            current = "findings" if line.after_blank or current != "indication" else current
            current = "findings" if not line.after_blank else current
        elif new_line and current in ("other",) and line.after_blank and not has_body:
            current = "findings"
        for first, last in _cut(line.text, start, end):
            text = line.text[first:last]
            if current == "indication" and not has_body and _START_OF_BODY.match(text):
                current = "findings"
            label_end = len(label_text(text)) if label and first == start else 0
            sentences.append(
                Sentence(
                    text=text,
                    origin=tuple(line.origin[first:last]),
                    section=current,
                    label=label,
                    label_end=label_end,
                    index=len(sentences),
                    line=row,
                    paragraph=paragraph,
                )
            )
    return sentences


# What an addendum quotes of the report that it amends keeps its own sections' request and title.
_QUOTED = frozenset({"findings", "impression", "recommendation", "original", "retracted"})


def _quoting(quoted: str, section: str) -> str:
    """Whether a text goes on quoting an older report: until an addendum's title."""
    if section in ("original", "retracted"):
        return section
    return "" if section == "addendum" else quoted


def label_text(text: str) -> str:
    """The sub-heading at the start of a sentence with its colon or dash, empty where none."""
    match = _LABEL.match(text)
    return match.group() if match else ""


_LABEL = re.compile(r"^(?:[-*•·–>▪●]\s*|\(?\d{1,2}[.)]\s*)?[A-Za-z][\w /&()'-]{0,40}?\s*(?::|\s[-–]\s|=)\s*")


def _after_title(text: str, start: int, end: int) -> int:
    while start < end and (text[start].isspace() or text[start] in ":-–—*=_#."):
        start += 1
    return start


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a piece of a line into sentences: (start, end) pairs without white space around."""
    cuts = [start]
    for match in _STOP.finditer(text, start, end):
        stop = match.start()
        if match.group() == ".":
            cuts.append(match.end())
            continue
        before = text[cuts[-1] : stop]
        if before.endswith(".") and _not_an_end(before[:-1], text[match.end() : match.end() + 3]):
            continue
        cuts.append(match.end())
    cuts.append(end)
    spans = []
    for first, last in zip(cuts, cuts[1:], strict=False):
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if last > first and any(character.isalnum() for character in text[first:last]):
            spans.append((first, last))
    return spans


def _not_an_end(before: str, after: str) -> bool:
    """Whether the full stop after `before` belongs to an abbreviation, an initial or `No. 3`."""
    tail = before[-12:]
    if re.search(r"(?:^|\s)\(?\d{1,2}$", tail) and len(before) < 4:
        return True  # a list number
    match = _ABBREVIATION.search(tail)
    if not match:
        return False
    word = match.group().strip(" (/").lower()
    if word in ("no", "nos"):
        return bool(_NUMBER_NO.match(after))
    if word in ("a", "b", "c", "d"):
        return False
    return True
