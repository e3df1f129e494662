"""The command that invents exports: sample."""

from __future__ import annotations

from typing import Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import SAMPLE_AS_OF, AsOf, Out, PipelineName

_FORMATS = "csv, tsv, xlsx, parquet, jsonl, fhir, hl7v2, omop or sql."


@app.command()
def sample(
    out: Out,
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many patients.")] = 250,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same exports.")] = 7,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    as_of: AsOf = SAMPLE_AS_OF,
    kind: Annotated[str, typer.Option("--format", help=_FORMATS)] = "csv",
    case_rate: Annotated[
        float | None,
        typer.Option("--case-rate", help="Share of the patients drawn to be cases, 0 to 1."),
    ] = None,
) -> None:
    """Write invented exports with known truth."""
    from auditor.bundled import find_pipeline
    from auditor.sample import write_sample

    write_sample(
        out,
        patients=patients,
        seed=seed,
        pipeline_folder=find_pipeline(pipeline),
        as_of=as_of,
        kind=kind,
        case_rate=case_rate,
    )
    typer.echo(f"Wrote {out}")
