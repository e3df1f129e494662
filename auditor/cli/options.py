"""Options that several commands share, and what becomes of their values."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from auditor.config.pipeline import Pipeline

Reports = Annotated[
    list[str] | None, typer.Option("--reports", help="Report exports: paths or globs.")
]
Orders = Annotated[
    list[str] | None, typer.Option("--orders", help="Order exports: paths or globs.")
]
Exports = Annotated[
    list[str] | None,
    typer.Option(
        "--exports",
        help="Exports that hold both: HL7 v2, FHIR, OMOP; paths, globs, folders or a database URL.",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="Folder for the outputs; made where missing.")]
PipelineName = Annotated[
    str, typer.Option("--pipeline", help="Name of a bundled pipeline, or a pipeline folder.")
]
SiteFile = Annotated[Path | None, typer.Option("--site", help="The site's own settings (TOML).")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", help="Date of the audit (YYYY-MM-DD); else the newest in the data."),
]
LedgerUrl = Annotated[
    str, typer.Option("--ledger", help="Database that keeps the history: a path or a URL.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=0,
        help="Number of reading processes; else one for each core, at most 4. "
        "0 reads in the main process, where a text that breaks it ends the run.",
    ),
]
Engine = Annotated[
    str, typer.Option("--engine", help="Where reports are read: local, or spark for a cluster.")
]
TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        min=1,
        help="Seconds that a reading process may take for one run of rows before it is replaced.",
    ),
]

SAMPLE_AS_OF = "2026-06-30"
ENGINES = ("local", "spark")
_MOST_WORKERS = 4


def choose_workers(workers: int | None, engine: str) -> int:
    """How many reading processes there are, on Spark in each task, where None were asked for.

    Raises:
        typer.BadParameter: There is no such engine.
    """
    if engine not in ENGINES:
        raise typer.BadParameter(f"--engine must be one of: {', '.join(ENGINES)}")
    if workers is not None:
        return workers
    # Beyond a few, the main process would only hand out work; each costs memory.
    return min(usable_cores(), _MOST_WORKERS) if engine == "local" else 1


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_settings(name: str, site: Path | None) -> Pipeline:
    """Read a pipeline by name or folder, with a site's choices in it.

    Raises:
        ConfigError: One of them is not in order.
    """
    from auditor.bundled import find_pipeline
    from auditor.config.pipeline import read_pipeline
    from auditor.config.site import read_site

    return read_pipeline(find_pipeline(name), read_site(site))


def iso_date(text: str, option: str = "--as-of") -> str:
    """Check the date of an option; empty stays empty.

    Raises:
        typer.BadParameter: It is no ISO date.
    """
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{option} must be a date like 2026-06-30") from None
