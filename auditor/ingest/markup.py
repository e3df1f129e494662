"""Texts that are wrapped: HTML, and documents in base64."""

from __future__ import annotations

import base64
import binascii
import html
import re

_BLOCKS = frozenset(
    ("address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "footer")
    + ("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "table")
    + ("tbody", "td", "th", "thead", "tr", "ul", "section")
    + ("item", "list", "paragraph", "text", "title")  # of clinical documents
)
_UNSEEN = frozenset(("script", "style", "head"))


# A tag ends at the first `>` outside quotes; one that runs into another is none, so that the time
# is in proportion to the length whatever the page holds (the standard library's parser goes back
# to the beginning for each tag that is left open).
_TAG = re.compile(r"""<(/?)([A-Za-z][\w:-]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|<[!?/][^<>]*>""")


def html_text(page: str) -> str:
    """What a page of HTML shows as text: blocks as lines, blank lines left out."""
    pieces: list[str] = []
    exact = at = 0
    unseen = ""
    page = _without_comments(page)
    for tag in _TAG.finditer(page):
        if not unseen:
            pieces.append(_shown(page[at : tag.start()], exact=exact > 0))
        at = tag.end()
        closes, name = tag[1] == "/", (tag[2] or "").lower()
        if unseen:
            unseen = "" if closes and name == unseen else unseen
        elif name in _UNSEEN and not closes:
            unseen = name
        elif name in _BLOCKS:
            pieces.append("\n")
            exact = max(0, exact + (-1 if closes else 1)) if name == "pre" else exact
    if not unseen:
        pieces.append(_shown(page[at:], exact=exact > 0))
    lines = (line.strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _shown(text: str, *, exact: bool) -> str:
    """A run of text with its entities resolved; white space is one blank, unless it is exact."""
    shown = html.unescape(text)
    return shown if exact else re.sub(r"\s+", " ", shown)


def _without_comments(page: str) -> str:
    """A page without its comments; one that is left open is text."""
    pieces = []
    at = 0
    while (begin := page.find("<!--", at)) >= 0 and (end := page.find("-->", begin + 4)) >= 0:
        pieces.append(page[at:begin])
        at = end + 3
    return "".join((*pieces, page[at:]))


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
