"""Exports -> what they hold, line by line; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote

from auditor.config.pipeline import Pipeline
from auditor.errors import SourceError
from auditor.ingest.canonical import Batch, check_files, map_columns, read_batches, read_exports
from auditor.ingest.databases import is_url
from auditor.ingest.exports import find_sources
from auditor.ingest.opening import find_files
from auditor.ingest.parts import Notes
from auditor.ingest.schema import TABLES
from auditor.privacy.checking import CheckedReader
from auditor.profile.counts import Profile, Totals
from auditor.profile.lines import columns_lines, profile_lines, totals_lines


def profile_exports(
    exports: Sequence[str],
    pipeline: Pipeline,
    environment: Mapping[str, str] | None = None,
    totals: Totals | None = None,
    *,
    site_file: str = "",
) -> Iterator[str]:
    """Lines that say what each export holds and what to do about it; nothing is written.

    Args:
        exports: Paths, globs, folders and URLs, of tables and of what holds both alike.
        pipeline: The pipeline, with the site's choices in it.
        environment: Variables that a URL may name.
        totals: Filled with what is counted over all exports.
        site_file: The site file, as the call that audits the exports names it.

    Raises:
        SourceError: A file cannot be read or is neither reports nor orders.
    """
    totals = Totals() if totals is None else totals
    tables, both = _sort_out(exports, pipeline)
    reader = CheckedReader(pipeline)
    # All are looked at before the first is read.
    found = [(path, table) for path in tables for table in _tables_of(path, pipeline)]
    notes = Notes()
    sources = find_sources(both, pipeline.site, notes, environment or {})
    for path, table in found:
        profile = Profile(table)
        for batch in read_batches([path], table, pipeline.site):
            _add(profile, batch, reader, totals)
        header, origins = map_columns(path, table, pipeline.site)
        yield from ("", f"{path}: {table}")
        yield from profile_lines(profile, pipeline, columns_lines(profile, header, origins))
    for source in sources:
        profiles = {table: Profile(table) for table in TABLES}
        for batch in read_exports([source], pipeline.site, notes):
            _add(profiles[batch.table], batch, reader, totals)
        files = f", {len(source.files):,} files" if len(source.files) > 1 else ""
        for table, profile in profiles.items():
            if profile.rows_in:
                yield from ("", f"{source.name} ({source.kind}{files}): {table}")
                yield from profile_lines(profile, pipeline, columns_lines(profile))
        if not any(profile.rows_in for profile in profiles.values()):
            yield from (
                "",
                f"{source.name} ({source.kind}{files}): holds neither reports nor orders",
            )
    if exports:
        yield from totals_lines(totals, notes)
        yield _call(found, both, site_file)


def _call(tables: Sequence[tuple[Path, str]], both: Sequence[str], site_file: str) -> str:
    """The call that audits these exports."""
    given = [
        f"--{table} {quote(str(path))}"
        for name in TABLES
        for path, table in tables
        if table == name
    ]
    given += [f"--exports {quote(name)}" for name in both]
    given += [f"--site {quote(site_file)}"] if site_file else []
    return f"To audit these: auditor run {' '.join(given)} --out out/audit"


def _add(profile: Profile, batch: Batch, reader: CheckedReader, totals: Totals) -> None:
    profile.add(batch, reader.read(batch.table, batch.rows), totals)


def _sort_out(exports: Sequence[str], pipeline: Pipeline) -> tuple[list[Path], list[str]]:
    """Files of single tables, and names of what holds both."""
    names = [name for name in exports if is_url(name) or Path(name).is_dir()]
    rest = [name for name in exports if name not in names]
    tables = []
    for path in find_files(rest):
        try:
            find_sources([str(path)], pipeline.site, Notes())
        except SourceError:
            tables.append(path)
        else:
            names.append(str(path))
    return tables, names


def _tables_of(path: Path, pipeline: Pipeline) -> list[str]:
    """Which canonical tables a file holds: those whose needed columns it has."""
    problems = {}
    for table in TABLES:
        try:
            check_files([path], table, pipeline.site)
        except SourceError as error:
            problems[table] = str(error)
    if len(problems) == len(TABLES):
        said = [problem.removeprefix(f"{path}: ") for problem in problems.values()]
        if len(set(said)) == 1:
            raise SourceError(f"{path}: {said[0]}")
        reports, orders = (one.partition(". ")[0].rstrip(".") for one in said)
        raise SourceError(
            f"{path}: is neither reports ({reports}) nor orders ({orders}); "
            "auditor init, given all exports, writes a site file that maps their columns."
        )
    return [table for table in TABLES if table not in problems]
