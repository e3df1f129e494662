"""The text of a result: its OBX segments put together, with what they say of its status."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.ingest import codes
from auditor.ingest.markup import decode_base64, decode_text, html_text
from auditor.ingest.messages import Group, Message, Segment, get, get_part

_TEXTS = ("TX", "FT", "ST", "")
_CODED = ("CE", "CWE", "CNE", "CF", "IS", "ID")
_DOCUMENT, _POINTER = "ED", "RP"
# What a study or image is known by; says nothing to a reader.
_UID = re.compile(r"[0-2](?:\.\d+){5,}", re.ASCII)
# How a document with marks begins, whatever its segment says of it.
_MARKED = re.compile(r"\s*<(?:\?xml|!DOCTYPE|html|ClinicalDocument)\b", re.IGNORECASE)
# Statuses (OBX-11) under which a piece of text no longer holds.
_GONE = ("D", "W", "X")


@dataclass(frozen=True, slots=True)
class Text:
    """A report's text.

    Attributes:
        text: Its pieces, each from a line of its own, under their headings.
        status: The contract's word for its status, or the code as it stands.
        unread: It holds a document that is no text.
        broken: It holds a document that cannot be decoded.
        only_measured: It holds numbers and no text at all.
    """

    text: str
    status: str
    unread: bool = False
    broken: bool = False
    only_measured: bool = False


def read_text(message: Message, group: Group) -> Text:
    """The text of one order's results."""
    pieces: list[tuple[str, str]] = []
    statuses: list[str] = []
    parts: set[str] = set()
    unread = broken = False
    measured = 0
    for result in group.results:
        kind = get(result, 2).strip().upper()
        status = get(result, 11).strip().upper()
        if kind not in (*_TEXTS, *_CODED, _DOCUMENT, _POINTER):
            measured += 1
            continue
        statuses.append(status)
        if status in _GONE:
            continue
        if kind == _POINTER:
            unread = True
            continue
        found = _read_document(message, result) if kind == _DOCUMENT else _piece(message, result)
        if found is None:
            broken = True
        elif found == "" and kind == _DOCUMENT:
            unread = True
        elif not _UID.fullmatch(found):
            heading = _heading(message, result)
            parts.add(heading)
            pieces.append((heading, found))
    status = _status(get(group.shared.get("OBR", []), 25), statuses, parts)
    return Text(
        text=_joined(pieces),
        status=status,
        unread=unread,
        broken=broken,
        only_measured=bool(measured) and not statuses,
    )


def read_reason(message: Message, group: Group) -> str:
    """Why an exam was ordered: reason (OBR-31) and what is known (OBR-13), else the comments."""
    request = group.shared.get("OBR", [])
    found = []
    for value in get(request, 31).split(message.marks.repetition):
        found.append(message.component(value, 2) or message.component(value))
    found.append(message.text(get(request, 13)).strip())
    kept = list(dict.fromkeys(text for text in found if text))
    if not kept:
        kept = [_lines(message, get(note, 3)) for note in group.comments]
    return "\n".join(text for text in kept if text)


def _piece(message: Message, result: Segment) -> str:
    value = get(result, 5)
    if get(result, 2).strip().upper() not in _CODED:
        return _lines(message, value)
    named = (message.component(v, 2) or message.component(v) for v in _repeated(message, value))
    return "\n".join(named)


def _lines(message: Message, value: str) -> str:
    """A text; where it repeats, each repetition is a line."""
    return "\n".join(message.text(line) for line in _repeated(message, value))


def _repeated(message: Message, value: str) -> list[str]:
    mark = message.marks.repetition
    return value.split(mark) if mark and mark in value else [value]


def _read_document(message: Message, result: Segment) -> str | None:
    """The text of an encapsulated document; empty where it is no text, None where it is broken."""
    parts = get(result, 5).split(message.marks.component)
    if len(parts) < 5:
        return message.text(parts[-1])
    kind, subtype, encoding = (part.strip().lower() for part in parts[1:4])
    data = message.marks.component.join(parts[4:])
    is_text = kind in ("text", "tx", "ft", "") or subtype in (
        "plain",
        "txt",
        "html",
        "xml",
        "text/xml",
    )
    if not is_text or subtype in ("rtf", "pdf"):
        return ""
    if encoding == "base64":
        content = decode_base64(message.text(data))
    elif encoding == "hex":
        content = _hexadecimal(data)
    else:
        return _shown(message.text(data), subtype)
    if content is None:
        return None
    return _shown(decode_text(content).replace("\r\n", "\n").replace("\r", "\n"), subtype)


def _shown(text: str, subtype: str) -> str:
    """A document's text; of one with marks, such as a clinical document, what a reader sees."""
    if not (subtype in ("html", "xml") or subtype.endswith("/xml") or _MARKED.match(text)):
        return text
    # The header of a clinical document tells whose it is, and nothing of the exam.
    return html_text(text[max(text.find("<structuredBody"), 0) :])


def _hexadecimal(data: str) -> bytes | None:
    try:
        return bytes.fromhex(data)
    except ValueError:
        return None


def _heading(message: Message, result: Segment) -> str:
    """The heading that a result's identifier tells: a suffix, a code or a name."""
    named = message.first(get(result, 3))
    if not named:
        return ""
    suffix = get_part(get_part(named, message.marks.component, 1), message.marks.part, 2)
    return codes.heading_word(suffix, *map(message.text, named.split(message.marks.component)))


def _joined(pieces: list[tuple[str, str]]) -> str:
    """The pieces as lines; a heading stands once, where its part begins.

    What is called findings is the whole report where no other part is named.
    """
    if {heading for heading, _ in pieces} == {"FINDINGS"}:
        return "\n".join(text for _, text in pieces)
    lines = []
    before = ""
    for heading, text in pieces:
        lines.append(codes.with_heading(heading, text) if heading != before else text)
        before = heading
    return "\n".join(lines)


def _status(named: str, statuses: list[str], parts: set[str]) -> str:
    """OBR-25, unless the pieces of text all say something else of a report that is called final."""
    word = named.strip().upper()
    told = {status for status in statuses if status}
    if word in ("", "F") and told:
        if told <= set(_GONE):
            return "cancelled"
        if "C" in told:
            return "corrected"
        if told == {"B"} or parts == {"ADDENDUM"}:
            return "addendum"
        if not word or told <= {"P", "R", "S", "I"}:
            word = min(told)
    return codes.REPORT_WORDS.get(word, named.strip() or word)
