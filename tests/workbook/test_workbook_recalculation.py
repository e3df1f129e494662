"""LibreOffice opens the workbook, and every formula gives the figure that we stored with it."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

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
from auditor.config.workbook_copy import Shareable
from auditor.job import run_audit
from auditor.request import Request
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.results import Results
from auditor.workbook.shareable import SHAREABLE_FILE

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


# The text of a formula, or the value of a cell, by sheet and address.
Cells = dict[tuple[str, str], object]


@dataclass(frozen=True)
class Book:
    """A workbook as we wrote it: its formulas and values; and as LibreOffice calculated it."""

    formulas: Cells
    stored: Cells
    calculated: Cells


def formulas_of(book: openpyxl.Workbook) -> Cells:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def values_of(path: Path, titles: set[str] | None = None) -> Cells:
    """The values of all cells that have one, on these sheets or on all."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        if titles is None or sheet.title in titles
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    """Each result's workbook, calculated from formulas alone; one with a corrected cell.

    And, as they are, the copies to hand around and the workbook of the sample. One start of
    LibreOffice serves them all.
    """
    assert OFFICE, "LibreOffice is needed where CI is set"
    folder = tmp_path_factory.mktemp("recalculation")
    given = folder / "given"
    given.mkdir()
    formulas, stored = {}, {}
    for name, make in RESULTS.items():
        labels = odd_headings() if name == "hostile" else LABELS
        write_outputs(make(), labels, folder / name, Shareable(write=True))
        stored[name] = folder / name / WORKBOOK_FILE
        stored[f"{name}-shareable"] = folder / name / SHAREABLE_FILE
        formulas[name] = _save_bare(stored[name], given / f"{name}.xlsx")
    word = LABELS.word("status", "compliant")
    formulas["corrected"] = _save_bare(stored["many"], given / "corrected.xlsx", word)
    stored["corrected"], stored["sample-whole"] = stored["many"], stored["sample"]
    for name in stored.keys() - formulas.keys():
        shutil.copy(stored[name], given / f"{name}.xlsx")
    subprocess.run(
        [
            *(OFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *("--convert-to", "xlsx", "--outdir", str(folder / "out")),
            *map(str, sorted(given.iterdir())),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {name: _read(name, formulas, path, folder / "out") for name, path in stored.items()}


def _save_bare(path: Path, to: Path, status: str = "") -> Cells:
    """Save a workbook without values, so that the program has to calculate; its formulas.

    With a status, that of the first case is corrected. The pathways have no formulas and most of
    the cells; they stay out.
    """
    book = openpyxl.load_workbook(path)
    if status:
        book["Cases"]["A2"].value = status
    del book["Pathways"]
    book.save(to)  # what openpyxl saves holds no values
    return formulas_of(book)


def _read(name: str, formulas: dict[str, Cells], path: Path, out: Path) -> Book:
    own = formulas.get(name)
    titles = None if own is None else {title for title, _ in own}
    return Book(own or {}, values_of(path, titles), values_of(out / f"{name}.xlsx", titles))


def same(stored: object, calculated: object) -> bool:
    if isinstance(stored, (int, float)) and isinstance(calculated, (int, float)):
        return math.isclose(stored, calculated, abs_tol=1e-9)
    return (stored or "") == (calculated or "")


def differing(book: Book, places: Iterable[tuple[str, str]]) -> list[tuple[object, ...]]:
    pairs = ((place, book.stored.get(place), book.calculated.get(place)) for place in places)
    return [(place, *pair) for place, *pair in pairs if not same(*pair)]


@pytest.mark.parametrize(
    ("name", "least"),
    [("empty", 60), ("one", 60), ("many", 1000), ("hostile", 200), ("rare", 200), ("sample", 250)],
)
def test_every_formula_gives_our_figure(books: dict[str, Book], name: str, least: int) -> None:
    book = books[name]
    assert not differing(book, book.formulas)
    assert len(book.formulas) >= least


@pytest.mark.parametrize(
    ("name", "least"),
    [("empty", 10), ("one", 0), ("many", 20), ("hostile", 10), ("rare", 10), ("sample", 15)],
)
def test_the_copy_opens_with_every_figure(books: dict[str, Book], name: str, least: int) -> None:
    book = books[f"{name}-shareable"]
    assert not differing(book, book.stored.keys() | book.calculated.keys())
    assert sum(isinstance(value, (int, float)) for value in book.stored.values()) >= least


def test_the_workbook_as_it_is_opens_with_every_cell(books: dict[str, Book]) -> None:
    book = books["sample-whole"]
    assert not differing(book, book.stored.keys() | book.calculated.keys())
    assert {title for title, _ in book.stored} == {sheet.title for sheet in LABELS.sheets}


def test_a_corrected_status_moves_the_rate(books: dict[str, Book]) -> None:
    book, words = books["corrected"], LABELS.words
    rows = {
        value: place[1][1:]
        for place, value in book.stored.items()
        if place[0] == "Summary" and place[1].startswith("A")
    }

    def figures(cells: Cells) -> list[object]:
        # The word of the rate stands over the figure first, and again in the table.
        rate = int(rows[words.reconciles]) + 1
        at = (rows[words.numerator], rows[words.missed], rate, rows[words.reconciles])
        return [cells["Summary", f"B{row}"] for row in at]

    done, missed, _, _ = figures(book.stored)
    after = figures(book.calculated)
    assert after[:2] == [done + 1, missed - 1]
    assert after[2] == pytest.approx((done + 1) / (done + missed))
    assert after[3] == "yes"
