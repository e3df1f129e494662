"""Which rules can make a remark in which texts of a column: far quicker than trying them.

A rule is left out of a text only where none of its patterns matches in it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.remarks import RemarkRule, RemarkRules
from auditor.language.column_patterns import ColumnScreen
from auditor.language.plain_columns import is_any, plain_words
from auditor.language.remarks import end_reach

Rules = tuple[RemarkRule, ...]

# Where a sentence may end within a word ("mass2.CT"), or be cut as too long: a pattern that wants
# the word's end would miss it in the text as a whole.
_CUT_WORD = r"[a-z][0-9]\.[A-Z]|\S{1000}"


class RemarkScreens:
    """Screens whole columns by remark rules. Build once per process."""

    def __init__(self, rules: RemarkRules) -> None:
        self._rules = rules
        self._screens = [ColumnScreen(rule.patterns) for rule in rules.rules]

    def find_able(self, texts: pa.StringArray) -> list[Rules]:
        """For each text, the rules that may make a remark in it, in the order of the rules.

        Args:
            texts: Texts as `find_remarks` takes them.
        """
        if not len(texts) or not self._screens:
            return [()] * len(texts)
        plain = self._searched(plain_words(texts))
        cut = pc.match_substring_regex(texts, _CUT_WORD)
        hits = np.stack(
            [pc.or_(screen.hits(plain), cut).to_numpy(False) for screen in self._screens], axis=1
        )
        # Few combinations occur: each is spelled out once.
        packed = np.packbits(hits, axis=1)
        kinds, rows = np.unique(packed, axis=0, return_inverse=True)
        bits = np.unpackbits(kinds, axis=1, count=len(self._screens)).tolist()
        able = [
            tuple(rule for rule, hit in zip(self._rules.rules, row, strict=True) if hit)
            for row in bits
        ]
        return [able[number] for number in rows.ravel().tolist()]

    def _searched(self, plain: pa.StringArray) -> pa.StringArray:
        """The texts as patterns see them, with a semicolon where a word ends the reach."""
        breaks = self._rules.breaks
        if breaks is None:
            return plain
        broken = pc.match_substring_regex(plain, breaks.pattern)
        if not is_any(broken):
            return plain
        ended = [end_reach(text, breaks) for text in plain.filter(broken).to_pylist()]
        return pc.replace_with_mask(plain, broken, pa.array(ended, pa.string()))
