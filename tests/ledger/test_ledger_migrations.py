"""The schema is built by named steps, and a ledger of any version is opened or refused."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from typing import Any

import pytest
from ledger_builders import case, order, record, report, result
from ledgers import contents
from sqlalchemy import inspect, text

from auditor.errors import LedgerError
from auditor.ledger import migrations, schema
from auditor.ledger.database import find_database
from auditor.ledger.facts import ORDERS, REPORTS, add_facts
from auditor.ledger.migrations import MIGRATIONS, migrate
from auditor.ledger.records import RowsRead
from auditor.ledger.store import open_ledger

# A run as the first version recorded it.
OLD_RUN = (
    "INSERT INTO runs VALUES ('run-1', 1, '2025-03-01T02:00:00', '', '', '', '0.1.0',"
    " 'toy', '1.0', 'd1', 'done', '{}')"
)


def execute(url: str, *statements: str) -> None:
    with find_database(url, wait_s=1).engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_ledger_of_the_first_version_is_migrated_with_its_rows(url: str) -> None:
    database = find_database(url, wait_s=1)
    with database.engine.connect() as connection:
        migrate(connection, database, wait_s=1, steps=MIGRATIONS[:1])
        with connection.begin():
            connection.execute(text(OLD_RUN))
            add_facts(connection, REPORTS, [report("a"), report("b")], run_id="run-1", title="")
            add_facts(connection, ORDERS, [order("o")], run_id="run-1", title="")
        assert "cases" not in inspect(connection).get_table_names()
    with open_ledger(url) as ledger:
        assert ledger.patient("P1").reports == (report("a"), report("b"))
        # What the new columns say of an old run: read by its pipeline, judged by no known rules.
        counted = replace(record(), reading_digest="d1", new_reports=2, new_orders=1)
        assert ledger.runs() == [counted]
        with ledger.run(record("run-2", reading_digest="d2")) as run:
            assert run.rows_read_otherwise() == [RowsRead("1.0", "d1", 2, 1)]
            run.save_cases([case("C1")], ["P1"])
            run.save_results([result()], ["P1"])
        assert list(ledger.cases()) == [case("C1")]
    applied = [(number, name) for number, name, _ in contents(url)["ledger_migrations"]]
    assert applied == list(enumerate([step.name for step in MIGRATIONS], start=1))


def test_the_steps_build_the_schema_that_the_queries_see(url: str) -> None:
    open_ledger(url).close()
    with find_database(url, wait_s=1).engine.connect() as connection:
        built = inspect(connection)
        assert set(built.get_table_names()) == set(schema.metadata.tables)
        for table in schema.metadata.sorted_tables:
            assert shape_in_database(built, table.name) == shape_in_code(table)


def shape_in_database(built: Any, name: str) -> dict[str, Any]:
    return {
        "columns": [
            (column["name"], column["nullable"], column["type"].python_type)
            for column in built.get_columns(name)
        ],
        "key": built.get_pk_constraint(name)["constrained_columns"],
        "runs": {tuple(key["constrained_columns"]) for key in built.get_foreign_keys(name)},
        "unique": [key["column_names"] for key in built.get_unique_constraints(name)],
        "indexes": {
            (index["name"], tuple(index["column_names"]))
            for index in built.get_indexes(name)
            if not index["unique"]
        },
    }


def shape_in_code(table: Any) -> dict[str, Any]:
    return {
        "columns": [
            (column.name, column.nullable, column.type.python_type) for column in table.columns
        ],
        "key": [column.name for column in table.primary_key.columns],
        "runs": {(key.parent.name,) for key in table.foreign_keys},
        "unique": [[column.name] for column in table.columns if column.unique],
        "indexes": {(index.name, tuple(index.columns.keys())) for index in table.indexes},
    }


def test_opening_a_ledger_that_is_up_to_date_waits_for_no_writer(url: str) -> None:
    with open_ledger(url) as writer, writer.run(record()) as run:
        run.add_reports([report("a")])
        with open_ledger(url, wait_s=0) as reader:
            assert reader.runs() == []


def test_a_newer_ledger_is_refused_and_left_alone(url: str) -> None:
    open_ledger(url).close()
    execute(url, "INSERT INTO ledger_migrations VALUES (99, '0099_from_the_future', '9.9')")
    before = contents(url)
    with pytest.raises(
        LedgerError, match="newer version .*'0099_from_the_future'.*'" + MIGRATIONS[-1].name
    ):
        open_ledger(url)
    assert contents(url) == before


@pytest.mark.parametrize("table", ["runs", "anything"])
def test_somebody_elses_tables_are_left_alone(url: str, table: str) -> None:
    execute(url, f"CREATE TABLE {table} (id INTEGER)")
    with pytest.raises(LedgerError, match="not a ledger's"):
        open_ledger(url)
    with find_database(url, wait_s=1).engine.connect() as connection:
        assert inspect(connection).get_table_names() == [table]


def test_a_step_that_fails_leaves_the_ledger_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = migrations.Migration("9999_bad", ("CREATE TABLE more (id INTEGER)", "CREATE nonsense"))
    open_ledger(url).close()
    database = find_database(url, wait_s=1)
    with database.engine.connect() as connection:
        with pytest.raises(LedgerError):
            migrate(connection, database, wait_s=1, steps=(*MIGRATIONS, bad))
        assert "more" not in inspect(connection).get_table_names()
    open_ledger(url).close()


def test_processes_that_open_a_new_ledger_at_once_build_it_once(url: str) -> None:
    fork = multiprocessing.get_context("fork")
    openers = [fork.Process(target=lambda: open_ledger(url).close()) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0] * 4
    assert len(contents(url)["ledger_migrations"]) == len(MIGRATIONS)
