"""The named steps that build the ledger's tables, and their record in the database.

A step that was released is never edited: a change of the schema is a new step at the end, and
`schema` is kept equal to what all steps build (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, inspect, select

from auditor import __version__
from auditor.errors import LedgerError
from auditor.ledger import schema
from auditor.ledger.database import Database, naming_failures, reading
from auditor.ledger.writing import writing

_RECORD = (
    "CREATE TABLE ledger_migrations ("
    " number BIGINT NOT NULL PRIMARY KEY, name {text}, tool_version {text})"
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema.

    Attributes:
        name: Unique, with its number in front.
        statements: SQL for both databases; `{text}` stands for a text column that sorts by code
            point.
    """

    name: str
    statements: tuple[str, ...]


def _facts(name: str, when: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE {name} ("
        f" row_digest {{text}} PRIMARY KEY, patient_id {{text}}, {when} {{text}},"
        " run_id {text} REFERENCES runs (run_id), body {text})",
        f"CREATE INDEX {name}_by_patient ON {name} (patient_id, row_digest)",
        f"CREATE INDEX {name}_by_run ON {name} (run_id, patient_id)",
    )


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        "0001_runs_and_facts",
        (
            "CREATE TABLE runs ("
            " run_id {text} PRIMARY KEY, sequence BIGINT NOT NULL UNIQUE, started {text},"
            " finished {text}, as_of {text}, newest_date {text}, tool_version {text},"
            " pipeline_name {text}, pipeline_version {text}, pipeline_digest {text},"
            " status {text}, counts {text})",
            "CREATE TABLE pipelines ("
            " digest {text} PRIMARY KEY, name {text}, version {text},"
            " first_run_id {text} REFERENCES runs (run_id))",
            "CREATE TABLE inputs ("
            " digest {text}, table_name {text}, name {text},"
            " run_id {text} REFERENCES runs (run_id), rows_in BIGINT NOT NULL,"
            " rows_kept BIGINT NOT NULL, rows_set_aside BIGINT NOT NULL,"
            " PRIMARY KEY (digest, table_name, name, run_id))",
            *_facts("report_facts", "exam_datetime"),
            *_facts("order_facts", "order_datetime"),
        ),
    ),
    Migration(
        "0002_cases",
        (
            "CREATE TABLE cases ("
            " case_id {text} PRIMARY KEY, patient_id {text}, status {text}, flags {text},"
            " certainty {text}, body {text}, run_id {text} REFERENCES runs (run_id))",
            "CREATE INDEX cases_by_patient ON cases (patient_id)",
            "CREATE INDEX cases_by_status ON cases (status, patient_id)",
            "CREATE TABLE case_history ("
            " case_id {text}, run_id {text} REFERENCES runs (run_id), patient_id {text},"
            " change {text}, fields {text}, status {text}, flags {text}, certainty {text},"
            " body {text}, PRIMARY KEY (case_id, run_id))",
        ),
    ),
    Migration(
        "0003_patient_results",
        (
            "CREATE TABLE patient_results ("
            " patient_id {text} PRIMARY KEY, settles_on {text}, body {text})",
            "CREATE INDEX patient_results_by_settles_on"
            " ON patient_results (settles_on, patient_id)",
            # Time was what made a case of some status change; now a date says until when it may.
            "DROP INDEX cases_by_status",
            # Runs before this step have no rules to compare with: the next one judges everybody.
            "ALTER TABLE runs ADD COLUMN rules_digest {text} DEFAULT ''",
            "ALTER TABLE runs ADD COLUMN reading_digest {text} DEFAULT ''",
            "ALTER TABLE runs ADD COLUMN new_reports BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE runs ADD COLUMN new_orders BIGINT NOT NULL DEFAULT 0",
            "UPDATE runs SET reading_digest = pipeline_digest,"
            " new_reports = (SELECT count(*) FROM report_facts"
            " WHERE report_facts.run_id = runs.run_id),"
            " new_orders = (SELECT count(*) FROM order_facts"
            " WHERE order_facts.run_id = runs.run_id)",
        ),
    ),
    Migration(
        "0004_purges",
        (
            "CREATE TABLE purges ("
            " purge_id {text} PRIMARY KEY, sequence BIGINT NOT NULL UNIQUE, purged {text},"
            " kind {text}, bound {text}, patients BIGINT NOT NULL, reports BIGINT NOT NULL,"
            " orders BIGINT NOT NULL, cases BIGINT NOT NULL, digests {text})",
        ),
    ),
)


def migrate(
    connection: Connection,
    database: Database,
    *,
    wait_s: float,
    steps: tuple[Migration, ...] = MIGRATIONS,
) -> None:
    """Apply the steps that the database does not have yet, all in one transaction.

    A ledger that is up to date is only read, so that opening one waits for no writer.

    Raises:
        LedgerError: The schema is newer than `steps`, the database holds other tables, or it
            cannot be written.
    """
    if len(_applied(connection, database, steps)) == len(steps):
        return
    with writing(connection, database, holder="a migration", wait_s=wait_s):
        # Another process may have migrated while this one waited.
        done = len(_applied(connection, database, steps))
        with naming_failures(database.title):
            if not done:
                _run(connection, _RECORD)
            for number, step in enumerate(steps[done:], start=done + 1):
                for statement in step.statements:
                    _run(connection, statement)
                row = {"number": number, "name": step.name, "tool_version": __version__}
                connection.execute(insert(schema.migrations), row)


def _run(connection: Connection, statement: str) -> None:
    code_points = "" if connection.dialect.name == "sqlite" else 'COLLATE "C" '
    connection.exec_driver_sql(statement.format(text=f"TEXT {code_points}NOT NULL"))


def _applied(connection: Connection, database: Database, steps: tuple[Migration, ...]) -> list[str]:
    """Names of the steps that the database has, in their order."""
    with naming_failures(database.title), reading(connection, database.title):
        tables = inspect(connection).get_table_names()
        names: list[str] = []
        if schema.migrations.name in tables:
            query = select(schema.migrations.c.name).order_by(schema.migrations.c.number)
            names = list(connection.execute(query).scalars())
    if tables and not names:
        raise LedgerError(
            f"{database.title} holds tables that are not a ledger's: "
            "give a file, database or schema of its own."
        )
    known = [step.name for step in steps]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise LedgerError(
            f"{database.title} was written by a newer version (it has the migration "
            f"'{unknown[-1]}', this version ends with '{known[-1]}'): install that version, "
            "or newer."
        )
    return names
