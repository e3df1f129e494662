"""The counts that a copy for others shows: nothing of a single case, small counts hidden.

All that the copy says of cases is in `SharedCounts`, so what two sets of cases have in common here
cannot be told apart in the copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.pathway.rate import AGE_GROUPS, population_counts
from auditor.workbook.figures import COMPLIANT, EXCEPTED, EXCLUDED, IN_RATE
from auditor.workbook.results import RunInfo
from auditor.workbook.sites import count_sites
from auditor.workbook.suppression import (
    Split,
    hide_overlapping,
    hide_parts,
    hide_splits,
    is_small,
)
from auditor.workbook.trend import Period, count_periods, find_trend

# A count, None where it is hidden.
Count = int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of cases in the rate; `others` are those too small to be named, together."""

    name: str
    size: Count
    compliant: Count
    others: bool = False


@dataclass(frozen=True, slots=True)
class SharedCounts:
    """What the copy shows; None where a count is hidden.

    Attributes:
        steps: The populations by field of `Population`, with `missed`.
        ages: Cases in the rate by age group.
        places: Cases in the rate by place, for each column of places.
        periods: Cases in the rate by month or quarter, by name.
        closed: The periods whose windows are all over.
        months: How many months a period has.
        flags: Cases in the rate with a flag.
        reasons: Excluded and excepted cases by reason.
    """

    steps: tuple[tuple[str, Count], ...]
    ages: tuple[Group, ...] = ()
    places: tuple[tuple[str, tuple[Group, ...]], ...] = ()
    periods: tuple[Group, ...] = ()
    closed: tuple[str, ...] = ()
    months: int = 1
    flags: tuple[tuple[str, Count], ...] = ()
    reasons: tuple[tuple[str, Count], ...] = ()

    def step(self, field: str) -> Count:
        """One of the populations."""
        return dict(self.steps)[field]


_PLACES: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("facility", lambda case: case.evidence.facility),
    ("ordering_department", lambda case: case.evidence.ordering_department),
)


def count_shared(
    cases: Sequence[Case], labels: WorkbookLabels, run: RunInfo, limit: int
) -> SharedCounts:
    """Count what may be shown.

    Args:
        cases: All cases.
        labels: Which charts are honest.
        run: The data cut-off.
        limit: The largest count that is hidden.
    """
    steps = _steps(cases, limit)
    shown = dict(steps)
    if shown["denominator"] is None:
        return SharedCounts(steps, reasons=_reasons(cases, shown, limit))
    split = shown["numerator"] is not None
    trend = find_trend(cases, labels, run)
    months = trend.months if trend.chart == "p" else 3
    periods = count_periods(cases, run, months)
    own = [case for case in cases if case.status in IN_RATE]
    return SharedCounts(
        steps=steps,
        ages=_hide(_by_age(own), split, limit),
        places=tuple(
            (column, _hide(_by_place(cases, name_of), split, limit, together=True))
            for column, name_of in _PLACES
            if any(name_of(case) for case in cases)
        ),
        periods=_hide(_by_period(periods, _split(own)), split, limit),
        closed=tuple(period.name for period in periods if period.closed),
        months=months,
        flags=_flags(cases, shown["missed"], labels, limit),
        reasons=_reasons(cases, shown, limit),
    )


def _steps(cases: Sequence[Case], limit: int) -> tuple[tuple[str, Count], ...]:
    whole = population_counts(cases)[0]
    parts = ("excluded", "excepted", "pending", "needs_review", "denominator")
    counts = {name: getattr(whole, name) for name in ("initial", *parts)}
    counts |= {"missed": whole.denominator - whole.numerator, "numerator": whole.numerator}
    hidden = {parts[at] for at in hide_parts([counts[name] for name in parts], limit)}
    if is_small(whole.initial, limit):
        hidden = set(counts)
    outcome = ("missed", "numerator")
    if "denominator" in hidden or hide_parts([counts[name] for name in outcome], limit):
        hidden |= set(outcome)
    return tuple((name, None if name in hidden else count) for name, count in counts.items())


def _by_age(cases: Sequence[Case]) -> list[tuple[str, Split]]:
    return [(group, _split(c for c in cases if c.age_group == group)) for group in AGE_GROUPS]


def _by_place(cases: Sequence[Case], name_of: Callable[[Case], str]) -> list[tuple[str, Split]]:
    sites = count_sites(cases, name_of)
    return [(site.name, Split(site.size, site.compliant)) for site in sites if site.size]


def _by_period(periods: Sequence[Period], whole: Split) -> list[tuple[str, Split]]:
    """The periods, and the cases without a date."""
    dated = [(period.name, Split(period.size, period.count)) for period in periods]
    size = whole.size - sum(own.size for _, own in dated)
    compliant = whole.compliant - sum(own.compliant for _, own in dated)
    return [*dated, ("-", Split(size, compliant))] if size else dated


def _split(cases: Iterable[Case]) -> Split:
    statuses = [case.status for case in cases]
    return Split(len(statuses), statuses.count(COMPLIANT))


def _hide(
    groups: Sequence[tuple[str, Split]], split: bool, limit: int, *, together: bool = False
) -> tuple[Group, ...]:
    """Hide sizes that are small, then compliant cases that are, or all where there is no `split`.

    Who subtracts knows the hidden groups taken together: that is reckoned with as one more group,
    and with `together` shown in their stead, without their names.
    """
    hidden = hide_parts([own.size for _, own in groups], limit)
    listed = [item for at, item in enumerate(groups) if at not in hidden]
    rest = [own for at, (_, own) in enumerate(groups) if at in hidden]
    if rest:
        others = Split(sum(one.size for one in rest), sum(one.compliant for one in rest))
        listed.append(("", others))
    splits = [own for _, own in listed]
    closed = hide_splits(splits, limit) if split else frozenset(range(len(splits)))
    shown = [
        Group(name, own.size, None if at in closed and own.size else own.compliant)
        for at, (name, own) in enumerate(listed)
    ]
    if rest:
        last = shown.pop()
        if together:
            return (*shown, replace(last, others=True))
    by_name = {group.name: group for group in shown}
    return tuple(by_name.get(name, Group(name, None, None)) for name, _ in groups)


def _flags(
    cases: Iterable[Case], missed: Count, labels: WorkbookLabels, limit: int
) -> tuple[tuple[str, Count], ...]:
    """Where it is hidden how many missed, flags would tell it."""
    if missed is None:
        return ()
    found = Counter(flag for case in cases if case.status in IN_RATE for flag in case.flags)
    known = list(labels.codes.get("flag", {}))
    flags = known + sorted(set(found) - set(known))
    hidden = hide_overlapping([found[flag] for flag in flags], missed, limit)
    return tuple((flag, None if at in hidden else found[flag]) for at, flag in enumerate(flags))


def _reasons(
    cases: Sequence[Case], shown: dict[str, Count], limit: int
) -> tuple[tuple[str, Count], ...]:
    made: list[tuple[str, Count]] = []
    for status in (EXCLUDED, EXCEPTED):
        if shown[status] is not None:
            found = Counter(c.exclusion_reason for c in cases if c.status == status)
            codes = sorted(found)
            hidden = hide_parts([found[code] for code in codes], limit)
            made += [(code, None if at in hidden else found[code]) for at, code in enumerate(codes)]
    return tuple(made)
