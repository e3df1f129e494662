"""Texts that are wrapped: HTML, and documents in base64."""

from __future__ import annotations

import base64
import binascii
import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    ("address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "footer")
    + ("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "table")
    + ("tbody", "td", "th", "thead", "tr", "ul", "section")
)
_UNSEEN = frozenset(("script", "style", "head", "title"))


class _Words(HTMLParser):
    """Collects the words that a page shows, with a line break where a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0
        self._exact = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._exact += tag == "pre"
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._exact = max(0, self._exact - (tag == "pre"))
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data if self._exact else re.sub(r"\s+", " ", data))


def html_text(page: str) -> str:
    """What a page of HTML shows as text: blocks as lines, blank lines left out."""
    words = _Words()
    words.feed(page)
    words.close()
    lines = (line.strip() for line in "".join(words.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def decode_base64(data: str) -> bytes | None:
    """The bytes behind base64, whether or not it is wrapped and padded; None where it is none."""
    bare = "".join(data.split()).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def decode_text(content: bytes, charset: str = "") -> str:
    """A document's text: in the charset named, else UTF-8, else Windows-1252."""
    for encoding in (charset, "utf-8-sig"):
        try:
            if encoding:
                return content.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", "replace")
