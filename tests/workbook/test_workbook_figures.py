"""Limits and run tests of the charts."""

from __future__ import annotations

import pytest

from auditor.workbook.figures import (
    Z_95,
    find_runs,
    normal_limits,
)


def test_limits_narrow_with_size_and_stay_within_0_and_1() -> None:
    assert normal_limits(0.5, 100, Z_95) == pytest.approx((0.402, 0.598), abs=5e-4)
    assert normal_limits(0.9, 10, 3) == pytest.approx((0.6154, 1.0), abs=5e-4)


def test_a_shift_is_a_long_run_or_few_crossings() -> None:
    steady = find_runs([0.4, 0.6] * 10, 0.5)
    assert (steady.longest, steady.crossings, steady.signal) == (1, 19, False)
    shifted = find_runs([0.4] * 10 + [0.6] * 10, 0.5)
    # 20 useful points: at most round(log2(20)) + 3 = 7 in a run, at least qbinom(.05, 19, .5) = 6
    # crossings (table in Anhøj and Olesen 2014).
    assert (shifted.longest_limit, shifted.crossings_limit) == (7, 6)
    assert (shifted.longest, shifted.crossings, shifted.signal) == (10, 1, True)


def test_points_on_the_centre_count_for_neither_side() -> None:
    runs = find_runs([0.4, 0.5, 0.4, 0.5, 0.6], 0.5)
    assert (runs.longest, runs.crossings) == (2, 1)


def test_run_tests_of_nothing() -> None:
    assert not find_runs([], 0.5).signal
