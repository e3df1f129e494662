"""Data quality: what became of the rows, what nobody looked at, and where days are missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
from workbook_builders import make_results, make_run, read_labels

from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.results import FeedDay, Gate, IdentifierCount

LABELS = read_labels()
WORDS = LABELS.words


def quality(folder: Path, **run: object) -> list[list[object]]:
    """The rows of the sheet."""
    write_outputs(make_results(run=make_run(**run)), LABELS, folder)
    sheet = openpyxl.load_workbook(folder / WORKBOOK_FILE)["Data quality"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def below(rows: list[list[object]], heading: str) -> list[list[object]]:
    """The rows under a section's headings, up to the next empty row."""
    start = next(at for at, row in enumerate(rows) if row[0] == heading) + 2
    end = next((at for at in range(start, len(rows)) if rows[at][0] is None), len(rows))
    return rows[start:end]


def test_identifiers_are_not_found_only_where_somebody_looked(tmp_path: Path) -> None:
    assert below(quality(tmp_path / "a"), WORDS.identifiers)[0][0] == WORDS.not_checked
    looked = quality(tmp_path / "b", identifiers=())
    assert below(looked, WORDS.identifiers)[0][0] == WORDS.none_found
    found = (IdentifierCount("reports", "report_text", "phone", 3),)
    listed = below(quality(tmp_path / "c", identifiers=found), WORDS.identifiers)
    assert listed[0][0] == "Reports"
    assert listed[0][2:4] == [LABELS.word("identifier", "phone"), 3]


def test_warnings_and_checks_stand_first(tmp_path: Path) -> None:
    gates = (Gate("feed_short", "warn", "Orders: 12 rows."), Gate("clock", "ok"))
    rows = quality(tmp_path, warnings=("Orders: 12 rows.",), gates=gates)
    assert [row[0] for row in rows[:2]] == [WORDS.warnings, "Orders: 12 rows."]
    checks = below(rows, WORDS.checks)
    assert [row[0] for row in checks] == [
        LABELS.word("gate", "feed_short"),
        LABELS.word("gate", "clock"),
    ]
    assert checks[0][2] == "Orders: 12 rows."
    assert WORDS.warnings not in [row[0] for row in quality(tmp_path / "none")]


def days(count: int, *, without: tuple[int, ...] = ()) -> list[FeedDay]:
    first = date(2026, 1, 1)
    return [
        FeedDay(f"{table}.csv", table, str(first + timedelta(days=number)), 5 + number % 3)
        for table in ("orders", "reports")
        for number in range(count)
        if table == "orders" or number not in without
    ]


def test_every_day_has_a_row_and_a_missing_one_is_marked(tmp_path: Path) -> None:
    run = make_run(feed_days=tuple(days(30, without=(11, 12))))
    write_outputs(make_results(run=run), LABELS, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)["Data quality"]
    shown = {row[0].value: row for row in sheet.iter_rows() if isinstance(row[0].value, datetime)}
    assert sorted(shown) == [datetime(2026, 1, 1) + timedelta(days=n) for n in range(30)]
    gap = shown[datetime(2026, 1, 12)]
    assert (gap[1].value, gap[2].value) == (0, 7)
    assert gap[1].fill.fgColor.rgb.endswith(LABELS.palette.banner)
    assert not gap[2].fill.fgColor.rgb.endswith(LABELS.palette.banner)
    assert len(sheet._charts) == 1


def test_days_are_not_marked_where_rows_are_seldom(tmp_path: Path) -> None:
    seldom = tuple(FeedDay("reports.csv", "reports", f"2026-01-{n:02d}", 1) for n in (1, 9, 30))
    write_outputs(make_results(run=make_run(feed_days=seldom)), LABELS, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK_FILE)["Data quality"]
    zeros = [row[1] for row in sheet.iter_rows() if isinstance(row[0].value, datetime)]
    assert sum(cell.value == 0 for cell in zeros) == 27
    assert not any(cell.fill.fgColor.rgb.endswith(LABELS.palette.banner) for cell in zeros)


def test_long_histories_are_shown_by_month_and_their_last_days(tmp_path: Path) -> None:
    rows = quality(tmp_path, feed_days=tuple(days(400)))
    assert [row[0] for row in below(rows, WORDS.feeds_by_month)][:2] == ["2026-01", "2026-02"]
    shown = [row[0] for row in rows if isinstance(row[0], datetime)]
    assert (len(shown), shown[-1]) == (92, datetime(2027, 2, 4))


def test_each_file_has_its_own_column_unless_there_are_many(tmp_path: Path) -> None:
    def headings(files: int) -> list[object]:
        listed = tuple(
            FeedDay(f"r{number}.csv", "reports", "2026-01-01", 1) for number in range(files)
        )
        rows = quality(tmp_path / str(files), feed_days=listed)
        at = next(at for at, row in enumerate(rows) if row[0] == WORDS.feeds_by_month)
        return [value for value in rows[at + 1][1:] if value]

    assert headings(2) == ["r0.csv", "r1.csv"]
    assert headings(9) == ["Reports"]
