"""Log set-up: the only place with handlers. Logs hold counts and names, never a row's values."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """A line of JSON for each record: time, level, run, stage, message.

    The stage is the folder or module of the engine that speaks, e.g. `ingest` or `ledger`. Of an
    exception only its class is told: its text and its traceback may quote a row.
    """

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        parts = record.name.split(".")
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "run": self._run,
            "stage": parts[1] if len(parts) > 1 else parts[0],
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            told["exception"] = record.exc_info[0].__name__
        return json.dumps(told, ensure_ascii=True)


def set_up_logging(*, verbose: bool) -> None:
    """Log to stderr: warnings, or with `verbose` what each stage did."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    _set_up(form, logging.INFO if verbose else logging.WARNING)


def set_up_json_logging(run: str) -> None:
    """Log what each stage did to stderr, as lines of JSON; `run` stands in each."""
    _set_up(JsonLines(run), logging.INFO)


def _set_up(form: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    root = logging.getLogger("auditor")
    root.handlers = [handler]
    root.setLevel(level)
    root.propagate = False
