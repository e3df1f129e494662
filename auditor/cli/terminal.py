"""What a person sees on the terminal: progress, the summary, a page, a failure."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from auditor.errors import name_defect

if TYPE_CHECKING:
    from auditor.workbook.results import Results


def show_what_can_be_shown() -> None:
    """A terminal of few characters shows `?` for an arrow; it does not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class Progress:
    """A counter on the terminal; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._status: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Reading exports")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, stage: str, done: int) -> None:
        """Show how many rows a stage has done."""
        if self._status is not None:
            self._status.update(f"{stage}: {done:,} rows")


def print_summary(results: Results, out: Path) -> None:
    """The short table that a run ends with."""
    from rich.console import Console
    from rich.table import Table

    from auditor.summary import summary_rows

    table = Table(title=f"Audit as of {results.run.as_of}", title_justify="left")
    table.add_column("What")
    table.add_column("Count", justify="right")
    for what, count in summary_rows(results):
        table.add_row(what, count)
    console = Console()
    console.print(table)
    console.print(f"Workbook: {out / 'compliance.xlsx'}", soft_wrap=True, highlight=False)


def print_page(content: Any) -> None:
    """Print what rich can lay out."""
    from rich.console import Console

    Console().print(content, highlight=False)


def fail(message: str, code: int) -> NoReturn:
    """End with one sentence on stderr and an exit code."""
    typer.echo(f"auditor: {message}", err=True)
    raise SystemExit(code)


def fail_by_defect(error: Exception) -> NoReturn:
    """End with the name of a defect of ours."""
    fail(name_defect(error), 1)
