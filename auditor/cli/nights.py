"""The commands of unattended nights: nightly, status, doctor, purge."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.terminal import Progress, fail

if TYPE_CHECKING:
    from auditor.nightly.plan import Plan
    from auditor.nightly.settings import NightSettings

Site = Annotated[Path, typer.Argument(help="The site file, with its [nightly] table.")]


@app.command()
def nightly(
    site: Site,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, judge and check; write nothing.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", help="A check that only warns tonight; may be repeated."),
    ] = None,
) -> None:
    """Take one unattended night: new files in, checks, ledger, outputs, word for the morning."""
    from auditor.nightly.letter import write_letter
    from auditor.nightly.night import take_night

    settings = _settings(site)
    with Progress() as progress:
        plan = _plan(settings, dry_run, accept or [], progress)
        night = take_night(plan)
    typer.echo(write_letter(night, plan.outputs, site=plan.site).text, nl=False)
    if night.exit_code:
        fail(night.said or "a check would stop this night.", night.exit_code)


def _settings(site: Path) -> NightSettings:
    from auditor.nightly.settings import read_night_settings

    return read_night_settings(site, os.environ)


def _plan(settings: NightSettings, dry_run: bool, accept: list[str], progress: Progress) -> Plan:
    from auditor.bundled import find_pipeline
    from auditor.config.nightly import Gates
    from auditor.config.pipeline import read_pipeline
    from auditor.logs import set_up_json_logging
    from auditor.nightly.plan import Plan

    unknown = sorted(set(accept) - Gates.model_fields.keys())
    if unknown:
        names = ", ".join(Gates.model_fields)
        raise typer.BadParameter(f"--accept {unknown[0]}: the checks are {names}")
    # In the machine's own time, with its offset: a night is the day that people call it by.
    started = datetime.now().astimezone()
    if settings.nightly.log == "json":
        set_up_json_logging(f"N-{started:%Y%m%dT%H%M%S}")
    name = settings.nightly.pipeline
    return Plan(
        nightly=settings.nightly,
        base=settings.base,
        site=settings.site.name,
        rules=lambda: read_pipeline(
            find_pipeline(_place(settings.base, name) if name else DEFAULT_PIPELINE), settings.site
        ),
        started=started,
        ledger=settings.ledger,
        environment=os.environ,
        accept=frozenset(accept),
        rehearse=dry_run,
        progress=progress,
    )


def _place(base: Path, name: str) -> str:
    """A pipeline's folder below the site file's, else its name."""
    return str(base / name) if (base / name).is_dir() else name
