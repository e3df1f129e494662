"""A run without a ledger finds what one that reads every row finds, and loses none."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pytest
from builders import (
    CASE_TEXT,
    FILM,
    ORDERS,
    REPORTS,
    Row,
    audit_folder,
    on_day,
    order,
    pipeline,
    read_outputs,
    report,
    set_up_once,
    write_exports,
)
from execution.fragile_readers import FragileReader
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.pipeline import Pipeline
from auditor.config.privacy import Privacy
from auditor.config.site import Site
from auditor.execution import sifting
from auditor.execution.chunks import ReadRows
from auditor.execution.local import Readers
from auditor.execution.sifting import read_sifted
from auditor.ingest.canonical import Batch
from auditor.ingest.schema import SetAside
from auditor.job import run_audit
from auditor.pathway.cases import may_make_evidence
from auditor.privacy.checking import Checker
from auditor.request import Request
from auditor.workbook.results import Results

TEXTS = (
    CASE_TEXT,
    "A mass in the right flank with rim calcification. CT is recommended.",
    "FINDINGS: No mass. Vascular calcification.",
    "Calcified phleboliths in the pelvis. Otherwise normal.",
    "Soft tissue mass in the left flank. No calcification.",
    "Dense opacity over a left flank mass.",
    "The abdomen is normal.",
    "ADDENDUM: the mass in the left flank contains calcification.",
    "",
)
EXAMS = (FILM, "XR CHEST 2 VIEWS", "CT ABDOMEN PELVIS", "MRI ABDOMEN", "ZZ WHAT", "HISTOPATHOLOGY")
REASONS = ("", "left flank mass", "?right flank mass", "cough", "Dr. John Smith 555-123-4567")
STATUSES = ("final", "addendum", "corrected", "cancelled", "preliminary", "odd word")


@st.composite
def exports(draw) -> tuple[list[Row], list[Row]]:
    """Rows of a few patients who have all kinds of exams, with repeats and broken rows."""
    chance = random.Random(draw(st.integers(0, 1 << 30)))
    reports, orders = [], []
    for _ in range(draw(st.integers(0, 25))):
        patient, day, exam = f"P{chance.randrange(5)}", chance.randrange(120), chance.choice(EXAMS)
        known = {"accession": f"A{patient}{day % 7}"}
        text, status = chance.choice(TEXTS), chance.choice(STATUSES)
        reports.append(report(patient, day, text, exam, report_status=status, **known))
        reason = chance.choice(REASONS)
        word = chance.choice(("completed", "cancelled", "scheduled", "awaiting"))
        orders.append(order(patient, day, exam, reason=reason, status=word, **known))
    reports += chance.sample(reports, len(reports) // 4)
    orders += chance.sample(orders, len(orders) // 4)
    reports += [report("B", exam_datetime="soon")] * chance.randrange(2)
    return reports, orders


def told(results: Results) -> dict[str, object]:
    """All that a run tells, but of what is looked through for identifiers."""
    counts = {name: n for name, n in results.run.counts.items() if name != "texts_checked"}
    run = results.run
    return {
        "counts": counts,
        "inputs": run.inputs,
        "days": run.feed_days,
        "procedures": run.unknown_procedures,
        "statuses": run.unknown_statuses,
        "as_of": run.as_of,
        "cases": results.cases,
        "near_misses": results.near_misses,
        "events": results.events,
        "findings": results.findings,
        "set_aside": results.set_aside,
    }


@given(rows=exports())
@settings(max_examples=12)
def test_the_same_is_found_as_by_reading_every_row(rows, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("sifted")
    exports = write_exports(folder / "in", *rows)
    sifted = audit_folder(exports, None)
    whole = audit_folder(exports, None, ledger=str(folder / "ledger.db"))
    assert told(sifted) == told(whole)


def test_the_examples_hold_cases_near_misses_and_repeats(tmp_path) -> None:
    """Otherwise the test above would compare nothing with nothing."""
    reports = [report(f"P{n}", n, text, FILM) for n, text in enumerate(TEXTS)]
    exports = write_exports(tmp_path, reports + reports[:3], [order("P1", 3, "CT ABDOMEN")] * 2)
    results = audit_folder(exports, None)
    assert {case.evidence.patient_id for case in results.cases} == {"P0", "P1", "P7"}
    assert [item.patient_id for item in results.near_misses] == ["P5"]
    assert sum(one.duplicates for one in results.run.inputs) == 4
    assert results.run.counts["new_reports"] == len(TEXTS)
    assert results.run.counts["patients"] == len(TEXTS)


def test_with_several_files_each_input_has_its_own_counts(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sifting, "_LOOKED_AT_ONCE", 3)
    for name in ("one", "two"):
        rows = [report(f"{name}{n}", n, TEXTS[n]) for n in range(len(TEXTS))]
        write_exports(tmp_path / name, [*rows, rows[0], report("", text="x")])
    with set_up_once():
        results = run_audit(Request(pipeline(), (str(tmp_path / "*" / "reports.csv"),)))
    counted = [(one.rows_in, one.kept, one.set_aside, one.duplicates) for one in results.run.inputs]
    assert counted == [(11, 10, 1, 1)] * 2
    assert len(results.cases) == 6


def test_identifiers_are_masked_and_listed_as_when_every_row_is_read(tmp_path) -> None:
    site = Site(privacy=Privacy(residual_identifiers="redact", sample_percent=100))
    rules = replace(pipeline(), site=site)
    named = "Reported by Dr. Mary Johnson, tel. 555-123-4567."
    reports = [
        report("P1", text=f"{CASE_TEXT} {named}"),
        report("P2", text=f"The abdomen is normal. {named}"),
        report("P3", procedure="XR for Dr. Mary Johnson", modality="", text="Normal."),
    ]
    exports = write_exports(tmp_path / "in", reports)
    results = audit_folder(exports, tmp_path / "sifted", rules=rules)
    audit_folder(exports, tmp_path / "whole", rules=rules, ledger=str(tmp_path / "ledger.db"))
    sifted, whole = read_outputs(tmp_path / "sifted"), read_outputs(tmp_path / "whole")
    assert sifted == whole
    assert sifted["identifiers.csv"].count(b"\n") > 3
    assert not any(b"Johnson" in content for content in sifted.values())
    assert all("Johnson" not in one.description for one in results.run.unknown_procedures)


# --- rows that break something --------------------------------------------------------------------


def batch(table: str, rows: list[Row]) -> Batch:
    columns = REPORTS if table == "reports" else ORDERS
    arrays = {name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in columns}
    arrays["file"] = pa.array([table] * len(rows), pa.string())
    arrays["line"] = pa.array(range(2, len(rows) + 2), pa.int64())
    return Batch(table, table, pa.RecordBatch.from_pydict(arrays), (), len(rows))


def in_file(file: str, row: Row) -> Batch:
    rows = batch("reports", [row]).rows
    files = pa.array([file], pa.string())
    rows = rows.set_column(rows.schema.get_field_index("file"), "file", files)
    return Batch("reports", file, rows, (), 1)


def sift(batches: list[Batch], workers: int, rules: Pipeline | None = None) -> list[ReadRows]:
    rules = rules or pipeline()
    readers = Readers(partial(FragileReader, rules), workers=workers, limit_s=60)
    with set_up_once(), readers:
        return list(
            read_sifted(
                batches,
                rules,
                readers,
                matters=partial(may_make_evidence, rules=rules.cases),
                checker=Checker(rules),
            )
        )


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_text_that_breaks_the_search_is_set_aside_once(workers) -> None:
    """Its patient is judged by what else there is."""
    broken = "It RAISES. A calcified mass in the left flank."
    rows = [
        report("P1", 0),
        report("P1", 5, broken),
        *[report("P2", n, "Normal.") for n in range(9)],
    ]
    read = sift([batch("reports", rows), batch("orders", [order("P1", 9, "CT ABDOMEN")])], workers)
    aside = [row for one in read for row in one.set_aside]
    assert [(row.file, row.line, row.reason) for row in aside] == [("reports", 3, "reading_failed")]
    kept = [row for one in read for row in one.reading.reports]
    assert [(row.patient_id, row.exam_datetime[:10]) for row in kept] == [("P1", on_day(0))]
    assert sum(len(one.reading.orders) for one in read) == 1
    assert sum(one.rows_in for one in read) == len(rows) + 1
    assert sum(one.kept for one in read) == len(rows)


@pytest.mark.parametrize("bad", ["set aside by ingest", "It RAISES."])
def test_a_row_is_read_though_another_of_its_line_is_set_aside(bad: str) -> None:
    """Of a message several rows stand on one line, and one of them may be of no use."""
    texts = [CASE_TEXT] if bad == "set aside by ingest" else [CASE_TEXT, f"{bad} {CASE_TEXT}"]
    rows = batch("reports", [report("P1", n, text) for n, text in enumerate(texts)]).rows
    lines = pa.array([1] * len(texts), pa.int64())
    rows = rows.set_column(rows.schema.get_field_index("line"), "line", lines)
    aside = (SetAside("reports", "reports", 1, "", "unreadable_attachment", "text"),)
    first = Batch("reports", "reports", rows, aside if len(texts) == 1 else (), 2)
    # What is told of a batch is told again and again while the next ones pass.
    others = [batch("orders", [order(f"P{n}", n, "CT ABDOMEN")]) for n in range(40)]
    read = sift([first, *others], 0)
    kept = [row for one in read for row in one.reading.reports]
    assert [(row.patient_id, bool(row.findings)) for row in kept] == [("P1", True)]
    assert sum(len(one.set_aside) for one in read) == 1
    assert sum(one.kept for one in read) == 41


def test_a_text_that_breaks_a_look_is_set_aside_with_its_file() -> None:
    """Nothing is kept of it but that it was there; rows of several files are looked at together."""
    rules = replace(pipeline(), site=Site(privacy=Privacy(sample_percent=100)))
    batches = [
        in_file("one", report("P1", 0, "Normal.", "CT CHEST")),
        in_file("two", report("P2", 0, "It RAISES.", "CT CHEST")),
    ]
    read = sift(batches, 0, rules)
    aside = [row for one in read for row in one.set_aside]
    assert [(row.file, row.line, row.reason) for row in aside] == [("two", 2, "reading_failed")]
    kept = Counter[str]()
    for one in read:
        kept[one.file] += one.kept
    assert (kept["one"], kept["two"]) == (1, 0)


def test_a_text_that_breaks_the_search_is_not_looked_through_as_well() -> None:
    """Otherwise it would be set aside twice."""
    rules = replace(pipeline(), site=Site(privacy=Privacy(sample_percent=100)))
    rows = [report("P1", 5, "It RAISES. A calcified mass in the left flank."), report("P2", 0)]
    read = sift([batch("reports", rows)], 0, rules)
    assert [row.line for one in read for row in one.set_aside] == [2]
    assert sum(one.kept for one in read) == 1


def test_a_row_that_breaks_the_columns_is_found_among_the_others(monkeypatch, caplog) -> None:
    plain = sifting.classify_rows

    def fail(rules, rows, table):
        if "BREAKS" in " ".join(rows["procedure_description"].to_pylist()):
            raise KeyError("a patient's text")
        return plain(rules, rows, table)

    monkeypatch.setattr(sifting, "classify_rows", fail)
    rows = [report(f"P{n}", n) for n in range(20)]
    rows[13]["procedure_description"] = "XR BREAKS"
    read = sift([batch("reports", rows)], 0)
    aside = [row for one in read for row in one.set_aside]
    assert [(row.line, row.reason) for row in aside] == [(15, "reading_failed")]
    assert sum(one.rows_in for one in read) == 20
    assert sum(len(one.reading.reports) for one in read) == 19
    assert "patient's text" not in caplog.text


def test_nothing_in_gives_nothing() -> None:
    read = sift([batch("reports", []), batch("orders", [])], 0)
    assert {(one.table, one.rows_in) for one in read} == {("reports", 0), ("orders", 0)}
