"""What points back: `the mass`, `within it`, `these are phleboliths`."""

from __future__ import annotations

import pytest
from exams import findings


def sites(text: str) -> list[str]:
    """`side place` of each lesion of a text."""
    return [
        f"{found.laterality} {found.place or '-'}"
        for found in findings(text)
        if found.part == "mass"
    ]


def linked_to(text: str) -> str:
    """The side of the lesion that the last sign is tied to; empty where to none."""
    found = findings(text)
    sign = [each for each in found if each.part == "calcification"][-1]
    return found[sign.link_index].laterality if sign.link_index >= 0 else ""


PLACES = [
    ("Left flank mass. The mass is large.", ["left flank", "left flank"]),
    ("Left flank mass. This lesion is large.", ["left flank", "left flank"]),
    ("Right renal mass. Bowel is displaced. The mass is round.", ["right renal", "right renal"]),
    ("Left flank mass. A mass is seen.", ["left flank", "unknown -"]),
    ("The right kidney is large. Its bed contains a mass.", ["right renal"]),
    ("Pelvic mass. The mass is large.", ["unknown pelvis", "unknown pelvis"]),
    ("No left flank mass. The mass on ultrasound.", ["left flank", "unknown -"]),
    ("A mass is seen. It occupies the left flank.", ["left flank"]),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_a_known_lesion_keeps_its_place(text: str, expected: list[str]) -> None:
    assert sites(text) == expected


LINKS = [
    ("Left flank mass. Pelvic mass on the right. It is calcified.", "right"),
    ("Left flank mass. Right flank mass. Calcification within it.", "right"),
    ("Left flank mass. Calcification within it.", "left"),
    ("Left flank mass. Gas is normal. Bones are normal. Calcification within it.", "left"),
    ("No left flank mass. It is calcified.", ""),
    ("Left flank mass. Calcification in the right kidney, within it.", ""),
    ("Left flank mass. A. B. C. D. E. It is calcified.", ""),
]


@pytest.mark.parametrize(("text", "side"), LINKS)
def test_a_pronoun_points_at_the_nearest_lesion_stated(text: str, side: str) -> None:
    assert linked_to(text) == side


EXPLAINED_BEHIND = [
    ("Calcifications. These are phleboliths.", "phlebolith", True),
    ("Calcifications are seen. Most are vascular.", "vessel", True),
    ("Calcification. This represents a stone.", "stone", True),
    ("Calcification. The appearance is typical of a gallstone.", "gallstone", True),
    ("Calcification. This may represent a stone.", "stone", False),
    ("Calcification. This could be a stone or a phlebolith.", "stone", False),
    ("Calcification. Gas normal. This is a stone.", "stone", True),
    ("Calcification. This is not a stone.", "", True),
    ("Calcification. The stone is unchanged.", "", True),
    ("Calcification. A. B. C. These are phleboliths.", "", True),
    ("Mass with calcification. This is a stone.", "", True),
]


@pytest.mark.parametrize(("text", "key", "certain"), EXPLAINED_BEHIND)
def test_a_sentence_may_explain_the_one_before(text: str, key: str, certain: bool) -> None:
    sign = next(found for found in findings(text) if found.part == "calcification")
    assert (sign.explained_by, sign.explanation_certain) == (key, certain)


def test_a_pronoun_may_point_at_an_organ_instead() -> None:
    """`The aorta is tortuous. It is calcified.` says nothing of the mass before."""
    text = "Left flank mass. The aorta is tortuous. It is calcified."
    (sign,) = [found for found in findings(text) if found.part == "calcification"]
    assert (sign.explained_by, sign.link_index) == ("vessel", -1)


def test_a_denied_sign_takes_its_lesion_for_granted() -> None:
    lesion, sign = sorted(
        findings("No calcification within the left flank mass."), key=lambda found: found.part
    )[::-1]
    assert (lesion.assertion, sign.assertion) == ("affirmed", "negated")
