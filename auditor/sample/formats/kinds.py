"""Formats of invented exports and their writers. A new format is an entry in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from auditor.sample.files import CsvTable, JsonLinesTable, TsvTable
from auditor.sample.formats.excel import ExcelTable
from auditor.sample.formats.fhir import FhirWriter
from auditor.sample.formats.hl7v2 import MessageWriter
from auditor.sample.formats.omop import OmopWriter
from auditor.sample.formats.parquet import ParquetTable
from auditor.sample.formats.sql import DatabaseWriter
from auditor.sample.formats.tables import TablesWriter
from auditor.sample.rows import Row


class Writer(AbstractContextManager["Writer"], Protocol):
    """Writes exports of one format into a folder, patient by patient.

    Attributes:
        reports: The file that holds the reports.
        orders: The file that holds the orders; may be the same.
    """

    reports: Path
    orders: Path

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's rows."""


FORMATS: dict[str, Callable[[Path], Writer]] = {
    "csv": lambda folder: TablesWriter(folder, "csv", CsvTable),
    "fhir": FhirWriter,
    "hl7v2": MessageWriter,
    "jsonl": lambda folder: TablesWriter(folder, "jsonl", JsonLinesTable),
    "omop": OmopWriter,
    "parquet": lambda folder: TablesWriter(folder, "parquet", ParquetTable),
    "sql": DatabaseWriter,
    "tsv": lambda folder: TablesWriter(folder, "tsv", TsvTable),
    "xlsx": lambda folder: TablesWriter(folder, "xlsx", ExcelTable),
}
