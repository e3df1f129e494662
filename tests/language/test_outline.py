"""Plain sentences with sections: titles, wraps, lists, abbreviations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.outline import outline

TITLES = {
    "clinical history": "indication",
    "history": "indication",
    "comparison": "comparison",
    "findings": "findings",
    "impression": "impression",
    "findings/impression": "impression",
}


def cut(text: str) -> list[tuple[str, str]]:
    return [(sentence.section, sentence.text) for sentence in outline(text, TITLES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No title here. Two.", [("other", "No title here."), ("other", "Two.")]),
        (
            "CLINICAL HISTORY: Lump.\nFINDINGS: Mass.",
            [("indication", "Lump."), ("findings", "Mass.")],
        ),
        ("Findings\nMass.\nImpression\nMass.", [("findings", "Mass."), ("impression", "Mass.")]),
        (
            "KUB HISTORY:pain FINDINGS:Clear.No mass.IMPRESSION:1.Clear.2.CT.",
            [
                ("other", "KUB"),
                ("indication", "pain"),
                ("findings", "Clear."),
                ("findings", "No mass."),
                ("impression", "Clear."),
                ("impression", "CT."),
            ],
        ),
        ("FINDINGS/IMPRESSION: Mass.", [("impression", "Mass.")]),
        ("FINDINGS: A mass in the left\nflank with calci-\nfication.", [("findings", None)]),
        ("IMPRESSION:\n1. Mass.\n2) CT.", [("impression", "Mass."), ("impression", "CT.")]),
        ("IMPRESSION:\n- Mass\n* CT", [("impression", "Mass"), ("impression", "CT")]),
        ("Seen by Dr. Gray. It measures 3.4 cm.", [("other", None), ("other", None)]),
        ("Mass; CT advised.", [("other", "Mass;"), ("other", "CT advised.")]),
        ("Stone? No. ? mass", [("other", "Stone?"), ("other", "No."), ("other", "? mass")]),
        # A colon, but no title; and a title's word in mid-sentence.
        ("FINDINGS: Left kidney: normal.", [("findings", "Left kidney: normal.")]),
        ("FINDINGS: None for comparison: 2019 film.", [("findings", None)]),
        # The body of this report has no title.
        ("HISTORY: Lump.\nLeft renal mass.", [("indication", "Lump."), ("other", None)]),
    ],
)
def test_cuts_a_text(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = cut(text)
    assert [section for section, _ in found] == [section for section, _ in expected]
    for (_, sentence), (_, wanted) in zip(found, expected, strict=True):
        assert wanted is None or sentence == wanted


def test_joins_wraps_and_broken_words() -> None:
    assert cut("A mass in the left\nflank with calci-\nfication.") == [
        ("other", "A mass in the left flank with calcification.")
    ]


def test_lines_of_an_order_stand_for_themselves() -> None:
    sentences = outline("Left flank mass\ncompleted", TITLES, wrapped=False)
    assert [sentence.text for sentence in sentences] == ["Left flank mass", "completed"]


@given(st.text(alphabet="abc ABC.:;?\n-1", max_size=200))
def test_no_word_is_lost(text: str) -> None:
    kept = "".join(sentence.text for sentence in outline(text, {}))
    letters = [character for character in text if character in "ABC"]
    assert [character for character in kept if character in "ABC"] == letters


@given(st.text(max_size=3000))
def test_sentences_are_bounded_and_not_empty(text: str) -> None:
    for sentence in outline(text * 3, TITLES):
        assert sentence.text.strip()
        assert len(sentence.text) <= 2000
