"""Rows put by come back as they were, and leave nothing behind."""

from __future__ import annotations

import os
import tempfile

import pyarrow as pa
import pytest

from auditor.errors import OutputError
from auditor.execution.spill import Spill, open_spill


def batch(table: str, texts: list[str]) -> pa.RecordBatch:
    lines = pa.array(range(len(texts)), pa.int64())
    files = pa.array(["f"] * len(texts), pa.string())
    return pa.RecordBatch.from_pydict({table: pa.array(texts), "line": lines, "file": files})


def test_rows_come_back_by_table_with_the_file_that_they_stood_in() -> None:
    with open_spill() as spill:
        for number in range(3):
            spill.add("reports", f"r{number}", batch("reports", [f"text {number}", ""]))
            spill.add("orders", f"o{number}", batch("orders", []))
        given = [
            (table, file, rows[table].to_pylist(), rows["line"].to_pylist())
            for table, file, rows in spill
        ]
    assert given == [
        *[("reports", f"r{n}", [f"text {n}", ""], [0, 1]) for n in range(3)],
        *[("orders", f"o{n}", [], []) for n in range(3)],
    ]


@pytest.mark.skipif(os.name == "nt", reason="an open file has a name there")
def test_what_is_put_by_has_no_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with open_spill() as spill:
        spill.add("reports", "r", batch("reports", ["a text"] * 1000))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk here")
def test_a_full_disk_is_told_in_one_sentence() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        spill = Spill({"reports": full})
        with pytest.raises(OutputError, match="free as much space there as the exports take"):
            spill.add("reports", "r", batch("reports", ["secret" * 1000] * 1000))


def test_a_folder_that_is_missing_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match="name another folder in TMPDIR"), open_spill():
        pass
