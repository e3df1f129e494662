"""Huge and hostile texts: read to their end, and in a time that grows with their length only."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from builders import pipeline
from exams import defect, findings

from auditor.language.facts import Procedure, ReportFacts
from auditor.language.layout import Layout
from auditor.language.remarks import find_remarks
from auditor.language.screening import Screen
from auditor.pathway.cases import judge_exam

LAYOUT = Layout(pipeline().lexicon)
SCREEN = Screen(pipeline().lexicon)

# Work in proportion to the length takes 4 times as long for 4 times the text, work in proportion
# to its square 16 times; the bound lies between, for a busy machine.
FACTOR, BOUND = 4, 8
SMALL = 1500

PROSE = (
    "There is a 5 cm calcified mass in the left flank. The bowel gas pattern is normal. No free "
    "air is seen. Pelvic phleboliths; the aorta is calcified. It is separate from the mass.\n"
)
REPEATED = {
    "prose": PROSE,
    "prose in one line": PROSE.replace("\n", " "),
    "one sentence without an end": "a mass with calcification in the left flank and ",
    "mass": "mass ",
    "calcified": "calcified ",
    "calcified mass": "calcified mass ",
    "short sentences": "It is calcified. ",
    "definite lesions": "The mass is seen. ",
    "lines": "calcified mass\n",
    "no": "no ",
    "possible": "possible ",
    "history of": "history of ",
    "left": "left ",
    "left flank": "left flank ",
    "flank": "flank ",
    "aorta": "aorta ",
    "displaced": "calcified mass displaced ",
    "toward": "toward ",
    "and, the": "calcified mass, the ",
    "rounded": "rounded ",
    "numbers": "1 x ",
    "digits": "1",
    "letters": "a",
    "capitals": "A",
    "labels": "Left kidney: ",
    "titles": "FINDINGS: ",
    "titles on lines": "FINDINGS:\n",
    "open titles": "FINDINGS (",
    "title words": "Left ",
    "commas": ",",
    "open brackets": "(",
    "square brackets": "[",
    "colons": ":",
    "semicolons": "; ",
    "stops": ".",
    "stops and blanks": ". ",
    "questions": "? ",
    "dashes": "-",
    "stars": "*",
    "slashes": "/",
    "quotes": '"',
    "bullets": "\u2022 ",
    "blanks": " ",
    "tabs": "\t",
    "line feeds": "\n",
    "NUL": "\x00",
    "line separators": "\u2028",
    "accents": "\u00e9",
    "list numbers": "1. Mass ",
}
# The quick loop tries the kinds that differ most; the others are in the full run.
QUICK = ("prose", "mass", "no", "left flank", "commas", "open brackets", "labels", "lines")


def hostile(name: str, length: int) -> str:
    """So many characters of a kind, around a calcified mass."""
    unit = REPEATED[name]
    return f"Calcified left flank mass {unit * (length // len(unit))} calcified mass"


def ratio(work: Callable[[int], object], size: int) -> float:
    """How much longer the work takes on `FACTOR` times the size, in processor time."""

    def cost(of: int) -> float:
        begin = time.process_time()
        work(of)
        return time.process_time() - begin

    small = statistics.median(cost(size) for _ in range(3))
    return statistics.median(cost(size * FACTOR) for _ in range(3)) / max(small, 0.002)


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in REPEATED]
)
def test_reading_takes_time_in_proportion_to_the_length(name: str) -> None:
    def work(size: int) -> object:
        text = hostile(name, size)
        return SCREEN.may_hold_a_finding(text), findings(text)

    assert ratio(work, SMALL) < BOUND


def broken_words(size: int) -> object:
    return LAYOUT.sentences("ab-\n" * (size // 4) + "calcified mass")


def runs_of_stops(size: int) -> object:
    return find_remarks(pipeline().remarks, "Pain" + "." * size, table="reports", kind="radiograph")


def runs_of_questions(size: int) -> object:
    return find_remarks(pipeline().remarks, "Pain" + "?" * size, table="reports", kind="radiograph")


def case_of_many_mentions(size: int) -> object:
    said = "Left flank mass. Calcification in the left flank. No calcification. "
    found = findings(said)
    many = tuple(found * (size // len(found)))
    exam = ReportFacts(
        *("1", "P1", "R1", "A1", "2025-03-03", "", "final", Procedure("radiograph", True)),
        findings=many,
    )
    return judge_exam([exam], [], pipeline().cases)


@pytest.mark.parametrize(
    ("work", "size"),
    [
        (broken_words, 6000),
        (runs_of_stops, 2000),
        (runs_of_questions, 2000),
        defect(case_of_many_mentions, 120, reason="each pair of mentions searches all mentions"),
    ],
)
def test_a_step_takes_time_in_proportion_to_its_input(
    work: Callable[[int], object], size: int
) -> None:
    assert ratio(work, size) < BOUND


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
