"""What a cell may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.workbook.text import (
    CUT_MARK,
    MAX_CELL,
    clean_text,
    count_illegal,
    cut_text,
    guard_formula,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("- calcified mass", "'- calcified mass"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001
        ("-12", "-12"),
        ("+3.5", "+3.5"),
        ("-0012", "-0012"),
        ("mass = 3 cm", "mass = 3 cm"),
        ("", ""),
    ],
)
def test_what_could_run_as_a_formula_is_written_as_text(text: str, written: str) -> None:
    assert guard_formula(text) == written


@pytest.mark.parametrize(
    ("text", "clean", "removed"),
    [
        ("a\x00b\x1fc", "abc", 2),
        ("a\r\nb\rc", "a\nb\nc", 0),
        ("tab\tstays", "tab\tstays", 0),
        ("half \ud83d pair", "half  pair", 1),
        ("naïve → café", "naïve → café", 0),
        ("\ufffe\uffff", "", 2),
    ],
)
def test_characters_that_no_file_may_hold(text: str, clean: str, removed: int) -> None:
    assert clean_text(text) == clean
    assert count_illegal([text]) == removed


@given(st.text())
def test_clean_text_can_be_written_and_stays_clean(text: str) -> None:
    clean = clean_text(text)
    clean.encode("utf-8")
    assert clean_text(clean) == clean
    assert "\r" not in clean


def test_a_long_text_is_cut_with_a_mark() -> None:
    cut = cut_text("x" * 40_000)
    assert len(cut) == MAX_CELL
    assert cut.endswith(CUT_MARK)
    assert cut_text("x" * MAX_CELL) == "x" * MAX_CELL
