"""Exports that a person looks at, against the nights that the site has had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.config.nightly import Nightly
from auditor.nightly.findings import shares_of
from auditor.nightly.gates import Tonight, check_gates
from auditor.nightly.history import DONE, FeedNight, read_nights
from auditor.nightly.outputs import Outputs

# The checks that need nothing but the rows.
_CHECKS = (
    *("feed_short", "feed_long", "set_aside", "dates", "linkage"),
    *("unknown_statuses", "index_share"),
)


def compare_with_nights(
    outputs: Path,
    nightly: Nightly,
    today: str,
    *,
    rows_in: Mapping[str, int],
    set_aside: Mapping[tuple[str, str], int],
    counts: Mapping[str, int],
) -> Iterator[str]:
    """Lines that say how these rows differ from those of other nights, by the site's own checks.

    Args:
        outputs: The folder of the nights' outputs.
        nightly: The site's nights.
        today: ISO date.
        rows_in: Rows by table.
        set_aside: Rows set aside by (table, reason).
        counts: As of a run.

    Raises:
        OutputError: The record of the nights cannot be read.
    """
    history = read_nights(Outputs(outputs).history)
    tonight = Tonight(
        date=today,
        feeds=nightly.feeds,
        brought=_brought(nightly, rows_in),
        history=history,
        rows_in=rows_in,
        set_aside=set_aside,
        shares=shares_of(counts),
    )
    known = sum(night.outcome == DONE for night in history)
    found = [gate for gate in check_gates(nightly.gates, tonight, _CHECKS) if gate.said]
    yield f"Compared with {known:,} nights: {'nothing unusual' if not found else 'unlike them'}."
    for gate in found:
        yield f"  {gate.name}: {gate.said}"


def _brought(nightly: Nightly, rows_in: Mapping[str, int]) -> dict[str, FeedNight]:
    """The rows of each feed, where the table tells whose they are."""
    feeds = nightly.feeds
    tables = [feed.table for feed in feeds.values()]
    rows = {**rows_in, "both": sum(rows_in.values())}
    return {
        name: FeedNight(files=1, rows=rows.get(feed.table, 0))
        for name, feed in feeds.items()
        if tables.count(feed.table) == 1 and ("both" not in tables or len(tables) == 1)
    }
