"""What `auditor check` says of exports, and the site lines that it proposes."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import FLANK, TOY, Row, order, pipeline, report, set_up_once, write_exports
from openpyxl import Workbook

from auditor.config.nightly import Nightly
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.nightly.history import DONE, FeedNight, Night, add_night
from auditor.nightly.likeness import compare_with_nights
from auditor.profile.exports import profile_exports
from auditor.profile.lines import SHOWN
from auditor.sample import write_sample

# As a site may write them: quotes, backslashes, other alphabets, formulas, brackets.
NAMES = ("ZZ STUDY", 'THE "BIG" ONE', "A\\B 7", "ÉTUDE № 5", "=1+1 X", "[x] y # z")


def said(exports: Path, site: Site | None = None, folder: Path = FLANK) -> list[str]:
    paths = [str(exports / f"{name}.csv") for name in ("reports", "orders")]
    return list(profile_exports(paths, read_pipeline(folder, site or Site())))


def proposed(lines: list[str]) -> dict:
    """The site file that the proposed lines would make."""
    indented = [line.strip() for line in lines if line.startswith("    ")]
    return tomllib.loads("\n".join(indented))


def unknown(*rows: tuple[str, int]) -> list[Row]:
    return [
        order(f"P{name}{n}", 5, name, modality="") for name, count in rows for n in range(count)
    ]


@pytest.mark.parametrize("folder", [FLANK, TOY])
def test_the_proposed_lines_map_what_was_unknown(tmp_path, folder) -> None:
    exports = write_exports(tmp_path, [], unknown(*((name, 1) for name in NAMES)))
    lines = said(exports, folder=folder)
    site = proposed(lines)
    assert {entry["description"] for entry in site["procedures"]} == set(NAMES)
    mapped = said(exports, Site.model_validate(site), folder)
    assert not any("unknown procedures" in line for line in mapped)
    assert f"  kinds other {len(NAMES)}" in mapped


def test_what_occurs_most_is_proposed_first_with_its_count(tmp_path) -> None:
    rows = unknown(("ZZ RARE", 1), ("ZZ OFTEN", 3))
    bare = {"modality": "", "procedure_description": "", "procedure_code": "Z9-1"}
    coded = [order(f"C{n}", 5, "no name", **bare) for n in range(2)]
    lines = said(write_exports(tmp_path, [], [*rows, *coded]))
    start = next(n for n, line in enumerate(lines) if "unknown procedures: 3" in line)
    assert "index_radiograph" in lines[start] and "ct" in lines[start]
    assert [line.strip() for line in lines[start + 1 : start + 9]] == [
        *("# 3 rows", "[[procedures]]", 'description = "ZZ OFTEN"', 'role = "other"'),
        *("# 2 rows", "[[procedures]]", 'code = "Z9-1"', 'role = "other"'),
    ]


def test_many_unknown_descriptions_are_counted_and_the_first_proposed(tmp_path) -> None:
    rows = unknown(*((f"ZZ{n} STUDY", 1) for n in range(SHOWN + 5)))
    lines = said(write_exports(tmp_path, [], rows))
    assert any(f"unknown procedures: {SHOWN + 5}" in line for line in lines)
    assert len(proposed(lines)["procedures"]) == SHOWN


def test_a_report_that_says_nothing_of_its_procedure_cannot_be_mapped(tmp_path) -> None:
    bare = report("P", text="Nothing to tell.", modality="", procedure_description="")
    lines = said(write_exports(tmp_path, [bare]))
    assert "  rows with neither description nor code, and no modality known: 1" in lines
    assert not any("[[procedures]]" in line for line in lines)


# --- what a person can act on ---------------------------------------------------------------------


def check(folder: Path, *names: str, site: Site | None = None) -> str:
    """What is said of files in a folder, its path left out."""
    paths = [str(folder / name) for name in names]
    rules = read_pipeline(FLANK, site) if site else pipeline()
    with set_up_once():
        text = "\n".join(profile_exports(paths, rules))
    return text.replace(f"{folder}/", "")


def test_columns_are_told_with_where_they_come_from(tmp_path) -> None:
    exports = write_exports(tmp_path, [report("P1")], [order("P1", 0, "XR KUB")])
    page = (exports / "reports.csv").read_text().replace("report_text", "NARRATIVE", 1)
    header, rest = page.split("\n", 1)
    (exports / "reports.csv").write_text(f"{header.replace('facility', 'Ward')}\n{rest}")
    site = Site.model_validate(
        {"columns": {"reports": {"report_text": "NARRATIVE", "modality": {"value": "CR"}}}}
    )
    told = check(exports, "reports.csv", site=site)
    assert '  columns: modality from the constant "CR", report_text from NARRATIVE\n' in told
    assert "  columns that are not there: facility\n" in told
    assert "  columns that are not used: modality, Ward\n" in told
    assert "  columns that are empty in all rows: accession, " in told


def test_repeated_rows_and_rows_without_text_are_counted_across_files(tmp_path) -> None:
    rows = [report("P1"), report("P2", text=""), report("P1")]
    write_exports(tmp_path, rows)
    (tmp_path / "again.csv").write_text((tmp_path / "reports.csv").read_text())
    first, second = check(tmp_path, "again.csv", "reports.csv").split("reports.csv: reports")
    assert "  repeated rows 1: each counts once\n" in first
    assert "  repeated rows 3: each counts once\n" in second
    assert "  reports without text: 1\n" in first


def test_reports_that_stand_line_by_line_are_told(tmp_path) -> None:
    lines = ["FINDINGS: There is a", "calcified mass in the", "left flank."]
    rows = [report(f"P{n}", text=line) for n in range(2) for line in lines]
    write_exports(tmp_path, rows)
    assert "  report ids 2, each on 3.0 rows: each row counts as a version of the whole" in check(
        tmp_path, "reports.csv"
    )
    write_exports(tmp_path, [report("P1"), report("P1", report_status="addendum"), report("P2")])
    assert "report ids" not in check(tmp_path, "reports.csv").replace("repeated", "")


@pytest.mark.parametrize(
    ("length", "texts", "said"),
    [
        (2000, 2, "  texts are likely cut at 2,000 characters: 2 are exactly so long"),
        (777, 3, "  texts are likely cut at 777 characters: 3 are exactly so long"),
        (777, 2, ""),
        (40, 9, ""),
    ],
)
def test_texts_that_were_cut_are_suspected(tmp_path, length, texts, said) -> None:
    rows = [
        report(f"P{n}", text=f"{n}. {'Bowel gas is normal. ' * 99}"[:length]) for n in range(texts)
    ]
    write_exports(tmp_path, [*rows, report("Q", text="Short.")])
    told = check(tmp_path, "reports.csv")
    assert said in told
    assert bool(said) == ("likely cut" in told)


def test_texts_cut_at_a_number_of_bytes_are_suspected(tmp_path) -> None:
    texts = [f"{'é' * n}{'x' * (4000 - 2 * n)}" for n in range(3)]
    write_exports(tmp_path, [report(f"P{n}", text=text) for n, text in enumerate(texts)])
    assert "  texts are likely cut at 4,000 bytes: 3 are" in check(tmp_path, "reports.csv")


def test_texts_that_break_off_are_counted(tmp_path) -> None:
    texts = ["There is a mass in the ", "The bowel gas is normal,", "Normal.", "No mass"]
    write_exports(tmp_path, [report(f"P{n}", text=text) for n, text in enumerate(texts)])
    told = check(tmp_path, "reports.csv")
    assert "  texts that end in the middle of a sentence: 2; they may be cut\n" in told


def test_days_are_compared_with_their_weekday(tmp_path) -> None:
    days = [n for n in range(45) if n % 7 < 5 and n != 9]
    rows = [report(f"P{n}-{day}", day) for day in days for n in range(12 if day != 44 else 3)]
    write_exports(tmp_path, rows)
    lines = check(tmp_path, "reports.csv").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  days "))
    assert lines[start] == "  days 2025-03-03 to 2025-04-16, 32 with rows, 12 a day (median)"
    assert lines[start + 1 : start + 3] == [
        "    2025-03-12 has 0, its weekday 12 (median)",
        "    2025-04-16 has 3, its weekday 12 (median); the export may end within the day",
    ]
    assert "weekday" not in lines[start + 3]


def test_missing_orders_and_reports_are_told_by_accession(tmp_path) -> None:
    reports = [report(f"P{n}", accession=f"A{n}") for n in range(4)]
    orders = [order(f"P{n}", 0, "XR KUB", accession=f"A{n}") for n in (3, 7, 8)]
    orders.append(order("P9", 0, "XR KUB", accession="A9", status="cancelled"))
    write_exports(tmp_path, reports, orders)
    told = check(tmp_path, "reports.csv", "orders.csv")
    assert "Accessions of reports that are in the orders too: 1 (25%).\n" in told
    assert "Reports whose order is missing: 3 accessions.\n" in told
    assert "Performed orders whose report is missing: 2 accessions.\n" in told
    assert "Reports and orders hardly meet: are both accession columns the same number" in told
    alone = check(tmp_path, "reports.csv")
    assert "No orders can be used: without them the audit has nothing to go by.\n" in alone


def test_without_accessions_nothing_is_linked(tmp_path) -> None:
    write_exports(tmp_path, [report("P1")], [order("P1", 0, "XR KUB")])
    assert "No accessions link reports and orders" in check(tmp_path, "reports.csv", "orders.csv")


def test_the_share_of_index_exams_is_told(tmp_path) -> None:
    exams = ["XR ABDOMEN 1 VIEW", "CT ABDOMEN", "XR CHEST", "MRI BRAIN"]
    write_exports(tmp_path, [report(f"P{n}", procedure=name) for n, name in enumerate(exams)])
    told = check(tmp_path, "reports.csv")
    assert "  exams that can open a case (radiograph of the region): 1 of 4 reports (25%)" in told
    write_exports(tmp_path, [report("P", procedure="CT ABDOMEN")])
    assert "None can become a case" in check(tmp_path, "reports.csv")


def test_identifiers_are_told_in_counts_and_never_shown(tmp_path) -> None:
    planted = ("Okonjo", "7719004", "614-555-0182", "Halvardsen")
    text = (
        "Patient: Ruthanne Okonjo  MRN 7719004\nFINDINGS: Calcified mass in the left flank; "
        "called Dr. Halvardsen at 614-555-0182."
    )
    reports = [report("P1", text=text), report("P2", text=text), report("P3")]
    orders = [order("P1", 0, "XR KUB", reason="Flank mass, call 614-555-0182", facility="N")]
    write_exports(tmp_path, reports, orders)
    site = Site.model_validate({"privacy": {"sample_percent": 100}})
    told = check(tmp_path, "reports.csv", "orders.csv", site=site)
    assert (
        "  what looks like identifiers of persons, in rows (3 texts were looked through):" in told
    )
    for line in ("mrn in report_text: 2", "name in report_text: 2", "phone in report_text: 2"):
        assert f"    {line}\n" in told
    assert "    phone in reason: 1\n" in told
    assert "[privacy] residual_identifiers" in told
    assert not any(value in told for value in planted)
    write_exports(tmp_path, [report("P3")])
    clean = check(tmp_path, "reports.csv", site=site)
    assert "  no identifiers found; 1 texts were looked through\n" in clean


# --- what holds both tables -----------------------------------------------------------------------


def test_messages_and_a_workbook_are_checked_like_tables(tmp_path) -> None:
    for kind in ("hl7v2", "xlsx"):
        write_sample(
            tmp_path / kind,
            patients=9,
            seed=3,
            pipeline_folder=FLANK,
            as_of="2026-06-30",
            kind=kind,
        )
    messages = check(tmp_path, "hl7v2/hl7v2")
    books = check(tmp_path, "xlsx/reports.xlsx", "xlsx/orders.xlsx")
    for table in ("reports", "orders"):
        part = messages.split(f"hl7v2/hl7v2/orders.hl7 (hl7v2, 2 files): {table}\n")[1]
        same = books.split(f"xlsx/{table}.xlsx: {table}\n")[1]
        assert part.splitlines()[0] == same.splitlines()[0]
        assert re.search(r"  days .*", part)[0] == re.search(r"  days .*", same)[0]
    assert messages.endswith("auditor run --exports hl7v2/hl7v2 --out out/audit")


def test_one_workbook_with_both_tables_is_checked_as_both(tmp_path) -> None:
    book = Workbook()
    for name, row in (("reports", report("P1")), ("orders", order("P1", 0, "XR KUB"))):
        sheet = book.create_sheet(name)
        sheet.append(list(row))
        sheet.append(list(row.values()))
    book.save(tmp_path / "both.xlsx")
    told = check(tmp_path, "both.xlsx")
    assert "both.xlsx: reports\n  rows 1, kept 1" in told
    assert "both.xlsx: orders\n  rows 1, kept 1" in told
    assert "auditor run --reports both.xlsx --orders both.xlsx --out" in told


def test_what_is_neither_is_told_with_what_it_lacks(tmp_path) -> None:
    (tmp_path / "truth.csv").write_text("patient_id,status\nP1,x\n")
    with pytest.raises(SourceError) as caught:
        check(tmp_path, "truth.csv")
    assert str(caught.value).replace(f"{tmp_path}/", "") == (
        "truth.csv: is neither reports (the columns report_id, exam_datetime, report_text are "
        "missing) nor orders (the columns order_id, order_datetime are missing); auditor init, "
        "given all exports, writes a site file that maps their columns."
    )


def test_what_cannot_be_read_at_all_is_said_once(tmp_path) -> None:
    (tmp_path / "r.csv").write_text("%PDF-1.7")
    with pytest.raises(SourceError) as caught:
        check(tmp_path, "r.csv")
    said = "is a PDF, which is not read. Export the data behind it as CSV."
    assert str(caught.value) == f"{tmp_path}/r.csv: {said}"


# --- other nights ---------------------------------------------------------------------------------


def test_exports_are_compared_with_the_nights_before(tmp_path) -> None:
    nightly = Nightly.model_validate(
        {
            "inbox": "inbox",
            "outputs": "outputs",
            "feeds": {
                "r": {"table": "reports", "files": ["r*"]},
                "o": {"table": "orders", "files": ["o*"]},
            },
        }
    )
    days = [(date(2025, 3, 3) + timedelta(days=n)).isoformat() for n in range(42)]
    brought = {"r": FeedNight(1, 100), "o": FeedNight(1, 80)}
    for day in days:
        shares = {"index_share": (50, 100)}
        add_night(tmp_path / "nights.jsonl", Night(day, day, DONE, feeds=brought, shares=shares))

    def told(reports: int, index: int) -> list[str]:
        counts = {"reports_kept": reports, "orders_kept": 80, "not_index": reports - index}
        rows_in = {"reports": reports, "orders": 80}
        return list(
            compare_with_nights(
                tmp_path, nightly, "2025-04-14", rows_in=rows_in, set_aside={}, counts=counts
            )
        )

    assert told(100, 50) == ["Compared with 42 nights: nothing unusual."]
    assert told(20, 20) == [
        "Compared with 42 nights: unlike them.",
        "  feed_short: Feed r brought 20 rows; on these weekdays it brings 100.",
    ]
    assert told(100, 90)[1:] == [
        "  index_share: 90% of the reports are of the index exam's kind, usually 50%."
    ]
