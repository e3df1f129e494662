"""What must hold of any export: nothing vanishes, and the same in gives the same out."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from builders import (
    FLANK,
    Row,
    audit_folder,
    pipeline,
    read_outputs,
    read_rows,
    write_exports,
)

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.ingest.canonical import read_batches
from auditor.job import rejudge
from auditor.language.reading import RowReader
from auditor.pathway.rate import population_counts
from auditor.request import Request
from auditor.sample import write_sample
from auditor.workbook.results import Results

AS_OF = "2026-06-30"
STATUSES = {"compliant", "non_compliant", "pending", "excluded", "excepted", "needs_review"}
# Rows that no reader can use, and the reason that each must be given.
BROKEN: tuple[tuple[Row, str], ...] = (
    ({"patient_id": "", "report_id": "B1", "exam_datetime": "2026-01-01"}, "empty_id"),
    ({"patient_id": "B", "report_id": "B2", "exam_datetime": "2026-02-30"}, "impossible_date"),
    ({"patient_id": "B", "report_id": "B3", "exam_datetime": "next week"}, "unparseable_date"),
    ({"patient_id": "B", "report_id": "B4", "exam_datetime": "01/02/26"}, "two_digit_year"),
)


class Sample:
    """Invented exports, the outcome of one plain run over them, and room for others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = write_sample(
            folder / "sample",
            patients=70,
            seed=11,
            pipeline_folder=FLANK,
            as_of=AS_OF,
            case_rate=0.7,
        )
        self.reports, self.orders = read_rows(files.reports), read_rows(files.orders)
        self.results = self.run("plain", self.reports, self.orders)
        self.outputs = read_outputs(folder / "plain")

    def run(self, name: str, reports: list[Row], orders: list[Row], **more) -> Results:
        """One run over these rows, with its outputs in a folder of this name."""
        exports = write_exports(self.folder / f"{name}-in", reports, orders)
        return audit_folder(exports, self.folder / name, as_of=AS_OF, **more)

    def outputs_of(self, name: str, reports: list[Row], orders: list[Row], **more) -> dict:
        """The CSV files of such a run."""
        self.run(name, reports, orders, **more)
        return read_outputs(self.folder / name)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Sample:
    return Sample(tmp_path_factory.mktemp("invariants"))


def shuffled(rows: list[Row], seed: int) -> list[Row]:
    return random.Random(seed).sample(rows, len(rows))


def test_the_sample_is_worth_comparing(sample) -> None:
    """Enough cases, and of many kinds: an empty table would be equal to any other."""
    assert len(sample.results.cases) >= 30
    assert len({case.status for case in sample.results.cases}) >= 4
    assert len({flag for case in sample.results.cases for flag in case.flags}) >= 3
    assert any(name != "changes.csv" and data for name, data in sample.outputs.items())


# --- the same in, the same out ------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_makes_no_difference(sample, seed) -> None:
    rows = shuffled(sample.reports, seed), shuffled(sample.orders, seed)
    assert sample.outputs_of(f"shuffled{seed}", *rows) == sample.outputs


def test_repeated_rows_make_no_difference(sample) -> None:
    twice = sample.reports + shuffled(sample.reports, 3), sample.orders * 3
    assert sample.outputs_of("twice", *twice) == sample.outputs


def test_a_second_run_gives_the_same_files_and_the_same_workbook(sample) -> None:
    exports = sample.folder / "plain-in"
    audit_folder(exports, sample.folder / "again", as_of=AS_OF, started="another time")
    for path in (sample.folder / "plain").iterdir():
        if path.name != "run.json":
            assert (sample.folder / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_the_number_of_workers_makes_no_difference(sample) -> None:
    """Two processes, each with a hash seed of its own."""
    rows = sample.reports, sample.orders
    assert sample.outputs_of("workers", *rows, workers=2) == sample.outputs


@pytest.mark.slow
def test_another_process_with_another_hash_seed_writes_the_same(sample) -> None:
    exports, out = sample.folder / "plain-in", sample.folder / "seed"
    command = [sys.executable, "-m", "auditor", "run", "--as-of", AS_OF, "--out", str(out)]
    command += ["--reports", str(exports / "reports.csv"), "--orders", str(exports / "orders.csv")]
    subprocess.run(command, check=True, capture_output=True, env={"PYTHONHASHSEED": "12345"})
    assert read_outputs(out) == sample.outputs


@pytest.mark.parametrize("seed", [5, 6])
def test_nights_in_any_cut_and_order_end_like_one_run(sample, tmp_path, seed) -> None:
    """Cut by chance into three nights; a version may come before the one that it corrects."""
    chance = random.Random(seed)
    nights: list[tuple[list[Row], list[Row]]] = [([], []), ([], []), ([], [])]
    for table, rows in enumerate((sample.reports, sample.orders)):
        for row in rows:
            chance.choice(nights)[table].append(row)
    for number, (reports, orders) in enumerate(nights):
        exports = write_exports(tmp_path / str(number), reports, orders)
        ledger = str(tmp_path / "ledger.db")
        audit_folder(exports, tmp_path / "out", ledger=ledger, as_of=AS_OF, started=str(number))
    assert without_changes(tmp_path / "out") == {
        name: data for name, data in sample.outputs.items() if name != "changes.csv"
    }


def test_nights_on_their_own_dates_end_like_one_run(sample, tmp_path) -> None:
    """Rows arrive in the order of their dates, and each night judges only whom it must.

    Windows close between the nights, and the last but one is dated after the last.
    """
    ledger = str(tmp_path / "ledger.db")
    cuts = ["2025-09-30", "2026-01-31", "2026-09-30", AS_OF]
    since = ""
    for number, as_of in enumerate(cuts):
        new = [
            [row for row in rows if since < row[column][:10] <= as_of]
            for rows, column in (
                (sample.reports, "exam_datetime"),
                (sample.orders, "order_datetime"),
            )
        ]
        since = max(since, as_of)
        exports = write_exports(tmp_path / str(number), *new)
        audit_folder(exports, tmp_path / "out", ledger=ledger, as_of=as_of, started=str(number))
    assert without_changes(tmp_path / "out") == {
        name: data for name, data in sample.outputs.items() if name != "changes.csv"
    }


@pytest.mark.slow
def test_a_night_under_other_rules_judges_everybody_by_them(sample, tmp_path) -> None:
    """A site that moves a window finds its whole ledger judged by the new one."""
    exports, ledger = sample.folder / "plain-in", str(tmp_path / "ledger.db")
    shorter = read_pipeline(FLANK, Site(windows={"ct_window_days": 20}))
    audit_folder(exports, tmp_path / "alone", rules=shorter, as_of=AS_OF)
    audit_folder(exports, None, ledger=ledger, as_of=AS_OF, started="1")
    nothing = write_exports(tmp_path / "nothing", [])
    night = {"rules": shorter, "ledger": ledger, "as_of": AS_OF, "started": "2"}
    audit_folder(nothing, tmp_path / "later", **night)
    by_new_rules = without_changes(tmp_path / "alone")
    assert by_new_rules["cases.csv"] != sample.outputs["cases.csv"]
    assert without_changes(tmp_path / "later") == by_new_rules
    request = Request(pipeline(), out=tmp_path / "back", ledger=ledger, as_of=AS_OF, started="3")
    rejudge(request)
    assert without_changes(tmp_path / "back") == without_changes(sample.folder / "plain")


def without_changes(out: Path) -> dict[str, bytes]:
    """The tables but `changes.csv`, which tells of the night before."""
    return {name: data for name, data in read_outputs(out).items() if name != "changes.csv"}


def test_the_screen_drops_no_finding(sample) -> None:
    """What the cheap screen passes over holds nothing when it is read in full."""
    readers = RowReader(pipeline()), RowReader(pipeline(), screening=False)
    screened = 0
    for table in ("reports", "orders"):
        path = sample.folder / "plain-in" / f"{table}.csv"
        for batch in read_batches([path], table, Site()):
            quick, full = (reader.read(table, batch.rows) for reader in readers)
            assert (quick.reports, quick.orders) == (full.reports, full.orders)
            screened += quick.counts["screened_out"]
    assert screened


# --- nothing vanishes ---------------------------------------------------------------------------


def test_every_row_is_kept_or_set_aside_with_its_reason(sample) -> None:
    broken = [row for row, _ in BROKEN]
    results = sample.run("broken", [*sample.reports, *broken], sample.orders)
    for item in results.run.inputs:
        assert item.rows_in == item.kept + item.set_aside
    counts = results.run.counts
    assert counts["reports_in"] == len(sample.reports) + len(broken)
    assert counts["reports_in"] == counts["reports_kept"] + counts["reports_set_aside"]
    assert counts["orders_in"] == counts["orders_kept"] == len(sample.orders)
    assert sorted(row.reason for row in results.set_aside) == sorted(r for _, r in BROKEN)
    aside = {row.line for row in results.set_aside}
    lines = sample.folder / "broken-in" / "reports.csv"
    assert aside == set(_first_lines_of_the_last(4, lines))
    rest = {name: data for name, data in sample.outputs.items() if name != "set_aside.csv"}
    assert rest.items() <= read_outputs(sample.folder / "broken").items()


def _first_lines_of_the_last(count: int, path: Path) -> range:
    """Physical lines (from 1) of the last rows, which hold no line breaks."""
    lines = path.read_text(encoding="utf-8").count("\n")
    return range(lines - count + 1, lines + 1)


def test_every_report_is_screened_out_read_or_no_index_exam(sample) -> None:
    counts = sample.results.run.counts
    assert counts["reports_kept"] == sum(
        counts.get(step, 0) for step in ("not_index", "screened_out", "read")
    )


def test_every_case_has_one_status_and_every_table_agrees(sample) -> None:
    rows = read_rows(sample.folder / "plain" / "cases.csv")
    by_status = Counter(row["status"] for row in rows)
    assert set(by_status) <= STATUSES
    assert sum(by_status.values()) == len(sample.results.cases) == len(rows)
    whole, *groups = population_counts(sample.results.cases)
    assert whole.initial == len(rows)
    assert whole.numerator == by_status["compliant"]
    assert whole.denominator == by_status["compliant"] + by_status["non_compliant"]
    apart = whole.excluded + whole.excepted + whole.pending + whole.needs_review
    assert whole.initial == whole.denominator + apart
    assert whole.initial == sum(group.initial for group in groups)
    assert len({row["case_id"] for row in rows}) == len(rows)


def test_no_verdict_contradicts_the_rules_of_the_rate(sample) -> None:
    """What each status means, read off the rows alone."""
    flagged = {"non_compliant", "excepted"}
    for row in read_rows(sample.folder / "plain" / "cases.csv"):
        assert bool(row["exclusion_reason"]) == (row["status"] in ("excluded", "excepted"))
        if row["certainty"] == "possible":
            assert row["status"] in ("needs_review", "excluded")
        if row["status"] in flagged:
            assert row["flags"]
        if row["status"] in ("compliant", "pending", "excluded"):
            assert not row["flags"]
        if row["status"] == "compliant":
            assert 0 <= int(row["days_to_ct"]) <= 60


def test_duplicates_are_counted_in_the_record_of_the_run(tmp_path) -> None:
    row = {"patient_id": "P", "report_id": "R", "exam_datetime": "2026-01-01"}
    results = audit_folder(write_exports(tmp_path, [row, row, row]), None)
    assert results.run.counts["reports_kept"] == 3
    assert results.run.counts["new_reports"] == 1
    assert {i.table: i.duplicates for i in results.run.inputs}["reports"] == 2


def test_a_file_without_rows_stands_in_the_record_of_the_run(tmp_path) -> None:
    """An empty feed must not look like one that nobody gave."""
    row = {"patient_id": "P", "report_id": "R", "exam_datetime": "2026-01-01"}
    results = audit_folder(write_exports(tmp_path, [row], []), None)
    assert {i.name: i.rows_in for i in results.run.inputs} == {"reports.csv": 1, "orders.csv": 0}
