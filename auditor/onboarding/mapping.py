"""Where each contract column of a table comes from: columns, constants, templates, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.config.site import SLOT
from auditor.ingest.columns import fold_name
from auditor.ingest.schema import ORDER_PROCEDURE_COLUMNS, TABLES
from auditor.onboarding.looking import Seen
from auditor.onboarding.matching import Choice, choose_columns, fit_table, is_birth
from auditor.onboarding.traits import Traits

# Below it a file is taken for neither table.
_LEAST_FIT = 0.35
# Headings under which a report's parts stand in columns of their own, in the order of a report.
_PARTS = (
    ("INDICATION", "indication indications history clinical reason hx question"),
    ("COMPARISON", "comparison comparisons prior priors"),
    ("TECHNIQUE", "technique protocol method"),
    ("", ""),  # a column with the whole report
    ("FINDINGS", "findings finding observations description"),
    ("IMPRESSION", "impression conclusion opinion summary interpretation result"),
    ("ADDENDUM", "addendum addenda"),
)
_OF_TIME = frozenset(("date", "dt", "time", "tm", "dte", "dat", "day", "dttm", "tme", "hhmm"))


@dataclass(frozen=True)
class Source:
    """Where a contract column comes from, and why.

    Attributes:
        names: Columns, of which the first that is filled counts.
        template: Text with columns in braces; empty where there is none.
        value: The same for every row; empty where there is none.
        reason: Why, in a few words.
    """

    names: tuple[str, ...] = ()
    template: str = ""
    value: str = ""
    reason: str = ""


@dataclass
class Mapped:
    """A table of a file, with where its contract columns come from.

    Attributes:
        seen: The table.
        table: `reports` or `orders`.
        sources: By contract column.
        missing: Needed columns that nothing was found for.
        unused: Columns that are not used.
    """

    seen: Seen
    table: str
    sources: dict[str, Source] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def traits(self, column: str) -> Traits | None:
        """What the column looks like that a contract column is taken from, where it is one."""
        source = self.sources.get(column)
        return self.seen.column(source.names[0]) if source and source.names else None


def map_table(seen: Seen) -> Mapped | None:
    """Map what was seen to the table of the contract that it fits better; None for neither."""
    fits = []
    for table in TABLES:
        choices = choose_columns(seen, table)
        fits.append((_fit(choices, table), table, choices))
    best, table, choices = max(fits, key=lambda fit: fit[0])
    if best < _LEAST_FIT and not _says_what_was_done(table, choices):
        return None
    mapped = Mapped(seen, table)
    for name, choice in choices.items():
        mapped.sources[name] = Source(names=(choice.traits.name,), reason=choice.reason)
    if table == "reports":
        _put_text_together(mapped)
    _put_times_to_dates(mapped, choices)
    _fill_gaps(mapped)
    used = {name for source in mapped.sources.values() for name in _columns_of(source)}
    mapped.unused = [traits.name for traits in seen.columns if traits.name not in used]
    return mapped


def _says_what_was_done(table: str, choices: Mapping[str, Choice]) -> bool:
    """A patient, a date and a procedure are enough for an order; the rest can be filled in."""
    dated = {"order_datetime", "performed_datetime"} & choices.keys()
    return (
        table == "orders"
        and "patient_id" in choices
        and bool(dated and set(ORDER_PROCEDURE_COLUMNS) & choices.keys())
    )


def _fit(choices: Mapping[str, Choice], table: str) -> float:
    """A table with long texts is one of reports; one without has none."""
    fit = fit_table(choices, table)
    text = choices.get("report_text")
    has_text = text is not None and text.traits.mean_length > 60
    return fit + (0.25 if has_text else -0.25) * (1 if table == "reports" else 0)


def _columns_of(source: Source) -> list[str]:
    return [*source.names, *SLOT.findall(source.template)]


# --- a report in several columns ------------------------------------------------------------------


def _put_text_together(mapped: Mapped) -> None:
    """Where the parts of a report stand in columns of their own, make a template of them."""
    main = mapped.traits("report_text")
    taken = {n for c, s in mapped.sources.items() if c != "report_text" for n in s.names}
    parts: dict[str, Traits] = {}
    for traits in mapped.seen.columns:
        heading = _heading_of(traits)
        if traits is main and not heading:
            parts[""] = traits
        elif heading and heading not in parts and traits.name not in taken and traits.filled:
            parts[heading] = traits
    if main is None or len(parts) < 2:
        return
    whole = parts.get("")
    if whole is not None:
        # A part that the whole report has as well would be read twice.
        parts = {h: t for h, t in parts.items() if t is whole or not _is_within(t, whole)}
    if len(parts) < 2:
        return
    lines = [
        f"{heading}: {{{parts[heading].name}}}" if heading else f"{{{parts[heading].name}}}"
        for heading, _ in _PARTS
        if heading in parts
    ]
    mapped.sources["report_text"] = Source(
        template="\n".join(lines), reason=f"the report stands in {len(parts)} columns"
    )


def _heading_of(traits: Traits) -> str:
    if traits.mean_length < 15 or traits.is_list:
        return ""
    words = set(_raw_words(traits.name))
    for heading, names in reversed(_PARTS):
        if words & set(names.split()):
            return heading
    return ""


def _is_within(part: Traits, whole: Traits) -> bool:
    pairs = [(a, b) for a, b in zip(part.head, whole.head, strict=False) if a and b]
    squeezed = [("".join(a.split()), "".join(b.split())) for a, b in pairs]
    return bool(pairs) and sum(a in b for a, b in squeezed) > 0.6 * len(pairs)


# --- dates and times in two columns ---------------------------------------------------------------


def _put_times_to_dates(mapped: Mapped, choices: Mapping[str, Choice]) -> None:
    times = [t for t in mapped.seen.columns if t.share("time") > 0.5 and not is_birth(t)]
    for column, choice in choices.items():
        date = choice.traits
        if not column.endswith("_datetime") or date.share("moment") > 0.1:
            continue
        subject = set(_raw_words(date.name)) - _OF_TIME
        fitting = [t for t in times if set(_raw_words(t.name)) - _OF_TIME == subject]
        if fitting:
            mapped.sources[column] = Source(
                template=f"{{{date.name}}} {{{fitting[0].name}}}",
                reason=f"{choice.reason}; its time of day stands in a column of its own",
            )


def _raw_words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.casefold() for word in re.findall(r"[^\W\d_]+", spaced)]


# --- what is needed and was not found -------------------------------------------------------------


def _fill_gaps(mapped: Mapped) -> None:
    sources = mapped.sources
    number = "report_id" if mapped.table == "reports" else "order_id"
    moment = "exam_datetime" if mapped.table == "reports" else "order_datetime"
    if number not in sources:
        if "accession" in sources:
            names = sources["accession"].names
            sources[number] = Source(names, reason="no id of its own: the accession stands for it")
        elif {"patient_id", moment} <= sources.keys() and sources[moment].names:
            template = f"{{{sources['patient_id'].names[0]}}}-{{{sources[moment].names[0]}}}"
            sources[number] = Source(
                template=template, reason="no id of its own: patient and time stand for it"
            )
    if moment == "order_datetime" and moment not in sources and "performed_datetime" in sources:
        performed = sources["performed_datetime"]
        sources[moment] = Source(
            performed.names, performed.template, reason="no date of ordering: the performance's"
        )
    if mapped.table == "orders" and "status" not in sources:
        sources["status"] = Source(
            value="unknown", reason="no status: what has a performed time counts as done"
        )
    needed = [column.name for column in TABLES[mapped.table] if column.required]
    mapped.missing = [name for name in needed if name not in sources]
    if mapped.table == "orders" and not set(ORDER_PROCEDURE_COLUMNS) & set(sources):
        mapped.missing.append("procedure_description")


def merge_sources(tables: Sequence[Mapped]) -> dict[str, list[tuple[Source, str]]]:
    """The sources of several files of one table, by contract column, each with its files.

    What all files have in common stands once; columns that are named as in the contract need none.
    """
    merged: dict[str, list[tuple[Source, str]]] = {}
    for mapped in tables:
        for column, source in mapped.sources.items():
            listed = merged.setdefault(column, [])
            same = next((at for at, (other, _) in enumerate(listed) if _same(other, source)), None)
            if same is None:
                listed.append((source, mapped.seen.name))
            else:
                listed[same] = (listed[same][0], f"{listed[same][1]}, {mapped.seen.name}")
    return merged


def _same(one: Source, other: Source) -> bool:
    if one.names and other.names:
        return [fold_name(name) for name in one.names] == [fold_name(name) for name in other.names]
    return (one.names, one.template, one.value) == (other.names, other.template, other.value)
