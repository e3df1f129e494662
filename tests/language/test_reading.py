"""Rows into facts: which texts are read, what is kept of a row, and what is counted."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from builders import FILM, ORDERS, REPORTS, Row, order, pipeline, report, set_up_once

from auditor.config.site import Site
from auditor.language.reading import Reading, RowReader

NORMAL = "The abdomen is normal."


def read(table: str, rows: list[Row], *, screening: bool = True) -> Reading:
    columns = REPORTS if table == "reports" else ORDERS
    filled = [{column: row.get(column, "") for column in columns} for row in rows]
    schema = pa.schema([(column, pa.string()) for column in columns])
    with set_up_once():
        reader = RowReader(pipeline(), screening=screening)
        return reader.read(table, pa.RecordBatch.from_pylist(filled, schema=schema))


def test_a_report_s_columns_are_kept_but_not_its_text() -> None:
    row = report("P1", accession="A1", patient_sex="F", facility="North", report_status="F")
    (facts,) = read("reports", [row]).reports
    assert (facts.patient_id, facts.report_id, facts.accession) == ("P1", row["report_id"], "A1")
    assert (facts.exam_datetime, facts.report_datetime) == (
        row["exam_datetime"],
        row["report_datetime"],
    )
    assert (facts.status, facts.sex, facts.facility, facts.age_years) == ("final", "F", "North", 52)
    assert (facts.procedure.kind, facts.procedure.qualifies) == ("radiograph", True)
    assert facts.procedure_description == FILM
    assert [found.part for found in facts.findings] == ["calcification", "mass"]
    assert not hasattr(facts, "report_text")


def test_an_order_s_reason_is_read_whatever_the_procedure() -> None:
    rows = [
        order("P1", 0, FILM, reason="left flank mass", accession="A1"),
        order("P1", 1, "CT HEAD", reason="left flank mass"),
        order("P1", 2, "CT HEAD", reason="headache"),
    ]
    film, head, other = read("orders", rows).orders
    assert [found.section for found in film.findings] == ["reason"]
    assert len(head.findings) == 1 and other.findings == ()
    assert (film.status, film.status_word, film.accession) == ("performed", "completed", "A1")


def test_a_facility_has_the_name_that_the_site_shows() -> None:
    site = Site(facilities={"RGH-01": "Riverbend General"})
    reader = RowReader(replace(pipeline(), site=site))
    rows = [order("P1", day, FILM, facility=name) for day, name in enumerate(("rgh 01", "South"))]
    filled = [{column: row.get(column, "") for column in ORDERS} for row in rows]
    schema = pa.schema([(column, pa.string()) for column in ORDERS])
    read_orders = reader.read("orders", pa.RecordBatch.from_pylist(filled, schema=schema)).orders
    assert [facts.facility for facts in read_orders] == ["Riverbend General", "South"]


@pytest.mark.parametrize(
    ("procedure", "read_it"),
    [
        (FILM, True),
        ("KUB", True),
        ("XR LUMBAR SPINE 2 VIEWS", True),
        ("XR PELVIS AND HIPS", True),
        ("XR CHEST 2 VIEWS", False),
        ("CT ABDOMEN", False),
        ("US RENAL", False),
        ("XR KNEE", False),
    ],
)
def test_only_index_films_are_read_for_findings(procedure: str, read_it: bool) -> None:
    reading = read("reports", [report("P1", procedure=procedure)])
    assert bool(reading.reports[0].findings) == read_it
    assert reading.counts["not_index"] == (0 if read_it else 1)


def test_every_row_of_a_batch_is_counted_once() -> None:
    rows = [
        report("P1"),
        report("P2", text=NORMAL),
        report("P3", procedure="CT ABDOMEN"),
        report("P4", text=""),
    ]
    reading = read("reports", rows)
    assert len(reading.reports) == sum(reading.counts.values()) == 4
    assert dict(reading.counts) == {"read": 1, "screened_out": 2, "not_index": 1}


def test_without_the_screen_the_facts_are_the_same() -> None:
    rows = [report(f"P{n}", text=text) for n, text in enumerate(["", NORMAL, "mass", "left"])]
    screened, all_read = read("reports", rows), read("reports", rows, screening=False)
    assert screened.reports == all_read.reports
    assert all_read.counts["screened_out"] == 0


def test_the_same_row_has_the_same_digest_and_another_has_not() -> None:
    row = report("P1")
    one, again, other = read("reports", [row, dict(row), row | {"facility": "South"}]).reports
    assert one == again
    assert other == replace(one, row_digest=other.row_digest, facility="South")
    assert other.row_digest != one.row_digest


@pytest.mark.parametrize(
    ("given", "text", "age"),
    [
        ("4", NORMAL, 4.0),
        ("0.5", NORMAL, 0.5),
        ("", "CLINICAL HISTORY: 7-year-old boy.", 7.0),
        ("52", "7-year-old boy.", 52.0),
        ("", NORMAL, None),
        ("unknown", NORMAL, None),
        ("4 months", NORMAL, None),
    ],
)
def test_age_comes_from_the_column_else_from_the_text(
    given: str, text: str, age: float | None
) -> None:
    (facts,) = read("reports", [report("P1", text=text, patient_age=given)]).reports
    assert facts.age_years == age


def test_what_nothing_knows_is_counted_and_kept() -> None:
    reading = read("reports", [report("P1", procedure="ZZTOP", modality="", report_status="odd")])
    assert reading.unknown_procedures[("ZZTOP", "", "")] == 1
    assert reading.feed.unknown_statuses["odd"] == 1
    assert reading.reports[0].procedure.kind == "unknown"


def test_a_procedure_is_named_by_description_else_code_else_modality() -> None:
    names = [
        read("reports", [report("P1", modality="DX", **columns)]).reports[0].procedure_description
        for columns in (
            {"procedure_description": "KUB", "procedure_code": "74018"},
            {"procedure_description": "", "procedure_code": "74018"},
            {"procedure_description": "", "procedure_code": ""},
        )
    ]
    assert names == ["KUB", "74018", "DX"]


def test_remarks_are_taken_from_every_report_and_order() -> None:
    (facts,) = read("reports", [report("P1", text="IMPRESSION: CT abdomen is advised.")]).reports
    assert ("recommendation", "ct") in {(remark.kind, remark.value) for remark in facts.remarks}
    assert all(remark.rule for remark in facts.remarks)


def test_an_empty_batch_gives_nothing() -> None:
    for table in ("reports", "orders"):
        reading = read(table, [])
        assert (reading.reports, reading.orders, sum(reading.counts.values())) == ([], [], 0)
