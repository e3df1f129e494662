"""Short rows for invented exports, and one run over them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from auditor.config.lexicon import Lexicon
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS
from auditor.job import run_audit
from auditor.language.findings import FindingReader
from auditor.request import Request
from auditor.workbook.results import Results

ROOT = Path(__file__).parents[1]
FLANK = ROOT / "pipelines" / "flank_mass_calcification"
TOY = ROOT / "tests" / "fixtures" / "pipelines" / "toy"
REPORTS = tuple(column.name for column in REPORT_COLUMNS)
ORDERS = tuple(column.name for column in ORDER_COLUMNS)
DAY_0 = date(2025, 3, 3)
FILM = "XR ABDOMEN 1 VIEW"
CASE_TEXT = "FINDINGS: There is a calcified mass in the left flank."

Row = dict[str, str]


def on_day(number: int, clock: str = "") -> str:
    """ISO text of a day counted from `DAY_0`, with a time of day where one is given."""
    day = (DAY_0 + timedelta(days=number)).isoformat()
    return f"{day}T{clock}:00" if clock else day


def report(
    patient: str,
    day: int = 0,
    text: str = CASE_TEXT,
    procedure: str = FILM,
    **more: str,
) -> Row:
    """A final report of an exam at nine o'clock; `more` replaces or adds columns."""
    modality = procedure.split()[0].replace("XR", "CR").replace("MRI", "MR")
    row = {
        "patient_id": patient,
        "report_id": f"{patient}-{procedure.split()[0]}{day}",
        "exam_datetime": on_day(day, "09:00"),
        "report_datetime": on_day(day, "11:00"),
        "report_status": "final",
        "modality": modality,
        "procedure_description": procedure,
        "report_text": text,
        "patient_age": "52",
        "facility": "North",
    }
    return row | more


def order(patient: str, day: int, procedure: str, **more: str) -> Row:
    """An order that was carried out on its day at ten; `more` replaces or adds columns."""
    row = {
        "patient_id": patient,
        "order_id": f"{patient}-{procedure.split()[0]}{day}-O",
        "order_datetime": on_day(day, "08:00"),
        "performed_datetime": on_day(day, "10:00"),
        "status": "completed",
        "modality": procedure.split()[0].replace("MRI", "MR"),
        "procedure_description": procedure,
        "facility": "North",
    }
    return row | more


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as CSV; a column that a row lacks stays empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_exports(folder: Path, reports: Iterable[Row], orders: Iterable[Row] = ()) -> Path:
    """Write `reports.csv` and `orders.csv` into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "reports.csv", REPORTS, reports)
    write_table(folder / "orders.csv", ORDERS, orders)
    return folder


@cache
def pipeline(folder: Path = FLANK) -> Pipeline:
    """A pipeline folder without a site's choices, read once."""
    return read_pipeline(folder, Site())


def audit_folder(
    exports: Path, out: Path | None, *, rules: Path | Pipeline = FLANK, **more
) -> Results:
    """One run over the exports of `write_exports`; `more` goes into the request."""
    request = Request(
        pipeline=pipeline(rules) if isinstance(rules, Path) else rules,
        reports=(str(exports / "reports.csv"),),
        orders=(str(exports / "orders.csv"),),
        out=out,
        **more,
    )
    with set_up_once():
        return run_audit(request)


@contextmanager
def set_up_once() -> Iterator[None]:
    """Within it, pipelines without a site's choices are read, and spaCy is set up, only once.

    That is most of the time of a short run.
    """
    with (
        patch("auditor.language.findings.FindingReader", _finding_reader),
        patch("auditor.config.pipeline.read_pipeline", _read_once),
        patch("auditor.api.read_pipeline", _read_once),
    ):
        yield


def _read_once(folder: Path, site: Site) -> Pipeline:
    return pipeline(Path(folder)) if site == Site() else read_pipeline(folder, site)


_READERS: dict[int, tuple[Lexicon, FindingReader]] = {}


def _finding_reader(lexicon: Lexicon, *_: int) -> FindingReader:
    """The reader of this very lexicon, which is kept with it so that no other takes its id."""
    if id(lexicon) not in _READERS:
        _READERS[id(lexicon)] = (lexicon, FindingReader(lexicon))
    return _READERS[id(lexicon)][1]


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_outputs(out: Path) -> dict[str, bytes]:
    """Every CSV file of an output folder as it stands on disk."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def verdicts(out: Path) -> dict[str, tuple[str, str]]:
    """Status and flags by patient, for exports with one case a patient."""
    rows = read_rows(out / "cases.csv")
    assert len({row["patient_id"] for row in rows}) == len(rows)
    return {row["patient_id"]: (row["status"], row["flags"]) for row in rows}
