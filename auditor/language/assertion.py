"""How a target is asserted: cues and section decide together."""

from __future__ import annotations

import re

from auditor.config.grammar import LayoutWords, either
from auditor.language.layout import Sentence
from auditor.language.nlp import Cue, Target

BODY = frozenset({"findings", "impression", "addendum", "recommendation"})
REQUEST = frozenset({"indication", "history", "reason"})
# What these tell is of earlier, unless a cue says otherwise.
EARLIER = frozenset({"comparison", "history"})

# In falling order: the first that holds decides.
_ORDER = (
    *("OTHER_PERSON", "GONE", "NEUTRAL", "NEGATED", "CONDITIONAL"),
    *("QUESTION", "CONCERN", "HISTORICAL", "HEDGED"),
)
_SILENT = frozenset({"technique", "exam", "other", "retracted"})


class Assertions:
    """Tells how targets are asserted, by a grammar's words for templates."""

    def __init__(self, words: LayoutWords) -> None:
        self._empty = re.compile(rf"[\s\W]*{either(words.empty_value)}?[\s\W]*", re.IGNORECASE)
        self._none = re.compile(rf"[\s\W]*{either(words.no_value)}", re.IGNORECASE)

    def of(
        self, target: Target, sentence: Sentence, *, repeated: bool = False
    ) -> tuple[str, Cue | None]:
        """The assertion of a target, and the cue that decided it.

        A comparison and a past history tell of earlier; technique, title, signature and retracted
        text state nothing. A question in a request asks; in findings `?` and `concern for` hedge.
        A template's label states what its value says (`Calcification: none`), and nothing where
        the value names the target again (`repeated`).
        """
        if sentence.section in _SILENT:
            return "not_stated", None
        labelled = self._label_value(target, sentence, repeated)
        if labelled:
            return labelled, None
        cues: dict[str, Cue] = {}
        for cue in target.cues:
            cues.setdefault(cue.category, cue)
        if target.term.form == "absent":
            return ("not_stated" if "NEGATED" in cues else "negated"), None
        if sentence.denied:
            return "negated", None
        for category in _ORDER:
            if category in cues:
                return _meaning(category, cues[category], sentence.section), cues[category]
        return ("historical" if sentence.section in EARLIER else "affirmed"), None

    def _label_value(self, target: Target, sentence: Sentence, repeated: bool) -> str:
        """What a sub-heading that is the target itself states, empty where it is elsewhere."""
        if not sentence.label_end or target.end > sentence.label_end:
            return ""
        value = sentence.text[sentence.label_end :]
        if repeated or self._empty.fullmatch(value) and "+" not in value:
            return "not_stated"
        return "negated" if self._none.match(value) else ""


def _meaning(category: str, cue: Cue, section: str) -> str:
    """What a cue means in a section."""
    asks = section in REQUEST
    if category in ("OTHER_PERSON", "NEGATED"):
        return category.lower()
    if category == "NEUTRAL":
        return "not_stated"
    if category == "GONE" or category == "HISTORICAL" or section in EARLIER:
        return "historical"
    if category == "CONDITIONAL":
        return "conditional"
    if category == "CONCERN":
        return "question" if asks else "hedged"
    if category == "QUESTION" or asks and cue.text.strip().lower() in _ASKING_HEDGES:
        return "question"
    return "hedged"


# Hedges that in a request ask; `possible` there is a hedged statement.
_ASKING_HEDGES = frozenset({"?", "query", "question of"})
