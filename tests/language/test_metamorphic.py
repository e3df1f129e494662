"""What must not change a verdict, and what must: properties over invented exams.

An exam is drawn in parts (side, place, words, layout), so that one part can be changed and the two
verdicts compared.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from exams import read_exam, verdict, version
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=35)
many = settings(max_examples=200)

OTHER = {"left": "right", "right": "left"}
PLACES = (
    *("flank", "loin", "renal fossa", "perirenal space", "paraspinal region", "renal angle"),
    *("hemiabdomen", "iliac fossa", "hypochondrium", "adrenal bed", "retroperitoneum"),
    *("upper renal pole", "lateral abdominal wall", "side of the abdomen", "lumbar region"),
)
ADJECTIVES = (
    *("flank", "loin", "renal", "retroperitoneal", "suprarenal", "paraspinal", "psoas", "adrenal"),
    *("iliac fossa", "perirenal", "upper quadrant", "sided abdominal", "hypochondrial"),
)
MASSES = (
    *("mass", "lesion", "tumour", "soft tissue mass", "swelling", "mass lesion", "neoplasm"),
    *("lump", "space-occupying lesion", "lobulated mass", "cystic mass"),
)
SIGNS = (
    *("coarse calcification", "stippled calcifications", "amorphous mineralisation"),
    *("multiple calcific foci", "chunky calcs", "punctate ossification", "a calcified rim"),
    *("eggshell calcification", "flecks of calcification"),
)
CALCIFIED = ("calcified", "partly calcified", "densely calcified", "rim-calcified", "ossified")

# {the} is a place with its side, {of} a side and an adjective; the rest as named.
ONE_LESION = (
    "There is a {size} {calcified} {mass} in the {the}.",
    "A {calcified} {of} {mass} displaces the bowel gas.",
    "A {mass} projects over the {the}. Within it there is {sign}.",
    "{Of} {mass} measuring {size} with {sign}.",
    "In the {the} a {mass} is seen, containing {sign}.",
    "{Of} {mass}. It contains {sign}.",
    "The {of} {mass} shows {sign}.",
    "{Sign} within a {of} {mass} of {size}.",
    "{Sign} is present throughout the {of} {mass}.",
    "{Calcified} {mass}, {the}.",
    "{The}: {mass} with {sign}.",
    "{Mass} in the {the} ({calcified}).",
    "{Of} {mass} is again seen with unchanged {sign}.",
    "No free air, but a {calcified} {of} {mass} is seen.",
    "Findings consistent with a {calcified} {of} {mass}.",
    "{Of} {mass} that contains {sign}, probably malignant.",
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
# A sentence that states a lesion with its sign, and the same sentence denying one of the two.
NEGATED = {
    "There is a {size} {calcified}": "There is no {calcified}",
    "A {calcified}": "No {calcified}",
    "{Of} {mass} measuring {size} with": "{Of} {mass} measuring {size} with no",
    "In the {the} a {mass} is seen, containing": "In the {the} a {mass} is seen, without",
    "{Of} {mass}. It contains": "{Of} {mass}. It contains no",
    "The {of} {mass} shows": "The {of} {mass} shows no",
    "{Sign} within": "No {sign} within",
    "{Calcified} {mass}, {the}": "No {calcified} {mass}, {the}",
    "{The}: {mass} with": "{The}: {mass} without",
    "Findings consistent with a": "No finding consistent with a",
}
UNRELATED = (
    *("The bowel gas pattern is unremarkable.", "No free air is seen.", "No organomegaly."),
    *("The lung bases are clear.", "Mild degenerative change of the lumbar spine."),
    *("Several phleboliths are noted in the pelvis.", "Moderate stool in the colon."),
    *("Surgical clips in the right upper quadrant.", "The femoral heads are well seated."),
    *("Scoliosis convex to the left.", "Right hip arthroplasty.", "L3 compression fracture."),
    *("Vascular calcification is noted.", "Calcified granuloma at the right lung base."),
    *("A small left pleural effusion is possible.", "Gallstones in the right upper quadrant."),
    *("Costal cartilage calcification is incidentally noted.", "The liver is enlarged."),
    *("The patient is rotated to the right.", "Discussed with Dr. A at 10:15."),
    *("If symptoms persist, repeat the film.", "Comparison is made with 3/4/2020."),
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
    marker: str = ""

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
        if self.marker:
            items = [self.marker + sentence for sentence in self.sentences()]
            parts = ["\n".join([body, *items]), f"{last}\n{self.marker}{self.sentence()}"]
        else:
            parts = [f"{body} {' '.join(self.sentences())}", f"{last} {self.sentence()}"]
        return "\n".join([f"{asked} {self.request}", *(parts[::-1] if self.body_last else parts)])


def exams(templates: tuple[str, ...]) -> st.SearchStrategy[Exam]:
    return st.builds(
        Exam,
        template=st.sampled_from(templates),
        side=st.sampled_from(sorted(OTHER)),
        place=st.sampled_from(PLACES),
        adjective=st.sampled_from(ADJECTIVES),
        mass=st.sampled_from(MASSES),
        sign=st.sampled_from(SIGNS),
        calcified=st.sampled_from(CALCIFIED),
        size=st.sampled_from(("4 cm", "6.5 x 5 cm", "73 mm")),
        around=st.lists(st.sampled_from(UNRELATED), max_size=3, unique=True).map(tuple),
        spot=st.integers(0, 3),
        headings=st.sampled_from(HEADINGS),
        request=st.sampled_from(REQUESTS),
        body_last=st.just(False),
        marker=st.just(""),
    )


CASES = exams(ONE_LESION)
ANY = st.one_of(CASES, exams(HEDGED), exams(DENIED))


# --- the verdict itself ---------------------------------------------------------------------------


@given(CASES)
@few
def test_one_lesion_stated_flatly_is_a_definite_case_of_its_side(exam: Exam) -> None:
    assert verdict(exam.text()) == f"definite {exam.side} report"


@given(exams(HEDGED))
@few
def test_a_hedge_on_presence_makes_it_possible(exam: Exam) -> None:
    assert verdict(exam.text()) == f"possible {exam.side} report"


@given(exams(DENIED))
@few
def test_what_is_denied_gone_or_of_somebody_else_is_no_case(exam: Exam) -> None:
    assert verdict(exam.text()) == "no case"


@given(exams(SIGN_ALONE), st.sampled_from(MASSES))
@few
def test_the_request_may_carry_the_lesion(exam: Exam, mass: str) -> None:
    stated = f"{exam.side.capitalize()} flank {mass}."
    exam = replace(exam, request="Pain.", place="flank", around=())
    assert verdict(exam.text()) == "no case"
    assert verdict(exam.text(), stated) == f"definite {exam.side} order"
    assert verdict(replace(exam, request=stated).text()) == f"definite {exam.side} indication"
    assert verdict(exam.text(), f"Rule out {stated.lower()}") == "near miss"
    assert verdict(exam.text(), f"{OTHER[exam.side].capitalize()} flank {mass}.") == "no case"


# --- what must not change it ----------------------------------------------------------------------

Change = Callable[[st.DataObject, Exam], str]


def _wrapped(data: st.DataObject, exam: Exam) -> str:
    width = data.draw(st.integers(45, 105), "width")
    lines = exam.text().split("\n")
    kept = {"break_long_words": False, "break_on_hyphens": False}
    return "\n".join(textwrap.fill(line, width, **kept) for line in lines)


def _line_ends(data: st.DataObject, exam: Exam) -> str:
    end = data.draw(st.sampled_from(["\r\n", "\r", "\n\n", " \n ", "\x0c", "\u2028"]), "line end")
    return exam.text().replace("\n", end)


def _blanks(data: st.DataObject, exam: Exam) -> str:
    blank = data.draw(st.sampled_from(["  ", "\t", "\u00a0", " \u200b", "   "]), "blank")
    return exam.text().replace(" ", blank)


def _other_words(data: st.DataObject, exam: Exam) -> str:
    mass, sign = data.draw(st.sampled_from(MASSES)), data.draw(st.sampled_from(SIGNS))
    calcified = data.draw(st.sampled_from(CALCIFIED))
    return replace(exam, mass=mass, sign=sign, calcified=calcified).text()


def _other_place(data: st.DataObject, exam: Exam) -> str:
    place, adjective = data.draw(st.sampled_from(PLACES)), data.draw(st.sampled_from(ADJECTIVES))
    return replace(exam, place=place, adjective=adjective).text()


def _something_else_said(data: st.DataObject, exam: Exam) -> str:
    around = list(exam.around)
    around.insert(data.draw(st.integers(0, 3)), data.draw(st.sampled_from(UNRELATED)))
    return replace(exam, around=tuple(around)).text()


HARMLESS: dict[str, Change] = {
    "all in capitals": lambda data, exam: exam.text().upper(),
    "all in small letters": lambda data, exam: exam.text().lower(),
    "hard wraps": _wrapped,
    "line ends": _line_ends,
    "blanks": _blanks,
    "list items": lambda data, exam: replace(
        exam, marker=data.draw(st.sampled_from(["- ", "* ", "• ", "1. ", "2) ", "(3) "]))
    ).text(),
    "other headings": lambda data, exam: replace(
        exam, headings=data.draw(st.sampled_from(HEADINGS))
    ).text(),
    "no headings": lambda data, exam: " ".join(exam.sentences()),
    "impression before findings": lambda data, exam: replace(exam, body_last=True).text(),
    "other words for the same": _other_words,
    "another place of the side": _other_place,
    "a sentence about something else": _something_else_said,
    "said once more": lambda data, exam: f"{exam.text()}\n{exam.sentence()}",
}


@pytest.mark.parametrize("change", HARMLESS)
@given(data=st.data(), exam=ANY)
@few
def test_a_harmless_change(change: str, data: st.DataObject, exam: Exam) -> None:
    assert verdict(HARMLESS[change](data, exam)) == verdict(exam.text())


@pytest.mark.slow
@given(st.data(), ANY, st.sampled_from(sorted(HARMLESS)))
@many
def test_a_harmless_change_of_more_exams(data: st.DataObject, exam: Exam, change: str) -> None:
    assert verdict(HARMLESS[change](data, exam)) == verdict(exam.text())


@given(ANY)
@few
def test_american_spelling(exam: Exam) -> None:
    british = replace(exam, mass="tumour", sign="peripheral mineralisation").text()
    american = british.replace("umour", "umor").replace("ralisation", "ralization")
    assert american != british
    assert verdict(american) == verdict(british)


@given(ANY)
@few
def test_the_screen_drops_nothing(exam: Exam) -> None:
    rows = [version(exam.text())]
    assert read_exam(rows, screening=False) == read_exam(rows)


# --- what must change it --------------------------------------------------------------------------


@given(ANY)
@few
def test_swapped_sides(exam: Exam) -> None:
    swapped = verdict(exam.text()).replace(exam.side, OTHER[exam.side])
    assert verdict(replace(exam, side=OTHER[exam.side]).text()) == swapped


@given(exams(tuple(t for t in ONE_LESION if t.startswith(tuple(NEGATED)))))
@few
def test_a_negated_sentence_is_no_case(exam: Exam) -> None:
    start = next(start for start in NEGATED if exam.template.startswith(start))
    denied = replace(exam, template=NEGATED[start] + exam.template[len(start) :])
    assert verdict(denied.text()) == "no case"


@given(CASES)
@few
def test_a_denial_in_the_impression_takes_the_case_away(exam: Exam) -> None:
    before, heading, _ = exam.text().rpartition(exam.headings[2])
    assert verdict(f"{before}{heading} No calcification.") == "no case"


@given(CASES, st.sampled_from(["XR CHEST 2 VIEWS", "XR KNEE 3 VIEWS", "CT HEAD", "XR RIBS"]))
@few
def test_another_exam_with_the_same_text_is_no_case(exam: Exam, description: str) -> None:
    assert verdict(exam.text(), description=description) == "no case"


@given(exams(SIGN_ALONE), st.sampled_from(["a gallstone", "a renal stone", "costal cartilage"]))
@few
def test_a_reading_that_explains_the_calcification_takes_the_case_away(
    exam: Exam, reading: str
) -> None:
    asked = f"{exam.side} flank mass"
    stated = exam.sentence()
    for explained in (
        f"{stated[:-1]}, consistent with {reading}.",
        f"{stated} This is {reading}.",
        f"{stated[:-1]}, likely {reading}.",
    ):
        assert verdict(explained, asked) == "no case"


@given(CASES, st.lists(ANY, max_size=3))
@few
def test_denials_about_the_other_side_take_nothing_away(case: Exam, others: list[Exam]) -> None:
    denials = [f"No {OTHER[case.side]} {one.adjective} {one.mass} is seen." for one in others]
    text = " ".join([*denials[:1], case.sentence(), *denials[1:]])
    assert verdict(text) == f"definite {case.side} report"
