"""Which texts can hold a finding at all: an exact screen, derived from the lexicon.

A text without a word of the lexicon has no target and so no finding that counts. The screen looks
at the text as given, before wraps are joined: where a word may be broken over lines, its pieces
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.lexicon import Lexicon, Term
from auditor.language.column_patterns import derive_pattern, match_column, usable_pattern
from auditor.language.plain_columns import plain_spaces

_BROKEN = re.compile(r"-[ \t]*[\r\n\x0b\x0c\u2028\u2029]+[ \t]*")
# The same in texts that are all ASCII, for RE2.
_BROKEN_COLUMN = r"-[ \t]*[\r\n\x0b\x0c]"
# So long that a sentence may be cut within it; the second for RE2, to which longer is dear.
_CUT = re.compile(r"\S{900}")
_LONG_WORD = "[^ ]{90}"
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
        either = "|".join(f"(?:{term.pattern})" for term in terms)
        self._word = re.compile(rf"(?<![A-Za-z])(?:{either})(?![A-Za-z])", re.IGNORECASE)
        self._any = re.compile(either, re.IGNORECASE)
        derived = derive_pattern(self._any)
        self._column = usable_pattern(rf"(?:\A|[^A-Za-z])(?:{derived})(?:[^A-Za-z]|\z)")

    def may_hold_findings(self, texts: pa.StringArray) -> list[bool]:
        """For each text of a column, False only where reading it would give no finding.

        It says of hardly any text more than `may_hold_a_finding` says, and is far quicker.
        """
        plain = plain_spaces(texts)
        held = match_column(plain, self._column)
        odd = reduce(
            pc.or_,
            (
                pc.match_substring_regex(texts, _BROKEN_COLUMN),
                pc.match_substring_regex(plain, _LONG_WORD),
                pc.invert(pc.string_is_ascii(texts)),
            ),
        )
        odd = pc.and_not(odd, held)
        asked = map(self.may_hold_a_finding, texts.filter(odd).to_pylist())
        return [
            hit or (strange and next(asked))
            for hit, strange in zip(held.to_pylist(), odd.to_pylist(), strict=True)
        ]

    def may_hold_a_finding(self, text: str) -> bool:
        """False only where reading the text would give no finding.

        A hyphen at the end of a line may join a word or stand in one: both ways are tried.
        """
        if self._holds(text):
            return True
        if not _BROKEN.search(text):
            return False
        return self._holds(_BROKEN.sub("", text)) or self._holds(_BROKEN.sub("-", text))

    def _holds(self, text: str) -> bool:
        plain = _SPACE.sub(" ", text.translate(_PLAIN))
        pattern = self._any if _CUT.search(plain) else self._word
        return bool(pattern.search(plain))


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
