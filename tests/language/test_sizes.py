"""Sizes in a sentence, in millimetres."""

from __future__ import annotations

import pytest
from exams import findings
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.sizes import sizes_mm

SIZES = [
    ("A 4 cm mass.", [40.0]),
    ("A 4cm mass.", [40.0]),
    ("A 4-cm mass.", [40.0]),
    ("A 42 mm mass.", [42.0]),
    ("A 4.5 cm mass.", [45.0]),
    ("A 4,5 cm mass.", [45.0]),
    ("5.2 x 4.1 x 6 cm", [60.0]),
    ("5.2 x 4.1 cm", [52.0]),
    ("5.2 cm x 4.1 cm", [52.0]),
    ("5x4 cm", [50.0]),
    ("5 by 4 cm", [50.0]),
    ("5 \u00d7 4 cm", [50.0]),
    ("4 centimetres", [40.0]),
    ("4 centimeters", [40.0]),
    ("12 millimetres", [12.0]),
    ("A 4 CM MASS", [40.0]),
    ("3 cm and 5 mm", [30.0, 5.0]),
    ("No size.", []),
    ("L3 cm", []),
    ("at 10:15", []),
    ("0 cm", []),
    ("999 cm", []),
    ("3/4/2020", []),
    ("4 masses", []),
    ("5 cmm", []),
]


@pytest.mark.parametrize(("text", "sizes"), SIZES)
def test_sizes(text: str, sizes: list[float]) -> None:
    assert [size for _, _, size in sizes_mm(text)] == sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("A 4 cm mass in the left flank.", 40.0),
        ("Left flank mass measuring 4 x 7 cm.", 70.0),
        ("Left flank mass, 35 mm.", 35.0),
        ("Left flank mass. A 3 mm stone.", None),
        ("There is a 3 mm stone; left flank mass.", None),
    ],
)
def test_the_size_of_a_lesion_is_that_of_its_clause(text: str, size: float | None) -> None:
    (lesion,) = [found for found in findings(text) if found.part == "mass"]
    assert lesion.size_mm == size


@given(st.text(alphabet="0123456789.,x cmm\u00d7-by ", max_size=60))
def test_a_size_is_within_reason_and_where_it_is_said_to_be(text: str) -> None:
    for start, end, size in sizes_mm(text):
        assert 0 < size <= 1000
        assert any(digit.isdigit() for digit in text[start:end])
