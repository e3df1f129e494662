"""Where a lesion is: place and side, as one sentence gives them."""

from __future__ import annotations

import pytest
from exams import findings


def site(text: str) -> str:
    """`side place` of the first lesion of a text; `- -` where neither is given."""
    lesion = next(found for found in findings(text) if found.part == "mass")
    side = "-" if lesion.laterality == "unknown" else lesion.laterality
    return f"{side} {lesion.place or '-'}"


WORDS_OF_ITS_PHRASE = [
    ("Left flank mass.", "left flank"),
    ("Large, lobulated left flank soft tissue mass.", "left flank"),
    ("Right renal mass.", "right renal"),
    ("Right suprarenal mass.", "right adrenal"),
    ("Left-sided retroperitoneal mass.", "left retroperitoneal"),
    ("Retroperitoneal mass.", "- retroperitoneal"),
    ("Flank mass.", "- flank"),
    ("Midline retroperitoneal mass.", "midline retroperitoneal"),
    ("Right-sided mass.", "right side"),
    ("Right-sided abdominal mass.", "right side"),
    ("Bilateral renal masses.", "bilateral renal"),
    ("LUQ mass.", "left upper_quadrant"),
    ("Left psoas mass.", "left paraspinal"),
    ("Left psoas muscle mass.", "left paraspinal"),
    ("Wilms tumour of the left kidney.", "left renal"),
]
WORDS_BEHIND = [
    ("Mass in the left flank.", "left flank"),
    ("Mass, left flank.", "left flank"),
    ("Mass arising from the right kidney.", "right renal"),
    ("Mass projecting over the left renal outline.", "left renal"),
    ("Mass at the right costovertebral angle.", "right flank"),
    ("Mass in the flank on the left.", "left flank"),
    ("Mass in the flank (R).", "right flank"),
    ("Mass in both flanks.", "bilateral flank"),
    ("Mass in the right iliac fossa.", "right iliac"),
    ("Mass in the left upper quadrant.", "left upper_quadrant"),
    ("Mass in the left side of the abdomen.", "left side"),
    ("Mass, 5 cm, in the left flank.", "left flank"),
    ("Mass overlying the L3 vertebra in the right flank.", "right flank"),
    ("Lesion near the left renal hilum.", "left renal"),
    ("Abdominal mass arising from the left kidney.", "left renal"),
    ("Abdominal mass in the flank.", "- flank"),
    ("Mass to the left of the midline.", "left side"),
    ("Mass to the left of L3.", "left side"),
]
WORDS_BEFORE = [
    ("In the left flank there is a mass.", "left flank"),
    ("Left flank: mass.", "left flank"),
    ("The right renal fossa contains a mass.", "right renal"),
    ("On the left, a retroperitoneal mass is seen.", "left retroperitoneal"),
    ("Over the right kidney, however, there is a mass.", "right renal"),
]
NO_FLANK = [
    ("Abdominal mass.", "- -"),
    ("Upper abdominal mass.", "- -"),
    ("Mass.", "- -"),
    ("Pelvic mass.", "- pelvis"),
    ("Left pelvic mass.", "left pelvis"),
    ("Epigastric mass.", "- midline"),
    ("Central abdominal mass.", "- midline"),
    ("Mass in the liver.", "- liver"),
    ("Left ovarian mass.", "left gynaecological"),
    ("Left breast mass.", "left chest"),
    ("Right thigh mass.", "right limb"),
    ("Right upper quadrant mass arising from the liver.", "right liver"),
    ("Left upper quadrant mass that is an enlarged spleen.", "left spleen"),
    ("Right iliac fossa mass of the right ovary.", "right gynaecological"),
]
NOT_GIVEN_AWAY = [
    ("Left upper quadrant mass, possibly of the spleen.", "left upper_quadrant"),
    ("Left upper quadrant mass separate from the spleen.", "left upper_quadrant"),
    ("Left upper quadrant mass displacing the stomach.", "left upper_quadrant"),
    ("Left upper quadrant mass below the spleen.", "left upper_quadrant"),
    ("Left upper quadrant mass, splenic or renal.", "left upper_quadrant"),
    ("Left flank mass abutting the spleen.", "left flank"),
    ("Right renal mass pushing the liver.", "right renal"),
]
PUSHED_ASIDE = [
    ("Right flank mass displacing bowel to the left.", "right flank"),
    ("The left kidney is displaced by a mass in the left flank.", "left flank"),
    ("Bowel is displaced to the left by a right flank mass.", "right flank"),
    ("Left flank mass crossing the midline.", "left flank"),
    ("Left flank mass extending into the pelvis.", "left flank"),
    ("Left flank mass. The right psoas is normal.", "left flank"),
    ("Scoliosis convex to the left; right flank mass.", "right flank"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *WORDS_OF_ITS_PHRASE,
        *WORDS_BEHIND,
        *WORDS_BEFORE,
        *NO_FLANK,
        *NOT_GIVEN_AWAY,
        *PUSHED_ASIDE,
    ],
)
def test_site(text: str, expected: str) -> None:
    assert site(text) == expected


LOOK_ALIKES = [
    "Mass effect on the bowel.",
    "Body mass index of 32.",
    "Bone mass is reduced.",
    "Stool mass in the left colon.",
    "Faecal mass.",
    "Mass of stool.",
    "Massive ascites.",
    "Lateral masses of C1.",
    "Growth plates are open.",
    "Growth chart.",
    "Normal interval growth.",
    "Lytic lesion of the femur.",
    "Ankle swelling.",
    "Tumour markers.",
    "Flank pain.",
    "Left renal cyst.",
    "Perinephric abscess.",
    "Perinephric haematoma.",
    "Left flank collection.",
    "Enlarged left kidney.",
    "Opacity in the left flank.",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_is_no_lesion(text: str) -> None:
    assert not [
        found
        for found in findings(text)
        if found.part == "mass" and found.place_kind != "elsewhere"
    ]


NOUNS = [
    *("mass", "masses", "lump", "swelling", "lesion", "tumour", "tumor", "neoplasm"),
    *("space-occupying lesion", "space occupying lesion", "SOL", "soft tissue mass"),
    *("soft-tissue mass", "mass lesion", "hard growth", "leison", "tumuor", "massess"),
    *("sarcoma", "liposarcoma", "teratoma", "ganglioneuroma", "nephroblastoma"),
    *("hypernephroma", "renal cell carcinoma", "angiomyolipoma", "phaeochromocytoma"),
]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    "form", ["Left flank {}.", "LEFT FLANK {}.", "There is a {} in the flank."]
)
def test_a_noun_states_a_lesion(noun: str, form: str) -> None:
    stated = [found for found in findings(form.format(noun)) if found.part == "mass"]
    assert stated and not any(found.weak for found in stated)


WEAK = ["soft tissue density", "soft-tissue opacity", "fullness", "mass-like opacity"]


@pytest.mark.parametrize("noun", WEAK)
def test_a_density_states_a_lesion_only_weakly(noun: str) -> None:
    (found,) = findings(f"There is {noun} in the left flank.")
    assert (found.part, found.weak) == ("mass", True)
