"""The commands of unattended nights: nightly, status, doctor, purge."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.bundled import DEFAULT_PIPELINE
from auditor.cli.app import app
from auditor.cli.options import LedgerUrl, iso_date
from auditor.cli.terminal import Progress, fail

if TYPE_CHECKING:
    from auditor.config.pipeline import Pipeline
    from auditor.nightly.plan import Plan
    from auditor.nightly.settings import NightSettings

# What status shows of a night.
_COUNTS = {
    "rows_in": "Rows",
    "rows_set_aside": "Aside",
    "rows_new": "New",
    "cases": "Cases",
    "cases_new": "New",
    "flags_new": "Flags",
    "seconds": "Sec",
}

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
    from auditor.config.nightly import Gates
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
    return Plan(
        nightly=settings.nightly,
        base=settings.base,
        site=settings.site.name,
        rules=_rules(settings),
        started=started,
        ledger=settings.ledger,
        environment=os.environ,
        accept=frozenset(accept),
        rehearse=dry_run,
        progress=progress,
    )


def _rules(settings: NightSettings | None) -> Callable[[], Pipeline]:
    """Reads the pipeline that a site names, by a folder below its own or by name."""
    from auditor.bundled import find_pipeline
    from auditor.config.pipeline import read_pipeline
    from auditor.config.site import Site as SiteSettings

    if settings is None:
        return lambda: read_pipeline(find_pipeline(DEFAULT_PIPELINE), SiteSettings())
    name, base, chosen = settings.nightly.pipeline, settings.base, settings.site
    place = str(base / name) if name and (base / name).is_dir() else name
    return lambda: read_pipeline(find_pipeline(place or DEFAULT_PIPELINE), chosen)


@app.command()
def status(
    site: Site,
    nights: Annotated[int, typer.Option("--nights", min=1, help="How many to show.")] = 14,
) -> None:
    """Show the last nights as a table: when, rows, new cases, flags, checks, time."""
    from rich.console import Console
    from rich.table import Table

    from auditor.nightly.history import read_nights
    from auditor.nightly.outputs import Outputs

    settings = _settings(site)
    history = read_nights(Outputs(settings.base / settings.nightly.outputs).history)[-nights:]
    table = Table(title=f"Nights of {settings.site.name or site.name}", box=None, pad_edge=False)
    for heading in ("Night", "Outcome"):
        table.add_column(heading, no_wrap=True)
    for heading in _COUNTS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Checks", overflow="fold")
    for night in history:
        fired = [f"{gate.name} ({gate.outcome})" for gate in night.gates if gate.outcome != "ok"]
        counts = {**night.counts, "seconds": round(night.seconds)}
        table.add_row(
            night.started[:16].replace("T", " "),
            night.outcome,
            *(f"{counts[name]:,}" if name in counts else "" for name in _COUNTS),
            ", ".join(fired),
        )
    Console().print(table)
    last = history[-1] if history else None
    if last is None:
        typer.echo("No night has been taken yet.")
    elif last.said:
        typer.echo(f"The last night: {last.said}")


@app.command()
def doctor(
    site: Annotated[
        Path | None, typer.Argument(help="The site file; else the installation alone.")
    ] = None,
) -> None:
    """Check an installation: versions, rights, ledger, disk, pipeline, time; say how to mend it."""
    from auditor.nightly.doctor import examine

    settings = _settings(site) if site else None
    now = datetime.now().astimezone()
    code = 0
    for finding in examine(_rules(settings), settings, now, os.environ):
        typer.echo(f"{finding.state:<5}{finding.name:<10}{finding.said}")
        if finding.mend:
            typer.echo(f"{'':<15}{finding.mend}")
        code = code or finding.exit_code
    if code:
        raise SystemExit(code)


@app.command()
def purge(
    site: Annotated[
        Path | None, typer.Option("--site", help="Site file: its ledger and its outputs.")
    ] = None,
    ledger: LedgerUrl = "",
    patient: Annotated[
        list[str] | None,
        typer.Option("--patient", help="A patient's id, - for a list on stdin; may be repeated."),
    ] = None,
    before: Annotated[
        str,
        typer.Option("--before", help="All patients without any row of this date or later."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only counted.")] = False,
) -> None:
    """Take patients out of a ledger for good, by id or by age, and record that it was done."""
    from auditor.nightly.purge import Selection, count_selected, purge_ledger, purge_site

    if bool(patient) == bool(before) or bool(site) == bool(ledger):
        raise typer.BadParameter("give --site or --ledger, and --patient or --before")
    selection = Selection(_patients(patient or []), iso_date(before, "--before"))
    settings = _settings(site) if site else None
    url = settings.ledger if settings else ledger
    if not yes:
        count = count_selected(url, selection)
        typer.echo(f"{count:,} patients would be taken out for good. Say --yes to do it.")
        return
    purged = datetime.now().astimezone().isoformat(timespec="seconds")
    if settings:
        root = settings.base / settings.nightly.outputs
        done = purge_site(url, selection, root, _rules(settings), purged=purged)
    else:
        done = purge_ledger(url, selection, purged=purged)
    typer.echo(
        f"{done.purge_id}: {done.patients:,} patients, {done.reports:,} reports, "
        f"{done.orders:,} orders and {done.cases:,} cases were taken out of the ledger."
    )
    typer.echo("Exports and backups still hold them; an export that comes again brings them back.")
    if not settings:
        typer.echo("So do outputs: delete old ones, and write new ones with auditor rejudge.")


def _patients(given: list[str]) -> tuple[str, ...]:
    """Ids as given; those on stdin a line each, so that they stand in no list of processes."""
    ids = [one for one in given if one != "-"]
    if "-" in given:
        ids += [line.strip() for line in sys.stdin if line.strip()]
    return tuple(ids)
