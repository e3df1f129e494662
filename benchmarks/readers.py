"""Each reader's speed and peak memory on a large invented export: `python -m benchmarks.readers`.

Exports are the pipeline's sample, its patients copied under other ids until there are enough
reports. Each is read in a process of its own, to canonical rows and no further. Seconds are those
of the processor, which neighbours on the machine change little.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.site import Site, read_site
from auditor.ingest.canonical import Batch, read_batches, read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.parts import Notes
from auditor.sample.casting import Casting
from auditor.sample.formats.kinds import FORMATS
from auditor.sample.history import write_patient
from auditor.sample.library import Library
from auditor.sample.rows import Row
from auditor.sample.settings import read_sample_settings

POOL_PATIENTS, SEED, LAST_DAY = 2_000, 7, date(2026, 6, 30)
# Formats whose files hold both tables, and what in the folder is to be read.
BOTH = {"hl7v2": "hl7v2", "fhir": "fhir", "omop": "omop", "sql": "hospital.db"}
_IDS = ("patient_id", "report_id", "order_id", "accession")

Patient = tuple[list[Row], list[Row]]


def main() -> None:
    """Write exports, read each, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--formats", nargs="+", default=list(BOTH), choices=sorted(FORMATS))
    parser.add_argument("--folder", type=Path, default=Path("out/readers"))
    parser.add_argument("--read", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        say(json.dumps(measure(arguments.folder, arguments.read)))
        return
    say("| format | MB | reports | orders | CPU seconds | rows/s | MB/s | peak MB |")
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for kind in arguments.formats:
        folder = arguments.folder / kind
        if not folder.exists():
            write_export(folder, kind, arguments.reports)
        command = [sys.executable, "-m", "benchmarks.readers", "--folder", folder, "--read", kind]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        found = json.loads(done.stdout)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        rows, seconds = found["reports"] + found["orders"], found["seconds"]
        say(
            f"| {kind} | {size:,.0f} | {found['reports']:,} | {found['orders']:,} "
            f"| {seconds:,.0f} | {rows / seconds:,.0f} | {size / seconds:,.1f} "
            f"| {found['peak_mb']:,.0f} |"
        )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_export(folder: Path, kind: str, reports: int) -> None:
    """Write an export of at least so many reports."""
    folder.mkdir(parents=True)
    pool = make_pool()
    written = copy = 0
    with FORMATS[kind](folder) as exports:
        while written < reports:
            copy += 1
            for patient in pool:
                new_reports, new_orders = renamed(patient, copy)
                exports.write(new_reports, new_orders)
                written += len(new_reports)
                if written >= reports:
                    break


def make_pool() -> list[Patient]:
    """The rows of the sample's patients."""
    library = Library(read_sample_settings(find_pipeline(DEFAULT_PIPELINE)))
    casting = Casting(library, patients=POOL_PATIENTS, seed=SEED)
    pool = []
    for index in range(POOL_PATIENTS):
        rows = write_patient(casting.cast(index), LAST_DAY, library)
        pool.append((list(rows.reports), list(rows.orders)))
    return pool


def renamed(patient: Patient, copy: int) -> Patient:
    """A patient's rows under other ids."""

    def rename(row: Row) -> Row:
        return {**row, **{name: f"{row[name]}-{copy}" for name in _IDS if row.get(name)}}

    return [rename(row) for row in patient[0]], [rename(row) for row in patient[1]]


def measure(folder: Path, kind: str) -> dict[str, float]:
    """Read an export to its end, and say how long it took and how much memory at most."""
    counts = {"reports": 0, "orders": 0}
    begin = time.process_time()
    for batch in read(folder, kind):
        counts[batch.table] += batch.rows_in
    seconds = time.process_time() - begin
    # Linux gives kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**counts, "seconds": seconds, "peak_mb": peak}


def read(folder: Path, kind: str) -> Iterator[Batch]:
    """The batches of an export."""
    site_file = folder / "site.toml"
    site: Site = read_site(site_file if site_file.exists() else None)
    if kind in BOTH:
        notes = Notes()
        yield from read_exports(find_sources([str(folder / BOTH[kind])], site, notes), site, notes)
        return
    for table in ("reports", "orders"):
        yield from read_batches(sorted(folder.glob(f"{table}.*")), table, site)


if __name__ == "__main__":
    main()
