"""One HL7 v2 message taken apart: segments, fields, repetitions, components, escapes, charset.

Fields are kept as written and only taken apart where they are asked for.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_BREAK = re.compile(r"\r\n|\r")
# HL7's word that a value has been deleted.
_NULL = '""'
# HL7 table 0211: character sets, as Python calls them.
_CHARSETS = {
    "": "",
    "ASCII": "",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "BIG-5": "big5",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "big5",
    "ISO IR14": "shift_jis",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_2",
}
_LATIN = re.compile(r"(?:ISO[ _-]?)?8859[/-]?(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters that take a message apart, as its header names them."""

    field: str
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    part: str = "&"


# A segment: its name, then its fields by number; a header's first field is the separator.
Segment = list[str]


@dataclass(slots=True)
class Message:
    """A message.

    Attributes:
        marks: Its encoding characters.
        segments: Its segments in order, the header first.
        encoding: What its bytes were decoded with.
    """

    marks: Marks
    segments: list[Segment]
    encoding: str

    @property
    def kind(self) -> str:
        """The message type as it stands in MSH-9, e.g. `ORU^R01`; its third component left off."""
        parts = get(self.segments[0], 9).split(self.marks.component)
        return "^".join(part.strip().upper() for part in parts[:2])

    def first(self, value: str) -> str:
        """The first repetition of a field, as written."""
        return value.partition(self.marks.repetition)[0]

    def component(self, value: str, number: int = 1, part: int = 1) -> str:
        """A component's text (of its first part, unless another is named), escapes resolved."""
        marks = self.marks
        if marks.component in value:
            value = get_part(value, marks.component, number)
        elif number > 1:
            return ""
        if marks.part in value:
            value = get_part(value, marks.part, part)
        elif part > 1:
            return ""
        return self.text(value).strip()

    def text(self, value: str) -> str:
        """A text with its escapes resolved; a deleted value is empty."""
        if value == _NULL:
            return ""
        if self.marks.escape in value:
            value = _unescape(value, self.marks, self.encoding)
        return _BREAK.sub("\n", value) if "\r" in value else value


@dataclass(slots=True)
class Group:
    """What a message says of one order or one exam: the segments that belong to it.

    Attributes:
        shared: Segments by name: those of the message, its patient and its order.
        results: Its OBX segments, in order.
        comments: Its NTE segments, in order.
    """

    shared: dict[str, Segment]
    results: list[Segment] = field(default_factory=list)
    comments: list[Segment] = field(default_factory=list)


def get(segment: Sequence[str], number: int) -> str:
    """A field as written, empty where the segment is shorter."""
    return segment[number] if number < len(segment) else ""


def get_part(value: str, mark: str, number: int) -> str:
    """A piece of a value between marks, counted from 1; empty where there are fewer."""
    if not mark or mark not in value:
        return value if number == 1 else ""
    parts = value.split(mark)
    return parts[number - 1] if number <= len(parts) else ""


def read_message(content: bytes, named: str = "auto") -> Message | None:
    """Take a message apart; None where its header does not say how.

    Args:
        content: The message from its header on.
        named: The encoding that the site says; `auto`: what MSH-18 says, else UTF-8, else
            Windows-1252.
    """
    separator = chr(content[3])
    begin = content[: content.find(b"\r") + 1 or 2000].split(b"\n")[0].decode("latin-1")
    header = begin.rstrip("\r").split(separator)
    marks = _marks(separator, get(header, 1))
    if marks is None:
        return None
    # MSH-1 is the separator itself, so that MSH-18 is the 17th piece after the name.
    text, encoding = _decode(content, get(header, 17).split(marks.repetition)[0], named)
    segments = [line.split(separator) for line in _lines(text, separator)]
    segments[0].insert(1, separator)
    return Message(marks, segments, encoding)


def read_groups(message: Message) -> Iterator[Group]:
    """What a message says, order by order: a patient's segments hold until the next patient."""
    header = {"MSH": message.segments[0]}
    shared, order = dict(header), dict[str, Segment]()
    group: Group | None = None
    for segment in message.segments[1:]:
        name = segment[0]
        if name in ("PID", "ORC", "OBR"):
            if group is not None:
                yield group
            elif name != "OBR" and "ORC" in order:
                yield Group({**shared, **order})
            group = None
            if name == "PID":
                shared, order = {**header, "PID": segment}, {}
            elif name == "ORC":
                order = {"ORC": segment}
            else:
                group = Group({**shared, **order, "OBR": segment})
        elif name == "OBX" and group is not None:
            group.results.append(segment)
        elif name == "NTE" and group is not None:
            group.comments.append(segment)
        elif name in ("PV1", "PV2") and "ORC" not in order:
            shared[name] = segment
        elif group is not None:
            group.shared.setdefault(name, segment)
        else:
            order.setdefault(name, segment)
    if group is not None:
        yield group
    elif "ORC" in order:
        yield Group({**shared, **order})


def _marks(separator: str, named: str) -> Marks | None:
    """The encoding characters; None where the header cannot be one."""
    if not 1 <= len(named) <= 5 or any(c.isalnum() or c.isspace() for c in named):
        return None
    return Marks(separator, *named[:4])


@lru_cache(maxsize=32)
def _starts(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf"[\r\n]+[ \t]*(?=[A-Z][A-Z0-9]{{2}}{mark})")


def _lines(text: str, separator: str) -> Iterator[str]:
    """A message's segments as lines; a line that begins no segment belongs to the one before."""
    held = ""
    for line in _starts(separator).split(text):
        if line.startswith(f"ADD{separator}"):
            # The rest of a segment that was too long for the sender.
            held += line[4:]
            continue
        if held:
            yield held
        held = line.rstrip("\r\n\x1c\x00 ")
    if held:
        yield held


def _decode(content: bytes, charset: str, named: str) -> tuple[str, str]:
    """A message's text and encoding; a byte without a meaning becomes half a surrogate pair."""
    encoding = named if named != "auto" else _python_name(charset)
    for name, errors in ((encoding, "surrogateescape"), ("utf-8", "strict")):
        try:
            return content.decode(name, errors), name
        except (UnicodeError, LookupError):
            continue
    return content.decode("cp1252", "surrogateescape"), "cp1252"


def _python_name(charset: str) -> str:
    """Python's name of a character set of HL7; empty where it names none that is known."""
    name = charset.strip().upper()
    latin = _LATIN.fullmatch(name)
    if latin:
        # What is called Latin-1 is Windows-1252 more often than not, which holds all its letters.
        return "cp1252" if latin[1] == "1" else f"iso8859-{latin[1]}"
    if name in _CHARSETS:
        return _CHARSETS[name]
    try:
        return codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        return ""


# --- escapes --------------------------------------------------------------------------------------

# What stands for a mark itself.
_CODES = {"F": "field", "S": "component", "T": "part", "R": "repetition", "E": "escape"}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_FORMAT = re.compile(r"\.(br|sp|ce|sk|in|ti|fi|nf)[ +-]*(\d{0,3})", re.ASCII)


def _decode_signs(signs: bytes, encoding: str) -> str:
    """Signs given by number: of the message's own set, or of Windows-1252 where they are none."""
    try:
        return signs.decode(encoding)
    except UnicodeError:
        return signs.decode("cp1252", "replace")


def _unescape(value: str, marks: Marks, encoding: str) -> str:
    pieces = value.split(marks.escape)
    done = [pieces[0]]
    at = 1
    while at < len(pieces):
        # The last piece has no closing mark after it: the mark before it is an ordinary character.
        meant = _meaning(pieces[at], marks, encoding) if at < len(pieces) - 1 else None
        if meant is None:
            done += [marks.escape, pieces[at]]
            at += 1
        else:
            done += [meant, pieces[at + 1]]
            at += 2
    return "".join(done)


def _meaning(code: str, marks: Marks, encoding: str) -> str | None:
    """What stands for an escape; None where it is none, and the marks are characters."""
    if code == ".br":
        return "\n"
    if code in _CODES:
        return getattr(marks, _CODES[code])
    # Highlighting has no meaning in a text.
    if code in ("H", "N", "P"):
        return "#" if code == "P" else ""
    if code[:1] == "X" and _HEX.fullmatch(code, 1):
        return _decode_signs(bytes.fromhex(code[1:]), encoding)
    shape = _FORMAT.fullmatch(code)
    if shape:
        times = min(int(shape[2] or 1), 100)
        return {"br": "\n", "ce": "\n", "sp": "\n" * times, "sk": " " * times}.get(shape[1], "")
    # A set of signs that is switched to and the vendor's own: nothing that can be shown.
    return "" if re.fullmatch(r"[CM][0-9A-F]{4,6}|Z\w{0,20}", code) else None
