"""What a run found tonight, as counts: what the checks look at and what people are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from auditor.nightly.gates import Tonight
from auditor.nightly.history import FeedNight, Night
from auditor.nightly.inbox import Inbox
from auditor.workbook.results import Results


def feeds_of(inbox: Inbox, names: Sequence[str]) -> dict[str, FeedNight]:
    """What each feed brought, before anything is read."""
    files = Counter(arrival.feed for arrival in inbox.arrivals)
    return {name: FeedNight(files[name], waiting=inbox.waiting.get(name, ())) for name in names}


def feeds_read(inbox: Inbox, names: Sequence[str], results: Results) -> dict[str, FeedNight]:
    """What each feed brought, with its rows."""
    owner = {(item.digest, item.table): item.feed for item in inbox.arrivals}
    rows: Counter[str] = Counter()
    new: Counter[str] = Counter()
    newest: dict[str, str] = {}
    for item in results.run.inputs:
        both = owner.get((item.digest, "both"), "")
        name = owner.get((item.digest, item.table), both)
        rows[name] += item.rows_in
        new[name] += item.kept - item.duplicates
        newest[name] = max(newest.get(name, ""), item.newest)
    return {
        name: FeedNight(feed.files, rows[name], new[name], newest.get(name, ""), feed.waiting)
        for name, feed in feeds_of(inbox, names).items()
    }


def shares_of(counts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Part and whole of each share that is compared from night to night."""
    reports, orders = counts.get("reports_kept", 0), counts.get("orders_kept", 0)
    return {
        "linkage": (counts.get("accessions_linked", 0), counts.get("accessions_checked", 0)),
        "unknown_statuses": (counts.get("unknown_statuses", 0), reports + orders),
        "index_share": (reports - counts.get("not_index", 0), reports),
    }


def to_check(tonight: Tonight, inbox: Inbox, results: Results) -> Tonight:
    """What the checks look at once everything is read."""
    counts = results.run.counts
    tables = {item.table for item in results.run.inputs}
    return Tonight(
        date=tonight.date,
        feeds=tonight.feeds,
        brought=feeds_read(inbox, list(tonight.feeds), results),
        history=tonight.history,
        rows_in={table: counts.get(f"{table}_in", 0) for table in sorted(tables)},
        set_aside=Counter((row.table, row.reason) for row in results.set_aside),
        shares=shares_of(counts),
        identifiers=_identifiers(results),
    )


def _identifiers(results: Results) -> int | None:
    """Texts with what looks like an identifier; None where nobody looked."""
    found = results.run.identifiers
    return None if found is None else sum(item.rows for item in found)


def counts_of(results: Results, inbox: Inbox) -> dict[str, int]:
    """Rows, cases and flags, by name."""
    counts, inputs = results.run.counts, results.run.inputs
    changes = results.changes or ()
    statuses = Counter(case.status for case in results.cases)
    return {
        "files": len(inbox.arrivals),
        "files_waiting": sum(map(len, inbox.waiting.values())),
        "rows_in": sum(item.rows_in for item in inputs),
        "rows_set_aside": sum(item.set_aside for item in inputs),
        "rows_new": counts.get("new_reports", 0) + counts.get("new_orders", 0),
        "cases": len(results.cases),
        "cases_new": sum(change.what == "new" for change in changes),
        "flags_new": _new_flags(results),
        **{f"status_{status}": count for status, count in sorted(statuses.items())},
    }


def _new_flags(results: Results) -> int:
    """Flags that stand now and did not in the ledger's last run; none in its first."""
    changes = results.changes or ()
    fresh = {change.case_id for change in changes if change.what == "new"}
    count = sum(len(case.flags) for case in results.cases if case.case_id in fresh)
    for change in changes:
        if change.what == "flags":
            before, after = set(change.before.split(";")), set(change.after.split(";"))
            count += len(after - before - {""})
    return count


def last_good(history: Sequence[Night], outcomes: Sequence[str]) -> Night | None:
    """The newest night that ended in one of some ways."""
    return next((night for night in reversed(history) if night.outcome in outcomes), None)
