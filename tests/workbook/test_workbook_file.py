"""The workbook: what stands where, what opens it, and that equal results give equal bytes."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from workbook_builders import (
    invent_results,
    make_case,
    make_event,
    make_evidence,
    make_finding,
    make_results,
    make_run,
    read_labels,
)

from auditor.pathway.model import Case
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.results import Change, Results, RowFinding
from auditor.workbook.text import CUT_MARK

LABELS = read_labels()
TITLES = [sheet.title for sheet in LABELS.sheets]


def write(results: Results, folder: Path) -> Path:
    write_outputs(results, LABELS, folder)
    return folder / WORKBOOK_FILE


def open_book(path: Path, **options: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path, **options)


def texts(sheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    results = invent_results(120)
    return results, write(results, tmp_path_factory.mktemp("many"))


def test_write_outputs_names_the_files_in_place(tmp_path: Path) -> None:
    paths = write_outputs(make_results(), LABELS, tmp_path / "out")
    assert all(path.is_file() for path in paths)
    assert sorted(path.name for path in paths) == sorted(
        p.name for p in (tmp_path / "out").iterdir()
    )
    assert paths[-1].name == "run.json"


def test_sheets_are_those_of_the_labels_in_their_order(many) -> None:
    assert open_book(many[1]).sheetnames == TITLES


def test_the_order_of_the_sheets_is_data(tmp_path: Path) -> None:
    labels = LABELS.model_copy(update={"sheets": LABELS.sheets[::-1]})
    write_outputs(make_results((make_case(),)), labels, tmp_path)
    assert open_book(tmp_path / WORKBOOK_FILE).sheetnames == TITLES[::-1]


def test_tabs_have_the_colours_of_the_labels(many) -> None:
    book = open_book(many[1])
    colours = {sheet.title: sheet.sheet_properties.tabColor for sheet in book}
    assert {title: colour and colour.rgb[2:] for title, colour in colours.items()} == {
        sheet.title: sheet.tab for sheet in LABELS.sheets
    }


def test_pandas_reads_the_cases_with_their_headings(many) -> None:
    results, path = many
    table = pd.read_excel(path, sheet_name="Cases", dtype={"Patient": str})
    assert len(table) == len(results.cases)
    assert set(table["Patient"]) == {case.evidence.patient_id for case in results.cases}
    shown = {LABELS.column(name).heading for name in LABELS.case_columns()}
    assert shown <= set(table.columns)


def test_a_program_that_does_not_calculate_shows_the_figures(many) -> None:
    results, path = many
    table = pd.read_excel(path, sheet_name="Summary", header=None)
    rows = {row[0]: row[1] for row in table.itertuples(index=False)}
    compliant = sum(case.status == "compliant" for case in results.cases)
    assert rows["Initial population (all cases)"] == len(results.cases)
    assert rows["Numerator (of these compliant)"] == compliant


def test_equal_results_give_equal_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from workbook_builders import *;"
        "from auditor.workbook.outputs import write_outputs;"
        "write_outputs(invent_results(40), read_labels(), Path(sys.argv[1]))"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(paths)}
    there, here = tmp_path / "there", tmp_path / "here"
    subprocess.run([sys.executable, "-c", script, str(there)], env=env, check=True)
    write(invent_results(40), here)
    contents = [{path.name: path.read_bytes() for path in one.iterdir()} for one in (there, here)]
    assert contents[0] == contents[1]


def test_the_document_is_dated_by_the_data_not_the_clock(many) -> None:
    properties = open_book(many[1]).properties
    assert properties.modified == properties.created == datetime(2026, 6, 30)


def test_cases_are_sorted_by_urgency_children_first(many) -> None:
    sheet = open_book(many[1])["Cases"]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2, max_col=4)]
    statuses = list(dict.fromkeys(row[0] for row in rows))
    words = [LABELS.word("status", status) for status in LABELS.urgency]
    assert statuses == [word for word in words if word in statuses]
    groups = [row[3] for row in rows if row[0] == "Non-compliant"]
    assert groups == sorted(groups, key=lambda group: group != "Children")
    assert groups[0] == "Children"


def test_a_case_links_to_its_own_block(many) -> None:
    book = open_book(many[1])
    cases, pathways = book["Cases"], book["Pathways"]
    for row in range(2, cases.max_row + 1):
        patient = cases.cell(row, 3)
        title, cell = patient.hyperlink.location.split("!")
        assert title == "'Pathways'"
        assert str(pathways[cell].value).startswith(f"{patient.value} ·")
        (back,) = [one for one in pathways[cell[1:]] if one.hyperlink]
        assert back.hyperlink.location == f"'Cases'!A{row}"


def test_the_case_sheet_is_a_table_with_frozen_heading_and_coloured_status(many) -> None:
    sheet = open_book(many[1])["Cases"]
    table = sheet.tables["Cases"]
    assert table.ref == f"A1:{openpyxl.utils.get_column_letter(sheet.max_column)}{sheet.max_row}"
    assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "D2"
    coloured = [rule for rules in sheet.conditional_formatting for rule in rules.rules]
    assert {rule.formula[0].strip('"') for rule in coloured} == {
        label.word for label in LABELS.codes["status"].values()
    }


def test_technical_ids_are_folded_away_at_the_right(many) -> None:
    sheet = open_book(many[1])["Cases"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[-2:] == ["Index report id", "Case id"]
    # openpyxl reads a run of equal columns as one dimension.
    first = openpyxl.utils.get_column_letter(len(headings) - 1)
    assert sheet.column_dimensions[first].hidden
    assert not sheet.column_dimensions["A"].hidden


@pytest.mark.parametrize("start", ["", "- ", "=1+1 "])
def test_decisive_words_are_bold_in_the_cell(tmp_path: Path, start: str) -> None:
    """Also in an item of a list, which begins as a formula might."""
    sentence = f"{start}Probable calcified mass in the left flank, a mass effect."
    findings = (
        RowFinding("P0001", "R", make_finding("mass", sentence, "mass", cue="Probable")),
        RowFinding("P0002", "R", make_finding("mass", sentence, "flank")),
    )
    evidence = make_evidence(sentences=(("mass", sentence), ("calcification", "")))
    results = make_results((make_case(evidence=evidence),), findings=findings)
    sheet = open_book(write(results, tmp_path), rich_text=True)["Cases"]
    column = [cell.value for cell in sheet[1]].index("Mass: evidence") + 1
    value = sheet.cell(2, column).value
    assert isinstance(value, CellRichText)
    assert str(value) == sentence
    bold = [run.text for run in value if isinstance(run, TextBlock) and run.font.b]
    assert bold == ["Probable", "mass", "mass"]
    assert sheet.cell(2, column).data_type != "f"
    assert sheet.cell(2, column).quotePrefix == bool(start)


def test_dates_are_dates_and_ids_are_text(tmp_path: Path) -> None:
    evidence = make_evidence("00042", exam_datetime="2026-01-10T09:30:00+01:00")
    case = make_case(
        "00042",
        evidence=evidence,
        firsts=(("ct", "2026-01-22"), ("mri", "?"), ("biopsy", "0987-01-01")),
    )
    sheet = open_book(write(make_results((case,)), tmp_path))["Cases"]
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert row["Patient"].value == "00042"
    assert row["Index exam"].value == datetime(2026, 1, 10, 9, 30)
    assert row["First CT"].value == datetime(2026, 1, 22)
    assert "h" not in row["First CT"].number_format
    assert row["First MRI"].value == "?"
    assert row["First biopsy"].value == "0987-01-01"


def test_an_empty_result_says_so_and_opens(tmp_path: Path) -> None:
    path = write(make_results(run=make_run(inputs=())), tmp_path)
    book = open_book(path)
    assert "No case was found." in " ".join(texts(book["Summary"]))
    assert len(pd.read_excel(path, sheet_name="Cases").dropna(how="all")) == 0
    assert LABELS.words.first_run in texts(book["Changes"])
    for title in ("Needs review", "Near misses", "Set aside", "Pathways", "Sites", "Trend"):
        assert LABELS.words.nothing in texts(book[title])


def test_no_percentage_below_the_least_denominator(tmp_path: Path) -> None:
    def shown(count: int) -> list:
        cases = tuple(make_case(f"P{number}") for number in range(count))
        book = open_book(write(make_results(cases), tmp_path / str(count)), data_only=True)
        return [
            cell.value
            for row in book["Summary"].iter_rows()
            for cell in row
            if "%" in str(cell.number_format) and isinstance(cell.value, float)
        ]

    assert shown(9) == []
    assert 1.0 in shown(10)


@pytest.mark.parametrize(
    ("sign_off", "line"),
    [("", "Not yet clinically approved"), ("Dr A, 2026-05-01", "Clinical sign-off: Dr A")],
)
def test_the_sign_off_stands_on_summary_and_methods(
    tmp_path: Path, sign_off: str, line: str
) -> None:
    book = open_book(write(make_results(run=make_run(sign_off=sign_off)), tmp_path))
    for title in ("Summary", "Methods"):
        assert any(text.startswith(line) for text in texts(book[title]))


def test_warnings_stand_on_the_summary(tmp_path: Path) -> None:
    run = make_run(warnings=("The orders feed ends 9 days before the reports.",))
    sheet = open_book(write(make_results(run=run), tmp_path))["Summary"]
    # By a word too: not everybody sees the colour, and not every printer prints it.
    line = f"Attention: {run.warnings[0]}"
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == line)
    assert cell.font.color.rgb.endswith(LABELS.palette.warning)


HOSTILE = '=HYPERLINK("http://x","y")\x00\x0b</t><f>1</f>&amp;\ud83d'


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path) -> None:
    long = "mass " * 8_000
    evidence = make_evidence(
        HOSTILE.replace("\ud83d", ""),
        sentences=(("mass", long), ("calcification", HOSTILE)),
        facility=HOSTILE,
        ordering_department="#REF!",
    )
    scan = make_event("e", "ct", "2026-01-20", description=HOSTILE)
    case = make_case(evidence=evidence, case_id="+1+1", pathway="@x", timeline=((10, scan),))
    read = make_finding("mass", long, "mass")
    results = make_results((case,), findings=(RowFinding(evidence.patient_id, "R", read),))
    book = open_book(write(results, tmp_path), rich_text=True)
    sheet = book["Cases"]
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert all(cell.data_type != "f" for cell in row.values())
    assert str(row["Calcification: evidence"].value).startswith("=HYPERLINK")
    assert row["Calcification: evidence"].quotePrefix
    assert len(str(row["Mass: evidence"].value)) == 32_767
    assert str(row["Mass: evidence"].value).endswith(CUT_MARK)
    assert row["Ordering department"].value == "#REF!"
    assert row["Ordering department"].data_type == "s"
    quality = open_book(tmp_path / WORKBOOK_FILE)["Data quality"]
    counts = {row[0].value: row[1].value for row in quality.iter_rows(max_col=2)}
    assert counts[LABELS.words.illegal] > 0
    assert counts[LABELS.words.cut] > 0


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.workbook.lists.MAX_ROWS", 30)
    monkeypatch.setattr("auditor.workbook.pathway_sheet.MAX_ROWS", 60)
    results = dataclasses.replace(invent_results(12), cases=invent_results(50).cases)
    book = open_book(write(results, tmp_path))
    assert {"Cases 2", "Pathways 2", "Dictionary 2"} <= set(book.sheetnames)
    assert book["Cases"].max_row == 30
    assert book["Cases"].max_row - 1 + book["Cases 2"].max_row - 1 == 50
    last = book["Cases 2"].cell(book["Cases 2"].max_row, 3)
    title, cell = last.hyperlink.location.split("!")
    assert str(book[title.strip("'")][cell].value).startswith(f"{last.value} ·")


def test_the_dictionary_explains_every_column_and_code(many) -> None:
    sheet = open_book(many[1])["Dictionary"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    listed = {(row[0], row[1]) for row in rows}
    assert {("cases.csv", name) for name in LABELS.case_columns()} <= listed
    columns = [row for row in rows if str(row[0]).endswith(".csv") or row[0] == "Cases"]
    assert all(row[2] and row[3] and row[4] for row in columns)
    assert ("Code: Status", "non_compliant") in listed


def test_data_quality_accounts_for_every_row(many) -> None:
    sheet = open_book(many[1], data_only=True)["Data quality"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=7)]
    assert ["exports/reports.csv", "Reports", 18_250, 18_241, 9, 31, "yes"] in rows
    assert ["ABD SPECIAL VIEW", "CR", "X99", 4, None, None, None] in rows
    assert ["AWAITING CALL", "Orders", 12, None, None, None, None] in rows


def test_methods_hold_windows_statements_and_digests_but_no_clock(many) -> None:
    results, path = many
    shown = texts(open_book(path)["Methods"])
    run = results.run
    assert {run.pipeline_digest, run.as_of, run.settings[0].name, run.statements[1].text} <= set(
        shown
    )
    assert not any(run.started[:10] in text for text in shown)


def test_changes_are_told_in_words(many) -> None:
    results, path = many
    sheet = open_book(path)["Changes"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert len(rows) == len(results.changes)
    assert {row[1] for row in rows} == {"Status"}
    assert {row[2] for row in rows} == {"Pending"}


def test_the_news_are_counted_by_kind_and_lead_to_their_sheet(tmp_path: Path) -> None:
    cases = tuple(make_case(f"P{number}") for number in range(3))
    changes = (
        Change("C-P0", "status", "pending", "compliant"),
        Change("C-P0", "closed", "pending", "compliant"),
        Change("C-P0", "days_to_ct", "", "12"),
        Change("C-P1", "new", "", "compliant"),
        Change("C-P2", "new", "", "compliant"),
        Change("C-P9", "withdrawn", "pending", "", patient_id="P9"),
    )
    book = open_book(write(make_results(cases, changes=changes), tmp_path))
    cell = book["Summary"]["A3"]
    assert cell.value == (
        "Since the last run: New case: 2, No longer a case: 1, No longer pending: 1, "
        "Other changes: 1 (see Changes)"
    )
    assert cell.hyperlink.location == "'Changes'!A1"
    rows = list(book["Changes"].iter_rows(min_row=2))
    assert [(row[0].value, row[1].value) for row in rows] == [
        *[("P1", "New case"), ("P2", "New case"), ("P9", "No longer a case")],
        # All of one case together, and that it is closed but once.
        *[("P0", "No longer pending"), ("P0", "Days to CT")],
    ]
    # A withdrawn case has no pathway to lead to.
    assert [bool(row[0].hyperlink) for row in rows] == [True, True, False, True, True]
    (quiet,) = {open_book(write(make_results(changes=()), tmp_path / "q"))["Summary"]["A3"].value}
    assert quiet == LABELS.words.nothing_new


def test_places_with_the_lowest_rate_stand_first_and_small_ones_last(tmp_path: Path) -> None:
    def at(place: str, done: int, size: int) -> list[Case]:
        return [
            make_case(
                f"{place}{number}",
                status="compliant" if number < done else "non_compliant",
                evidence=make_evidence(f"{place}{number}", facility=place),
            )
            for number in range(size)
        ]

    cases = (*at("A", 9, 10), *at("B", 0, 3), *at("C", 2, 10), *at("D", 5, 10))
    sheet = open_book(write(make_results(cases), tmp_path))["Sites"]
    named = [cell.value for cell in sheet["A"] if cell.value in ("A", "B", "C", "D", "All")]
    assert named[:5] == ["C", "D", "A", "B", "All"]
