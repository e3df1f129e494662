"""The screen drops a text only where reading it would give no finding."""

from __future__ import annotations

import pytest
from builders import pipeline
from exams import findings
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_texts import ANY_TEXT

from auditor.language.screening import Screen

SCREEN = Screen(pipeline().lexicon)

PASSES = [
    "Left flank mass.",
    "LEFT FLANK MASS",
    "Calcification.",
    "calci-\nfication",
    "calci- \r\n  fication",
    "calci-\x0cfication",
    "non-\ncalcified",
    "soft\ntissue density",
    "soft  tissue\u00a0density",
    "soft tissue\x00density",
    "soft\u2011tissue density",
    "space\u2011occupying\nlesion",
    "Wilms\u2019 tumour",
    "tu-\nmour",
]
DROPPED = [
    "",
    "The abdomen is normal.",
    "No free air. Gas normal.",
    "calci - fication",
    "m\na\ns\ns",
]


@pytest.mark.parametrize("text", PASSES)
def test_a_text_with_a_word_of_the_lexicon_passes(text: str) -> None:
    assert findings(text)
    assert SCREEN.may_hold_a_finding(text)


@pytest.mark.parametrize("text", DROPPED)
def test_another_text_is_dropped(text: str) -> None:
    assert not findings(text)
    assert not SCREEN.may_hold_a_finding(text)


TERMS = st.sampled_from(
    [
        *("mass", "tumour", "calcification", "soft tissue density", "neuroblastoma", "ca++"),
        *("space-occupying lesion", "mineralisation", "Wilms' tumor", "lump", "SOL", "calcs"),
    ]
)
BREAKS = st.sampled_from(["-\n", "-\r\n", "- \n ", "\n", "\r", "\x0b", "\u2028", "\u200b", " "])


@given(ANY_TEXT, TERMS, st.integers(0, 12), BREAKS, ANY_TEXT)
@settings(max_examples=150)
def test_what_has_a_finding_passes(before: str, term: str, at: int, cut: str, after: str) -> None:
    """However a word is broken over lines, and whatever stands around it."""
    text = f"{before} {term[:at]}{cut}{term[at:]} {after}"
    assert SCREEN.may_hold_a_finding(text) or not findings(text)


@given(ANY_TEXT, TERMS, ANY_TEXT)
@settings(max_examples=40)
def test_an_unbroken_word_passes(before: str, term: str, after: str) -> None:
    assert SCREEN.may_hold_a_finding(f"{before} {term} {after}")
