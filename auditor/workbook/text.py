"""What a cell of a CSV file or sheet may safely hold.

Exports are written by strangers: a sentence may begin like a formula, hold control characters that
XML forbids, or be longer than a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_CELL = 32_767
CUT_MARK = " […cut]"

# Not allowed in XML 1.0 (tab, line feed and carriage return are), and lone halves of surrogate
# pairs and non-characters, which cannot be written as UTF-8 or are refused by readers.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_BREAK = re.compile(r"\r\n?")
# What spreadsheet programs may take for a formula, full-width forms included; a carriage return is
# a line feed once the text is clean.
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def clean_text(text: str) -> str:
    """Remove characters that no file may hold, and write every line break as a line feed."""
    if text.isascii() and text.isprintable():
        return text
    return _LINE_BREAK.sub("\n", _ILLEGAL.sub("", text))


def count_illegal(texts: Iterable[str]) -> int:
    """How many characters `clean_text` removes from these texts."""
    return sum(len(_ILLEGAL.findall(text)) for text in texts)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet program could run the text. A plain number is not a formula."""
    return text.startswith(_FORMULA_START) and not _NUMBER.fullmatch(text)


def guard_formula(text: str) -> str:
    """The text for a CSV file: an apostrophe before what could run as a formula."""
    return f"'{text}" if looks_like_formula(text) else text


def cut_text(text: str, limit: int = MAX_CELL) -> str:
    """The text, cut with a mark where it is longer than a cell may be."""
    return text if len(text) <= limit else text[: limit - len(CUT_MARK)] + CUT_MARK
