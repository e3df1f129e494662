"""What one more night costs as a ledger grows.

    python -m benchmarks.ledger_growth [--years 5] [--nights 5] [--ledger URL]

Builds a ledger year by year, 400,000 facts and about 1,000 cases a year, and takes some nights of
2,000 rows of exports at the end of each, each in a process of its own. The ledger's patients are
invented ones, read once and copied with other ids and dates; a fifth of a night's are in it
already. The ledger must be empty; without a URL it is an SQLite file in a temporary folder.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.execution.chunks import ReadRows
from auditor.ingest.canonical import read_batches
from auditor.job import audit_batches, run_audit
from auditor.language.facts import OrderFacts, PatientFacts, ReportFacts
from auditor.language.reading import Reading, RowReader
from auditor.ledger.records import InputRecord
from auditor.ledger.store import open_ledger
from auditor.pathway.cases import find_evidence
from auditor.record import describe_run
from auditor.request import Request
from auditor.sample import write_sample

FACTS_A_YEAR, ILL_A_YEAR, ROWS_A_NIGHT = 400_000, 1_000, 2_000
# How many invented patients the ledger's are copied from, of each kind.
MODELS = 1_000
FIRST_DAY, SAMPLE_END = date(2021, 1, 1), date(2026, 6, 30)
CHUNK = 20_000
COLUMNS = (
    "age",
    "facts",
    "cases",
    "judged",
    "read s",
    "judge s",
    "keep s",
    "collect s",
    "write s",
    "night s",
    "peak MB",
)

Facts = ReportFacts | OrderFacts


def main() -> None:
    """Print the table, a line for each year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--nights", type=int, default=5, help="nights at the end of each year")
    parser.add_argument("--ledger", help="URL of an empty ledger")
    chosen = parser.parse_args()
    sys.stdout.write(" ".join(f"{name:>10}" for name in COLUMNS) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        ledger = chosen.ledger or str(Path(folder) / "ledger.db")
        for year in measure(chosen.years, chosen.nights, ledger, Path(folder)):
            sys.stdout.write(" ".join(f"{value:>10,}" for value in year) + "\n")
            sys.stdout.flush()


def measure(years: int, nights: int, ledger: str, folder: Path) -> Iterator[list[float]]:
    """The values of `COLUMNS` at the end of each year, medians of its nights.

    `read s` is ingest, language and the rows' way into the ledger, with the start of spaCy;
    `keep s` is what no stage names: opening the ledger, looking for the last run, the commit.
    `collect s` reads what the ledger keeps of those who are not judged, for the outputs; `write s`
    writes all of them. The last two grow with the number of cases, as their files do. The stages
    are told in seconds of the process's own work, which a busy machine hardly changes (a server's
    work is not in them); `night s` is the whole night by the clock on the wall.
    """
    pipeline = _pipeline()
    ill = _read_sample(folder / "ill", pipeline, case_rate=1.0)
    well = [
        facts
        for facts in _read_sample(folder / "well", pipeline, case_rate=0.0)
        if not find_evidence(facts, pipeline.cases)
    ]
    facts = 0
    for age in range(1, years + 1):
        rows = islice(_copies(ill, well, age), FACTS_A_YEAR)
        facts += _fill(ledger, rows, pipeline, _day(age) - timedelta(days=1))
        taken = []
        for night in range(nights):
            day = _day(age) + timedelta(days=night)
            exports = _write_exports(folder / day.isoformat(), folder / "well", age, day)
            # A new process: its memory is the night's alone.
            with get_context("spawn").Pool(1) as pool:
                arguments = (ledger, exports, folder / "out", day.isoformat())
                taken.append(pool.apply(_take_night, arguments))
        yield [age, facts, *(median(values) for values in zip(*taken, strict=True))]


def _pipeline() -> Pipeline:
    return read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())


def _day(age: int) -> date:
    return FIRST_DAY + timedelta(days=365 * age)


# --- the years ------------------------------------------------------------------------------------


def _read_sample(folder: Path, pipeline: Pipeline, *, case_rate: float) -> list[PatientFacts]:
    """Invented patients, all with a case or few with one, as their rows are read."""
    write_sample(
        folder,
        patients=MODELS,
        seed=1,
        pipeline_folder=pipeline.folder,
        as_of=SAMPLE_END.isoformat(),
        case_rate=case_rate,
    )
    reader = RowReader(pipeline)
    found: dict[str, Reading] = {}
    for table in ("reports", "orders"):
        for batch in read_batches([folder / f"{table}.csv"], table, pipeline.site):
            read = reader.read(table, batch.rows)
            for report in read.reports:
                found.setdefault(report.patient_id, Reading()).reports.append(report)
            for order in read.orders:
                found.setdefault(order.patient_id, Reading()).orders.append(order)
    return [
        PatientFacts(patient_id, tuple(one.reports), tuple(one.orders))
        for patient_id, one in sorted(found.items())
    ]


def _copies(ill: list[PatientFacts], well: list[PatientFacts], age: int) -> Iterator[Facts]:
    """Rows of new patients without end, the ill first; each patient's last is of that year."""
    chance = random.Random(age)  # noqa: S311 - nothing secret
    number = 0
    while True:
        models = ill if number < ILL_A_YEAR else well
        model = models[number % len(models)]
        newest = max(_moments(model))
        last = _day(age) - timedelta(days=1 + chance.randrange(365))
        days = (last - date.fromisoformat(newest[:10])).days
        for row in (*model.reports, *model.orders):
            yield _copy(row, _patient(age, number), days)
        number += 1


def _patient(age: int, number: int) -> str:
    return f"Y{age}-{number}"


def _moments(model: PatientFacts) -> Iterator[str]:
    yield from (row.exam_datetime for row in model.reports)
    yield from (row.order_datetime for row in model.orders)


def _copy(row: Facts, patient_id: str, days: int) -> Facts:
    """The same row of another patient, some days later."""
    dates = ("exam_datetime", "report_datetime", "order_datetime", "performed_datetime")
    moved = {name: _later(getattr(row, name), days) for name in dates if hasattr(row, name)}
    named = {
        name: f"{getattr(row, name)}-{patient_id}"
        for name in ("report_id", "order_id", "accession")
        if getattr(row, name, "")
    }
    digest = hashlib.sha256(f"{row.row_digest}{patient_id}".encode()).hexdigest()
    changed: dict[str, Any] = {"patient_id": patient_id, "row_digest": digest, **moved, **named}
    return replace(row, **changed)


def _later(text: str, days: int) -> str:
    if not text:
        return ""
    return (date.fromisoformat(text[:10]) + timedelta(days=days)).isoformat() + text[10:]


def _fill(ledger: str, rows: Iterable[Facts], pipeline: Pipeline, as_of: date) -> int:
    """Add a year: all its rows in one run, and the record of a run for every other night."""
    added = 0

    def read(*_: object, **__: object) -> Iterator[ReadRows]:
        nonlocal added
        rest = iter(rows)
        while chunk := list(islice(rest, CHUNK)):
            added += len(chunk)
            reports = [row for row in chunk if isinstance(row, ReportFacts)]
            orders = [row for row in chunk if isinstance(row, OrderFacts)]
            yield ReadRows("reports", "", len(chunk), Reading(reports, orders))

    request = Request(pipeline, ledger=ledger, as_of=as_of.isoformat(), started=as_of.isoformat())
    with patch("auditor.job.read_rows", read):
        audit_batches(request, (), {})
    with open_ledger(ledger) as opened:
        for night in range(364):
            record = describe_run(pipeline, str(night), (), opened.last_run())
            with opened.run(replace(record, as_of=request.as_of)) as run:
                for table in ("orders", "reports"):
                    digest = hashlib.sha256(f"{record.run_id}{table}".encode()).hexdigest()
                    run.add_input(InputRecord(digest, f"{table}.csv", table, 0, 0, 0))
    return added


# --- the night ------------------------------------------------------------------------------------


def _write_exports(folder: Path, sample: Path, age: int, day: date) -> Path:
    """Exports of one night: half reports, half orders; a fifth of the patients are known."""
    folder.mkdir()
    days = (day - SAMPLE_END).days
    for table in ("reports", "orders"):
        with (sample / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(islice(reader, ROWS_A_NIGHT // 2))
        for row in rows:
            patient = row["patient_id"]
            place = int(hashlib.sha256(patient.encode()).hexdigest(), 16) % (5 * ILL_A_YEAR)
            known = place < ILL_A_YEAR
            row["patient_id"] = _patient(age, place) if known else f"{day.isoformat()}-{patient}"
            row.update(
                {name: _later(value, days) for name, value in row.items() if "_datetime" in name}
            )
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or ())
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _take_night(ledger: str, exports: Path, out: Path, as_of: str) -> list[float]:
    """The values of `COLUMNS` from the third on."""
    request = Request(
        _pipeline(),
        reports=(str(exports / "reports.csv"),),
        orders=(str(exports / "orders.csv"),),
        out=out,
        ledger=ledger,
        as_of=as_of,
        started=as_of,
    )
    start, used = perf_counter(), process_time()
    with patch("auditor.record.time", SimpleNamespace(perf_counter=process_time)):
        results = run_audit(request)
    used, whole = process_time() - used, perf_counter() - start
    seconds = dict(results.run.timings)
    named = ("read", "judge", "collect", "write")
    seconds["keep"] = used - sum(seconds[stage] for stage in named)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    judged = results.run.counts["patients"]
    stages = [round(seconds[stage], 1) for stage in ("read", "judge", "keep", "collect", "write")]
    return [len(results.cases), judged, *stages, round(whole, 1), round(peak)]


if __name__ == "__main__":
    main()
