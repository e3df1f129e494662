"""Each check of a night: what passes it, what does not, and what it then says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from builders import ROOT
from pydantic import ValidationError

from auditor.config.nightly import WEEKDAYS, Arriving, Feed, Gates, Nightly, Notices
from auditor.nightly.gates import CHECKS, Tonight, check_gates
from auditor.nightly.history import FeedNight, Night

MONDAY = date(2025, 3, 3)
FEEDS = {"reports": Feed(table="reports", files=("r*",))}
WORKDAYS = {"reports": Feed(table="reports", files=("r*",), days=WEEKDAYS[:5])}


def on(day: int) -> str:
    return (MONDAY + timedelta(days=day)).isoformat()


def past(
    rows: Mapping[int, int], shares: Mapping[str, tuple[int, int]] | None = None
) -> list[Night]:
    """Good nights on days before Monday, each with its rows."""
    return [
        Night(on(day), on(day), "done", feeds={"reports": FeedNight(1, count)}, shares=shares or {})
        for day, count in sorted(rows.items())
    ]


def weeks(number: int, workday: int, weekend: int = 0) -> dict[int, int]:
    """Rows of each day of the weeks before Monday; days without any are left out."""
    rows = {
        day: workday if (MONDAY + timedelta(days=day)).weekday() < 5 else weekend
        for day in range(-7 * number, 0)
    }
    return {day: count for day, count in rows.items() if count}


def said(gate: str, tonight: Tonight, **settings: Any) -> str:
    """What one check says."""
    gates = Gates.model_validate({gate: {"action": "warn", **settings}})
    (found,) = check_gates(gates, tonight, [gate])
    assert found.outcome == ("warn" if found.said else "ok")
    return found.said


def volume(gate: str, rows: int, history: list[Night], day: int = 0, feeds=FEEDS) -> str:
    brought = {"reports": FeedNight(1, rows, rows)}
    return said(gate, Tonight(on(day), feeds, brought, history))


@pytest.mark.parametrize(("last", "words"), [("", ""), (on(0), ""), (on(-9), "")])
def test_the_clock_goes_on(last: str, words: str) -> None:
    assert said("clock", Tonight(on(0), FEEDS, {}, last_date=last)) == words


def test_the_clock_was_set_back() -> None:
    sentence = said("clock", Tonight(on(-1), FEEDS, {}, last_date=on(0)))
    assert sentence == (
        "The clock says 2025-03-02, but the last night was on 2025-03-03: set the clock."
    )


@pytest.mark.parametrize(
    ("rows", "feeds", "day", "words"),
    [
        ({}, FEEDS, 0, "for 2025-03-03."),
        ({-1: 9}, FEEDS, 0, "for 2025-03-03."),
        ({-3: 9}, FEEDS, 0, "for 2025-03-01 to 2025-03-03."),
        ({0: 9}, FEEDS, 0, ""),  # a second start of the day
        ({-3: 9}, WORKDAYS, -1, ""),  # Friday's came, Sunday brings none
        ({-3: 9}, WORKDAYS, 0, "for 2025-03-03."),
        ({-4: 9}, WORKDAYS, -2, "for 2025-02-28."),  # Friday's is still missing on Saturday
    ],
)
def test_a_feed_is_missing_where_one_is_awaited(rows, feeds, day: int, words: str) -> None:
    sentence = said("feed_missing", Tonight(on(day), feeds, {}, past(rows)))
    assert sentence == (f"Feed reports brought no file {words}" if words else "")


def test_a_missing_feed_says_what_is_being_waited_for() -> None:
    brought = {"reports": FeedNight(waiting=("r.csv is empty",))}
    assert said("feed_missing", Tonight(on(0), FEEDS, brought)).endswith("(r.csv is empty).")


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (FeedNight(1, 10, 10, on(-3)), ""),
        (FeedNight(1, 10, 10, on(-4)), "Feed reports ends on 2025-02-27, 4 days before tonight."),
        (FeedNight(1, 10, 0, on(0)), "All 10 rows of feed reports had been read before."),
        (FeedNight(), ""),
    ],
)
def test_a_feed_is_stale(feed: FeedNight, words: str) -> None:
    assert said("feed_stale", Tonight(on(0), FEEDS, {"reports": feed})) == words


@pytest.mark.parametrize(
    ("gate", "rows", "fires"),
    [
        ("feed_short", 49, True),
        ("feed_short", 50, False),
        ("feed_short", 0, True),
        ("feed_long", 300, False),
        ("feed_long", 301, True),
    ],
)
def test_a_feed_is_compared_with_its_own_weekday(gate: str, rows: int, fires: bool) -> None:
    history = past(weeks(5, 100, 7))
    settings = {"factor": 3} if gate == "feed_long" else {}
    brought = {"reports": FeedNight(1, rows, rows)}
    sentence = said(gate, Tonight(on(0), FEEDS, brought, history), **settings)
    told = f"Feed reports brought {rows} rows; on these weekdays it brings 100."
    assert sentence == (told if fires else "")


def test_a_quiet_sunday_is_not_short() -> None:
    history = past(weeks(5, 100, 7))[:-1]
    assert volume("feed_short", 6, history, day=-1) == ""
    assert "brings 7." in volume("feed_short", 3, history, day=-1)


def test_too_few_nights_of_a_weekday_say_nothing() -> None:
    assert volume("feed_short", 1, past(weeks(3, 100, 7))) == ""


def test_a_night_after_missed_ones_must_bring_all_their_days() -> None:
    history = past({day: rows for day, rows in weeks(6, 100, 100).items() if day < -2})
    assert "brings 300." in volume("feed_short", 140, history)
    assert volume("feed_short", 160, history) == volume("feed_long", 320, history) == ""


def test_after_a_weekend_without_files_monday_is_one_day() -> None:
    history = past(weeks(6, 100))
    assert "brings 100." in volume("feed_short", 40, history, feeds=WORKDAYS)
    assert volume("feed_short", 60, history, feeds=WORKDAYS) == ""


def test_nights_that_were_stopped_or_failed_are_no_history() -> None:
    bad = [
        Night(on(day), on(day), "failed", feeds={"reports": FeedNight(1, 1)}) for day in (-7, -1)
    ]
    assert "brings 100." in volume(
        "feed_short", 40, sorted([*past(weeks(6, 100, 9)), *bad], key=lambda n: n.date)
    )


@pytest.mark.parametrize(
    ("count", "fires"), [(0, False), (4, False), (5, False), (6, True), (100, True)]
)
def test_rows_set_aside(count: int, fires: bool) -> None:
    tonight = Tonight(
        on(0), FEEDS, {}, rows_in={"reports": 100}, set_aside={("reports", "empty_id"): count}
    )
    told = f"{count} of 100 reports rows were set aside; at most 5% pass."
    assert said("set_aside", tonight) == (told if fires else "")
    assert said("dates", tonight) == ""


def test_all_rows_of_a_small_file_set_aside_is_never_fine() -> None:
    tonight = Tonight(
        on(0), FEEDS, {}, rows_in={"orders": 2}, set_aside={("orders", "future_date"): 2}
    )
    assert said("set_aside", tonight).startswith("2 of 2 orders rows")
    assert "have a date that cannot be" in said("dates", tonight)


@pytest.mark.parametrize(
    ("gate", "share", "now", "words"),
    [
        ("linkage", "linkage", 69, "69% of the reports' accessions"),
        ("linkage", "linkage", 71, ""),
        ("linkage", "linkage", 100, ""),
        ("unknown_statuses", "unknown_statuses", 99, "99% of the rows have a status"),
        ("unknown_statuses", "unknown_statuses", 91, ""),
        ("unknown_statuses", "unknown_statuses", 0, ""),
        ("index_share", "index_share", 79, "79% of the reports are of the index exam's kind"),
        ("index_share", "index_share", 95, ""),
        ("index_share", "index_share", 100, ""),
    ],
)
def test_a_share_is_compared_with_the_nights_before(gate, share, now: int, words: str) -> None:
    history = past(dict.fromkeys(range(-6, 0), 9), {share: (90, 100)})
    settings = {"by": 0.2} if gate == "linkage" else {"by": 0.08 if now == 99 else 0.1}
    sentence = said(
        gate, Tonight(on(0), FEEDS, {}, history, shares={share: (now, 100)}), **settings
    )
    assert sentence.startswith(words) and bool(sentence) == bool(words)
    few = Tonight(on(0), FEEDS, {}, history, shares={share: (0, 20)})
    assert said(gate, few, **settings) == ""
    assert said(gate, Tonight(on(0), FEEDS, {}, history[:3], shares={share: (0, 100)})) == ""


@pytest.mark.parametrize(("found", "words"), [(0, ""), (2, "2 texts hold what looks")])
def test_residual_identifiers(found: int, words: str) -> None:
    sentence = said("residual_identifiers", Tonight(on(0), FEEDS, {}, identifiers=found))
    assert sentence.startswith(words) and bool(sentence) == bool(words)


def test_where_nobody_looked_for_identifiers_none_is_said_to_be_absent() -> None:
    names = [gate.name for gate in check_gates(Gates(), Tonight(on(0), FEEDS, {}))]
    assert "residual_identifiers" not in names and len(names) == len(CHECKS) - 1


# --- settings -------------------------------------------------------------------------------------


def test_every_check_has_a_setting_and_every_setting_a_check() -> None:
    assert list(Gates.model_fields) == list(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_can_be_turned_off(name: str) -> None:
    gates = Gates.model_validate({name: "off"})
    tonight = Tonight(on(0), FEEDS, {}, last_date=on(1), identifiers=9)
    assert name not in [gate.name for gate in check_gates(gates, tonight)]


def test_what_a_site_leaves_out_of_a_gate_stays() -> None:
    gates = Gates.model_validate({"feed_short": {"factor": 0.2}, "linkage": "stop"})
    assert (gates.feed_short.action, gates.feed_short.factor) == ("stop", 0.2)
    assert (gates.linkage.action, gates.linkage.by) == ("stop", 0.2)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"gates": {"feed_shrt": "off"}}, "Extra inputs"),
        ({"gates": {"clock": "loud"}}, "'off', 'warn' or 'stop'"),
        ({"feeds": {"r": {"table": "reports", "files": ["../x*"]}}}, "below the inbox"),
        ({"feeds": {"r": {"table": "reports", "files": ["/x*"]}}}, "below the inbox"),
        ({"feeds": {"R 1": {"table": "reports", "files": ["x*"]}}}, "small letters"),
        ({"notices": {"mail_to": ["a@b.example"]}}, "needs a mail_from"),
        ({"notices": {"mail_to": ["a@b\nBcc: c@d"], "mail_from": "a@b"}}, "no plain mail address"),
    ],
)
def test_a_wrong_setting_is_refused(table: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Nightly.model_validate({"inbox": "in", "outputs": "out", **table})


# --- what the page says ---------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")


def test_the_page_shows_every_setting_with_its_default() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    shown = tomllib.loads(blocks[0])["nightly"]
    assert shown.keys() == Nightly.model_fields.keys() - {"gates"}
    assert shown["arriving"].keys() == Arriving.model_fields.keys()
    assert shown["notices"].keys() == Notices.model_fields.keys()
    given = Nightly.model_validate(shown)
    plain = Nightly(inbox=shown["inbox"], outputs=shown["outputs"], ledger=shown["ledger"])
    assert given == plain
    Nightly.model_validate({**shown, **tomllib.loads(blocks[1])["nightly"]})


def test_the_page_lists_every_check_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (stop|warn) \|.*\|(.*)\|$", PAGE, re.MULTILINE)
    gates = Gates()
    assert {name: action for name, action, _ in rows} == {
        name: getattr(gates, name).action for name in CHECKS
    }
    for name, _, bound in rows:
        for key, value in re.findall(r"`(\w+) = ([\d.]+)`", bound):
            assert getattr(getattr(gates, name), key) == float(value), name
