"""Which texts can hold a finding at all: an exact screen, derived from the lexicon.

A text without a word of the lexicon has no target and so no finding that counts. The screen looks
at the text as given, before wraps are joined: where a word may be broken over lines, its pieces
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.lexicon import Lexicon, Term
from auditor.language.column_patterns import ColumnScreen
from auditor.language.plain_columns import plain_spaces

_BROKEN = re.compile(r"-[ \t]*[\r\n\x0b\x0c\u2028\u2029]+[ \t]*")
# The same in texts that are all ASCII, for RE2.
_BROKEN_COLUMN = r"-[ \t]*[\r\n\x0b\x0c]"
_SPACE = re.compile(r"\s+")


class Screen:
    """Tells whether a text can hold a finding.

    Args of the constructor: the lexicon; the terms of which one must stand in the text, all but
    the bare ones if none are given.
    """

    def __init__(self, lexicon: Lexicon, terms: Iterable[Term] | None = None) -> None:
        if terms is None:
            # A bare density matters only beside a lesion, whose words let the text through.
            both = (*lexicon.lesion.term, *lexicon.sign.term)
            terms = [term for term in both if term.form != "bare"]
        self._any = re.compile("|".join(f"(?:{term.pattern})" for term in terms), re.IGNORECASE)
        self._columns = ColumnScreen([self._any])

    def may_hold_findings(self, texts: pa.StringArray) -> list[bool]:
        """The same as `may_hold_a_finding` of each text of a column, far quicker."""
        hits = self._columns.hits(plain_spaces(texts))
        suspects = pc.or_(hits, pc.match_substring_regex(texts, _BROKEN_COLUMN))
        held = map(self.may_hold_a_finding, texts.filter(suspects).to_pylist())
        return [suspect and next(held) for suspect in suspects.to_pylist()]

    def may_hold_a_finding(self, text: str) -> bool:
        """False only where reading the text would give no finding.

        A hyphen at the end of a line may join a word or stand in one: both ways are tried.
        """
        plain = _SPACE.sub(" ", text.translate(_PLAIN))
        if self._any.search(plain):
            return True
        if not _BROKEN.search(text):
            return False
        joined = _SPACE.sub(" ", _BROKEN.sub("", text).translate(_PLAIN))
        kept = _SPACE.sub(" ", _BROKEN.sub("-", text).translate(_PLAIN))
        return bool(self._any.search(joined) or self._any.search(kept))


# The layout drops or replaces these characters before a sentence is read.
_PLAIN = {
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0x2011: "-",
    0x00: " ",
    0xFEFF: " ",
    0x200B: " ",
}
