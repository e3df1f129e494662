"""Counts that reconcile, and Wilson's interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathway_timelines import PIPELINE, build, step

from auditor.config.verdicts import read_verdict_rules
from auditor.pathway.model import Case
from auditor.pathway.rate import population_counts, wilson_interval
from auditor.pathway.verdicts import judge_patient

RULES = read_verdict_rules(PIPELINE)


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        # Newcombe RG, Stat Med 1998;17:857, table I, score method without continuity correction.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_interval(numerator: int, denominator: int, low: float, high: float) -> None:
    found = wilson_interval(numerator, denominator)
    assert found == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_widens_with_the_level(counts: tuple[int, int]) -> None:
    low, high = wilson_interval(*counts)
    wide_low, wide_high = wilson_interval(*counts, level=0.99)
    rate = counts[0] / counts[1]
    assert 0 <= wide_low <= low <= rate + 1e-12 and rate - 1e-12 <= high <= wide_high <= 1


@pytest.mark.parametrize("counts", [(1, 0), (0, 0), (3, 2), (-1, 2)])
def test_what_is_no_proportion_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError):
        wilson_interval(*counts)


def _case(*words: str, ct: int | None = None, as_of: str = "2025-12-01") -> Case:
    steps = [step(0, "index XR", *words)]
    if ct is not None:
        steps.append(step(ct, "CT"))
    facts, evidences = build(steps)
    return judge_patient(facts, evidences, RULES, as_of=as_of)[0]


def test_counts_by_age_group() -> None:
    cases = [
        _case(ct=5),
        _case(ct=61),
        _case("child", ct=5),
        _case("child"),
        _case("child", "possible", ct=5),
        _case(ct=-5),
        _case("says exception pregnancy"),
        _case(as_of="2025-03-02"),
        _case("age unknown"),
    ]
    counts = {one.group: one for one in population_counts(cases)}
    assert list(counts) == ["all", "adult", "pediatric", "unknown"]
    everybody = counts["all"]
    assert (everybody.initial, everybody.denominator, everybody.numerator) == (9, 5, 2)
    assert (everybody.excluded, everybody.excepted) == (1, 1)
    assert (everybody.pending, everybody.needs_review) == (1, 1)
    child = counts["pediatric"]
    assert (child.initial, child.denominator, child.numerator, child.needs_review) == (3, 2, 1, 1)
    assert counts["unknown"].denominator == 1


def test_no_cases_no_counts() -> None:
    assert all(one.initial == 0 for one in population_counts([]))
