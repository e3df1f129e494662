"""Whole runs of the command line, and what is compared of them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from auditor.bench.corpus import Corpus, build_corpus
from auditor.bench.measures import Measure, measure_command
from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site

WORKERS = 2
# Spark on two cores of this machine.
_SPARK = {"PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}


def default_pipeline() -> Pipeline:
    """The pipeline that comes with the tool."""
    return read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())


def make_corpus(folder: Path, reports: int, kind: str) -> Corpus:
    """An invented corpus of some size and kind."""
    place = folder / f"corpus-{reports}-{kind}"
    return build_corpus(place, reports=reports, seed=1, pipeline=default_pipeline(), kind=kind)


def drop_corpus(corpus: Corpus) -> None:
    """Give the disk back."""
    shutil.rmtree(corpus.reports.parent)


def run_whole(corpus: Corpus, out: Path, *options: str) -> Measure:
    """One `auditor run`, from its start to its end; its outputs stay."""
    command = [sys.executable, "-m", "auditor", "run", "--reports", str(corpus.reports)]
    command += ["--orders", str(corpus.orders), "--out", str(out), *options]
    return measure_command("whole", command, corpus.report_rows + corpus.order_rows)


def measure_growth(folder: Path, sizes: list[int], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Seconds and memory of whole runs over corpora of growing size."""
    found = []
    for kind in kinds:
        for reports in sizes:
            corpus = make_corpus(folder, reports, kind)
            done = run_whole(corpus, folder / "growth", "--workers", str(WORKERS))
            record = json.loads((folder / "growth" / "run.json").read_text(encoding="utf-8"))
            stages = dict(record["timings"]["seconds"])
            # The record is written among the outputs, so it cannot tell their seconds.
            stages["start and outputs"] = round(done.seconds - sum(stages.values()), 3)
            found.append(
                {
                    "kind": kind,
                    "reports": reports,
                    "megabytes": round(corpus.megabytes),
                    "cases": _count_rows(folder / "growth" / "cases.csv"),
                    "seconds": done.seconds,
                    "peak_mb": done.peak_mb,
                    "stages": stages,
                }
            )
            drop_corpus(corpus)
    return found


def compare_engines(folder: Path, reports: int) -> dict[str, Any]:
    """The same corpus by both engines: seconds, memory, and whether the tables are the same."""
    corpus = make_corpus(folder, reports, "csv")
    local = run_whole(corpus, folder / "local", "--workers", str(WORKERS))
    found: dict[str, Any] = {"reports": reports, "local": asdict(local)}
    with patch.dict(os.environ, _SPARK):
        for workers in ("1", "0"):
            out = folder / f"spark-{workers}"
            done = run_whole(corpus, out, "--engine", "spark", "--workers", workers)
            same = read_tables(out) == read_tables(folder / "local")
            found[f"spark, {workers} workers a task"] = asdict(done) | {"same": same}
    drop_corpus(corpus)
    return found


def read_tables(out: Path) -> dict[str, bytes]:
    """All CSV files of an output folder."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def _count_rows(path: Path) -> int:
    import pandas as pd

    return len(pd.read_csv(path, dtype=str, usecols=[0]))
