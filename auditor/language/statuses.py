"""What a status word of an order or of a report means: HL7 v2 and FHIR codes, local words."""

from __future__ import annotations

from auditor.config.procedures import ProcedureRules, key_of

# An export without a status column still holds reports that somebody signed.
STATUS_OF_UNMARKED_REPORT = "final"
UNKNOWN = "unknown"


def order_status(rules: ProcedureRules, word: str) -> str:
    """`performed`, `pending`, `not_performed`, or `unknown` for an empty or unlisted word.

    Case, blanks, hyphens and underscores make no difference.
    """
    return rules.order_statuses.get(key_of(word), UNKNOWN)


def report_status(rules: ProcedureRules, word: str) -> str:
    """`preliminary`, `final`, `addendum`, `corrected`, `cancelled`, or `unknown` when unlisted.

    An empty word is `final`. Case, blanks, hyphens and underscores make no difference.
    """
    if not word.strip():
        return STATUS_OF_UNMARKED_REPORT
    return rules.report_statuses.get(key_of(word), UNKNOWN)
