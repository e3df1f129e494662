"""Labelled patients, by authors who had seen nothing of this project, stay judged right."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.job import run_audit
from auditor.request import Request
from auditor.workbook.tables import case_values

FOLDER = Path(__file__).parent / "fixtures" / "labelled_pathways"
DATES = ("first_ct_datetime", "first_mri_datetime", "first_biopsy_datetime", "days_to_ct")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_labelled_patients_are_judged_right(name: str) -> None:
    folder = FOLDER / name
    pipeline = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
    request = Request(
        pipeline=pipeline,
        reports=(str(folder / "reports.csv"),),
        orders=(str(folder / "orders.csv"),),
        as_of=(folder / "AS_OF").read_text().strip(),
    )
    rows = [case_values(case, pipeline.labels) for case in run_audit(request).cases]
    found = {(row["patient_id"], row["index_report_id"]): row for row in rows}
    with (folder / "gold.csv").open(encoding="utf-8", newline="") as file:
        gold = [row for row in csv.DictReader(file) if row["case_index"] != "0"]
    wrong = []
    for row in gold:
        keys = [(row["patient_id"], report) for report in row["index_report_id"].split("|")]
        case = next((found.pop(key) for key in keys if key in found), None)
        wrong += _differences(row, case)
    assert [key[0] for key in found] == []
    assert wrong == []


def _differences(gold: dict[str, str], case: dict[str, str] | None) -> list[str]:
    if case is None:
        return [f"{gold['patient_id']}: not found"]
    names = ["status", "certainty", "laterality", "age_group", "exclusion_reason", *DATES]
    open_flags = gold["status"] == "excluded" or "outside_ct_mentioned" in gold["must_advisories"]
    if not open_flags:
        names.append("flags")
    differences = [
        f"{gold['patient_id']}: {name} {case[name]!r}, labelled {gold[name]!r}"
        for name in names
        if gold[name] != case[name]
        and not (name in DATES and gold[name] and case[name].startswith(gold[name]))
    ]
    missing = set(filter(None, gold["must_advisories"].split(";"))) - set(
        case["advisories"].split(";")
    )
    return differences + [f"{gold['patient_id']}: advisory {code} missing" for code in missing]
