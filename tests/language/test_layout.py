"""A report's sentences and their sections, as reports are written in different places."""

from __future__ import annotations

import pytest
from builders import pipeline
from hypothesis import given
from hypothesis import strategies as st
from layout_texts import ANY_TEXT, stands_for

from auditor.language import layout
from auditor.language.layout import Layout

LAYOUT = Layout(pipeline().lexicon)


def cut(text: str) -> list[tuple[str, str]]:
    """(section, sentence) pairs."""
    return [(sentence.section, sentence.text) for sentence in LAYOUT.sentences(text)]


REPORTS = {
    "United States": (
        "EXAM: XR ABDOMEN 1 VIEW\n"
        "CLINICAL HISTORY: Pain on the left.\n"
        "COMPARISON: None.\n"
        "TECHNIQUE: Supine view.\n"
        "FINDINGS: The gas pattern is normal. There is a mass\nin the left flank.\n"
        "IMPRESSION:\n1. Left flank mass.\n2. No obstruction.\n"
        "Dictated by: A. Sample, MD",
        [
            ("exam", "XR ABDOMEN 1 VIEW"),
            ("indication", "Pain on the left."),
            ("comparison", "None."),
            ("technique", "Supine view."),
            ("findings", "The gas pattern is normal."),
            ("findings", "There is a mass in the left flank."),
            ("impression", "1. Left flank mass."),
            ("impression", "2. No obstruction."),
            ("other", "A."),
            ("other", "Sample, MD"),
        ],
    ),
    "United Kingdom, free prose": (
        "Clinical details: lump in the loin ?cause\n\n"
        "There is a mass in the left loin. Bowel gas is normal.\n\nOpinion: left loin mass",
        [
            ("indication", "lump in the loin ?cause"),
            ("findings", "There is a mass in the left loin."),
            ("findings", "Bowel gas is normal."),
            ("impression", "left loin mass"),
        ],
    ),
    "Australia": (
        "CLINICAL NOTES: Loin pain.\nREPORT: Calcific density over the left kidney.\n"
        "COMMENT: Left renal calcification.\nReported by: Dr B Sample",
        [
            ("indication", "Loin pain."),
            ("findings", "Calcific density over the left kidney."),
            ("impression", "Left renal calcification."),
            ("other", "Dr B Sample"),
        ],
    ),
    "India, bulleted": (
        "Clinical Details : Lump\nObservations :\n- Mass left lumbar region\n- Gas normal\n"
        "Impression : Left lumbar mass\nSuggested : CECT abdomen",
        [
            ("indication", "Lump"),
            ("findings", "- Mass left lumbar region"),
            ("findings", "- Gas normal"),
            ("impression", "Left lumbar mass"),
            ("recommendation", "CECT abdomen"),
        ],
    ),
    "paediatric, spaced-out tokens": (
        "This is a 3-year - old girl . There is a mass in the left flank . Bones are normal .",
        [
            ("findings", "This is a 3-year - old girl ."),
            ("findings", "There is a mass in the left flank ."),
            ("findings", "Bones are normal ."),
        ],
    ),
    "teleradiology, run in": (
        "CLINICAL:PAIN.TECHNIQUE:AP SUPINE.FINDINGS:MASS LEFT FLANK.GAS NORMAL.IMPRESSION:MASS.",
        [
            ("indication", "PAIN."),
            ("technique", "AP SUPINE."),
            ("findings", "MASS LEFT FLANK."),
            ("findings", "GAS NORMAL."),
            ("impression", "MASS."),
        ],
    ),
    "all capitals, one paragraph": (
        "SUPINE ABDOMEN. MASS IN THE LEFT FLANK. NO OBSTRUCTION.",
        [
            ("findings", "SUPINE ABDOMEN."),
            ("findings", "MASS IN THE LEFT FLANK."),
            ("findings", "NO OBSTRUCTION."),
        ],
    ),
    "terse": (
        "KUB. L flank mass w calcs. Adv CT.",
        [("findings", "KUB."), ("findings", "L flank mass w calcs."), ("findings", "Adv CT.")],
    ),
    "hard-wrapped, all capitals": (
        "FINDINGS: THERE IS A LARGE MASS WITH COARSE CALCIFICATION IN THE LEFT\n"
        "FLANK. THE BOWEL IS DISPLACED TO THE RIGHT BY IT, AND THE LEFT PSOAS\n"
        "OUTLINE IS LOST.",
        [
            (
                "findings",
                "THERE IS A LARGE MASS WITH COARSE CALCIFICATION IN THE LEFT FLANK.",
            ),
            (
                "findings",
                "THE BOWEL IS DISPLACED TO THE RIGHT BY IT, AND THE LEFT PSOAS OUTLINE IS LOST.",
            ),
        ],
    ),
    "residue of de-identification": (
        "FINDINGS: Film of [**2115-3-4**]. XXXX mass. Told to Dr. [**Last Name**] at 3 p.m.",
        [
            ("findings", "Film of [**2115-3-4**]."),
            ("findings", "XXXX mass."),
            ("findings", "Told to Dr. [**Last Name**] at 3 p.m."),
        ],
    ),
    "addendum that quotes": (
        "ADDENDUM: Right, not left.\nORIGINAL REPORT:\nINDICATION: Lump.\nFINDINGS: Left mass.\n"
        "IMPRESSION: Left mass.",
        [
            ("addendum", "Right, not left."),
            ("indication", "Lump."),
            ("original", "Left mass."),
            ("original", "Left mass."),
        ],
    ),
    "retracted original": (
        "ORIGINAL REPORT (RETRACTED):\nFINDINGS: Mass.\nADDENDUM: Wrong patient. Normal film.",
        [
            ("retracted", "Mass."),
            ("addendum", "Wrong patient."),
            ("addendum", "Normal film."),
        ],
    ),
    "titles on lines of their own": (
        "CLINICAL HISTORY\nPain.\n\nFINDINGS\nMass.\n\nIMPRESSION\nMass.",
        [("indication", "Pain."), ("findings", "Mass."), ("impression", "Mass.")],
    ),
    "request only, body without a title": (
        "INDICATION: Lump. There is a mass in the left flank.",
        [("indication", "Lump."), ("findings", "There is a mass in the left flank.")],
    ),
    "nothing": ("", []),
    "no words": ("***\n- - -\n...", []),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report(name: str) -> None:
    text, expected = REPORTS[name]
    assert cut(text) == expected


SENTENCES = [
    ("Mass of 3.5 cm. Gas normal.", 2),
    ("Seen by Dr. Sample. Gas normal.", 2),
    ("Seen by Dr. Sample today.", 1),
    ("Measures approx. 5 cm.", 1),
    ("Mass vs. stool.", 1),
    ("Compared with film no. 3 of the set.", 1),
    ("No. Mass is seen.", 2),
    ("Lt. flank mass. Rt. flank normal.", 2),
    ("Is there a mass? Gas normal.", 2),
    ("? mass in the flank", 1),
    ("Mass.Gas normal.", 2),
    ("IMPRESSION: 1. Mass. 2. Gas normal.", 2),
    ("• Mass • Gas normal", 2),
    ("Mass! Gas normal.", 2),
    ('"Mass." Gas normal.', 2),
    ("L1. L2. L3.", 3),
    ("Mass, e.g. neuroblastoma.", 1),
]


@pytest.mark.parametrize(("text", "count"), SENTENCES)
def test_where_sentences_end(text: str, count: int) -> None:
    assert len(cut(text)) == count


TITLE_ALONE = [
    ("CLINICAL DETAILS\nLoin pain\n\nREPORT\nMass.", ["indication", "findings"]),
    ("CLINICAL DETAILS\nloin pain\n\nREPORT\nMass.", ["indication", "findings"]),
    ("Impression\nleft flank mass", ["impression"]),
]


@pytest.mark.parametrize(("text", "sections"), TITLE_ALONE)
def test_a_title_alone_on_its_line(text: str, sections: list[str]) -> None:
    assert [section for section, _ in cut(text)] == sections


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Left kidney: mass. It is large.", ["left kidney", "left kidney"]),
        ("Left kidney: mass.\nBones: normal.", ["left kidney", "bones"]),
        ("FINDINGS:\nKidneys: mass\nIMPRESSION: Mass", ["kidneys", ""]),
    ],
)
def test_sentences_know_their_sub_heading(text: str, labels: list[str]) -> None:
    assert [sentence.label for sentence in LAYOUT.sentences(text)] == labels


@given(ANY_TEXT)
def test_every_character_of_a_sentence_keeps_its_place(text: str) -> None:
    for sentence in LAYOUT.sentences(text):
        assert len(sentence.text) == len(sentence.origin)
        assert all(
            stands_for(shown, text[offset])
            for shown, offset in zip(sentence.text, sentence.origin, strict=True)
        )


@given(ANY_TEXT)
def test_sentences_keep_order_never_overlap_and_are_numbered(text: str) -> None:
    sentences = LAYOUT.sentences(text)
    offsets = [offset for sentence in sentences for offset in sentence.origin]
    assert offsets == sorted(set(offsets))
    assert [sentence.index for sentence in sentences] == list(range(len(sentences)))
    assert all(0 <= sentence.label_end <= len(sentence.text) for sentence in sentences)


WORDS = st.lists(st.sampled_from(["mass", "renal", "gas", "psoas"]), min_size=2, max_size=8)
PLAIN_SENTENCES = st.lists(WORDS.map(lambda words: " ".join(words).capitalize() + "."), min_size=1)


@given(PLAIN_SENTENCES, st.sampled_from([" ", "\n", "  ", "\n\n", " \r\n"]))
def test_plain_sentences_come_back_one_by_one(sentences: list[str], between: str) -> None:
    assert [text for _, text in cut(between.join(sentences))] == sentences


MARKED = st.text(st.sampled_from("ab Z.!?)(12•\n\"'];:%mA "), max_size=30)


@given(MARKED, st.integers(0, 3), st.integers(0, 2))
def test_stops_are_those_that_the_pattern_finds_anywhere(text, start, before_end) -> None:
    end = len(text) - before_end
    found = [match.span() for match in layout._stops(text, start, end)]
    assert found == [match.span() for match in layout._STOP.finditer(text, start, end)]


DENIED = [
    "No evidence of:\n- stones\n- a mass",
    "There is no:\n1. stone\n2. mass",
    "Negative for:\n\n* stones\n* mass",
    "FINDINGS: No sign of the following:\n- mass",
    "Absent:\nstones, mass",
    "No evidence of: stones, mass.",
]
NOT_DENIED = [
    "No evidence of:\n- stones\nThere is a mass.",
    "No evidence of:\n- stones\nIMPRESSION:\n- mass",
    "No evidence of:\n- stones\n- a mass is seen",
    "COMPARISON: No\n1. Mass",
    "No stones.\n- mass",
    "There is evidence of:\n- mass",
]


@pytest.mark.parametrize("text", DENIED)
def test_what_stands_below_words_that_deny_is_denied(text: str) -> None:
    last = LAYOUT.sentences(text)[-1]
    assert "mass" in last.text and last.denied


@pytest.mark.parametrize("text", NOT_DENIED)
def test_a_denied_list_ends(text: str) -> None:
    last = LAYOUT.sentences(text)[-1]
    assert "mass" in last.text.lower() and not last.denied
