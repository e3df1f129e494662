"""A file of FHIR resources -> the resources one by one, with the place where each stands.

NDJSON (one resource, or one Bundle, a line), Bundles and lists, pretty or on one line. A resource's
place is its line in NDJSON, and its number in a Bundle or list, from 1.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

Resource = dict[str, Any]

BLOCK_BYTES = 1 << 20
# No resource is longer, not even one that carries a document.
LONGEST_RESOURCE = 64 << 20

_BLANK = re.compile(r"[\s,]*")
_TYPE = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_DECODER = json.JSONDecoder()


class Placed(NamedTuple):
    """A resource, or what stands where one should.

    Attributes:
        place: Its line or number.
        resource: The resource; empty where a reason is given.
        url: The URL that its Bundle gives it; may be empty.
        reason: Empty, `invalid_json` or `record_too_long`.
    """

    place: int
    resource: Resource
    url: str = ""
    reason: str = ""


def read_resources(content: BinaryIO, wanted: frozenset[str]) -> Iterator[Placed]:
    """Read a file's resources in order; at most a block and one resource are held in memory.

    Args:
        content: The file's bytes.
        wanted: Types that are of use: a line that begins with another type is not taken apart.
    """
    start = content.read(BLOCK_BYTES)
    content.seek(0)
    if _is_by_lines(start):
        yield from _by_lines(content, wanted)
    else:
        yield from _by_numbers(content)


def _is_by_lines(start: bytes) -> bool:
    """Whether each line holds a whole resource: the first one tells."""
    first, broken, rest = start.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not broken:
        # One long line: a Bundle, or the first resource of many.
        type_ = _TYPE.match(first)
        return len(start) == BLOCK_BYTES and type_ is not None and type_[1] != b"Bundle"
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        # A broken first line of many; or the first line of a document that is set out in lines.
        return rest.lstrip().startswith(b'{"resourceType"')
    return isinstance(value, dict) and (value.get("resourceType") != "Bundle" or bool(rest.strip()))


# --- a resource a line ----------------------------------------------------------------------------


def _by_lines(content: BinaryIO, wanted: frozenset[str]) -> Iterator[Placed]:
    number = 0
    while line := content.readline(LONGEST_RESOURCE + 1):
        number += 1
        if len(line) > LONGEST_RESOURCE:
            while line and not line.endswith(b"\n"):
                line = content.readline(BLOCK_BYTES)
            yield Placed(number, {}, reason="record_too_long")
            continue
        type_ = _TYPE.match(line)
        if (type_ and type_[1].decode() not in {*wanted, "Bundle"}) or not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8-sig", "surrogateescape"))
        except (ValueError, RecursionError):
            yield Placed(number, {}, reason="invalid_json")
            continue
        yield from _unpacked(value, number)


def _unpacked(value: Any, place: int) -> Iterator[Placed]:
    """A resource, or those of the Bundle that it is."""
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        for entry in value.get("entry") or ():
            yield from _entry(entry, place)
    else:
        yield from _entry(value, place)


def _entry(entry: Any, place: int) -> Iterator[Placed]:
    if not isinstance(entry, dict):
        yield Placed(place, {}, reason="invalid_json")
    elif isinstance(entry.get("resource"), dict) and "resourceType" not in entry:
        url = entry.get("fullUrl")
        inner = entry["resource"]
        if inner.get("resourceType") == "Bundle":
            yield from _unpacked(inner, place)
        else:
            yield Placed(place, inner, url if isinstance(url, str) else "")
    elif isinstance(entry.get("resourceType"), str):
        yield Placed(place, entry)


# --- a Bundle or a list ---------------------------------------------------------------------------


def _by_numbers(content: BinaryIO) -> Iterator[Placed]:
    text = _Text(content)
    number = 0
    try:
        for value in _elements(text):
            number += 1
            yield from _entry(value, number)
    except (ValueError, RecursionError):
        # Where the next entry begins cannot be told: the rest of the file is lost.
        yield Placed(number + 1, {}, reason="invalid_json")


def _elements(text: _Text) -> Iterator[Any]:
    """The entries of Bundles, the elements of lists, and resources that stand alone."""
    while (sign := text.next_sign()) is not None:
        if sign == "[":
            text.take(1)
            yield from _list(text)
        elif sign == "{":
            yield from _object(text)
        else:
            raise ValueError("no JSON")


def _list(text: _Text) -> Iterator[Any]:
    while (sign := text.next_sign()) != "]":
        if sign is None:
            raise ValueError("breaks off")
        yield text.value()
    text.take(1)


def _object(text: _Text) -> Iterator[Any]:
    """A Bundle's entries as they come; another object whole."""
    text.take(1)
    members: Resource = {}
    streamed = False
    while (sign := text.next_sign()) != "}":
        if sign is None:
            raise ValueError("breaks off")
        name = text.value()
        if text.next_sign() != ":":
            raise ValueError("no JSON")
        text.take(1)
        if name == "entry" and text.next_sign() == "[":
            streamed = True
            text.take(1)
            yield from _list(text)
        else:
            members[str(name)] = text.value()
    text.take(1)
    if not streamed and members.get("resourceType") != "Bundle":
        yield members


class _Text:
    """A file's text, read on as its values are taken."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._held = ""
        self._at = 0
        self._ended = False
        self._more(BLOCK_BYTES)
        self._held = self._held.removeprefix("\ufeff")

    def next_sign(self) -> str | None:
        """The next character that is neither white space nor a comma; None at the end."""
        while True:
            blank = _BLANK.match(self._held, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more(BLOCK_BYTES):
                return None

    def take(self, count: int) -> None:
        """Go on after characters that `next_sign` has shown."""
        self._at += count

    def value(self) -> Any:
        """The next value, whole.

        Raises:
            ValueError, RecursionError: It is no JSON, or too long or too deep.
        """
        self.next_sign()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                value, end = None, len(self._held)
            # A value that ends where the text held does may go on after it.
            if end < len(self._held):
                self._at = end
                return value
            rest = len(self._held) - self._at
            if rest > LONGEST_RESOURCE or not self._more(max(BLOCK_BYTES, rest)):
                value, self._at = _DECODER.raw_decode(self._held, self._at)
                return value

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        block = self._content.read(size)
        self._ended = not block
        self._held = self._held[self._at :] + self._decode(block, self._ended)
        self._at = 0
        return not self._ended
