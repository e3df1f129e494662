"""What is kept of each patient for the outputs, and of whom time may still change something."""

from __future__ import annotations

from ledger_builders import record, report, result

from auditor.ledger.records import ResultRow, RowsRead
from auditor.ledger.store import Ledger


def save(
    ledger: Ledger, run_id: str, found: list[ResultRow], judged: list[str] | None
) -> list[ResultRow]:
    """Save in a run of its own; what is kept after it."""
    with ledger.run(record(run_id)) as run:
        run.save_results(iter(found), judged)
        return list(run.results())


def test_results_come_back_as_given_by_patient(ledger: Ledger) -> None:
    given = [result("b", body='{"é": "\\u0000"}'), result("B", settles_on=""), result("1")]
    assert save(ledger, "run-1", given, None) == [given[2], given[1], given[0]]


def test_results_of_judged_patients_are_replaced_and_others_stand(ledger: Ledger) -> None:
    save(ledger, "run-1", [result("P1"), result("P2"), result("P3")], None)
    new = result("P1", "2025-03-01", "[1]")
    assert save(ledger, "run-2", [new], ["P1", "P3", "P9"]) == [new, result("P2")]
    later = result("P1", "2025-04-01", "[1]")
    assert save(ledger, "run-3", [later], ["P1"]) == [later, result("P2")]
    assert save(ledger, "run-4", [], []) == [later, result("P2")]


def test_judging_everybody_drops_all_that_is_not_found(ledger: Ledger) -> None:
    save(ledger, "run-1", [result("P1"), result("P2")], None)
    assert save(ledger, "run-2", [result("P2")], None) == [result("P2")]
    assert save(ledger, "run-3", [], None) == []


def test_more_results_than_one_statement_takes(ledger: Ledger) -> None:
    many = [result(f"P{number:04d}") for number in range(1200)]
    assert save(ledger, "run-1", many, None) == many
    assert save(ledger, "run-2", many[:1], [one.patient_id for one in many]) == many[:1]


def test_the_unsettled_are_those_that_settle_after_a_date(ledger: Ledger) -> None:
    found = [
        result("never", ""),
        result("b", "2025-01-31"),
        result("a", "2025-02-01"),
        result("c", "2025-02-02"),
    ]
    save(ledger, "run-1", found, None)
    with ledger.run(record("run-2")) as run:
        assert run.unsettled_patients("2025-01-31") == ["a", "c"]
        assert run.unsettled_patients("2025-02-02") == []
        assert run.unsettled_patients("") == ["a", "b", "c"]


def test_a_run_knows_the_one_before_it(ledger: Ledger) -> None:
    assert ledger.last_run() is None
    with ledger.run(record("run-1")) as run:
        assert run.previous is None
        run.finish(record("run-1", as_of="2025-02-01", rules_digest="r1"))
    with ledger.run(record("run-2")) as run:
        assert (
            run.previous
            == ledger.runs()[0]
            == record("run-1", as_of="2025-02-01", rules_digest="r1")
        )
    assert ledger.last_run() == record("run-2")


def test_rows_are_counted_by_who_read_them(ledger: Ledger) -> None:
    def add(run_id: str, digest: str, reading: str, *ids: str) -> list[RowsRead]:
        with ledger.run(record(run_id, pipeline_digest=digest, reading_digest=reading)) as run:
            run.add_reports(report(name) for name in ids)
            return run.rows_read_otherwise()

    assert add("run-1", "d1", "d1", "a", "b") == []
    assert add("run-2", "d1", "d1", "b", "c") == []
    assert add("run-3", "d2", "d2", "c") == [RowsRead("1.0", "d1", 3, 0)]
    assert add("run-4", "d2", "d2", "d") == [RowsRead("1.0", "d1", 3, 0)]
    # Other words of the site: the same folder, another reading.
    assert add("run-5", "d2", "words", "e") == [
        RowsRead("1.0", "d1", 3, 0),
        RowsRead("1.0", "d2", 1, 0),
    ]
    assert add("run-6", "d1", "d1") == [RowsRead("1.0", "d2", 2, 0)]
