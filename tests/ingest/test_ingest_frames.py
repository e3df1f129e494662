"""DataFrames as a source, and the digests of rows."""

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_files import REPORT, csv_text, kept, names_of, order, read_one, reasons, report, save

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest.canonical import read_frame
from auditor.ingest.digests import row_digest, row_digests


def frame(**columns) -> pd.DataFrame:
    count = max(len(values) for values in columns.values())
    usual = {name: [value] * count for name, value in REPORT.items()}
    return pd.DataFrame(usual | columns)


def test_cells_become_text_as_a_person_would_write_them() -> None:
    batch = read_frame(
        frame(
            patient_id=[7, 8],
            accession=[12.0, None],
            patient_age=[0.5, 61.0],
            facility=pd.Series(["North", pd.NA], dtype="string"),
            report_datetime=pd.to_datetime(["2025-01-02 03:04", None]),
        ),
        "reports",
        Site(),
    )
    first, second = kept(batch)
    assert (first["patient_id"], first["accession"], first["patient_age"]) == ("7", "12", "0.5")
    assert (second["accession"], second["patient_age"], second["facility"]) == ("", "61", "")
    assert first["report_datetime"] == "2025-01-02T03:04:00"
    assert second["report_datetime"] == ""
    assert [(row["file"], row["line"]) for row in (first, second)] == [
        ("<reports>", 2),
        ("<reports>", 3),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.to_datetime(["2025-01-02", "2025-01-03"]), ["2025-01-02", "2025-01-03"]),
        (
            pd.to_datetime(["2025-01-02 00:00", "2025-01-03 04:05"]),
            ["2025-01-02T00:00:00", "2025-01-03T04:05:00"],
        ),
        ([datetime.date(2025, 1, 2)] * 2, ["2025-01-02"] * 2),
        (
            pd.to_datetime(["2025-01-02 03:04:05.5"] * 2, utc=True),
            ["2025-01-02T03:04:05.500000+00:00"] * 2,
        ),
        (["2025-01-02 03:04"] * 2, ["2025-01-02T03:04"] * 2),
    ],
)
def test_midnight_is_not_invented(values, expected) -> None:
    batch = read_frame(frame(exam_datetime=values), "reports", Site())
    assert [row["exam_datetime"] for row in kept(batch)] == expected


def test_rows_of_a_frame_are_set_aside_too() -> None:
    batch = read_frame(
        frame(
            patient_id=["P1", None, "P3", "P4", "P5"],
            report_text=["gas", "gas", "g\0s", "g\udcffs", "gas"],
            exam_datetime=["2025-01-02"] * 4 + ["2026-01-01"],
        ),
        "reports",
        Site(),
        now_date="2025-12-30",
    )
    assert reasons(batch) == [
        (3, "patient_id", "empty_id", "empty"),
        (4, "report_text", "nul_byte", "text"),
        (5, "report_text", "bad_encoding", "text"),
        (6, "exam_datetime", "future_date", "date-like"),
    ]
    assert (batch.rows_in, batch.rows.num_rows) == (5, 1)


def test_a_frame_that_lacks_a_column() -> None:
    with pytest.raises(SourceError, match="^<orders>: the columns patient_id, order_id"):
        read_frame(pd.DataFrame({"a": []}), "orders", Site())


def test_an_empty_frame() -> None:
    assert read_frame(frame(patient_id=["x"]).head(0), "reports", Site()).rows_in == 0


def test_a_frame_and_a_file_give_the_same_digests(tmp_path) -> None:
    rows = [report(report_text=text) for text in ("gas", "", "two\nlines")]
    table = [names_of("reports"), *rows]
    from_file = read_one(save(tmp_path / "r.csv", csv_text(table)))
    from_frame = read_frame(pd.DataFrame(rows, columns=table[0]), "reports", Site())
    digests = row_digests(from_file.rows, "reports")
    assert digests == row_digests(from_frame.rows, "reports")
    assert len(set(digests)) == 3


def test_a_digest_is_of_the_values_and_the_table_alone(tmp_path) -> None:
    one = save(tmp_path / "one.csv", csv_text([names_of("orders"), order(), order(reason="x")]))
    two = save(
        tmp_path / "two.csv",
        csv_text([names_of("orders"), order(order_datetime="20250102", patient_id=" P1")]),
    )
    first, other = row_digests(read_one(one, "orders").rows, "orders")
    assert row_digests(read_one(two, "orders").rows, "orders") == [first] != [other]
    assert first == row_digest(["orders", *order()]) != row_digest(["reports", *order()])
    assert len(first) == 64 and int(first, 16)


@settings(deadline=None)
@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_different_values_give_different_digests(one, other) -> None:
    assert (row_digest(one) == row_digest(other)) == (one == other)


@settings(deadline=None)
@given(st.lists(st.text("1:", max_size=3), max_size=3), st.lists(st.text("1:", max_size=3)))
def test_values_made_to_look_like_others_do_not_collide(one, other) -> None:
    assert (row_digest(one) == row_digest(other)) == (one == other)
