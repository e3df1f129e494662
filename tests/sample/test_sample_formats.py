"""The same invented patients in every format that holds both tables: the same rows and cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from openpyxl import load_workbook
from sample_tables import AS_OF, PIPELINE

from auditor import cli
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site, read_site
from auditor.errors import ConfigError
from auditor.ingest.canonical import Batch, read_batches, read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.parts import Notes
from auditor.job import run_audit
from auditor.request import Request
from auditor.sample import write_sample
from auditor.sample.formats.births import find_birth
from auditor.sample.formats.excel import ExcelTable
from auditor.sample.formats.kinds import FORMATS

# Formats of two files, one for each table.
TABLES = ("tsv", "xlsx", "parquet", "jsonl")
# What stands in each sample's folder for the audit to read.
EXPORTS = {"hl7v2": "hl7v2", "fhir": "fhir", "omop": "omop", "sql": "hospital.db"}
COLUMNS = ("report_id", "exam_datetime", "report_text")
# Columns that a format says in its own words, and what is compared instead.
WORDS = {"patient_age", "report_status", "status"}


def write(folder: Path, kind: str, patients: int) -> Path:
    write_sample(
        folder, patients=patients, seed=11, pipeline_folder=PIPELINE, as_of=AS_OF, kind=kind
    )
    return folder


def site_of(folder: Path) -> Site:
    path = folder / "site.toml"
    return read_site(path if path.exists() else None)


def rows_of(batches: Iterator[Batch]) -> dict[str, Counter[tuple[Any, ...]]]:
    found: dict[str, Counter[tuple[Any, ...]]] = {"reports": Counter(), "orders": Counter()}
    for batch in batches:
        assert not batch.set_aside
        for row in batch.rows.to_pylist():
            # The text of a report that was withdrawn is not kept by HL7 v2.
            dropped = WORDS | {"file", "line"}
            if row.get("report_status") in ("cancelled",):
                dropped = dropped | {"report_text"}
            found[batch.table][
                tuple(value for name, value in row.items() if name not in dropped)
            ] += 1
    return found


def read(folder: Path, kind: str) -> dict[str, Counter[tuple[Any, ...]]]:
    site, notes = site_of(folder), Notes()
    if kind in ("csv", *TABLES):
        tables = (read_batches([folder / f"{t}.{kind}"], t, site) for t in ("reports", "orders"))
        return rows_of(batch for table in tables for batch in table)
    sources = find_sources([str(folder / EXPORTS[kind])], site, notes, {})
    found = rows_of(read_exports(sources, site, notes))
    assert not notes.sentences()
    return found


@pytest.mark.parametrize("kind", [*EXPORTS, *TABLES])
def test_the_same_rows(tmp_path, kind) -> None:
    expected = read(write(tmp_path / "csv", "csv", 30), "csv")
    found = read(write(tmp_path / kind, kind, 30), kind)
    assert found["reports"] == expected["reports"]
    if kind != "fhir":  # whose orders are requests, and what became of them
        assert found["orders"] == expected["orders"]


@pytest.mark.slow
def test_the_same_cases(tmp_path) -> None:
    """500 patients, every story among them: cases.csv is the same to the byte."""
    pages = {}
    for kind in ("csv", *TABLES, *EXPORTS):
        folder = write(tmp_path / kind, kind, 500)
        if kind not in EXPORTS:
            given = {t: (str(folder / f"{t}.{kind}"),) for t in ("reports", "orders")}
        else:
            given = {"exports": (str(folder / EXPORTS[kind]),)}
        request = Request(
            read_pipeline(PIPELINE, site_of(folder)), out=folder / "out", as_of=AS_OF, **given
        )
        run_audit(request)
        pages[kind] = [
            (folder / "out" / name).read_bytes() for name in ("cases.csv", "near_misses.csv")
        ]
    assert pages["csv"][0].count(b"\n") > 50
    for kind in pages:
        assert pages[kind] == pages["csv"], kind


def test_every_format_is_tried() -> None:
    assert set(EXPORTS) | {"csv", *TABLES} == set(FORMATS)
    (said,) = (option.help for option in sample_options() if "--format" in option.opts)
    assert set(re.findall(r"\w+", said)) - {"or"} == set(FORMATS)


def sample_options() -> list[Any]:
    group = typer.main.get_command(cli.app)
    return group.commands["sample"].params


def test_a_workbook_is_one_for_other_programs_too(tmp_path) -> None:
    folder = write(tmp_path, "xlsx", 30)
    sheet = load_workbook(folder / "reports.xlsx").active
    assert sheet.title == "Reports"
    header, *rows = sheet.iter_rows(values_only=True)
    page = read(folder, "xlsx")["reports"]
    assert len(rows) == page.total()
    assert {row[header.index("patient_id")] for row in rows} == {row[0] for row in page}


def test_texts_that_xml_cannot_hold_come_back_from_a_workbook(tmp_path) -> None:
    texts = ["a\r\nb", "=1+1", "_x000D_", " blank ", "<&>", "\ttab\x0b", "ü – 😀"]
    with ExcelTable(tmp_path / "reports.xlsx", ["patient_id", *COLUMNS]) as table:
        for number, text in enumerate(texts):
            row = {"patient_id": "P", "report_id": str(number), "report_text": text}
            table.write([{**row, "exam_datetime": "2025-01-02"}])
    (batch,) = read_batches([tmp_path / "reports.xlsx"], "reports", Site())
    assert [row["report_text"] for row in batch.rows.to_pylist()] == texts


@pytest.mark.parametrize("kind", [*EXPORTS, *TABLES])
def test_the_same_numbers_give_the_same_bytes(tmp_path, kind) -> None:
    first, second = (write(tmp_path / name, kind, 5) for name in "ab")
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_a_format_that_is_not_known(tmp_path) -> None:
    with pytest.raises(ConfigError, match="sample: 'pdf' is no format; known: csv, "):
        write(tmp_path, "pdf", 1)


@pytest.mark.parametrize(
    ("ages", "born"),
    [
        ([("2025-06-30", "40")], "1984-12-29"),
        ([("2025-06-30", "17"), ("2025-08-30", "18")], "2007-07-31"),
        ([("2025-06-30", "0.5")], "2024-12-30"),
        ([("2025-06-30", "")], None),
    ],
)
def test_a_date_of_birth_fits_all_ages(ages, born) -> None:
    rows = [{"exam_datetime": day, "patient_age": age} for day, age in ages]
    found = find_birth(rows)
    assert (found and found.isoformat()) == born
