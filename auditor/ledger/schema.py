"""The ledger's tables as the queries see them; `migrations` builds them.

Facts are a set keyed by the digest of their row: adding a row again, or in another order, changes
nothing. All text columns sort by code point (in PostgreSQL by collation "C"), so that both
databases give one order, and the same as Python's.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, MetaData, Table, Text

metadata = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False, unique: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, unique=unique or None, nullable=False)


def _run(name: str = "run_id", *, key: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey("runs.run_id"), primary_key=key, nullable=False)


migrations = Table(
    "ledger_migrations",
    metadata,
    _number("number", key=True),
    _text("name"),
    _text("tool_version"),
)

# `sequence` counts the runs from 1: the order in which they were committed, whatever clocks say.
runs = Table(
    "runs",
    metadata,
    _text("run_id", key=True),
    _number("sequence", unique=True),
    _text("started"),
    _text("finished"),
    _text("as_of"),
    _text("newest_date"),
    _text("tool_version"),
    _text("pipeline_name"),
    _text("pipeline_version"),
    _text("pipeline_digest"),
    _text("status"),
    _text("counts"),
    _text("rules_digest"),
    _text("reading_digest"),
    _number("new_reports"),
    _number("new_orders"),
)

pipelines = Table(
    "pipelines",
    metadata,
    _text("digest", key=True),
    _text("name"),
    _text("version"),
    _run("first_run_id"),
)

inputs = Table(
    "inputs",
    metadata,
    _text("digest", key=True),
    _text("table_name", key=True),
    _text("name", key=True),
    _run(key=True),
    _number("rows_in"),
    _number("rows_kept"),
    _number("rows_set_aside"),
)


def _facts(name: str, when: str) -> Table:
    """A table of facts. `run_id` is the run that brought the row first."""
    return Table(
        name,
        metadata,
        _text("row_digest", key=True),
        _text("patient_id"),
        _text(when),
        _run(),
        _text("body"),
        # One serves the reading of a patient in order, the other "whom did this run touch?".
        Index(f"{name}_by_patient", "patient_id", "row_digest"),
        Index(f"{name}_by_run", "run_id", "patient_id"),
    )


report_facts = _facts("report_facts", "exam_datetime")
order_facts = _facts("order_facts", "order_datetime")

# `run_id` is the run that last changed the case.
cases = Table(
    "cases",
    metadata,
    _text("case_id", key=True),
    _text("patient_id"),
    _text("status"),
    _text("flags"),
    _text("certainty"),
    _text("body"),
    _run(),
    Index("cases_by_patient", "patient_id"),
)

case_history = Table(
    "case_history",
    metadata,
    _text("case_id", key=True),
    _run(key=True),
    _text("patient_id"),
    _text("change"),
    _text("fields"),
    _text("status"),
    _text("flags"),
    _text("certainty"),
    _text("body"),
)

# What the outputs say of a patient, so that a night need not judge everybody to write everything.
patient_results = Table(
    "patient_results",
    metadata,
    _text("patient_id", key=True),
    _text("settles_on"),
    _text("body"),
    Index("patient_results_by_settles_on", "settles_on", "patient_id"),
)

# What was taken out for good: counts, and digests instead of ids.
purges = Table(
    "purges",
    metadata,
    _text("purge_id", key=True),
    _number("sequence", unique=True),
    _text("purged"),
    _text("kind"),
    _text("bound"),
    _number("patients"),
    _number("reports"),
    _number("orders"),
    _number("cases"),
    _text("digests"),
)
