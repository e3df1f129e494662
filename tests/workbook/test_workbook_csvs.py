"""CSV files and run.json: golden text, safe text, the same bytes for the same results."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
from workbook_builders import (
    invent_results,
    make_case,
    make_evidence,
    make_results,
    make_run,
    read_labels,
)

from auditor.workbook.csvs import write_csvs, write_run
from auditor.workbook.results import Results

LABELS = read_labels()


def written(results: Results, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    return {path.name: path.read_bytes() for path in write_csvs(results, LABELS, folder)}


def test_golden_cases(tmp_path: Path) -> None:
    first = make_case("0002")
    second = make_case(
        "0001",
        status="non_compliant",
        flags=("skipped_ct", "mri_first"),
        firsts=(("ct", ""), ("mri", "2026-01-19"), ("biopsy", "")),
        days_to_required=None,
        pathway="XR → MRI (9 d)",
        evidence=make_evidence(
            "0001", sentences=(("mass", 'A "lump", left.'), ("calcification", "-Calcified."))
        ),
    )
    assert written(make_results((first, second)), tmp_path / "out")["cases.csv"].decode() == (
        "case_id,patient_id,index_report_id,index_datetime,facility,age_group,certainty,laterality,"
        "mass_source,status,flags,advisories,exclusion_reason,first_ct_datetime,"
        "first_mri_datetime,first_biopsy_datetime,days_to_ct,biopsy_prior_imaging,pathway,"
        "mass_evidence,calcification_evidence\n"
        "C-0001,0001,R-0001,2026-01-10T09:30:00,North Hospital,adult,definite,left,report,"
        "non_compliant,skipped_ct;mri_first,,,,2026-01-19,,,,XR → MRI (9 d),"
        '"A ""lump"", left.",\'-Calcified.\n'
        "C-0002,0002,R-0002,2026-01-10T09:30:00,North Hospital,adult,definite,left,report,"
        "compliant,,,,2026-01-22T11:00:00,,,12,,XR → CT (12 d),"
        "There is a 6 cm left flank mass.,The left mass contains stippled calcifications.\n"
    )


def test_equal_results_give_equal_bytes_in_any_order(tmp_path: Path) -> None:
    results = invent_results(30)
    other = dataclasses.replace(
        results,
        cases=results.cases[::-1],
        events=results.events[::-1],
        findings=results.findings[::-1],
    )
    assert written(results, tmp_path / "a") == written(other, tmp_path / "b")


def test_all_files_are_written_even_when_nothing_was_found(tmp_path: Path) -> None:
    files = written(make_results(), tmp_path / "out")
    assert sorted(files) == [
        *("cases.csv", "changes.csv", "events.csv", "findings.csv", "grounds.csv"),
        *("identifiers.csv", "near_misses.csv", "set_aside.csv"),
    ]
    assert all(content.count(b"\n") == 1 for content in files.values())


def test_hostile_texts_survive_a_round_trip(tmp_path: Path) -> None:
    hostile = 'a "quoted"; =1\x00\x07, line\r\nbreak\ud800'
    case = make_case(evidence=make_evidence(facility=hostile), case_id="=cmd()")
    written(make_results((case,)), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "cases.csv", dtype=str, keep_default_na=False)
    assert table.facility[0] == 'a "quoted"; =1, line\nbreak'
    assert table.case_id[0] == "'=cmd()"
    assert b"\r" not in (tmp_path / "out" / "cases.csv").read_bytes()


def run_record(results: Results, folder: Path) -> dict:
    folder.mkdir()
    files = write_csvs(results, LABELS, folder)
    return json.loads(write_run(results.run, files, folder).read_text(encoding="utf-8"))


def test_run_json_is_the_same_but_for_the_timings(tmp_path: Path) -> None:
    results = invent_results(5)
    later = dataclasses.replace(results.run, started="2027-01-01T00:00:00", timings={"ingest": 9.0})
    one = run_record(results, tmp_path / "a")
    two = run_record(dataclasses.replace(results, run=later), tmp_path / "b")
    assert one.pop("timings") != two.pop("timings")
    assert one == two


def test_the_run_id_tells_runs_apart(tmp_path: Path) -> None:
    ids = {
        run_record(make_results(), tmp_path / "a")["run_id"],
        run_record(make_results(run=make_run(as_of="2026-07-01")), tmp_path / "b")["run_id"],
        run_record(make_results((make_case(),)), tmp_path / "c")["run_id"],
    }
    assert len(ids) == 3


def test_run_json_names_inputs_counts_and_outputs(tmp_path: Path) -> None:
    record = run_record(make_results(), tmp_path / "out")
    assert record["inputs"][1]["rows_in"] == 18_250
    assert record["counts"]["screened_out"] == 17_402
    assert set(record["outputs"]) >= {"cases.csv", "findings.csv"}
    assert record["timings"]["seconds"] == {"ingest": 1.5, "language": 20.25}
