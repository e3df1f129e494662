"""The sample exports that come with the tool: the same cases as ever, and the true ones.

`sample_data/expected/cases.csv` changes only on purpose. After a change of the rules read the
difference, and when it is meant:

    auditor demo --out out/demo
    cp out/demo/cases.csv sample_data/expected/cases.csv
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest
from builders import Row, read_rows, set_up_once

from auditor import cli
from auditor.bundled import sample_folder

SAMPLE = sample_folder()
# Columns of the truth that tell of the sample and not of a case.
OWN = {"patient_id", "index_report_id", "kind", "open", "story"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """The outputs of `auditor demo`."""
    out = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch, set_up_once():
        patch.setattr(sys, "argv", ["auditor", "demo", "--out", str(out)])
        cli.main()
    return out


def test_the_demo_is_the_same_on_any_day(tmp_path, monkeypatch) -> None:
    class Earlier(date):
        @classmethod
        def today(cls) -> date:
            return cls(2026, 1, 1)

    monkeypatch.setattr(cli.runs, "date", Earlier)
    monkeypatch.setattr(sys, "argv", ["auditor", "demo", "--out", str(tmp_path)])
    with set_up_once():
        cli.main()
    assert read_rows(tmp_path / "set_aside.csv") == []


def by_index(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row["patient_id"], row["index_report_id"]): row for row in rows}


def test_the_demo_gives_the_expected_cases_to_the_byte(demo) -> None:
    expected = (SAMPLE / "expected" / "cases.csv").read_bytes()
    assert (demo / "cases.csv").read_bytes() == expected


def test_every_case_is_found_and_no_false_one(demo) -> None:
    truth = [row for row in read_rows(SAMPLE / "truth.csv") if row["kind"] == "case"]
    assert len(truth) > 50
    assert set(by_index(read_rows(demo / "cases.csv"))) == set(by_index(truth))


def test_what_is_true_of_a_case_is_said_of_it(demo) -> None:
    """Status, flags, dates, side, certainty; but for what the rules leave open."""
    found = by_index(read_rows(demo / "cases.csv"))
    wrong = []
    for key, true in by_index(read_rows(SAMPLE / "truth.csv")).items():
        for column in set(true) - OWN - set(true["open"].split(";")):
            if key in found and found[key][column] != true[column]:
                wrong.append((true["story"], key[1], column, true[column], found[key][column]))
    assert sorted(wrong) == []


def test_near_misses_are_those_of_the_stories(demo) -> None:
    truth = {r["patient_id"] for r in read_rows(SAMPLE / "truth.csv") if r["kind"] == "near_miss"}
    assert truth
    assert {row["patient_id"] for row in read_rows(demo / "near_misses.csv")} == truth
