"""Rows of a canonical table into the facts that the ledger keeps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.pipeline import Pipeline
from auditor.config.site import fold_word
from auditor.ingest.digests import row_digests
from auditor.ingest.schema import IdentifierFound
from auditor.language.ages import find_ages
from auditor.language.facts import Finding, OrderFacts, Remark, ReportFacts
from auditor.language.feed import Feed, look_at_feed
from auditor.language.memory import TEXTS
from auditor.language.procedure_columns import Procedures, classify_rows
from auditor.language.remark_screens import RemarkScreens
from auditor.language.remarks import find_remarks
from auditor.language.screening import Screen
from auditor.language.statuses import order_status, report_status

if TYPE_CHECKING:
    from auditor.language.findings import FindingReader


# The findings of reports that have been searched, by digest of the row.
Known = Mapping[str, tuple[Finding, ...]]


class Found(NamedTuple):
    """The findings of a report that was searched: of which patient, and the digest of its row."""

    patient_id: str
    row_digest: str
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Reading:
    """What a batch of rows was read into.

    Attributes:
        reports: One for each distinct row of a reports batch.
        orders: One for each distinct row of an orders batch.
        counts: How many rows went which way (`read`, `screened_out`, `not_index`, ...).
        unknown_procedures: Rows by (description, modality, code) that nothing knows.
        feed: What the rows tell of the feed that brought them.
        identifiers: What looks like an identifier in the rows, where somebody has looked.
        found: The reports in which something was found, where reports were only searched.
    """

    reports: list[ReportFacts] = field(default_factory=list)
    orders: list[OrderFacts] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unknown_procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    feed: Feed = field(default_factory=Feed)
    identifiers: list[IdentifierFound] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


class RowReader:
    """Reads rows by a pipeline. spaCy is loaded when the first text needs reading.

    Columns are screened first: what no pattern can match is not looked at row by row. So larger
    batches are quicker by the row.

    Args:
        pipeline: The pipeline.
        screening: Whether texts are left out that no pattern can match; the facts are the same.
        remember: Of how many stretches of text what was found is kept (see `memory`).
    """

    def __init__(
        self, pipeline: Pipeline, *, screening: bool = True, remember: int = TEXTS
    ) -> None:
        self._pipeline = pipeline
        self._remember = remember
        self._facilities = {
            fold_word(name): shown for name, shown in pipeline.site.facilities.items()
        }
        self._screen = Screen(pipeline.lexicon) if screening else None
        self._screening = screening
        self._finder: FindingReader | None = None

    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        """Read a batch of canonical rows of `reports` or `orders`.

        Args:
            table: Which of the two.
            rows: The rows.
            known: What `find` has found in some of them, which are not searched again.
        """
        rules = self._pipeline.procedures
        procedures = classify_rows(rules, rows, table)
        reading = Reading(
            unknown_procedures=procedures.unknown, feed=look_at_feed(rules, rows, table)
        )
        if table == "reports":
            self._read_reports(rows, procedures, reading, known)
        else:
            self._read_orders(rows, procedures, reading)
        return reading

    def find(self, table: str, rows: pa.RecordBatch) -> Reading:
        """The findings of reports whose texts passed the screen; nothing else is taken."""
        if table != "reports":
            raise ValueError("findings that make a case are those of reports")
        found = self._read_held(rows["report_text"], [True] * rows.num_rows)
        patients, digests = rows["patient_id"].to_pylist(), row_digests(rows, table)
        told = map(Found, patients, digests, found)
        return Reading(found=[one for one in told if one.findings])

    def look(self, table: str, rows: pa.RecordBatch) -> Reading:
        """Nothing: who looks for identifiers has a reader of his own."""
        return Reading()

    def get_ready(self) -> Iterator[None]:
        """Build what reading needs, part by part, what is needed first first."""
        self._finding_reader()
        yield
        self._remark_screens  # noqa: B018 - made by being asked for
        yield
        for pattern in self._pipeline.remarks.patterns():
            pattern.get_ready()
            yield

    def _read_reports(
        self,
        rows: pa.RecordBatch,
        procedures: Procedures,
        reading: Reading,
        known: Known | None,
    ) -> None:
        rules, texts = self._pipeline.procedures, rows.column("report_text")
        listed = rows.to_pylist()
        titled = _lines(rows.column("procedure_description"), texts)
        ages = [_number(row["patient_age"]) for row in listed]
        digests = row_digests(rows, "reports")
        given = list(map((known or {}).get, digests))
        told = zip(
            listed,
            digests,
            procedures,
            self._find_remarks(titled, procedures, "reports"),
            _fill_ages(ages, texts, [age is None for age in ages]),
            self._read_texts(texts, procedures, reading, given),
            strict=True,
        )
        for row, digest, procedure, remarks, age, findings in told:
            status = report_status(rules, row["report_status"])
            reading.reports.append(
                ReportFacts(
                    row_digest=digest,
                    patient_id=row["patient_id"],
                    report_id=row["report_id"],
                    accession=row["accession"],
                    exam_datetime=row["exam_datetime"],
                    report_datetime=row["report_datetime"],
                    status=status,
                    procedure=procedure,
                    procedure_description=_name(row),
                    facility=self._facility(row["facility"]),
                    age_years=age,
                    sex=row["patient_sex"],
                    findings=findings,
                    remarks=remarks,
                )
            )

    def _read_orders(self, rows: pa.RecordBatch, procedures: Procedures, reading: Reading) -> None:
        rules, reasons = self._pipeline.procedures, rows.column("reason")
        listed = rows.to_pylist()
        told = zip(
            listed,
            row_digests(rows, "orders"),
            procedures,
            self._find_remarks(_lines(reasons, rows.column("status")), procedures, "orders"),
            _fill_ages([None] * len(listed), reasons, self._of_index(procedures)),
            self._read_reasons(reasons),
            strict=True,
        )
        for row, digest, procedure, remarks, age, findings in told:
            status = order_status(rules, row["status"])
            reading.orders.append(
                OrderFacts(
                    row_digest=digest,
                    patient_id=row["patient_id"],
                    order_id=row["order_id"],
                    accession=row["accession"],
                    order_datetime=row["order_datetime"],
                    performed_datetime=row["performed_datetime"],
                    status=status,
                    status_word=row["status"],
                    procedure=procedure,
                    procedure_description=_name(row),
                    facility=self._facility(row["facility"]),
                    ordering_department=row["ordering_department"],
                    age_years=age,
                    findings=findings,
                    remarks=remarks,
                )
            )

    # --- texts ------------------------------------------------------------------------------------

    def _read_texts(
        self,
        texts: pa.StringArray,
        procedures: Procedures,
        reading: Reading,
        given: Sequence[tuple[Finding, ...] | None],
    ) -> list[tuple[Finding, ...]]:
        """The findings of each report: those given, and those sought in index exams alone."""
        of_index = self._of_index(procedures)
        held = self._may_hold(texts, of_index)
        steps = {
            "not_index": len(of_index) - sum(of_index),
            "screened_out": sum(of_index) - sum(held),
            "read": sum(held),
        }
        reading.counts.update({step: rows for step, rows in steps.items() if rows})
        sought = [may and known is None for may, known in zip(held, given, strict=True)]
        found = self._read_held(texts, sought)
        return [one if known is None else known for one, known in zip(found, given, strict=True)]

    def _read_reasons(self, reasons: pa.StringArray) -> list[tuple[Finding, ...]]:
        held = self._may_hold(reasons, pc.not_equal(reasons, "").to_pylist())
        return self._read_held(reasons, held, section="reason")

    def _may_hold(self, texts: pa.StringArray, asked: list[bool]) -> list[bool]:
        """Which of the texts asked for may hold a finding."""
        if self._screen is None or not any(asked):
            return asked
        held = iter(self._screen.may_hold_findings(_chosen(texts, asked)))
        return [one and next(held) for one in asked]

    def _read_held(
        self, texts: pa.StringArray, held: list[bool], *, section: str = ""
    ) -> list[tuple[Finding, ...]]:
        """The findings of the texts that may hold any; one that stands twice is read once."""
        if not any(held):
            return [()] * len(held)
        some = _chosen(texts, held).to_pylist()
        distinct = list(dict.fromkeys(some))
        read = self._finding_reader().read_all(distinct, section=section)
        found = dict(zip(distinct, read, strict=True))
        listed = iter(some)
        return [found[next(listed)] if one else () for one in held]

    def _find_remarks(
        self, texts: pa.StringArray, procedures: Procedures, table: str
    ) -> Iterator[tuple[Remark, ...]]:
        """The remarks of each text; RE2 tells which rules may make any."""
        rules = self._pipeline.remarks
        every = [rules.rules] * len(texts)
        able = self._remark_screens.find_able(texts) if self._screening else every
        for text, procedure, tried in zip(texts.to_pylist(), procedures, able, strict=True):
            yield find_remarks(rules, text, table=table, kind=procedure.kind, able=tried)

    def _facility(self, name: str) -> str:
        """A facility by the name that the site shows for it."""
        return self._facilities.get(fold_word(name), name) if self._facilities else name

    def _of_index(self, procedures: Procedures) -> list[bool]:
        marked: list[bool] = procedures.of_index(self._pipeline.file.index_kind).tolist()
        return marked

    @cached_property
    def _remark_screens(self) -> RemarkScreens:
        return RemarkScreens(self._pipeline.remarks)

    def _finding_reader(self) -> FindingReader:
        if self._finder is None:
            from auditor.language.findings import FindingReader

            self._finder = FindingReader(self._pipeline.lexicon, self._remember)
        return self._finder


def _name(row: dict[str, str]) -> str:
    """What the procedure is called: its description, else its code, else its modality."""
    return row["procedure_description"] or row["procedure_code"] or row["modality"]


def _lines(first: pa.StringArray, second: pa.StringArray) -> pa.StringArray:
    """Two texts a row, on lines of their own, as the remark rules want them."""
    both = pc.binary_join_element_wise(first, second, "\n")
    both = pc.if_else(pc.equal(second, ""), first, both)
    return pc.if_else(pc.equal(first, ""), second, both)


def _chosen(texts: pa.StringArray, which: Sequence[bool]) -> pa.StringArray:
    return texts.filter(pa.array(which, pa.bool_()))


def _fill_ages(
    ages: Sequence[float | None], texts: pa.StringArray, asked: Sequence[bool]
) -> list[float | None]:
    """The ages, and what the texts asked for tell of them."""
    told = iter(find_ages(_chosen(texts, asked)))
    return [next(told) if ask else age for age, ask in zip(ages, asked, strict=True)]


def _number(value: str) -> float | None:
    if not re.fullmatch(r"\d{1,3}(?:\.\d+)?", value):
        return None
    return float(value)
