"""Huge and hostile texts: read to their end. `benchmarks/linear.py` times them."""

from __future__ import annotations

import pytest
from exams import findings

from benchmarks.hostile_texts import PROSE, REPEATED, hostile

END = "\nIMPRESSION: Calcified left flank mass."


@pytest.mark.slow
@pytest.mark.parametrize("name", REPEATED)
def test_what_stands_behind_20000_characters_is_read(name: str) -> None:
    sign, lesion = findings(hostile(name, 20_000) + END)[-2:]
    assert (sign.section, sign.assertion, sign.link) == ("impression", "affirmed", "phrase")
    assert (lesion.assertion, lesion.laterality, lesion.place) == ("affirmed", "left", "flank")


@pytest.mark.slow
def test_a_report_of_200_kilobytes_is_read_to_its_end() -> None:
    text = PROSE * (200_000 // len(PROSE))
    lesions = [found for found in findings(text + END) if found.part == "mass"]
    assert len(lesions) == 2 * text.count("\n") + 1
    assert lesions[-1].section == "impression"


@pytest.mark.parametrize("length", [1, 999, 1000, 1001, 1200, 5000])
def test_a_long_line_keeps_every_word(length: int) -> None:
    words = ("mass " * (length // 5 + 1)).strip()
    assert len(findings(words)) == length // 5 + 1


HOSTILE = [
    "((((calcified mass",
    "calcified mass))))",
    "[" * 50 + "calcified mass" + "]" * 50,
    "\\b(?:mass)+$ calcified mass",
    "calcified mass %s %d {} {0} {mass}",
    "calcified mass\x00\x01\x02\x7f",
    "calcified mass \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "<script>calcified mass</script>",
    "=HYPERLINK(calcified mass)",
    "calcified\u0301 mass",
    "calcified mass\u202e",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_odd_characters_hide_no_mass(text: str) -> None:
    assert "mass" in {found.part for found in findings(text)}
