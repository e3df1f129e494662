"""Invented patients for whole runs, read by the real reader, each distinct row only once."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from operator import itemgetter
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from builders import FILM, ORDERS, REPORTS, Row, on_day, order, pipeline, report, set_up_once
from hypothesis import strategies as st
from sqlalchemy import delete

from auditor.execution.chunks import ReadRows
from auditor.ingest.canonical import Batch
from auditor.job import audit_batches
from auditor.language.facts import OrderFacts, PatientFacts, ReportFacts
from auditor.language.reading import Reading, RowReader
from auditor.ledger import schema
from auditor.ledger.store import Ledger, open_ledger
from auditor.pathway.cases import find_evidence
from auditor.pathway.model import Case
from auditor.pathway.verdicts import judge_patient
from auditor.request import Request
from auditor.workbook.results import Results
from auditor.workbook.tables import build_tables

TableRow = tuple[str, Row]  # `reports` or `orders`, and the row

CT, HEAD_CT = "CT ABDOMEN PELVIS", "CT HEAD"
MRI, BRAIN_MRI = "MRI ABDOMEN", "MRI BRAIN"
BIOPSY, THYROID_BIOPSY = "CT GUIDED BIOPSY RENAL MASS", "US GUIDED THYROID BIOPSY"
ULTRASOUND, CHEST = "US RENAL", "XR CHEST 2 VIEWS"

# What a film may say, by what comes of it alone.
FILMS = {
    "case": "FINDINGS: There is a calcified mass in the left flank.",
    "hedged": "FINDINGS: Possible calcified mass in the right flank.",
    "known": "INDICATION: Known neuroblastoma.\nFINDINGS: Calcified left flank mass.",
    "asked": "INDICATION: r/o left flank mass.\nFINDINGS: Left calcifications.",
    "plain": "FINDINGS: Normal bowel gas pattern. No mass.",
    "denied": "FINDINGS: Left flank mass. No calcification.",
}


def _mixed(combinations: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The first and a few thousand others: an example that fails is made small towards it."""
    first, *others = combinations
    return [first, *random.Random(1).sample(others, 4000)]


REPORT_TEXTS = ("FINDINGS: Mass in the left flank.", "Compared with outside CT. Mass seen again.")
REASONS = ("", "Left flank mass.", "Flank pain. Patient is pregnant.", "CT refused by the patient.")
AS_OF = st.sampled_from([-1, 0, 30, 60, 61, 100, 180, 181, 250, 400])

CANCELLED = "cancelled"

# An example draws a film or a procedure at once: drawing each of its columns takes longer than
# judging it. What stands twice is drawn more often; days near the edges of the windows matter most.
# In mixed order, as small numbers are drawn more often than large ones.
_FILMS = _mixed(
    product(
        ("case", "case", "case", *FILMS),
        (0, 0, 0, 0, 5, 181),
        (("final",), ("preliminary", "final"), ("final", "addendum"), ("final", "corrected")),
        (*("", "", "", "hedged", "denied"), CANCELLED),
        (True, False),
        ("52", "6", ""),
        (None, None, "", "", *REASONS),
    )
)
_UNCERTAIN = ("undated", "cancelled", "cancelled later", "mislaid")
_PROCEDURES = _mixed(
    product(
        (
            *(CT, CT, CT, MRI, MRI, BIOPSY, BIOPSY),
            *(ULTRASOUND, HEAD_CT, BRAIN_MRI, THYROID_BIOPSY),
        ),
        (*(-91, -90, -3, 0, 1, 3, 5, 10, 30), *(59, 60, 61, 90, 120, 180, 181, 240)),
        ("", "07:00", "09:00", "10:00"),
        (
            "report",
            "done",
            "done",
            "reported",
            "undated",
            "cancelled",
            "cancelled later",
            "mislaid",
        ),
        (True, False),
        REPORT_TEXTS,
        ("", *REASONS),
    )
)


def histories(*patients: str) -> st.SearchStrategy[list[TableRow]]:
    """All rows of some patients: for each a film or two, and what was done around them."""
    return st.tuples(*(_history(patient) for patient in patients)).map(_joined)


def _history(patient: str) -> st.SearchStrategy[list[TableRow]]:
    # Ids hold kind and day: two of a day would be versions of one exam that no date tells apart.
    films = st.lists(st.sampled_from(_FILMS), min_size=1, max_size=2, unique_by=itemgetter(1))
    others = st.lists(st.sampled_from(_PROCEDURES), max_size=4, unique_by=itemgetter(0, 1))
    return st.tuples(
        films.map(lambda drawn: _joined(film_rows(patient, *one) for one in drawn)),
        others.map(lambda drawn: _joined(procedure_rows(patient, *one) for one in drawn)),
    ).map(_joined)


def sampled_rows(patient: str, chance: random.Random) -> list[TableRow]:
    """One patient's rows by chance alone: a film that shows a case, and what was done around it."""
    drawn = chance.sample(_PROCEDURES, chance.randint(0, 4))
    return film_rows(patient) + _joined(procedure_rows(patient, *one) for one in drawn)


def _joined(parts: Iterable[list[TableRow]]) -> list[TableRow]:
    return [row for part in parts for row in part]


def film_rows(
    patient: str,
    what: str = "case",
    day: int = 0,
    versions: tuple[str, ...] = ("final",),
    later: str = "",
    numbered: bool = False,
    age: str = "52",
    reason: str | None = None,
) -> list[TableRow]:
    """The versions of one film's report, signed day by day, and its order where it has one.

    `later` is what a last version says instead; or the report is cancelled in the end.
    """
    accession = {"accession": f"{patient}-F{day}" if numbered else ""}
    said = [(status, what) for status in versions]
    if later:
        said.append((CANCELLED, what) if later == CANCELLED else ("corrected", later))
    rows: list[TableRow] = [
        (
            "reports",
            report(
                patient,
                day,
                FILMS[text],
                report_status=status,
                report_datetime=on_day(day + number, "11:00"),
                patient_age=age,
                **accession,
            ),
        )
        for number, (status, text) in enumerate(said)
    ]
    if reason is not None:
        rows.append(("orders", order(patient, day, FILM, reason=reason, **accession)))
    return rows


def procedure_rows(
    patient: str,
    procedure: str,
    day: int,
    clock: str = "10:00",
    state: str = "reported",
    numbered: bool = False,
    text: str = REPORT_TEXTS[0],
    reason: str = "",
) -> list[TableRow]:
    """A procedure's order, its report (`report` alone, or with the order: `reported`), or both."""
    accession = {"accession": f"{patient}-{procedure}{day}" if numbered else ""}
    when = on_day(day, clock)
    asked = order(patient, day, procedure, reason=reason, performed_datetime=when, **accession)
    cancelled = asked | {"status": "cancelled", "performed_datetime": ""}
    orders = {
        "report": [],
        "undated": [asked | {"performed_datetime": ""}],
        "cancelled": [cancelled],
        "cancelled later": [asked, cancelled],
        "mislaid": [asked | {"status": "mislaid", "performed_datetime": ""}],
    }.get(state, [asked])
    reports = []
    if state in ("report", "reported"):
        reports = [report(patient, day, text, procedure, exam_datetime=when, **accession)]
    return [*(("orders", row) for row in orders), *(("reports", row) for row in reports)]


def shifted(rows: Iterable[TableRow], days: int) -> list[TableRow]:
    """The same rows with every date moved by some days; their texts hold none."""
    return [
        (table, {column: _shift(value, days, column) for column, value in row.items()})
        for table, row in rows
    ]


def _shift(text: str, days: int, column: str) -> str:
    if not text or not column.endswith("_datetime"):
        return text
    return (date.fromisoformat(text[:10]) + timedelta(days=days)).isoformat() + text[10:]


# --- reading and judging --------------------------------------------------------------------------


class QuickReader:
    """Reads rows as a run does, each distinct row once: most of an example is read already."""

    def __init__(self) -> None:
        with set_up_once():
            self._reader = RowReader(pipeline())
            self._reader._finding_reader()
        self._known: dict[TableRow, ReportFacts | OrderFacts] = {}

    def facts(self, table: str, row: Mapping[str, str]) -> ReportFacts | OrderFacts:
        """What a row is read into."""
        columns = REPORTS if table == "reports" else ORDERS
        values = tuple(row.get(column, "") for column in columns)
        key = (table, *values)
        if key not in self._known:
            reading = self._reader.read(table, _batch(columns, [values]))
            (self._known[key],) = [*reading.reports, *reading.orders]
        return self._known[key]

    def read_rows(self, batches: Iterable[Batch], *_: object, **__: object) -> Iterator[ReadRows]:
        """Stands for `auditor.execution.local.read_rows`."""
        for batch in batches:
            found = [self.facts(batch.table, row) for row in batch.rows.to_pylist()]
            reading = Reading()
            (reading.reports if batch.table == "reports" else reading.orders).extend(found)
            yield ReadRows(batch.table, batch.file, batch.rows_in, reading, tuple(batch.set_aside))


@cache
def quick_reader() -> QuickReader:
    """The session's reader: spaCy is slow to start."""
    return QuickReader()


def judge(rows: Iterable[TableRow], as_of: str) -> tuple[Case, ...]:
    """The cases of one patient's rows."""
    found = [quick_reader().facts(table, row) for table, row in rows]
    reports = tuple(row for row in found if isinstance(row, ReportFacts))
    orders = tuple(row for row in found if isinstance(row, OrderFacts))
    facts = PatientFacts("P", reports, orders)
    evidences = find_evidence(facts, pipeline().cases)
    return judge_patient(facts, evidences, pipeline().verdicts, as_of=as_of)


def night(ledger: Ledger, rows: Iterable[TableRow], **more: object) -> Results:
    """One run of the audit on an open ledger, without files; `more` goes into the request."""
    listed = list(rows)
    # A run with a ledger, which is not opened but given.
    request = replace(Request(pipeline=pipeline(), ledger="given"), **more)
    batches = [
        Batch(table, f"{table}.csv", _batch(columns, values), (), len(values))
        for table, columns in (("reports", REPORTS), ("orders", ORDERS))
        if (values := [tuple(row.get(c, "") for c in columns) for t, row in listed if t == table])
    ]
    with quick_runs(ledger):
        return audit_batches(request, batches, {})


@contextmanager
def quick_runs(ledger: Ledger) -> Iterator[None]:
    """Within it, runs read quickly and use this ledger, which stays open."""
    with (
        patch("auditor.job.read_rows", quick_reader().read_rows),
        patch("auditor.job.open_ledger", lambda _, **__: nullcontext(ledger)),
    ):
        yield


@cache
def spare_ledger(number: int) -> Ledger:
    """A throw-away ledger of this process, for `emptied`: a new one takes longer than a night."""
    return open_ledger(None)


def emptied(ledger: Ledger) -> Ledger:
    """The same ledger with nothing in it."""
    connection = ledger._connection
    with connection.begin():
        for table in reversed(schema.metadata.sorted_tables):
            if table is not schema.migrations:
                connection.execute(delete(table))
    return ledger


def _batch(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.RecordBatch:
    arrays = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(columns))]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


# Tables that are of the ledger, and not of the run alone.
LASTING = ("cases", "near_misses", "events", "findings", "grounds")


def lasting_tables(results: Results) -> dict[str, str]:
    """The text of the output tables that any cut into nights must give alike."""
    tables = build_tables(results, pipeline().labels)
    return {name: tables[name].to_csv(index=False) for name in LASTING}
