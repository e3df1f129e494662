"""What a night reads does not grow with the ledger: every large table is read by an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger_builders import case, order, record, report, result
from sqlalchemy import Engine, event

from auditor.ledger.database import find_database
from auditor.ledger.store import open_ledger


def night(url: str, run_id: str) -> None:
    with open_ledger(url) as ledger:
        assert not ledger.has_input(run_id)
        with ledger.run(record(run_id)) as run:
            run.add_reports([report(f"r{run_id}", "P1")])
            run.add_orders([order(f"o{run_id}", "P2")])
            judged = run.touched_patients(also=run.unsettled_patients("2025-01-31"))
            cases = [
                case(f"C{facts.patient_id}", run_id, facts.patient_id)
                for facts in run.patients(judged)
            ]
            run.save_cases(cases[1:] if run_id == "3" else cases, judged)
            results = [result(name, body=run_id) for name in judged]
            run.save_results(results[1:] if run_id == "3" else results, judged)
            run.rows_read_otherwise()
        ledger.patient("P1")
        ledger.find_case("CP1")
        ledger.history("CP1")


def test_no_statement_of_a_night_reads_a_large_table_through(
    new_sqlite_url: Callable[[], str],
) -> None:
    url = new_sqlite_url()
    night(url, "1")
    night(url, "2")
    said: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            said.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        night(url, "3")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with find_database(url, wait_s=1).engine.connect() as connection:
        plans = [
            row[-1]
            for statement, parameters in said
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    large = ("report_facts", "order_facts", "cases", "case_history", "inputs", "patient_results")
    for table in large:
        assert [plan for plan in plans if plan.startswith(f"SEARCH {table} ")], table
        assert not [plan for plan in plans if plan.startswith(f"SCAN {table}")], table
