"""Which texts can hold a finding at all: an exact screen, derived from the lexicon.

A text without a word of the lexicon has no target and so no finding that counts. The screen looks
at the text as given, before wraps are joined: where a word may be broken over lines, its pieces
count.
"""

from __future__ import annotations

import re

from auditor.config.lexicon import Lexicon

_BROKEN = re.compile(r"-[ \t]*[\r\n\x0b\x0c\u2028\u2029]+[ \t]*")
_SPACE = re.compile(r"\s+")


class Screen:
    """Tells whether a text can hold a finding."""

    def __init__(self, lexicon: Lexicon) -> None:
        # A bare density matters only beside a lesion, whose words let the text through.
        terms = [
            term
            for part in (lexicon.lesion, lexicon.sign)
            for term in part.term
            if term.form != "bare"
        ]
        self._any = re.compile("|".join(f"(?:{term.pattern})" for term in terms), re.IGNORECASE)

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
