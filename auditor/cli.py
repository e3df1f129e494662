"""The command line: arguments in, exit code out. Only this module prints."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor import __version__
from auditor.bundled import DEFAULT_PIPELINE
from auditor.errors import AuditError

if TYPE_CHECKING:
    from auditor.config.pipeline import Pipeline
    from auditor.workbook.results import Results

app = typer.Typer(
    name="auditor",
    help="Audits what happened after a radiograph: find the cases, rebuild each patient's pathway, "
    "flag what went wrong, and say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Reports = Annotated[list[str], typer.Option("--reports", help="Report exports: paths or globs.")]
Orders = Annotated[list[str], typer.Option("--orders", help="Order exports: paths or globs.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the outputs; made where missing.")]
PipelineName = Annotated[
    str, typer.Option("--pipeline", help="Name of a bundled pipeline, or a pipeline folder.")
]
SiteFile = Annotated[Path | None, typer.Option("--site", help="The site's own settings (TOML).")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", help="Date of the audit (YYYY-MM-DD); else the newest in the data."),
]
LedgerUrl = Annotated[
    str, typer.Option("--ledger", help="Database that keeps the history: a path or a URL.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Number of reading processes.")]


_SAMPLE_AS_OF = "2026-06-30"
# What typer returns, and shells expect, after Ctrl-C.
_INTERRUPTED = 130


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log each stage to stderr.")] = False,
) -> None:
    from auditor.logs import set_up_logging

    set_up_logging(verbose=verbose)
    if version:
        typer.echo(f"auditor {__version__}")
        raise typer.Exit


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
    _run(reports, orders, out, _read(pipeline, site), as_of, ledger, workers)


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
        pipeline=_read(pipeline, site),
        out=out,
        ledger=ledger,
        as_of=_iso_date(as_of),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    results = judge_again(request)
    _print_summary(results, out)
    for warning in results.run.warnings:
        typer.echo(warning)


@app.command()
def demo(out: Out = Path("out/demo")) -> None:
    """Audit the invented sample exports that come with the tool."""
    from auditor.bundled import sample_folder

    folder = sample_folder()
    reports, orders = [str(folder / "reports.csv")], [str(folder / "orders.csv")]
    _run(reports, orders, out, _read(DEFAULT_PIPELINE, None), _SAMPLE_AS_OF, "", 1, today="")


@app.command()
def check(
    exports: Annotated[list[str] | None, typer.Argument(help="Exports to look through.")] = None,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    site: SiteFile = None,
) -> None:
    """Say what would be wrong with a pipeline, a site file or exports; write nothing."""
    from auditor.profile import profile_exports

    chosen = _read(pipeline, site)
    typer.echo(f"Pipeline {chosen.file.name} {chosen.file.version}: in order.")
    if site:
        typer.echo(f"Site file {site}: in order.")
    for line in profile_exports(exports or [], chosen):
        typer.echo(line)


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
        _print(explain_text(content, _read(pipeline, site)))
    elif not case_id or bool(out) == bool(ledger):
        raise typer.BadParameter("give a CASE_ID with --out or --ledger, or --text FILE")
    elif out:
        _print(explain_from_outputs(case_id, out, _read(pipeline, site)))
    else:
        _print(explain_from_ledger(case_id, ledger, _read(pipeline, site)))


@app.command()
def sample(
    out: Out,
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many patients.")] = 250,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same exports.")] = 7,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    as_of: AsOf = _SAMPLE_AS_OF,
) -> None:
    """Write invented exports with known truth."""
    from auditor.bundled import find_pipeline
    from auditor.sample import write_sample

    files = write_sample(
        out, patients=patients, seed=seed, pipeline_folder=find_pipeline(pipeline), as_of=as_of
    )
    typer.echo(f"Wrote {files.reports.parent}")


def main() -> None:
    """Run the command line and end with the documented exit code."""
    _show_what_can_be_shown()
    try:
        code = app(standalone_mode=False)
    except AuditError as error:
        _fail(str(error), error.exit_code)
    except typer.Abort:
        _fail("Stopped.", _INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a name, never a value
        if not (hasattr(error, "exit_code") and hasattr(error, "format_message")):
            _defect(error)
        elif type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
            raise SystemExit(2) from None
        else:
            _fail(f"{error.format_message()} Try 'auditor --help'.", 2)
    else:
        if code == _INTERRUPTED:
            _fail("Stopped.", _INTERRUPTED)


def _show_what_can_be_shown() -> None:
    """A terminal of few characters shows `?` for an arrow; it does not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


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
        as_of=_iso_date(as_of),
        workers=workers,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        today=date.today().isoformat() if today is None else today,
    )
    with _Progress() as progress:
        results = run_audit(request, progress)
    _print_summary(results, out)


class _Progress:
    """A counter on the terminal; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._status: Any = None

    def __enter__(self) -> _Progress:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Reading exports")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, stage: str, done: int) -> None:
        if self._status is not None:
            self._status.update(f"{stage}: {done:,} rows")


def _print_summary(results: Results, out: Path) -> None:
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


def _read(name: str, site: Path | None) -> Pipeline:
    from auditor.bundled import find_pipeline
    from auditor.config.pipeline import read_pipeline
    from auditor.config.site import read_site

    return read_pipeline(find_pipeline(name), read_site(site))


def _iso_date(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter("--as-of must be a date like 2026-06-30") from None


def _text_of(path: Path) -> str:
    from auditor.errors import SourceError

    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error


def _print(content: Any) -> None:
    from rich.console import Console

    Console().print(content, highlight=False)


def _fail(message: str, code: int) -> None:
    typer.echo(f"auditor: {message}", err=True)
    raise SystemExit(code)


def _defect(error: Exception) -> None:
    """Name a defect of ours without its values: they may hold a patient's text."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    _fail(f"a defect of the auditor ({type(error).__name__} at {place}). Please report it.", 1)


if __name__ == "__main__":
    main()
