"""Excel workbooks: sheets, headers, dates, ids, and what sets a row aside."""

import datetime
from pathlib import Path

import pytest
from ingest_files import ORDER, REPORT, kept, names_of, order, read_one, reasons, report
from openpyxl import Workbook
from openpyxl.styles import numbers
from workbook_files import save_book, save_parts, text_row

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest.canonical import check_files, read_batches
from auditor.ingest.spreadsheet.cells import DATE, PLAIN, kind_of_format, number_text

HEADER = names_of("reports")
SHORT = list(REPORT)
OLD = Path(__file__).parents[1] / "fixtures" / "exports" / "old.xls"


def short(**values: object) -> list[object]:
    """The cells of a report with as few columns as there may be."""
    return list((REPORT | values).values())


def read_cell(tmp_path, name, value, number_format=None):
    """How one typed cell of a report is read."""
    book = Workbook()
    book.active.append(SHORT)
    book.active.append(short(**{name: value}))
    if number_format:
        book.active.cell(2, SHORT.index(name) + 1).number_format = number_format
    book.save(tmp_path / "r.xlsx")
    (row,) = kept(read_one(tmp_path / "r.xlsx"))
    return row[name]


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (datetime.datetime(2025, 3, 4, 9, 15), None, "2025-03-04T09:15:00"),
        (datetime.datetime(2025, 3, 4, 9, 15, 30, 500000), None, "2025-03-04T09:15:30.500"),
        (datetime.datetime(2025, 3, 4), None, "2025-03-04"),
        (datetime.date(2025, 3, 4), None, "2025-03-04"),
        (45720.385416666664, "dd/mm/yyyy", "2025-03-04T09:15:00"),
        (45720, '[$-409]d" "mmm\\ yy;@', "2025-03-04"),
        ("2025-03-04 09:15", None, "2025-03-04T09:15"),
    ],
)
def test_dates_are_those_that_people_see(tmp_path, value, number_format, expected) -> None:
    assert read_cell(tmp_path, "exam_datetime", value, number_format) == expected


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (123, None, "123"),
        (123.0, None, "123"),
        (123.5, None, "123.5"),
        ("00123", None, "00123"),
        (123, "00000", "00123"),
        (123456, "00000", "123456"),
        (123456789012345, "0.00E+00", "123456789012345"),
        (123, numbers.FORMAT_CURRENCY_USD_SIMPLE, "123"),
        (True, None, "TRUE"),
    ],
)
def test_ids_keep_their_digits_and_leading_zeros(tmp_path, value, number_format, expected) -> None:
    assert read_cell(tmp_path, "patient_id", value, number_format) == expected


@pytest.mark.parametrize(
    ("written", "kind", "from_1904", "expected"),
    [
        ("1", DATE, False, "1900-01-01"),
        ("59", DATE, False, "1900-02-28"),
        ("61", DATE, False, "1900-03-01"),
        ("0", DATE, True, "1904-01-01"),
        ("0.39583333333", DATE, False, "09:30:00"),
        ("45720.99999999999", DATE, False, "2025-03-05"),
        ("2958466", DATE, False, "2958466"),
        ("-3", DATE, False, "-3"),
        ("soon", DATE, False, "soon"),
        ("1E3", PLAIN, False, "1000"),
        ("1.50", PLAIN, False, "1.5"),
        ("7", 3, False, "007"),
    ],
)
def test_a_number_is_written_as_its_format_shows_it(written, kind, from_1904, expected) -> None:
    assert number_text(written, kind, from_1904=from_1904) == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", PLAIN),
        ("0.00", PLAIN),
        ('0 "days"', PLAIN),
        ("[Red]0", PLAIN),
        ("0000000", 7),
        ("m/d/yy h:mm", DATE),
        ("[h]:mm", DATE),
        ("yyyy\\-mm\\-dd", DATE),
        ("#,##0.00_);(#,##0.00)", PLAIN),
    ],
)
def test_formats(code, kind) -> None:
    assert kind_of_format(200, code) == kind
    assert kind_of_format(14) == DATE


def test_texts_shared_inline_and_rich_are_whole(tmp_path) -> None:
    rich = "<r><t>Left </t></r><r><rPr/><t xml:space='preserve'>flank </t></r><rPh><t>no</t></rPh>"
    cells = "".join(
        [
            '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>2025-01-02</v></c>',
            '<c t="d"><v>2025-01-02T00:00:00</v></c>',
            f'<c t="inlineStr"><is>{rich}</is></c>',
        ]
    )
    header = ["patient_id", "report_id", "exam_datetime", "report_datetime", "report_text"]
    path = save_parts(
        tmp_path / "r.xlsx",
        text_row(1, header) + f"<row>{cells}</row>",
        shared=["P & 1", "<t>R_x000D_1</t>"],
    )
    (row,) = kept(read_one(path))
    assert (row["patient_id"], row["report_id"]) == ("P & 1", "R\r1")
    assert (row["exam_datetime"], row["report_datetime"]) == ("2025-01-02", "2025-01-02")
    assert row["report_text"] == "Left flank "


def test_rows_and_cells_without_numbers_follow_each_other(tmp_path) -> None:
    row = text_row(1, short()).replace('<row r="1">', "<row>")
    path = save_parts(tmp_path / "r.xlsx", text_row(3, SHORT) + row + row)
    assert [row["line"] for row in kept(read_one(path))] == [4, 5]


def test_prefixed_names_are_read(tmp_path) -> None:
    """As some programs write them."""
    xml = f"<x:worksheet xmlns:x='m'><x:sheetData>{text_row(1, SHORT)}{text_row(2, short())}"
    for name in ("row", "c", "is", "t"):
        xml = xml.replace(f"<{name}", f"<x:{name}").replace(f"</{name}>", f"</x:{name}>")
    sheet = xml + "</x:sheetData></x:worksheet>"
    path = save_parts(tmp_path / "r.xlsx", "", more={"xl/worksheets/sheet1.xml": sheet})
    assert len(kept(read_one(path))) == 1


# --- what sets a row aside ------------------------------------------------------------------------


def test_a_failed_formula_costs_the_row_where_its_value_is_needed(tmp_path) -> None:
    error = '<c t="e"><v>#N/A</v></c>'
    good = text_row(2, short())

    def broken(name: str, line: int) -> str:
        cells = good.replace('r="2"', f'r="{line}"').split("<c ")
        at = SHORT.index(name) + 1
        cells[at] = error.removeprefix("<c ") + ("</row>" if at == len(cells) - 1 else "")
        return "<c ".join(cells)

    rows = [broken(name, 3 + at) for at, name in enumerate(SHORT)]
    path = save_parts(tmp_path / "r.xlsx", text_row(1, SHORT) + good + "".join(rows))
    batch = read_one(path)
    assert reasons(batch) == [(line, "", "formula_error", "row") for line in (3, 4, 5, 7)]
    assert [(row["line"], row["modality"]) for row in kept(batch)] == [(2, "CR"), (6, "")]


@pytest.mark.parametrize("name", ["patient_id", "report_id"])
def test_an_id_whose_digits_the_spreadsheet_lost_sets_its_row_aside(tmp_path, name) -> None:
    rows = [SHORT, short(), short(**{name: 1234567890123456789})]
    batch = read_one(save_book(tmp_path / "r.xlsx", {"S": rows}))
    assert reasons(batch) == [(3, "", "inexact_number", "row")]


def test_cells_beside_the_table_and_blank_rows_are_no_data(tmp_path) -> None:
    rows = [SHORT, [*short(), "a note beside it"], [], [None, " "], short(report_id="R2")]
    batch = read_one(save_book(tmp_path / "r.xlsx", {"S": rows}))
    assert [row["line"] for row in kept(batch)] == [2, 5]
    assert batch.rows_in == 2


def test_a_footer_is_set_aside_like_any_row_that_is_none(tmp_path) -> None:
    rows = [SHORT, short(), ["Printed by the department of radiology"]]
    batch = read_one(save_book(tmp_path / "r.xlsx", {"S": rows}))
    assert reasons(batch) == [(3, "report_id", "empty_id", "empty")]


# --- headers --------------------------------------------------------------------------------------


def test_titles_above_the_header_are_passed_over(tmp_path) -> None:
    rows = [
        ["Radiology extract"],
        [],
        ["Run on:", datetime.date(2025, 1, 3), "by", "jobs"],
        HEADER,
        report(),
    ]
    (row,) = kept(read_one(save_book(tmp_path / "r.xlsx", {"S": rows})))
    assert (row["report_id"], row["line"]) == ("R1", 5)


def test_a_header_of_merged_cells_takes_the_lower_name_and_tells_twins_apart(tmp_path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Patient", None, "Report", None, None, "Modality"])
    sheet.append(["ID", "Age", "ID", "Date", "Text", None])
    sheet.append(["P1", 50, "R1", "2025-01-02", "gas", "CR"])
    for cells in ("A1:B1", "C1:E1", "F1:F2"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "r.xlsx")
    mapped = {
        "patient_id": "Patient ID",
        "report_id": "Report ID",
        "exam_datetime": "Date",
        "report_text": "Text",
        "patient_age": "Age",
    }
    site = Site.model_validate({"columns": {"reports": mapped}})
    (row,) = kept(read_one(tmp_path / "r.xlsx", site=site))
    assert (row["patient_id"], row["report_id"], row["patient_age"]) == ("P1", "R1", "50")
    assert (row["modality"], row["line"]) == ("CR", 3)


def test_a_header_nobody_knows_is_the_first_full_row_of_short_words(tmp_path) -> None:
    rows = [["Extract of the year"], ["Pat", "Dok", "Datum", "Befund"], ["P", "R", "2025", "gas"]]
    path = save_book(tmp_path / "r.xlsx", {"S": rows})
    with pytest.raises(SourceError, match="The columns there are: Pat, Dok, Datum, Befund"):
        check_files([path], "reports", Site())


# --- sheets ---------------------------------------------------------------------------------------


def test_each_table_is_found_on_its_sheet(tmp_path) -> None:
    sheets = {
        "Notes": [["Made for the audit"]],
        "Orders": [list(ORDER), list(ORDER.values())],
        "Reports": [SHORT, short()],
    }
    path = save_book(tmp_path / "book.xlsx", sheets)
    assert [row["report_id"] for row in kept(read_one(path))] == ["R1"]
    assert [row["order_id"] for row in kept(read_one(path, "orders"))] == ["O1"]


def test_of_several_sheets_that_fit_the_site_names_one(tmp_path) -> None:
    sheets = {"Jan": [SHORT, short()], "Feb": [SHORT, short(report_id="R2")]}
    path = save_book(tmp_path / "book.xlsx", sheets)
    with pytest.raises(SourceError) as caught:
        check_files([path], "reports", Site())
    assert str(caught.value) == (
        f"{path}: the sheets 'Jan', 'Feb' all hold reports; name the one to read in the site file "
        'under [files.sheets], as in reports = "Jan", or save each as a file.'
    )
    site = Site.model_validate({"files": {"sheets": {"reports": "Feb"}}})
    assert [row["report_id"] for row in kept(read_one(path, site=site))] == ["R2"]
    site = Site.model_validate({"files": {"sheets": {"reports": "March"}}})
    with pytest.raises(SourceError, match="has no sheet 'March' with rows.*are 'Jan', 'Feb'"):
        check_files([path], "reports", site)


def test_a_hidden_sheet_is_read_only_by_name(tmp_path) -> None:
    path = save_book(tmp_path / "book.xlsx", {"Cover": [["hello", "there"]], "Data": [SHORT]})
    from openpyxl import load_workbook

    book = load_workbook(path)
    book["Data"].append(short())
    book["Data"].sheet_state = "hidden"
    book.save(path)
    with pytest.raises(SourceError, match="sheet 'Cover': the columns patient_id"):
        check_files([path], "reports", Site())
    site = Site.model_validate({"files": {"sheets": {"reports": "Data"}}})
    assert len(kept(read_one(path, site=site))) == 1


def test_a_workbook_without_rows(tmp_path) -> None:
    path = save_book(tmp_path / "book.xlsx", {"A": [], "B": []})
    with pytest.raises(SourceError, match="no sheet that can be seen holds any rows; .* 'A', 'B'"):
        check_files([path], "reports", Site())


# --- many rows, old workbooks ---------------------------------------------------------------------


def test_runs_are_bounded_in_rows_and_in_size(tmp_path, monkeypatch) -> None:
    rows = [SHORT, *(short(report_id=f"R{n}", report_text="gas " * 50) for n in range(9))]
    path = save_book(tmp_path / "r.xlsx", {"S": rows})
    batches = list(read_batches([path], "reports", Site(), batch_rows=4))
    assert [batch.rows_in for batch in batches] == [4, 4, 1]
    monkeypatch.setattr("auditor.ingest.runs.MOST_CHARACTERS", 500)
    batches = list(read_batches([path], "reports", Site(), batch_rows=4))
    assert [batch.rows_in for batch in batches] == [3, 3, 3]


def test_an_order_is_read_like_a_report(tmp_path) -> None:
    path = save_book(tmp_path / "o.xlsx", {"S": [names_of("orders"), order(reason=" a\nb ")]})
    assert kept(read_one(path, "orders"))[0]["reason"] == " a\nb "


def test_an_old_workbook_is_read_alike() -> None:
    batch = read_one(OLD)
    assert [
        (row["patient_id"], row["report_id"], row["exam_datetime"], row["report_datetime"])
        for row in kept(batch)
    ] == [
        ("00042", "7001", "2025-03-04T09:15:00", "2025-03-05"),
        ("P2", "7002", "2025-03-04", ""),
    ]
    assert [row["report_text"] for row in kept(batch)] == ["Gas.\nNo mass – 2 µm.", ""]
    assert reasons(batch) == [(6, "", "formula_error", "row")]
