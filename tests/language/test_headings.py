"""Section titles and sub-headings: what is one, and what only looks like one."""

from __future__ import annotations

import pytest
from builders import pipeline

from auditor.language.headings import Headings, label_end

LEXICON = pipeline().lexicon
HEADINGS = Headings(LEXICON.sections, LEXICON.grammar.layout)

TITLES = [
    ("FINDINGS: Mass.", "findings"),
    ("Findings: Mass.", "findings"),
    ("findings: mass.", "findings"),
    ("FINDINGS", "findings"),
    ("FINDINGS :", "findings"),
    ("FINDINGS - Mass", "findings"),
    ("FINDINGS\u2014", "findings"),
    ("FINDINGS:Mass", "findings"),
    ("**FINDINGS:** Mass", "findings"),
    ("# FINDINGS", "findings"),
    ("2. FINDINGS: Mass", "findings"),
    ("(1) Findings: Mass", "findings"),
    ("FINDINGS (supine): Mass", "findings"),
    ("FINDINGS [supine]: Mass", "findings"),
    ("FINDNGS: Mass", "findings"),
    ("REPORT: Mass", "findings"),
    ("Observations : Mass", "findings"),
    ("PRELIMINARY REPORT: Mass", "findings"),
    ("WET READ: Mass", "original"),
    ("Control film: Mass", "findings"),
    ("IMPRESSION: Mass", "impression"),
    ("IMP: Mass", "impression"),
    ("IMPRESION: Mass", "impression"),
    ("FINDINGS/IMPRESSION: Mass", "impression"),
    ("CONCLUSION: Mass", "impression"),
    ("OPINION: Mass", "impression"),
    ("SUMMARY: Mass", "impression"),
    ("COMMENT: Mass", "impression"),
    ("CLINICAL HISTORY: Mass", "indication"),
    ("CLINICAL  INFORMATION: Mass", "indication"),
    ("Clinical details: Mass", "indication"),
    ("Clinical notes: Mass", "indication"),
    ("INDICATION: Mass", "indication"),
    ("REASON FOR EXAM: Mass", "indication"),
    ("REASON FOR STUDY: Mass", "indication"),
    ("Hx: Mass", "indication"),
    ("CLINICAL: Mass", "indication"),
    ("EXAM: Abdomen", "exam"),
    ("PROCEDURE: Abdomen", "exam"),
    ("TECHNIQUE: Supine", "technique"),
    ("COMPARISON: None", "comparison"),
    ("RECOMMENDATION: CT", "recommendation"),
    ("ADDENDUM: Mass", "addendum"),
    ("ADDENDUM to XR ABDOMEN:", "addendum"),
    ("Addendum (3 March)", "addendum"),
    ("CORRECTED REPORT: Mass", "addendum"),
    ("ORIGINAL REPORT: Mass", "original"),
    ("Original report follows", "original"),
    ("ORIGINAL REPORT (RETRACTED): Mass", "retracted"),
    ("Dictated by: A. Sample", "other"),
    ("Electronically signed by: A. Sample", "other"),
    ("COMMUNICATION: Told to the ward", "other"),
]
NO_TITLES = [
    "Findings are normal.",
    "Impression of a mass is false.",
    "The findings: mass",
    "History of pain for 2 weeks.",
    "Report to the ward.",
    "Comparison with the film of March.",
    "Technique was limited by movement.",
    "Examination of the abdomen.",
    "Clinical correlation is advised.",
    "Indications of obstruction are absent.",
    "There is a mass: see above.",
    "Original sutures are in place.",
]


@pytest.mark.parametrize(("line", "category"), TITLES)
def test_a_title_opens_its_section(line: str, category: str) -> None:
    assert HEADINGS.opens(line)
    assert HEADINGS.cut([line])[0].category == category


@pytest.mark.parametrize("line", NO_TITLES)
def test_a_sentence_is_no_title(line: str) -> None:
    assert not HEADINGS.opens(line)
    assert all(not piece.category for piece in HEADINGS.cut([line]))


@pytest.mark.parametrize(
    ("line", "categories"),
    [
        ("Gas normal. IMPRESSION: Normal.", ["", "impression"]),
        ("Gas normal.IMPRESSION:Normal.", ["", "impression"]),
        ("a stent FINDINGS: Gas normal IMPRESSION: Normal", ["", "findings", "impression"]),
        (
            "CLINICAL: Pain. FINDINGS: Gas. OPINION: Normal.",
            ["indication", "findings", "impression"],
        ),
        ("The overall impression: normal", [""]),
        ("There were no findings: normal", [""]),
    ],
)
def test_run_in_titles(line: str, categories: list[str]) -> None:
    assert [piece.category for piece in HEADINGS.cut([line])] == categories


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("Left kidney: 4 cm mass.", ["left kidney"]),
        ("- Left kidney: 4 cm mass.", ["left kidney"]),
        ("1. Bones: normal", ["bones"]),
        ("Kidneys - normal", ["kidneys"]),
        ("Calcifications: None. Bones: Normal.", ["calcifications", "bones"]),
        ("FINDINGS: Left kidney: mass", ["left kidney"]),
        ("Signed at 10:15", [""]),
        ("There is a mass: left flank", [""]),
        ("A mass was seen - left flank", [""]),
    ],
)
def test_sub_headings(line: str, labels: list[str]) -> None:
    assert [piece.label for piece in HEADINGS.cut([line])] == labels


@pytest.mark.parametrize(
    ("text", "end"),
    [("Left kidney: mass", 13), ("- Bones: none", 9), ("A mass is seen.", 0), ("", 0)],
)
def test_where_a_sub_heading_ends(text: str, end: int) -> None:
    assert label_end(text) == end
