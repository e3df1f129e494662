"""Batches of rows as ingest hands them on."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from auditor.ingest.canonical import Batch
from auditor.ingest.schema import REPORT_COLUMNS, SetAside


def batch_of(texts: Sequence[str], set_aside: tuple[SetAside, ...] = ()) -> Batch:
    """Reports with these texts, from line 2 on; all else is empty."""
    empty = pa.array([""] * len(texts), pa.string())
    columns = {column.name: empty for column in REPORT_COLUMNS}
    columns["report_text"] = pa.array(texts, pa.string())
    columns["file"] = pa.array(["exports.csv"] * len(texts), pa.string())
    columns["line"] = pa.array(range(2, len(texts) + 2), pa.int64())
    rows = pa.RecordBatch.from_pydict(columns)
    return Batch("reports", "exports.csv", rows, set_aside, len(texts) + len(set_aside))
