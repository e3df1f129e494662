"""One run from files to files, and two nights running."""

from __future__ import annotations

import errno
import gzip
import json
import os
from pathlib import Path

import pytest
from builders import (
    ORDERS,
    REPORTS,
    Row,
    audit_folder,
    on_day,
    order,
    pipeline,
    read_outputs,
    read_rows,
    report,
    set_up_once,
    verdicts,
    write_exports,
    write_table,
)

from auditor.errors import AuditError, OutputError, SourceError
from auditor.job import run_audit
from auditor.request import Request
from auditor.workbook import outputs

# The contract's columns of cases.csv, in their order.
CASE_COLUMNS = (
    "case_id,patient_id,index_report_id,index_datetime,facility,age_group,certainty,laterality,"
    "mass_source,status,flags,advisories,exclusion_reason,first_ct_datetime,first_mri_datetime,"
    "first_biopsy_datetime,days_to_ct,biopsy_prior_imaging,pathway,mass_evidence,"
    "calcification_evidence"
)
CT, MRI, BIOPSY = "CT ABDOMEN PELVIS", "MRI ABDOMEN", "CT GUIDED BIOPSY RENAL MASS"
AS_OF = on_day(200)

# What was done after a film that shows a case, and what must be said of it.
TIMELINES: dict[str, tuple[list[Row], str, str]] = {
    "in_time": ([order("in_time", 10, CT)], "compliant", ""),
    "last_day": ([order("last_day", 60, CT)], "compliant", ""),
    "one_day_late": ([order("one_day_late", 61, CT)], "non_compliant", "ct_delayed"),
    "nothing": ([], "non_compliant", "skipped_ct"),
    "head_only": ([order("head_only", 10, "CT HEAD")], "non_compliant", "skipped_ct"),
    "cancelled": (
        [order("cancelled", 10, CT, status="cancelled", performed_datetime="")],
        "non_compliant",
        "skipped_ct",
    ),
    "mri_alone": ([order("mri_alone", 3, MRI)], "non_compliant", "skipped_ct;mri_first"),
    "mri_before": (
        [order("mri_before", 3, MRI), order("mri_before", 10, CT)],
        "non_compliant",
        "mri_first",
    ),
    "mri_after": ([order("mri_after", 10, MRI), order("mri_after", 3, CT)], "compliant", ""),
    "needle": (
        [order("needle", 3, BIOPSY), order("needle", 80, CT)],
        "non_compliant",
        "biopsy_before_imaging;ct_delayed",
    ),
    "seen_before": ([order("seen_before", -40, CT)], "excluded", ""),
    "unclear": (
        [order("unclear", 10, CT, performed_datetime="")],
        "needs_review",
        "skipped_ct",
    ),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, object]:
    """All timelines in one export, with films that are no case among them."""
    folder = tmp_path_factory.mktemp("audit")
    reports = [report(patient) for patient in TIMELINES]
    reports += [
        report("open", 190),
        report("asked", text="INDICATION: r/o left flank mass.\nFINDINGS: Left calcifications."),
        report("hedged", text="FINDINGS: Possible calcified mass in the left flank."),
        report("no_mass", text="FINDINGS: Phleboliths. No mass."),
        report("denied", text="FINDINGS: Left flank mass without calcification."),
        report("chest", procedure="XR CHEST 2 VIEWS"),
        report("in_order", text="FINDINGS: Coarse calcifications on the left.", accession="A-1"),
        report("bad_date", exam_datetime="soon"),
        report(""),
    ]
    orders = [row for rows, _, _ in TIMELINES.values() for row in rows]
    orders.append(order("in_order", 0, "XR KUB", accession="A-1", reason="Left flank mass."))
    exports = write_exports(folder / "in", reports, orders)
    return folder / "out", audit_folder(exports, folder / "out", as_of=AS_OF)


@pytest.mark.parametrize("patient", TIMELINES)
def test_each_timeline_gets_its_verdict(run, patient) -> None:
    _, status, flags = TIMELINES[patient]
    assert verdicts(run[0])[patient] == (status, flags)


def test_only_films_with_mass_and_calcification_are_cases(run) -> None:
    found = verdicts(run[0])
    assert set(found) == {*TIMELINES, "open", "hedged", "in_order"}
    assert found["open"] == ("pending", "")
    assert found["hedged"][0] == "needs_review"
    rows = {row["patient_id"]: row for row in read_rows(run[0] / "cases.csv")}
    assert (rows["in_order"]["mass_source"], rows["nothing"]["mass_source"]) == ("order", "report")
    assert (rows["hedged"]["certainty"], rows["nothing"]["certainty"]) == ("possible", "definite")


def test_a_mass_that_is_only_asked_for_is_a_near_miss(run) -> None:
    missed = read_rows(run[0] / "near_misses.csv")
    assert [(row["patient_id"], row["near_miss"]) for row in missed] == [("asked", "lesion_asked")]


def test_a_mass_with_bare_densities_is_a_near_miss(tmp_path) -> None:
    text = "FINDINGS: Left flank mass with several dense concretions."
    audit_folder(write_exports(tmp_path, [report("bare", text=text)]), tmp_path / "out")
    missed = read_rows(tmp_path / "out" / "near_misses.csv")
    assert [(row["patient_id"], row["near_miss"]) for row in missed] == [("bare", "sign_bare")]


@pytest.mark.parametrize(
    "odd",
    [
        {"patient_id": "=1+1", "facility": "@SUM(A1)"},
        {"patient_id": "P\x07", "report_text": "Calcified\x01 mass in the left flank.\x1b[31m"},
        {"patient_id": 'P,"x"', "report_text": "Calcified mass in the left flank \u202e 😀."},
        {"patient_id": "P" * 4000, "report_id": "R" * 4000},
        {"report_text": "Calcified mass in the left flank.\r\n" * 100},
        {"report_text": f"Calcified mass in the left flank. {'word' * 5000}"},
        {"exam_datetime": "2025-03-03T23:30:00+02:00", "report_datetime": "2025-03-03"},
    ],
    ids=["formula", "control", "quotes", "long ids", "many lines", "long word", "offset"],
)
def test_odd_values_are_data_like_any_other(tmp_path, odd) -> None:
    row = report("P", **{name: value for name, value in odd.items() if name != "patient_id"})
    row["patient_id"] = odd.get("patient_id", "P")
    results = audit_folder(write_exports(tmp_path, [row]), tmp_path / "out", as_of=AS_OF)
    assert [case.flags for case in results.cases] == [("skipped_ct",)]
    assert [case.evidence.patient_id for case in results.cases] == [row["patient_id"]]
    assert len(read_rows(tmp_path / "out" / "cases.csv")) == 1


def test_the_columns_are_those_of_the_contract(run) -> None:
    first = (run[0] / "cases.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first == CASE_COLUMNS


def test_rows_that_cannot_be_used_are_listed_without_their_values(run) -> None:
    aside = read_rows(run[0] / "set_aside.csv")
    assert [(row["column"], row["reason"]) for row in aside] == [
        ("exam_datetime", "unparseable_date"),
        ("patient_id", "empty_id"),
    ]
    assert "soon" not in (run[0] / "set_aside.csv").read_text(encoding="utf-8")


def test_the_record_of_the_run_vouches_for_its_files(run) -> None:
    out, _ = run
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert set(record["outputs"]) == {path.name for path in out.iterdir()} - {"run.json"}
    reports = next(item for item in record["inputs"] if item["table"] == "reports")
    assert (reports["rows_in"], reports["kept"], reports["set_aside"]) == (21, 19, 2)
    assert record["as_of"] == AS_OF


def test_the_newest_date_is_the_cut_off_where_none_is_given(tmp_path) -> None:
    exports = write_exports(tmp_path, [report("P"), report("Q", 55, procedure="XR CHEST")])
    assert audit_folder(exports, None).run.as_of == on_day(55)


def test_a_planned_exam_does_not_move_the_cut_off(tmp_path) -> None:
    planned = order("P", 3, CT, status="scheduled", performed_datetime=on_day(100, "10:00"))
    results = audit_folder(write_exports(tmp_path, [report("P")], [planned]), None)
    assert results.run.as_of == on_day(3)
    assert [(case.status, case.flags) for case in results.cases] == [("pending", ())]


def test_packed_files_and_globs_are_read_like_plain_ones(tmp_path) -> None:
    reports = [report("P"), report("Q")]
    exports = write_exports(tmp_path / "in", reports, [order("P", 5, CT)])
    audit_folder(exports, tmp_path / "plain", as_of=AS_OF)
    for row in reports:
        path = write_table(tmp_path / f"part-{row['patient_id']}.csv", REPORTS, [row])
        path.with_suffix(".csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    request = Request(
        pipeline=pipeline(),
        reports=(str(tmp_path / "part-*.csv.gz"),),
        orders=(str(exports / "orders.csv"),),
        out=tmp_path / "packed",
        as_of=AS_OF,
    )
    with set_up_once():
        run_audit(request)
    assert read_outputs(tmp_path / "packed") == read_outputs(tmp_path / "plain")


# --- what stops a run ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "columns", "lost"),
    [("reports", REPORTS, "report_text"), ("orders", ORDERS, "status")],
)
def test_a_missing_column_stops_before_anything_is_written(tmp_path, table, columns, lost) -> None:
    exports = write_exports(tmp_path / "in", [report("P")], [order("P", 5, CT)])
    rows = read_rows(exports / f"{table}.csv")
    kept = [name for name in columns if name != lost]
    write_table(
        exports / f"{table}.csv", kept, [{name: row[name] for name in kept} for row in rows]
    )
    with pytest.raises(SourceError, match=lost):
        audit_folder(exports, tmp_path / "out", ledger=str(tmp_path / "ledger.db"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_file_that_is_missing_stops_before_anything_is_written(tmp_path) -> None:
    exports = write_exports(tmp_path / "in", [report("P")])
    (exports / "orders.csv").unlink()
    with pytest.raises(SourceError, match="orders.csv"):
        audit_folder(exports, tmp_path / "out", ledger=str(tmp_path / "ledger.db"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_run_that_breaks_off_leaves_the_ledger_as_it_was(tmp_path, monkeypatch) -> None:
    ledger = str(tmp_path / "ledger.db")
    first = write_exports(tmp_path / "first", [report("P")])
    audit_folder(first, tmp_path / "out", ledger=ledger, as_of=AS_OF, started="1")
    second = write_exports(tmp_path / "second", [report("Q")])
    with monkeypatch.context() as patch:
        patch.setattr("auditor.job.judge_patient", _fail)
        with pytest.raises(ZeroDivisionError):
            audit_folder(second, tmp_path / "out", ledger=ledger, as_of=AS_OF, started="2")
    assert set(verdicts(tmp_path / "out")) == {"P"}
    results = audit_folder(second, tmp_path / "out", ledger=ledger, as_of=AS_OF, started="3")
    assert results.run.counts["new_reports"] == 1
    assert [change.what for change in results.changes] == ["new"]


def _fail(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def _fill_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _lock(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("auditor.workbook.outputs.write_workbook", _fill_disk),
        ("auditor.workbook.outputs.write_run", _fill_disk),
        ("auditor.workbook.folder.tempfile.mkdtemp", _lock),
        ("auditor.workbook.folder.os.replace", _lock),
    ],
)
def test_old_outputs_stay_whole_when_new_ones_cannot_be_written(
    tmp_path, monkeypatch, where, fault
) -> None:
    out = tmp_path / "out"
    audit_folder(write_exports(tmp_path / "a", [report("P")]), out, as_of=AS_OF)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr(where, fault)
    with pytest.raises(OutputError, match=str(out)):
        audit_folder(write_exports(tmp_path / "b", [report("Q")]), out, as_of=AS_OF)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_folder_in_the_way_of_an_output_is_named_and_nothing_replaced(tmp_path) -> None:
    out = tmp_path / "out"
    audit_folder(write_exports(tmp_path / "a", [report("P")]), out, as_of=AS_OF)
    (out / "findings.csv").unlink()
    (out / "findings.csv").mkdir()
    before = (out / "cases.csv").read_bytes()
    with pytest.raises(OutputError, match="findings.csv"):
        audit_folder(write_exports(tmp_path / "b", [report("Q")]), out, as_of=AS_OF)
    assert (out / "cases.csv").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_folder_is_an_output_error(tmp_path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    with pytest.raises(OutputError, match=str(out)):
        audit_folder(write_exports(tmp_path / "a", [report("P")]), out)


def test_an_output_path_that_is_a_file_is_an_output_error(tmp_path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="out"):
        audit_folder(write_exports(tmp_path / "a", [report("P")]), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_rows_that_do_not_reconcile_are_a_defect_that_writes_nothing(tmp_path, monkeypatch) -> None:
    exports = write_exports(tmp_path / "in", [report("P")])
    monkeypatch.setattr("auditor.job._check_identities", _raise_audit_error)
    with pytest.raises(AuditError):
        audit_folder(exports, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _raise_audit_error(_: object) -> None:
    raise AuditError("rows were lost")


# --- two nights running -------------------------------------------------------------------------


class Nights:
    """Nightly runs into one ledger and one output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def run(self, reports: list[Row], orders: list[Row] = (), as_of: str = AS_OF) -> set[tuple]:
        """One night; what `changes.csv` says, as (what, before, after)."""
        self.number += 1
        exports = write_exports(self.folder / f"night{self.number}", reports, orders)
        audit_folder(
            exports,
            self.folder / "out",
            ledger=str(self.folder / "ledger.db"),
            as_of=as_of,
            started=str(self.number),
        )
        rows = read_rows(self.folder / "out" / "changes.csv")
        return {(row["what"], row["before"], row["after"]) for row in rows}

    @property
    def verdicts(self) -> dict[str, tuple[str, str]]:
        return verdicts(self.folder / "out")


@pytest.fixture
def nights(tmp_path) -> Nights:
    return Nights(tmp_path)


def test_the_first_night_has_nothing_to_compare_with(nights) -> None:
    assert nights.run([report("P")]) == set()
    assert nights.verdicts == {"P": ("non_compliant", "skipped_ct")}


def test_a_cancelled_order_takes_its_ct_away(nights) -> None:
    nights.run([report("P")], [order("P", 10, CT)])
    assert nights.verdicts == {"P": ("compliant", "")}
    changes = nights.run([], [order("P", 10, CT, status="entered in error")])
    assert nights.verdicts == {"P": ("non_compliant", "skipped_ct")}
    assert {
        ("status", "compliant", "non_compliant"),
        ("flags", "", "skipped_ct"),
        ("days_to_ct", "10", ""),
    } <= changes


def test_a_corrected_report_takes_the_case_away(nights) -> None:
    nights.run([report("P"), report("Q")])
    text = "FINDINGS: Left flank mass. No calcification."
    later = on_day(2, "08:00")
    changes = nights.run([report("P", text=text, report_status="corrected", report_datetime=later)])
    assert changes == {("withdrawn", "non_compliant", "")}
    assert set(nights.verdicts) == {"Q"}


def test_a_cancelled_version_takes_the_case_away_whatever_came_first(nights) -> None:
    cancelled = report("P", report_status="cancelled", report_datetime=on_day(2, "08:00"))
    nights.run([cancelled])
    assert nights.run([report("P")]) == set()
    assert nights.verdicts == {}


def test_a_ct_of_tonight_closes_a_case_of_last_month(nights) -> None:
    nights.run([report("P")], as_of=on_day(5))
    assert nights.verdicts == {"P": ("pending", "")}
    changes = nights.run([report("P", 30, "FINDINGS: Mass.", CT)], as_of=on_day(31))
    assert nights.verdicts == {"P": ("compliant", "")}
    assert ("status", "pending", "compliant") in changes


def test_a_film_that_arrives_after_its_ct_is_judged_with_it(nights) -> None:
    nights.run([], [order("P", 10, CT)])
    assert nights.run([report("P")]) == {("new", "", "compliant")}


def test_time_moves_a_pending_case_on(nights) -> None:
    film = report("P")
    nights.run([film], as_of=on_day(60))
    assert nights.verdicts == {"P": ("pending", "")}
    changes = nights.run([film], as_of=on_day(61))
    assert nights.verdicts == {"P": ("non_compliant", "skipped_ct")}
    assert ("status", "pending", "non_compliant") in changes


def test_the_same_files_again_change_nothing(nights) -> None:
    rows = ([report("P"), report("Q", 30)], [order("P", 10, CT)])
    nights.run(*rows)
    before = read_outputs(nights.folder / "out")
    assert nights.run(*rows) == set()
    assert read_outputs(nights.folder / "out") == before
    record = json.loads((nights.folder / "out" / "run.json").read_text())
    assert (record["counts"]["new_reports"], record["counts"]["new_orders"]) == (0, 0)


def test_a_case_keeps_its_id_when_its_text_is_amended(nights) -> None:
    nights.run([report("P")])
    before = read_rows(nights.folder / "out" / "cases.csv")[0]
    text = "FINDINGS: A mass of 4 cm in the left flank. It contains coarse calcification."
    nights.run([report("P", text=text, report_datetime=on_day(1, "08:00"))])
    after = read_rows(nights.folder / "out" / "cases.csv")[0]
    assert (after["case_id"], after["status"]) == (before["case_id"], before["status"])
    assert after["calcification_evidence"] != before["calcification_evidence"]


@pytest.mark.parametrize(("first", "then"), [("A-1", ""), ("", "A-1")])
def test_a_case_keeps_its_id_when_a_version_lacks_its_accession(nights, first, then) -> None:
    """A later version repeats the report's id or its accession, not always both."""
    nights.run([report("P", accession=first)])
    addendum = {"text": "ADDENDUM: Seen with the team.", "report_status": "addendum"}
    later = on_day(3, "08:00")
    assert nights.run([report("P", accession=then, report_datetime=later, **addendum)]) == set()


def test_changes_are_told_even_when_the_first_attempt_to_write_them_failed(
    nights, monkeypatch
) -> None:
    nights.run([report("P")], as_of=on_day(5))
    with monkeypatch.context() as patch:
        patch.setattr(outputs, "write_workbook", _fill_disk)
        with pytest.raises(OutputError):
            nights.run([report("P")], [order("P", 3, CT)], as_of=on_day(6))
    changes = nights.run([report("P")], [order("P", 3, CT)], as_of=on_day(6))
    assert ("status", "pending", "compliant") in changes


def test_two_runs_in_one_second_do_not_collide(tmp_path) -> None:
    exports = write_exports(tmp_path / "in", [report("P")])
    for _ in range(2):
        audit_folder(exports, None, ledger=str(tmp_path / "l.db"), started="2026-01-01T00:00:00")
