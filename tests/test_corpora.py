"""The public corpus and the labelled development sets, where they stand beside the checkout.

Set `AUDITOR_SHARED` to their folder, or put it beside the checkout as `shared`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from builders import ROOT, Row, audit_folder, pipeline, read_rows, write_exports

from auditor.config.pipeline import read_pipeline
from auditor.config.site import read_site
from auditor.job import run_audit
from auditor.request import Request

SHARED = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))
CHEST_FILMS = 3851
FLOOR = 0.99

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not SHARED.is_dir(),
        reason=f"no corpora in {SHARED.name}/ beside the checkout (or in AUDITOR_SHARED)",
    ),
]


@pytest.mark.slow
def test_no_chest_film_is_a_case_and_every_report_is_accounted_for(tmp_path) -> None:
    site = read_site(ROOT / "tests" / "fixtures" / "sites" / "indiana.toml")
    orders = write_exports(tmp_path, []) / "orders.csv"
    request = Request(
        pipeline=read_pipeline(pipeline().folder, site),
        reports=(str(SHARED / "corpora" / "indiana_reports.csv"),),
        orders=(str(orders),),
        out=tmp_path / "out",
    )
    results = run_audit(request)
    assert (results.cases, results.near_misses, results.set_aside) == ((), (), ())
    counts = results.run.counts
    assert counts["reports_in"] == counts["reports_kept"] == CHEST_FILMS
    assert counts["not_index"] == counts["new_reports"] == counts["patients"] == CHEST_FILMS
    assert results.run.unknown_procedures == ()


# --- labelled sets --------------------------------------------------------------------------------


def run(name: str, out: Path, as_of: str = "") -> list[Row]:
    audit_folder(SHARED / "dev" / name, out, as_of=as_of)
    return read_rows(out / "cases.csv")


def f1(wanted: set[tuple[str, str]], found: Iterable[tuple[str, str]]) -> float:
    """Harmonic mean of precision and sensitivity; a row found twice is false once."""
    listed = list(found)
    right = len(wanted & set(listed))
    return 2 * right / (len(wanted) + len(listed))


def labelled(gold: Iterable[Row], column: str) -> dict[tuple[str, str], Row]:
    """Gold rows by patient and report, for each of the report ids that a row accepts."""
    return {
        (row["patient_id"], report_id): row
        for row in gold
        for report_id in row[column].split("|")
        if report_id
    }


def main_key(row: Row, column: str) -> tuple[str, str]:
    return row["patient_id"], row[column].split("|")[0]


def test_the_score_is_that_of_the_textbook() -> None:
    """Two right, one missed, one false: precision and sensitivity are both two thirds."""
    wanted = {("P", "1"), ("P", "2"), ("P", "3")}
    assert f1(wanted, wanted) == 1
    assert f1(wanted, [("P", "1"), ("P", "2"), ("Q", "9")]) == pytest.approx(2 / 3)
    assert f1(wanted, [("P", "1"), ("P", "1"), ("P", "2"), ("P", "3")]) == pytest.approx(6 / 7)


@pytest.mark.parametrize("name", ["texts", "long"])
def test_cases_of_labelled_texts_are_found(tmp_path, name) -> None:
    gold = read_rows(SHARED / "dev" / name / "gold.csv")
    by_id = labelled(gold, "report_id")
    wanted = {main_key(row, "report_id") for row in gold if row["is_case"] == "1"}
    rows = run(name, tmp_path)
    keys = [(row["patient_id"], row["index_report_id"]) for row in rows]
    found = [main_key(by_id[key], "report_id") if key in by_id else key for key in keys]
    assert len(gold) > 40 and len(wanted) > 10
    assert f1(wanted, found) >= FLOOR
    certain = [
        by_id[key]["certainty"] == row["certainty"]
        for key, row in zip(keys, rows, strict=True)
        if key in by_id and by_id[key]["is_case"] == "1"
    ]
    assert sum(certain) >= FLOOR * len(certain)


def test_cases_and_verdicts_of_labelled_pathways_are_found(tmp_path) -> None:
    folder = SHARED / "dev" / "pathways"
    as_of = (folder / "AS_OF").read_text().strip()
    gold = [row for row in read_rows(folder / "gold.csv") if row["case_index"] != "0"]
    by_id = labelled(gold, "index_report_id")
    rows = run("pathways", tmp_path, as_of)
    keys = [(row["patient_id"], row["index_report_id"]) for row in rows]
    found = [main_key(by_id[key], "index_report_id") if key in by_id else key for key in keys]
    assert len(gold) > 60
    assert f1({main_key(row, "index_report_id") for row in gold}, found) >= FLOOR
    matched = [(by_id[key], row) for key, row in zip(keys, rows, strict=True) if key in by_id]
    status = [wanted["status"] == row["status"] for wanted, row in matched]
    assert sum(status) >= FLOOR * len(status)
    settled = [pair for pair in matched if not _flags_are_open(pair[0])]
    flags = [wanted["flags"] == row["flags"] for wanted, row in settled]
    assert sum(flags) >= FLOOR * len(flags)


def _flags_are_open(gold: Row) -> bool:
    """The rules leave the flags open of a case that is excluded or rests on a CT elsewhere."""
    elsewhere = "outside_ct_mentioned" in gold["must_advisories"]
    return gold["status"] == "excluded" or (gold["status"] == "needs_review" and elsewhere)
