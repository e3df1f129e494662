"""What a person is told of exports that cannot be read: what, where, and what to do."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest
from export_files import HEADER as MESSAGE
from export_files import lines, resource
from ingest_files import names_of, report, save
from workbook_files import save_book, save_parts, text_row

from auditor.config.formats import Queries
from auditor.config.site import FileShape, Site
from auditor.errors import SourceError
from auditor.ingest import excel, parquet
from auditor.ingest.canonical import check_files, read_batches, read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.opening import digest_file
from auditor.ingest.parts import Notes
from auditor.ingest.spreadsheet import old, package

ROWS = text_row(1, names_of("reports")) + text_row(2, report())


def said(path: Path) -> str:
    """What is said of a table that is not read, without its name."""
    with pytest.raises(SourceError) as caught:
        list(read_batches([path], "reports", Site()))
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def said_of_exports(name: str, site: Site | None = None) -> str:
    site, notes = site or Site(), Notes()
    with pytest.raises(SourceError) as caught:
        list(read_exports(find_sources([name], site, notes, {}), site, notes))
    return str(caught.value)


# --- what holds both tables, given as one ---------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (MESSAGE, "HL7 v2 messages"),
        (f"\x0b{MESSAGE}\r\x1c\r", "HL7 v2 messages"),
        ("FHS|^~\\&|\rBHS|^~\\&|\r", "HL7 v2 messages"),
        (lines(resource("Patient", "1")), "FHIR resources"),
        ('[\n{"id": "1",\n"resourceType" : "Patient"}]', "FHIR resources"),
    ],
)
def test_what_holds_both_tables_is_given_by_another_option(tmp_path, content, what) -> None:
    path = save(tmp_path / "export.csv", content)
    assert said(path) == f"holds {what}, reports and orders at once: give it by --exports."


def test_a_database_is_no_table(tmp_path) -> None:
    path = tmp_path / "hospital.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE rad (a)")
    database.close()
    assert said(path).startswith("holds an SQLite database, reports and orders at once: give it by")


# --- files that the system does not give ----------------------------------------------------------

# A file that may be opened and not be read, whoever asks.
UNREADABLE = Path("/proc/self/mem")


@pytest.mark.skipif(not UNREADABLE.exists(), reason="only Linux has such a file")
def test_a_file_that_the_system_does_not_give() -> None:
    assert said(UNREADABLE) == "cannot be read (Input/output error)."
    with pytest.raises(SourceError, match=r"mem: cannot be read \(Input/output error\)"):
        digest_file(UNREADABLE)


def test_a_file_that_is_gone_when_its_reader_comes(tmp_path) -> None:
    with pytest.raises(SourceError) as caught:
        parquet.read_layout(tmp_path / "r.parquet", FileShape())
    assert str(caught.value) == (
        f"{tmp_path}/r.parquet: cannot be read (No such file or directory); export it again."
    )
    with (
        pytest.raises(SourceError, match="cannot be read .No such file"),
        package.open_package(tmp_path / "r.xlsx"),
    ):
        pass


@pytest.mark.parametrize("content", [f"{MESSAGE}\r", lines(resource("Patient", "1"))])
def test_an_export_that_changes_while_it_is_read_is_told(tmp_path, content) -> None:
    path = save(tmp_path / "export", content)
    notes = Notes()
    batches = read_exports(find_sources([str(path)], Site(), notes, {}), Site(), notes)
    next(batches)
    save(path, content * 2)
    with pytest.raises(SourceError) as caught:
        list(batches)
    assert str(caught.value) == (
        f"{path}: changed while it was being read; run again when its export is complete."
    )


# --- workbooks ------------------------------------------------------------------------------------


def test_a_workbook_with_a_password_inside(tmp_path) -> None:
    path = save_parts(tmp_path / "r.xlsx", ROWS)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[at + 8] |= 1
    assert said(save(path, bytes(content))) == (
        "the workbook wants a password; save it without one."
    )


def test_lists_of_a_workbook_that_are_too_long_or_no_xml(tmp_path, monkeypatch) -> None:
    path = save_parts(tmp_path / "r.xlsx", ROWS, more={"xl/workbook.xml": "<workbook>"})
    assert said(path) == "the Excel workbook is damaged; save it again."
    monkeypatch.setattr(package, "_LONGEST_LIST", 100)
    assert said(path).startswith("unpacks to more than 200 times its size, which no export does;")


def test_a_part_whose_bytes_are_not_what_was_packed(tmp_path) -> None:
    path = tmp_path / "r.xlsx"
    save_parts(path, ROWS)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content = bytearray(path.read_bytes())
    content[start + 60 : start + 90] = bytes(30)
    assert said(save(path, bytes(content))) == "the Excel workbook is damaged; save it again."


def test_a_workbook_in_which_nobody_sees_a_row(tmp_path) -> None:
    path = save_book(tmp_path / "r.xlsx", {"One": [], "Two": [[""]]})
    with pytest.raises(SourceError) as caught:
        excel.list_sheets(path)
    assert str(caught.value) == (
        f"{path}: no sheet that can be seen holds any rows; its sheets are 'One', 'Two'. Name a "
        "hidden one in the site file under [files.sheets]."
    )


def test_an_old_workbook_beyond_measure(tmp_path, monkeypatch) -> None:
    fixture = Path(__file__).parents[1] / "fixtures" / "exports" / "old.xls"
    path = save(tmp_path / "r.xls", fixture.read_bytes())
    monkeypatch.setattr(old, "_LARGEST", 1000)
    assert said(path) == "is too large for an old Excel workbook; save it as .xlsx."


# --- folders and databases ------------------------------------------------------------------------


def test_a_damaged_file_in_a_folder_is_told_and_a_foreign_archive_is_not(tmp_path) -> None:
    save(tmp_path / "a.hl7", MESSAGE)
    save(tmp_path / "b.zip", b"PK\x03\x04 and so on")
    assert len(find_sources([str(tmp_path)], Site(), Notes(), {})) == 1
    save(tmp_path / "c.hl7.gz", b"\x1f\x8b and so on")
    assert said_of_exports(str(tmp_path)) == (
        f"{tmp_path}/c.hl7.gz: the gzip file is damaged or cut short; copy it again."
    )


def test_a_url_that_is_none() -> None:
    assert said_of_exports("postgresql://reader@db.example:port/cdm") == (
        "The database's URL cannot be read: write it as sqlite:///FILE or "
        "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."
    )


def test_a_query_that_would_write(tmp_path) -> None:
    path = tmp_path / "hospital.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE rad (a)")
    database.close()
    url = f"sqlite:///{path}"
    site = Site(sql=Queries(reports="WITH a AS (SELECT 1) DELETE FROM rad"))
    assert said_of_exports(url, site) == (
        f"{url} ([sql] reports): was asked to write, which a source must not; give a query that "
        "only reads."
    )


def test_needed_columns_are_named_before_anything_is_read(tmp_path) -> None:
    path = save(tmp_path / "r.csv", "patient_id,report_id,exam_datetime,narrative\n")
    with pytest.raises(SourceError) as caught:
        check_files([path], "reports", Site())
    assert str(caught.value).startswith(
        f"{path}: the column report_text is missing. The columns there are: patient_id, "
    )
