"""What was found -> the text of a site file: guesses with their reasons, and what is left to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.config.pipeline import Pipeline
from auditor.ingest.columns import fold_name
from auditor.ingest.schema import TABLES
from auditor.onboarding.dates import DateGuess
from auditor.onboarding.mapping import Mapped, Source, merge_sources
from auditor.onboarding.matching import is_birth
from auditor.onboarding.words import Listed, Word

TODO = "# TODO"
_WIDTH = 46
_SHOWN_FACILITIES = 10


@dataclass(frozen=True)
class Findings:
    """All that was found.

    Attributes:
        tables: What each table of each file was taken for.
        native: Files whose kind needs no mapping, with their kind.
        neither: Names of tables that are neither reports nor orders.
        dates: How dates are written.
        statuses: Status words that nothing knows.
        modalities: Modality words that nothing knows.
        procedures: Descriptions and codes that nothing knows.
    """

    tables: tuple[Mapped, ...]
    native: tuple[tuple[Path, str], ...]
    neither: tuple[str, ...]
    dates: DateGuess
    statuses: Listed
    modalities: Listed
    procedures: Listed


def write_site(found: Findings, pipeline: Pipeline) -> str:
    """The text of a site file."""
    blocks = [
        _head(found),
        _sheets(found.tables),
        *(_columns(found.tables, table) for table in TABLES),
        _dates(found.dates),
        _words("statuses", found.statuses, _status_choices(pipeline)),
        _words("modalities", found.modalities, sorted(pipeline.procedures.settings.modality.words)),
        _procedures(found.procedures, pipeline),
        _facilities(found.tables),
        _choices(pipeline),
    ]
    return "\n".join("\n".join(block) + "\n" for lines in blocks if (block := list(lines)))


def count_todos(text: str) -> int:
    """How many places of a site file are left to a person."""
    return sum(line.lstrip().startswith(TODO) for line in text.splitlines())


def _head(found: Findings) -> Iterator[str]:
    yield "# Site file, proposed by `auditor init` from:"
    for mapped in found.tables:
        rows = f"{mapped.seen.rows:,} rows"
        looked = f"its {rows}" if mapped.seen.whole else f"the first {rows}"
        yield f"#   {mapped.seen.name}: {mapped.table}, by {looked}"
    for path, kind in found.native:
        yield f"#   {path.name}: {kind}, which needs no columns to be named"
    for name in found.neither:
        yield f"#   {name}: neither reports nor orders, left out"
    yield "# A guess has its reason behind it: look through them. Where a line begins with"
    yield f'# "{TODO}", fill in what is missing and take the mark off, or leave it as it is.'
    yield "# Then run `auditor check` with this file and the exports."
    yield ""
    yield _line("name", '""', "the hospital's name, for the workbook")


def _sheets(tables: Sequence[Mapped]) -> Iterator[str]:
    sheets: dict[str, list[str]] = {}
    for mapped in tables:
        if mapped.seen.sheet:
            sheets.setdefault(mapped.table, []).append(mapped.seen.sheet)
    if not sheets:
        return
    yield "[files.sheets]"
    for table, names in sheets.items():
        yield _line(table, _quoted(names[0]), "the sheet that holds them")
        for other in names[1:]:
            yield f"{TODO} the sheet {_quoted(other)} holds {table} too: save it as a file"


# --- columns --------------------------------------------------------------------------------------


def _columns(tables: Sequence[Mapped], table: str) -> Iterator[str]:
    chosen = [mapped for mapped in tables if mapped.table == table]
    if not chosen:
        return
    yield f"[columns.{table}]"
    merged = merge_sources(chosen)
    as_named = []
    for column in (column.name for column in TABLES[table]):
        sources = merged.get(column, [])
        without = [mapped.seen.name for mapped in chosen if column not in mapped.sources]
        if sources and all(_is_named_so(source, column) for source, _ in sources):
            lacking = f" (not in {', '.join(without)})" if without else ""
            as_named.append(f"{column}{lacking}")
        elif sources:
            yield _column(column, sources, without, several=len(chosen) > 1)
    if as_named:
        yield f"# Named as in the contract: {', '.join(as_named)}."
    for mapped in chosen:
        for column in mapped.missing:
            yield f"{TODO} {mapped.seen.name}: nothing was found for {column}, which is needed."
        if "accession" not in mapped.sources:
            yield f"{TODO} {mapped.seen.name}: nothing was found for accession, which joins a"
            yield "# report to its order: without it the two count as exams of their own."
    yield from _leftovers(chosen, table, merged)


def _leftovers(
    chosen: Sequence[Mapped], table: str, merged: Mapping[str, Sequence[object]]
) -> Iterator[str]:
    """What the contract has and no file, and what the files have and nothing takes."""
    absent = [
        column.name
        for column in TABLES[table]
        if not column.required and column.name not in {*merged, "accession"}
    ]
    if absent:
        yield f"# Not found, and not needed: {', '.join(absent)}."
    for mapped in chosen:
        if mapped.unused:
            where = f" of {mapped.seen.name}" if len(chosen) > 1 else ""
            yield f"# Not used{where}: {', '.join(sorted(mapped.unused))}."
    births = sorted({t.name for m in chosen for t in m.seen.columns if is_birth(t)})
    if births:
        yield f"{TODO} {', '.join(births)} may hold dates of birth: leave them out of the export."


def _column(
    column: str,
    sources: Sequence[tuple[Source, str]],
    without: Sequence[str],
    *,
    several: bool,
) -> str:
    """The line of a contract column; of several files with different ways a list of them."""
    names = list(dict.fromkeys(name for source, _ in sources for name in source.names))
    entries = [_quoted(name) for name in names]
    # Names, then templates, then what stands where a file has neither.
    entries += [f"{{ template = {_quoted(s.template)} }}" for s, _ in sources if s.template]
    entries += [f"{{ value = {_quoted(s.value)} }}" for s, _ in sources if s.value]
    if without and not any(source.value for source, _ in sources):
        entries.append('{ value = "" }')
    reasons = [f"{files}: {s.reason}" if several else s.reason for s, files in sources]
    reasons += [f"{', '.join(without)}: not found"] if without else []
    value = entries[0] if len(entries) == 1 else f"[{', '.join(entries)}]"
    return _line(column, value, "; ".join(reasons))


def _is_named_so(source: Source, column: str) -> bool:
    return len(source.names) == 1 and fold_name(source.names[0]) == column


# --- dates and words ------------------------------------------------------------------------------


def _dates(dates: DateGuess) -> Iterator[str]:
    yield "[dates]"
    if dates.order:
        yield _line("order", _quoted(dates.order), dates.reason)
    elif dates.reason:
        yield f'{TODO} {dates.reason}: say "mdy" or "dmy"; until then they are set aside.'
        yield '# order = "mdy"'
    if dates.formats:
        listed = ", ".join(_quoted(form) for form, _ in dates.formats)
        counts = ", ".join(f"{count:,}" for _, count in dates.formats)
        yield _line("formats", f"[{listed}]", f"dates read by each: {counts}")
    if dates.short_years:
        yield (
            f"{TODO} {dates.short_years:,} dates have a year of two digits, which is refused: "
            "export them with four."
        )
    yield '# time_zone = "America/Chicago"   # where exports give times in UTC: told in local time'


def _words(table: str, listed: Listed, choices: Sequence[str]) -> Iterator[str]:
    if not listed.words:
        return
    yield f"[{table}]   # one of: {', '.join(choices)}"
    for word in listed.words:
        if word.meaning:
            yield _line(
                _quoted(word.written), _quoted(word.meaning), f"{_rows(word)}: {word.reason}"
            )
        else:
            yield f'{TODO} {_quoted(word.written)} = ""   # {_rows(word)}'
    if listed.more:
        yield f"{TODO} {listed.more:,} more: see `auditor check`."


def _procedures(listed: Listed, pipeline: Pipeline) -> Iterator[str]:
    if not listed.words:
        return
    roles = ", ".join(pipeline.procedures.settings.roles)
    yield "# Procedures that nothing knows. Give each its role, one of:"
    yield f"# {roles}"
    for word in listed.words:
        mark = "" if word.meaning else "# "
        told = word.reason if word.meaning else "what is it?"
        yield f"{'#' if word.meaning else TODO} {_rows(word)}: {told}"
        yield f"{mark}[[procedures]]"
        yield f"{mark}description = {_quoted(word.written)}"
        yield f"{mark}role = {_quoted(word.meaning)}"
    if listed.more:
        yield f"{TODO} {listed.more:,} more: see `auditor check`."


def _facilities(tables: Sequence[Mapped]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for mapped in tables:
        traits = mapped.traits("facility")
        if traits is not None and traits.is_list:
            for name, rows in traits.words.items():
                counts[name] = counts.get(name, 0) + rows
    if not counts:
        return
    yield "# [facilities]   # names to show in place of the export's"
    for name, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[
        :_SHOWN_FACILITIES
    ]:
        yield f"# {_quoted(name)} = {_quoted(name)}   # {rows:,} rows"


# --- what a site may choose -----------------------------------------------------------------------


def _choices(pipeline: Pipeline) -> Iterator[str]:
    yield "# What the site may choose; as it stands, the pipeline's own values hold."
    yield "# [windows]"
    for name, window in pipeline.verdicts.windows.items():
        days = "" if window.days is None else window.days
        yield f"# {name} = {days}   # {window.meaning}"
    yield "# [settings]"
    for setting, value in pipeline.verdicts.settings.items():
        written = str(value).lower() if isinstance(value, bool) else json.dumps(list(value))
        yield f"# {setting} = {written}"
    yield "# [sign_off]   # until then the workbook says that nobody has approved the rules"
    yield '# approved_by = ""'
    yield '# role = ""'
    yield "# date = 2026-01-31"
    yield f"# version = {_quoted(pipeline.file.version)}"


def _status_choices(pipeline: Pipeline) -> list[str]:
    rules = pipeline.procedures
    words = {"completed", "scheduled", "cancelled"} | set(rules.report_statuses.values())
    return sorted(words - {"unknown"})


def _rows(word: Word) -> str:
    return f"{word.rows:,} row{'s' if word.rows != 1 else ''}"


def _line(key: str, value: str, reason: str) -> str:
    return f"{f'{key} = {value}':<{_WIDTH}}   # {reason}"


def _quoted(text: str) -> str:
    """A string of TOML; but for the sign that erases, JSON writes it alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
