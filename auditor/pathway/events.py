"""Rows become events: one procedure with all its orders and report versions.

One accession is one event; rows without one stand alone. What kind of event it is, whether it was
performed, and when, is decided from the rows' content alone, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.config.verdicts import VerdictRules
from auditor.language.facts import OrderFacts, PatientFacts, Remark, ReportFacts
from auditor.pathway.model import Event
from auditor.pathway.ordering import read_moment, sort_key
from auditor.pathway.readings import choose_reading
from auditor.pathway.specimens import join_specimens, tells_of_specimen
from auditor.pathway.versions import (
    CANCELLED,
    ReportGroup,
    group_reports,
    join_rows,
    resolve_orders,
    standing_versions,
)

Item = ReportGroup | OrderFacts

_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one event: report groups (oldest version first), and resolved orders."""

    reports: tuple[ReportGroup, ...]
    orders: tuple[OrderFacts, ...]
    part: str = ""

    @property
    def newest(self) -> list[ReportFacts]:
        """Newest version of each report that is not cancelled."""
        return [group[-1] for group in self.reports if group[-1].status != CANCELLED]

    @property
    def standing(self) -> list[ReportGroup]:
        return [standing_versions(group) for group in self.reports]


def build_events(facts: PatientFacts, rules: VerdictRules) -> tuple[Event, ...]:
    """Build all events of one patient, performed or not.

    Args:
        facts: The patient's rows, in any order.
        rules: Kinds of event and the parts that remarks play.

    Returns:
        Events sorted by time (dates alone first within a day), then by id. An event known only
        from a specimen's report is joined with the procedure before it (`specimens`).
    """
    procedures: list[Event] = []
    specimens: list[Event] = []
    for rows in _group(facts, rules):
        event = _build_event(facts.patient_id, rows, rules)
        (specimens if _only_specimen(rows, rules) else procedures).append(event)
    events = join_specimens(procedures, specimens, rules)
    return tuple(sorted(events, key=lambda e: (sort_key(read_moment(e.when)), e.event_id)))


def has_remark(event: Event, kind: str) -> bool:
    """Whether a report or order of the event makes a remark of this kind."""
    return any(code.partition(":")[0] == kind for code in event.remarks)


def remark_values(event: Event, kind: str) -> tuple[str, ...]:
    """The values of the event's remarks of this kind, empty text where one has none; sorted."""
    parted = (code.partition(":") for code in event.remarks)
    return tuple(value for name, _, value in parted if name == kind)


def _group(facts: PatientFacts, rules: VerdictRules) -> list[_Rows]:
    items: list[Item] = [
        *group_reports(facts.reports),
        *resolve_orders(facts.orders),
    ]

    def keys(item: Item) -> list[tuple[str, str]]:
        if isinstance(item, OrderFacts):
            accessions = [item.accession] if item.accession else []
        else:
            accessions = sorted({row.accession for row in item if row.accession})
        return [("accession", text) for text in accessions]

    return [rows for group in join_rows(items, keys) for rows in _part(group, rules)]


def _part(items: Sequence[Item], rules: VerdictRules) -> list[_Rows]:
    """Rows of one event; the index exam keeps apart from another kind under its accession.

    Some sites number visits, not exams: an event that swallowed what else was done on the visit
    would accuse the site of having left it out.
    """
    index = rules.pathway.index
    of_index = [item for item in items if _kind_of(item) == index]
    rest = [item for item in items if _kind_of(item) != index]
    if of_index and any(_kind_of(item) in rules.pathway.labels for item in rest):
        return [_rows(of_index, part=index), _rows(rest)]
    return [_rows(items)]


def _kind_of(item: Item) -> str:
    return (item if isinstance(item, OrderFacts) else item[-1]).procedure.kind


def _only_specimen(rows: _Rows, rules: VerdictRules) -> bool:
    """No row tells of the procedure, only of what it brought."""
    all_rows: list[ReportFacts | OrderFacts] = [*(g[-1] for g in rows.reports), *rows.orders]
    return all(tells_of_specimen(row, rules) for row in all_rows)


def _rows(items: Iterable[Item], *, part: str = "") -> _Rows:
    listed = list(items)
    orders = tuple(item for item in listed if isinstance(item, OrderFacts))
    return _Rows(tuple(i for i in listed if not isinstance(i, OrderFacts)), orders, part)


def _build_event(patient_id: str, rows: _Rows, rules: VerdictRules) -> Event:
    remarks = _collect_remarks(rows, rules)
    state = _performed(rows)
    kinds = [code.partition(":")[0] for code in remarks]
    reading = choose_reading(_deciding_rows(rows, state), kinds, rules)
    parts = rules.pathway.remarks
    if any(code in remarks for code, kind in parts.not_done.items() if kind == reading.kind):
        state = "no"
    newest_any = [group[-1] for group in rows.reports]
    sides = {
        remark.value
        for group in rows.standing
        for row in group
        for remark in row.remarks
        if remark.kind == parts.lesion and remark.value
    }
    all_rows: list[ReportFacts | OrderFacts] = [*newest_any, *rows.orders]
    accessions = [row.accession for row in all_rows if row.accession]
    facilities = [row.facility for row in all_rows if row.facility]
    words = {row.status for row in newest_any}
    words |= {order.status_word or order.status for order in rows.orders}
    return Event(
        event_id=_event_id(patient_id, rows, accessions),
        kind=reading.kind,
        when=_when(rows, state, rules),
        performed=state,
        qualifies=reading.qualifies,
        doubt=reading.doubt,
        coverage=reading.coverage,
        description=reading.description,
        status="; ".join(sorted(words)),
        order_ids=tuple(sorted({order.order_id for order in rows.orders})),
        report_ids=tuple(sorted({row.report_id for group in rows.reports for row in group})),
        accession=min(accessions, default=""),
        facility=facilities[0] if facilities else "",
        sides=tuple(sorted(sides)),
        remarks=tuple(sorted(remarks)),
    )


def _event_id(patient_id: str, rows: _Rows, accessions: Sequence[str]) -> str:
    if accessions:
        name = ("accession", min(accessions))
    elif rows.reports:
        name = ("report", min(row.report_id for group in rows.reports for row in group))
    else:
        name = ("order", min(order.order_id for order in rows.orders))
    return f"E-{short_digest(patient_id, *name, rows.part)}"


def short_digest(*parts: str) -> str:
    """Twelve hexadecimal digits that stand for these texts: stable, and no way back to them."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_ID_LENGTH]


def _collect_remarks(rows: _Rows, rules: VerdictRules) -> set[str]:
    """Codes of the remarks of the standing versions and the orders: `kind` or `kind:value`.

    A silence counts only where all standing versions keep it: an addendum of one line does not
    make the report it amends incomplete.
    """
    codes = {_code(remark) for order in rows.orders for remark in order.remarks}
    for group in rows.standing:
        said = [{_code(remark) for remark in row.remarks} for row in group]
        for code in set().union(*said):
            silent = code.partition(":")[0] in rules.pathway.remarks.silences
            if not silent or all(code in row for row in said):
                codes.add(code)
    return codes


def _code(remark: Remark) -> str:
    return f"{remark.kind}:{remark.value}" if remark.value else remark.kind


def _deciding_rows(rows: _Rows, state: str) -> list[ReportFacts | OrderFacts]:
    """The rows that tell what was done: reports and live orders, else orders in the event's state.

    Under one accession a cancelled order does not lend its kind to what was done instead.
    """
    if rows.newest:
        return [*rows.newest, *(o for o in rows.orders if o.status != "not_performed")]
    orders = [order for order in rows.orders if _order_state(order) == state]
    return [*orders] if orders else [group[-1] for group in rows.reports]


def _performed(rows: _Rows) -> str:
    """`yes`, `no` or `unclear`: a report that is not cancelled outweighs what the orders say."""
    if rows.newest:
        return "yes"
    states = {_order_state(order) for order in rows.orders}
    return next((state for state in ("yes", "unclear") if state in states), "no")


def _order_state(order: OrderFacts) -> str:
    if order.status not in ("performed", "unknown"):
        return "no"
    if order.performed_datetime:
        return "yes"
    return "unclear" if order.status == "performed" else "no"


def _when(rows: _Rows, state: str, rules: VerdictRules) -> str:
    """When it was performed, or ordered where it was not or nothing says when.

    The report's exam time decides, before the order's; but the report on a specimen is dated
    after the procedure that took it, and a date alone gives way to a time on the same date.
    """
    later = [row.exam_datetime for row in rows.newest if tells_of_specimen(row, rules)]
    exams = [row.exam_datetime for row in rows.newest if not tells_of_specimen(row, rules)]
    timed = [o.performed_datetime for o in rows.orders if _order_state(o) == "yes"]
    if state == "yes":
        chosen = _earliest(exams or timed or later)
        same_date = [text for text in (*exams, *timed) if text[:10] == chosen and text != chosen]
        return _earliest(same_date) if same_date else chosen
    ordered = [order.order_datetime for order in rows.orders]
    return _earliest(ordered or [group[-1].exam_datetime for group in rows.reports])


def _earliest(texts: Sequence[str]) -> str:
    return min(texts, key=lambda text: (sort_key(read_moment(text)), text))
