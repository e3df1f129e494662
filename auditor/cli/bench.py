"""The command that measures: bench."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import Out, PipelineName, SiteFile, read_settings, usable_cores
from auditor.cli.terminal import Progress

if TYPE_CHECKING:
    from auditor.bench.corpus import Corpus
    from auditor.bench.measures import Measure
    from auditor.config.pipeline import Pipeline


@app.command()
def bench(
    reports: Annotated[
        int, typer.Option("--reports", min=1_000, help="Size of the invented corpus, in reports.")
    ] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same corpus.")] = 1,
    kind: Annotated[
        str, typer.Option("--format", help="Kind of its files: csv or parquet.")
    ] = "csv",
    source: Annotated[
        Path | None, typer.Option("--from", help="Measure on this export of reports instead.")
    ] = None,
    orders: Annotated[
        Path | None, typer.Option("--orders", help="With --from: its export of orders.")
    ] = None,
    out: Out = Path("out/bench"),
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
) -> None:
    """Measure how fast this machine audits, and with how much memory; write it as JSON."""
    from auditor.bench.benchmark import Plan, describe, run_stages, run_whole

    chosen = read_settings(pipeline, site)
    corpus = _corpus(out, reports, seed, kind, source, orders, chosen)
    typer.echo(f"Corpus: {corpus.report_rows:,} reports, {corpus.megabytes:,.0f} MB")
    options = ["--pipeline", pipeline, *(["--site", str(site)] if site else [])]
    plan = Plan(corpus, chosen, options, sorted({1, min(usable_cores(), 2)}), out)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    with Progress() as progress:
        measures = []
        for one in chain(run_stages(plan), run_whole(plan)):
            progress(one.name, one.rows)
            measures.append(one)
    _show(measures)
    record = describe(plan, measures, started=started)
    path = out / "bench.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"Record: {path}")


def _corpus(
    out: Path,
    reports: int,
    seed: int,
    kind: str,
    source: Path | None,
    orders: Path | None,
    pipeline: Pipeline,
) -> Corpus:
    from auditor.bench.corpus import KINDS, Corpus, build_corpus, count_rows, write_no_orders

    if kind not in KINDS:
        raise typer.BadParameter(f"--format must be one of: {', '.join(KINDS)}")
    if source is None:
        return build_corpus(
            out / "corpus", reports=reports, seed=seed, pipeline=pipeline, kind=kind
        )
    given = Corpus(source, orders or write_no_orders(out / "corpus"))
    return count_rows(given, pipeline)


def _show(measures: Iterable[Measure]) -> None:
    """Print the measures as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Benchmark", title_justify="left")
    for column in ("what", "rows", "seconds", "rows/s", "peak MB"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for one in measures:
        memory = f"{one.peak_mb:,.0f}" if one.peak_mb else "-"
        table.add_row(one.name, f"{one.rows:,}", f"{one.seconds:,.1f}", f"{one.rate:,.0f}", memory)
    Console().print(table)
