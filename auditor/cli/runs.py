"""The commands that judge: run, rejudge, demo."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import (
    SAMPLE_AS_OF,
    AsOf,
    LedgerUrl,
    Orders,
    Out,
    PipelineName,
    Reports,
    SiteFile,
    Workers,
    iso_date,
    read_settings,
)
from auditor.cli.terminal import Progress, print_summary

if TYPE_CHECKING:
    from auditor.config.pipeline import Pipeline


@app.command()
def run(
    reports: Reports,
    orders: Orders,
    out: Out,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
    as_of: AsOf = "",
    ledger: LedgerUrl = "",
    workers: Workers = 1,
) -> None:
    """Audit exports: find the cases, judge their pathways, write the workbook and tables."""
    _run(reports, orders, out, read_settings(pipeline, site), as_of, ledger, workers)


@app.command()
def rejudge(
    ledger: LedgerUrl,
    out: Out,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
    as_of: AsOf = "",
) -> None:
    """Judge everybody in a ledger again without the exports, e.g. by new rules."""
    from auditor.job import Request
    from auditor.job import rejudge as judge_again

    request = Request(
        pipeline=read_settings(pipeline, site),
        out=out,
        ledger=ledger,
        as_of=iso_date(as_of),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    results = judge_again(request)
    print_summary(results, out)
    for warning in results.run.warnings:
        typer.echo(warning)


@app.command()
def demo(out: Out = Path("out/demo")) -> None:
    """Audit the invented sample exports that come with the tool."""
    from auditor.bundled import sample_folder

    folder = sample_folder()
    reports, orders = [str(folder / "reports.csv")], [str(folder / "orders.csv")]
    _run(reports, orders, out, read_settings(DEFAULT_PIPELINE, None), SAMPLE_AS_OF, "", 1, today="")


def _run(
    reports: list[str],
    orders: list[str],
    out: Path,
    pipeline: Pipeline,
    as_of: str,
    ledger: str,
    workers: int,
    today: str | None = None,
) -> None:
    from auditor.job import Request, run_audit

    request = Request(
        pipeline=pipeline,
        reports=tuple(reports),
        orders=tuple(orders),
        out=out,
        ledger=ledger or None,
        as_of=iso_date(as_of),
        workers=workers,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        today=date.today().isoformat() if today is None else today,
    )
    with Progress() as progress:
        results = run_audit(request, progress)
    print_summary(results, out)
