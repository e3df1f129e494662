"""Trend and sites: when a chart is honest, what it counts."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from workbook_builders import make_case, make_evidence, make_results, make_run, read_labels

from auditor.pathway.model import Case
from auditor.workbook.figures import difference_interval
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.sites import count_sites
from auditor.workbook.trend import find_trend
from auditor.workbook.trend_words import tell_trend

LABELS = read_labels()
RUN = make_run()


def cases_in(months: list[str], each: int, **values: str) -> list[Case]:
    return [
        make_case(
            f"P{month}{number}",
            status="compliant" if number % 2 else "non_compliant",
            evidence=make_evidence(
                f"P{month}{number}",
                exam_datetime=f"{month}-15",
                facility=values.get("facility", "North"),
            ),
        )
        for month in months
        for number in range(each)
    ]


YEAR = [f"2025-{month:02d}" for month in range(1, 13)]


def test_months_are_charted_where_enough_hold_enough_cases() -> None:
    trend = find_trend(cases_in(YEAR, 10), LABELS, RUN)
    assert (trend.months, trend.chart, len(trend.usable)) == (1, "p", 12)
    assert trend.mean == 0.5


def test_quarters_where_the_months_are_too_small() -> None:
    years = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    trend = find_trend(cases_in(years, 4), LABELS, RUN)
    assert (trend.months, trend.chart, len(trend.periods)) == (3, "p", 12)
    assert [period.name for period in trend.periods[:2]] == ["2023 Q1", "2023 Q2"]
    assert {period.size for period in trend.periods} == {12}


def test_too_few_is_said_and_no_chart_drawn(tmp_path: Path) -> None:
    cases = cases_in(YEAR[:3], 3)
    assert not find_trend(cases, LABELS, RUN).chart
    write_outputs(make_results(tuple(cases)), LABELS, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)["Trend"]
    said = {row[0].value: (row[1].value, row[3].value) for row in sheet.iter_rows(max_row=7)}
    for what in (LABELS.words.rate, LABELS.word("flag", "skipped_ct")):
        assert said[what][0] == LABELS.words.chart_none
        assert said[what][1].startswith("Too few")
    assert not sheet._charts


def by_year(before: int, after: int, size: int = 20, **values: object) -> list[Case]:
    """So many of `size` cases comply in 2024, and so many in 2025."""
    return [
        make_case(
            f"P{year}{number}",
            status="compliant" if number < done else "non_compliant",
            flags=() if number < done else ("skipped_ct",),
            evidence=make_evidence(f"P{year}{number}", exam_datetime=f"{year}-{month:02d}-10"),
            **values,
        )
        for year, done in ((2024, before), (2025, after))
        for number, month in zip(range(size), [1, 12] * size, strict=False)
    ]


@pytest.mark.parametrize(
    ("before", "after", "size", "rate", "flag"),
    [
        (4, 16, 20, "Better: 16 of 20 in 2025-01–2025-12, 4 of 20 in 2024-01–2024-12", "Better"),
        (16, 4, 20, "Worse: 4 of 20", "Worse"),
        (9, 11, 20, "No change can be told: 11 of 20", "No change"),
        (1, 8, 9, "Too few", "Too few"),
    ],
)
def test_without_a_chart_a_year_stands_beside_the_one_before(
    before: int, after: int, size: int, rate: str, flag: str
) -> None:
    cases = by_year(before, after, size)
    for name, said in (("", rate), ("skipped_ct", flag)):
        trend = dataclasses.replace(find_trend(cases, LABELS, RUN, name), chart="")
        assert tell_trend(trend, LABELS).startswith(said)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # The first example of his paper, method 10.
    low, high = difference_interval((48, 80), (56, 70))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_a_long_gap_that_still_grows_is_told() -> None:
    trend = find_trend(in_a_row("x..." * 12 + "." * 40), LABELS, RUN, "mri_first")
    assert trend.chart == "g"
    assert trend.outside == ("",)
    assert tell_trend(trend, LABELS).startswith("Rarer than chance explains: 1 gap")
    assert LABELS.words.gap_running in tell_trend(trend, LABELS)


def in_a_row(flagged: str, *, first: str = "2025-01-01", **values: object) -> list[Case]:
    """A case a day: `x` for one with the flag, `.` for one without."""
    start = date.fromisoformat(first)
    return [
        make_case(
            f"P{number:03d}",
            status="non_compliant" if mark == "x" else "compliant",
            flags=("mri_first",) if mark == "x" else (),
            evidence=make_evidence(
                f"P{number:03d}", exam_datetime=str(start + timedelta(days=number)), **values
            ),
        )
        for number, mark in enumerate(flagged)
    ]


def test_a_rare_flag_is_followed_from_case_to_case() -> None:
    trend = find_trend(in_a_row("..x...x.x" + ".x" * 9 + "...."), LABELS, RUN, "mri_first")
    assert trend.chart == "g"
    assert [gap.cases for gap in trend.gaps] == [3, 1] + [1] * 9
    assert trend.running.cases == 4
    assert trend.mean == pytest.approx(13 / 11)
    assert trend.centre == 1


def test_a_share_near_the_end_of_the_scale_has_no_p_chart() -> None:
    """Of 12 months with 20 cases each, three of the rarer outcome must be expected in each."""
    often = in_a_row(("x" * 4 + "." * 16) * 18)
    assert find_trend(often, LABELS, RUN, "mri_first").chart == "p"
    seldom = in_a_row(("x" + "." * 19) * 18)
    assert find_trend(seldom, LABELS, RUN, "mri_first").chart == "g"
    assert find_trend(seldom, LABELS, RUN).chart == "g"


def test_what_is_not_rare_has_no_g_chart() -> None:
    """Most gaps would be empty, and all others on one side of the median."""
    trend = find_trend(in_a_row("xx." * 12, facility=""), LABELS, RUN, "mri_first")
    assert (trend.chart, trend.large) == ("", 1)


def test_a_gap_ends_at_the_very_moment_of_the_next_case() -> None:
    def case(name: str, mark: str, moment: str) -> Case:
        (made,) = in_a_row(mark, exam_key=name)
        return dataclasses.replace(
            made, evidence=dataclasses.replace(made.evidence, exam_datetime=moment)
        )

    noon = "2025-03-03T12:00:00"
    cases = [
        case("a", "x", "2025-03-03T11:59:59"),
        *(case(name, ".", noon) for name in "bc"),
        *(case(name, "x", noon) for name in "de"),
        case("f", ".", "2025-03-03"),
    ]
    trend = find_trend(cases * 5, LABELS, RUN, "mri_first")
    # Of the cases at noon, those without the flag count to the gap that begins there.
    assert [gap.cases for gap in trend.gaps] == [0] * 4 + [0] + [0] * 9
    assert trend.running.cases == 10


def test_only_closed_cases_in_the_rate_count_towards_a_gap() -> None:
    marks = "x.x" + ".x" * 9
    cases = in_a_row(marks) + in_a_row("...x", first="2026-05-10")
    cases.append(make_case("R", status="needs_review", evidence=cases[1].evidence))
    trend = find_trend(cases, LABELS, RUN, "mri_first")
    assert [gap.cases for gap in trend.gaps] == [1] * 10
    assert (trend.running.cases, trend.running.end.date()) == (0, date(2026, 5, 1))


def test_a_period_is_open_until_the_window_of_its_last_day_has_passed() -> None:
    trend = find_trend(cases_in(["2026-03", "2026-04", "2026-05"], 12), LABELS, RUN)
    # 60 days after 30 April is 29 June, one day before the cut-off.
    assert [period.closed for period in trend.periods] == [True, True, False]
    assert {period.size for period in trend.closed} == {12}


def test_months_without_cases_are_shown() -> None:
    trend = find_trend(cases_in(["2025-01", "2025-04"], 1), LABELS, RUN)
    assert [period.size for period in trend.periods] == [1, 0, 0, 1]


def test_only_cases_in_the_rate_are_counted() -> None:
    cases = [
        make_case(str(n), status=s) for n, s in enumerate(("excluded", "pending", "compliant"))
    ]
    (period,) = find_trend(cases, LABELS, RUN).periods
    assert (period.size, period.count) == (1, 1)


def test_sites_that_differ_only_in_case_are_one() -> None:
    cases = cases_in(["2025-01"], 2, facility="NORTH") + cases_in(["2025-02"], 3, facility="North")
    cases += cases_in(["2025-03"], 1, facility="")
    sites = count_sites(cases, lambda case: case.evidence.facility)
    assert [(site.name, site.cases, site.size, site.compliant) for site in sites] == [
        ("", 1, 1, 0),
        ("NORTH", 5, 5, 2),
    ]


def test_a_funnel_is_drawn_where_enough_places_hold_enough_cases(tmp_path: Path) -> None:
    def charts(places: int) -> int:
        cases = [
            case
            for number in range(places)
            for case in cases_in([f"2025-{number + 1:02d}"], 10, facility=f"Site {number}")
        ]
        write_outputs(make_results(tuple(cases)), LABELS, tmp_path / str(places))
        book = openpyxl.load_workbook(tmp_path / str(places) / WORKBOOK_FILE)
        return len(book["Sites"]._charts)

    assert charts(2) == 0
    assert charts(3) == 1  # one department only: no funnel of it
