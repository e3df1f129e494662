"""Findings of whole texts: what each one holds, and that it can show where it stands."""

from __future__ import annotations

import pytest
from exams import findings
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_texts import REPORT_LIKE, stands_for

TEXT = (
    "INDICATION: Pain.\n"
    "FINDINGS: There is a 6 x 4 cm calcified mass in the\n"
    "left flank.  No free air.\n"
    "IMPRESSION: Calcified left flank mass."
)


def test_a_finding_holds_all_that_is_said_of_it() -> None:
    sign, lesion, *rest = findings(TEXT)
    assert (sign.part, sign.text, sign.rule) == ("calcification", "calcified", "calcified")
    assert (sign.link, sign.link_index) == ("phrase", 1)
    assert (lesion.part, lesion.text, lesion.rule) == ("mass", "mass", "mass")
    assert (lesion.section, lesion.assertion, lesion.size_mm) == ("findings", "affirmed", 60.0)
    assert (lesion.laterality, lesion.place, lesion.place_kind) == ("left", "flank", "inside")
    assert lesion.sentence == "There is a 6 x 4 cm calcified mass in the left flank."
    assert [found.section for found in rest] == ["impression", "impression"]
    assert TEXT[lesion.start : lesion.end] == "mass"


def test_a_reason_has_no_sections() -> None:
    (found,) = findings("FINDINGS: left flank mass", section="reason")
    assert found.section == "reason"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Normal abdomen.", "\x00", "?", "[[["])
def test_a_text_without_a_word_of_the_lexicon_has_none(text: str) -> None:
    assert findings(text) == ()


def test_words_over_a_line_break_keep_their_place() -> None:
    text = "Left flank mass with calcifi-\ncations."
    sign = findings(text)[-1]
    assert sign.text == "calcifications"
    assert text[sign.start : sign.end] == "calcifi-\ncations"


def test_a_long_sentence_is_read_to_its_end() -> None:
    filler = "the bowel gas is of normal amount and distribution, " * 40
    lesion = findings(f"In this film {filler} and there is a mass in the left flank.")[-1]
    assert (lesion.assertion, lesion.laterality, lesion.place) == ("affirmed", "left", "flank")


WORDS = (
    *("mass", "Mass", "calcified", "calcification", "left flank", "right kidney", "no", "possible"),
    *("aorta", "It is", "These are", "within it", "stone", "4 cm", "with", "and", "in the", "?"),
    *("history of", "has resolved", "FINDINGS:", "IMPRESSION:", "calci-\nfied", "No longer seen"),
)
SALAD = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", ". ", ", ", "\n", "; ", ": "])),
    max_size=25,
).map(lambda parts: "".join(word + between for word, between in parts))


@given(st.one_of(SALAD, REPORT_LIKE))
@settings(max_examples=60)
def test_findings_of_any_text_hold_together(text: str) -> None:
    found = findings(text)
    assert found == findings(text)
    starts = [(finding.start, finding.end) for finding in found]
    assert starts == sorted(starts)
    for finding in found:
        assert 0 <= finding.start < finding.end <= len(text)
        assert stands_for(finding.text[0], text[finding.start])
        assert stands_for(finding.text[-1], text[finding.end - 1])
        assert finding.text in finding.sentence
        assert finding.cue in finding.sentence
        if finding.link_index >= 0:
            assert finding.part != found[finding.link_index].part
            assert finding.link in ("phrase", "anaphora")
        if finding.part == "mass":
            assert not finding.explained_by and finding.link_index == -1
        if finding.place_kind:
            assert finding.place
