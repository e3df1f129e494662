"""Whole nights: what is read, kept, written and told."""

from __future__ import annotations

import json
import shutil

import openpyxl
import pytest
from builders import on_day, order, report
from night_builders import CT, MRI, Site, cases, everything, record

from auditor.errors import GateError
from auditor.nightly.history import read_nights
from auditor.nightly.outputs import OLD_FILE


def first_lines(site: Site, rows: int = 6) -> str:
    """The upper left of the Summary in `latest/`."""
    book = openpyxl.load_workbook(site.latest / "compliance.xlsx")
    sheet = book["Summary"]
    return "\n".join(str(sheet.cell(row, 1).value) for row in range(1, rows + 1))


def test_a_night_reads_the_new_files_and_writes_dated_outputs_and_latest(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    night = site.night(0)
    assert (night.outcome, night.exit_code, night.folder) == ("done", 0, on_day(0))
    assert cases(site.latest) == {"P": "pending"}
    dated = site.outputs.root / on_day(0)
    assert everything(dated) == everything(site.latest)
    assert site.is_whole() and not site.outputs.tonight.exists()
    assert site.history == (night,)
    assert "Cases:" in (site.outputs.root / "night.txt").read_text()


def test_tonights_scan_closes_last_months_case(site: Site) -> None:
    site.put_night(0, [report("P", 0), report("Q", 0)])
    site.night(0)
    site.put_night(1, orders=[order("P", 1, CT), order("Q", 1, MRI)])
    night = site.night(1)
    assert cases(site.latest) == {"P": "compliant", "Q": "non_compliant"}
    assert (night.counts["cases"], night.counts["cases_new"], night.counts["flags_new"]) == (
        2,
        0,
        1,
    )


def test_a_second_start_does_nothing(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    before = everything(site.folder)
    again = site.night(0, hour=3)
    assert (again.outcome, again.exit_code) == ("nothing new", 0)
    after = everything(site.folder)
    changed = {name for name in after if after[name] != before.get(name)}
    # But for the record of the nights and the lock's note of who holds it.
    assert changed <= {"out/nights.jsonl", "out/.lock"}
    assert [night.outcome for night in site.history] == ["done", "nothing new"]


def test_a_file_is_known_by_its_content_whatever_its_name_and_time(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    shutil.copy(site.inbox / "reports-000.csv", site.inbox / "reports-001.csv")
    shutil.copy(site.inbox / "orders-000.csv", site.inbox / "orders-renamed.csv")
    night = site.night(0, hour=3)
    assert night.outcome == "nothing new"


def test_of_two_equal_files_one_is_read(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    shutil.copy(site.inbox / "reports-000.csv", site.inbox / "reports-copy.csv")
    night = site.night(0)
    assert night.feeds["reports"].files == 1


def test_missed_nights_are_caught_up_as_if_none_had_been_missed(site: Site, tmp_path) -> None:
    other = Site(tmp_path / "other")
    for day in range(4):
        film, late = [report(f"P{day}", day)], [order(f"P{day - 1}", day, CT)]
        for one in (site, other):
            one.put_night(day, film, late if day else [])
        if day != 1 and day != 2:
            site.night(day)
        other.night(day)
    assert site.lasting() == other.lasting()
    assert len(site.outputs.nights) == 2 and len(other.outputs.nights) == 4


def test_a_dry_run_tells_and_writes_nothing(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    before = everything(site.folder)
    night = site.night(0, rehearse=True)
    assert night.outcome == "rehearsed" and night.counts["cases"] == 1
    assert everything(site.folder) == before
    site.night(0)
    site.put_night(1)
    before = everything(site.folder)
    assert site.night(1, rehearse=True).counts["rows_new"] == 2
    assert everything(site.folder) == before


def test_a_dry_run_says_what_would_stop_the_night(site: Site) -> None:
    site.put("reports", 0, [report("P", 0)])
    night = site.night(0, rehearse=True)
    assert night.exit_code == GateError.exit_code
    assert "feed_missing" in [gate.name for gate in night.gates if gate.outcome == "stop"]


def test_so_many_nights_are_kept(site: Site) -> None:
    for day in range(5):
        site.put_night(day)
        site.night(day, settings={"keep": 2})
    assert [path.name for path in site.outputs.nights] == [on_day(3), on_day(4)]
    assert len(site.history) == 5


def test_two_nights_of_one_date_have_a_folder_each(site: Site) -> None:
    site.put_night(0)
    site.night(0)
    site.put("reports", "late", [report("P", -3)])
    site.put("orders", "late", [order("P", 0, CT)])
    assert site.night(0, hour=9).folder == f"{on_day(0)}-2"
    assert cases(site.latest) == {"P": "compliant"}


# --- stopped, failed, old -------------------------------------------------------------------------


def test_a_stopped_night_keeps_nothing_and_marks_the_last_outputs_as_old(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    dated, kept = everything(site.outputs.nights[0]), site.lasting()
    site.put_night(1, [report("Q", 1, exam_datetime="nonsense")] * 6)
    night = site.night(1)
    assert (night.outcome, night.exit_code) == ("stopped", 4)
    assert "6 of 7 reports rows were set aside" in night.said
    assert site.lasting() == kept and everything(site.outputs.nights[0]) == dated
    assert site.is_whole()
    shown = first_lines(site)
    assert f"OLD FIGURES of the night of {on_day(0)}" in shown and "were set aside" in shown
    assert "Flank mass" in shown and "Data to" in shown  # what stood there stands
    assert "set aside" in (site.latest / OLD_FILE).read_text()
    assert record(site.latest)["old"]
    # Its files are new again; a person has looked and takes them.
    again = site.night(1, hour=9, accept=frozenset({"set_aside", "dates"}))
    assert again.outcome == "done"
    shown = first_lines(site, 9)
    assert "OLD" not in shown and "were set aside" in shown
    assert not (site.latest / OLD_FILE).exists()


def test_the_mark_is_renewed_and_not_repeated(site: Site) -> None:
    for day in (-1, 0):  # the second one's news is a link
        site.put_night(day, [report(f"P{day}", day)])
        site.night(day)
    site.put("reports", 1, [report("Q", 1)])
    for day in (1, 2):
        assert site.night(day).exit_code == 4
        assert first_lines(site).count("OLD FIGURES") == 1
        assert f"The night of {on_day(day)}" in first_lines(site)


def test_a_marked_workbook_keeps_its_other_sheets_and_charts(site: Site) -> None:
    from zipfile import ZipFile

    site.put_night(0, [report("P", 0)])
    site.night(0)
    site.night(3)
    with (
        ZipFile(site.latest / "compliance.xlsx") as old,
        ZipFile(site.outputs.nights[0] / "compliance.xlsx") as own,
    ):
        assert old.namelist() == own.namelist()
        differing = [name for name in own.namelist() if old.read(name) != own.read(name)]
    assert differing == ["xl/worksheets/sheet1.xml"]


def test_a_warning_stands_on_the_summary_and_in_the_record(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    site.put("reports", 9, [report("Q", 2, report_id="Q")])
    site.put("orders", 9, [order("Q", 2, CT)])
    night = site.night(9, settings={"gates": {"feed_stale": {"action": "warn", "days": 3}}})
    assert night.outcome == "done"
    sentence = f"Feed reports ends on {on_day(2)}, 7 days before tonight."
    assert sentence in first_lines(site, 10)
    told = {gate["name"]: gate["outcome"] for gate in record(site.latest)["gates"]}
    assert told["feed_stale"] == "warn" and told["clock"] == "ok"


def test_where_no_file_has_come_the_figures_are_marked_as_old(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    warned = site.night(1, settings={"gates": {"feed_missing": "warn"}})
    assert (warned.outcome, warned.exit_code) == ("nothing new", 0)
    assert f"Feed orders brought no file for {on_day(1)}" in first_lines(site)
    assert site.night(2).exit_code == 4


def test_a_damaged_file_fails_the_night_and_names_it(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    site.put_night(1)
    (site.inbox / "reports-bad.csv.gz").write_bytes(b"\x1f\x8b\x08 not gzip")
    night = site.night(1)
    assert (night.outcome, night.exit_code) == ("failed", 3)
    assert "reports-bad.csv.gz" in night.said and "OLD" in first_lines(site)
    (site.inbox / "reports-bad.csv.gz").unlink()
    assert site.night(1, hour=3).outcome == "done"


def test_a_wrong_pipeline_fails_the_night_and_is_told_in_latest(site: Site) -> None:
    from auditor.errors import ConfigError

    def wrong() -> None:
        raise ConfigError("pipeline.toml: name: is missing.")

    site.put_night(0, [report("P", 0)])
    site.night(0)
    night = site.night(1, rules=wrong)
    assert night.exit_code == 2
    assert "pipeline.toml: name: is missing" in first_lines(site)


def test_a_defect_is_told_without_its_values(site: Site, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("P-secret")

    site.put_night(0, [report("P", 0)])
    monkeypatch.setattr("auditor.job.judge_patient", broken)
    night = site.night(0)
    assert night.exit_code == 1 and "KeyError" in night.said and "secret" not in night.said


def test_the_record_of_the_nights_bears_a_torn_line(site: Site) -> None:
    site.put_night(0)
    site.night(0)
    with site.outputs.history.open("a") as file:
        file.write('{"date": "2025-')
    assert len(read_nights(site.outputs.history)) == 1
    site.put_night(1)
    assert site.night(1).outcome == "done"
    assert len(site.history) == 2


def test_an_empty_or_missing_inbox_is_told(site: Site) -> None:
    assert site.night(0).exit_code == 4
    assert "brought no file" in (site.outputs.root / "night.txt").read_text()
    shutil.rmtree(site.inbox)
    assert site.night(0, hour=3).exit_code == 3


def test_a_clock_that_was_set_back_stops_the_night(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.put_night(1)
    site.night(5)
    site.put_night(2, [report("Q", 2)])
    before = site.lasting()
    night = site.night(-400)
    assert night.exit_code == 4 and "set the clock" in night.said
    assert site.lasting() == before
    assert site.night(6).outcome == "done"
    assert set(cases(site.latest)) == {"P", "Q"}


def test_the_letter_of_a_good_night_is_not_replaced_by_a_second_start(site: Site) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    letter = (site.outputs.root / "night.txt").read_bytes()
    site.night(0, hour=3)
    assert (site.outputs.root / "night.txt").read_bytes() == letter


@pytest.mark.parametrize("postgres", [False, pytest.param(True, marks=pytest.mark.postgres)])
def test_each_site_of_a_shared_ledger_has_its_own_nights(
    tmp_path, postgres: bool, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("new_postgresql_url" if postgres else "new_sqlite_url")()
    north, south = Site(tmp_path / "north", url), Site(tmp_path / "south", url)
    north.put_night(0, [report("P", 0)])
    south.put_night(10, [report("Q", 10)])
    north.night(0)
    assert south.night(10).outcome == "done"
    assert set(cases(south.latest)) == {"P", "Q"}
    assert json.loads(north.outputs.history.read_text())["date"] == on_day(0)


@pytest.mark.parametrize(
    ("action", "code"), [("warn", 0), ("stop", 4)], ids=lambda value: str(value)
)
def test_identifiers_in_texts_are_counted_and_never_told(
    site: Site, action: str, code: int
) -> None:
    site.put_night(0, [report("P", 0)])
    site.night(0)
    text = "FINDINGS: Calcified mass in the left flank. Call Dr. Smith at (555) 234-5678."
    site.put_night(1, [report("Q", 1, text)])
    night = site.night(1, settings={"gates": {"residual_identifiers": action}})
    assert night.exit_code == code
    assert "hold what looks like an identifier" in first_lines(site, 12)
    assert "234-5678" not in (site.outputs.root / "night.txt").read_text()
