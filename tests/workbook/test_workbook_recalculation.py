"""LibreOffice opens the workbook, and every formula gives the figure that we stored with it."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl
import pytest
from workbook_builders import (
    PIPELINE,
    invent_results,
    make_case,
    make_evidence,
    make_results,
    read_labels,
)

from auditor.bundled import sample_folder
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.config.workbook import WorkbookLabels
from auditor.job import Request, run_audit
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.results import Results

LABELS = read_labels()
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
# On our own machines the test is a courtesy; where CI runs it is a duty.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        OFFICE is None and not os.environ.get("CI"), reason="LibreOffice is not installed"
    ),
]


def hostile() -> Results:
    """Facilities whose names a formula may take for something else."""
    names = ('=1+1"', "001", "1", "1*", "~?x", "<>North", "", "x" * 300, "a\nb", "2026-01-01")
    return make_results(
        tuple(
            make_case(
                f"{place}{number}",
                status="compliant" if number % 3 else "non_compliant",
                evidence=make_evidence(
                    f"{place}{number}", facility=name, exam_datetime="2025-05-05"
                ),
            )
            for place, name in enumerate(names)
            for number in range(12)
        )
    )


def rare() -> Results:
    """A rare flag: several cases a day, most of them without a time of day."""
    return make_results(
        tuple(
            make_case(
                f"P{number}",
                status="non_compliant" if number % 4 == 0 else "compliant",
                flags=("mri_first",) if number % 4 == 0 else (),
                evidence=make_evidence(
                    f"P{number}",
                    exam_datetime=f"2025-03-{1 + number // 3:02d}" + "T08:20:47" * (number % 7 > 4),
                ),
            )
            for number in range(80)
        )
    )


def odd_headings() -> WorkbookLabels:
    """Headings that a formula must put in brackets of their own."""
    headings = {"status": 'Status (final): 50 % & $, "x".', "facility": "Größe - Ärzte?"}
    columns = {
        name: label.model_copy(update={"heading": headings.get(name, label.heading)})
        for name, label in LABELS.columns.items()
    }
    return LABELS.model_copy(update={"columns": columns})


def sample() -> Results:
    """What the sample exports give."""
    folder = sample_folder()
    return run_audit(
        Request(
            pipeline=read_pipeline(PIPELINE, Site()),
            reports=(str(folder / "reports.csv"),),
            orders=(str(folder / "orders.csv"),),
            as_of="2026-06-30",
        )
    )


RESULTS: dict[str, Callable[[], Results]] = {
    "empty": make_results,
    "one": lambda: make_results((make_case(),)),
    "many": lambda: invent_results(400),
    "hostile": hostile,
    "rare": rare,
    "sample": sample,
}


@dataclass(frozen=True)
class Book:
    """A workbook as we wrote it: its formulas and values; and as LibreOffice calculated it."""

    formulas: openpyxl.Workbook
    stored: openpyxl.Workbook
    calculated: openpyxl.Workbook


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    """Each result's workbook, calculated from formulas alone, and one with a corrected cell."""
    assert OFFICE, "LibreOffice is needed where CI is set"
    folder = tmp_path_factory.mktemp("recalculation")
    bare = folder / "bare"
    bare.mkdir()
    opened = {}
    for name, make in RESULTS.items():
        write_outputs(make(), odd_headings() if name == "hostile" else LABELS, folder / name)
        path = folder / name / WORKBOOK_FILE
        # What openpyxl saves holds no values: the program has to calculate.
        opened[name] = openpyxl.load_workbook(path)
        opened[name].save(bare / f"{name}.xlsx")
    corrected = openpyxl.load_workbook(folder / "many" / WORKBOOK_FILE)
    corrected["Cases"]["A2"].value = LABELS.word("status", "compliant")
    corrected.save(bare / "corrected.xlsx")
    subprocess.run(
        [
            *(OFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *("--convert-to", "xlsx", "--outdir", str(folder / "out")),
            *map(str, sorted(bare.iterdir())),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {
        name: Book(
            formulas=opened.get(name, corrected),
            stored=openpyxl.load_workbook(
                folder / ("many" if name == "corrected" else name) / WORKBOOK_FILE, data_only=True
            ),
            calculated=openpyxl.load_workbook(folder / "out" / f"{name}.xlsx", data_only=True),
        )
        for name in (*RESULTS, "corrected")
    }


def same(stored: object, calculated: object) -> bool:
    if isinstance(stored, (int, float)) and isinstance(calculated, (int, float)):
        return math.isclose(stored, calculated, abs_tol=1e-9)
    return (stored or "") == (calculated or "")


@pytest.mark.parametrize(
    ("name", "least"),
    [("empty", 60), ("one", 60), ("many", 1000), ("hostile", 200), ("rare", 200), ("sample", 250)],
)
def test_every_formula_gives_our_figure(books: dict[str, Book], name: str, least: int) -> None:
    book, differing, number = books[name], [], 0
    for sheet in book.formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                number += 1
                ours = book.stored[sheet.title][cell.coordinate].value
                theirs = book.calculated[sheet.title][cell.coordinate].value
                if not same(ours, theirs):
                    differing.append((sheet.title, cell.coordinate, cell.value, ours, theirs))
    assert not differing
    assert number >= least


def test_a_corrected_status_moves_the_rate(books: dict[str, Book]) -> None:
    book = books["corrected"]
    names = {cell.value: cell.row for cell in book.stored["Summary"]["A"]}
    rows = [names[LABELS.words.numerator], names[LABELS.words.missed], names[LABELS.words.rate]]
    # The word stands over the figure first, and again in the table.
    rows[2] = names[LABELS.words.reconciles] + 1
    before = [book.stored["Summary"].cell(row, 2).value for row in rows]
    after = [book.calculated["Summary"].cell(row, 2).value for row in rows]
    assert after[:2] == [before[0] + 1, before[1] - 1]
    assert after[2] == pytest.approx(after[0] / (before[0] + before[1]))
    assert book.calculated["Summary"].cell(names[LABELS.words.reconciles], 2).value == "yes"
