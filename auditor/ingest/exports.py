"""Sources that hold both tables at once: messages, resources, OMOP tables, databases.

A new kind is an entry in `EXPORTS` and in `_kind_of`. Kinds are told from content, not from names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest import databases, delimited
from auditor.ingest.archives import ARCHIVE_START
from auditor.ingest.fhir import read_fhir
from auditor.ingest.hl7v2 import read_hl7v2
from auditor.ingest.omop import read_omop
from auditor.ingest.omop_tables import table_of
from auditor.ingest.opening import find_files, open_content
from auditor.ingest.parts import Notes, Part, Source
from auditor.ingest.sql import read_sql

EXPORTS: dict[str, Callable[[Source, Site, Notes], Iterator[Part]]] = {
    "fhir": read_fhir,
    "hl7v2": read_hl7v2,
    "omop": read_omop,
    "sql": read_sql,
}

_LOOKED_AT = 1 << 16
_MESSAGES = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x0b\x1c]*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_RESOURCES = re.compile(rb'(?:\xef\xbb\xbf)?\s*[\[{].*"resourceType"\s*:', re.DOTALL)
_SQLITE = b"SQLite format 3\0"
_KNOWN = "HL7 v2 messages, FHIR resources (JSON), OMOP tables (CSV) and databases by URL"


def find_sources(
    names: Sequence[str], site: Site, notes: Notes, environment: Mapping[str, str] | None = None
) -> list[Source]:
    """What paths, globs, folders and URLs name, put together by kind.

    All FHIR files belong together, and so do the OMOP files of one folder. In a folder, files of
    other kinds are passed over; one that is named by itself must be of a known kind.

    Args:
        names: As given on the command line.
        site: The site's choices.
        notes: Filled with what is passed over.
        environment: Variables that a database's URL may name.

    Raises:
        SourceError: A name finds nothing, or something that is of no kind known here.
    """
    found: dict[tuple[str, str], dict[Path, Path]] = {}
    sources: list[Source] = []
    for name in names:
        if databases.is_url(name):
            sources.append(_database(databases.fill_url(name, environment or {}), site))
            continue
        for path, kind in _kinds_in(name, notes):
            if kind == "database":
                sources.append(_database(f"sqlite:///{path}", site))
            else:
                where = str(path.parent) if kind == "omop" else ""
                found.setdefault((kind, where), {})[path.resolve()] = path
    for (kind, where), paths in sorted(found.items()):
        files = tuple(sorted(paths.values()))
        sources.append(Source(kind, where or str(files[0]), files))
    return sources


def _kinds_in(name: str, notes: Notes) -> list[tuple[Path, str]]:
    """The files that a name finds, with their kinds."""
    folder = Path(name)
    if not folder.is_dir():
        kinds = [(path, _kind_of(path)) for path in find_files([name])]
        other = next((path for path, kind in kinds if not kind), None)
        if other is not None:
            raise SourceError(
                f"{other}: holds no {_KNOWN.replace(' and ', ' or ')}; give a table of reports "
                "by --reports and one of orders by --orders."
            )
        return kinds
    files = _files_in(folder)
    kinds = [(path, kind) for path in files if (kind := _kind_in_folder(path))]
    if not kinds:
        raise SourceError(f"{name}: this folder holds no exports; known are {_KNOWN}.")
    if len(kinds) < len(files):
        notes.add(
            "Files in folders of exports that are of no known kind, passed over",
            len(files) - len(kinds),
        )
    return kinds


def _kind_in_folder(path: Path) -> str:
    """As `_kind_of`; an archive that may lie beside what was taken out of it is passed over."""
    try:
        return _kind_of(path)
    except SourceError:
        with suppress(OSError), path.open("rb") as plain:
            if plain.read(4) == ARCHIVE_START:
                return ""
        raise


def read_source(source: Source, site: Site, notes: Notes) -> Iterator[Part]:
    """The rows of a source, in runs; a file that gives none gives one empty run.

    So an empty feed is not taken for none, and a file that only others refer to is recorded too.

    Raises:
        SourceError, ConfigError: See the reader.
    """
    given: set[str] = set()
    for part in EXPORTS[source.kind](source, site, notes):
        given.add(part.file)
        yield part
    for path in source.files:
        if str(path) not in given:
            yield Part.empty("reports", str(path))


def _files_in(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, sorted; links and hidden files are passed over."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _kind_of(path: Path) -> str:
    """What a file holds: a key of `EXPORTS`, `database`, or empty."""
    with open_content(path) as content:
        start = content.read(_LOOKED_AT)
    if start.startswith(_SQLITE):
        return "database"
    if _MESSAGES.match(start):
        return "hl7v2"
    if _RESOURCES.match(start):
        return "fhir"
    if start[:1] in b"{[<" or b"\0" in start[:1024]:
        return ""
    try:
        header = delimited.read_layout(path, Site().files).header
    except SourceError:
        return ""
    return "omop" if table_of(header) else ""


def _database(url: str, site: Site) -> Source:
    kind = "sql" if site.sql.reports or site.sql.orders else "omop"
    return Source(kind, databases.title_of(url), url=url)
