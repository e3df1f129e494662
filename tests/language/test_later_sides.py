"""A side that only what stands behind a lesion gives."""

from __future__ import annotations

import pytest
from exams import findings

GIVES_IT = [
    ("Mass in the loin. All of this is on the left.", "left"),
    ("Mass in the loin. The colon is pushed forward. All of this is on the left.", "left"),
    ("Mass in the loin. It is on the right.", "right"),
    ("Renal mass. The abnormality is right-sided.", "right"),
    ("Renal mass; it lies to the left of the spine.", "left"),
    ("Renal mass. Left side.", "left"),
    ("Renal mass. The right side is affected.", "right"),
    ("Renal mass. This is in the left flank.", "left"),
]
GIVES_NONE = [
    "Renal mass. The left kidney is normal.",
    "Renal mass. Left hip replacement.",
    "Renal mass. Scoliosis convex to the left.",
    "Renal mass. It is displaced to the left.",
    "Renal mass. The colon is full. It is on the left.",
    "Renal mass. It is on the left or the right.",
]


@pytest.mark.parametrize(("text", "side"), GIVES_IT)
def test_a_later_clause_gives_the_side(text: str, side: str) -> None:
    assert findings(text)[0].laterality == side


@pytest.mark.parametrize("text", GIVES_NONE)
def test_another_side_is_not_taken(text: str) -> None:
    assert findings(text)[0].laterality == "unknown"


def test_the_side_is_that_of_the_nearest_lesion() -> None:
    first, second = findings("A renal mass. A flank mass. It is on the left.")
    assert (first.laterality, second.laterality) == ("unknown", "left")
