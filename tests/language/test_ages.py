"""Ages from text: what is one, and what only looks like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.ages import find_age

AGES = [
    ("3-month-old with a mass.", 0.25),
    ("INDICATION: 6-week-old male, left flank mass.", 6 / 52.1775),
    ("17 yo with pain", 17),
    ("17yo F", 17),
    ("Film of this 49 year old gentleman.", 49),
    ("68M. Haematuria.", 68),
    ("HISTORY: 68F left flank mass.", 68),
    ("HX: 70 M, pain.", 70),
    ("Day of life 6, term male.", 6 / 365.25),
    ("DOL 3, distension", 3 / 365.25),
    ("21-month-old with bruising.", 1.75),
    ("Clinical details: 3/12 old, mass.", 0.25),
    ("6/52 old girl", 6 / 52.1775),
    ("CLINICAL HISTORY: Eleven-month-old, increasing girth.", 11 / 12),
    ("2 y/o", 2),
    ("2 y.o. boy", 2),
    ("Boy aged 7, limp.", 7),
    ("aged 7 months", 7 / 12),
    ("aged 9/12, mass", 0.75),
    ("Age: 45", 45),
    ("Age/Sex: 45/F", 45),
    ("This is a 3-year - old female with pain.", 3),
    ("Two month old girl.", 2 / 12),
    ("forty-nine year old man", 49),
    ("3 YR OLD MALE CHILD, MASS", 3),
    ("45 years male with flank pain", 45),
    ("45/M, colic", 45),
    ("M/45 colic", 45),
    ("a 2.5 year old boy", 2.5),
    ("3 1/2 year old", 3.5),
    ("1 year 6 months old", 1.5),
    ("A 19-month-old girl has had fevers for three weeks.", 19 / 12),
    ("HISTORY: Newborn with hematuria.", 0),
    ("Neonate, abdominal mass.", 0),
    ("Newborn, 2 days old", 2 / 365.25),
    ("Mother brought her 4-year-old boy.", 4),
    ("10-year history of stones in a 60-year-old man", 60),
    ("5-day-old infant", 5 / 365.25),
    ("12 week old", 12 / 52.1775),
    ("8 yrs old", 8),
    ("66F s/p nephrectomy", 66),
    ("7 years of age", 7),
    ("101 year old woman", 101),
]

NO_AGES = [
    "",
    "Left flank mass.",
    "___ year old man with pain",
    "XXXX-year-old male.",
    "[**Age over 90 **] year old woman",
    "4/12 history of a growing lump",
    "10-year history of stones.",
    "Pain for 6 weeks.",
    "6 weeks duration",
    "Resected 10 years ago.",
    "His mother is 34 years old.",
    "Brother aged 7 has the same.",
    "34-year-old mother",
    "Sibling, 4-year-old, well",
    "Comparison with a 2-year-old film.",
    "Old fracture, 3 year old stent",
    "14F catheter in the bladder.",
    "A 12F drain is seen.",
    "FINDINGS: 5 cm mass.",
    "Bone age 7 years.",
    "Gestational age 39 weeks",
    "Had surgery at age 5.",
    "Diagnosed aged 3.",
    "39 weeks gestation",
    "ex-28-week preemie",
    "Exam 3/12, follow up in 6 months.",
    "HISTORY: 15 m fall.",
    "L3 to L5, 7 mm",
    "Normal for age.",
    "As a newborn had a catheter.",
    "Passed newborn screen.",
    "Postoperative day 4.",
    "200 years old",
    "two-week-wait referral",
    "In the 1990s, 3 stones",
]


@pytest.mark.parametrize(("text", "years"), AGES)
def test_an_age_is_found(text: str, years: float) -> None:
    assert find_age(text) == pytest.approx(years)


@pytest.mark.parametrize("text", NO_AGES)
def test_no_age_is_found(text: str) -> None:
    assert find_age(text) is None


def test_line_breaks_and_capitals_do_not_matter() -> None:
    assert find_age("CLINICAL HISTORY: A 7-YEAR-\nOLD BOY") == 7


@given(st.integers(1, 120), st.sampled_from(["-year-old", " year old", " yo", "y/o", " yrs old"]))
def test_every_age_in_years_is_read(years: int, unit: str) -> None:
    assert find_age(f"Seen today: {years}{unit} patient.") == years


@given(st.text(max_size=200))
def test_an_age_is_within_a_lifetime(text: str) -> None:
    age = find_age(text)
    assert age is None or 0 <= age <= 120


def test_a_huge_text_is_quick() -> None:
    text = "3 year " * 30_000
    begin = time.process_time()
    find_age(text)
    assert time.process_time() - begin < 2
