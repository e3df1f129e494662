"""Sides, places and explanations in a sentence."""

from __future__ import annotations

import pytest
from builders import pipeline
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.anatomy import Anatomy

ANATOMY = Anatomy(pipeline().lexicon)

SIDES = [
    ("left flank", ["left"]),
    ("LEFT FLANK", ["left"]),
    ("Lt flank", ["left"]),
    ("Lt. flank", ["left"]),
    ("lft flank", ["left"]),
    ("letf flank", ["left"]),
    ("L flank", ["left"]),
    ("L. flank", ["left"]),
    ("L-sided mass", ["left"]),
    ("flank (L)", ["left"]),
    ("flank (left)", ["left"]),
    ("LUQ", ["left"]),
    ("LLQ", ["left"]),
    ("LIF", ["left"]),
    ("right flank", ["right"]),
    ("Rt flank", ["right"]),
    ("rt. flank", ["right"]),
    ("rigth flank", ["right"]),
    ("R flank", ["right"]),
    ("flank (R)", ["right"]),
    ("RUQ", ["right"]),
    ("RIF", ["right"]),
    ("bilateral flank masses", ["bilateral"]),
    ("bilaterally", ["bilateral"]),
    ("b/l flanks", ["bilateral"]),
    ("both flanks", ["bilateral"]),
    ("both of them", []),
    ("either flank", ["bilateral"]),
    ("midline mass", ["midline"]),
    ("mid-line mass", ["midline"]),
    ("in the centre of the abdomen", ["midline"]),
    ("left flank and right flank", ["left", "right"]),
    # no sides
    ("L3 vertebra", []),
    ("L/S spine", []),
    ("R/O mass", []),
    ("r/o mass", []),
    ("L-spine film", []),
    ("leftover contrast", []),
    ("upright film", []),
    ("right away", []),
    ("seen by Dr R. Sample", []),
    ("elbow, leg", []),
]
DIRECTIONS = [
    ("mass displaces the bowel to the right", []),
    ("bowel gas displaced to the left", []),
    ("loops pushed towards the right", []),
    ("loops shifted to the patient's left", []),
    ("scoliosis convex to the left", []),
    ("spine is curved to the right", []),
    ("patient is rotated to the left", []),
    ("mass crossing the midline", []),
    ("mass extends across the midline", []),
    ("bowel displaced to the left by a right flank mass", ["right"]),
    ("left flank mass displaces the stomach to the right", ["left"]),
    ("displaced to the left of the spine", ["left"]),
    # of two sides one is compared
    ("both contain calcification, more advanced on the right", []),
    ("calcification in both, denser on the left", []),
    ("masses in both flanks, more so on the left", ["bilateral"]),
    ("two masses, the larger on the right", ["right"]),
    ("more inferiorly on the right", ["right"]),
]


@pytest.mark.parametrize(("text", "sides"), [*SIDES, *DIRECTIONS])
def test_sides(text: str, sides: list[str]) -> None:
    assert [found.side for found in ANATOMY.sides(text)] == sides


PLACES = [
    ("left flank", "flank", "left"),
    ("flank, left", "flank", "left"),
    ("left loin", "flank", "left"),
    ("left lumbar region", "flank", "left"),
    ("left renal angle", "flank", "left"),
    ("left CVA", "flank", "left"),
    ("left lateral abdominal wall", "flank", "left"),
    ("right kidney", "renal", "right"),
    ("right renal fossa", "renal", "right"),
    ("right perinephric space", "renal", "right"),
    ("upper pole of the left kidney", "renal", "left"),
    ("left adrenal", "adrenal", "left"),
    ("right suprarenal region", "adrenal", "right"),
    ("left retroperitoneum", "retroperitoneal", "left"),
    ("retroperitoneal", "retroperitoneal", "unknown"),
    ("right paraspinal", "paraspinal", "right"),
    ("right paravertebral", "paraspinal", "right"),
    ("left psoas", "paraspinal", "left"),
    ("left iliac wing", "iliac", "left"),
    ("RIF", "iliac", "right"),
    ("right hemiabdomen", "hemiabdomen", "right"),
    ("left upper quadrant", "upper_quadrant", "left"),
    ("LUQ", "upper_quadrant", "left"),
    ("right hypochondrium", "upper_quadrant", "right"),
    ("RLQ", "lower_quadrant", "right"),
    ("left side of the abdomen", "side", "left"),
    ("right-sided abdominal", "side", "right"),
    ("flank on the left", "flank", "left"),
    ("flank (R)", "flank", "right"),
    # elsewhere
    ("epigastrium", "midline", "unknown"),
    ("pelvis", "pelvis", "unknown"),
    ("left ovary", "gynaecological", "left"),
    ("liver", "liver", "unknown"),
    ("splenic", "spleen", "unknown"),
    ("gallbladder", "biliary", "unknown"),
    ("mesentery", "bowel", "unknown"),
    ("left lung base", "chest", "left"),
    ("right thigh", "limb", "right"),
]


@pytest.mark.parametrize(("text", "place", "side"), PLACES)
def test_places(text: str, place: str, side: str) -> None:
    found = ANATOMY.places(text)
    assert (place, side) in [(word.place.id, word.side) for word in found]


EXPLANATIONS = [
    ("splenic artery", "vessel"),
    ("abdominal aorta", "vessel"),
    ("phleboliths", "phlebolith"),
    ("renal stone", "stone"),
    ("ureteric calculus", "stone"),
    ("gallstone", "gallstone"),
    ("mesenteric lymph node", "node"),
    ("granuloma", "granuloma"),
    ("costal cartilage", "cartilage"),
    ("osteophyte", "bone"),
    ("liver", "liver"),
    ("spleen", "spleen"),
    ("pancreas", "pancreas"),
    ("prostate", "prostate"),
    ("vas deferens", "prostate"),
    ("uterine fibroid", "fibroid"),
    ("appendicolith", "appendicolith"),
    ("injection granuloma", "injection"),
    ("bowel contents", "bowel"),
    ("urinary bladder", "bladder"),
    ("pleura", "chest"),
    ("haematoma", "cyst"),
    ("double-J stent", "device"),
    ("pelvis", "elsewhere"),
]
NO_EXPLANATIONS = [
    "left flank",
    "mass",
    "perinephric",
    "retroperitoneum",
    "paraspinal",
]


@pytest.mark.parametrize(("text", "key"), EXPLANATIONS)
def test_explanations(text: str, key: str) -> None:
    assert key in [word.explanation.id for word in ANATOMY.explanations(text)]


@pytest.mark.parametrize("text", NO_EXPLANATIONS)
def test_a_place_of_the_lesion_explains_nothing(text: str) -> None:
    assert not ANATOMY.explanations(text)


WORDY = st.lists(st.sampled_from([text for text, *_ in (*PLACES, *EXPLANATIONS)]), max_size=8).map(
    ", ".join
)


@given(WORDY)
def test_words_of_one_kind_never_overlap_and_keep_order(text: str) -> None:
    sides = ANATOMY.sides(text)
    for found in (sides, ANATOMY.places(text), ANATOMY.explanations(text)):
        spans = [(word.start, word.end) for word in found]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:], strict=False))
