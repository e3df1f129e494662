"""All measures of one benchmark, one after the other, and their record."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.bench.candidates import find_candidates
from auditor.bench.corpus import Corpus
from auditor.bench.measures import Measure, measure, measure_command
from auditor.bench.stages import (
    count_in_processes,
    first_reports,
    ingest,
    read_candidates,
    read_corpus,
    read_each_anew,
    read_floor,
    read_in_workers,
    read_to_facts,
    read_unscreened,
)
from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError

# Reports that need reading, and any reports, that the reading stage is measured on.
CANDIDATES, ANY_REPORTS = 1_000, 300
# So many are read by worker processes, which are quicker, so that their ends do not count.
MANY_CANDIDATES = 9_000
# How often reading is measured.
_TURNS = 3
_PACKAGES = ("pyarrow", "spacy", "medspacy", "pandas", "numpy", "openpyxl", "SQLAlchemy")


@dataclass(frozen=True)
class Plan:
    """What is measured, and how.

    Attributes:
        corpus: The exports.
        pipeline: The pipeline, with the site's choices in it.
        options: Options of `auditor run` that name the same pipeline and site.
        workers: Numbers of reading processes to compare.
        folder: For the outputs of whole runs.
    """

    corpus: Corpus
    pipeline: Pipeline
    options: Sequence[str]
    workers: Sequence[int]
    folder: Path


def run_stages(plan: Plan) -> Iterator[Measure]:
    """Measure the stages: the floor, ingest, the way to facts, and reading by itself.

    Raises:
        AuditError: One of them failed, or no report of the corpus needs reading.
    """
    corpus, pipeline = plan.corpus, plan.pipeline
    yield measure("floor", read_floor, corpus, pipeline.lexicon.sign.part.key)
    yield measure("ingest", ingest, corpus, pipeline)
    for workers in plan.workers:
        yield measure(f"to facts, {workers} workers", read_to_facts, corpus, pipeline, workers)
    yield from run_reading(plan)


def run_reading(plan: Plan) -> Iterator[Measure]:
    """Measure the reading of reports that need it, and of any report without screening.

    What processes gain can be no more than they gain by counting, which needs nothing but a core.
    """
    pipeline = plan.pipeline
    rows = (batch.rows for batch in read_corpus(plan.corpus, pipeline) if batch.table == "reports")
    many = find_candidates(rows, pipeline, most=MANY_CANDIDATES)
    candidates = many.slice(0, CANDIDATES)
    if not candidates.num_rows:
        raise AuditError("No report of the corpus needs reading: there is nothing to measure.")
    # By turns, and the middle of three: a neighbour's hour strikes none of them alone.
    turns = [
        (
            measure("reading, warm", read_candidates, candidates, pipeline),
            measure("reading, nothing remembered", read_each_anew, candidates, pipeline),
            *(
                measure(f"reading, {workers} workers", read_in_workers, many, pipeline, workers)
                for workers in plan.workers
            ),
            *(
                measure(f"counting, {workers} processes", count_in_processes, workers)
                for workers in plan.workers
            ),
        )
        for _ in range(_TURNS)
    ]
    for same in zip(*turns, strict=True):
        yield sorted(same, key=lambda one: one.rate)[_TURNS // 2]
    reports = first_reports(plan.corpus, pipeline, ANY_REPORTS)
    yield measure("without screening", read_unscreened, reports, pipeline)


def run_whole(plan: Plan) -> Iterator[Measure]:
    """Measure `auditor run` from start to end, with the seconds of its own stages as parts."""
    corpus = plan.corpus
    files = ["--reports", str(corpus.reports), "--orders", str(corpus.orders)]
    for workers in plan.workers:
        out = plan.folder / f"whole-{workers}"
        command = [sys.executable, "-m", "auditor", "run", *files, "--out", str(out)]
        command += ["--workers", str(workers), *plan.options]
        done = measure_command(f"whole, {workers} workers", command, 0)
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        rows = sum(one["rows_in"] for one in record["inputs"])
        parts = dict(record["timings"]["seconds"])
        # The record is written among the outputs, so it cannot tell their seconds.
        parts["start and outputs"] = round(done.seconds - sum(parts.values()), 3)
        yield replace(done, rows=rows, parts=parts)


def describe(plan: Plan, measures: Sequence[Measure], *, started: str) -> dict[str, Any]:
    """The record of a benchmark: machine, versions, corpus and measures, ready for JSON."""
    corpus = plan.corpus
    return {
        "started": started,
        "machine": describe_machine(),
        "versions": {"auditor": __version__, "python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
        "corpus": {
            "kind": corpus.reports.suffix.lstrip("."),
            "reports": corpus.report_rows,
            "orders": corpus.order_rows,
            "megabytes": round(corpus.megabytes, 1),
        },
        "measures": [asdict(one) | {"rows_per_second": round(one.rate, 1)} for one in measures],
    }


def describe_machine() -> dict[str, Any]:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    size = pages * os.sysconf("SC_PAGE_SIZE") if pages else 0
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": cores,
        "memory_gb": round(size / 1e9, 1),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
