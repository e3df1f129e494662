"""The commands of nights as a person calls them: what they say, and what they end with."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from builders import ORDERS, REPORTS, on_day, order, pipeline, report, set_up_once, write_table
from night_builders import cases

from auditor import cli
from auditor.ledger.store import open_ledger


def today() -> str:
    """Asked for when it is needed: a test run may go over midnight."""
    return date.today().isoformat()


SITE = """
name = "Lakeside"
[dates]
time_zone = "UTC"
[nightly]
inbox = "inbox"
outputs = "out"
ledger = "ledger.db"
workers = 0
log = "text"
arriving = { settle_seconds = 0 }
gates = { feed_stale = "off" }
"""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path) -> Iterator[Call]:
    """Calls the command line in a folder with a site file and an inbox."""
    monkeypatch.chdir(tmp_path)
    Path("site.toml").write_text(SITE)
    Path("inbox").mkdir()

    def run(*arguments: str, said: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["auditor", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        return Outcome(code, *capsys.readouterr())

    # The site's choices here change no rule: the pipeline is read once.
    with set_up_once():
        monkeypatch.setattr(
            "auditor.config.pipeline.read_pipeline",
            lambda folder, chosen: replace(pipeline(Path(folder)), site=chosen),
        )
        yield run


def put(name: str = "1", patients: tuple[str, ...] = ("P", "Q")) -> None:
    write_table(Path(f"inbox/reports-{name}.csv"), REPORTS, [report(one) for one in patients])
    write_table(Path(f"inbox/orders-{name}.csv"), ORDERS, [order("P", 9, "CT ABDOMEN")])


def test_a_night_by_its_command(call: Call) -> None:
    put()
    done = call("nightly", "site.toml")
    assert (done.code, done.err) == (0, "")
    assert "Lakeside: done" in done.out and "Cases:" in done.out
    assert cases(Path("out/latest")) == {"P": "compliant", "Q": "pending"}
    again = call("nightly", "site.toml")
    assert again.code == 0 and "nothing new" in again.out


def test_a_stopped_night_says_why_and_how_to_go_on(call: Call) -> None:
    write_table(Path("inbox/reports.csv"), REPORTS, [report("P")])
    stopped = call("nightly", "site.toml")
    assert stopped.code == 4
    assert f"auditor: Feed orders brought no file for {today()}." in stopped.err
    assert "auditor nightly --accept feed_missing" in stopped.err
    assert call("nightly", "site.toml", "--accept", "feed_missing").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nightly", "no.toml"), "no.toml: cannot be read"),
        (("nightly", "site.toml", "--accept", "everything"), "the checks are clock, feed_missing"),
        (("nightly", "bare.toml"), "bare.toml: has no [nightly] table"),
        (("status", "bare.toml"), "has no [nightly] table"),
        (("nightly", "unnamed.toml"), "AUDITOR_LEDGER is not set"),
        (("nightly", "wrong.toml"), "nightly.gates.clock: must be 'off'"),
        (("purge", "--site", "site.toml"), "--patient or --before"),
        (("purge", "--site", "site.toml", "--before", "soon"), "--before must be a date"),
    ],
)
def test_wrong_settings_end_with_2(call: Call, arguments: tuple[str, ...], words: str) -> None:
    Path("bare.toml").write_text('name = "x"\n')
    Path("unnamed.toml").write_text('[nightly]\ninbox = "a"\noutputs = "b"\n')
    Path("wrong.toml").write_text(SITE.replace('feed_stale = "off"', 'clock = "loud"'))
    found = call(*arguments)
    assert found.code == 2 and words in " ".join(found.err.split())


def test_a_dry_run_says_that_nothing_was_written(call: Call) -> None:
    put()
    done = call("nightly", "site.toml", "--dry-run")
    assert done.code == 0 and "nothing was written" in done.out
    assert sorted(path.name for path in Path().iterdir()) == ["inbox", "site.toml"]


def test_status_shows_the_last_nights(call: Call) -> None:
    assert "No night has been taken yet" in call("status", "site.toml").out
    put()
    call("nightly", "site.toml")
    Path("inbox/reports-2.csv").write_text("patient_id,report_id,exam_datetime,report_text\n,,,\n")
    call("nightly", "site.toml")
    shown = call("status", "site.toml")
    lines = shown.out.splitlines()
    assert shown.code == 0 and lines[1].split()[:4] == ["Night", "Outcome", "Rows", "Aside"]
    assert lines[2].split()[2:6] == ["done", "3", "0", "3"]
    assert lines[3].split()[2] == "stopped" and "set_aside" in lines[3]
    assert "The last night: 1 of 1 reports rows were set aside" in shown.out
    assert len(call("status", "site.toml", "--nights", "1").out.splitlines()) < len(lines)


def test_status_tells_of_nights_whose_ledger_is_gone(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    Path("ledger.db").write_bytes(b"no database" * 99)
    assert call("nightly", "site.toml").code == 5
    assert "is not an SQLite database" in call("status", "site.toml").out


# --- doctor ---------------------------------------------------------------------------------------


def test_doctor_finds_a_good_installation_good(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    found = call("doctor", "site.toml")
    assert found.code == 0
    states = {line.split()[1]: line.split()[0] for line in found.out.splitlines() if line[0] != " "}
    assert states.pop("pipeline") == "look"  # nobody has signed the rules off
    assert set(states.values()) == {"ok"}
    assert {"versions", "time", "inbox", "outputs", "ledger", "disk", "notices"} == states.keys()


def test_doctor_changes_nothing(call: Call) -> None:
    call("doctor", "site.toml")
    assert sorted(path.name for path in Path().iterdir()) == ["inbox", "site.toml"]


def test_doctor_needs_no_site_file(call: Call) -> None:
    found = call("doctor")
    assert found.code == 0 and "versions" in found.out and "ledger" not in found.out


@pytest.mark.parametrize(
    ("break_it", "code", "words"),
    [
        (lambda: Path("inbox").rmdir(), 3, "Make the folder, or give this user the right"),
        (lambda: Path("ledger.db").write_bytes(b"no database" * 99), 5, "restore a backup"),
        (lambda: Path("out").write_text("a file"), 5, "Give this user the right to write there"),
        (
            lambda: Path("site.toml").write_text(SITE + 'pipeline = "nowhere"\n'),
            2,
            "nowhere: is neither a folder",
        ),
        (
            lambda: Path("site.toml").write_text(SITE + "notices = { webhook = true }\n"),
            2,
            "not set: AUDITOR_WEBHOOK_URL",
        ),
    ],
)
def test_doctor_says_what_is_wrong_and_how_to_mend_it(
    call: Call, break_it: Callable[[], object], code: int, words: str
) -> None:
    break_it()
    found = call("doctor", "site.toml")
    assert found.code == code and words in found.out


def test_doctor_sees_a_clock_behind_the_last_night(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    history = Path("out/nights.jsonl")
    later = (date.today() + timedelta(days=9)).isoformat()
    history.write_text(history.read_text().replace(f'"date": "{today()}"', f'"date": "{later}"'))
    found = call("doctor", "site.toml")
    assert found.code == 2 and "Set the clock" in found.out


# --- purge ----------------------------------------------------------------------------------------


def test_purge_only_counts_until_it_is_told_to_do_it(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    asked = call("purge", "--site", "site.toml", "--patient", "P", "--patient", "nobody")
    assert asked.out.startswith("1 patients would be taken out") and asked.code == 0
    assert set(cases(Path("out/latest"))) == {"P", "Q"}


def test_purge_takes_a_patient_out_of_ledger_and_outputs(call: Call) -> None:
    put(patients=("Quincewick", "Q"))
    call("nightly", "site.toml")
    done = call("purge", "--site", "site.toml", "--patient", "-", "--yes", said="Quincewick\n")
    assert done.code == 0 and "1 patients, 1 reports, 0 orders and 1 cases" in done.out
    assert "Quincewick" not in done.out
    for path in [*Path("out").rglob("*"), Path("ledger.db")]:
        assert path.is_dir() or b"Quincewick" not in path.read_bytes(), path
    assert cases(Path("out/latest")) == {"Q": "pending"}
    with open_ledger("ledger.db") as ledger:
        (kept,) = ledger.purges()
    assert kept.kind == "patient" and kept.reports == 1


def test_purge_by_date_from_a_ledger_alone(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    done = call("purge", "--ledger", "ledger.db", "--before", on_day(1), "--yes")
    assert "1 patients, 1 reports" in done.out and "auditor rejudge" in done.out
    call("rejudge", "--ledger", "ledger.db", "--out", "new")
    with Path("new/cases.csv").open() as file:
        assert [row["patient_id"] for row in csv.DictReader(file)] == ["P"]


def test_after_a_purge_the_nights_go_on(call: Call) -> None:
    put()
    call("nightly", "site.toml")
    call("purge", "--site", "site.toml", "--patient", "P", "--yes")
    put("2", ("R",))
    assert call("nightly", "site.toml").code == 0
    assert set(cases(Path("out/latest"))) == {"Q", "R"}
    assert call("purge", "--ledger", "none.db", "--patient", "P").code == 5
