"""What exports hold, before anybody audits them: rows, reasons, dates, what nothing knows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from auditor.config.pipeline import Pipeline
from auditor.errors import SourceError
from auditor.ingest.canonical import check_files, read_batches
from auditor.ingest.opening import find_files
from auditor.language.procedures import classify_order, classify_report
from auditor.language.statuses import order_status, report_status

# Unknown words that are listed; the rest is counted.
SHOWN = 15
# Of a procedure that nothing tells apart: known, and of no interest.
_PROPOSED = "other"
# For each table: its columns for the time of the exam, its status, and its text.
_COLUMNS = {
    "reports": ("exam_datetime", "report_status", "report_text"),
    "orders": ("order_datetime", "status", "reason"),
}


@dataclass
class _Profile:
    rows_in: int = 0
    kept: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    accessions: set[str] = field(default_factory=set)


def profile_exports(exports: Sequence[str], pipeline: Pipeline) -> Iterator[str]:
    """Lines that say what each export holds and what to do about it; nothing is written.

    Raises:
        SourceError: A file cannot be read or is neither reports nor orders.
    """
    accessions: dict[str, set[str]] = {"reports": set(), "orders": set()}
    for path in find_files(exports) if exports else []:
        table = _table_of(path, pipeline)
        profile = _profile(path, table, pipeline)
        accessions[table] |= profile.accessions
        yield from _lines(path, table, profile, pipeline)
    if all(accessions.values()):
        both = accessions["reports"] & accessions["orders"]
        share = len(both) / len(accessions["reports"])
        yield f"Accessions of reports that are in the orders too: {len(both):,} ({share:.0%})."


def _table_of(path: Path, pipeline: Pipeline) -> str:
    """Which canonical table a file holds: the one whose needed columns it has."""
    problems = {}
    for table in ("reports", "orders"):
        try:
            check_files([path], table, pipeline.site)
        except SourceError as error:
            problems[table] = str(error)
        else:
            return table
    raise SourceError(
        f"{path}: is neither reports nor orders. As reports: {problems['reports']} "
        f"As orders: {problems['orders']}"
    )


def _profile(path: Path, table: str, pipeline: Pipeline) -> _Profile:
    profile = _Profile()
    for batch in read_batches([path], table, pipeline.site):
        profile.rows_in += batch.rows_in
        profile.kept += batch.rows.num_rows
        profile.reasons.update((row.reason, row.column) for row in batch.set_aside)
        _add(profile, table, batch.rows, pipeline)
    return profile


def _add(profile: _Profile, table: str, rows: pa.RecordBatch, pipeline: Pipeline) -> None:
    when, status_column, text_column = _COLUMNS[table]
    rules = pipeline.procedures
    for row in rows.to_pylist():
        columns = {
            "modality": row["modality"],
            "code": row["procedure_code"],
            "code_system": row["procedure_code_system"],
            "description": row["procedure_description"],
        }
        if table == "reports":
            procedure = classify_report(rules, **columns, text=row[text_column])
            status = report_status(rules, row[status_column])
        else:
            procedure = classify_order(rules, **columns, reason=row[text_column])
            status = order_status(rules, row[status_column])
        profile.days[row[when][:10]] += 1
        profile.kinds[procedure.kind] += 1
        if procedure.kind == "unknown":
            profile.procedures[
                (row["procedure_description"], row["modality"], row["procedure_code"])
            ] += 1
        if status == "unknown" and row[status_column]:
            profile.statuses[row[status_column]] += 1
        if row["accession"]:
            profile.accessions.add(row["accession"])


def _lines(path: Path, table: str, profile: _Profile, pipeline: Pipeline) -> Iterator[str]:
    yield ""
    yield f"{path}: {table}"
    aside = profile.rows_in - profile.kept
    yield f"  rows {profile.rows_in:,}, kept {profile.kept:,}, set aside {aside:,}"
    for (reason, column), count in sorted(profile.reasons.items()):
        yield f"    {reason}{f' in {column}' if column else ''}: {count:,}"
    if any(reason == "date_order_unknown" for reason, _ in profile.reasons):
        yield '    Say how dates are written: [dates] order = "mdy" or "dmy" in the site file.'
    if profile.days:
        first, last = min(profile.days), max(profile.days)
        yield f"  days {first} to {last}, {len(profile.days):,} with rows"
    yield "  kinds " + ", ".join(f"{kind} {n:,}" for kind, n in sorted(profile.kinds.items()))
    yield from _unknown_procedures(profile, pipeline)
    for word, count in sorted(profile.statuses.items(), key=_by_count)[:SHOWN]:
        yield f'  unknown status "{word}" ({count:,}): map it under [statuses] in the site file'


def _unknown_procedures(profile: _Profile, pipeline: Pipeline) -> Iterator[str]:
    """The lines of a site file that would map them, the most frequent first."""
    named = Counter({key: count for key, count in profile.procedures.items() if key[0] or key[2]})
    if unnamed := profile.procedures.total() - named.total():
        yield f"  rows with neither description nor code, and no modality known: {unnamed:,}"
    if not named:
        return
    yield (
        f"  unknown procedures: {len(named):,}; to map them, add lines to the site file, each with "
        f"its role: {', '.join(pipeline.procedures.settings.roles)}"
    )
    for (description, modality, code), count in sorted(named.items(), key=_by_count)[:SHOWN]:
        name, value = ("description", description) if description else ("code", code)
        yield f"    # {count:,} rows{f', modality {modality}' if modality else ''}"
        yield "    [[procedures]]"
        yield f"    {name} = {_quoted(value)}"
        yield f"    role = {_quoted(_PROPOSED)}"


def _quoted(text: str) -> str:
    """A string of TOML; but for the sign that erases, JSON writes it alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _by_count(item: tuple[object, int]) -> tuple[int, str]:
    return (-item[1], str(item[0]))
