"""Counts -> lines that a person reads and acts on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from auditor.config.pipeline import Pipeline
from auditor.ingest.columns import Origin, fold_name
from auditor.ingest.parts import Notes
from auditor.ingest.schema import TABLES
from auditor.profile.counts import Profile, Totals
from auditor.profile.days import find_thin_days

# Unknown words, and days, that are listed; the rest is counted.
SHOWN, _SHOWN_DAYS = 15, 5
# Of a procedure that nothing tells apart: known, and of no interest.
_PROPOSED = "other"
# More rows of one report are hardly its versions.
_MOST_VERSIONS = 1.5
# A smaller share of texts that break off may be how people write.
_LEAST_BROKEN = 0.01


def profile_lines(profile: Profile, pipeline: Pipeline, columns: Iterator[str]) -> Iterator[str]:
    """What one table holds, below its name; `columns` are the lines on its columns."""
    aside = profile.rows_in - profile.kept
    yield f"  rows {profile.rows_in:,}, kept {profile.kept:,}, set aside {aside:,}"
    for (reason, column), count in sorted(profile.reasons.items()):
        yield f"    {reason}{f' in {column}' if column else ''}: {count:,}"
    if any(reason == "date_order_unknown" for reason, _ in profile.reasons):
        yield '    Say how dates are written: [dates] order = "mdy" or "dmy" in the site file.'
    if profile.repeated:
        yield f"  repeated rows {profile.repeated:,}: each counts once"
    if profile.rows_of_a_report > _MOST_VERSIONS:
        yield (
            f"  report ids {len(profile.reports):,}, each on {profile.rows_of_a_report:.1f} rows: "
            "each row counts as a version of the whole report; where they are its lines or "
            "parts, have them exported as one text"
        )
    yield from columns
    if not profile.kept:
        return
    yield from _days(profile)
    yield "  kinds " + ", ".join(f"{kind} {n:,}" for kind, n in sorted(profile.kinds.items()))
    if profile.table == "reports":
        yield from _index_share(profile, pipeline)
    yield from _texts(profile)
    yield from _identifiers(profile)
    yield from _unknown_procedures(profile, pipeline)
    yield from _unknown_statuses(profile)


def columns_lines(
    profile: Profile, header: Sequence[str] = (), origins: Sequence[Origin] = ()
) -> Iterator[str]:
    """What each of the contract's columns is taken from, and which are empty or missing."""
    used = {number for origin in origins for number in origin.numbers}
    taken = [
        f"{origin.column.name} from {_source(origin, header)}"
        for origin in origins
        if _source(origin, header) not in ("", origin.column.name)
    ]
    if taken:
        yield f"  columns: {', '.join(taken)}"
    there = {o.column.name for o in origins if _source(o, header)} if origins else set()
    names = [column.name for column in TABLES[profile.table]]
    missing = [name for name in names if origins and name not in there]
    if missing:
        yield f"  columns that are not there: {', '.join(missing)}"
    empty = [name for name in names if name not in missing and not profile.filled[name]]
    if empty and profile.kept:
        yield f"  columns that are empty in all rows: {', '.join(empty)}"
    unused = [name for number, name in enumerate(header) if name and number not in used]
    if unused:
        yield f"  columns that are not used: {', '.join(unused)}"


def _source(origin: Origin, header: Sequence[str]) -> str:
    """What a contract column is taken from; its own name where that is the export's, too."""
    if origin.constant:
        return f"the constant {_quoted(origin.constant)}"
    names = [header[number] for number in origin.numbers]
    if [fold_name(name) for name in names] == [origin.column.name]:
        return origin.column.name
    return " and ".join(names)


def _days(profile: Profile) -> Iterator[str]:
    first, last = min(profile.days), max(profile.days)
    usual = median(profile.days.values())
    yield (
        f"  days {first} to {last}, {len(profile.days):,} with rows, {usual:,.0f} a day (median)"
    )
    thin = list(find_thin_days(profile.days))
    for day, rows, expected in thin[-_SHOWN_DAYS:]:
        end = "; the export may end within the day" if day == last else ""
        yield f"    {day} has {rows:,}, its weekday {expected:,.0f} (median){end}"
    if len(thin) > _SHOWN_DAYS:
        yield f"    and {len(thin) - _SHOWN_DAYS:,} earlier days have less than half of theirs"


def _index_share(profile: Profile, pipeline: Pipeline) -> Iterator[str]:
    yield (
        f"  exams that can open a case ({pipeline.file.index_kind} of the region): "
        f"{profile.index_rows:,} of {profile.kept:,} reports "
        f"({profile.index_rows / profile.kept:.0%})"
    )
    if not profile.index_rows:
        yield "    None can become a case: look at modality, procedure and the unknown ones below."


def _texts(profile: Profile) -> Iterator[str]:
    texts = profile.texts
    if profile.table == "reports" and texts.empty:
        yield f"  reports without text: {texts.empty:,}"
    cut = texts.cut_at()
    if cut is not None:
        length, unit, rows = cut
        yield (
            f"  texts are likely cut at {length:,} {unit}: {rows:,} are exactly so long and none "
            "is longer; have the whole text exported"
        )
    if texts.broken > _LEAST_BROKEN * max(texts.rows, 1) and profile.table == "reports":
        yield f"  texts that end in the middle of a sentence: {texts.broken:,}; they may be cut"


def _identifiers(profile: Profile) -> Iterator[str]:
    looked = f"{profile.texts_checked:,} texts were looked through"
    if not profile.identifiers:
        yield f"  no identifiers found; {looked}"
        return
    yield f"  what looks like identifiers of persons, in rows ({looked}):"
    for (column, kind), rows in sorted(profile.identifiers.items()):
        yield f"    {kind} in {column}: {rows:,}"
    yield "    Have them removed, or choose by [privacy] residual_identifiers in the site file."


def _unknown_statuses(profile: Profile) -> Iterator[str]:
    listed = sorted(profile.statuses.items(), key=_by_count)
    for word, count in listed[:SHOWN]:
        yield f'  unknown status "{word}" ({count:,}): map it under [statuses] in the site file'
    if len(listed) > SHOWN:
        yield f"  and {len(listed) - SHOWN:,} other unknown statuses"


def _unknown_procedures(profile: Profile, pipeline: Pipeline) -> Iterator[str]:
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


def totals_lines(totals: Totals, notes: Notes) -> Iterator[str]:
    """What all exports hold together."""
    yield ""
    yield from notes.sentences()
    for table in TABLES:
        if not totals.counts[f"{table}_kept"]:
            yield f"No {table} can be used: without them the audit has nothing to go by."
    yield from _linked(totals)


def _linked(totals: Totals) -> Iterator[str]:
    links = totals.links
    if links.reports and links.orders:
        linked = len(links.reports & links.orders)
        share = linked / len(links.reports)
        yield f"Accessions of reports that are in the orders too: {linked:,} ({share:.0%})."
        if linked < len(links.reports):
            yield f"Reports whose order is missing: {len(links.reports) - linked:,} accessions."
        lost = len(links.performed - links.reports)
        if lost:
            yield f"Performed orders whose report is missing: {lost:,} accessions."
        if share < 0.5:
            yield (
                "Reports and orders hardly meet: are both accession columns the same number, and "
                "both exports of the same days?"
            )
    elif totals.counts["reports_kept"] and totals.counts["orders_kept"]:
        yield "No accessions link reports and orders: each row then counts as an exam of its own."


def _quoted(text: str) -> str:
    """A string of TOML; but for the sign that erases, JSON writes it alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _by_count(item: tuple[object, int]) -> tuple[int, str]:
    return (-item[1], str(item[0]))
