"""Columns of texts made plain, so that patterns meet them as the sentences that are read later.

A sentence stands in its text's plain form in one piece: with single spaces for all white space and,
for the remarks, in lower case, with plain quotes and dashes and without hyphens at a line's end.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# White space as `str.split` has it, and a NUL, which is read as a space; then that beyond ASCII.
_SPACES = r"\x00\t-\r\x1c-\x1f"
_WIDE = r"\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_BROKEN = r"-[ \t]*\r?\n"
# Quotes and dashes that the remarks' patterns do not know; the back-tick is the one in ASCII.
_BACK_TICK = "`"
_SIGNS = (
    ("[\u2018\u2019\u201b\u00b4]", "'"),
    ("[\u201c\u201d]", '"'),
    ("[\u2010\u2011\u2012\u2013\u2014\u2212]", "-"),
)


def plain_spaces(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a single space for each run of white space."""
    odd = _SPACES if _is_ascii(texts) else _SPACES + _WIDE
    return pc.replace_substring_regex(texts, rf"[{odd} ]{{2,}}|[{odd}]", " ")


def plain_words(texts: pa.StringArray) -> pa.StringArray:
    """The texts in lower case, with plain spaces, quotes and dashes, and words no line breaks."""
    if is_any(pc.match_substring_regex(texts, _BROKEN)):
        # Twice: the letter that ends one break may begin the next.
        for _ in range(2):
            texts = pc.replace_substring_regex(texts, rf"([a-z]){_BROKEN}[ \t]*([a-z])", r"\1\2")
    texts = pc.ascii_lower(plain_spaces(texts))
    if is_any(pc.match_substring(texts, _BACK_TICK)):
        texts = pc.replace_substring(texts, _BACK_TICK, "'")
    if not _is_ascii(texts):
        for pattern, plain in _SIGNS:
            texts = pc.replace_substring_regex(texts, pattern, plain)
    return texts


def joined_column(texts: pa.StringArray) -> pa.StringArray:
    """One text of all that stands in a column, without a copy: `(1,)`, searched far quicker.

    What stands in a text stands in it; across the end of a text something may stand that is in
    none. The column has at least one text.
    """
    _, offsets, content = texts.buffers()
    places = memoryview(offsets).cast("i")
    ends = pa.array([places[texts.offset], places[texts.offset + len(texts)]], pa.int32())
    return pa.StringArray.from_buffers(1, ends.buffers()[1], content)


def is_any(matches: pa.BooleanArray) -> bool:
    """Whether any of a column's values is true."""
    return bool(pc.any(matches).as_py())


def _is_ascii(texts: pa.StringArray) -> bool:
    return bool(pc.all(pc.string_is_ascii(texts)).as_py())
