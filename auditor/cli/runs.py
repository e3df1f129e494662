"""The commands that judge: run, rejudge, demo."""

from __future__ import annotations

import os
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import (
    SAMPLE_AS_OF,
    AsOf,
    Engine,
    Exports,
    LedgerUrl,
    Orders,
    Out,
    PipelineName,
    Reports,
    SiteFile,
    TimeLimit,
    Workers,
    choose_workers,
    iso_date,
    read_settings,
)
from auditor.cli.terminal import Progress, print_summary
from auditor.execution.starting import warm_up


@app.command()
def run(
    out: Out,
    reports: Reports = None,
    orders: Orders = None,
    exports: Exports = None,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
    as_of: AsOf = "",
    ledger: LedgerUrl = "",
    workers: Workers = None,
    engine: Engine = "local",
    time_limit: TimeLimit = 120.0,
) -> None:
    """Audit exports: find the cases, judge their pathways, write the workbook and tables."""
    if not (reports or orders or exports):
        raise typer.BadParameter("give exports to audit: --reports and --orders, or --exports")
    if reports and not (orders or exports):
        typer.echo("No orders were given: what only an order tells of is not known.", err=True)
    chosen = choose_workers(workers, engine)
    if chosen and engine == "local":
        warm_up()
    _run(
        pipeline=read_settings(pipeline, site),
        reports=tuple(reports or ()),
        orders=tuple(orders or ()),
        exports=tuple(exports or ()),
        environment=os.environ,
        out=out,
        ledger=ledger or None,
        as_of=iso_date(as_of),
        workers=chosen,
        engine=engine,
        limit_s=time_limit,
        today=date.today().isoformat(),
    )


@app.command()
def rejudge(
    ledger: LedgerUrl,
    out: Out,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
    as_of: AsOf = "",
) -> None:
    """Judge everybody in a ledger again without the exports, e.g. by new rules."""
    from auditor.job import rejudge as judge_again
    from auditor.request import Request

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

    warm_up()
    folder = sample_folder()
    _run(
        pipeline=read_settings(DEFAULT_PIPELINE, None),
        reports=(str(folder / "reports.csv"),),
        orders=(str(folder / "orders.csv"),),
        out=out,
        as_of=SAMPLE_AS_OF,
        workers=choose_workers(None, "local"),
    )


def _run(out: Path, engine: str = "local", **settings: Any) -> None:
    """Run an audit, with the settings of a `Request`, and show how it ended."""
    from auditor.readers import open_readers
    from auditor.request import Request

    started = datetime.now(UTC).isoformat(timespec="seconds")
    request = Request(out=out, engine=engine, started=started, **settings)
    with open_readers(request) if engine == "local" else nullcontext() as readers:
        if readers is not None:
            readers.start()
        # Imported while they start.
        from auditor.job import run_audit

        with Progress() as progress:
            results = run_audit(request, progress, readers)
    print_summary(results, out)
