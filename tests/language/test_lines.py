"""Logical lines: what is joined, what begins a new one; every character keeps its place."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_texts import ANY_TEXT, stands_for

from auditor.language.lines import logical_lines


def lines(text: str, titles: tuple[str, ...] = ()) -> list[str]:
    return [line.text for line in logical_lines(text, lambda line: line.startswith(titles))]


JOINED = [
    ("a mass in the\nleft flank", "a mass in the left flank"),
    ("a mass in the\n   left flank", "a mass in the left flank"),
    ("a mass in the \r\nleft flank", "a mass in the left flank"),
    ("left and\nRight flank", "left and Right flank"),
    ("bowel gas,\nStomach gas", "bowel gas, Stomach gas"),
    ("calci-\nfications", "calcifications"),
    ("CALCI-\nfications", "CALCIfications"),
    ("non-\ncalcified", "non-calcified"),
    ("well-\ndefined", "well-defined"),
    ("ring-\nlike", "ring-like"),
    ("left-\nsided", "left-sided"),
    ("supra-\nrenal", "supra-renal"),
    ("calci-\n\tfied", "calcified"),
]
SEPARATE = [
    ("A mass is seen.\nthe gas is normal.", 2),
    ("FINDINGS:\nmass", 2),
    ("Mass in the flank\n- Gas normal", 2),
    ("Mass in the flank\n1. gas normal", 2),
    ("Mass in the flank\n2) gas normal", 2),
    ("Mass in the flank\n• gas normal", 2),
    ("Mass in the flank\n\nleft renal outline", 2),
    ("Mass in the flank\n---------\nleft renal outline", 2),
    ("Mass in the flank\nTITLE left", 2),
    ("No abnormality\nKidneys: normal", 2),
    ("Short line\nAnother short line", 2),
    ("one\rtwo", 1),
    ("one.\rtwo.\x0cthree.\u2028four.\x0bfive.", 5),
    ("", 0),
    ("\n \t\n", 0),
    ("*****\n=====", 0),
]


@pytest.mark.parametrize(("text", "joined"), JOINED)
def test_a_wrapped_line_is_joined(text: str, joined: str) -> None:
    assert lines(text) == [joined]


@pytest.mark.parametrize(("text", "count"), SEPARATE)
def test_a_new_line_stays_apart(text: str, count: int) -> None:
    assert len(lines(text, titles=("TITLE",))) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a   mass \t here  ", "a mass here"),
        ("a\u00a0mass\u200bhere", "a mass here"),
        ("a\x00mass", "a mass"),
        ("\ufeffmass", "mass"),
        ("Wilms\u2019 tumour", "Wilms' tumour"),
        ("\u201cmass\u201d", '"mass"'),
        ("soft\u2011tissue", "soft-tissue"),
    ],
)
def test_blanks_and_quotes_are_made_plain(text: str, expected: str) -> None:
    assert lines(text) == [expected]


def test_a_text_without_wraps_keeps_its_short_lines() -> None:
    """A line ends before a capital where the next word would have fitted."""
    text = "The left renal outline is enlarged\nBowel gas is displaced to the right side of abdomen"
    assert len(lines(text)) == 2


def test_a_hard_wrap_before_a_capital_is_joined() -> None:
    """A break is a wrap where the next word would not have fitted in the widest line."""
    wrapped = (
        "There is a large calcified mass in the left flank; it was said that\n"
        "Wilms tumour was in question when the child was examined by surgeon"
    )
    assert len(lines(wrapped)) == 1


def test_blank_lines_and_items_are_remembered() -> None:
    found = logical_lines("Mass.\n\nGas.\n- Bone.", lambda line: False)
    assert [(line.after_blank, line.item) for line in found] == [
        (True, False),
        (True, False),
        (False, True),
    ]


SENTENCE = (
    "There is a large calcified mass in the left flank displacing the bowel gas to the right and "
    "the psoas outline cannot be made out because of it, as was said by Doctor Sample of Ward Nine "
    "when this was discussed with her on the day of the examination in the Department of Radiology."
)


@given(st.integers(45, 105))
def test_a_sentence_wrapped_at_any_width_is_one_line(width: int) -> None:
    wrapped = textwrap.fill(SENTENCE, width, break_long_words=False, break_on_hyphens=False)
    assert lines(wrapped) == [SENTENCE]


@given(ANY_TEXT)
def test_every_character_of_a_line_keeps_its_place(text: str) -> None:
    for line in logical_lines(text, lambda line: line.startswith("FINDINGS")):
        assert len(line.text) == len(line.origin)
        assert all(
            stands_for(shown, text[offset])
            for shown, offset in zip(line.text, line.origin, strict=True)
        )


@given(ANY_TEXT)
def test_lines_keep_the_order_of_the_text_and_no_character_stands_in_two(text: str) -> None:
    offsets = [o for line in logical_lines(text, lambda line: False) for o in line.origin]
    assert offsets == sorted(set(offsets))


@given(ANY_TEXT)
def test_no_letter_or_digit_is_lost(text: str) -> None:
    kept = {o for line in logical_lines(text, lambda line: False) for o in line.origin}
    assert {o for o, character in enumerate(text) if character.isalnum()} <= kept


@given(ANY_TEXT)
def test_lines_have_single_blanks_and_none_at_their_ends(text: str) -> None:
    for line in lines(text):
        assert line and line == line.strip(" ") and "  " not in line
