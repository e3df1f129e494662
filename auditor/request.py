"""What to audit: everything that a run is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from auditor.config.pipeline import Pipeline
from auditor.errors import ConfigError
from auditor.execution.local import TIME_LIMIT_S
from auditor.ledger.records import WAIT_S

if TYPE_CHECKING:
    from auditor.workbook.results import Results, RunInfo

# Called with a stage's name and how many rows it has done so far.
Progress = Callable[[str, int], None]
# Called with what a run found, before any of it is kept or written: returns what the run is to say
# of itself, or raises to stop it.
Inspect: TypeAlias = "Callable[[Results], RunInfo]"


@dataclass(frozen=True)
class Request:
    """What to audit.

    Raises:
        ConfigError: `as_of` is no ISO date.

    Attributes:
        pipeline: The pipeline, with the site's choices in it.
        reports: Paths or globs of report exports.
        orders: Paths or globs of order exports.
        exports: Paths, globs, folders and URLs of exports that hold both.
        environment: Variables that a URL may name.
        out: Output folder; None writes nothing.
        ledger: Ledger URL or path; None for a throw-away ledger.
        as_of: ISO date of the audit; empty: the newest date in the data.
        workers: Number of reading processes; 0 reads in this one, unprotected against a text
            that ends the process or never ends.
        engine: Where rows are read: `local`, or `spark`, where a table may stand for a file
            (`table:NAME`) and `workers` are those of each task.
        limit_s: Seconds that a reading process may take for one chunk of rows, or one row alone.
        started: ISO datetime of the start, for the record.
        today: ISO date after which a performed exam cannot lie; empty: not checked.
        inspect: Looks at what was found before any of it is kept; None: nobody does.
        wait_s: How long to wait for another writer of the ledger, in seconds.
    """

    pipeline: Pipeline
    reports: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    out: Path | None = None
    ledger: str | None = None
    as_of: str = ""
    workers: int = 0
    engine: str = "local"
    limit_s: float = TIME_LIMIT_S
    started: str = ""
    today: str = ""
    inspect: Inspect | None = None
    wait_s: float = WAIT_S

    def __post_init__(self) -> None:
        if self.as_of and not _is_iso_date(self.as_of):
            raise ConfigError(f"as_of: '{self.as_of}' is no date; write it as 2026-06-30.")


def _is_iso_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
