"""Taking patients out of a ledger for good, and the record of it.

Only whole patients go: half a history would be judged as if the rest had never happened.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, Table, delete, func, insert, select, union_all, update

from auditor.language.facts import PatientFacts
from auditor.ledger import schema
from auditor.ledger.database import naming_failures
from auditor.ledger.facts import ORDERS, REPORTS, in_chunks, read_patients
from auditor.ledger.records import PurgeRecord

_ID_DIGITS = 12
_RUNS = schema.runs.c
_PURGES = schema.purges.c


def patients_before(connection: Connection, day: str, *, title: str) -> list[str]:
    """Patients of whom every date in the ledger lies before a day (ISO date), sorted."""
    dated = union_all(
        *(
            select(table.table.c.patient_id, table.table.c[table.when].label("moment"))
            for table in (REPORTS, ORDERS)
        )
    ).subquery()
    # A moment sorts as text by its date first. The columns do not hold all dates of a row.
    query = (
        select(dated.c.patient_id)
        .group_by(dated.c.patient_id)
        .having(func.max(dated.c.moment) < day)
    )
    with naming_failures(title):
        ids = list(connection.execute(query).scalars())
    found = read_patients(connection, ids, title=title)
    return sorted(facts.patient_id for facts in found if _newest(facts) < day)


def known_patients(connection: Connection, ids: Iterable[str], *, title: str) -> list[str]:
    """Those of some patients of whom the ledger holds anything, sorted."""
    known: set[str] = set()
    for chunk in in_chunks(sorted(set(ids))):
        for table in (REPORTS.table, ORDERS.table, schema.cases, schema.case_history):
            query = select(table.c.patient_id).where(table.c.patient_id.in_(chunk)).distinct()
            with naming_failures(title):
                known.update(connection.execute(query).scalars())
    return sorted(known)


def purge_patients(
    connection: Connection, ids: Iterable[str], record: PurgeRecord, *, title: str
) -> PurgeRecord:
    """Delete all that is known of some patients, and record it.

    Args:
        connection: With a transaction open.
        ids: The patients.
        record: When and why; the rest is filled in here.
        title: What messages call the ledger.

    Returns:
        The record as it was kept.
    """
    listed = sorted(set(ids))
    with naming_failures(title):
        number = connection.execute(select(func.count()).select_from(schema.purges)).scalar_one()
        purge_id = f"P-{_digest(str(number), record.purged, record.kind, record.bound)}"[:14]
        gone: Counter[str] = Counter()
        for chunk in in_chunks(listed):
            gone["reports"] += _delete_facts(connection, REPORTS.table, "new_reports", chunk)
            gone["orders"] += _delete_facts(connection, ORDERS.table, "new_orders", chunk)
            for table in (schema.cases, schema.case_history, schema.patient_results):
                done = connection.execute(delete(table).where(table.c.patient_id.in_(chunk)))
                gone[table.name] += done.rowcount
        kept = PurgeRecord(
            purged=record.purged,
            kind=record.kind,
            bound=record.bound,
            purge_id=purge_id,
            patients=len(listed),
            reports=gone["reports"],
            orders=gone["orders"],
            cases=gone["cases"],
            # Of many patients at once the date says who they were.
            digests=tuple(sorted(patient_digest(purge_id, one) for one in listed))
            if record.kind == "patient"
            else (),
        )
        connection.execute(insert(schema.purges), _values(kept, number + 1))
    return kept


def read_purges(connection: Connection, *, title: str) -> list[PurgeRecord]:
    """What was purged, the oldest first."""
    with naming_failures(title):
        rows = connection.execute(select(schema.purges).order_by(_PURGES.sequence)).all()
    return [
        PurgeRecord(
            row.purged,
            row.kind,
            row.bound,
            row.purge_id,
            row.patients,
            row.reports,
            row.orders,
            row.cases,
            tuple(json.loads(row.digests)),
        )
        for row in rows
    ]


def patient_digest(purge_id: str, patient_id: str) -> str:
    """What the record of a purge keeps instead of an id: who has the id can find it there."""
    return _digest(purge_id, patient_id)


def _delete_facts(connection: Connection, table: Table, counted: str, ids: list[str]) -> int:
    """Delete rows, and take them from what their runs are said to have brought."""
    mine = table.c.patient_id.in_(ids)
    by_run = select(table.c.run_id, func.count()).where(mine).group_by(table.c.run_id)
    for run_id, count in connection.execute(by_run).all():
        connection.execute(
            update(schema.runs)
            .where(_RUNS.run_id == run_id)
            .values({counted: _RUNS[counted] - count})
        )
    return connection.execute(delete(table).where(mine)).rowcount


def _newest(facts: PatientFacts) -> str:
    moments = [
        *(moment for row in facts.reports for moment in (row.exam_datetime, row.report_datetime)),
        *(
            moment
            for row in facts.orders
            for moment in (row.order_datetime, row.performed_datetime)
        ),
    ]
    return max(moment[:10] for moment in moments)


def _values(record: PurgeRecord, sequence: int) -> dict[str, str | int]:
    return {
        "purge_id": record.purge_id,
        "sequence": sequence,
        "purged": record.purged,
        "kind": record.kind,
        "bound": record.bound,
        "patients": record.patients,
        "reports": record.reports,
        "orders": record.orders,
        "cases": record.cases,
        "digests": json.dumps(record.digests),
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
