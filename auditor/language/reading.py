"""Rows of a canonical table into the facts that the ledger keeps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from auditor.config.pipeline import Pipeline
from auditor.config.site import fold_word
from auditor.ingest.digests import row_digests
from auditor.ingest.schema import IdentifierFound
from auditor.language.ages import find_age
from auditor.language.facts import Finding, OrderFacts, Procedure, ReportFacts
from auditor.language.procedures import classify_order, classify_report
from auditor.language.remarks import find_remarks
from auditor.language.screening import Screen
from auditor.language.statuses import order_status, report_status

if TYPE_CHECKING:
    from auditor.language.findings import FindingReader


@dataclass(slots=True)
class Reading:
    """What a batch of rows was read into.

    Attributes:
        reports: One for each distinct row of a reports batch.
        orders: One for each distinct row of an orders batch.
        counts: How many rows went which way (`read`, `screened_out`, `not_index`, ...).
        unknown_procedures: Rows by (description, modality, code) that nothing knows.
        unknown_statuses: Rows by (table, status word) that nothing knows.
        identifiers: What looks like an identifier in the rows, where somebody has looked.
    """

    reports: list[ReportFacts] = field(default_factory=list)
    orders: list[OrderFacts] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unknown_procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unknown_statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    identifiers: list[IdentifierFound] = field(default_factory=list)


class RowReader:
    """Reads rows by a pipeline. spaCy is loaded when the first text needs reading."""

    def __init__(self, pipeline: Pipeline, *, screening: bool = True) -> None:
        self._pipeline = pipeline
        self._facilities = {
            fold_word(name): shown for name, shown in pipeline.site.facilities.items()
        }
        self._screen = Screen(pipeline.lexicon) if screening else None
        self._finder: FindingReader | None = None

    def read(self, table: str, rows: pa.RecordBatch) -> Reading:
        """Read a batch of canonical rows of `reports` or `orders`."""
        reading = Reading()
        digests = row_digests(rows, table)
        read_row = self._report if table == "reports" else self._order
        for digest, row in zip(digests, rows.to_pylist(), strict=True):
            read_row(digest, row, reading)
        return reading

    def _report(self, digest: str, row: dict[str, str], reading: Reading) -> None:
        pipeline, text = self._pipeline, row["report_text"]
        procedure = classify_report(
            pipeline.procedures,
            modality=row["modality"],
            code=row["procedure_code"],
            code_system=row["procedure_code_system"],
            description=row["procedure_description"],
            text=text,
        )
        status = report_status(pipeline.procedures, row["report_status"])
        self._note_unknown("reports", row, procedure, status, reading)
        remarks = find_remarks(
            pipeline.remarks,
            _titled(row["procedure_description"], text),
            table="reports",
            kind=procedure.kind,
        )
        age = _number(row["patient_age"])
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
                age_years=find_age(text) if age is None else age,
                sex=row["patient_sex"],
                findings=self._report_findings(text, procedure, reading),
                remarks=remarks,
            )
        )

    def _report_findings(
        self, text: str, procedure: Procedure, reading: Reading
    ) -> tuple[Finding, ...]:
        if not self._is_index(procedure):
            reading.counts["not_index"] += 1
            return ()
        if self._screen is not None and not self._screen.may_hold_a_finding(text):
            reading.counts["screened_out"] += 1
            return ()
        reading.counts["read"] += 1
        return self._finding_reader().read(text)

    def _is_index(self, procedure: Procedure) -> bool:
        return procedure.kind == self._pipeline.file.index_kind and procedure.qualifies

    def _order(self, digest: str, row: dict[str, str], reading: Reading) -> None:
        pipeline, reason = self._pipeline, row["reason"]
        procedure = classify_order(
            pipeline.procedures,
            modality=row["modality"],
            code=row["procedure_code"],
            code_system=row["procedure_code_system"],
            description=row["procedure_description"],
            reason=reason,
        )
        status = order_status(pipeline.procedures, row["status"])
        self._note_unknown("orders", row, procedure, status, reading)
        remarks = find_remarks(
            pipeline.remarks,
            "\n".join(part for part in (reason, row["status"]) if part),
            table="orders",
            kind=procedure.kind,
        )
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
                age_years=find_age(reason) if reason and self._is_index(procedure) else None,
                findings=self._reason_findings(reason),
                remarks=remarks,
            )
        )

    def _reason_findings(self, reason: str) -> tuple[Finding, ...]:
        if not reason or (self._screen is not None and not self._screen.may_hold_a_finding(reason)):
            return ()
        return self._finding_reader().read(reason, section="reason")

    def _facility(self, name: str) -> str:
        """A facility by the name that the site shows for it."""
        return self._facilities.get(fold_word(name), name)

    def _finding_reader(self) -> FindingReader:
        if self._finder is None:
            from auditor.language.findings import FindingReader

            self._finder = FindingReader(self._pipeline.lexicon)
        return self._finder

    @staticmethod
    def _note_unknown(
        table: str, row: dict[str, str], procedure: Procedure, status: str, reading: Reading
    ) -> None:
        if procedure.kind == "unknown":
            key = (row["procedure_description"], row["modality"], row["procedure_code"])
            reading.unknown_procedures[key] += 1
        word = row["report_status"] if table == "reports" else row["status"]
        if status == "unknown" and word:
            reading.unknown_statuses[(table, word)] += 1


def _name(row: dict[str, str]) -> str:
    """What the procedure is called: its description, else its code, else its modality."""
    return row["procedure_description"] or row["procedure_code"] or row["modality"]


def _titled(description: str, text: str) -> str:
    """A text with the exam's description on a line before it, as the remark rules want it."""
    return f"{description}\n{text}" if description else text


def _number(value: str) -> float | None:
    if not re.fullmatch(r"\d{1,3}(?:\.\d+)?", value):
        return None
    return float(value)
