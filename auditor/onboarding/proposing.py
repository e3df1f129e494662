"""Exports in, the text of a site file out: looked at, mapped, checked."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.errors import AuditError, SourceError
from auditor.ingest.opening import find_files
from auditor.onboarding.dates import guess_dates
from auditor.onboarding.linking import find_accessions
from auditor.onboarding.looking import find_native, look_at, look_at_source
from auditor.onboarding.mapping import Mapped, Source, map_table
from auditor.onboarding.words import find_modalities, find_procedures, find_statuses
from auditor.onboarding.writing import Findings, count_todos, write_site


@dataclass(frozen=True)
class Proposal:
    """A site file that was proposed.

    Attributes:
        text: Its text.
        tables: One line on each table of the exports.
        todos: How many places are left to a person.
        missing: Needed columns that nothing was found for.
        exports: The files that hold reports or orders, as given.
    """

    text: str
    tables: tuple[str, ...]
    todos: int
    missing: tuple[str, ...]
    exports: tuple[str, ...]


def propose_site(exports: Sequence[str], pipeline: Pipeline) -> Proposal:
    """Propose a site file from looking at exports.

    Raises:
        SourceError: An export cannot be read, or none holds reports or orders.
    """
    found = _find(exports, pipeline)
    text = write_site(found, pipeline)
    _check(text, pipeline)
    lines = [_describe(mapped) for mapped in found.tables]
    lines += [f"{path.name}: {kind}, needs no columns to be named" for path, kind in found.native]
    lines += [f"{name}: neither reports nor orders, left out" for name in found.neither]
    missing = [f"{m.seen.name}: {name}" for m in found.tables for name in m.missing]
    paths = sorted(
        {str(mapped.seen.path) for mapped in found.tables} | {str(path) for path, _ in found.native}
    )
    return Proposal(text, tuple(lines), count_todos(text), tuple(missing), tuple(paths))


def _find(exports: Sequence[str], pipeline: Pipeline) -> Findings:
    rules = pipeline.procedures
    tables: list[Mapped] = []
    known: list[Mapped] = []
    native: list[tuple[Path, str]] = []
    neither: list[str] = []
    for path in find_files(exports):
        source = find_native(path, pipeline.site)
        if source is not None:
            native.append((path, source.kind))
            for table, seen in look_at_source(source, pipeline.site, rules).items():
                names = {t.name: Source(names=(t.name,)) for t in seen.columns}
                known.append(Mapped(seen, table, names))
            continue
        for seen in look_at(path, rules):
            mapped = map_table(seen)
            if mapped is None:
                neither.append(seen.name)
            else:
                tables.append(mapped)
    if not tables and not native:
        raise SourceError(
            f"{', '.join(neither)}: neither reports nor orders can be found in it; reports need "
            "a patient, an id, a date and a text, orders a patient, an id, a date and a procedure."
        )
    everything = [*tables, *known]
    find_accessions(everything)
    modalities = find_modalities(everything, rules)
    meanings = {word.written: word.meaning for word in modalities.words if word.meaning}
    return Findings(
        tables=tuple(tables),
        native=tuple(native),
        neither=tuple(neither),
        dates=guess_dates(tables),
        statuses=find_statuses(everything, rules),
        modalities=modalities,
        procedures=find_procedures(everything, rules, meanings),
    )


def _check(text: str, pipeline: Pipeline) -> None:
    """What is proposed must be a site file that the pipeline takes."""
    try:
        read_pipeline(pipeline.folder, Site.model_validate(tomllib.loads(text)))
    except (ValueError, AuditError) as error:
        raise AuditError(
            "the site file that was proposed is not in order. This is a defect of the auditor: "
            "please report it."
        ) from error


def _describe(mapped: Mapped) -> str:
    found = f"{len(mapped.sources)} columns found"
    lacks = f", nothing found for {', '.join(mapped.missing)}" if mapped.missing else ""
    return f"{mapped.seen.name}: {mapped.table}, {found}{lacks}"
