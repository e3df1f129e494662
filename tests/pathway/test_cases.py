"""From an exam's report and order to a case: the decisions of "The case", one table each.

A row is the order's reason (empty: no order), the report's text, and the verdict: certainty, side
and source of a case, `near miss`, or `no case`.
"""

from __future__ import annotations

from itertools import permutations

import pytest
from builders import FILM, pipeline, report
from exams import asked, evidence, in_words, judge_rows, read_exam, verdict, version

from auditor.pathway.cases import find_evidence

MASS = "left flank mass"
SIGN = "There is calcification in the left flank."

ORDER_AND_FILM = [
    ("", SIGN, "no case"),
    (MASS, SIGN, "definite left order"),
    (MASS, "There is calcification.", "definite left order"),
    ("flank mass", SIGN, "definite left order"),
    ("flank mass", "There is calcification.", "definite unknown order"),
    (MASS, "There is calcification in the right flank.", "no case"),
    ("right flank mass", SIGN, "no case"),
    (MASS, "Calcified right flank mass.", "definite right report"),
    ("bilateral flank masses", SIGN, "definite left order"),
    (MASS, "Left flank mass. Normal bones.", "no case"),
    (MASS, "Normal abdomen.", "no case"),
    (MASS, "No calcification.", "no case"),
    (MASS, "There is calcification in the pelvis.", "no case"),
    (MASS, "There is aortic calcification.", "no case"),
    (MASS, "There is calcification in the left flank, a renal stone.", "no case"),
    (MASS, "There is calcification in the left flank, likely a renal stone.", "no case"),
    (
        MASS,
        "There is calcification in the left flank, which may be a stone.",
        "possible left order",
    ),
    (MASS, "Possible calcification in the left flank.", "possible left order"),
    ("possible left flank mass", SIGN, "possible left order"),
    ("abdominal mass", SIGN, "no case"),
    ("pelvic mass", SIGN, "no case"),
    ("left flank pain", SIGN, "no case"),
    ("no left flank mass", SIGN, "no case"),
    ("history of left renal mass", SIGN, "no case"),
    ("left renal mass resected in 2019", SIGN, "no case"),
    ("left renal mass on ultrasound", SIGN, "definite left order"),
    ("mother had a renal mass", SIGN, "no case"),
    ("left flank fullness", SIGN, "possible left order"),
    ("left renal mass status post resection", SIGN, "no case"),
    ("left renal mass resected last year", SIGN, "no case"),
    ("suspected renal mass on the left", SIGN, "possible left order"),
]
ONLY_ASKED = [
    ("r/o left flank mass", SIGN, "near miss"),
    ("?left flank mass", SIGN, "near miss"),
    ("evaluate for left flank mass", SIGN, "near miss"),
    ("concern for left flank mass", SIGN, "near miss"),
    ("r/o left flank mass", "Normal abdomen.", "no case"),
    ("r/o left flank mass", "There is calcification in the pelvis.", "no case"),
    ("r/o left flank mass", "There is aortic calcification.", "no case"),
    ("evaluate left flank mass", SIGN, "definite left order"),
    ("left flank mass ?cause", SIGN, "definite left order"),
    ("left flank mass, r/o malignancy", SIGN, "definite left order"),
    ("", f"INDICATION: Rule out left flank mass.\nFINDINGS: {SIGN}", "near miss"),
    ("r/o left flank mass", f"{SIGN} Left flank mass.", "definite left report"),
    (MASS, f"INDICATION: Rule out mass.\nFINDINGS: {SIGN}", "definite left order"),
]
BARE = [
    ("", "Left flank mass with dense opacities.", "near miss"),
    ("", "Left flank mass with concretions.", "near miss"),
    ("", "Left flank mass with calcific opacities.", "definite left report"),
    ("", "Dense opacities in the left flank.", "no case"),
    ("", "Left flank mass. Left renal calculus.", "no case"),
]
INDICATION = [
    ("", f"INDICATION: Left flank mass.\nFINDINGS: {SIGN}", "definite left indication"),
    ("right flank mass", f"INDICATION: {MASS}.\nFINDINGS: {SIGN}", "definite left indication"),
    ("", f"INDICATION: Possible {MASS}.\nFINDINGS: {SIGN}", "possible left indication"),
    ("", "INDICATION: Left flank mass with calcification.\nFINDINGS: Normal.", "no case"),
    ("", f"INDICATION: {MASS}.\nFINDINGS: {SIGN} Left renal mass.", "definite left report"),
    ("", f"COMPARISON: Film with {MASS}.\nFINDINGS: {SIGN}", "no case"),
    ("", f"EXAM: ABDOMEN, {MASS}\nFINDINGS: {SIGN}", "no case"),
    ("", f"HISTORY: Wilms tumor, resected.\nFINDINGS: {SIGN}", "no case"),
    ("", f"HISTORY: Wilms tumor status post nephrectomy.\nFINDINGS: {SIGN}", "no case"),
]
FILM_SEES_NONE = [
    (MASS, f"No mass is seen. {SIGN}", "possible left order"),
    (MASS, f"There is no radiographic correlate for the palpable mass. {SIGN}", "possible left"),
    (MASS, f"INDICATION: {MASS}.\nFINDINGS: {SIGN} No mass.", "possible left indication"),
    (MASS, f"No right flank mass. {SIGN}", "definite left order"),
    (MASS, f"No pelvic mass. {SIGN}", "definite left order"),
    (MASS, f"The psoas margins are intact. {SIGN}", "definite left order"),
    (MASS, f"The renal outlines are obscured. {SIGN}", "definite left order"),
    (MASS, f"The left flank is not included. {SIGN}", "definite left order"),
    ("r/o left flank mass", f"No mass is seen. {SIGN}", "no case"),
]
ONE_LESION = [
    ("", "Left flank mass. Calcification in the left flank.", "definite left report"),
    ("", "Left flank mass. Calcification is present.", "definite left report"),
    ("", "Left flank mass. Calcification in the right flank.", "no case"),
    ("", "Left flank mass. Separate calcification in the left flank.", "no case"),
    ("", "Left flank mass. Calcification unrelated to it.", "no case"),
    (MASS, "Calcification in the left flank, separate from the mass.", "no case"),
    ("", "Left upper quadrant mass. Calcification in the left lower quadrant.", "no case"),
    ("", "Left lower quadrant mass. Calcification in the left upper quadrant.", "no case"),
    ("", "Left upper quadrant mass. Calcification over the left kidney.", "definite left report"),
    ("LUQ mass", "Calcification in the LLQ.", "no case"),
    ("LLQ mass", "Calcification in the left flank.", "definite left order"),
    ("", "Left flank mass without calcification. Calcified right renal mass.", "definite right"),
    ("", "Left flank mass. No calcification in it. Calcification in the pelvis.", "no case"),
    ("", "Right flank mass and left renal calcification.", "no case"),
]
ORGANS = [
    ("", "Calcified right upper quadrant mass arising from the liver.", "no case"),
    ("", "Calcified right upper quadrant mass.", "definite right report"),
    ("", "Calcified right upper quadrant mass. The mass is part of the liver.", "no case"),
    ("RUQ mass", "Calcified liver mass.", "no case"),
    ("RUQ mass", "Calcification in the liver.", "no case"),
    ("", "Calcified right upper quadrant mass, possibly of the liver.", "definite right report"),
    ("", "Calcified left upper quadrant mass below the spleen.", "definite left report"),
    ("", "Calcified right flank mass displacing the liver.", "definite right report"),
    ("", "Calcified left iliac fossa mass of ovarian origin.", "no case"),
]
CERTAINTY = [
    ("", "Possible left flank mass with calcification.", "possible left report"),
    ("", "Left flank mass with possible calcification.", "possible left report"),
    ("", "Calcified soft tissue density in the left flank.", "possible left report"),
    ("", "Left flank density, likely a mass, with calcification.", "possible left report"),
    ("", "Possible left renal mass. Calcified left flank mass.", "definite left report"),
    (MASS, "Possible left flank mass with calcification.", "possible left report"),
    ("", "Calcified left flank mass, possibly malignant.", "definite left report"),
    ("", "Calcified left flank mass; a renal origin is likely.", "definite left report"),
    ("", "Calcified left flank mass suspicious for neuroblastoma.", "definite left report"),
    ("", "Left flank mass consistent with a calcified neuroblastoma.", "definite left report"),
    ("", "Plain films cannot exclude small calcification. Calcified left flank mass.", "definite"),
    ("", "Calcified left flank mass, neuroblastoma versus Wilms tumour.", "definite"),
    ("", "Possible left renal mass. Possible renal mass with calcification.", "possible"),
    ("", "Left flank mass with an opaque focus, stone or calcification of the mass.", "possible"),
    ("", "Left flank mass. A calcification on it: vessel versus mass calcification.", "possible"),
]
IMPRESSION = [
    ("FINDINGS: {case}\nIMPRESSION: {case}", "definite left report"),
    ("FINDINGS: {case}\nIMPRESSION: Constipation.", "definite left report"),
    ("FINDINGS: Normal.\nIMPRESSION: {case}", "definite left report"),
    ("FINDINGS: {case}\nIMPRESSION: No calcification.", "no case"),
    ("FINDINGS: No calcification.\nIMPRESSION: {case}", "definite left report"),
    ("FINDINGS: {case}\nIMPRESSION: Left flank mass, possible calcification.", "possible left"),
    ("FINDINGS: Left flank mass, ?calcification.\nIMPRESSION: {case}", "definite left report"),
    ("FINDINGS: {case}\nIMPRESSION: Possible left flank mass.", "definite left report"),
    ("FINDINGS: No mass.\nIMPRESSION: {case}", "definite left report"),
    ("IMPRESSION: {case}\nFINDINGS: {case}", "definite left report"),
    (
        "FINDINGS: Calcification over the left kidney. Left flank mass.\n"
        "IMPRESSION: Left flank mass. Calcification over the left kidney, likely a stone.",
        "no case",
    ),
]
SIDES = [
    ("", "Calcified left flank mass.", "definite left"),
    ("", "Calcified flank mass.", "definite unknown"),
    ("", "Calcified midline retroperitoneal mass.", "definite midline"),
    ("", "Calcified bilateral renal masses.", "definite bilateral"),
    ("", "Right flank mass. Calcified left renal mass.", "definite left"),
    ("", "Flank mass. Calcification in the left flank.", "definite left"),
    ("flank mass", SIGN, "definite left"),
    (MASS, "There is calcification.", "definite left"),
    ("", "Left flank mass and right flank mass; the right one is calcified.", "definite right"),
]

KNOWN_DEFECTS = [
    (
        "",
        "Apart from the calcified left flank mass there is no abnormality.",
        "definite left report",
    ),
    (
        "",
        "No displacement of the bowel by the calcified left flank mass.",
        "definite left report",
    ),
    (
        "",
        "No extension of the calcified left flank mass across the midline.",
        "definite left report",
    ),
    ("", "Left flank mass with calcification, none previously.", "definite left report"),
    ("", "Left flank mass with calcification not seen previously.", "definite left report"),
    (
        "",
        "Left flank mass with calcification, not present on the film of 2019.",
        "definite left report",
    ),
    ("", "Calcified left flank mass, as noted on the prior film.", "definite left report"),
    ("", "Calcified left flank mass, well described on the prior CT.", "definite left report"),
    (
        "",
        "The left flank mass seen on the prior study is again noted, with calcification.",
        "definite left report",
    ),
    ("", "The left flank mass described previously is calcified.", "definite left report"),
    ("", "A previously undetected calcified left flank mass.", "definite left report"),
    ("", "A calcified left flank mass was seen on the supine view.", "definite left report"),
    ("", "Calcified left flank mass was demonstrated on this film.", "definite left report"),
    ("", "About half of neuroblastomas show calcification.", "no case"),
    ("", "Renal tumours typically show calcification. Calcification in the left flank.", "no case"),
    ("", "Many neuroblastomas calcify. Calcification in the left flank.", "no case"),
    ("", "Calcified mass to the left of the midline.", "definite left report"),
    (
        "",
        "There is a calcified mass; it is on the right side of the abdomen.",
        "definite right report",
    ),
    (
        "",
        "Calcified mass shifting bowel loops to the right arises in the left flank.",
        "definite left report",
    ),
    ("", "Calcified abdominal mass discussed with Dr. L. Jones.", "no case"),
    (
        "",
        "Left flank mass. Aortic calcification and coarse calcification in the left flank.",
        "definite left report",
    ),
    (
        "",
        "Left flank mass. Calcifications in the left flank and pelvis.",
        "definite left report",
    ),
    (
        "",
        "Mass with calcification extending from the left flank to the pelvis.",
        "definite left report",
    ),
    ("", "Left flank mass. Calcification in the left upper quadrant, splenic artery.", "no case"),
    ("", "Left flank mass. Heterotopic ossification about the left hip.", "no case"),
]


@pytest.mark.parametrize(
    ("reason", "text", "expected"),
    [
        *ORDER_AND_FILM,
        *ONLY_ASKED,
        *BARE,
        *INDICATION,
        *FILM_SEES_NONE,
        *ONE_LESION,
        *ORGANS,
        *CERTAINTY,
        *SIDES,
        *KNOWN_DEFECTS,
    ],
)
def test_an_exam(reason: str, text: str, expected: str) -> None:
    assert verdict(text, reason).startswith(expected)


@pytest.mark.parametrize(("text", "expected"), IMPRESSION)
def test_the_impression_decides_what_it_mentions(text: str, expected: str) -> None:
    found = verdict(text.format(case="Calcified left flank mass."))
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("description", "is_one"),
    [
        (FILM, True),
        ("KUB", True),
        ("XR LUMBAR SPINE", True),
        ("IVU", True),
        ("XR CHEST AND ABDOMEN", True),
        ("XR CHEST 2 VIEWS", False),
        ("XR HIP LEFT", False),
        ("CT ABDOMEN", False),
        ("BARIUM ENEMA", False),
    ],
)
def test_only_index_films_open_cases(description: str, is_one: bool) -> None:
    text = "Control film: Calcified left flank mass."
    assert verdict(text, description=description) == (
        "definite left report" if is_one else "no case"
    )


def test_the_evidence_shows_what_it_rests_on() -> None:
    text = (
        "FINDINGS: There is a 6 cm mass in the left flank.\n"
        "IMPRESSION: Calcified left flank mass. CT abdomen is recommended."
    )
    found = evidence(text, "pain")
    assert found is not None
    assert dict(found.sentences) == {
        "mass": "Calcified left flank mass.",
        "calcification": "Calcified left flank mass.",
    }
    assert found.recommended == ("ct",)
    assert len(found.reasons) == 2 and all(found.reasons)
    assert (found.patient_id, found.age_years) == ("P1", 52)


def test_a_case_of_the_order_shows_the_order_s_words() -> None:
    found = evidence(SIGN, "left flank mass")
    assert found is not None
    assert dict(found.sentences) == {"mass": "left flank mass", "calcification": SIGN}


def test_a_known_diagnosis_is_carried() -> None:
    found = evidence("Known neuroblastoma. Calcified left suprarenal mass.")
    assert found is not None and found.known_diagnosis == "Known neuroblastoma."


CASE = "FINDINGS: Calcified left flank mass."


@pytest.mark.parametrize(
    "known",
    [
        "Known right RCC.",
        "Status post right nephrectomy for RCC.",
        "Known neuroblastoma of the right adrenal, new left mass.",
        "Known right RCC, new left mass.",
        "Right renal tumour status post ablation.",
        "66M s/p R nephrectomy for RCC",
    ],
)
def test_what_is_known_of_the_other_side_is_another_lesion(known: str) -> None:
    for found in (evidence(f"INDICATION: {known}\n{CASE}"), evidence(CASE, known)):
        assert found is not None and found.is_case and found.known_diagnosis == ""


@pytest.mark.parametrize(
    "known",
    [
        "Known left RCC.",
        "Known RCC.",
        "Status post nephrectomy for RCC.",
        "Known bilateral Wilms tumour.",
        "Known right RCC, and known left RCC.",
    ],
)
def test_what_is_known_without_the_other_side_is_this_lesion(known: str) -> None:
    for found in (evidence(f"INDICATION: {known}\n{CASE}"), evidence(CASE, known)):
        assert found is not None and found.known_diagnosis == known


def test_a_lesion_without_a_side_may_be_the_one_that_is_known() -> None:
    found = evidence("INDICATION: Known right RCC.\nFINDINGS: Calcified flank mass.")
    assert found is not None and found.known_diagnosis == "Known right RCC."


@pytest.mark.parametrize(
    ("column", "text", "reason", "age"),
    [
        ("", CASE, "6 year old boy with a lump", 6),
        ("", f"HISTORY: 7 year old boy.\n{CASE}", "6 year old boy", 7),
        ("8", CASE, "6 year old boy", 8),
        ("", CASE, "lump", None),
    ],
)
def test_the_age_is_told_by_the_column_the_report_or_its_order(
    column: str, text: str, reason: str, age: int | None
) -> None:
    (found,) = judge_rows(
        [version(text, patient_age=column)], [asked(f"Left flank mass, {reason}")]
    )
    assert found.age_years == age


# --- versions of a report -------------------------------------------------------------------------

NONE = "FINDINGS: No mass. No calcification."


def addendum(text: str, day: int) -> dict[str, str]:
    return version(f"ADDENDUM: {text}", day, report_status="addendum")


VERSIONS = {
    "a final replaces a preliminary case": (
        [version(CASE, 0, report_status="preliminary"), version(NONE, 1)],
        "no case",
    ),
    "a final replaces a preliminary none": (
        [version(NONE, 0, report_status="preliminary"), version(CASE, 1)],
        "definite left report",
    ),
    "a preliminary alone counts": (
        [version(CASE, 0, report_status="preliminary")],
        "definite left report",
    ),
    "a correction replaces all": (
        [version(CASE, 0), version(NONE, 1, report_status="corrected")],
        "no case",
    ),
    "an addendum lets the rest stand": (
        [version(CASE, 0), addendum("Discussed with the ward.", 1)],
        "definite left report",
    ),
    "an addendum takes the calcification away": (
        [version(CASE, 0), addendum("There is no calcification.", 1)],
        "no case",
    ),
    "an addendum explains another calcification": (
        [
            version(f"{CASE} A further calcification over the left pelvis.", 0),
            addendum("The pelvic calcification is a phlebolith.", 1),
        ],
        "definite left report",
    ),
    "an addendum adds the calcification": (
        [version("FINDINGS: Left flank mass.", 0), addendum("It contains calcification.", 1)],
        "definite left report",
    ),
    "an addendum adds the case": (
        [version("FINDINGS: Normal.", 0), addendum("Calcified left flank mass.", 1)],
        "definite left report",
    ),
    "an addendum corrects the side": (
        [version(CASE, 0), addendum("The calcified mass is in the right flank.", 1)],
        "definite right report",
    ),
    "an addendum explains the calcification": (
        [
            version("FINDINGS: Left flank mass. Calcification in the left flank.", 0),
            addendum("The calcification is a gallstone.", 1),
        ],
        "no case",
    ),
    "links of the first version outlive an addendum": (
        [
            version("FINDINGS: Left flank mass. Right flank mass with calcification.", 0),
            addendum("The bones are normal.", 1),
        ],
        "definite right report",
    ),
    "an original quoted in an addendum counts": (
        [addendum(f"Typing error mended.\nORIGINAL REPORT:\n{CASE}", 1)],
        "definite left report",
    ),
    "an original quoted as retracted does not": (
        [version(f"ORIGINAL REPORT (RETRACTED):\n{CASE}\nADDENDUM: Normal abdomen.", 1)],
        "no case",
    ),
    "a cancelled newest version leaves nothing": (
        [version(CASE, 0), version("", 1, report_status="cancelled")],
        "no case",
    ),
    "one entered in error leaves nothing": (
        [version(CASE, 0), version(CASE, 1, report_status="entered-in-error")],
        "no case",
    ),
    "a final after a cancellation counts": (
        [version("", 0, report_status="cancelled"), version(CASE, 1)],
        "definite left report",
    ),
    "nothing before a cancellation comes back with an addendum": (
        [
            version(CASE, 0),
            version("", 1, report_status="cancelled"),
            addendum("Seen by the ward.", 2),
        ],
        "no case",
    ),
    "an addendum may take back the reports before it": (
        [
            version(CASE, 0),
            addendum("Please disregard the original report, dictated on the wrong patient.", 1),
        ],
        "no case",
    ),
    "and give another": (
        [
            version("Normal abdomen.", 0),
            addendum(f"The original report is withdrawn.\nFINDINGS: {CASE}", 1),
        ],
        "definite left report",
    ),
    "what an addendum says beside it does not take the report back": (
        [version(CASE, 0), addendum("Please disregard the recommendation above.", 1)],
        "definite left report",
    ),
    "an addendum that moves the mass moves its calcification": (
        [version(CASE, 0), addendum("Correction: the mass is in the right flank.", 1)],
        "definite right report",
    ),
    "one that adds a mass does not": (
        [version(CASE, 0), addendum("There is also a mass in the right flank.", 1)],
        "definite left report",
    ),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions(name: str) -> None:
    """Whatever order they come in, the order in which they were signed decides."""
    rows, expected = VERSIONS[name]
    for arrived in permutations(rows):
        found = judge_rows(arrived)
        assert [in_words(one) for one in found] == ([] if expected == "no case" else [expected])


def test_the_newest_version_names_the_case() -> None:
    rows = [version(CASE, 0, report_id="R1"), version(CASE, 1, report_id="R2")]
    (found,) = judge_rows(rows)
    assert found.report_id == "R2"


# --- an exam's order ------------------------------------------------------------------------------


def test_only_the_exam_s_own_order_speaks_for_it() -> None:
    film = version(SIGN)
    assert judge_rows([film], [asked(MASS)])[0].is_case
    assert not judge_rows([film], [asked(MASS, accession="A2")])
    assert not judge_rows([film], [asked(MASS, accession="")])
    assert not judge_rows([film | {"accession": ""}], [asked(MASS, accession="")])


def test_one_order_of_several_is_enough() -> None:
    orders = [asked("pain", order_id="O1"), asked(MASS, order_id="O2")]
    assert in_words(judge_rows([version(SIGN)], orders)[0]) == "definite left order"


def test_each_exam_is_judged_by_itself() -> None:
    """A mass on one film and calcification on another make no case."""
    films = [
        report("P1", 0, "Left flank mass.", accession="A1"),
        report("P1", 1, SIGN, accession="A2"),
    ]
    assert judge_rows(films) == ()
    both = [report("P1", day, CASE, accession=f"A{day}") for day in (5, 1)]
    assert [found.exam_datetime[:10] for found in judge_rows(both)] == ["2025-03-04", "2025-03-08"]


def test_facts_in_any_order_give_the_same_evidence() -> None:
    rows = [version(SIGN, 0), version(f"{SIGN} Gas normal.", 1), addendum("Discussed.", 2)]
    facts = read_exam(rows, [asked(MASS)])
    rules = pipeline().cases
    expected = find_evidence(facts, rules)
    assert len(expected) == 1
    for reports in permutations(facts.reports):
        shuffled = type(facts)(facts.patient_id, tuple(reports), facts.orders)
        assert find_evidence(shuffled, rules) == expected
