"""What nights say, good and bad ones, holds no id and no word of a text.

Logs, letters, metrics, records and errors are searched for every id and every longer word of every
text of the exports: everything but tables, workbook and ledger.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import FILM, Row, on_day, order, report, set_up_once
from night_builders import CT, Site

from auditor import cli
from auditor.logs import JsonLines

pytestmark = pytest.mark.usefixtures("quick_workbook")

# Words that the messages may use by themselves.
PLAIN = {"findings", "mass", "calcified", "left", "flank"}
# What may hold rows: the tables and the workbook, the ledger, the exports.
HOLDING_ROWS = (".csv", ".xlsx", ".db", ".db-wal", ".db-shm", ".gz")


def exports() -> tuple[list[Row], list[Row]]:
    """Rows with a case, rows that nothing knows, and rows broken in many ways."""
    text = "FINDINGS: Calcified mass in the left flank. Zebulon Quartermaine dictating, Xylander."
    reports = [
        report("zqpatient1", 0, text, report_id="zqreport1", accession="zqaccession1"),
        report("zqpatient2", 0, text, report_id="zqreport2", report_status="zqstatus"),
        report("zqpatient3", 0, text, report_id="zqreport3", procedure="ZQPROCEDURE"),
        *(report("zqpatient4", 0, text, report_id=f"zqreport{n}") for n in range(4, 30)),
    ]
    broken = [
        report("zqpatient5", 0, text, report_id="zqreport30", exam_datetime="zqdate"),
        report("", 0, text, report_id="zqreport31"),
        report("zqpatient6", 0, f"{text}\0", report_id="zqreport32"),
    ]
    orders = [
        order("zqpatient1", 0, FILM, order_id="zqorder1", reason="Quibbleworth asks."),
        order("zqpatient2", 0, CT, order_id="zqorder2", status="zqword"),
        order("zqpatient7", 0, "ZQEXAM", order_id="zqorder3", reason="Vandersloot wants it."),
    ]
    return reports + broken, orders


def words_of(rows: list[Row]) -> set[str]:
    """Every id and every word of four letters or more of these rows, in small letters.

    Local words for a procedure or status that nothing knows are told in `run.json` on purpose.
    """
    found: set[str] = set()
    for row in rows:
        for name in ("patient_id", "report_id", "order_id", "accession"):
            found.add(row.get(name, "").lower())
        for name in ("report_text", "reason", "exam_datetime"):
            text = row.get(name, "").lower()
            found.update(re.findall(r"[a-z0-9]{4,}", text) if not text[:4].isdigit() else ())
    return {word for word in found if word}


class Spoken:
    """All that nights say: JSON logs, text logs, letters, metrics, records, errors."""

    def __init__(self) -> None:
        self.lines = io.StringIO()
        self.plain = io.StringIO()
        self.more: list[str] = []

    def everything(self, site: Site) -> str:
        parts = [self.lines.getvalue(), self.plain.getvalue(), *self.more]
        for path in sorted(site.folder.rglob("*")):
            if path.is_file() and path.suffix not in HOLDING_ROWS and path.parent != site.inbox:
                parts.append(f"{path.name}\n{path.read_text('utf-8', errors='replace')}")
        return "\n".join(parts)


@pytest.fixture
def spoken(capfd: pytest.CaptureFixture[str]) -> Iterator[Spoken]:
    heard = Spoken()
    logger = logging.getLogger()
    level = logger.level
    handlers = [logging.StreamHandler(heard.lines), logging.StreamHandler(heard.plain)]
    handlers[0].setFormatter(JsonLines("N-1"))
    logging.getLogger("auditor").setLevel(logging.DEBUG)
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield heard
    for handler in handlers:
        logger.removeHandler(handler)
    logger.setLevel(level)


def quoting(error: Callable[[str], Exception]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error("zqpatient1: zqreport1 Zebulon Quartermaine")

    return fail


# What goes wrong in a night: a step that fails with an error that quotes a row, or nothing.
FAULTS = [
    None,
    "auditor.job.check_files",
    "auditor.language.procedure_columns.classify_procedure",
    "auditor.language.nlp.Reader.targets",
    "auditor.ledger.facts.encode_facts",
    "auditor.ledger.cases.save_cases",
    "auditor.job.judge_patient",
    "auditor.nightly.night.check_gates",
    "auditor.nightly.night.publish",
    "auditor.workbook.outputs.build_tables",
    "auditor.workbook.outputs.write_workbook",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_nights_say_no_id_and_no_word_of_a_text(
    site: Site, spoken: Spoken, monkeypatch, capfd, fault: str | None
) -> None:
    reports, orders = exports()
    site.settings = {"notices": {"metrics": "a.prom", "webhook": True}}
    site.put("reports", 0, reports)
    site.put("orders", 0, orders)
    for day, error in enumerate((KeyError, OSError) if fault else (None,) * 2):
        with monkeypatch.context() as patched:
            if fault and error:
                patched.setattr(fault, quoting(error))
            night = site.night(day)
            assert bool(night.exit_code) == (fault is not None or day > 0), night.said
    assert site.night(5, accept=frozenset({"feed_missing", "dates"})).exit_code in (0, 4)
    spoken.more += capfd.readouterr()
    said = spoken.everything(site)
    assert "rows in" in said or fault
    _look_for_any(said, reports + orders)


def _look_for_any(said: str, rows: list[Row]) -> None:
    tokens = set(re.findall(r"[a-z0-9]{4,}", said.lower()))
    wanted = words_of(rows)
    assert {"zqpatient1", "quartermaine", "zebulon", "vandersloot"} <= wanted
    assert (tokens & wanted) - PLAIN == set()
    # What the engine may say by itself it says in no message about these rows either.
    for line in said.splitlines():
        assert len(PLAIN & set(re.findall(r"[a-z]+", line.lower()))) < 3, line


def test_stopped_nights_say_counts_only(site: Site, spoken: Spoken, capfd) -> None:
    reports, orders = exports()
    bad = [
        row | {"exam_datetime": "zqdate", "report_id": f"zqlate{n}"}
        for n, row in enumerate(reports)
    ]
    site.put("reports", 0, bad)
    site.put("orders", 0, orders)
    night = site.night(0)
    assert night.exit_code == 4
    spoken.more += [night.said, *capfd.readouterr()]
    _look_for_any(spoken.everything(site), bad + orders)


def test_the_commands_say_no_id(tmp_path: Path, monkeypatch, capfd) -> None:
    """With a ledger that breaks in mid-night, from the outside."""
    import sqlite3

    site = Site(tmp_path)
    reports, orders = exports()
    (tmp_path / "site.toml").write_text(
        '[nightly]\ninbox = "inbox"\noutputs = "out"\nledger = "ledger.db"\nworkers = 0\n'
        'arriving = { settle_seconds = 0 }\ngates = { feed_stale = "off" }\n'
    )
    said = []
    for number, command in enumerate(("nightly", "nightly", "status", "doctor")):
        site.put("reports", number, [row | {"report_datetime": on_day(number)} for row in reports])
        site.put("orders", number, orders)
        if number == 1:
            with sqlite3.connect(tmp_path / "ledger.db") as connection:
                for table in ("report_facts", "cases", "patient_results"):
                    connection.execute(
                        f"CREATE TRIGGER stop_{table} BEFORE INSERT ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'refused'); END"
                    )
        monkeypatch.setattr(sys, "argv", ["auditor", command, str(tmp_path / "site.toml")])
        with set_up_once():
            try:
                cli.main()
            except SystemExit as ended:
                said.append(f"ended with {ended.code}")
        said += capfd.readouterr()
    assert "ended with 5" in said and "refused" in "".join(said)
    logs = [json.loads(line) for line in "".join(said).splitlines() if line.startswith("{")]
    assert {"run", "stage", "message"} <= logs[0].keys()
    assert "ingest" in {line["stage"] for line in logs}
    spoken = Spoken()
    spoken.more = said
    _look_for_any(spoken.everything(site), reports + orders)


def test_the_search_would_find_them(site: Site) -> None:
    """Otherwise the tests above would pass over nothing."""
    reports, orders = exports()
    with pytest.raises(AssertionError):
        _look_for_any('{"message": "zqpatient1"}', reports + orders)
    with pytest.raises(AssertionError):
        _look_for_any("dictating", reports + orders)
