"""Why a row is set aside: one tiny file per reason."""

import pandas as pd
import pytest
from ingest_files import csv_text, kept, names_of, order, read_one, reasons, report, save

from auditor.config.site import DateShape, Site
from auditor.ingest.canonical import read_frame


def read_reports(tmp_path, *rows, site=None, **options):
    path = save(tmp_path / "reports.csv", csv_text([names_of("reports"), *rows]))
    return read_one(path, "reports", site, **options)


def read_orders(tmp_path, *rows, **options):
    path = save(tmp_path / "orders.csv", csv_text([names_of("orders"), *rows]))
    return read_one(path, "orders", **options)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"patient_id": ""}, ("patient_id", "empty_id", "empty")),
        ({"patient_id": "  "}, ("patient_id", "empty_id", "empty")),
        ({"patient_id": "NULL"}, ("patient_id", "empty_id", "empty")),
        ({"report_id": ""}, ("report_id", "empty_id", "empty")),
        ({"exam_datetime": ""}, ("exam_datetime", "empty_value", "empty")),
        ({"exam_datetime": "soon"}, ("exam_datetime", "unparseable_date", "text")),
        ({"exam_datetime": "45678"}, ("exam_datetime", "unparseable_date", "number")),
        ({"exam_datetime": "2025-02-30"}, ("exam_datetime", "impossible_date", "date-like")),
        ({"exam_datetime": "1/2/25"}, ("exam_datetime", "two_digit_year", "date-like")),
        ({"exam_datetime": "01/02/2025"}, ("exam_datetime", "date_order_unknown", "date-like")),
        ({"report_datetime": "n/a"}, ("report_datetime", "unparseable_date", "text")),
        ({"exam_datetime": "2025-07-03"}, ("exam_datetime", "future_date", "date-like")),
        ({"report_datetime": "2025-07-03"}, ("report_datetime", "future_date", "date-like")),
        ({"report_text": "gas\0gas"}, ("report_text", "nul_byte", "text")),
        ({"patient_id": "", "exam_datetime": "soon"}, ("patient_id", "empty_id", "empty")),
    ],
)
def test_reports(tmp_path, values, expected) -> None:
    batch = read_reports(
        tmp_path, report(), report(**values), report(report_id="R9"), now_date="2025-07-01"
    )
    assert reasons(batch) == [(3, *expected)]
    assert [row["report_id"] for row in kept(batch)] == ["R1", "R9"]
    assert batch.rows_in == 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"order_id": ""}, ("order_id", "empty_id", "empty")),
        ({"status": " "}, ("status", "empty_value", "empty")),
        ({"order_datetime": ""}, ("order_datetime", "empty_value", "empty")),
        ({"performed_datetime": "2025-07-03"}, ("performed_datetime", "future_date", "date-like")),
        ({"modality": ""}, ("", "no_procedure", "row")),
    ],
)
def test_orders(tmp_path, values, expected) -> None:
    batch = read_orders(tmp_path, order(), order(**values), now_date="2025-07-01")
    assert reasons(batch) == [(3, *expected)]
    assert batch.rows_in == 2


@pytest.mark.parametrize(
    "values",
    [
        {"modality": "", "procedure_code": "74150"},
        {"modality": "", "procedure_description": "CT ABDOMEN"},
        {"order_datetime": "2025-12-24", "status": "scheduled"},
        {"performed_datetime": "2025-07-02"},
        {"performed_datetime": "NULL"},
    ],
)
def test_orders_that_are_kept(tmp_path, values) -> None:
    assert not read_orders(tmp_path, order(**values), now_date="2025-07-01").set_aside


def test_without_a_date_of_the_run_no_date_is_too_late(tmp_path) -> None:
    assert not read_reports(tmp_path, report(exam_datetime="2099-01-01")).set_aside


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("P2,R2", "too_few_fields"),
        (",".join(report(report_id="R2")) + ",", "too_many_fields"),
        (",".join(report(report_text='"gas" x')), "stray_quote"),
        (",".join(report(report_text='"gas')), "unclosed_quote"),
        (",".join(names_of("reports")), "repeated_header"),
        ("\ufeff" + ",".join(names_of("reports")), "repeated_header"),
        (" PATIENT ID," + ",".join(names_of("reports")[1:]), "too_many_fields"),
    ],
)
def test_broken_lines(tmp_path, line, reason) -> None:
    if reason == "too_many_fields" and line.startswith(" "):
        line += ",x"
    text = csv_text([names_of("reports"), report()]) + line + "\n"
    path = save(tmp_path / "r.csv", text + csv_text([report(report_id="R9")]))
    batch = read_one(path)
    assert reasons(batch) == [(3, "", reason, "row")]
    assert [row["report_id"] for row in kept(batch)] == ["R1", "R9"]


def test_a_broken_byte_among_utf8_sets_the_row_aside(tmp_path) -> None:
    text = csv_text([names_of("reports"), report(report_text="2 µm"), report(report_text="BROKEN")])
    path = save(tmp_path / "r.csv", text.encode().replace(b"BROKEN", b"caf\xe9 gas"))
    batch = read_one(path)
    assert reasons(batch) == [(3, "report_text", "bad_encoding", "text")]
    assert kept(batch)[0]["report_text"] == "2 µm"


def test_damage_in_a_column_that_is_not_used_does_not_matter(tmp_path) -> None:
    text = csv_text([[*names_of("reports"), "note"], [*report(report_text="µ"), "BROKEN"]])
    path = save(tmp_path / "r.csv", text.encode().replace(b"BROKEN", b"\xff\0"))
    assert not read_one(path).set_aside


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("55", "55"),
        (" 0.5 ", "0.5"),
        (".5", ".5"),
        ("", ""),
        ("55 years", "55"),
        ("055Y", "55"),
        ("6 mo.", "0.5"),
        ("215M", "17.91"),
        ("6574 days old", "17.99"),
        ("200Y", ""),
        ("55 yards", ""),
        ("-1", ""),
        ("nan", ""),
        ("1e2", ""),
        ("550", ""),
        ("٥", ""),
    ],
)
def test_an_age_is_told_in_years_or_emptied_and_the_row_kept(tmp_path, age, expected) -> None:
    batch = read_reports(tmp_path, report(patient_age=age))
    assert [row["patient_age"] for row in kept(batch)] == [expected]


def test_values_are_kept_as_the_contract_says(tmp_path) -> None:
    text = " \r\n  IMPRESSION: gas,\n\n no more \n"
    batch = read_reports(
        tmp_path,
        report(patient_id=" 007 ", report_text=text, facility=" North ", accession="<NA>"),
        report(report_text="", exam_datetime="2025-01-02 03:04"),
        report(),
        report(),
    )
    first, second, *repeated = kept(batch)
    assert first["patient_id"] == "007"
    assert first["report_text"] == text
    assert (first["facility"], first["accession"]) == ("North", "")
    assert (second["report_text"], second["exam_datetime"]) == ("", "2025-01-02T03:04")
    assert len(repeated) == 2  # repeats are for later stages to drop
    assert list(first) == [*names_of("reports"), "file", "line"]
    assert [row["line"] for row in kept(batch)] == [2, 7, 8, 9]


def test_the_sites_date_order_is_followed(tmp_path) -> None:
    batch = read_reports(
        tmp_path,
        report(exam_datetime="03/04/2025"),
        report(exam_datetime="13/04/2025"),
        site=Site(dates=DateShape(order="mdy")),
    )
    assert kept(batch)[0]["exam_datetime"] == "2025-03-04"
    assert reasons(batch) == [(3, "exam_datetime", "impossible_date", "date-like")]


def test_what_is_set_aside_holds_no_value(tmp_path) -> None:
    batch = read_reports(tmp_path, report(patient_id="SECRET", exam_datetime="SECRET"))
    assert len(batch.set_aside) == 1
    assert "SECRET" not in repr(batch.set_aside)


def test_a_text_that_would_hold_up_the_night_is_set_aside() -> None:
    site = Site()
    frame = pd.DataFrame(
        {
            "patient_id": ["1", "2"],
            "report_id": ["R1", "R2"],
            "exam_datetime": ["2025-01-01", "2025-01-01"],
            "report_text": ["x" * 300_001, "x" * 300_000],
        }
    )
    batch = read_frame(frame, "reports", site)
    assert [(row.line, row.column, row.reason) for row in batch.set_aside] == [
        (2, "report_text", "text_too_long")
    ]
    assert batch.rows.num_rows == 1
