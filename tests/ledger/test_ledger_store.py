"""What goes into a ledger comes out of it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ledger_builders import input_record, order, record, report
from ledgers import contents

from auditor.language.facts import PatientFacts
from auditor.ledger.records import PipelineRecord
from auditor.ledger.store import Ledger, open_ledger


def test_facts_come_back_by_patient_and_digest(ledger: Ledger) -> None:
    with ledger.run(record()) as run:
        assert run.add_reports([report("b"), report("a"), report("c", "P0")]) == 3
        assert run.add_orders([order("o", "P2")]) == 1
        found = list(run.patients())
    assert found == [
        PatientFacts("P0", (report("c", "P0"),), ()),
        PatientFacts("P1", (report("a"), report("b")), ()),
        PatientFacts("P2", (), (order("o", "P2"),)),
    ]
    assert ledger.patient("P1") == found[1]
    assert ledger.patient("nobody") == PatientFacts("nobody")


def test_patient_ids_sort_by_code_point(ledger: Ledger) -> None:
    ids = ["007", "10", "9", "B", "a", "a-", "a1", "aa", "b", "É", "é", "ｚ"]
    with ledger.run(record()) as run:
        run.add_reports(report(f"d{number}", name) for number, name in enumerate(reversed(ids)))
        assert [facts.patient_id for facts in run.patients()] == sorted(ids)
        assert [facts.patient_id for facts in run.patients(ids)] == sorted(ids)
        assert run.touched_patients() == sorted(ids)


def test_a_row_counts_once_within_a_run_and_over_runs(ledger: Ledger) -> None:
    with ledger.run(record("run-1")) as run:
        assert run.add_reports([report("a"), report("a"), report("b")]) == 2
        assert run.add_reports([report("b")]) == 0
    with ledger.run(record("run-2")) as run:
        assert run.add_reports([report("a"), report("c", "P3")]) == 1
        assert run.touched_patients() == ["P3"]
        assert run.touched_patients(also=["P9", "P3"]) == ["P3", "P9"]
    assert [facts.row_digest for facts in ledger.patient("P1").reports] == ["a", "b"]


def test_a_run_without_rows_touches_nobody(ledger: Ledger) -> None:
    with ledger.run(record()) as run:
        assert (run.add_reports([]), run.add_orders(iter(()))) == (0, 0)
        assert run.touched_patients() == []
        assert list(run.patients()) == []
        assert list(run.patients([])) == []


def test_many_patients_are_read_in_chunks_without_loss(ledger: Ledger) -> None:
    ids = [f"{number:05d}" for number in range(1700)]
    # Reports of one half and orders of the other, so that the two tables run at unlike paces.
    with ledger.run(record()) as run:
        run.add_reports(report(name, name) for name in ids[:900])
        run.add_orders(order(name, name) for name in ids[800:])
        assert [facts.patient_id for facts in run.patients()] == ids
        some = [*ids[::2], "unknown", ids[0]]
        assert [facts.patient_id for facts in run.patients(some)] == ids[::2]


def test_a_run_is_recorded_as_it_ended(ledger: Ledger) -> None:
    first = record("run-b", as_of="2025-02-01")
    second = record("run-a", started="2024-01-01T02:00:00")  # the clock was set back
    with ledger.run(first):
        pass
    with ledger.run(second) as run:
        ended = replace(second, finished="2024-01-01T02:09:00", status="late", counts={"rows": 4})
        run.finish(ended)
    assert ledger.runs() == [first, ended]


def test_a_run_cannot_be_finished_with_the_record_of_another(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="own record"), ledger.run(record("run-1")) as run:
        run.finish(record("run-2"))
    assert ledger.runs() == []


def test_the_newest_date_is_that_of_all_rows_ever_given(ledger: Ledger) -> None:
    with ledger.run(record("run-1")) as run:
        assert run.newest_date() == ""
        run.add_reports([report("a", when="2025-01-05T23:00:00-05:00"), report("b")])
        run.add_orders([order("o", when="2025-01-04", performed_datetime="2025-01-09T10:00:00")])
        assert run.newest_date() == "2025-01-09"
    with ledger.run(record("run-2")) as run:
        run.add_reports([report("c", when="2025-01-06", report_datetime="2025-01-07")])
        assert run.newest_date() == "2025-01-09"
        run.add_reports([report("d", when="2025-01-06", report_datetime="2025-01-10T01:00:00")])
    assert [run.newest_date for run in ledger.runs()] == ["2025-01-09", "2025-01-10"]


def test_a_plan_for_a_later_day_is_no_date_of_the_data(ledger: Ledger) -> None:
    """An appointment, or the time of an exam that was called off, says nothing of what happened."""
    later = {"performed_datetime": "2025-06-01T10:00:00"}
    with ledger.run(record("run-1")) as run:
        run.add_orders(
            [order(status, status=status, **later) for status in ("pending", "not_performed")]
        )
        assert run.newest_date() == "2025-01-02"
        cancelled = report("r", when="2025-06-01", status="cancelled", report_datetime="2025-01-03")
        run.add_reports([cancelled])
        assert run.newest_date() == "2025-01-03"
        # A site that gives no status gives a performed time for what was performed.
        run.add_orders([order("done", status="unknown", **later)])
        assert run.newest_date() == "2025-06-01"


def test_files_are_known_by_digest(ledger: Ledger) -> None:
    first, second = input_record("f1", "b.csv"), input_record("f1", "b.csv", table="orders")
    third = input_record("f2", "a.csv")
    with ledger.run(record("run-1")) as run:
        for seen in (first, second, first):
            run.add_input(seen)
        assert ledger.has_input("f1")
    with ledger.run(record("run-2")) as run:
        run.add_input(third)
        run.add_input(first)
    assert (ledger.has_input("f2"), ledger.has_input("f3")) == (True, False)
    assert ledger.inputs("run-1") == [second, first]
    assert ledger.inputs("run-2") == [third, first]


def test_a_pipeline_version_is_recorded_with_the_run_that_used_it_first(ledger: Ledger) -> None:
    digests = ["d2", "d1", "d2"]
    for number, digest in enumerate(digests, start=1):
        with ledger.run(record(f"run-{number}", pipeline_digest=digest)):
            pass
    assert ledger.pipelines() == [
        PipelineRecord("d2", "toy", "1.0", "run-1"),
        PipelineRecord("d1", "toy", "1.0", "run-2"),
    ]


def test_a_ledger_keeps_from_opening_to_opening(url: str) -> None:
    with open_ledger(url) as ledger, ledger.run(record()) as run:
        run.add_reports([report("a")])
    before = contents(url)
    with open_ledger(url) as ledger:
        assert ledger.patient("P1").reports == (report("a"),)
    assert contents(url) == before


def test_a_throw_away_ledger_works_alike_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for url in (None, "sqlite://", "sqlite:///:memory:"):
        with open_ledger(url) as ledger:
            with ledger.run(record()) as run:
                run.add_reports([report("a")])
            assert ledger.patient("P1").reports == (report("a"),)
        with open_ledger(url) as ledger:
            assert ledger.runs() == []
    assert list(tmp_path.iterdir()) == []


def test_a_path_and_an_sqlite_url_are_the_same_ledger(tmp_path: Path) -> None:
    file = tmp_path / "a ledger?.db"
    with open_ledger(str(file)) as ledger, ledger.run(record()):
        pass
    assert file.exists()
    plain = file.rename(tmp_path / "ledger.db")
    with open_ledger(f"sqlite:///{plain}") as ledger:
        assert ledger.runs() == [record()]
