"""One exam, read and judged as in a run, without files: for tests of what a text comes to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from builders import FILM, FLANK, ORDERS, REPORTS, Row, order, pipeline, report, set_up_once

from auditor.language import findings as findings_module
from auditor.language.facts import Finding, PatientFacts
from auditor.language.findings import FindingReader
from auditor.language.reading import RowReader
from auditor.pathway.cases import find_evidence
from auditor.pathway.model import Evidence

PATIENT = "P1"
EXAM = "A1"  # accession shared by the exam's report and its order


@cache
def finding_reader(folder: Path = FLANK) -> FindingReader:
    """The reader of a pipeline's lexicon, set up once."""
    with set_up_once():
        return findings_module.FindingReader(pipeline(folder).lexicon)


@cache
def _row_reader(folder: Path, screening: bool) -> RowReader:
    return RowReader(pipeline(folder), screening=screening)


def findings(text: str, section: str = "", folder: Path = FLANK) -> tuple[Finding, ...]:
    """The findings of a text; `section="reason"` for an order's reason."""
    return finding_reader(folder).read(text, section=section)


def read_exam(
    reports: Iterable[Row], orders: Iterable[Row] = (), *, screening: bool = True
) -> PatientFacts:
    """The facts of one patient's rows."""
    with set_up_once():
        reader = _row_reader(FLANK, screening)
        return PatientFacts(
            PATIENT,
            tuple(reader.read("reports", _batch(REPORTS, reports)).reports),
            tuple(reader.read("orders", _batch(ORDERS, orders)).orders),
        )


def judge_rows(reports: Iterable[Row], orders: Iterable[Row] = ()) -> tuple[Evidence, ...]:
    """Evidence of the index exams among one patient's rows, cases and near misses."""
    return find_evidence(read_exam(reports, orders), pipeline().cases)


def version(text: str, day: int = 0, **more: str) -> Row:
    """A version of the exam's report; `day` is the day on which it was signed."""
    signed = report(PATIENT, day)["report_datetime"]
    own = {"accession": EXAM, "report_datetime": signed}
    return report(PATIENT, 0, text, **(own | more))


def asked(reason: str, **more: str) -> Row:
    """The exam's order with its reason."""
    return order(PATIENT, 0, FILM, **({"accession": EXAM, "reason": reason} | more))


def evidence(text: str, reason: str = "", description: str = FILM) -> Evidence | None:
    """Read and judge one exam with one version of its report; None where it is of no interest."""
    found = judge_rows(
        [version(text, procedure_description=description)], [asked(reason)] if reason else []
    )
    assert len(found) <= 1
    return found[0] if found else None


def verdict(text: str, reason: str = "", description: str = FILM) -> str:
    """`no case`, `near miss`, or certainty, side and source of a case: `definite left report`."""
    return in_words(evidence(text, reason, description))


def in_words(found: Evidence | None) -> str:
    """One exam's evidence in the words of `verdict`."""
    if found is None:
        return "no case"
    if not found.is_case:
        return "near miss"
    return f"{found.certainty} {found.laterality} {found.source}"


def defect(*values: object, reason: str) -> object:
    """A row of a table that fails today: it must be mended, and the mark taken off."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


def _batch(columns: tuple[str, ...], rows: Iterable[Row]) -> pa.RecordBatch:
    schema = pa.schema([(column, pa.string()) for column in columns])
    filled = [{column: row.get(column, "") for column in columns} for row in rows]
    return pa.RecordBatch.from_pylist(filled, schema=schema)
