"""What stands of an exam's report after all its versions: statements, and remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.language.facts import Finding, Remark, ReportFacts

BODY = frozenset({"findings", "impression", "addendum", "recommendation", "original"})
REQUEST = frozenset({"indication"})
STATED = frozenset({"affirmed", "hedged"})
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding that stands, and the lesion mention of its own text that it is tied to."""

    finding: Finding
    tied_to: Finding | None = None


def merge_versions(group: Sequence[ReportFacts], lesion_key: str) -> list[Statement]:
    """What stands after all versions: an addendum lets stand what it does not mention.

    A preliminary, final or corrected version replaces all before it, a cancelled one takes all
    away. An addendum replaces, part by part, what it states or denies; findings that it quotes
    from the original count like those of the original.
    """
    standing: list[Statement] = []
    for version in group:
        if version.status == "cancelled":
            standing = []
            continue
        said = _statements(version)
        if version.status == "addendum":
            quoted = [item for item in said if item.finding.section == "original"]
            own = [item for item in said if item.finding.section != "original"]
            parts = {
                item.finding.part
                for item in own
                if item.finding.section in BODY and _replaces(item.finding, lesion_key)
            }
            kept = [
                item
                for item in quoted or standing
                if item.finding.part not in parts or item.finding.section in REQUEST
            ]
            said = [*own, *kept]
        standing = said
    return standing


def _replaces(finding: Finding, lesion_key: str) -> bool:
    """Whether an addendum's finding stands in for what the report said of that part.

    `The lesion`, without place or side, is the one that the report has described.
    """
    if finding.assertion == "negated":
        return True
    described = finding.part == lesion_key and not (finding.place and finding.laterality != UNKNOWN)
    return is_stated(finding) and not described


def _statements(version: ReportFacts) -> list[Statement]:
    findings = version.findings
    return [
        Statement(finding, findings[finding.link_index] if finding.link_index >= 0 else None)
        for finding in findings
    ]


def standing_remarks(group: Sequence[ReportFacts]) -> list[Remark]:
    """Remarks of the newest version, and of those before it that an addendum lets stand."""
    standing: list[Remark] = []
    for version in group:
        standing = (
            [*standing, *version.remarks] if version.status == "addendum" else list(version.remarks)
        )
    return standing


def is_stated(finding: Finding) -> bool:
    """Whether a finding is stated as present now, flatly or hedged."""
    return finding.assertion in STATED
