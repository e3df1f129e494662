"""Short files and rows for the ingest tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.config.site import Site
from auditor.ingest.canonical import Batch, read_batches
from auditor.ingest.schema import TABLES

REPORT = {
    "patient_id": "P1",
    "report_id": "R1",
    "exam_datetime": "2025-01-02",
    "modality": "CR",
    "report_text": "Lucent bowel gas.",
}
ORDER = {
    "patient_id": "P1",
    "order_id": "O1",
    "order_datetime": "2025-01-02",
    "status": "completed",
    "modality": "CT",
}


def names_of(table: str) -> list[str]:
    """The contract's column names."""
    return [column.name for column in TABLES[table]]


def report(**values: str) -> list[str]:
    """The cells of a report in the contract's order, with `values` in place of the usual ones."""
    return [(REPORT | values).get(name, "") for name in names_of("reports")]


def order(**values: str) -> list[str]:
    """The cells of an order."""
    return [(ORDER | values).get(name, "") for name in names_of("orders")]


def csv_text(rows: Sequence[Sequence[str]], **options: Any) -> str:
    """Rows as the standard library writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **options}).writerows(rows)
    return text.getvalue()


def save(path: Path, text: str | bytes) -> Path:
    """Write a file, and return its path."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def read_one(path: Path, table: str = "reports", site: Site | None = None, **options: Any) -> Batch:
    """Read a small file as one batch."""
    batches = list(read_batches([path], table, site or Site(), **options))
    assert len(batches) == 1
    return batches[0]


def kept(batch: Batch) -> list[dict[str, Any]]:
    """The rows kept, as dicts."""
    return batch.rows.to_pylist()


def reasons(batch: Batch) -> list[tuple[int, str, str, str]]:
    """Line, column, reason code and class of value of each row set aside."""
    return [(row.line, row.column, row.reason, row.value_class) for row in batch.set_aside]
