"""The CSV files and `run.json`: the same results give the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.results import Results, RunInfo
from auditor.workbook.tables import Tables, build_tables
from auditor.workbook.text import MAX_CELL, clean_text, count_illegal, guard_formula

RUN_FILE = "run.json"


def write_csvs(results: Results, labels: WorkbookLabels, folder: Path) -> list[Path]:
    """Write every output table as CSV into an existing folder.

    UTF-8 without a mark, line feeds, quotes only where needed, a header always.
    """
    return write_tables(build_tables(results, labels), folder).paths


@dataclass
class Written:
    """The files of the tables, and what of their texts no file or no cell can hold.

    Attributes:
        paths: The CSV files.
        rows: How many rows each table has, by name.
        illegal: Characters removed.
        long: Texts that are longer than a cell of a workbook.
    """

    paths: list[Path] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    illegal: int = 0
    long: int = 0

    def make_safe(self, text: str) -> str:
        """A text as a CSV file may hold it."""
        self.long += len(text) > MAX_CELL
        if not (text.isascii() and text.isprintable()):
            self.illegal += count_illegal((text,))
            text = clean_text(text)
        return guard_formula(text)


def write_tables(tables: Tables, folder: Path) -> Written:
    """Write each table to `<name>.csv`; see `write_csvs`."""
    written = Written()
    for name in tables:
        rows = tables.rows(name)
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(tables.columns(name))
            writer.writerows(map(written.make_safe, row) for row in rows)
        written.paths.append(path)
        written.rows[name] = len(rows)
    return written


def write_run(run: RunInfo, outputs: list[Path], folder: Path) -> Path:
    """Write `run.json`, which names the outputs with their digests.

    Everything but `timings` is the same for the same inputs, pipeline and cut-off; `run_id` is
    made from these and from what was found.
    """
    record = _describe(run) | {"outputs": {path.name: _digest(path) for path in outputs}}
    content = json.dumps(record, sort_keys=True, ensure_ascii=False)
    run_id = hashlib.sha256(content.encode()).hexdigest()[:16]
    timings = {
        "started": run.started,
        "ledger_run": run.ledger_run,
        "seconds": dict(sorted(run.timings.items())),
    }
    path = folder / RUN_FILE
    text = json.dumps({"run_id": run_id, **record, "timings": timings}, indent=2)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _describe(run: RunInfo) -> dict[str, Any]:
    return {
        "tool_version": run.tool_version,
        "pipeline": {
            "name": run.pipeline,
            "version": run.pipeline_version,
            "digest": run.pipeline_digest,
            "sign_off": run.sign_off,
        },
        "as_of": run.as_of,
        "window_days": run.window_days,
        "episode_days": run.episode_days,
        "inputs": [item._asdict() for item in sorted(run.inputs)],
        "counts": dict(run.counts),
        "settings": {item.name: item.value for item in sorted(run.settings)},
        "unknown_procedures": [item._asdict() for item in sorted(run.unknown_procedures)],
        "unknown_statuses": [item._asdict() for item in sorted(run.unknown_statuses)],
        "identifiers": None
        if run.identifiers is None
        else [item._asdict() for item in sorted(run.identifiers)],
        "warnings": list(run.warnings),
        "gates": [item._asdict() for item in run.gates],
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
