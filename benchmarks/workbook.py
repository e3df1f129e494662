"""What writing the outputs costs: the CSV files and the workbook, by number of cases.

    python -m benchmarks.workbook [--cases 1000 5000 20000] [--events 10]

The cases are those of the sample exports, copied with other ids until there are enough of them,
each with `--events` events on its timeline and all its findings. Each size is written by a process
of its own, which had the results in memory before: `results MB` is its peak until then.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline, sample_folder
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.config.workbook import WorkbookLabels
from auditor.job import run_audit
from auditor.pathway.model import Case, Event
from auditor.request import Request
from auditor.workbook.outputs import WORKBOOK_FILE, write_outputs
from auditor.workbook.results import PatientEvent, Results, RowFinding

AS_OF = "2026-06-30"
COLUMNS = ("cases", "events", "findings", "seconds", "CPU s", "results MB", "peak MB", "file MB")


def main() -> None:
    """Print the table, a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[1_000, 5_000, 20_000])
    parser.add_argument("--events", type=int, default=10, help="events of each case")
    chosen = parser.parse_args()
    pipeline = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
    models = _audit_sample(pipeline)
    sys.stdout.write(" ".join(f"{name:>10}" for name in COLUMNS) + "\n")
    for cases in chosen.cases:
        with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
            arguments = (models, pipeline.labels, cases, chosen.events, Path(folder))
            line = pool.apply(measure, arguments)
        sys.stdout.write(" ".join(f"{value:>10,}" for value in line) + "\n")
        sys.stdout.flush()


def measure(
    models: Results, labels: WorkbookLabels, cases: int, events: int, folder: Path
) -> list[float]:
    """The values of `COLUMNS`."""
    results = multiply(models, cases, events)
    before, started, used = _peak_mb(), time.perf_counter(), time.process_time()
    write_outputs(results, labels, folder)
    return [
        len(results.cases),
        len(results.events),
        len(tuple(results.findings)),
        round(time.perf_counter() - started, 1),
        round(time.process_time() - used, 1),
        before,
        _peak_mb(),
        round((folder / WORKBOOK_FILE).stat().st_size / 1e6, 1),
    ]


def multiply(results: Results, count: int, events: int) -> Results:
    """The results of so many cases with so many events each, copied from those given."""
    read: dict[str, list[RowFinding]] = {}
    for item in results.findings:
        read.setdefault(item.patient_id, []).append(item)
    cases, findings = [], []
    models = cycle(sorted(results.cases, key=lambda case: case.case_id))
    for number, model in enumerate(islice(models, count)):
        case = _copy(model, f"W{number:06d}", events)
        cases.append(case)
        findings += [
            item._replace(patient_id=case.evidence.patient_id)
            for item in read.get(model.evidence.patient_id, ())
        ]
    return replace(
        results,
        cases=tuple(cases),
        events=tuple(
            PatientEvent(case.evidence.patient_id, event)
            for case in cases
            for _, event in case.timeline
        ),
        findings=tuple(findings),
    )


def _audit_sample(pipeline: Pipeline) -> Results:
    folder = sample_folder()
    files = {name: (str(folder / f"{name}.csv"),) for name in ("reports", "orders")}
    return run_audit(Request(pipeline=pipeline, as_of=AS_OF, **files))


def _copy(model: Case, name: str, events: int) -> Case:
    """The same case of another patient, with as many events as asked for."""
    evidence = replace(model.evidence, patient_id=name, report_id=f"R-{name}", exam_key=name)
    reports = {model.evidence.report_id: evidence.report_id}
    timeline = tuple(
        (day, _rename(event, f"{name}-{number}", reports))
        for number, (day, event) in enumerate(islice(_lengthen(model), events))
    )
    return replace(model, case_id=f"C-{name}", evidence=evidence, timeline=timeline)


def _lengthen(model: Case) -> Iterator[tuple[int, Event]]:
    """The timeline, and then its last event week after week."""
    yield from model.timeline
    day, event = model.timeline[-1]
    while True:
        day += 7
        yield day, replace(event, event_id="", qualifies=False)


def _rename(event: Event, name: str, reports: dict[str, str]) -> Event:
    own = tuple(reports.get(report, f"R-{name}") for report in event.report_ids)
    # Grounds name the events that they rest on: those keep their ids.
    event_id = event.event_id or f"E-{name}"
    return replace(event, event_id=event_id, report_ids=own, accession=f"A-{name}")


def _peak_mb() -> int:
    """Peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
