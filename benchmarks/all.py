"""All benchmarks but accuracy and the ledger's growth, into BENCHMARKS.md, in one quiet go.

    python -m benchmarks.all [--reports 1000000] [--most 1000000] [--rivals out/rivals/bin/python]

Stages and the whole on a corpus of `--reports`; growth from 10,000 reports to `--most`, on CSV and
Parquet; Spark against the local engine on 200,000; other tools on the same texts. `--rivals` is a
Python with what `benchmarks/requirements.txt` lists; without it EDS-NLP and the plot are left out.
Writes benchmarks/results.json, docs/growth.png and the sections of BENCHMARKS.md that are marked
as made by this command. Two cores with nothing else running: otherwise the figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.bench.benchmark import CANDIDATES, Plan, describe, run_stages, run_whole
from auditor.bench.candidates import find_candidates
from auditor.bench.corpus import Corpus
from auditor.bench.measures import measure_command
from auditor.bench.stages import first_reports, read_corpus
from benchmarks import runs, sections

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
TEXTS = 1_000
PARTS = ("stages", "rivals", "growth", "spark")


def main() -> None:
    """Measure what is asked for, keep the rest of the last results, and write all sections."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--most", type=int, default=1_000_000, help="largest size of growth")
    parser.add_argument("--spark", type=int, default=200_000, help="reports for the Spark engine")
    parser.add_argument("--rivals", help="a Python with benchmarks/requirements.txt")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part only")
    chosen = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    with tempfile.TemporaryDirectory(dir=ROOT / "out" if (ROOT / "out").is_dir() else None) as name:
        for part, found in measure(Path(name), chosen):
            results[part] = found
            # What has been measured is kept even where a later part fails.
            RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
            sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {part}\n")
            sys.stdout.flush()
    if chosen.rivals and "growth" in results:
        plot = [
            chosen.rivals,
            str(ROOT / "benchmarks" / "plot_growth.py"),
            str(RESULTS),
            str(sections.PLOT),
        ]
        subprocess.run(plot, check=True)  # noqa: S603
    sections.write(ROOT / "BENCHMARKS.md", results)


def measure(folder: Path, chosen: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The parts that are asked for, each as it is done."""
    parts = chosen.only or PARTS
    if "stages" in parts or "rivals" in parts:
        corpus = runs.make_corpus(folder, chosen.reports, "csv")
        if "stages" in parts:
            yield "stages", measure_stages(corpus, folder)
        if "rivals" in parts:
            yield "rivals", measure_rivals(corpus, folder, chosen.rivals)
        runs.drop_corpus(corpus)
    if "growth" in parts:
        sizes = [size for size in SIZES if size <= chosen.most]
        yield "growth", runs.measure_growth(folder, sizes, ("csv", "parquet"))
    if "spark" in parts:
        yield "spark", runs.compare_engines(folder, chosen.spark)


def measure_stages(corpus: Corpus, folder: Path) -> dict[str, Any]:
    """What `auditor bench` measures, and the first start."""
    plan = Plan(corpus, runs.default_pipeline(), (), (1, runs.WORKERS), folder)
    demo = [sys.executable, "-m", "auditor", "demo", "--out", str(folder / "demo")]
    first = measure_command("demo, from its start to the workbook", demo, 0)
    measures = [*run_stages(plan), *run_whole(plan), first]
    return describe(plan, measures, started=datetime.now(UTC).isoformat(timespec="seconds"))


def measure_rivals(corpus: Corpus, folder: Path, python: str | None) -> dict[str, Any]:
    """Other tools on texts of the corpus: the first ones, and those that need reading."""
    pipeline = runs.default_pipeline()
    rows = (batch.rows for batch in read_corpus(corpus, pipeline) if batch.table == "reports")
    candidates = find_candidates(rows, pipeline, most=CANDIDATES)
    lists = {
        "any": first_reports(corpus, pipeline, TEXTS)["report_text"].to_pylist(),
        "candidates": candidates["report_text"].to_pylist(),
    }
    path = folder / "texts.json"
    path.write_text(json.dumps(lists), encoding="utf-8")
    found = {}
    for tool, interpreter in (("medspacy", sys.executable), ("edsnlp", python)):
        if interpreter:
            command = [interpreter, str(ROOT / "benchmarks" / "rivals.py"), tool, str(path)]
            done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603
            found[tool] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
