"""What holds for every patient, whatever happened to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pathway_timelines import PIPELINE, START, Step, build, step

from auditor.config.verdicts import read_verdict_rules
from auditor.language.facts import PatientFacts, Procedure
from auditor.pathway.model import Case, Evidence
from auditor.pathway.rate import population_counts
from auditor.pathway.verdicts import judge_patient

RULES = read_verdict_rules(PIPELINE)
STATUSES = {"compliant", "non_compliant", "pending", "excluded", "excepted", "needs_review"}

check = settings(max_examples=100, deadline=None)

times = st.sampled_from(["?", "08:00", "09:00", "10:00", "14:00"])
items = st.lists(
    st.sampled_from(
        [
            "elsewhere",
            "partial",
            "doubt unnamed_site",
            "if names_lesion",
            "says lesion_named left",
            "says outside_ct",
            "says exception pregnancy",
            "not_performed",
            "pending",
            "no performed time",
            "cancelled",
            "preliminary",
        ]
    ),
    max_size=2,
)
whats = st.sampled_from(
    ["CT", "MRI", "biopsy", "US", "CT order", "MRI report", "biopsy order", "pathology report"]
)
films = st.lists(st.sampled_from(["possible", "right", "child", "known diagnosis"]), max_size=2)


@st.composite
def patients(draw: st.DrawFn) -> list[Step]:
    """A film or two, and up to five procedures around them."""
    steps = [step(0, "index XR", *draw(films), time=draw(times))]
    if draw(st.booleans()):
        steps.append(step(draw(st.integers(-100, 300)), "index XR", *draw(films)))
    for _ in range(draw(st.integers(0, 5))):
        # Days near the edges of the windows matter most.
        day = draw(st.sampled_from([-91, -90, -1, 0, 1, 3, 59, 60, 61, 180, 181]))
        steps.append(step(day, draw(whats), *draw(items), time=draw(times)))
    return steps


def judge(
    facts: PatientFacts, evidences: list[Evidence], *, as_of: int, start: date = START
) -> tuple[Case, ...]:
    day = (start + timedelta(days=as_of)).isoformat()
    return judge_patient(facts, evidences, RULES, as_of=day)


def of(steps: list[Step], *, as_of: int = 200, start: date = START) -> tuple[Case, ...]:
    facts, evidences = build(steps, start)
    return judge(facts, evidences, as_of=as_of, start=start)


def verdicts(cases: tuple[Case, ...]) -> list[tuple[object, ...]]:
    return [(c.status, c.flags, c.exclusion_reason, c.advisories, c.pathway) for c in cases]


@check
@given(patients(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(steps: list[Step], random: object) -> None:
    facts, evidences = build(steps)
    reports, orders, shuffled = list(facts.reports), list(facts.orders), list(evidences)
    for rows in (reports, orders, shuffled):
        random.shuffle(rows)  # type: ignore[attr-defined]
    other = PatientFacts(facts.patient_id, tuple(reports), tuple(orders))
    assert judge(other, shuffled, as_of=200) == judge(facts, evidences, as_of=200)


@check
@given(patients())
def test_rows_that_come_twice_change_nothing(steps: list[Step]) -> None:
    facts, evidences = build(steps)
    twice = PatientFacts(facts.patient_id, facts.reports * 2, facts.orders * 2)
    assert judge(twice, evidences, as_of=200) == judge(facts, evidences, as_of=200)


@check
@given(patients(), st.integers(-2000, 2000), st.integers(0, 400))
def test_only_differences_of_dates_matter(steps: list[Step], days: int, as_of: int) -> None:
    moved = of(steps, as_of=as_of, start=START + timedelta(days=days))
    assert verdicts(moved) == verdicts(of(steps, as_of=as_of))


@check
@given(patients(), st.integers(-100, 300), st.sampled_from(["US", "biopsy", "CT", "MRI", "other"]))
def test_what_is_not_meant_changes_no_flag(steps: list[Step], day: int, kind: str) -> None:
    more = [*steps, step(day, kind, "elsewhere")]
    assert [(c.status, c.flags) for c in of(more)] == [(c.status, c.flags) for c in of(steps)]


@check
@given(patients(), st.integers(1, 180))
def test_a_ct_before_the_mri_takes_its_flag_away(steps: list[Step], day: int) -> None:
    mris = [replace(s, day=day) if s.kind == "mri" and s.day >= 0 else s for s in steps]
    # Nothing else on that day is earlier, and one film alone opens a case.
    first = [s for s in mris if s.kind != "radiograph" or s.day == 0]
    cases = of([*first, step(day, "CT", time="07:00")])
    assert all("mri_first" not in case.flags for case in cases)


@check
@given(patients(), st.integers(0, 250), st.integers(0, 250))
def test_time_only_closes_windows(steps: list[Step], one: int, other: int) -> None:
    """A later audit turns pending into something else, or adds the missing event's flag."""
    earlier, later = sorted((one, other))
    for before, after in zip(of(steps, as_of=earlier), of(steps, as_of=later), strict=True):
        assert set(after.flags) - set(before.flags) <= {"skipped_ct"}
        assert set(before.flags) <= set(after.flags)
        assert after.status == before.status or before.status == "pending"


@check
@given(patients(), st.integers(0, 400))
def test_a_case_has_one_status_and_the_counts_add_up(steps: list[Step], as_of: int) -> None:
    cases = of(steps, as_of=as_of)
    for case in cases:
        assert case.status in STATUSES
        assert bool(case.flags) or case.status not in ("non_compliant", "excepted")
        assert not case.flags or case.status not in ("compliant", "pending", "excluded")
        assert bool(case.exclusion_reason) == (case.status in ("excluded", "excepted"))
        possible = case.evidence.certainty == "possible"
        assert not possible or case.status in ("needs_review", "excluded")
    counts = {one.group: one for one in population_counts(cases)}
    assert counts["all"].initial == len(cases)
    assert counts["all"].numerator == sum(1 for case in cases if case.status == "compliant")


@check
@given(patients())
def test_case_ids_are_stable_and_distinct(steps: list[Step]) -> None:
    ids = [case.case_id for case in of(steps)]
    assert len(set(ids)) == len(ids)
    assert ids == [case.case_id for case in of(steps, as_of=10, start=START + timedelta(days=9))]


def test_a_corrected_time_does_not_change_a_case_id() -> None:
    """Nor does the report id of a later version under the same accession."""
    (one,) = of([step(0, "index XR", "accession X", "id R1")])
    (other,) = of([step(1, "index XR", "accession X", "id R2")])
    assert one.case_id == other.case_id
    (alone,) = of([step(0, "index XR", "accession none", "id R2")])
    assert alone.case_id != one.case_id


@check
@given(patients(), st.integers(0, 5))
def test_a_row_on_its_own_can_be_read(steps: list[Step], number: int) -> None:
    """Any cut into nightly files leaves a patient that can be judged."""
    facts, evidences = build(steps)
    some = PatientFacts(facts.patient_id, facts.reports[:number], facts.orders[number:])
    for case in judge(some, evidences, as_of=200):
        assert case.status in STATUSES


def test_the_procedure_of_a_step_is_what_the_timelines_say() -> None:
    assert step(1, "CT", "partial").procedure == Procedure("ct", True, "partial")
