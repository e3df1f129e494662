"""A run that nobody will ask again: only the rows of patients who may have a case are read whole.

1. Every row is looked at in columns, counted and put by. The texts of index reports that may hold a
   finding are searched at once, by the readers.
2. The rows of patients in whose reports something was found that matters are read; of the others
   only a sample is looked through for identifiers.

A ledger that is kept needs the facts of every row, since an exam that comes tomorrow may make any
of them matter: there `local.read_rows` reads all of them.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError
from auditor.execution.chunks import Chunk, ReadRows, cut_chunks
from auditor.execution.local import Failures, Readers
from auditor.execution.seen import SeenRows
from auditor.execution.spill import Spill, open_spill
from auditor.execution.workers import FAILED
from auditor.ingest.canonical import Batch
from auditor.ingest.digests import mark_values, row_digests
from auditor.ingest.schema import TABLES, SetAside
from auditor.language.facts import Finding
from auditor.language.feed import look_at_feed
from auditor.language.procedure_columns import classify_rows
from auditor.language.reading import Known, Reading
from auditor.language.screening import Screen

_LOG = logging.getLogger(__name__)

# Whether the findings of a report may make a case of its patient, or nearly one.
Matters = Callable[[tuple[Finding, ...]], bool]

# Rows: patterns are made ready for each run of rows, which costs more than some rows do.
_LOOKED_AT_ONCE, _FOUND_AT_ONCE, _READ_AT_ONCE = 5_000, 250, 1_000
# Batches that wait for more rows at most.
_MOST_HELD = 16
# Bytes of text that are read at once where what is to be found in them is known: little is to do.
_READ_BYTES = 1 << 20
# Marks of patients that may be kept twice before they are put together.
_FEW_MARKS = 500_000


class Looks(Protocol):
    """Tells which rows are looked through that are not read (`privacy.checking.Checker`)."""

    def worth_looking(self, table: str, rows: pa.RecordBatch) -> np.ndarray:
        """The rows of which a look tells anything; shape `(rows,)`, bool."""
        ...

    def mask_unknown(self, reading: Reading) -> Reading:
        """Mask identifiers in what a reading calls unknown, where the site wants it so."""
        ...


def read_sifted(
    batches: Iterable[Batch],
    pipeline: Pipeline,
    readers: Readers,
    *,
    matters: Matters,
    checker: Looks,
) -> Iterator[ReadRows]:
    """Read the rows that matter into facts, and count all of them.

    Args:
        batches: Rows by file and table, with those that ingest set aside.
        pipeline: The pipeline.
        readers: Read them.
        matters: Whether the findings of a report may make a case.
        checker: Tells which of the rows that are not read are looked through.

    Yields:
        What became of the rows: their counts first, then the facts of all rows of the patients
        who matter.

    Raises:
        AuditError: As `read_rows`; `OutputError` where rows cannot be put by.
    """
    failures = Failures()
    with open_spill() as spill:
        sift = _Sift(pipeline, spill, checker)
        patients: set[str] = set()
        known: dict[str, tuple[Finding, ...]] = {}
        chunks = cut_chunks(_merged(sift.part(batches), _FOUND_AT_ONCE), task="find")
        for read in readers.read(chunks):
            for item in failures.counted((*sift.told(), *map(_without_counts, read))):
                for found in item.reading.found:
                    if matters(found.findings):
                        patients.add(found.patient_id)
                        known[found.row_digest] = found.findings
                sift.leave_out(item)
                yield item
        yield from failures.counted(sift.told())
        _LOG.info("%d patients may have a case", len(patients))
        for read in readers.read(_last_chunks(sift, patients, known)):
            yield from failures.counted((*sift.told(), *map(_without_counts, read)))
        yield from failures.counted(sift.told())
    failures.check_share()


def _last_chunks(sift: _Sift, patients: set[str], known: Known) -> Iterator[Chunk]:
    """The rows of these patients, to be read, and those of others that are to be looked through."""
    theirs = _merged(sift.take(patients), _READ_AT_ONCE)
    for chunk in cut_chunks(theirs, least=_READ_BYTES):
        yield from sift.unread()
        yield _with_known(chunk, known)
    yield from sift.unread()


class _Sift:
    """Puts all rows by and tells what is to be counted of them; gives those that matter."""

    def __init__(self, pipeline: Pipeline, spill: Spill, checker: Looks) -> None:
        self._pipeline = pipeline
        self._spill = spill
        self._checker = checker
        self._screen = Screen(pipeline.lexicon)
        self._seen = SeenRows()
        self._patients: list[np.ndarray] = []
        self._left_out: set[tuple[str, int, str]] = set()
        self._unread: dict[str, list[pa.RecordBatch]] = {table: [] for table in TABLES}
        self._to_look: deque[Chunk] = deque()
        self._told: deque[ReadRows] = deque()

    def told(self) -> Iterator[ReadRows]:
        """What has been counted and was not told yet."""
        while self._told:
            yield self._told.popleft()

    def leave_out(self, item: ReadRows) -> None:
        """Rows that could not be searched are neither read nor looked through."""
        unread = zip(item.set_aside, item.unread, strict=False)
        # Several rows may stand on one line.
        self._left_out.update((row.file, row.line, digest) for row, digest in unread)

    def part(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Count all rows and put them by; give the reports that must be searched, most often few.

        Each batch gives one, of orders one without rows.
        """
        for batch in batches:
            aside = ReadRows(
                batch.table, batch.file, len(batch.set_aside), set_aside=batch.set_aside, new=0
            )
            self._told.append(aside)
            yield from self._part(batch.table, batch.file, batch.rows)

    def take(self, patients: set[str]) -> Iterator[Batch]:
        """Give all rows of these patients; of the others, some are `unread`."""
        wanted = pa.array(sorted(patients), pa.string())
        table = file = ""
        for table, file, rows in self._spill:
            repeats = self._seen.count_repeats(table, rows)
            self._told.append(ReadRows(table, file, new=-repeats))
            theirs = pc.is_in(rows["patient_id"], value_set=wanted)
            others = self._checker.worth_looking(table, rows)
            others &= ~theirs.to_numpy(zero_copy_only=False)
            unread = self._without_left_out(table, file, rows.filter(pa.array(others)))
            self._look_later(table, unread)
            own = self._without_left_out(table, file, rows.filter(theirs))
            if own.num_rows:
                yield Batch(table, file, own, (), own.num_rows)
        for name in TABLES:
            self._look(name)
        if table:
            known = Counter(patients=len(_merged_marks(self._patients)))
            self._told.append(ReadRows(table, file, reading=Reading(counts=known), new=0))

    def unread(self) -> Iterator[Chunk]:
        """Rows of which nothing is kept, to be looked through, in the order of their finding."""
        while self._to_look:
            yield self._to_look.popleft()

    def _look_later(self, table: str, rows: pa.RecordBatch) -> None:
        """Have rows looked through, many at once: every look has its price."""
        self._unread[table].append(rows)
        if sum(one.num_rows for one in self._unread[table]) > _LOOKED_AT_ONCE:
            self._look(table)

    def _look(self, table: str) -> None:
        unread, self._unread[table] = self._unread[table], []
        if any(rows.num_rows for rows in unread):
            together = pa.concat_batches(unread)
            file = together["file"][0].as_py()
            self._to_look.append(Chunk(table, file, together, task="look"))

    def _part(self, table: str, file: str, rows: pa.RecordBatch) -> Iterator[Batch]:
        try:
            reading, must = self._count(table, rows)
        except AuditError:
            raise
        except Exception as error:  # noqa: BLE001 - a text may break anything; the night goes on
            if rows.num_rows > 1:
                # One row is at fault: it is found by halves.
                half = rows.num_rows // 2
                yield from self._part(table, file, rows.slice(0, half))
                yield from self._part(table, file, rows.slice(half))
            else:
                _LOG.warning("a row of %s could not be read: %s", table, type(error).__name__)
                aside = SetAside(table, file, rows["line"][0].as_py(), "", FAILED, "row")
                self._told.append(ReadRows(table, file, 1, set_aside=(aside,), new=0))
            return
        self._spill.add(table, file, rows)
        self._note_patients(mark_values(pc.unique(rows["patient_id"])))
        self._seen.note(table, rows)
        # Taken for new until those that may be repeats are compared.
        self._told.append(ReadRows(table, file, rows.num_rows, reading, new=rows.num_rows))
        searched = rows.filter(pa.array(must))
        yield Batch(table, file, searched, (), searched.num_rows)

    def _note_patients(self, marks: np.ndarray) -> None:
        """Keep whom the rows are of, each about once: most come again in later rows."""
        self._patients.append(marks)
        if sum(map(len, self._patients[1:])) > len(self._patients[0]) + _FEW_MARKS:
            self._patients = [_merged_marks(self._patients)]

    def _count(self, table: str, rows: pa.RecordBatch) -> tuple[Reading, np.ndarray]:
        """What rows add to the counts, and which must be searched; shape `(rows,)`, bool."""
        rules = self._pipeline.procedures
        procedures = classify_rows(rules, rows, table)
        reading = Reading(
            unknown_procedures=procedures.unknown, feed=look_at_feed(rules, rows, table)
        )
        must = np.zeros(rows.num_rows, bool)
        if table == "reports":
            of_index = procedures.of_index(self._pipeline.file.index_kind)
            texts = rows["report_text"].filter(pa.array(of_index))
            must[of_index] = self._screen.may_hold_findings(texts)
            steps = {
                "not_index": int((~of_index).sum()),
                "screened_out": int(of_index.sum() - must.sum()),
                "read": int(must.sum()),
            }
            reading.counts.update({step: rows for step, rows in steps.items() if rows})
        return self._checker.mask_unknown(reading), must

    def _without_left_out(self, table: str, file: str, rows: pa.RecordBatch) -> pa.RecordBatch:
        if not self._left_out:
            return rows
        lines, digests = rows["line"].to_pylist(), row_digests(rows, table)
        kept = [
            (file, line, digest) not in self._left_out
            for line, digest in zip(lines, digests, strict=True)
        ]
        return rows.filter(pa.array(kept, pa.bool_()))


def _with_known(chunk: Chunk, known: Known) -> Chunk:
    """The chunk with what is known of its own rows."""
    if chunk.table != "reports":
        return chunk
    digests = row_digests(chunk.rows, chunk.table)
    return replace(chunk, known={digest: known[digest] for digest in digests if digest in known})


def _merged_marks(marks: list[np.ndarray]) -> np.ndarray:
    return np.unique(np.concatenate(marks))


def _merged(batches: Iterable[Batch], least: int) -> Iterator[Batch]:
    """Put batches of one file together until they have so many rows; none is set aside in them.

    Where rows are rare, batches come together without any: who waits for them has other things to
    do as well.
    """
    held: list[Batch] = []
    for batch in batches:
        if held and (held[0].table, held[0].file) != (batch.table, batch.file):
            yield _together(held)
            held = []
        held.append(batch)
        if sum(one.rows_in for one in held) >= least or len(held) >= _MOST_HELD:
            yield _together(held)
            held = []
    if held:
        yield _together(held)


def _together(batches: list[Batch]) -> Batch:
    first = batches[0]
    rows = pa.concat_batches([one.rows for one in batches])
    return Batch(first.table, first.file, rows, (), rows.num_rows)


def _without_counts(item: ReadRows) -> ReadRows:
    """What was taken from rows that have been counted; those that failed are used no more."""
    read = item.reading
    reading = Reading(
        reports=read.reports,
        orders=read.orders,
        identifiers=read.identifiers,
        found=read.found,
        counts=Counter({"texts_checked": read.counts["texts_checked"]}),
    )
    return replace(item, rows_in=0, reading=reading, new=-len(item.set_aside))
