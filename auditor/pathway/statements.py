"""What stands of an exam's report after all its versions: statements, and remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.language.facts import Finding, Remark, ReportFacts

BODY = frozenset({"findings", "impression", "addendum", "recommendation", "original"})
REQUEST = frozenset({"indication"})
STATED = frozenset({"affirmed", "hedged"})
UNKNOWN = "unknown"
_FURTHER = re.compile(
    r"\b(?:another|second|additional(?:ly)?|in addition|also|further|separate|new)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding that stands, and the lesion mention of its own text that it is tied to."""

    finding: Finding
    tied_to: Finding | None = None


def merge_versions(
    group: Sequence[ReportFacts], lesion_key: str, *, retraction: str = ""
) -> list[Statement]:
    """What stands after all versions: an addendum lets stand what it does not mention.

    A preliminary, final or corrected version replaces all before it, a cancelled one takes all
    away. An addendum replaces, part by part, what it states or denies; findings that it quotes
    from the original count like those of the original. A remark of the kind `retraction` takes
    back the versions before it, or the text that its addendum stands in as well (`above`).
    """
    standing: list[Statement] = []
    for version in group:
        if version.status == "cancelled":
            standing = []
            continue
        said = _statements(version)
        taken_back = {remark.value for remark in version.remarks if remark.kind == retraction}
        if taken_back:
            standing = []
        if "above" in taken_back:
            said = [item for item in said if item.finding.section == "addendum"]
        quoted = [item for item in said if item.finding.section == "original"]
        added = [item for item in said if item.finding.section == "addendum"]
        rest = [item for item in said if item.finding.section not in ("original", "addendum")]
        # A text may hold its own addendum beside the findings that it amends.
        if version.status == "addendum":
            said = _amended(rest, added, lesion_key)
            standing = _amended(quoted or standing, said, lesion_key)
        else:
            standing = _amended([*rest, *quoted], added, lesion_key)
    return standing


def _amended(
    standing: list[Statement], addendum: list[Statement], lesion_key: str
) -> list[Statement]:
    """An addendum's statements, and those that it lets stand."""
    amending = [
        item.finding
        for item in addendum
        if item.finding.section in BODY and _replaces(item.finding, lesion_key)
    ]
    kept = [
        _moved(item, amending, lesion_key)
        for item in standing
        if item.finding.section in REQUEST
        or not any(
            _contradicts(finding, item.finding) and not _means_another(finding, item, standing)
            for finding in amending
        )
    ]
    return [*addendum, *kept]


def _moved(item: Statement, amending: list[Finding], lesion_key: str) -> Statement:
    """A sign whose lesion an addendum puts on the other side goes with it."""
    lesion = item.tied_to
    if lesion is None or {finding.part for finding in amending} != {lesion_key}:
        return item
    for finding in amending:
        sides = {finding.laterality, lesion.laterality}
        if is_stated(finding) and sides == {"left", "right"} and not _adds(finding):
            return Statement(replace(item.finding, laterality=finding.laterality), finding)
    return item


def _adds(finding: Finding) -> bool:
    """Whether a finding is called a further one: `there is also a mass on the right`."""
    before = finding.sentence.partition(finding.text)[0]
    return bool(_FURTHER.search(before))


def _contradicts(amending: Finding, standing: Finding) -> bool:
    """Whether a finding of an addendum takes the place of a standing one.

    A denial on one side lets stand what the report states on the other, and so does a further
    finding there.
    """
    if amending.part != standing.part:
        return False
    if {amending.laterality, standing.laterality} != {"left", "right"}:
        return True
    return amending.assertion != "negated" and not _adds(amending)


def _means_another(amending: Finding, item: Statement, standing: list[Statement]) -> bool:
    """Whether an addendum speaks of another of several: `the pelvic calcification is a stone`."""
    named = [
        other
        for other in standing
        if other.finding.part == amending.part and other.finding.place == amending.place
    ]
    return bool(amending.place and named) and item not in named


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
