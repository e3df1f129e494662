"""What a sign belongs to: the lesion, something that explains it, or neither."""

from __future__ import annotations

import pytest
from exams import defect, findings


def tie(text: str, number: int = 0) -> str:
    """What one sign of a text is tied to: the lesion, `separate`, an explanation, or `nothing`."""
    found = [each for each in findings(text) if each.part == "calcification"][number]
    if found.link:
        return "the lesion" if found.link in ("phrase", "anaphora") else found.link
    if found.explained_by:
        return found.explained_by if found.explanation_certain else f"maybe {found.explained_by}"
    return "nothing"


LESION = {
    "adjective": [
        "Calcified mass.",
        "Calcified left flank mass.",
        "Densely calcified, lobulated soft tissue mass.",
        "Partly calcified 5 cm left renal mass.",
        "Calcified pelvic mass.",
        "Calcific left flank lesion.",
        "Ossified left paraspinal mass.",
    ],
    "compound": [
        "Tumour calcification.",
        "Mass calcification.",
    ],
    "preposition": [
        "Calcification in a left flank mass.",
        "Calcification within the mass.",
        "Calcifications along the wall of the mass.",
        "Calcification of the mass.",
        "Calcification throughout a large left flank mass.",
        "Mass with calcification.",
        "Mass with coarse internal calcification.",
        "Mass with a calcified rim.",
        "Mass with central and peripheral calcification.",
        "Rim calcification outlines a left renal mass.",
        "Calcification outlines a left perinephric mass.",
    ],
    "predicate": [
        "The mass is calcified.",
        "The left flank mass appears calcified.",
        "The left flank mass shows calcification.",
        "The mass contains stippled calcifications.",
        "Mass demonstrating calcification.",
        "Left flank mass, calcified.",
        "Left flank mass (calcified).",
        "Left flank mass which is calcified.",
        "Mass seen in the left flank, heavily calcified.",
    ],
    "anaphora": [
        "Left flank mass. It is calcified.",
        "Left flank mass. It contains calcification.",
        "Left flank mass. Within it there is calcification.",
        "Left flank mass. Its wall is calcified.",
        "Left flank mass. This shows calcification.",
        "Left flank mass. There is internal calcification.",
        "Left flank mass. Calcification is seen within this.",
        "Left flank mass. Associated calcification.",
        "Left flank mass. Bowel is displaced. There is calcification within it.",
        "Left flank mass. The lesion contains calcification.",
    ],
}
NOT_LESION = [
    ("Left flank mass and aortic calcification.", "vessel"),
    ("Left flank mass. Calcification is present.", "nothing"),
    ("Left flank mass and calcification.", "nothing"),
    ("A mass as well as a calcification.", "nothing"),
    ("Calcification separate from the mass.", "separate"),
    ("Calcification distinct from the left flank mass.", "separate"),
    ("Calcification unrelated to the mass.", "separate"),
    ("Left flank mass. Separate calcification.", "separate"),
    ("Calcification.", "nothing"),
    ("Calcification in the left flank.", "nothing"),
]
EXPLAINED = [
    # adjective, compound
    ("Calcified splenic artery.", "vessel"),
    ("Calcified aorta.", "vessel"),
    ("Calcified lymph node.", "node"),
    ("Calcified granuloma.", "granuloma"),
    ("Calcified uterine fibroid.", "fibroid"),
    ("Calcified gallstone.", "gallstone"),
    ("Aortic calcification.", "vessel"),
    ("Splenic artery calcification.", "vessel"),
    ("Aortic wall calcification.", "vessel"),
    ("Atherosclerotic calcification.", "vessel"),
    ("Vascular calcifications.", "vessel"),
    ("Costal cartilage calcification.", "cartilage"),
    ("Prostatic calcification.", "prostate"),
    ("Pancreatic calcifications.", "pancreas"),
    ("Bladder wall calcification.", "bladder"),
    ("Vas deferens calcification.", "prostate"),
    ("Disc calcification.", "bone"),
    ("Pleural calcification.", "chest"),
    # preposition
    ("Calcification of the aorta.", "vessel"),
    ("Calcification in the liver.", "liver"),
    ("Calcification within the spleen.", "spleen"),
    ("Calcification along the splenic artery.", "vessel"),
    ("Calcification in the pelvis.", "elsewhere"),
    ("Calcification over the liver.", "liver"),
    ("Calcification in the wall of the gallbladder.", "gallstone"),
    # predicate
    ("The aorta is calcified.", "vessel"),
    ("The costal cartilages are calcified.", "cartilage"),
    ("The aorta shows calcification.", "vessel"),
    ("Calcification consistent with a phlebolith.", "phlebolith"),
    ("Calcification, likely a renal stone.", "stone"),
    ("Calcification is a gallstone.", "gallstone"),
    ("Calcification represents a calculus.", "stone"),
    ("Calcification typical of the splenic artery.", "vessel"),
    ("Calcification s/o phlebolith.", "phlebolith"),
    ("Calcification due to pancreatitis.", "pancreas"),
    # the sentence behind
    ("Calcifications are seen. These are phleboliths.", "phlebolith"),
    ("Calcification is seen. This is likely a stone.", "stone"),
    ("Calcifications are seen. They are vascular.", "vessel"),
]
UNEXPLAINED = [
    "Calcification lateral to the aorta.",
    "Calcification below the spleen.",
    "Calcification separate from the aorta.",
    "Calcification which is not vascular.",
    "Calcification, not a stone.",
    "Calcification rather than a stone.",
    "Calcification in the left flank. The aorta is tortuous.",
    "Calcification. It is not a phlebolith.",
    "Calcification obscured by bowel gas.",
    "Calcification at the level of L3.",
]
OFFERED = [
    "Calcification may be a stone.",
    "Calcification could represent a phlebolith.",
    "Calcification, possibly vascular.",
    "Calcification, ?stone.",
    "Calcification, stone versus phlebolith.",
    "Calcification, either a stone or a phlebolith.",
    "Calcification. This may be vascular.",
]
DEFECTS = [
    ("Heterotopic ossification about the left hip.", "bone"),
    ("Milk of calcium in a renal cyst.", "stone"),
    ("Peritoneal calcification.", "bowel"),
    ("Epiploic appendage calcification.", "bowel"),
    ("Calcification in the kidney, nephrocalcinosis.", "stone"),
    ("Calcification over the iliac crest, a bone island.", "bone"),
    ("Calcifications in the left flank and pelvis.", "nothing"),
    ("Calcification in the left flank and in the aorta.", "nothing"),
    ("Calcification in the left flank, phleboliths in the pelvis.", "nothing"),
    ("Mass with calcification extending to the pelvis.", "the lesion"),
    ("Left flank mass extending into the pelvis with calcification.", "the lesion"),
    ("Left flank mass is not only large but also calcified.", "the lesion"),
    defect(
        "Left flank mass with mass effect on the bowel and calcification.",
        "the lesion",
        reason="`bowel` between the two takes the sign",
    ),
]


def rows(groups: dict[str, list]) -> list:
    """Texts of all groups, each with the kind of tie."""
    listed = []
    for kind, texts in groups.items():
        for text in texts:
            values = getattr(text, "values", None)
            marks = getattr(text, "marks", ())
            listed.append(pytest.param(kind, values[0] if values else text, marks=marks))
    return listed


@pytest.mark.parametrize(("kind", "text"), rows(LESION))
def test_a_sign_of_the_lesion(kind: str, text: str) -> None:
    assert tie(text) == "the lesion", kind


@pytest.mark.parametrize(("text", "expected"), [*NOT_LESION, *EXPLAINED, *DEFECTS])
def test_a_sign_of_something_else_or_of_nothing(text: str, expected: str) -> None:
    assert tie(text) == expected


@pytest.mark.parametrize("text", OFFERED)
def test_an_explanation_only_offered(text: str) -> None:
    assert tie(text).startswith("maybe ")


@pytest.mark.parametrize("text", UNEXPLAINED)
def test_a_landmark_or_a_refusal_explains_nothing(text: str) -> None:
    assert tie(text) == "nothing"


@pytest.mark.parametrize(
    ("text", "ties"),
    [
        ("Aortic calcification. Calcified left flank mass.", ["vessel", "the lesion"]),
        ("Calcified left flank mass and calcified aorta.", ["the lesion", "vessel"]),
        ("Calcified phleboliths; calcification in the left flank.", ["phlebolith", "nothing"]),
    ],
)
def test_signs_side_by_side_keep_their_own_ties(text: str, ties: list[str]) -> None:
    assert [tie(text, number) for number in range(len(ties))] == ties


def test_a_link_names_the_lesion_it_is_tied_to() -> None:
    found = findings("Right flank mass. Left flank mass with calcification. Pelvic mass.")
    (sign,) = [each for each in found if each.part == "calcification"]
    assert found[sign.link_index].laterality == "left"


WORDS = [
    *("calcification", "calcifications", "calcified", "calcific", "calcs", "calcif"),
    *("mineralisation", "mineralization", "ossification", "ossified", "mineralised"),
    *("calcifcation", "calicification", "calcificied", "calcifying", "ca++"),
]
NO_WORDS = [
    *("opacity", "density", "radio-opaque focus", "concretion", "renal calculus", "stone"),
    *("nephrolithiasis", "calcaneus", "calcium supplements", "bone mineralisation"),
    *("normal ossification centres", "demineralisation", "calcific tendinitis"),
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_states_the_sign(word: str) -> None:
    assert [f.part for f in findings(f"There is {word} here.")] == ["calcification"]


@pytest.mark.parametrize("word", NO_WORDS)
def test_a_bare_density_or_a_stone_states_no_sign(word: str) -> None:
    signs = [f for f in findings(f"There is {word} here.") if f.part == "calcification"]
    assert all(found.weak for found in signs)
