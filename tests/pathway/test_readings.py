"""Short reports, each with the verdict that a radiologist would give it."""

from __future__ import annotations

from pathlib import Path

import pytest
from exams import verdict

FILE = Path(__file__).parents[1] / "fixtures" / "readings.txt"


def _rows() -> list[tuple[str, str, str]]:
    rows = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            expected, text, reason = (*line.split(" | "), "")[:3]
            rows.append((expected, text.replace("\\n", "\n"), reason))
    return rows


ROWS = _rows()


def test_there_are_rows() -> None:
    assert len(ROWS) > 100


@pytest.mark.parametrize(("expected", "text", "reason"), ROWS)
def test_a_reading(expected: str, text: str, reason: str) -> None:
    assert verdict(text, reason).startswith(expected)
