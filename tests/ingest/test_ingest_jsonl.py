"""JSON Lines: keys, numbers as written, and what sets a line aside."""

import gzip
import json

import pytest
from ingest_files import REPORT, kept, read_one, reasons, save

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest import jsonl
from auditor.ingest.canonical import check_files, read_batches


def line(**values: object) -> str:
    return json.dumps(REPORT | values)


def save_lines(path, *lines: str | bytes):
    parts = [part if isinstance(part, bytes) else part.encode() for part in lines]
    return save(path, b"\n".join(parts) + b"\n")


def test_keys_are_columns_wherever_they_first_stand(tmp_path) -> None:
    path = save_lines(tmp_path / "r.jsonl", line(), line(report_id="R2", facility="North"))
    rows = kept(read_one(path))
    assert [(row["report_id"], row["facility"]) for row in rows] == [("R1", ""), ("R2", "North")]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_mark_blank_lines_and_gzip(tmp_path, ending, packed) -> None:
    content = ("\ufeff" + line() + ending * 2 + line(report_id="R2")).encode()
    path = save(tmp_path / "r.dat", gzip.compress(content) if packed else content)
    assert [row["line"] for row in kept(read_one(path))] == [1, 3]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"007"', "007"),
        ("7", "7"),
        ("7.0", "7"),
        ("7.50", "7.50"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
    ],
)
def test_values_are_taken_as_they_are_written(tmp_path, written, expected) -> None:
    text = line(patient_id="X").replace('"X"', written)
    assert kept(read_one(save_lines(tmp_path / "r.jsonl", text)))[0]["patient_id"] == expected


def test_no_value_is_an_empty_cell(tmp_path) -> None:
    path = save_lines(tmp_path / "r.jsonl", line(modality=None), line(patient_id=None))
    batch = read_one(path)
    assert kept(batch)[0]["modality"] == ""
    assert reasons(batch) == [(2, "patient_id", "empty_id", "empty")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "no_json_object"),
        ("[1]", "no_json_object"),
        ("7", "no_json_object"),
        ("not json", "no_json_object"),
        ("[" * 100_000, "no_json_object"),
        ('{"patient_id": ' * 100_000, "no_json_object"),
        ('{"patient_id": "P", "patient_id": "Q"}', "repeated_key"),
        (b'{"patient_id": "\xff"}', "bad_encoding"),
        (line(report_text=["gas"]), "nested_value"),
        (line(report_text={"div": "gas"}), "nested_value"),
        ('{"patient_id": "' + "x" * 3000 + '"}', "line_too_long"),
    ],
)
def test_a_line_that_is_no_row_is_set_aside(tmp_path, monkeypatch, bad, reason) -> None:
    if reason == "line_too_long":
        monkeypatch.setattr(jsonl, "LONGEST_LINE", 1000)
    path = save_lines(tmp_path / "r.jsonl", line(), bad, line(report_id="R2"))
    batch = read_one(path)
    assert [(row["line"], row["report_id"]) for row in kept(batch)] == [(1, "R1"), (3, "R2")]
    assert reasons(batch) == [(2, "", reason, "row")]


def test_what_is_nested_in_a_key_that_is_not_used_does_no_harm(tmp_path) -> None:
    path = save_lines(tmp_path / "r.jsonl", line(extra=[1], other={"a": {"b": 1}}))
    assert len(kept(read_one(path))) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"report_text": "a\0b"}, "nul_byte"), ({"report_text": "\ud800"}, "bad_encoding")],
)
def test_escapes_that_are_no_text_set_their_row_aside(tmp_path, values, reason) -> None:
    batch = read_one(save_lines(tmp_path / "r.jsonl", line(**values)))
    assert reasons(batch) == [(1, "report_text", reason, "text")]


def test_runs_are_bounded(tmp_path) -> None:
    path = save_lines(tmp_path / "r.jsonl", *(line(report_id=f"R{n}") for n in range(5)), "{")
    batches = list(read_batches([path], "reports", Site(), batch_rows=4))
    assert [batch.rows_in for batch in batches] == [4, 2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{\n}\n", "holds no JSON objects, one a line; export it as JSON Lines, or as CSV."),
        ('{"MRN": "P1"}', "The columns there are: MRN."),
        ('[{"patient_id": "P1"}]', "is a JSON list, which is not read. Export it as JSON Lines"),
    ],
)
def test_files_that_are_no_table(tmp_path, content, sentence) -> None:
    path = save(tmp_path / "r.json", content)
    with pytest.raises(SourceError) as caught:
        check_files([path], "reports", Site())
    assert str(caught.value).startswith(f"{path}: ")
    assert sentence in str(caught.value)
