"""Random texts that look a little like reports, and what a character of one may become."""

from __future__ import annotations

from hypothesis import strategies as st

from auditor.language.lines import PLAIN

_WORDS = (
    *("mass", "left", "calci-", "fied", "FINDINGS:", "IMPRESSION", "No.", "3.5", "cm", "Dr.", "1."),
    *("-", "•", "a)", "Kidneys:", "***", "[**name**]", "XXXX", "?", "and", "3-year", "ADDENDUM"),
    *("\u2018quoted\u2019", "\u201cfilm\u201d", "x\u00a0y", "non\u2011calcified", "é", "\u200b"),
)
_BETWEEN = (" ", "  ", "\n", "\r\n", "\r", "\t", "\x0c", "\u2028", "\x00", "", ". ", ": ", "\n\n")

REPORT_LIKE = st.lists(
    st.tuples(st.sampled_from(_WORDS), st.sampled_from(_BETWEEN)), max_size=40
).map(lambda parts: "".join(word + between for word, between in parts))
ANY_TEXT = st.one_of(REPORT_LIKE, st.text(max_size=200))


def stands_for(shown: str, given: str) -> bool:
    """Whether a character as given may be shown as this one."""
    plain = PLAIN.get(given, given)
    return shown == plain or (shown == " " and plain.isspace())
