"""Patients are taken out for good, and it is recorded without saying of whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_builders import case, order, record, report, result
from ledgers import contents

from auditor.ledger.purging import patient_digest
from auditor.ledger.records import PurgeRecord
from auditor.ledger.store import open_ledger

NOW = "2026-01-01T09:00:00"


def fill(url: str) -> None:
    """Two runs about three patients; of P2 the newest date stands in no column of its own."""
    with open_ledger(url) as ledger:
        with ledger.run(record("run-1")) as run:
            run.add_reports([report("a", "P1"), report("b", "P2"), report("c", "P3")])
            run.add_orders([order("o", "P1"), order("p", "P2", performed_datetime="2025-09-09")])
            run.save_cases([case("C1", patient_id="P1"), case("C3", patient_id="P3")], None)
            run.save_results([result("P1"), result("P3")], None)
        with ledger.run(record("run-2")) as run:
            run.add_reports([report("d", "P1"), report("e", "P3", when="2025-08-01")])
            run.save_cases([case("C1", "closed", patient_id="P1")], ["P1"])


def test_nothing_is_left_of_a_patient(url: str) -> None:
    fill(url)
    before = contents(url)
    with open_ledger(url) as ledger:
        kept = ledger.purge(["P1", "nobody"], PurgeRecord(NOW, "patient"))
        assert (kept.reports, kept.orders, kept.cases) == (2, 1, 1)
        assert ledger.purges() == [kept]
        assert [run.new_reports for run in ledger.runs()] == [2, 1]
        assert ledger.known_patients(["P1", "P2", "nobody"]) == ["P2"]
    after = contents(url)
    assert "P1" not in str(after).replace("PRIMARY", "")
    for table, rows in before.items():
        if table not in ("runs", "purges"):
            others = [row for row in rows if "P1" not in row]
            assert after[table] == others, table
    assert patient_digest(kept.purge_id, "P1") in kept.digests and len(kept.digests) == 2


def test_only_whole_patients_go_by_date(url: str) -> None:
    fill(url)
    with open_ledger(url) as ledger:
        assert ledger.patients_before("2025-01-01") == []
        assert ledger.patients_before("2025-08-01") == ["P1"]
        assert ledger.patients_before("2025-08-02") == ["P1", "P3"]
        assert ledger.patients_before("2025-09-10") == ["P1", "P2", "P3"]
        kept = ledger.purge(["P1", "P3"], PurgeRecord(NOW, "before", "2025-08-02"))
        assert kept.digests == () and kept.patients == 2
        assert ledger.patient("P2").reports and not ledger.patient("P3").reports


def test_the_next_run_goes_on_as_if_they_had_never_been(url: str) -> None:
    fill(url)
    with open_ledger(url) as ledger:
        ledger.purge(["P1"], PurgeRecord(NOW, "patient"))
        with ledger.run(record("run-3")) as run:
            assert run.add_reports([report("a", "P1"), report("b", "P2")]) == 1
            assert run.touched_patients() == ["P1"]


def test_each_purge_has_an_id_of_its_own(url: str) -> None:
    fill(url)
    with open_ledger(url) as ledger:
        ids = {ledger.purge([name], PurgeRecord(NOW, "patient")).purge_id for name in "ab"}
    assert len(ids) == 2


def test_a_purge_waits_for_no_half_run(url: str) -> None:
    from auditor.errors import LedgerError

    fill(url)
    with open_ledger(url) as one, open_ledger(url, wait_s=0.2) as two:
        with one.run(record("run-9")), pytest.raises(LedgerError, match="is being written by"):
            two.purge(["P1"], PurgeRecord(NOW, "patient"))
        assert two.patient("P1").reports


def test_the_file_itself_holds_nothing_more(tmp_path: Path) -> None:
    url, name = str(tmp_path / "ledger.db"), "Quincewick-4711"
    with open_ledger(url) as ledger, ledger.run(record("run-1")) as run:
        run.add_reports(report(f"r{n}", name if n == 250 else f"P{n}") for n in range(500))
        run.save_cases([case("C1", patient_id=name)], None)
    assert name.encode() in Path(url).read_bytes()
    with open_ledger(url) as ledger:
        ledger.purge([name], PurgeRecord(NOW, "patient"))
        for file in tmp_path.iterdir():
            assert name.encode() not in file.read_bytes(), file.name
