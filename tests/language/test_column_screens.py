"""Whole columns are screened as their texts are one by one: ages, findings, remarks."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pyarrow as pa
import pytest
from builders import ROOT, pipeline
from hypothesis import given
from hypothesis import strategies as st
from layout_texts import ANY_TEXT

from auditor.language.ages import find_age, find_ages
from auditor.language.plain_columns import plain_words
from auditor.language.remark_screens import RemarkScreens
from auditor.language.remarks import find_remarks
from auditor.language.screening import Screen

RULES = pipeline().remarks
SCREENS = RemarkScreens(RULES)
SCREEN = Screen(pipeline().lexicon)
PUBLIC = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared")) / "corpora"
PUBLIC /= "indiana_reports.csv"
LABELLED = sorted((ROOT / "tests" / "fixtures" / "labelled").glob("*/reports.csv"))

AGES = st.sampled_from(
    [
        *("3-year-old", "3 \u2013 month \u2013 old", "17yo", "68M", "\nM/45", "aged 7", "DOL 6"),
        *("newborn", "born at 7 days", "brother aged 9", "Twenty-two year old", "day 6 of life"),
    ]
)
ROWS = (("reports", "radiograph"), ("reports", "ct"), ("reports", "biopsy"), ("orders", "other"))
SAID = [pattern.compiled for rule in RULES.rules for pattern in rule.patterns]
WORDS = st.sampled_from(
    [
        *("but", "however", "apart from", "IMPRESSION:", "Comparison:", "recommend-\ned", "CT."),
        *(
            "no",
            "mass",
            "known",
            "\u2018",
            "\u2013",
            "`",
            "\n",
            "-\n",
            "\t",
            ".",
            ";",
            "1.",
            "\u00a0",
        ),
    ]
)


def column(*texts: str) -> pa.StringArray:
    return pa.array(texts, pa.string())


def check_remarks(texts: list[str]) -> None:
    able = SCREENS.find_able(column(*texts))
    for text, rules in zip(texts, able, strict=True):
        for table, kind in ROWS:
            full = find_remarks(RULES, text, table=table, kind=kind)
            assert find_remarks(RULES, text, table=table, kind=kind, able=rules) == full


@st.composite
def remarkable(draw: st.DrawFn) -> str:
    """A text in which something that a remark rule matches stands, broken up as reports are."""
    said = draw(st.from_regex(draw(st.sampled_from(SAID))))
    said = said.replace(" ", draw(st.sampled_from([" ", "\n", "  ", "-\n", " but "])))
    said = draw(st.sampled_from([str, str.upper, str.capitalize]))(said)
    around = [" ".join(draw(st.lists(WORDS, max_size=4))) for _ in range(2)]
    glue = [draw(st.sampled_from([" ", ".", ".IMPRESSION:", "2.CT ", ":", "; "])) for _ in range(2)]
    return f"{around[0]}{glue[0]}{said}{glue[1]}{around[1]}"


@pytest.mark.slow
@given(remarkable())
def test_no_rule_that_makes_a_remark_is_left_out(text: str) -> None:
    check_remarks([text])


@pytest.mark.slow
@pytest.mark.parametrize("path", LABELLED, ids=lambda path: path.parent.name)
def test_labelled_reports_make_the_same_remarks(path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        check_texts([row["report_text"] for row in csv.DictReader(file)])


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not PUBLIC.is_file(), reason="no public corpus beside the checkout")
def test_public_reports_make_the_same_remarks() -> None:
    with PUBLIC.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::8]
    check_texts(["\n".join(value for value in row.values() if value) for row in rows])


def check_texts(texts: list[str]) -> None:
    check_remarks(texts)
    assert SCREEN.may_hold_findings(column(*texts)) == list(map(SCREEN.may_hold_a_finding, texts))
    assert find_ages(column(*texts)) == list(map(find_age, texts))


@given(ANY_TEXT, AGES, ANY_TEXT)
def test_an_age_is_found_in_a_column_as_in_its_text(before: str, age: str, after: str) -> None:
    texts = [f"{before} {age} {after}", f"{before}{age}", f"{age}{after}", before]
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    assert find_ages(column(*texts)) == list(map(find_age, texts))


@given(st.lists(ANY_TEXT, max_size=4), st.sampled_from(["mass", "tu-\nmour", "calci\u00adfied"]))
def test_findings_are_told_in_a_column_as_in_its_texts(texts: list[str], word: str) -> None:
    texts = [f"{text} {word}".encode("utf-8", "ignore").decode() for text in texts]
    assert SCREEN.may_hold_findings(column(*texts)) == list(map(SCREEN.may_hold_a_finding, texts))


def test_plain_words() -> None:
    given = [
        "A-\nB",
        "calci-\n fied",
        "a-\r\nb-\nc",
        "X\u2019s \u2013 `y`",
        "two \t\x0c\u2028lines",
    ]
    plain = ["a- b", "calcified", "abc", "x's - 'y'", "two lines"]
    assert plain_words(column(*given)).to_pylist() == plain


def test_empty_columns() -> None:
    assert SCREENS.find_able(column()) == []
    assert find_ages(column()) == []
    assert SCREEN.may_hold_findings(column()) == []
