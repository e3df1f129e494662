"""Dates in sentences, read as all the days they can mean."""

from __future__ import annotations

import pytest

from auditor.pathway.written_dates import read_written_date


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("2025-03-14", ["2025-03-14"]),
        ("14 March 2025", ["2025-03-14"]),
        ("14th of March, 2025", ["2025-03-14"]),
        ("3-Apr-25", ["2025-04-03"]),
        ("March 14, 2025", ["2025-03-14"]),
        ("Sept. 1st, 2025", ["2025-09-01"]),
        ("03/14/2025", ["2025-03-14"]),
        ("14.03.25", ["2025-03-14"]),
        ("03/04/2025", ["2025-03-04", "2025-04-03"]),
        ("04/04/2025", ["2025-04-04"]),
        ("March 2025", ["2025-03-01..2025-03-31"]),
        ("Feb 2024", ["2024-02-01..2024-02-29"]),
        ("3/2025", ["2025-03-01..2025-03-31"]),
        ("2023", ["2023-01-01..2023-12-31"]),
        ("14 March", []),
        ("12/5", []),
        ("31/31/2025", []),
        ("last week", []),
        ("", []),
    ],
)
def test_read_written_date(text: str, spans: list[str]) -> None:
    found = [
        f"{span.first}" if span.first == span.last else f"{span.first}..{span.last}"
        for span in read_written_date(text)
    ]
    assert found == spans
