"""A finding in the making, which later sentences may still change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.language.facts import Finding
from auditor.language.layout import Sentence
from auditor.language.nlp import Target

# The section that concludes a report.
CONCLUDING = "impression"
# Opens a sentence that goes on about the one before.
PRONOUN = re.compile(r"(?:it|this)\b", re.IGNORECASE)


@dataclass(slots=True)
class Mention:
    """A finding in the making, with what the resolution of references needs.

    `refers_back`: the words point at something said before (`within it`, `its wall`).
    """

    finding: Finding
    target: Target
    sentence: Sentence
    refers_back: bool
