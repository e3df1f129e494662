"""Repeated rows are counted as if all rows had been kept and compared."""

from __future__ import annotations

import pyarrow as pa
from builders import REPORTS
from hypothesis import given
from hypothesis import strategies as st

from auditor.execution.seen import SeenRows

FEW = st.sampled_from(["", "a", "b"])
ROW = st.tuples(FEW, FEW, FEW, FEW)
# What tells a row apart at a glance, and a text that does not.
COLUMNS = ("report_id", "report_datetime", "report_status", "report_text")


def batch(rows: list[tuple[str, ...]]) -> pa.RecordBatch:
    columns = {name: pa.array([""] * len(rows), pa.string()) for name in REPORTS}
    for number, name in enumerate(COLUMNS):
        columns[name] = pa.array([row[number] for row in rows], pa.string())
    return pa.RecordBatch.from_pydict(columns)


@given(st.lists(st.lists(ROW, max_size=12), max_size=8))
def test_repeats_are_counted_where_they_stand(batches) -> None:
    seen = SeenRows()
    for rows in batches:
        seen.note("reports", batch(rows))
    before: set[tuple[str, ...]] = set()
    for rows in batches:
        repeats = 0
        for row in rows:
            repeats += row in before
            before.add(row)
        assert seen.count_repeats("reports", batch(rows)) == repeats


def test_a_row_costs_four_bytes() -> None:
    seen = SeenRows()
    for number in range(100):
        seen.note("reports", batch([(f"{number}-{row}", "", "", "") for row in range(500)]))
    assert sum(keys.nbytes for keys in seen._keys["reports"]) == 50_000 * 4
