"""Facts into the ledger as a set of rows, and out of it patient by patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from auditor.language.facts import OrderFacts, PatientFacts, ReportFacts
from auditor.ledger import schema
from auditor.ledger.database import naming_failures
from auditor.ledger.encode import decode_order, decode_report, encode_facts

Item = TypeVar("Item")

# Rows or ids per statement: few enough to hold, enough that the round trip does not matter.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts, and how its rows are read.

    Attributes:
        table: The table.
        when: Its date column, which is also the fact's field.
        happened: When the fact says that something happened; empty text for no date.
        decode: JSON body -> fact.
    """

    table: Table
    when: str
    happened: Callable[[Any], tuple[str, str]]
    decode: Callable[[str], Any]


def _report_dates(row: ReportFacts) -> tuple[str, str]:
    """When it was signed, and when the exam was; a cancelled report may be of one only planned."""
    return row.report_datetime, "" if row.status == "cancelled" else row.exam_datetime


def _order_dates(row: OrderFacts) -> tuple[str, str]:
    """When it was ordered and done: the performed time of what is scheduled is a plan."""
    done = row.status in ("performed", "unknown")
    return row.order_datetime, row.performed_datetime if done else ""


REPORTS = FactTable(schema.report_facts, "exam_datetime", _report_dates, decode_report)
ORDERS = FactTable(schema.order_facts, "order_datetime", _order_dates, decode_order)


def in_chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Cut items into lists of at most `size`, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def insert_into(connection: Connection, table: Table) -> Any:
    """An insert with the conflict clauses that both databases share."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return make(table)


def add_facts(
    connection: Connection,
    facts: FactTable,
    rows: Iterable[ReportFacts | OrderFacts],
    *,
    run_id: str,
    title: str,
) -> tuple[int, str]:
    """Add rows that are not there yet; a row is known by its digest alone.

    Returns:
        How many were new, and the newest date on which something happened in any of the rows
        given (ISO date, empty for none).

    Raises:
        LedgerError: The database failed.
    """
    statement = insert_into(connection, facts.table).on_conflict_do_nothing()
    new, newest = 0, ""
    for chunk in in_chunks(rows):
        newest = max(newest, *(text[:10] for row in chunk for text in facts.happened(row)))
        values = [
            {
                "row_digest": row.row_digest,
                "patient_id": row.patient_id,
                facts.when: getattr(row, facts.when),
                "run_id": run_id,
                "body": encode_facts(row),
            }
            for row in chunk
        ]
        with naming_failures(title):
            done = connection.execute(
                statement, values, execution_options={"preserve_rowcount": True}
            )
            new += done.rowcount
    return new, newest


def read_patients(
    connection: Connection, ids: Iterable[str] | None, *, title: str
) -> Iterator[PatientFacts]:
    """Read all facts of some patients, or of all (`None`), a few hundred patients at a time.

    Order: by patient id; each patient's facts by digest. A patient without facts is left out.

    Raises:
        LedgerError: The database failed, or a fact cannot be read.
    """
    for chunk in _all_ids(connection, title) if ids is None else in_chunks(sorted(set(ids))):
        reports = _by_patient(connection, REPORTS, chunk, title)
        orders = _by_patient(connection, ORDERS, chunk, title)
        for patient_id in chunk:
            if patient_id in reports or patient_id in orders:
                yield PatientFacts(
                    patient_id,
                    tuple(reports.get(patient_id, ())),
                    tuple(orders.get(patient_id, ())),
                )


def touched_patients(connection: Connection, run_id: str, *, title: str) -> set[str]:
    """Patients with a row that this run brought first."""
    touched: set[str] = set()
    for facts in (REPORTS, ORDERS):
        columns = facts.table.c
        query = select(columns.patient_id).where(columns.run_id == run_id).distinct()
        with naming_failures(title):
            touched.update(connection.execute(query).scalars())
    return touched


def _by_patient(
    connection: Connection, facts: FactTable, ids: list[str], title: str
) -> dict[str, list[Any]]:
    columns = facts.table.c
    query = (
        select(columns.patient_id, columns.body)
        .where(columns.patient_id.in_(ids))
        .order_by(columns.patient_id, columns.row_digest)
    )
    with naming_failures(title):
        rows = connection.execute(query).all()
    return {
        patient_id: [facts.decode(body) for _, body in group]
        for patient_id, group in groupby(rows, key=lambda row: row[0])
    }


def _all_ids(connection: Connection, title: str) -> Iterator[list[str]]:
    """All patient ids in order, in chunks, each found by an index from the one before."""
    last = ""
    while True:
        found: set[str] = set()
        for facts in (REPORTS, ORDERS):
            column = facts.table.c.patient_id
            query = select(column).where(column > last).distinct().order_by(column).limit(CHUNK)
            with naming_failures(title):
                found.update(connection.execute(query).scalars())
        if not found:
            return
        # Beyond the first CHUNK one table may hold ids that the other's limit cut off.
        chunk = sorted(found)[:CHUNK]
        yield chunk
        last = chunk[-1]
