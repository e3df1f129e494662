"""The command that writes a first site file: init."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import PipelineName, read_settings


@app.command()
def init(
    exports: Annotated[list[str], typer.Argument(help="Exports to look at: paths or globs.")],
    out: Annotated[Path, typer.Option("--out", help="The site file to write.")] = Path("site.toml"),
    pipeline: PipelineName = DEFAULT_PIPELINE,
) -> None:
    """Propose a site file from looking at exports: columns, dates, statuses, procedures."""
    from auditor.errors import OutputError
    from auditor.onboarding.proposing import propose_site

    if out.exists():
        raise OutputError(f"{out}: is there already; name another file, or move it away.")
    proposal = propose_site(exports, read_settings(pipeline, None))
    try:
        out.write_text(proposal.text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}).") from error
    for line in proposal.tables:
        typer.echo(line)
    typer.echo(f"Wrote {out}: read it through; {proposal.todos} places in it begin with # TODO.")
    if proposal.missing:
        typer.echo(f"Needed and not found: {', '.join(proposal.missing)}.")
    typer.echo(
        f"Then: auditor check --site {quote(str(out))} {' '.join(map(quote, proposal.exports))}"
    )
