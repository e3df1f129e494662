"""Facts to JSON text and back: compact, the same bytes every time, nothing lost.

Keys are sorted and a field at its default is left out, so a default in `language.facts` must
never change: add a field, or write a migration. A field that this version does not know is
refused, not dropped: a verdict must not rest on half of a fact.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from auditor.errors import LedgerError
from auditor.language.facts import Finding, OrderFacts, Procedure, Remark, ReportFacts

Record = TypeVar("Record")

# The fields that hold records of their own: one, or a tuple of them.
_ONE: dict[str, type[Any]] = {"procedure": Procedure}
_MANY: dict[str, type[Any]] = {"findings": Finding, "remarks": Remark}

# Field name -> default, `MISSING` where the field must be given.
_DEFAULTS: dict[type[Any], dict[str, Any]] = {
    kind: {field.name: field.default for field in fields(kind)}
    for kind in (ReportFacts, OrderFacts, Procedure, Finding, Remark)
}


def encode_facts(facts: ReportFacts | OrderFacts) -> str:
    """Write facts as one line of JSON.

    Only ASCII, so that every database encoding can store it.
    """
    return json.dumps(
        _to_table(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def decode_report(body: str) -> ReportFacts:
    """Read what `encode_facts` wrote of a report.

    Raises:
        LedgerError: A field is unknown or missing, or the text is no JSON table.
    """
    return _from_table(ReportFacts, _parse(body))


def decode_order(body: str) -> OrderFacts:
    """Read what `encode_facts` wrote of an order.

    Raises:
        LedgerError: A field is unknown or missing, or the text is no JSON table.
    """
    return _from_table(OrderFacts, _parse(body))


def _to_table(record: Any) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, default in _DEFAULTS[type(record)].items():
        value = getattr(record, name)
        if value == default:
            continue
        if name in _ONE:
            value = _to_table(value)
        elif name in _MANY:
            value = [_to_table(item) for item in value]
        table[name] = value
    return table


def _parse(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise LedgerError(
            "A fact in the ledger is no JSON: the ledger is damaged, restore it from a backup."
        ) from None


def _from_table(kind: type[Record], table: Any) -> Record:
    if not isinstance(table, dict):
        raise LedgerError(
            f"A {kind.__name__} in the ledger is no table of fields: the ledger is damaged, "
            "restore it from a backup."
        )
    values = dict(table)
    try:
        for name in _ONE.keys() & table.keys():
            values[name] = _from_table(_ONE[name], table[name])
        for name in _MANY.keys() & table.keys():
            values[name] = tuple(_from_table(_MANY[name], item) for item in table[name])
        return kind(**values)
    except TypeError:
        raise _misfit(kind, table) from None


def _misfit(kind: type[Any], table: dict[str, Any]) -> LedgerError:
    known = _DEFAULTS[kind]
    unknown = sorted(table.keys() - known.keys())
    if unknown:
        return LedgerError(
            f"A {kind.__name__} in the ledger has the field '{unknown[0]}', which this version "
            "does not know: a newer version wrote it, use that one, or newer."
        )
    missing = [name for name in known if known[name] is MISSING and name not in table]
    if missing:
        return LedgerError(
            f"A {kind.__name__} in the ledger lacks the field '{missing[0]}': it is older than "
            "this version reads without a migration, or the ledger is damaged."
        )
    return LedgerError(
        f"A {kind.__name__} in the ledger has a field of the wrong kind: the ledger is damaged, "
        "restore it from a backup."
    )
