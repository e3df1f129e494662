"""Windows over leap days, changed clocks and the turn of a year: only dates as written count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pathway_timelines import PIPELINE, build, step

from auditor.config.verdicts import read_verdict_rules
from auditor.pathway.model import Case
from auditor.pathway.verdicts import judge_patient

RULES = read_verdict_rules(PIPELINE)


def judge(start: date, *steps: tuple[int, str, str], as_of: int) -> Case:
    """The one case of an index film on `start` and steps of (day, what, time)."""
    film = step(0, "index XR", time="09:00-05:00")
    facts, evidences = build([film, *(step(d, w, time=t) for d, w, t in steps)], start)
    day = (start + timedelta(days=as_of)).isoformat()
    (case,) = judge_patient(facts, evidences, RULES, as_of=day)
    return case


# Sixty days that hold a leap day, the same without one, both changes of the clocks, a new year.
STARTS = [
    date(2024, 1, 1),
    date(2025, 1, 1),
    date(2025, 2, 1),
    date(2025, 10, 1),
    date(2025, 12, 1),
]


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_day_60_is_in_time_and_day_61_is_late_in_any_season(start: date) -> None:
    # Late in the evening, an hour further from the film by the clock that was changed.
    in_time = judge(start, (60, "CT", "23:59-04:00"), as_of=61)
    assert (in_time.status, in_time.days_to_required) == ("compliant", 60)
    late = judge(start, (61, "CT", "00:01-04:00"), as_of=61)
    assert (late.status, late.flags, late.days_to_required) == (
        "non_compliant",
        ("ct_delayed",),
        61,
    )


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_the_window_is_over_the_day_after_its_last_in_any_season(start: date) -> None:
    open_case, closed = judge(start, as_of=60), judge(start, as_of=61)
    assert (open_case.status, closed.flags) == ("pending", ("skipped_ct",))
    assert open_case.open_until == (start + timedelta(days=60)).isoformat()


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_the_look_back_ends_on_the_same_day_in_any_season(start: date) -> None:
    assert judge(start, (-90, "CT", "00:01-04:00"), as_of=61).status == "excluded"
    assert judge(start, (-91, "CT", "23:59-04:00"), as_of=61).flags == ("skipped_ct",)


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    """01:50 before the clocks go back is earlier than 01:10 after."""
    autumn = date(2025, 11, 2) - timedelta(days=7)
    mri_first = judge(autumn, (7, "MRI", "01:50-04:00"), (7, "CT", "01:10-05:00"), as_of=90)
    assert mri_first.flags == ("mri_first",)
    ct_first = judge(autumn, (7, "CT", "01:50-04:00"), (7, "MRI", "01:10-05:00"), as_of=90)
    assert (ct_first.status, ct_first.flags) == ("compliant", ())
    # Without offsets the clock as written is all there is.
    as_written = judge(autumn, (7, "CT", "01:50"), (7, "MRI", "01:10"), as_of=90)
    assert as_written.flags == ("mri_first",)


def test_a_film_on_a_leap_day_opens_a_case_like_any_other() -> None:
    case = judge(date(2024, 2, 29), (60, "CT", "10:00"), as_of=200)
    assert (case.status, case.days_to_required) == ("compliant", 60)
    assert dict(case.firsts)["ct"] == "2024-04-29T10:00"
