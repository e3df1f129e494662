"""What must not change a verdict, and what must: properties over invented exams.

An exam is drawn as parts (side, place, words, layout), so that one part can be changed and the two
verdicts compared.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace

import pytest
from exams import read_exam, verdict, version
from hypothesis import given, settings
from hypothesis import strategies as st

some = settings(max_examples=400)
OTHER = {"left": "right", "right": "left"}

PLACES = ("flank", "loin", "renal fossa", "perirenal space", "paraspinal region")
ADJECTIVES = ("flank", "loin", "renal", "retroperitoneal", "suprarenal", "paraspinal", "psoas")
MASSES = ("mass", "lesion", "tumour", "soft tissue mass", "swelling", "mass lesion", "neoplasm")
SIGNS = (
    "coarse calcification",
    "stippled calcifications",
    "amorphous mineralisation",
    "multiple calcific foci",
    "chunky calcs",
    "punctate ossification",
)
CALCIFIED = ("calcified", "partly calcified", "densely calcified", "rim-calcified", "ossified")

# {the}: at a place with its side; {of}: a side and an adjective; the rest as named.
ONE_LESION = (
    "There is a {size} {calcified} {mass} in the {the}.",
    "A {calcified} {of} {mass} displaces the bowel gas.",
    "{Of} {mass} measuring {size} with {sign}.",
    "In the {the} a {mass} is seen, containing {sign}.",
    "{Of} {mass}. It contains {sign}.",
    "The {of} {mass} shows {sign}.",
    "{Sign} within a {of} {mass} of {size}.",
    "{Calcified} {mass}, {the}.",
)
HEDGED = (
    "Possible {the} {mass} with {sign}.",
    "A {calcified} {mass} in the {the} cannot be excluded.",
    "Findings suggest a {calcified} {mass} in the {the}.",
    "There may be a {calcified} {mass} in the {the}.",
)
DENIED = (
    "There is no {calcified} {mass} in the {the}.",
    "No {of} {mass} or {sign} is seen.",
    "No evidence of a {calcified} {of} {mass}.",
    "{Of} {mass}. There is no {sign} in it.",
    "{Of} {mass} without {sign}.",
    "The {calcified} {of} {mass} is no longer seen.",
    "Mother had a {calcified} {of} {mass}.",
)
SIGN_ALONE = (
    "{Sign} projects over the {the}.",
    "There is {sign} in the {the}.",
)
UNRELATED = (
    "The bowel gas pattern is unremarkable.",
    "No free air is seen.",
    "The lung bases are clear.",
    "Mild degenerative change of the lumbar spine.",
    "A nasogastric tube ends in the stomach.",
    "Moderate stool in the colon.",
    "Several phleboliths are noted in the pelvis.",
    "Surgical clips in the right upper quadrant.",
    "The femoral heads are well seated.",
)
HEADINGS = (
    ("INDICATION:", "FINDINGS:", "IMPRESSION:"),
    ("Clinical History:", "Findings:", "Impression:"),
    ("CLINICAL DETAILS:", "REPORT:", "CONCLUSION:"),
    ("Clinical information -", "Report -", "Opinion -"),
    ("Clinical Details :", "Observations :", "Impression :"),
    ("HISTORY\n", "FINDINGS\n", "IMPRESSION\n"),
    ("REASON FOR EXAM:", "FINDINGS:", "SUMMARY:"),
)
REQUESTS = ("Abdominal pain.", "Vomiting since yesterday.", "Constipation?", "Fall.")


@dataclass(frozen=True)
class Exam:
    """An exam in parts; `text` puts them together."""

    template: str
    side: str
    place: str
    adjective: str
    mass: str
    sign: str
    calcified: str
    size: str
    around: tuple[str, ...]
    spot: int
    headings: tuple[str, str, str]
    request: str
    body_last: bool = False

    def sentence(self) -> str:
        words = {
            "the": f"{self.side} {self.place}",
            "of": f"{self.side} {self.adjective}",
            "mass": self.mass,
            "sign": self.sign,
            "calcified": self.calcified,
            "size": self.size,
        }
        words |= {name.capitalize(): text.capitalize() for name, text in words.items()}
        return self.template.format(**words)

    def sentences(self) -> list[str]:
        spot = self.spot % (len(self.around) + 1)
        return [*self.around[:spot], self.sentence(), *self.around[spot:]]

    def text(self) -> str:
        asked, body, last = self.headings
        parts = [f"{body} {' '.join(self.sentences())}", f"{last} {self.sentence()}"]
        return "\n".join([f"{asked} {self.request}", *(parts[::-1] if self.body_last else parts)])


def exams(templates: tuple[str, ...], **fixed: st.SearchStrategy) -> st.SearchStrategy[Exam]:
    drawn = {
        "template": st.sampled_from(templates),
        "side": st.sampled_from(("left", "right")),
        "place": st.sampled_from(PLACES),
        "adjective": st.sampled_from(ADJECTIVES),
        "mass": st.sampled_from(MASSES),
        "sign": st.sampled_from(SIGNS),
        "calcified": st.sampled_from(CALCIFIED),
        "size": st.sampled_from(("4 cm", "6.5 x 5 cm", "73 mm")),
        "around": st.lists(st.sampled_from(UNRELATED), max_size=3, unique=True).map(tuple),
        "spot": st.integers(0, 3),
        "headings": st.sampled_from(HEADINGS),
        "request": st.sampled_from(REQUESTS),
    }
    return st.builds(Exam, **(drawn | fixed))


CASES = exams(ONE_LESION)
ANY = st.one_of(CASES, exams(HEDGED), exams(DENIED))


# --- the verdict itself ---------------------------------------------------------------------------


@given(CASES)
@some
def test_one_lesion_stated_flatly_is_a_definite_case_of_its_side(exam: Exam) -> None:
    assert verdict(exam.text()) == f"definite {exam.side} report"


@given(exams(HEDGED))
@some
def test_a_hedge_on_presence_makes_it_possible(exam: Exam) -> None:
    assert verdict(exam.text()) == f"possible {exam.side} report"


@given(exams(DENIED))
@some
def test_what_is_denied_gone_or_of_somebody_else_is_no_case(exam: Exam) -> None:
    assert verdict(exam.text()) == "no case"


@given(exams(SIGN_ALONE), st.sampled_from(MASSES))
@some
def test_the_request_may_carry_the_lesion(exam: Exam, mass: str) -> None:
    stated = f"{exam.side.capitalize()} flank {mass}."
    film = replace(exam, request="Pain.")
    assert verdict(film.text()) == "no case"
    assert verdict(film.text(), stated) == f"definite {exam.side} order"
    assert verdict(replace(exam, request=stated).text()) == f"definite {exam.side} indication"
    assert verdict(film.text(), f"Rule out {stated.lower()}") == "near miss"
    assert verdict(film.text(), stated.replace(exam.side.capitalize(), "Other")) != "no case"
    assert verdict(film.text(), f"{OTHER[exam.side].capitalize()} flank {mass}.") == "no case"


# --- what must not change it ----------------------------------------------------------------------


@given(ANY)
@some
def test_capitals_and_small_letters(exam: Exam) -> None:
    expected = verdict(exam.text())
    assert verdict(exam.text().upper()) == expected
    assert verdict(exam.text().lower()) == expected


@given(ANY, st.integers(45, 105))
@some
def test_hard_wraps(exam: Exam, width: int) -> None:
    wrapped = "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in exam.text().split("\n")
    )
    assert verdict(wrapped) == verdict(exam.text())


@given(ANY, st.sampled_from(["\r\n", "\r", "\n\n", " \n ", "\x0c", "\u2028"]))
@some
def test_line_ends(exam: Exam, end: str) -> None:
    assert verdict(exam.text().replace("\n", end)) == verdict(exam.text())


@given(ANY, st.sampled_from(["  ", "\t", "\u00a0", " \u200b", "   "]))
@some
def test_blanks(exam: Exam, blank: str) -> None:
    assert verdict(exam.text().replace(" ", blank)) == verdict(exam.text())


@given(ANY, st.sampled_from(["- ", "* ", "• ", "1. ", "2) ", "(3) "]))
@some
def test_list_items(exam: Exam, marker: str) -> None:
    asked, body, last = exam.headings
    items = "\n".join(marker + sentence for sentence in exam.sentences())
    listed = f"{asked} {exam.request}\n{body}\n{items}\n{last}\n{marker}{exam.sentence()}"
    assert verdict(listed) == verdict(exam.text())


US = {"tumour": "tumor", "mineralisation": "mineralization"}


@given(ANY, st.sampled_from(sorted(US)))
@some
def test_american_spelling(exam: Exam, word: str) -> None:
    british = replace(exam, mass="tumour", sign="amorphous mineralisation")
    american = replace(british, mass="tumor", sign="amorphous mineralization")
    assert verdict(american.text()) == verdict(british.text())
    assert verdict(re.sub(word, US[word], british.text())) == verdict(british.text())


@given(ANY, st.sampled_from(HEADINGS))
@some
def test_headings(exam: Exam, headings: tuple[str, str, str]) -> None:
    assert verdict(replace(exam, headings=headings).text()) == verdict(exam.text())


@given(ANY)
@some
def test_no_headings(exam: Exam) -> None:
    assert verdict(" ".join(exam.sentences())) == verdict(exam.text())


@given(ANY)
@some
def test_order_of_sections(exam: Exam) -> None:
    assert verdict(replace(exam, body_last=True).text()) == verdict(exam.text())


@given(ANY, st.sampled_from(MASSES), st.sampled_from(SIGNS), st.sampled_from(CALCIFIED))
@some
def test_words_for_the_same_thing(exam: Exam, mass: str, sign: str, calcified: str) -> None:
    other = replace(exam, mass=mass, sign=sign, calcified=calcified)
    assert verdict(other.text()) == verdict(exam.text())


@given(ANY, st.sampled_from(PLACES), st.sampled_from(ADJECTIVES))
@some
def test_places_of_the_same_side(exam: Exam, place: str, adjective: str) -> None:
    other = replace(exam, place=place, adjective=adjective)
    assert verdict(other.text()) == verdict(exam.text())


@given(ANY, st.sampled_from(UNRELATED), st.integers(0, 4))
@some
def test_a_sentence_about_something_else(exam: Exam, sentence: str, spot: int) -> None:
    around = [each for each in exam.around if each != sentence]
    around.insert(spot, sentence)
    assert verdict(replace(exam, around=tuple(around)).text()) == verdict(exam.text())


@given(ANY)
@some
def test_saying_it_twice(exam: Exam) -> None:
    assert verdict(f"{exam.text()}\n{exam.sentence()}") == verdict(exam.text())


@given(ANY)
@settings(max_examples=30)
def test_the_screen_drops_nothing(exam: Exam) -> None:
    rows = [version(exam.text())]
    assert read_exam(rows, screening=False) == read_exam(rows)


# --- what must change it --------------------------------------------------------------------------


@given(ANY)
@some
def test_swapped_sides(exam: Exam) -> None:
    expected = verdict(exam.text()).replace(exam.side, OTHER[exam.side])
    assert verdict(replace(exam, side=OTHER[exam.side]).text()) == expected


NEGATED = {
    "There is a {size}": "There is no",
    "A ": "No ",
    "{Of} {mass} measuring {size} with": "No {of} {mass} with",
    "In the {the} a {mass} is seen, containing": "In the {the} no {mass} is seen, containing",
    "{Of} {mass}. It contains": "{Of} {mass}. It contains no",
    "The {of} {mass} shows": "The {of} {mass} shows no",
    "{Sign} within": "No {sign} within",
    "{Calcified} {mass}, {the}": "No {calcified} {mass}, {the}",
}


@given(CASES)
@some
def test_a_negated_sentence_is_no_case(exam: Exam) -> None:
    start, negated = next(
        pair for pair in NEGATED.items() if exam.template.startswith(pair[0])
    )
    denied = replace(exam, template=negated + exam.template[len(start) :])
    assert verdict(denied.text()) == "no case"


@given(CASES)
@some
def test_a_denial_in_the_impression_takes_the_case_away(exam: Exam) -> None:
    body, _, _ = exam.text().rpartition(exam.headings[2])
    assert verdict(f"{body}{exam.headings[2]} No calcification.") == "no case"


@given(CASES)
@some
def test_only_the_film_counts(exam: Exam) -> None:
    assert verdict(exam.text(), description="XR CHEST 2 VIEWS") == "no case"


@given(exams(SIGN_ALONE), st.sampled_from(MASSES))
@some
def test_calcification_that_the_text_explains_is_no_case(exam: Exam, mass: str) -> None:
    asked = f"{exam.side} flank {mass}"
    for reading in ("a gallstone", "vascular", "a renal stone", "costal cartilage"):
        explained = f"{exam.sentence()[:-1]}, consistent with {reading}."
        if "vascular" in reading:
            explained = f"{exam.sentence()} This is vascular."
        assert verdict(explained, asked) == "no case", reading


@pytest.mark.slow
@given(st.lists(ANY, min_size=2, max_size=4))
@settings(max_examples=100)
def test_a_case_among_denials_of_the_other_side_stands(several: list[Exam]) -> None:
    """Normal remarks on the other side, in any number, take nothing away."""
    case = replace(several[0], template=ONE_LESION[0])
    others = [
        f"No {OTHER[case.side]} {exam.adjective} {exam.mass} is seen." for exam in several[1:]
    ]
    text = " ".join([*others[:1], case.sentence(), *others[1:]])
    assert verdict(text) == f"definite {case.side} report"
