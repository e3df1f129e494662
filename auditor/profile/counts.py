"""What is counted of the rows of one table, and of all tables together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from auditor.ingest.canonical import Batch
from auditor.ingest.schema import TABLES
from auditor.language.facts import OrderFacts, ReportFacts
from auditor.language.reading import Reading
from auditor.profile.texts import Texts

# The columns of each table with the time of the exam, and with its text.
MOMENTS = {"reports": "exam_datetime", "orders": "order_datetime"}
TEXTS = {"reports": "report_text", "orders": "reason"}
# Rows and accessions that are remembered, of some hundred bytes each: it bounds memory.
_MOST_REMEMBERED = 2_000_000


@dataclass
class Links:
    """Accessions seen, as marks: of reports, of orders, and of orders that were performed."""

    reports: set[int] = field(default_factory=set)
    orders: set[int] = field(default_factory=set)
    performed: set[int] = field(default_factory=set)

    def add(self, reading: Reading) -> None:
        """Note the accessions of rows that were read."""
        _remember(self.reports, (row.accession for row in reading.reports))
        _remember(self.orders, (row.accession for row in reading.orders))
        done = (row.accession for row in reading.orders if row.status == "performed")
        _remember(self.performed, done)

    def counts(self) -> Counter[str]:
        """Accessions of reports, and those of them that orders have, by the names of a run."""
        linked = len(self.reports & self.orders)
        return Counter(accessions_checked=len(self.reports), accessions_linked=linked)


@dataclass
class Totals:
    """What is counted over all exports.

    Attributes:
        rows_in: Rows by table.
        set_aside: Rows set aside by (table, reason).
        counts: Rows kept by table (`reports_kept`, `orders_kept`), and others by the name that a
            run counts them by (`not_index`, `unknown_statuses`).
        links: Accessions.
        seen: Marks of the rows kept.
    """

    rows_in: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    links: Links = field(default_factory=Links)
    seen: set[int] = field(default_factory=set)

    def count_repeated(self, digests: Sequence[str], rows: int) -> int:
        """How many of these rows stood there before, here or in another export."""
        before = len(self.seen)
        if before > _MOST_REMEMBERED:
            return 0
        self.seen.update(int(digest[:16], 16) for digest in digests)
        return rows - (len(self.seen) - before)


@dataclass
class Profile:
    """What one table of one export holds.

    Attributes:
        table: `reports` or `orders`.
        rows_in: All its rows.
        kept: Those that can be used.
        repeated: Rows kept that stood there before.
        reasons: Rows set aside by (reason, column).
        days: Rows by day (ISO date) of the exam or order.
        kinds: Rows by kind of procedure.
        procedures: Rows by (description, modality, code) that nothing knows.
        statuses: Rows by status word that nothing knows.
        filled: Rows by column that hold a value in it.
        identifiers: Rows by (column, kind) that hold what looks like an identifier.
        texts_checked: Texts looked through for identifiers.
        index_rows: Reports of exams that can open a case.
        texts: What is seen of its texts.
        reports: Marks of the different report ids.
    """

    table: str
    rows_in: int = 0
    kept: int = 0
    repeated: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    identifiers: Counter[tuple[str, str]] = field(default_factory=Counter)
    texts_checked: int = 0
    index_rows: int = 0
    texts: Texts = field(default_factory=Texts)
    reports: set[int] = field(default_factory=set)

    @property
    def rows_of_a_report(self) -> float:
        """Different rows for each report id, on average."""
        return (self.kept - self.repeated) / len(self.reports) if self.reports else 0.0

    def add(self, batch: Batch, reading: Reading, totals: Totals) -> None:
        """Count a run of rows, and what was read in them."""
        rows = batch.rows.num_rows
        self.rows_in += batch.rows_in
        self.kept += rows
        self.reasons.update((row.reason, row.column) for row in batch.set_aside)
        totals.rows_in[self.table] += batch.rows_in
        totals.set_aside.update((self.table, row.reason) for row in batch.set_aside)
        if rows:
            self._add_columns(batch.rows)
            self._add_reading(rows, reading, totals)

    def _add_columns(self, rows: pa.RecordBatch) -> None:
        days = pc.utf8_slice_codeunits(rows.column(MOMENTS[self.table]), 0, 10)
        for day in pc.value_counts(days).to_pylist():
            self.days[day["values"]] += day["counts"]
        for column in TABLES[self.table]:
            filled = pc.not_equal(rows.column(column.name), "")
            self.filled[column.name] += pc.sum(filled).as_py()
        self.texts.add(rows.column(TEXTS[self.table]))

    def _add_reading(self, rows: int, reading: Reading, totals: Totals) -> None:
        facts: Sequence[ReportFacts] | Sequence[OrderFacts]
        facts = reading.reports if self.table == "reports" else reading.orders
        self.kinds.update(row.procedure.kind for row in facts)
        self.repeated += totals.count_repeated([row.row_digest for row in facts], rows)
        self.procedures.update(reading.unknown_procedures)
        self.statuses.update(reading.feed.unknown_statuses)
        places = {(f.line, f.file, f.column, f.identifier_kind) for f in reading.identifiers}
        self.identifiers.update((column, kind) for _, _, column, kind in places)
        self.texts_checked += reading.counts["texts_checked"]
        if self.table == "reports":
            _remember(self.reports, (row.report_id for row in reading.reports))
            self.index_rows += rows - reading.counts["not_index"]
            totals.counts["not_index"] += reading.counts["not_index"]
        totals.counts[f"{self.table}_kept"] += rows
        totals.counts["unknown_statuses"] += reading.feed.unknown_statuses.total()
        totals.links.add(reading)


def _remember(marks: set[int], values: Iterable[str]) -> None:
    if len(marks) < _MOST_REMEMBERED:
        marks.update(
            int.from_bytes(blake2b(value.encode(), digest_size=8).digest())
            for value in values
            if value
        )
