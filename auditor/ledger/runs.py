"""The record of the runs: when, with what pipeline, and which files they read."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from auditor.ledger import schema
from auditor.ledger.database import naming_failures
from auditor.ledger.facts import insert_into
from auditor.ledger.records import InputRecord, PipelineRecord, RowsRead, RunRecord

_RUNS = schema.runs.c
_INPUTS = schema.inputs.c
_LAST = select(schema.runs).order_by(_RUNS.sequence.desc()).limit(1)


def add_run(connection: Connection, record: RunRecord, *, title: str) -> RunRecord | None:
    """Record a run, and its pipeline where that is new.

    Returns:
        The run before, None for the first.

    Raises:
        LedgerError: The run id is taken, or the database failed.
    """
    pipeline = {
        "digest": record.pipeline_digest,
        "name": record.pipeline_name,
        "version": record.pipeline_version,
        "first_run_id": record.run_id,
    }
    with naming_failures(title):
        row = connection.execute(_LAST).mappings().one_or_none()
        sequence = 0 if row is None else row["sequence"]
        connection.execute(insert(schema.runs), {**_values(record), "sequence": sequence + 1})
        known = insert_into(connection, schema.pipelines).on_conflict_do_nothing()
        connection.execute(known, pipeline)
    return None if row is None else _record(row)


def update_run(connection: Connection, record: RunRecord, *, title: str) -> None:
    """Record a run anew."""
    row = _values(record)
    # Setting the key, even to itself, would search every table that refers to it.
    del row["run_id"]
    with naming_failures(title):
        connection.execute(update(schema.runs).where(_RUNS.run_id == record.run_id), row)


def read_runs(connection: Connection, *, title: str) -> list[RunRecord]:
    """All runs, in the order in which they were committed."""
    with naming_failures(title):
        query = select(schema.runs).order_by(_RUNS.sequence)
        return [_record(row) for row in connection.execute(query).mappings()]


def read_last_run(connection: Connection, *, title: str) -> RunRecord | None:
    """The run that was committed last, None where there is none."""
    with naming_failures(title):
        row = connection.execute(_LAST).mappings().one_or_none()
    return None if row is None else _record(row)


def rows_read_otherwise(
    connection: Connection, reading_digest: str, *, title: str
) -> list[RowsRead]:
    """The rows that were read by anything but this, by pipeline folder, the oldest first.

    Summed from the record of the runs, from which a purge takes the rows that it takes out.
    """
    reports, orders = func.sum(_RUNS.new_reports), func.sum(_RUNS.new_orders)
    query = (
        select(_RUNS.pipeline_version, _RUNS.pipeline_digest, reports, orders)
        .where(_RUNS.reading_digest != reading_digest)
        .group_by(_RUNS.pipeline_version, _RUNS.pipeline_digest)
        .having(reports + orders > 0)
        .order_by(func.min(_RUNS.sequence))
    )
    with naming_failures(title):
        rows = connection.execute(query).all()
    return [RowsRead(version, digest, int(new), int(more)) for version, digest, new, more in rows]


def read_pipelines(connection: Connection, *, title: str) -> list[PipelineRecord]:
    """All pipeline versions, in the order in which they were first used."""
    table = schema.pipelines
    with naming_failures(title):
        rows = connection.execute(select(table).join(schema.runs).order_by(_RUNS.sequence)).all()
    return [PipelineRecord(row.digest, row.name, row.version, row.first_run_id) for row in rows]


def add_input(connection: Connection, record: InputRecord, *, run_id: str, title: str) -> None:
    """Record a file that a run read; the same again is no news."""
    row = {
        "digest": record.digest,
        "table_name": record.table,
        "name": record.name,
        "run_id": run_id,
        "rows_in": record.rows_in,
        "rows_kept": record.rows_kept,
        "rows_set_aside": record.rows_set_aside,
    }
    with naming_failures(title):
        connection.execute(insert_into(connection, schema.inputs).on_conflict_do_nothing(), row)


def has_input(connection: Connection, digest: str, *, title: str) -> bool:
    """Whether a run that was committed has read a file of this digest."""
    query = select(_INPUTS.digest).where(_INPUTS.digest == digest).limit(1)
    with naming_failures(title):
        return connection.execute(query).scalar() is not None


def read_inputs(connection: Connection, run_id: str, *, title: str) -> list[InputRecord]:
    """The files that a run read, by name, table and digest."""
    query = select(schema.inputs).where(_INPUTS.run_id == run_id)
    with naming_failures(title):
        rows = connection.execute(
            query.order_by(_INPUTS.name, _INPUTS.table_name, _INPUTS.digest)
        ).all()
    return [
        InputRecord(
            row.digest, row.name, row.table_name, row.rows_in, row.rows_kept, row.rows_set_aside
        )
        for row in rows
    ]


def _record(row: RowMapping) -> RunRecord:
    values = {field.name: row[field.name] for field in fields(RunRecord)}
    return RunRecord(**{**values, "counts": json.loads(row["counts"])})


def _values(record: RunRecord) -> dict[str, Any]:
    row = {field.name: getattr(record, field.name) for field in fields(record)}
    row["counts"] = json.dumps(dict(record.counts), sort_keys=True, separators=(",", ":"))
    return row
