"""The record of the nights, a line each, in the output folder: read by people, checks and figures.

It stands beside the outputs and not in the ledger, so that a night without its ledger is told of
too, and so that several sites on one ledger each have their own nights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from auditor.errors import OutputError
from auditor.nightly.whole_files import write_whole
from auditor.workbook.results import Gate

# Some three years, of a few hundred bytes each.
MOST_NIGHTS = 1_100

DONE, NOTHING_NEW, STOPPED, FAILED = "done", "nothing new", "stopped", "failed"
REHEARSED = "rehearsed"


@dataclass(frozen=True, slots=True)
class FeedNight:
    """What a feed brought in a night.

    Attributes:
        files: New, whole files.
        rows: Rows in them.
        new_rows: Rows that were not in the ledger.
        newest: Newest date in them (ISO date), none of the future.
        waiting: Files that were not whole, each with the reason.
    """

    files: int = 0
    rows: int = 0
    new_rows: int = 0
    newest: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Night:
    """How one night went. Holds counts, names of files and dates; no value of a row.

    Attributes:
        date: The night, an ISO date of the machine's own time.
        started: ISO datetime with its offset.
        outcome: `done`, `nothing new`, `stopped` (by a gate), `failed`, `rehearsed` (a dry run).
        exit_code: What the command ended with.
        said: Why it was stopped or failed, in a sentence.
        seconds: How long it took.
        ledger_run: The run in the ledger; empty where none was kept.
        folder: Name of the night's folder of outputs; empty where none was written.
        as_of: The date it judged by.
        feeds: What each feed brought.
        counts: Rows, cases and flags by name; cases by status as `status_...`.
        shares: Part and whole of the shares that are compared from night to night.
        gates: What the checks came to.
    """

    date: str
    started: str
    outcome: str
    exit_code: int = 0
    said: str = ""
    seconds: float = 0.0
    ledger_run: str = ""
    folder: str = ""
    as_of: str = ""
    feeds: Mapping[str, FeedNight] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()


_NIGHT = TypeAdapter(Night)


def read_nights(path: Path) -> tuple[Night, ...]:
    """All nights, the oldest first. Lines that this version cannot read are left out.

    Raises:
        OutputError: The file is there and cannot be read.
    """
    nights = []
    for line in _lines(path):
        try:
            nights.append(_NIGHT.validate_json(line))
        except ValidationError:
            continue
    return tuple(nights)


def dump_night(night: Night) -> str:
    """A night as a line of JSON."""
    return json.dumps(asdict(replace(night, feeds=dict(night.feeds))), sort_keys=True)


def add_night(path: Path, night: Night) -> None:
    """Add a night; the oldest go when there are more than `MOST_NIGHTS`.

    Raises:
        OutputError: The file cannot be read or written; it stands as it was.
    """
    lines = [*_lines(path), dump_night(night)][-MOST_NIGHTS:]
    write_whole(path, "\n".join(lines) + "\n")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror}).") from error
