"""Safe files: no text runs, none is lost in silence, and Excel takes no file for damaged."""

from __future__ import annotations

import csv
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from workbook_builders import make_case, make_event, make_evidence, make_results, read_labels

from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, RichText
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.page import MAX_LINKS
from auditor.workbook.text import CUT_MARK

LABELS = read_labels()
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n=", "\uff1d")


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=ascii)
def test_no_text_runs_whatever_it_begins_with(tmp_path: Path, beginning: str) -> None:
    hostile = f"{beginning}cmd|' /C calc'!A0"
    evidence = make_evidence(
        hostile,
        sentences=(("mass", hostile), ("calcification", hostile)),
        facility=hostile,
        report_id=hostile,
        ordering_department=hostile,
    )
    scan = make_event("e", "ct", "2026-01-20", description=hostile, facility=hostile)
    case = make_case(evidence=evidence, case_id=hostile, pathway=hostile, timeline=((10, scan),))
    write_outputs(make_results((case,)), LABELS, tmp_path)
    book = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)
    held = [
        cell
        for title in ("Cases", "Pathways", "Sites")
        for row in book[title].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "calc'" in cell.value and cell.data_type != "f"
    ]
    assert len(held) >= 8
    for cell in held:
        assert cell.data_type == "s"
        if cell.value[0] in "=+-@\t\n\uff1d":
            assert cell.quotePrefix, cell.coordinate
    with (tmp_path / "cases.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    for column in ("case_id", "patient_id", "facility", "pathway", "mass_evidence"):
        # A carriage return becomes a line feed, behind which a program may still look.
        assert row[column].startswith("'"), column


def test_no_formula_of_ours_holds_more_than_a_name(tmp_path: Path) -> None:
    """A facility's name stands in formulas as a text: quotes in it end no text."""
    case = make_case(evidence=make_evidence(facility='"&HYPERLINK("http://x")&"'))
    write_outputs(make_results((case,)), LABELS, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)["Sites"]
    formulas = [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert any('""&HYPERLINK(""http://x"")&""' in text for text in formulas)
    assert not any('"&HYPERLINK("http' in text.replace('""', "") for text in formulas)


def shown(path: Path, *values: object) -> list[object]:
    """What openpyxl reads of a sheet with these values."""
    book = Book("Test", "2026-01-01", path.parent)
    page = book.open_page("Sheet", [20])
    for value in values:
        page.write(Cell(value))
    book.save(path)
    return [row[0].value for row in openpyxl.load_workbook(path)["Sheet"].iter_rows()]


def test_texts_come_back_as_they_are(tmp_path: Path) -> None:
    texts = ["a <b> & \"c\" 'd'", " edges ", "two\nlines", "naïve → 日本", "]]>", "&amp;", "0042"]
    assert shown(tmp_path / "x.xlsx", *texts) == texts


def test_a_text_that_looks_like_a_character_code_stays_that_text(tmp_path: Path) -> None:
    """Excel reads _x003D_ in a cell as `=`: the first `_` is written as its own code."""
    shown(tmp_path / "x.xlsx", "_x003D_1+1 and _x0000_", "file_x1_y")
    with ZipFile(tmp_path / "x.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<t>_x005F_x003D_1+1 and _x005F_x0000_</t>" in sheet
    assert "<t>file_x1_y</t>" in sheet


def test_illegal_characters_are_removed_and_long_texts_cut_with_a_mark(tmp_path: Path) -> None:
    clean, cut = shown(tmp_path / "x.xlsx", "a\x00b\x0b\ud800c\ufffe", "y" * 40_000)
    assert clean == "abc"
    assert (len(str(cut)), str(cut)[-len(CUT_MARK) :]) == (32_767, CUT_MARK)


def test_bold_words_are_escaped_too(tmp_path: Path) -> None:
    (text,) = shown(tmp_path / "x.xlsx", RichText((("<a> & ", False), ("_x0041_</t>", True))))
    assert "<a> & " in str(text)
    assert "</t>" in str(text)


def test_a_sheet_has_no_more_links_than_excel_takes(tmp_path: Path) -> None:
    book = Book("Test", "2026-01-01", tmp_path)
    page = book.open_page("Sheet", [20])
    for number in range(MAX_LINKS + 3):
        page.write(Cell(number, link="'Sheet'!A1"))
    book.save(tmp_path / "x.xlsx")
    with ZipFile(tmp_path / "x.xlsx") as file:
        assert file.read("xl/worksheets/sheet1.xml").count(b"<hyperlink ") == MAX_LINKS


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    shown(tmp_path / "x.xlsx", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["x.xlsx"]
