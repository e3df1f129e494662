"""The timelines of the pipeline's examples, each judged and compared with what it expects."""

from __future__ import annotations

import pytest
from pathway_timelines import PIPELINE, Timeline, build, day_of, read_timelines

from auditor.config.site import Site
from auditor.config.verdicts import VerdictRules, read_verdict_rules
from auditor.pathway.model import Case
from auditor.pathway.timeline import date_of_day
from auditor.pathway.verdicts import judge_patient

TIMELINES = read_timelines(PIPELINE / "examples" / "pathways.txt")


@pytest.mark.parametrize("timeline", TIMELINES, ids=lambda timeline: timeline.name)
def test_timeline(timeline: Timeline) -> None:
    cases = judge(timeline)
    assert len(cases) == len(timeline.expected)
    for case, expected in zip(cases, timeline.expected, strict=True):
        where = f"line {expected.line}"
        assert (case.status, case.flags) == (expected.status, expected.flags), where
        for key, value in expected.checks:
            CHECKS[key](case, value)


def judge(timeline: Timeline) -> tuple[Case, ...]:
    facts, evidences = build(timeline.steps)
    rules = read_verdict_rules(PIPELINE, site=_site(timeline.site))
    opening = next(e for e in evidences)
    start = date_of_day(opening, timeline.as_of - day_of(opening.exam_datetime))
    return judge_patient(facts, evidences, rules, as_of=start)


def _site(lines: dict[str, str]) -> Site:
    windows = {key: int(value) for key, value in lines.items() if key.endswith("_days")}
    windows |= {k: int(v) for k, v in lines.items() if k.endswith("_pediatric")}
    centers = lines.get("reference_centers")
    settings: dict[str, bool | tuple[str, ...]] = {}
    if "pediatric_mri_accepted" in lines:
        settings["pediatric_mri_accepted"] = lines["pediatric_mri_accepted"] == "yes"
    if centers:
        settings["reference_centers"] = (centers,)
    return Site(windows=windows, settings=settings)


def _reason(case: Case, value: str) -> None:
    assert (case.exclusion_reason or "-") == value


def _advisory(case: Case, value: str) -> None:
    assert set(value.split(", ")) <= set(case.advisories)


def _no_advisory(case: Case, value: str) -> None:
    assert value in rule_codes()
    assert value not in case.advisories


def _first(case: Case, value: str) -> None:
    kind, day = value.split()
    when = dict(case.firsts)[kind]
    assert (str(_day(case, when)) if when else "-") == day


def _days(case: Case, value: str) -> None:
    assert ("-" if case.days_to_required is None else str(case.days_to_required)) == value


def _prior_imaging(case: Case, value: str) -> None:
    assert (case.prior_imaging or "-") == value


def _review(case: Case, value: str) -> None:
    assert value in [one.code for one in case.grounds if one.role == "review"]


def _exception(case: Case, value: str) -> None:
    codes = [one.code for one in case.grounds if one.role == "exception"]
    assert (", ".join(codes) or "-") == value


def _pathway(case: Case, value: str) -> None:
    assert case.pathway == value


def _open_until(case: Case, value: str) -> None:
    assert (str(_day(case, case.open_until)) if case.open_until else "-") == value


def _age_group(case: Case, value: str) -> None:
    assert case.age_group == value


def _day(case: Case, when: str) -> int:
    return day_of(when) - day_of(case.evidence.exam_datetime)


CHECKS = {
    "reason": _reason,
    "advisory": _advisory,
    "no advisory": _no_advisory,
    "first": _first,
    "days": _days,
    "prior imaging": _prior_imaging,
    "review": _review,
    "exception": _exception,
    "pathway": _pathway,
    "open until": _open_until,
    "age group": _age_group,
}


def rule_codes() -> set[str]:
    rules: VerdictRules = read_verdict_rules(PIPELINE)
    return {advisory.code for advisory in rules.advisories}


def test_every_rule_has_a_timeline() -> None:
    """Each status, flag, exclusion, exception, review and advisory is found at least once."""
    rules = read_verdict_rules(PIPELINE)
    grounds = {
        one.code for timeline in TIMELINES for case in judge(timeline) for one in case.grounds
    }
    coded = (*rules.exclusions, *rules.flags, *rules.exceptions, *rules.advisories)
    assert {rule.code for rule in coded} | set(type(rules.reviews).model_fields) == grounds
    statuses = {one.status for timeline in TIMELINES for one in timeline.expected}
    assert statuses == {
        "compliant",
        "non_compliant",
        "pending",
        "excluded",
        "excepted",
        "needs_review",
    }


def test_names_of_timelines_are_distinct() -> None:
    names = [timeline.name for timeline in TIMELINES]
    assert len(set(names)) == len(names) >= 80


def test_every_ground_can_explain_itself() -> None:
    """A ground has a clause, and rests on events that the case's timeline shows."""
    for timeline in TIMELINES:
        for case in judge(timeline):
            shown = {event.event_id for _, event in case.timeline}
            for one in case.grounds:
                assert one.clause, timeline.name
                assert set(one.event_ids) <= shown, timeline.name
