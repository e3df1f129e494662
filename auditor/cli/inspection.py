"""The commands that look and write nothing: check, explain."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import LedgerUrl, PipelineName, SiteFile, read_settings
from auditor.cli.terminal import print_page

if TYPE_CHECKING:
    from auditor.config.nightly import Nightly
    from auditor.profile.counts import Totals


@app.command()
def check(
    exports: Annotated[
        list[str] | None,
        typer.Argument(help="Exports to look through: paths, globs, folders or a database URL."),
    ] = None,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
) -> None:
    """Say what would be wrong with a pipeline, a site file or exports; write nothing."""
    from auditor.profile.counts import Totals
    from auditor.profile.exports import profile_exports

    chosen = read_settings(pipeline, site)
    typer.echo(f"Pipeline {chosen.file.name} {chosen.file.version}: in order.")
    if site:
        typer.echo(f"Site file {site}: in order.")
    totals = Totals()
    for line in profile_exports(
        exports or [], chosen, os.environ, totals, site_file=str(site or "")
    ):
        typer.echo(line)
    if site and exports and chosen.site.nightly:
        for line in _unlike_other_nights(site, chosen.site.nightly, totals):
            typer.echo(line)


def _unlike_other_nights(site: Path, nightly: Nightly, totals: Totals) -> Iterator[str]:
    """What would make these exports a night unlike those that the site has had."""
    from auditor.nightly.likeness import compare_with_nights

    yield from compare_with_nights(
        site.parent / nightly.outputs,
        nightly,
        date.today().isoformat(),
        rows_in=totals.rows_in,
        set_aside=totals.set_aside,
        counts=totals.counts | totals.links.counts(),
    )


@app.command()
def explain(
    case_id: Annotated[
        str, typer.Argument(help="The case, as its row in cases.csv names it.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Output folder of a run.")] = None,
    ledger: LedgerUrl = "",
    text: Annotated[str, typer.Option("--text", help="A text file to read, - for stdin.")] = "",
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
) -> None:
    """Why a case was judged so: timeline, sentences, cues, rules. Or how a text is read."""
    from auditor.explain import explain_from_ledger, explain_from_outputs, explain_text

    if text:
        content = sys.stdin.read() if text == "-" else _text_of(Path(text))
        print_page(explain_text(content, read_settings(pipeline, site)))
    elif not case_id or bool(out) == bool(ledger):
        raise typer.BadParameter("give a CASE_ID with --out or --ledger, or --text FILE")
    elif out:
        print_page(explain_from_outputs(case_id, out, read_settings(pipeline, site)))
    else:
        print_page(explain_from_ledger(case_id, ledger, read_settings(pipeline, site)))


def _text_of(path: Path) -> str:
    from auditor.errors import SourceError

    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
