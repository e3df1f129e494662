"""The copy to hand around: what it must not hold, and that nothing hidden can be worked out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_builders import (
    PIPELINE,
    invent_results,
    make_case,
    make_evidence,
    make_results,
    make_run,
    read_labels,
)

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.config.workbook_copy import Shareable
from auditor.pathway.model import Case
from auditor.record import describe_run
from auditor.workbook.figures import IN_RATE
from auditor.workbook.outputs import write_outputs
from auditor.workbook.shareable import SHAREABLE_FILE, write_shareable
from auditor.workbook.shared_counts import Group, SharedCounts, count_shared
from auditor.workbook.suppression import is_small

LABELS = read_labels()
RUN = make_run()
LIMIT = 10
FIRST = date(2025, 1, 15)


def text_of(path: Path) -> str:
    with ZipFile(path) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def test_it_is_written_beside_the_workbook_where_the_site_wants_it(tmp_path: Path) -> None:
    results = make_results((make_case(),))
    assert SHAREABLE_FILE not in {p.name for p in write_outputs(results, LABELS, tmp_path / "no")}
    wanted = Shareable(write=True)
    written = [path.name for path in write_outputs(results, LABELS, tmp_path / "yes", wanted)]
    assert written[-2:] == [SHAREABLE_FILE, "run.json"]
    assert SHAREABLE_FILE in (tmp_path / "yes" / "run.json").read_text(encoding="utf-8")


def test_asking_for_it_judges_nobody_anew() -> None:
    plain, wanted = (
        describe_run(read_pipeline(PIPELINE, Site(shareable=one)), "", (), None)
        for one in (Shareable(), Shareable(write=True, hide_up_to=5))
    )
    assert plain.rules_digest == wanted.rules_digest
    assert plain.reading_digest == wanted.reading_digest


@pytest.mark.parametrize("count", [0, 1, 60, 900])
def test_no_case_no_sentence_no_small_count(tmp_path: Path, count: int) -> None:
    results = invent_results(count) if count > 1 else make_results((make_case(),) * count)
    path = write_shareable(results, LABELS, tmp_path / SHAREABLE_FILE, LIMIT)
    text = text_of(path)
    for case in results.cases:
        evidence = case.evidence
        for hidden in (evidence.patient_id, case.case_id, evidence.report_id, case.pathway):
            assert hidden not in text
        assert evidence.exam_datetime[:10] not in text
        assert not any(sentence in text for _, sentence in evidence.sentences)
    assert "reports.csv" not in text
    for sheet in openpyxl.load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert not (isinstance(cell.value, int) and 1 <= cell.value <= LIMIT), cell


def test_a_small_place_is_not_named(tmp_path: Path) -> None:
    cases = [
        make_case(
            f"{place}{number}",
            status=("compliant", "non_compliant")[number % 2],
            evidence=make_evidence(f"{place}{number}", facility=place, ordering_department=""),
        )
        for place, size in (("Large", 60), ("Middling", 40), ("Tiny", 4), ("Typed 4711 here", 3))
        for number in range(size)
    ]
    counts = count_shared(cases, LABELS, RUN, LIMIT)
    assert counts.places == (
        ("facility", (Group("Large", 60, 30), Group("", 47, 24, others=True))),
    )
    path = write_shareable(make_results(tuple(cases)), LABELS, tmp_path / SHAREABLE_FILE, LIMIT)
    assert not re.search("Middling|Tiny|4711", text_of(path))


STATUSES = ("compliant", "non_compliant", "pending", "excluded", "excepted", "needs_review")


@st.composite
def many_cases(draw: st.DrawFn) -> list[Case]:
    """Blocks of like cases: a few sizes about the limit, and larger ones."""
    cases = []
    for number in range(draw(st.integers(1, 9))):
        status = draw(st.sampled_from((*STATUSES[:2] * 3, *STATUSES)))
        place = draw(st.sampled_from("NSE"))
        age = draw(st.sampled_from(("adult", "pediatric", "unknown")))
        day = FIRST + timedelta(days=31 * draw(st.integers(0, 4)))
        flag = draw(st.sampled_from(("skipped_ct", "mri_first", "ct_delayed")))
        out = status in ("excluded", "excepted")
        reason = draw(st.sampled_from(("prior_ct", "pregnancy"))) if out else ""
        for at in range(draw(st.sampled_from((1, 2, 4, 8, 10, 11, 12, 15, 30, 60)))):
            evidence = make_evidence(
                f"{number}-{at}", facility=place, ordering_department=age, exam_datetime=str(day)
            )
            cases.append(
                make_case(
                    f"{number}-{at}",
                    status=status,
                    evidence=evidence,
                    age_group=age,
                    flags=(flag,) if status == "non_compliant" else (),
                    exclusion_reason=reason,
                )
            )
    return cases


class Attacker:
    """Knows every published count, what adds up to what, and that nobody is counted twice.

    Narrows what each hidden count may be until nothing more follows.
    """

    def __init__(self, counts: SharedCounts):
        self.ranges: dict[str, tuple[int, int]] = {}
        self.sums: list[tuple[str, list[str]]] = []
        self._learn(counts.steps, "")
        parts = ["excluded", "excepted", "pending", "needs_review", "denominator"]
        self.sums += [("initial", parts), ("denominator", ["missed", "numerator"])]
        groups = [("ages", counts.ages), ("periods", counts.periods), *counts.places]
        for table, listed in groups:
            self._learn_groups(table, listed)
        self._learn(counts.flags, "flag ")
        self._narrow()

    def _learn(self, listed: Iterable[tuple[str, int | None]], prefix: str) -> None:
        for name, count in listed:
            self.ranges[prefix + name] = (0, 10_000) if count is None else (count, count)

    def _learn_groups(self, table: str, groups: tuple[Group, ...]) -> None:
        names = [f"{table} {group.name} {group.others}" for group in groups]
        for what, field in (("size", "denominator"), ("compliant", "numerator")):
            listed = [(name, getattr(one, what)) for name, one in zip(names, groups, strict=True)]
            self._learn(listed, f"{what} ")
            if groups:
                self.sums.append((field, [f"{what} {name}" for name in names]))
        for name in names:
            self.ranges[f"missed {name}"] = (0, 10_000)
            self.sums.append((f"size {name}", [f"compliant {name}", f"missed {name}"]))

    def _narrow(self) -> None:
        before: dict[str, tuple[int, int]] = {}
        while before != self.ranges:
            before = dict(self.ranges)
            for total, parts in self.sums:
                lows = sum(self.ranges[part][0] for part in parts)
                highs = sum(self.ranges[part][1] for part in parts)
                low, high = self.ranges[total]
                self.ranges[total] = (max(low, lows), min(high, highs))
                low, high = self.ranges[total]
                for part in parts:
                    own_low, own_high = self.ranges[part]
                    self.ranges[part] = (
                        max(own_low, low - (highs - own_high)),
                        min(own_high, high - (lows - own_low)),
                    )


def true_counts(cases: list[Case]) -> dict[str, int]:
    """What the attacker would like to know, by the names that it uses."""
    own = [case for case in cases if case.status in IN_RATE]
    true = {status: sum(case.status == status for case in cases) for status in STATUSES[2:]}
    true |= {"missed": sum(case.status == STATUSES[1] for case in own)}
    true |= {"numerator": sum(case.status == STATUSES[0] for case in own)}
    true |= {"denominator": len(own), "initial": len(cases)}
    for flag in ("skipped_ct", "mri_first", "ct_delayed"):
        true[f"flag {flag}"] = sum(flag in case.flags for case in own)
    keys = {
        "ages": lambda case: case.age_group,
        "facility": lambda case: case.evidence.facility,
        "ordering_department": lambda case: case.evidence.ordering_department,
        "periods": lambda case: case.evidence.exam_datetime[:7],
    }
    for table, key in keys.items():
        for name in {key(case) for case in own}:
            members = [case.status for case in own if key(case) == name]
            done = members.count(STATUSES[0])
            for what, count in (
                ("size", len(members)),
                ("compliant", done),
                ("missed", len(members) - done),
            ):
                true[f"{what} {table} {name} False"] = count
    return true


@settings(max_examples=150)
@given(many_cases())
def test_no_hidden_count_can_be_worked_out_from_what_is_shown(cases: list[Case]) -> None:
    attacker = Attacker(count_shared(cases, LABELS, RUN, LIMIT))
    for name, count in true_counts(cases).items():
        if name in attacker.ranges:
            low, high = attacker.ranges[name]
            assert low <= count <= high, name
            if is_small(count, LIMIT):
                assert high - low >= 3, (name, count, low, high)
