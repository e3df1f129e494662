"""The command line's root: its name, its help, and what goes before every command."""

from __future__ import annotations

from typing import Annotated

import typer

from auditor import __version__

app = typer.Typer(
    name="auditor",
    help="Audits what happened after an exam: find the cases, rebuild each patient's pathway, "
    "flag what went wrong, and say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def set_up(
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log each stage to stderr.")] = False,
) -> None:
    """Set up logging, or show the version and end."""
    from auditor.logs import set_up_logging

    set_up_logging(verbose=verbose)
    if version:
        typer.echo(f"auditor {__version__}")
        raise typer.Exit
