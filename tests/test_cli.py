"""The command line: help, exit codes, one sentence for each error, nothing that should not be."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from builders import (
    TOY,
    on_day,
    order,
    pipeline,
    read_outputs,
    read_rows,
    report,
    set_up_once,
    write_exports,
)

from auditor import __version__, cli

SECRET = "Quincewick"
COMMANDS = typer.main.get_command(cli.app).commands
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path) -> Iterator[Call]:
    """Call the command line in this process, in an empty folder."""
    logger = logging.getLogger("auditor")
    before = (logger.handlers, logger.level, logger.propagate)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("auditor.config.pipeline.read_pipeline", _read_once)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["auditor", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        return Outcome(code, *capsys.readouterr())

    with set_up_once():
        yield run
    logger.handlers, logger.level, logger.propagate = before


_read_pipeline = cli._read.__globals__["Path"] and None


def _read_once(folder: Path, site: object) -> object:
    from auditor.config.site import Site

    return pipeline(Path(folder)) if site == Site() else _READ(folder, site)
