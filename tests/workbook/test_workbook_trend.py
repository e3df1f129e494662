"""Trend and sites: when a chart is honest, what it counts."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from workbook_builders import make_case, make_evidence, make_results, make_run, read_labels

from auditor.pathway.model import Case
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.sites import count_sites
from auditor.workbook.trend import find_trend

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
    assert (trend.months, trend.charted, trend.usable) == (1, True, 12)
    assert trend.mean == 0.5


def test_quarters_where_the_months_are_too_small() -> None:
    years = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    trend = find_trend(cases_in(years, 4), LABELS, RUN)
    assert (trend.months, trend.charted, len(trend.periods)) == (3, True, 12)
    assert [period.name for period in trend.periods[:2]] == ["2023 Q1", "2023 Q2"]
    assert {period.size for period in trend.periods} == {12}


def test_too_few_is_said_and_no_chart_drawn(tmp_path: Path) -> None:
    cases = cases_in(YEAR, 3)
    assert not find_trend(cases, LABELS, RUN).charted
    write_outputs(make_results(tuple(cases)), LABELS, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)["Trend"]
    assert str(sheet["A2"].value).startswith("Too few")
    assert not sheet._charts


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
    assert (period.size, period.compliant) == (1, 1)


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
