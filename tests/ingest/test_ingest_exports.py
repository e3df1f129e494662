"""What names on the command line find, and what a person is told of what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_files import lines, message, obr, obx, read, resource

from auditor.config.site import DateShape, Site
from auditor.errors import SourceError
from auditor.ingest.ages import age_at
from auditor.ingest.exports import find_sources
from auditor.ingest.markup import decode_base64, html_text
from auditor.ingest.parts import Notes

MESSAGES = message(obr(), obx("Gas."))
RESOURCES = lines(resource("Patient", "p1"))


def kinds(*names: Path | str) -> list[tuple[str, int]]:
    return [
        (source.kind, len(source.files))
        for source in find_sources([str(name) for name in names], Site(), Notes(), {})
    ]


def test_kinds_are_told_from_content(tmp_path) -> None:
    (tmp_path / "a.txt").write_text(MESSAGES)
    (tmp_path / "b.csv").write_text(RESOURCES)
    (tmp_path / "c.hl7").write_text("person_id,gender_concept_id,year_of_birth\n")
    assert kinds(tmp_path / "a.txt") == [("hl7v2", 1)]
    assert kinds(tmp_path / "b.csv") == [("fhir", 1)]
    assert kinds(tmp_path / "c.hl7") == [("omop", 1)]
    assert kinds(tmp_path) == [("fhir", 1), ("hl7v2", 1), ("omop", 1)]


def test_files_named_twice_are_read_once(tmp_path) -> None:
    (tmp_path / "a").write_text(MESSAGES)
    assert kinds(tmp_path, tmp_path / "a", str(tmp_path / "*")) == [("hl7v2", 1)]


def test_in_a_folder_other_files_are_passed_over_and_counted(tmp_path) -> None:
    (tmp_path / "day1").mkdir()
    (tmp_path / "day1" / "a.hl7").write_text(MESSAGES)
    (tmp_path / "manifest.json").write_text('{"transactionTime": "now"}')
    (tmp_path / "readme.md").write_text("Exported at night.")
    (tmp_path / ".hidden").write_text(MESSAGES)
    (tmp_path / "link.hl7").symlink_to(tmp_path / "day1" / "a.hl7")
    result = read(tmp_path)
    assert len(result.reports) == 1
    assert result.notes == [
        "Files in folders of exports that are of no known kind, passed over: 2."
    ]


@pytest.mark.parametrize("kind", ["message", "resource"])
def test_times_with_an_offset_are_told_in_the_time_of_the_site(tmp_path, kind) -> None:
    exam = resource(
        "DiagnosticReport",
        "r1",
        status="final",
        subject={"reference": "Patient/p1"},
        effectiveDateTime="2025-01-02T03:04:05Z",
    )
    content = lines(exam) if kind == "resource" else message(obr(f7="20250102030405+0000"))
    (tmp_path / "x").write_text(content)
    # Dates with the day first stay the affair of tables.
    site = Site(dates=DateShape(order="dmy", time_zone="America/Chicago"))
    (row,) = read(tmp_path, site=site).reports
    assert row["exam_datetime"] == "2025-01-01T21:04:05-06:00"


def test_a_file_that_gives_no_row_is_recorded(tmp_path) -> None:
    (tmp_path / "Patient.ndjson").write_text(RESOURCES)
    assert read(tmp_path).rows_in == 0


@pytest.mark.parametrize(
    "content", ["a,b\n1,2\n", "", '{"a": 1}\n', "%PDF-1.4", "<Bundle/>", "\0\1\2"]
)
def test_what_is_said_of_a_file_of_another_kind(tmp_path, content) -> None:
    path = tmp_path / "export"
    path.write_text(content)
    with pytest.raises(SourceError) as error:
        find_sources([str(path)], Site(), Notes())
    assert str(error.value) == (
        f"{path}: holds no HL7 v2 messages, FHIR resources (JSON), OMOP tables (CSV) or databases "
        "by URL; give a table of reports by --reports and one of orders by --orders."
    )


def test_what_is_said_of_an_empty_folder(tmp_path) -> None:
    with pytest.raises(SourceError) as error:
        find_sources([str(tmp_path)], Site(), Notes())
    assert str(error.value) == (
        f"{tmp_path}: this folder holds no exports; known are HL7 v2 messages, FHIR resources "
        "(JSON), OMOP tables (CSV) and databases by URL."
    )


def test_what_is_said_of_a_name_that_finds_nothing(tmp_path) -> None:
    with pytest.raises(SourceError, match="No file matches"):
        find_sources([str(tmp_path / "no*")], Site(), Notes())


@pytest.mark.parametrize(
    ("exam", "birth", "age"),
    [
        ("2025-01-02", "20000102", "25"),
        ("20250101", "2000-01-02", "24.99"),
        ("2025-07-02T03:04", "2000-01-02", "25.49"),
        ("2024-03-01", "2004-02-29", "20"),
        ("2025-02-28", "2004-02-29", "20.99"),
        ("2025-01-02", "200001", "24.96"),
        ("2025-01-02", "2000", "24.5"),
        ("2025-01-02", "20000102000000", "25"),
        ("2025-01-02", "2026-01-01", ""),
        ("2025-01-02", "2000-13-01", ""),
        ("2025-01-02", "unknown", ""),
        ("", "20000102", ""),
    ],
)
def test_ages(exam, birth, age) -> None:
    assert age_at(exam, birth) == age


def test_pages_of_html() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body>"
        "<p>FINDINGS:&nbsp;no <b>gas</b></p><ul><li>one<li>two</ul>a<br>b<pre>c\nd</pre></body>"
    )
    assert html_text(page) == "FINDINGS: no gas\none\ntwo\na\nb\nc\nd"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("size < 3 cm & > 1", "size < 3 cm & > 1"),
        ("<a title='x > y'>gas</a>", "gas"),
        ("a<!-- no --> b<!-- left open", "a b<!-- left open"),
        ("<script>if (a < b) {}</script>gas", "gas"),
        ("<p>one<P CLASS=x>two", "one\ntwo"),
        ("<![CDATA[x]]>gas<?xml?>", "gas"),
    ],
)
def test_pages_that_are_not_as_they_should_be(page, text) -> None:
    assert html_text(page) == text


@pytest.mark.parametrize("piece", ["<a ", '<a b="', "<!--", "</", "<script>", "&#", "<"])
def test_a_page_of_open_tags_is_read_to_its_end(piece) -> None:
    """The standard library's parser takes minutes for one of these: it would hold up the tests."""
    assert len(html_text(piece * 100_000)) <= len(piece) * 100_000


@pytest.mark.parametrize(
    ("data", "content"), [("R2Fz", b"Gas"), ("R2E", b"Ga"), ("R2\r\nE=", b"Ga"), ("%", None)]
)
def test_base64(data, content) -> None:
    assert decode_base64(data) == content
