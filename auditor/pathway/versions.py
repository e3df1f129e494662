"""Which rows are versions of one report or one order, and which version stands.

Everything here is decided from the rows' content, never from the order in which they arrived, so
that any cut of the same rows into nightly files ends the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from auditor.language.facts import OrderFacts, ReportFacts
from auditor.pathway.ordering import Moment, clock, read_moment

Row = TypeVar("Row")
Facts = TypeVar("Facts", ReportFacts, OrderFacts)
ReportGroup = tuple[ReportFacts, ...]

CANCELLED = "cancelled"
ADDENDUM = "addendum"
UNKNOWN_KIND = "unknown"

# A feed that gives no status sends finished reports: an unknown status ranks as final.
_REPORT_RANKS = {"preliminary": 0, "unknown": 1, "final": 1, ADDENDUM: 2, "corrected": 3}
_CANCELLED_RANK = 4

# An order goes pending -> performed, pending -> not performed, performed -> entered in error:
# the later a state stands in that life, the more it weighs.
_ORDER_RANKS = {"pending": 0, "unknown": 1, "performed": 2, "not_performed": 4}
_PERFORMED_WITH_TIME = 3


def join_rows(rows: Iterable[Row], keys_of: Callable[[Row], Iterable[Hashable]]) -> list[list[Row]]:
    """Put rows together that share a key, directly or through other rows.

    Args:
        rows: In any order.
        keys_of: The keys of a row; a row without any stands alone.

    Returns:
        Groups and their rows in the order in which the rows came.
    """
    listed = list(rows)
    leader = list(range(len(listed)))

    def find(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    first_with: dict[Hashable, int] = {}
    for place, row in enumerate(listed):
        for key in keys_of(row):
            one, other = find(place), find(first_with.setdefault(key, place))
            leader[max(one, other)] = min(one, other)
    groups: dict[int, list[Row]] = {}
    for place, row in enumerate(listed):
        groups.setdefault(find(place), []).append(row)
    return list(groups.values())


def group_reports(reports: Iterable[ReportFacts]) -> tuple[ReportGroup, ...]:
    """Put the versions of one report together.

    Versions share the report id, or the accession within one kind of procedure; a version whose
    kind is unknown joins an accession's only kind.

    Args:
        reports: Rows of one patient, in any order.

    Returns:
        Groups, each from the oldest version to the newest (`order_versions`), sorted by the
        report id and digest of their newest version. Repeated digests are dropped.
    """
    rows = _distinct(reports)
    kinds = _kinds_by_accession(rows)

    def keys(row: ReportFacts) -> list[Hashable]:
        found: list[Hashable] = [("report", row.report_id)]
        if row.accession:
            kind = row.procedure.kind
            if kind == UNKNOWN_KIND and len(kinds[row.accession]) == 1:
                kind = next(iter(kinds[row.accession]))
            found.append(("accession", row.accession, kind))
        return found

    groups = [order_versions(group) for group in join_rows(rows, keys)]
    return tuple(sorted(groups, key=lambda group: (group[-1].report_id, group[-1].row_digest)))


def order_versions(versions: Iterable[ReportFacts]) -> ReportGroup:
    """Sort the versions of one report from the oldest to the newest.

    By `report_datetime`, as precisely as all dated versions allow; ties by status (preliminary,
    final, addendum, corrected, cancelled), then by content. An undated version comes right after
    the last dated version of a lower status, so that an undated preliminary report is the oldest
    and an undated cancellation the newest.
    """
    rows = sort_by_content(versions)
    dated = [row for row in rows if row.report_datetime]
    precision = _common_precision([read_moment(row.report_datetime) for row in dated])
    dated.sort(key=lambda row: (*precision(read_moment(row.report_datetime)), _rank(row)))
    keyed = [((place, 0, 0), row) for place, row in enumerate(dated, 1)]
    for row in rows:
        if not row.report_datetime:
            lower = (place for place, other in enumerate(dated, 1) if _rank(other) < _rank(row))
            keyed.append(((max(lower, default=0), 1, _rank(row)), row))
    return tuple(row for _, row in sorted(keyed, key=lambda pair: pair[0]))


def standing_versions(group: Sequence[ReportFacts]) -> ReportGroup:
    """The versions of one report that count together, oldest first.

    The newest decides; an addendum lets the rest stand, so addenda count together with the
    version that they amend. Empty when the newest version is cancelled: there is no report then,
    and an older final does not revive.

    Args:
        group: Versions from the oldest to the newest.
    """
    if group[-1].status == CANCELLED:
        return ()
    first = len(group) - 1
    while first > 0 and group[first].status == ADDENDUM and group[first - 1].status != CANCELLED:
        first -= 1
    return tuple(group[first:])


def resolve_orders(orders: Iterable[OrderFacts]) -> tuple[OrderFacts, ...]:
    """One row per order id, sorted by order id.

    Of several rows the one furthest in an order's life decides: not performed (cancelled, entered
    in error), performed with a time, performed, unknown, pending; ties by the later performed
    time, then by content. An accession that only another row carries is kept, and so are all rows'
    remarks and findings: a reason is often given once, when the order is placed.
    """
    by_id: dict[str, list[OrderFacts]] = {}
    for row in _distinct(orders):
        by_id.setdefault(row.order_id, []).append(row)
    return tuple(_resolve(by_id[order_id]) for order_id in sorted(by_id))


def _resolve(rows: list[OrderFacts]) -> OrderFacts:
    ranked = sorted(reversed(sort_by_content(rows)), key=_order_key, reverse=True)
    best = ranked[0]
    if len(ranked) == 1:
        return best
    accessions = [best.accession, *sorted(row.accession for row in rows if row.accession)]
    return replace(
        best,
        accession=next((text for text in accessions if text), ""),
        remarks=tuple(dict.fromkeys(remark for row in ranked for remark in row.remarks)),
        findings=tuple(dict.fromkeys(finding for row in ranked for finding in row.findings)),
    )


def _order_key(row: OrderFacts) -> tuple[int, str]:
    rank = _ORDER_RANKS.get(row.status, 1)
    if row.status == "performed" and row.performed_datetime:
        rank = _PERFORMED_WITH_TIME
    return (rank, row.performed_datetime)


def sort_by_content(rows: Iterable[Facts]) -> list[Facts]:
    """Sort rows by what they say but for their dates, then by these, and by digest last.

    For ties that nothing else settles. The digest of a row changes with its dates, and a patient's
    shifted dates must change nothing.
    """
    listed = list(rows)
    if len(listed) < 2:
        return listed
    return sorted(listed, key=_content_key)


def _content_key(row: ReportFacts | OrderFacts) -> tuple[str, ...]:
    if isinstance(row, ReportFacts):
        dates = (row.exam_datetime, row.report_datetime)
        bare: Any = replace(row, row_digest="", exam_datetime="", report_datetime="")
    else:
        dates = (row.order_datetime, row.performed_datetime)
        bare = replace(row, row_digest="", order_datetime="", performed_datetime="")
    return (repr(bare), *dates, row.row_digest)


def _distinct(rows: Iterable[Any]) -> list[Any]:
    """Rows without repeated digests, by digest: arrival order must not matter."""
    by_digest = {row.row_digest: row for row in rows}
    return [by_digest[digest] for digest in sorted(by_digest)]


def _kinds_by_accession(rows: Iterable[ReportFacts]) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for row in rows:
        known = kinds.setdefault(row.accession, set())
        if row.procedure.kind != UNKNOWN_KIND:
            known.add(row.procedure.kind)
    return kinds


def _rank(row: ReportFacts) -> int:
    return _CANCELLED_RANK if row.status == CANCELLED else _REPORT_RANKS.get(row.status, 1)


def _common_precision(moments: Sequence[Moment]) -> Callable[[Moment], tuple[Any, ...]]:
    """A sort key that all the moments allow: dates, else local times, else instants.

    Comparing each pair as precisely as it allows would not be transitive.
    """
    if any(moment.time is None for moment in moments):
        return lambda moment: (moment.date,)
    if any(moment.offset is None for moment in moments):
        return lambda moment: (moment.date, clock(moment))
    return lambda moment: (moment.date, clock(moment) - (moment.offset or timedelta()))
