"""Identifiers masked in all that the outputs of a run say, also of rows that were read long ago."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor.config.site import Site
from auditor.language.facts import Finding
from auditor.pathway.model import Case, Event, Evidence, Ground
from auditor.privacy.checking import own_words
from auditor.privacy.finder import IdentifierFinder
from auditor.privacy.masking import Rewrite, mask_all
from auditor.workbook.results import Change, Results, RunInfo

# The fields that hold words of an export, by type; all others hold codes, ids, dates and numbers.
_WORDS: dict[type, tuple[str, ...]] = {
    Finding: ("sentence",),
    Evidence: ("facility", "ordering_department", "known_diagnosis"),
    Event: ("description", "status", "facility"),
    Ground: ("detail",),
    Change: ("before", "after", "why"),
}


def redact_results(results: Results, site: Site) -> Results:
    """Mask what is left: rows that the ledger has were read by the policy of their night."""
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    _rewrite(results, note)
    masked = mask_all(IdentifierFinder(), texts) | {word: word for word in own_words(site)}
    return _rewrite(results, masked.__getitem__)


def _rewrite(results: Results, words: Rewrite) -> Results:
    """The results with other words; which ones are asked for is the same each time."""
    return replace(
        results,
        run=_run(results.run, words),
        cases=tuple(_case(case, words) for case in results.cases),
        near_misses=tuple(_evidence(item, words) for item in results.near_misses),
        events=tuple(item._replace(event=_fields(item.event, words)) for item in results.events),
        findings=tuple(
            item._replace(finding=_fields(item.finding, words)) for item in results.findings
        ),
        changes=None
        if results.changes is None
        else tuple(_fields(change, words) for change in results.changes),
    )


def _run(run: RunInfo, words: Rewrite) -> RunInfo:
    return replace(
        run,
        unknown_procedures=tuple(
            item._replace(description=words(item.description)) for item in run.unknown_procedures
        ),
        unknown_statuses=tuple(
            item._replace(status=words(item.status)) for item in run.unknown_statuses
        ),
    )


def _case(case: Case, words: Rewrite) -> Case:
    return replace(
        case,
        evidence=_evidence(case.evidence, words),
        grounds=tuple(_fields(ground, words) for ground in case.grounds),
        timeline=tuple((day, _fields(event, words)) for day, event in case.timeline),
    )


def _evidence(evidence: Evidence, words: Rewrite) -> Evidence:
    sentences = tuple((part, words(sentence)) for part, sentence in evidence.sentences)
    return replace(_fields(evidence, words), sentences=sentences)


def _fields(item: Any, words: Rewrite) -> Any:
    values = {name: words(getattr(item, name)) for name in _WORDS[type(item)]}
    return item._replace(**values) if isinstance(item, Change) else replace(item, **values)
