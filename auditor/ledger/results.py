"""What the outputs say of each patient with something to say, kept until it is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, delete, select

from auditor.ledger import schema
from auditor.ledger.database import naming_failures
from auditor.ledger.facts import CHUNK, in_chunks, insert_into
from auditor.ledger.records import ResultRow

_RESULTS = schema.patient_results.c


def save_results(
    connection: Connection,
    results: Iterable[ResultRow],
    judged: Iterable[str] | None,
    *,
    title: str,
) -> None:
    """Keep what was found of the judged patients, and nothing else of them.

    Args:
        connection: With the run's transaction open.
        results: Of each judged patient of whom there is anything to say; read in chunks.
        judged: Ids of the judged patients; None: all patients.
        title: What messages call the ledger.
    """
    statement = insert_into(connection, schema.patient_results)
    statement = statement.on_conflict_do_update(
        index_elements=["patient_id"],
        set_={column.name: statement.excluded[column.name] for column in _RESULTS},
        where=(_RESULTS.body != statement.excluded.body)
        | (_RESULTS.settles_on != statement.excluded.settles_on),
    )
    seen: set[str] = set()
    for chunk in in_chunks(results):
        seen.update(result.patient_id for result in chunk)
        rows = [
            {"patient_id": one.patient_id, "settles_on": one.settles_on, "body": one.body}
            for one in chunk
        ]
        with naming_failures(title):
            connection.execute(statement, rows)
    with naming_failures(title):
        before = connection.execute(select(_RESULTS.patient_id)).scalars() if judged is None else ()
        gone = sorted({*before, *(judged or ())} - seen)
    for ids in in_chunks(gone):
        with naming_failures(title):
            connection.execute(delete(schema.patient_results).where(_RESULTS.patient_id.in_(ids)))


def read_results(connection: Connection, *, title: str) -> Iterator[ResultRow]:
    """What is kept of all patients, by patient id, a few hundred at a time."""
    last = ""
    while True:
        query = (
            select(schema.patient_results)
            .where(_RESULTS.patient_id > last)
            .order_by(_RESULTS.patient_id)
            .limit(CHUNK)
        )
        with naming_failures(title):
            rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            yield ResultRow(row.patient_id, row.settles_on, row.body)
        last = rows[-1].patient_id


def unsettled_patients(connection: Connection, as_of: str, *, title: str) -> list[str]:
    """Patients of whom another date of audit than `as_of` may say something else, sorted.

    Those that settle after it. A date of audit before `as_of` must be given itself: of those that
    have settled by `as_of` some may not have settled by then.
    """
    query = select(_RESULTS.patient_id).where(_RESULTS.settles_on > as_of)
    with naming_failures(title):
        return sorted(connection.execute(query).scalars())
