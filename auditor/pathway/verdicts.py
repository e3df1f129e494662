"""Judging a patient: each episode becomes a case with status, flags, advisories and grounds.

The order of the decisions is the rules': exclusions, flags, exceptions, review, and what is left
is non-compliant, compliant or pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.config.verdicts import VerdictRules
from auditor.language.facts import PatientFacts
from auditor.pathway.advisories import Judged, find_advisories
from auditor.pathway.ages import find_age_group
from auditor.pathway.episodes import Episode, build_episodes
from auditor.pathway.events import build_events, short_digest
from auditor.pathway.exceptions import find_exceptions, lifted_flags
from auditor.pathway.model import Case, Event, Evidence, Ground
from auditor.pathway.ordering import days_between, read_moment
from auditor.pathway.predicates import Frame, find_exclusion, find_flags
from auditor.pathway.reviews import assumed_events, find_reviews
from auditor.pathway.timeline import (
    Placed,
    date_of_day,
    describe_pathway,
    is_meant,
    place_events,
    precedes,
)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What was decided of a case: its status, why, and the code of what set it aside."""

    status: str
    flags: tuple[Ground, ...] = ()
    others: tuple[Ground, ...] = ()
    reason: str = ""


def judge_patient(
    facts: PatientFacts,
    evidences: Iterable[Evidence],
    rules: VerdictRules,
    *,
    as_of: str,
    events: Sequence[Event] | None = None,
) -> tuple[Case, ...]:
    """Judge all cases of one patient.

    Args:
        facts: The patient's rows, in any order.
        evidences: One for each of the patient's index exams, cases and near misses.
        rules: The verdict file with the site's choices.
        as_of: ISO date of the audit. It only says which windows are over: an event dated after
            it counts like any other.
        events: The patient's events, if `build_events` has built them.

    Returns:
        Cases in the order of time; empty where no index exam makes one.
    """
    episodes = build_episodes(evidences, rules)
    if events is None:
        events = build_events(facts, rules) if episodes else ()
    return tuple(_judge_episode(one, facts, events, rules, as_of=as_of) for one in episodes)


def _judge_episode(
    episode: Episode,
    facts: PatientFacts,
    events: Iterable[Event],
    rules: VerdictRules,
    *,
    as_of: str,
) -> Case:
    evidence = episode.evidence
    index = read_moment(evidence.exam_datetime)
    frame = Frame(
        evidence=evidence,
        rules=rules,
        age_group=find_age_group(evidence, facts.reports),
        as_of_day=days_between(index, read_moment(as_of)),
        placed=place_events(evidence, events, rules),
        counted=frozenset(),
        end_day=episode.end_day,
    )
    frame = frame.with_counted(assumed_events(frame))
    return _write_case(frame, _decide(frame))


def _decide(frame: Frame) -> _Verdict:
    exclusion = find_exclusion(frame)
    if exclusion:
        return _Verdict("excluded", others=(exclusion,), reason=exclusion.code)
    flags = find_flags(frame)
    exceptions = find_exceptions(frame, [flag.code for flag in flags])
    lifted = lifted_flags(frame)
    reviews = find_reviews(frame, lifted=lifted)
    others = (*exceptions, *reviews)
    if reviews:
        return _Verdict("needs_review", flags, others)
    if flags and all(flag.code in lifted for flag in flags):
        return _Verdict("excepted", flags, others, exceptions[0].code)
    if flags:
        return _Verdict("non_compliant", flags, others)
    return _Verdict("compliant" if frame.satisfied() else "pending")


def _write_case(frame: Frame, verdict: _Verdict) -> Case:
    evidence = frame.evidence
    flags = tuple(one.code for one in verdict.flags)
    advisories = find_advisories(Judged(frame, flags, verdict.status == "compliant"))
    grounds = (*verdict.flags, *verdict.others, *advisories)
    first = frame.first_required()
    pending = verdict.status == "pending"
    return Case(
        case_id=_case_id(evidence),
        evidence=evidence,
        age_group=frame.age_group,
        status=verdict.status,
        flags=flags,
        advisories=tuple(one.code for one in advisories),
        exclusion_reason=verdict.reason,
        firsts=tuple((kind, _first_time(frame, kind)) for kind in frame.rules.pathway.firsts),
        days_to_required=first.day if first else None,
        prior_imaging=_prior_imaging(frame),
        pathway=describe_pathway(_shown_after(frame), frame.rules),
        grounds=grounds,
        timeline=_timeline(frame, grounds),
        open_until=date_of_day(evidence, frame.window) if pending else "",
    )


def _case_id(evidence: Evidence) -> str:
    """Stable from run to run: a corrected time or a later version does not change it."""
    return f"C-{short_digest(evidence.patient_id, evidence.exam_key)}"


def _first_time(frame: Frame, kind: str) -> str:
    """When the first of its kind was performed; an order of which nobody knows shows no date."""
    times = (item.event.when for item in frame.after(kind) if item.event.performed == "yes")
    return next(times, "")


def _prior_imaging(frame: Frame) -> str:
    """What came between the index exam and the first event that asks for imaging before it."""
    setting = frame.rules.pathway.prior_imaging
    first = next(iter(frame.after(setting.event)), None) if setting else None
    if setting is None or first is None:
        return ""
    for kind, word in setting.found.items():
        if any(precedes(item, first) for item in frame.after(kind)):
            return word
    return setting.none


def _shown_after(frame: Frame) -> list[Placed]:
    """Events of the pathway's text: counted or undecided ones after the index exam, in order."""
    return [
        item
        for item in frame.placed
        if item.after and item.day <= frame.horizon and _is_shown(item, frame)
    ]


def _is_shown(item: Placed, frame: Frame) -> bool:
    pathway = frame.rules.pathway
    if item.event.kind not in pathway.labels or item.event.kind == pathway.index:
        return False
    return is_meant(item.event, frame.rules) and item.event.performed != "no"


def _timeline(frame: Frame, grounds: Iterable[Ground]) -> tuple[tuple[int, Event], ...]:
    """The index exam, what the grounds rest on, and events of the rules' kinds around it.

    From as far back as the longest window reaches, to the last day looked at; what was ordered
    and not performed is shown too.
    """
    rules = frame.rules
    rested_on = {event_id for one in grounds for event_id in one.event_ids}
    reach = max(window.days or 0 for window in rules.windows.values())
    shown = []
    for item in frame.placed:
        event = item.event
        near = -reach <= item.day <= frame.horizon and event.kind in rules.pathway.labels
        if item.is_index or (near and is_meant(event, rules)) or event.event_id in rested_on:
            shown.append((item.day, event))
    return tuple(shown)
