"""Dates, times and offsets: what can be said of the order of two moments."""

from __future__ import annotations

import pytest

from auditor.pathway.ordering import compare, days_between, read_moment, sort_key


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("2025-01-01", "2025-01-02", "before"),
        ("2025-01-02T08:00", "2025-01-01", "after"),
        ("2025-01-01", "2025-01-01", "unknown"),
        ("2025-01-01T08:00", "2025-01-01", "unknown"),
        ("2025-01-01", "2025-01-01T00:00", "unknown"),  # midnight is a time, a date alone is none
        ("2025-01-01T08:00", "2025-01-01T08:01", "before"),
        ("2025-01-01T08:00:30", "2025-01-01T08:00", "after"),
        ("2025-01-01T08:00", "2025-01-01T08:00", "unknown"),
        ("2025-01-01T08:00:00.2", "2025-01-01T08:00:00.1", "after"),
        # Offsets count where both carry one.
        ("2025-01-01T10:00+00:00", "2025-01-01T11:00+02:00", "after"),
        ("2025-01-01T10:00Z", "2025-01-01T11:00+00:00", "before"),
        ("2025-01-01T10:00", "2025-01-01T11:00+02:00", "before"),
        ("2025-01-01T10:00+02:00", "2025-01-01T09:00", "after"),
        # Only within a date as written: the instants would say otherwise.
        ("2025-01-01T23:00-05:00", "2025-01-02T00:30+05:00", "before"),
    ],
)
def test_compare(first: str, second: str, order: str) -> None:
    assert compare(read_moment(first), read_moment(second)) == order
    mirrored = {"before": "after", "after": "before", "unknown": "unknown"}[order]
    assert compare(read_moment(second), read_moment(first)) == mirrored


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("2025-01-01", "2025-03-02", 60),
        ("2024-01-01", "2024-03-01", 60),  # a leap year
        ("2025-01-01T23:59", "2025-01-02T00:01", 1),
        ("2025-01-01T00:00", "2025-01-01T23:59", 0),
        ("2025-03-08T23:30-05:00", "2025-03-09T00:10-04:00", 1),
        ("2025-01-02", "2025-01-01", -1),
    ],
)
def test_days_are_differences_of_dates_as_written(earlier: str, later: str, days: int) -> None:
    assert days_between(read_moment(earlier), read_moment(later)) == days


def test_sort_key_puts_dates_alone_first() -> None:
    texts = ["2025-01-02", "2025-01-01T09:00", "2025-01-01T00:00", "2025-01-01"]
    ordered = sorted(texts, key=lambda text: sort_key(read_moment(text)))
    assert ordered == ["2025-01-01", "2025-01-01T00:00", "2025-01-01T09:00", "2025-01-02"]


@pytest.mark.parametrize("text", ["", "01/02/2025", "2025-13-01", "2025-01-01T25:00"])
def test_what_is_not_iso_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_moment(text)
