"""Cases as they stand, what a run changes in them, and the history of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from auditor.ledger import schema
from auditor.ledger.database import naming_failures
from auditor.ledger.facts import in_chunks, insert_into
from auditor.ledger.records import CaseRow, Change, Changes, HistoryEntry

_CASES = schema.cases.c
_HISTORY = schema.case_history.c
_NAMED = ("status", "flags", "certainty")


def save_cases(
    connection: Connection,
    cases: Iterable[CaseRow],
    judged: Iterable[str] | None,
    *,
    run_id: str,
    title: str,
) -> Changes:
    """Compare judged cases with the stored ones, store what differs, and write history.

    Args:
        connection: With the run's transaction open.
        cases: All cases of the judged patients, each once; read in chunks as they come.
        judged: The patients who were judged: a stored case of theirs that is not among `cases`
            is withdrawn. None: all patients.
        run_id: The run that judges.
        title: What messages call the ledger.

    Raises:
        ValueError: Two cases have one id.
        LedgerError: The database failed.
    """
    saving = _Saving(connection, run_id, title)
    for chunk in in_chunks(cases):
        saving.save(chunk)
    if judged is None:
        saving.withdraw(None)
    else:
        for ids in in_chunks(sorted(set(judged))):
            saving.withdraw(ids)
    return Changes(
        new=tuple(sorted(saving.new, key=_place)),
        changed=tuple(sorted(saving.changed, key=lambda change: _place(change.after))),
        withdrawn=tuple(sorted(saving.withdrawn, key=_place)),
        unchanged=len(saving.seen) - len(saving.new) - len(saving.changed),
    )


def read_cases(connection: Connection, *, title: str) -> list[CaseRow]:
    """All current cases by patient id and case id, read in one statement: one moment's state."""
    query = select(schema.cases).order_by(_CASES.patient_id, _CASES.case_id)
    with naming_failures(title):
        return [_case(row) for row in connection.execute(query)]


def read_case(connection: Connection, case_id: str, *, title: str) -> CaseRow | None:
    """One current case, None where there is none."""
    query = select(schema.cases).where(_CASES.case_id == case_id)
    with naming_failures(title):
        row = connection.execute(query).one_or_none()
    return None if row is None else _case(row)


def read_history(connection: Connection, case_id: str, *, title: str) -> list[HistoryEntry]:
    """What became of one case, run by run, oldest first."""
    query = (
        select(schema.case_history)
        .join(schema.runs)
        .where(_HISTORY.case_id == case_id)
        .order_by(schema.runs.c.sequence)
    )
    with naming_failures(title):
        rows = connection.execute(query).all()
    return [
        HistoryEntry(row.run_id, row.change, tuple(json.loads(row.fields)), _case(row))
        for row in rows
    ]


@dataclass(slots=True)
class _Saving:
    """The state of one `save_cases`."""

    connection: Connection
    run_id: str
    title: str
    seen: set[str] = field(default_factory=set)
    new: list[CaseRow] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    withdrawn: list[CaseRow] = field(default_factory=list)

    def save(self, cases: list[CaseRow]) -> None:
        """Store the cases of one chunk that are new or differ."""
        stored = self._stored(_CASES.case_id.in_([case.case_id for case in cases]))
        rows, history = [], []
        for case in cases:
            if case.case_id in self.seen:
                raise ValueError("two judged cases have the same case_id")
            self.seen.add(case.case_id)
            before = stored.get(case.case_id)
            fields = () if before is None else _differing(before, case)
            if before is None:
                self.new.append(case)
            elif fields:
                self.changed.append(Change(before, case, fields))
            else:
                continue
            rows.append(self._values(case))
            history.append(self._step(case, "new" if before is None else "changed", fields))
        self._write(rows, history)

    def withdraw(self, patients: list[str] | None) -> None:
        """Take out the stored cases of the patients that were not saved."""
        mine = None if patients is None else _CASES.patient_id.in_(patients)
        gone = [case for case_id, case in self._stored(mine).items() if case_id not in self.seen]
        self.withdrawn.extend(gone)
        for cases in in_chunks(gone):
            with naming_failures(self.title):
                ids = [case.case_id for case in cases]
                self.connection.execute(delete(schema.cases).where(_CASES.case_id.in_(ids)))
            self._write([], [self._step(case, "withdrawn", ()) for case in cases])

    def _stored(self, condition: Any) -> dict[str, CaseRow]:
        query = select(schema.cases)
        if condition is not None:
            query = query.where(condition)
        with naming_failures(self.title):
            return {row.case_id: _case(row) for row in self.connection.execute(query)}

    def _values(self, case: CaseRow) -> dict[str, str]:
        return {
            "case_id": case.case_id,
            "patient_id": case.patient_id,
            "status": case.status,
            "flags": ";".join(case.flags),
            "certainty": case.certainty,
            "body": _json(dict(case.row)),
            "run_id": self.run_id,
        }

    def _step(self, case: CaseRow, change: str, fields: tuple[str, ...]) -> dict[str, str]:
        return {**self._values(case), "change": change, "fields": _json(list(fields))}

    def _write(self, rows: list[dict[str, str]], history: list[dict[str, str]]) -> None:
        statement = insert_into(self.connection, schema.cases)
        statement = statement.on_conflict_do_update(
            index_elements=["case_id"],
            set_={column.name: statement.excluded[column.name] for column in _CASES},
        )
        with naming_failures(self.title):
            if rows:
                self.connection.execute(statement, rows)
            if history:
                self.connection.execute(insert(schema.case_history), history)


def _differing(before: CaseRow, after: CaseRow) -> tuple[str, ...]:
    """Names of what differs, sorted; a column that only one has differs."""
    named = {name for name in _NAMED if getattr(before, name) != getattr(after, name)}
    columns = {
        name
        for name in before.row.keys() | after.row.keys()
        if before.row.get(name) != after.row.get(name)
    }
    return tuple(sorted(named | columns))


def _case(row: Row[Any]) -> CaseRow:
    flags = tuple(row.flags.split(";")) if row.flags else ()
    return CaseRow(
        row.case_id, row.patient_id, row.status, flags, row.certainty, json.loads(row.body)
    )


def _place(case: CaseRow) -> tuple[str, str]:
    return case.patient_id, case.case_id


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
