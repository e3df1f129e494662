"""The Python API: the same audit, on DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd
import pytest
from builders import (
    TOY,
    Row,
    audit_folder,
    on_day,
    order,
    read_outputs,
    read_rows,
    report,
    set_up_once,
    write_exports,
)

import auditor
from auditor.api import Audit, audit
from auditor.config.site import Site
from auditor.errors import ConfigError, SourceError

CT, MRI = "CT ABDOMEN PELVIS", "MRI ABDOMEN"
AS_OF = on_day(200)
REPORTS: list[Row] = [
    report("007"),
    report("P", text="INDICATION: ?left flank mass\nFINDINGS: Left-sided calcifications."),
    report("Q", text="FINDINGS: Possible calcified mass in the left flank."),
    report("R", exam_datetime="no date"),
]
ORDERS: list[Row] = [order("007", 4, MRI), order("007", 9, CT)]


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with set_up_once():
        yield


@pytest.fixture(scope="module")
def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame(REPORTS), pd.DataFrame(ORDERS)


@pytest.fixture(scope="module")
def outcome(frames) -> Audit:
    return audit(*frames, as_of=AS_OF)


def test_frames_and_files_give_the_same_tables(outcome, tmp_path) -> None:
    audit_folder(write_exports(tmp_path / "in", REPORTS, ORDERS), tmp_path / "files", as_of=AS_OF)
    outcome.write(tmp_path / "frames")
    by_frames, by_files = read_outputs(tmp_path / "frames"), read_outputs(tmp_path / "files")
    # The file's name stands in this one.
    assert len(by_frames.pop("set_aside.csv")) and len(by_files.pop("set_aside.csv"))
    assert by_frames == by_files


def test_the_tables_are_frames_of_text(outcome, tmp_path) -> None:
    outcome.write(tmp_path)
    for name in ("cases", "near_misses", "events", "findings", "set_aside"):
        table = getattr(outcome, name)
        assert len(table), name
        assert all(isinstance(cell, str) for cell in table.to_numpy().ravel()), name
        assert list(table.columns) == list(read_rows(tmp_path / f"{name}.csv")[0]), name


def test_ids_keep_their_zeros(outcome) -> None:
    cases = outcome.cases.set_index("patient_id")
    assert cases.loc["007", "flags"] == "mri_first"
    assert set(cases.index) == {"007", "Q"}


def test_writing_names_the_files_in_place(outcome, tmp_path) -> None:
    written = outcome.write(str(tmp_path / "new" / "out"))
    assert {path.name for path in written} == {
        path.name for path in (tmp_path / "new" / "out").iterdir()
    }
    assert written[-1].name == "run.json"


def test_the_frames_are_left_as_they_were(frames) -> None:
    before = [frame.copy(deep=True) for frame in frames]
    audit(*frames, as_of=AS_OF)
    for frame, was in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, was)


def test_typed_columns_are_read_like_text(outcome) -> None:
    """Timestamps, whole numbers beside missing ones, and missing texts, as databases give them."""
    orders = pd.DataFrame(ORDERS)
    reports = pd.DataFrame(REPORTS[:3])
    for frame, name in ((reports, "exam_datetime"), (orders, "performed_datetime")):
        frame[name] = [datetime.fromisoformat(text) for text in frame[name]]
    reports["patient_age"] = [52.0, float("nan"), 52.0]
    reports["accession"] = None
    typed = audit(reports, orders, as_of=AS_OF).cases
    pd.testing.assert_frame_equal(typed, outcome.cases[outcome.cases.patient_id != "P"])


def test_orders_may_be_left_out(frames) -> None:
    cases = audit(frames[0], as_of=AS_OF).cases.set_index("patient_id")
    assert cases.loc["007", "flags"] == "skipped_ct"


def test_another_pipeline_is_given_by_its_folder() -> None:
    film = report("P", text="FINDINGS: Cavitating nodule in the left lung.", procedure="XR CHEST")
    cases = audit(pd.DataFrame([film]), pipeline=TOY, as_of=AS_OF).cases
    assert list(cases["flags"]) == ["no_scan"]


def test_a_site_is_given_by_its_file_or_as_settings(frames, tmp_path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("[windows]\nct_window_days = 5\n")
    by_file = audit(*frames, site=file, as_of=AS_OF).cases
    by_settings = audit(*frames, site=Site(windows={"ct_window_days": 5}), as_of=AS_OF)
    assert by_file.set_index("patient_id").loc["007", "flags"] == "mri_first;ct_delayed"
    pd.testing.assert_frame_equal(by_file, by_settings.cases)


def test_a_site_maps_its_own_columns() -> None:
    renamed = {"patient_id": "MRN", "report_text": "TEXT"}
    frame = pd.DataFrame(REPORTS[:1]).rename(columns=renamed)
    with pytest.raises(SourceError, match="patient_id"):
        audit(frame, as_of=AS_OF)
    site = Site.model_validate({"columns": {"reports": renamed}})
    assert list(audit(frame, site=site, as_of=AS_OF).cases["patient_id"]) == ["007"]


def test_an_empty_frame_gives_empty_tables_with_their_columns() -> None:
    cases = audit(pd.DataFrame(columns=list(REPORTS[0]))).cases
    assert len(cases) == 0
    assert "days_to_ct" in cases.columns


def test_a_pipeline_that_does_not_exist_is_a_config_error(frames) -> None:
    with pytest.raises(ConfigError, match="no_such_pipeline"):
        audit(frames[0], pipeline="no_such_pipeline")


def test_an_impossible_date_of_the_audit_is_refused_in_a_sentence(frames) -> None:
    with pytest.raises(ConfigError, match="as_of"):
        audit(frames[0], as_of="30.06.2026")


def test_frames_can_be_audited_night_after_night(frames, tmp_path) -> None:
    ledger = str(tmp_path / "ledger.db")
    audit(frames[0].head(1), ledger=ledger, as_of=AS_OF)
    second = audit(frames[0].head(1), frames[1], ledger=ledger, as_of=AS_OF)
    assert "flags" in {change.what for change in second.results.changes}


def test_the_api_is_a_function_of_the_package() -> None:
    """Also once the module of the same name is loaded, as any second call finds it."""
    assert callable(auditor.audit)
    assert auditor.audit is audit
