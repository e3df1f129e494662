"""Parquet and Arrow files: what typed values are as text, and what sets a row aside."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_files import REPORT, kept, read_one, reasons
from pyarrow import feather

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest import parquet
from auditor.ingest.canonical import check_files, read_batches

NOON = datetime.datetime(2025, 1, 2, 12, 30)
MIDNIGHT = datetime.datetime(2025, 1, 2)


def table_of(rows: int = 2, **columns: pa.Array) -> pa.Table:
    """A table of reports with some columns replaced."""
    usual = {name: [value] * rows for name, value in REPORT.items()}
    return pa.table({**usual, **columns})


def save_parquet(path: Path, table: pa.Table, **options) -> Path:
    pq.write_table(table, path, **options)
    return path


def save_feather(path: Path, table: pa.Table) -> Path:
    feather.write_feather(table, str(path))
    return path


def save_stream(path: Path, table: pa.Table) -> Path:
    with pa.ipc.new_stream(str(path), table.schema) as stream:
        stream.write_table(table)
    return path


def read_typed(tmp_path: Path, name: str, values: pa.Array) -> list[str]:
    """How the values of one column are read."""
    path = save_parquet(tmp_path / "r.parquet", table_of(len(values), **{name: values}))
    return [row[name] for row in kept(read_one(path))]


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [save_parquet, save_feather, save_stream])
def test_the_same_rows_come_out_of_every_kind_of_file(tmp_path, save) -> None:
    path = save(tmp_path / "export.bin", table_of(3, report_id=pa.array([7, 8, None], pa.int64())))
    batch = read_one(path)
    assert [(row["line"], row["report_id"]) for row in kept(batch)] == [(1, "7"), (2, "8")]
    assert reasons(batch) == [(3, "report_id", "empty_id", "empty")]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(
    ("zone", "suffix"),
    [(None, ""), ("UTC", "+00:00"), ("America/Chicago", "-06:00"), ("+02:00", "+02:00")],
)
def test_timestamps_keep_their_zone_and_no_empty_fraction(tmp_path, unit, zone, suffix) -> None:
    wall = NOON
    if zone:
        hours = {"UTC": 0, "America/Chicago": 6, "+02:00": -2}[zone]
        wall = NOON + datetime.timedelta(hours=hours)
    values = pa.array([wall, None], pa.timestamp(unit, tz=zone))
    table = table_of(report_datetime=values)
    (first, second) = kept(read_one(save_parquet(tmp_path / "r.parquet", table)))
    assert first["report_datetime"] == f"2025-01-02T12:30:00{suffix}"
    assert second["report_datetime"] == ""


def test_a_fraction_stays(tmp_path) -> None:
    values = pa.array([NOON.replace(microsecond=120_000)] * 2, pa.timestamp("us"))
    assert read_typed(tmp_path, "exam_datetime", values) == ["2025-01-02T12:30:00.12"] * 2


@pytest.mark.parametrize("zone", [None, "America/Chicago"])
def test_timestamps_that_are_all_at_midnight_are_dates(tmp_path, zone) -> None:
    wall = MIDNIGHT + datetime.timedelta(hours=6 if zone else 0)
    values = pa.array([wall, wall + datetime.timedelta(days=1)], pa.timestamp("us", tz=zone))
    assert read_typed(tmp_path, "exam_datetime", values) == ["2025-01-02", "2025-01-03"]
    one = pa.array([wall, wall + datetime.timedelta(minutes=1)], pa.timestamp("us", tz=zone))
    suffix = "-06:00" if zone else ""
    assert read_typed(tmp_path, "exam_datetime", one) == [
        f"2025-01-02T00:00:00{suffix}",
        f"2025-01-02T00:01:00{suffix}",
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([7, 8], pa.uint8()), ["7", "8"]),
        (pa.array([7.0, 8.5]), ["7", "8.5"]),
        (pa.array([7.0, 8.5], pa.float32()), ["7", "8.5"]),
        (pa.array([Decimal("7.00"), Decimal("8.50")], pa.decimal128(5, 2)), ["7", "8.5"]),
        (pa.array(["7", "8"]).dictionary_encode(), ["7", "8"]),
        (pa.array([7, 8]).dictionary_encode(), ["7", "8"]),
        (pa.array(["7", "8"], pa.large_string()), ["7", "8"]),
        (pa.array([b"7", b"8"]), ["7", "8"]),
        (pa.array([datetime.time(9, 30), datetime.time(9, 30, 1)]), ["09:30:00", "09:30:01"]),
        (pa.array([MIDNIGHT.date()] * 2, pa.date64()), ["2025-01-02"] * 2),
        (pa.array([True, False]), ["true", "false"]),
    ],
)
def test_values_are_written_as_a_text_file_would(tmp_path, values, expected) -> None:
    assert read_typed(tmp_path, "patient_id", values) == expected


def test_missing_values_of_every_type_are_empty(tmp_path) -> None:
    for kind in (pa.string(), pa.int32(), pa.float64(), pa.date32(), pa.bool_(), pa.null()):
        values = pa.array([None, None], kind)
        assert read_typed(tmp_path, "facility", values) == ["", ""], kind
    assert read_typed(tmp_path, "facility", pa.array([float("nan"), 1.0])) == ["", "1"]


# --- what sets a row aside ------------------------------------------------------------------------


def test_lists_and_structures_set_their_row_aside_where_they_are_used(tmp_path) -> None:
    texts = pa.array([["gas"], None], pa.list_(pa.string()))
    path = save_parquet(tmp_path / "r.parquet", table_of(report_text=texts, unused=texts))
    batch = read_one(path)
    assert reasons(batch) == [(1, "", "nested_value", "row")]
    assert [row["report_text"] for row in kept(batch)] == [""]


def test_ids_that_a_float_cannot_tell_apart_set_their_row_aside(tmp_path) -> None:
    path = save_parquet(tmp_path / "r.parquet", table_of(report_id=pa.array([1e16, 12.0])))
    batch = read_one(path)
    assert reasons(batch) == [(1, "", "inexact_number", "row")]
    path = save_parquet(tmp_path / "r.parquet", table_of(patient_age=pa.array([1e16, 12.0])))
    assert [row["patient_age"] for row in kept(read_one(path))] == ["", "12"]


def test_bytes_that_are_no_text_set_their_row_aside(tmp_path) -> None:
    texts = pa.array([b"gas \xff", b"gas"])
    path = save_parquet(tmp_path / "r.parquet", table_of(report_text=texts))
    assert reasons(read_one(path)) == [(1, "report_text", "bad_encoding", "text")]
    claimed = pa.Array.from_buffers(pa.string(), 2, texts.buffers())
    table = table_of(report_text=claimed)
    assert reasons(read_one(save_feather(tmp_path / "r.feather", table))) == [
        (1, "report_text", "bad_encoding", "text")
    ]


# --- size -----------------------------------------------------------------------------------------


def test_runs_are_bounded_in_rows_and_in_size(tmp_path, monkeypatch) -> None:
    texts = pa.array(["gas " * 50] * 9)
    path = save_parquet(tmp_path / "r.parquet", table_of(9, report_text=texts), row_group_size=5)
    batches = list(read_batches([path], "reports", Site(), batch_rows=4))
    assert [batch.rows_in for batch in batches] == [4, 1, 4]
    monkeypatch.setattr(parquet, "MOST_CHARACTERS", 700)
    batches = list(read_batches([path], "reports", Site(), batch_rows=4))
    assert sum(batch.rows_in for batch in batches) == 9
    assert max(batch.rows_in for batch in batches) <= 3
    lines = [row["line"] for batch in batches for row in kept(batch)]
    assert lines == list(range(1, 10))


def test_a_text_that_many_rows_share_is_not_multiplied_in_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "LONGEST_CELL", 1000)
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 50, pa.int8()), pa.array(["x" * 1001]))
    plain = shared.dictionary_decode()
    path = save_parquet(tmp_path / "r.parquet", table_of(50, report_text=plain))
    with pytest.raises(SourceError, match="holds a text of more than 1,000 characters"):
        list(read_batches([path], "reports", Site()))


def test_a_text_too_long_for_a_cell_sets_its_row_aside(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("auditor.ingest.typed.LONGEST_CELL", 1000)
    for save in (save_feather, save_stream):
        table = table_of(report_text=pa.array(["x" * 1001, "gas"]).dictionary_encode())
        batch = read_one(save(tmp_path / "r.arrow", table))
        assert reasons(batch) == [(1, "", "text_too_long", "row")]


def test_a_file_that_claims_rows_without_end_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "_HARMLESS_ROWS", 1000)
    path = save_parquet(tmp_path / "r.parquet", table_of(300_000))
    with pytest.raises(SourceError, match="claims more rows than a file of its size can hold"):
        list(read_batches([path], "reports", Site()))


@pytest.mark.parametrize("cut", [20, 100, -8])
@pytest.mark.parametrize("save", [save_parquet, save_feather])
def test_a_damaged_file_is_told(tmp_path, save, cut) -> None:
    path = save(tmp_path / "r.bin", table_of())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(SourceError, match=r"r\.bin: .*(damaged|cannot be read).*export it again"):
        list(read_batches([path], "reports", Site()))


@pytest.mark.parametrize("shared", [False, True])
def test_a_column_that_refers_beyond_its_end_is_told(tmp_path, shared) -> None:
    """Such places are followed without a check where nobody checks them first."""
    texts = pa.array(["Gas.", "Stool.", "Air."])
    places = [0, 4, 10, 14]
    if shared:
        texts = pa.array(["Gas.", "Stool.", "Gas.", "Gas.", "Stool."]).dictionary_encode()
        places = [0, 1, 0, 0, 1]
    path = save_stream(tmp_path / "r.arrow", table_of(len(texts), report_text=texts))
    before, _, after = path.read_bytes().rpartition(np.array(places, np.int32).tobytes())
    assert before
    wrong = np.array([*places[:2], 2_000_000_000, *places[3:]], np.int32).tobytes()
    path.write_bytes(before + wrong + after)
    with pytest.raises(SourceError) as caught:
        list(read_batches([path], "reports", Site()))
    assert str(caught.value) == f"{path}: the Parquet or Arrow file is damaged; export it again."


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path) -> None:
    path = save_parquet(tmp_path / "r.parquet", pa.table({"MRN": ["P1"], "TEXT": ["gas"]}))
    with pytest.raises(SourceError, match="The columns there are: MRN, TEXT"):
        check_files([path], "reports", Site())
