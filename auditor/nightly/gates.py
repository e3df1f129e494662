"""The checks of a night: what was read tonight against fixed bounds and against its own history.

A check knows counts and dates, never a row. What it finds it says in one sentence; the site file
says whether that warns or stops the night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from auditor.config.nightly import Feed, Gates
from auditor.nightly.expectations import days_awaited, expected_rows
from auditor.nightly.history import DONE, FeedNight, Night
from auditor.workbook.results import Gate

# Nights that a share is compared with.
_LOOK_BACK = 30
# Reasons of set-aside rows that speak of dates.
DATE_REASONS = frozenset(
    ("unparseable_date", "two_digit_year", "date_order_unknown", "impossible_date", "future_date")
)


@dataclass(frozen=True)
class Tonight:
    """What the checks look at.

    Attributes:
        date: The night (ISO date).
        feeds: The site's feeds.
        brought: What each feed brought.
        history: Earlier nights, the oldest first.
        last_date: The newest night that anything knows of (ISO date); empty for none.
        rows_in: Rows by table.
        set_aside: Rows set aside by table and reason.
        shares: See `Night.shares`.
        identifiers: Texts that hold what looks like an identifier; None: nobody looked.
    """

    date: str
    feeds: Mapping[str, Feed]
    brought: Mapping[str, FeedNight]
    history: Sequence[Night] = ()
    last_date: str = ""
    rows_in: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    identifiers: int | None = None


Check = Callable[[Any, Tonight], Iterator[str]]


def check_gates(gates: Gates, tonight: Tonight, only: Sequence[str] = ()) -> tuple[Gate, ...]:
    """What each check that is not off came to, in their order.

    Args:
        gates: The bounds, and what is done beyond them.
        tonight: What was read.
        only: Names of the checks to make; empty: all.
    """
    found = []
    for name, check in CHECKS.items():
        gate = getattr(gates, name)
        if gate.action == "off" or (only and name not in only):
            continue
        if name == "residual_identifiers" and tonight.identifiers is None:
            continue
        sentences = list(check(gate, tonight))
        outcome = gate.action if sentences else "ok"
        found.append(Gate(name, outcome, " ".join(sentences)))
    return tuple(found)


def _clock(_: Any, tonight: Tonight) -> Iterator[str]:
    if tonight.date < tonight.last_date:
        yield (
            f"The clock says {tonight.date}, but the last night was on {tonight.last_date}: "
            "set the clock."
        )


def _feed_missing(_: Any, tonight: Tonight) -> Iterator[str]:
    for name, feed in sorted(tonight.feeds.items()):
        brought = tonight.brought.get(name, FeedNight())
        awaited = days_awaited(name, feed, tonight.date, tonight.history)
        if awaited and not brought.files:
            days = f"{awaited[0]}" if len(awaited) == 1 else f"{awaited[0]} to {awaited[-1]}"
            waiting = f" ({'; '.join(brought.waiting)})" if brought.waiting else ""
            yield f"Feed {name} brought no file for {days}{waiting}."


def _feed_stale(gate: Any, tonight: Tonight) -> Iterator[str]:
    for name, brought in sorted(tonight.brought.items()):
        if brought.rows and not brought.new_rows:
            yield f"All {brought.rows:,} rows of feed {name} had been read before."
        elif brought.newest and _days_between(brought.newest, tonight.date) > gate.days:
            days = _days_between(brought.newest, tonight.date)
            yield f"Feed {name} ends on {brought.newest}, {days} days before tonight."


def _feed_short(gate: Any, tonight: Tonight) -> Iterator[str]:
    for name, brought, usual in _volumes(gate, tonight):
        if brought.rows < gate.factor * usual:
            yield _compared(name, brought, usual)


def _feed_long(gate: Any, tonight: Tonight) -> Iterator[str]:
    for name, brought, usual in _volumes(gate, tonight):
        if brought.rows > gate.factor * usual:
            yield _compared(name, brought, usual)


def _set_aside(gate: Any, tonight: Tonight) -> Iterator[str]:
    for table, rows in sorted(tonight.rows_in.items()):
        count = sum(n for (name, _), n in tonight.set_aside.items() if name == table)
        yield from _too_many(gate, count, rows, f"{table} rows were set aside")


def _dates(gate: Any, tonight: Tonight) -> Iterator[str]:
    for table, rows in sorted(tonight.rows_in.items()):
        count = sum(
            n
            for (name, reason), n in tonight.set_aside.items()
            if name == table and reason in DATE_REASONS
        )
        yield from _too_many(gate, count, rows, f"{table} rows have a date that cannot be")


def _linkage(gate: Any, tonight: Tonight) -> Iterator[str]:
    for now, usual in _drift(gate, tonight, "linkage"):
        if now < usual - gate.by:
            yield f"{now:.0%} of the reports' accessions are among the orders, usually {usual:.0%}."


def _unknown_statuses(gate: Any, tonight: Tonight) -> Iterator[str]:
    for now, usual in _drift(gate, tonight, "unknown_statuses"):
        if now > usual + gate.by:
            yield f"{now:.0%} of the rows have a status that nothing knows, usually {usual:.0%}."


def _index_share(gate: Any, tonight: Tonight) -> Iterator[str]:
    for now, usual in _drift(gate, tonight, "index_share"):
        if abs(now - usual) > gate.by:
            yield f"{now:.0%} of the reports are of the index exam's kind, usually {usual:.0%}."


def _residual_identifiers(gate: Any, tonight: Tonight) -> Iterator[str]:
    if tonight.identifiers is not None and tonight.identifiers > gate.above:
        yield f"{tonight.identifiers:,} texts hold what looks like an identifier, counted by kind."


# In the order in which they are told; the names are those of the settings.
CHECKS: dict[str, Check] = {
    "clock": _clock,
    "feed_missing": _feed_missing,
    "feed_stale": _feed_stale,
    "feed_short": _feed_short,
    "feed_long": _feed_long,
    "set_aside": _set_aside,
    "dates": _dates,
    "linkage": _linkage,
    "unknown_statuses": _unknown_statuses,
    "index_share": _index_share,
    "residual_identifiers": _residual_identifiers,
}


def _volumes(gate: Any, tonight: Tonight) -> Iterator[tuple[str, FeedNight, float]]:
    """Feeds that brought files, and the rows they should have brought where that is known."""
    for name, brought in sorted(tonight.brought.items()):
        if not brought.files:
            continue
        feed, history = tonight.feeds[name], tonight.history
        awaited = days_awaited(name, feed, tonight.date, history)
        usual = expected_rows(name, feed, awaited, history, nights=gate.nights)
        if usual is not None:
            yield name, brought, usual


def _compared(name: str, brought: FeedNight, usual: float) -> str:
    return f"Feed {name} brought {brought.rows:,} rows; on these weekdays it brings {usual:,.0f}."


def _too_many(gate: Any, count: int, rows: int, what: str) -> Iterator[str]:
    many = count >= gate.at_least or count == rows
    if count and many and count > gate.above * rows:
        yield f"{count:,} of {rows:,} {what}; at most {gate.above:.0%} pass."


def _drift(gate: Any, tonight: Tonight, name: str) -> Iterator[tuple[float, float]]:
    """Tonight's share and the usual one, where both have enough rows behind them."""
    part, whole = tonight.shares.get(name, (0, 0))
    earlier = [
        night.shares[name][0] / night.shares[name][1]
        for night in tonight.history
        if night.outcome == DONE and night.shares.get(name, (0, 0))[1] >= gate.rows
    ][-_LOOK_BACK:]
    if whole >= gate.rows and len(earlier) >= gate.nights:
        yield part / whole, median(earlier)


def _days_between(earlier: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days
