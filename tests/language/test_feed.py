"""What rows tell of their feed is told of each row, whatever stands beside it."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from builders import ORDERS, REPORTS, pipeline
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.feed import look_at_feed
from auditor.language.statuses import order_status, report_status

RULES = pipeline().procedures
MOMENT = st.sampled_from(["", "2025-01-02", "2025-01-02T10:00:00", "2025-03-01T00:00:00+0100"])
WORD = st.sampled_from(["", "final", "F", "cancelled", "completed", "scheduled", "odd"])
ROW = st.tuples(MOMENT, MOMENT, WORD, st.sampled_from(["", "A1", "A2", "A3"]))


def batch(table: str, rows: list[tuple[str, ...]]) -> pa.RecordBatch:
    own = {
        "reports": ("exam_datetime", "report_datetime", "report_status", "accession"),
        "orders": ("order_datetime", "performed_datetime", "status", "accession"),
    }[table]
    columns = REPORTS if table == "reports" else ORDERS
    empty = [""] * len(rows)
    arrays = {name: pa.array(empty, pa.string()) for name in columns}
    for number, name in enumerate(own):
        arrays[name] = pa.array([row[number] for row in rows], pa.string())
    return pa.RecordBatch.from_pydict(arrays)


@given(st.lists(ROW, max_size=10))
def test_reports(rows) -> None:
    feed = look_at_feed(RULES, batch("reports", rows), "reports")
    assert feed.days == Counter(exam[:10] for exam, *_ in rows)
    dates = [signed[:10] for _, signed, _, _ in rows]
    dates += [exam[:10] for exam, _, word, _ in rows if report_status(RULES, word) != "cancelled"]
    assert feed.newest == max(dates, default="")
    odd = [word for _, _, word, _ in rows if report_status(RULES, word) == "unknown" and word]
    assert feed.unknown_statuses == Counter(odd)
    accessions = [one for *_, one in rows if one]
    assert len(feed.accessions) == len(accessions)
    assert len(set(feed.accessions.tolist())) == len(set(accessions))


@given(st.lists(ROW, max_size=10))
def test_orders(rows) -> None:
    feed = look_at_feed(RULES, batch("orders", rows), "orders")
    assert feed.days == Counter((done or ordered)[:10] for ordered, done, *_ in rows)
    dates = [ordered[:10] for ordered, *_ in rows]
    dates += [
        done[:10]
        for _, done, word, _ in rows
        if order_status(RULES, word) in ("performed", "unknown")
    ]
    assert feed.newest == max(dates, default="")
    odd = [word for _, _, word, _ in rows if order_status(RULES, word) == "unknown" and word]
    assert feed.unknown_statuses == Counter(odd)


def test_an_accession_has_the_same_mark_in_both_tables() -> None:
    rows = [("2025-01-02", "", "", "A1"), ("2025-01-02", "", "", "A2")]
    marks = [look_at_feed(RULES, batch(t, rows), t).accessions for t in ("reports", "orders")]
    assert marks[0].tolist() == marks[1].tolist() and len(set(marks[0].tolist())) == 2
