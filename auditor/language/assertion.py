"""How a target is asserted: cues and section decide together."""

from __future__ import annotations

import re

from auditor.language.layout import Sentence
from auditor.language.nlp import Cue, Target

BODY = frozenset({"findings", "impression", "addendum", "recommendation"})
REQUEST = frozenset({"indication", "reason"})

_EMPTY_VALUE = re.compile(r"^[\s\W]*(?:see (?:above|below)|as (?:above|below)|as described)?[\s\W]*$", re.IGNORECASE)
_NO_VALUE = re.compile(
    r"^[\s\W]*(?:none|no|nil|negative|neg|absent|not (?:seen|identified|present|evident|visuali[sz]ed|visible)|nad|unremarkable|normal|n/a|0)\b"
    r"(?!\s+(?:change|new|other|additional))",
    re.IGNORECASE,
)

# In falling order: the first that holds decides.
_ORDER = ("OTHER_PERSON", "GONE", "NEUTRAL", "NEGATED", "QUESTION", "CONCERN", "CONDITIONAL", "HISTORICAL", "HEDGED")


def assert_target(target: Target, sentence: Sentence) -> tuple[str, Cue | None]:
    """The assertion of a target, and the cue that decided it.

    A comparison tells of earlier; technique, title, signature and retracted text state nothing. A
    question in a request asks; in findings `?` and `concern for` hedge. A template's label states
    what its value says (`Calcification: none`).
    """
    section = sentence.section
    if section in ("technique", "exam", "other", "retracted"):
        return "not_stated", None
    labelled = _label_value(target, sentence)
    if labelled:
        return labelled, None
    cues = {}
    for cue in target.cues:
        cues.setdefault(cue.category, cue)
    if target.term.form == "absent":
        return ("not_stated" if "NEGATED" in cues else "negated"), None
    for category in _ORDER:
        cue = cues.get(category)
        if cue is None:
            continue
        return _meaning(category, cue, section), cue
    return ("historical" if section == "comparison" else "affirmed"), None


def _meaning(category: str, cue: Cue, section: str) -> str:
    if category in ("OTHER_PERSON", "NEGATED"):
        return category.lower()
    if category == "GONE":
        return "historical"
    if category == "NEUTRAL":
        return "not_stated"
    if section == "comparison":
        return "historical"
    if category == "CONDITIONAL":
        return "conditional"
    if category in ("QUESTION", "CONCERN"):
        if section in REQUEST:
            return "question"
        return "hedged" if category == "CONCERN" or cue.rule in ("query", "question of", "asked") else "question"
    if category == "HISTORICAL":
        return "historical"
    # A bare question mark in a request asks; `possible` there is a hedged statement.
    if section in REQUEST and cue.text.strip() in ("?", "query", "question of"):
        return "question"
    return "hedged"


def _label_value(target: Target, sentence: Sentence) -> str:
    """What a sub-heading that is the target itself states, empty where it stands elsewhere."""
    if not sentence.label_end or target.end > sentence.label_end:
        return ""
    value = sentence.text[sentence.label_end :]
    if _EMPTY_VALUE.match(value):
        return "not_stated"
    return "negated" if _NO_VALUE.match(value) else ""
