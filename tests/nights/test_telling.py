"""The word for the morning: letters, metrics, logs, mail and webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from builders import on_day, report
from night_builders import Site

from auditor.logs import JsonLines
from auditor.nightly.history import FeedNight, Night
from auditor.nightly.letter import write_letter
from auditor.nightly.metrics import write_metrics
from auditor.nightly.outputs import Outputs
from auditor.workbook.results import Gate

NIGHT = Night(
    "2025-03-04",
    "2025-03-04T02:00:00+01:00",
    "done",
    seconds=61.5,
    folder="2025-03-04",
    as_of="2025-03-03",
    feeds={"reports": FeedNight(2, 12_345, 12_000, "2025-03-03", ("r <3>.csv is empty",))},
    counts={"cases": 86, "cases_new": 5, "flags_new": 2, "rows_in": 12_345},
    gates=(Gate("clock", "ok"), Gate("feed_stale", "warn", 'Feed "reports" & more.')),
)
WHEN = datetime(2025, 3, 4, 1, 2, tzinfo=UTC)


def test_the_letter_says_counts_checks_and_where_the_workbook_is(tmp_path: Path) -> None:
    letter = write_letter(NIGHT, Outputs(tmp_path), site="Lakeside")
    assert letter.subject == "Night of 2025-03-04, Lakeside: done, with warnings"
    for words in ("New cases:", "New flags:", 'Warning (feed_stale): Feed "reports" & more.'):
        assert words in letter.text
    assert str(tmp_path / "latest" / "compliance.xlsx") in letter.text
    assert "r <3>.csv is empty" in letter.text


def test_the_letters_two_forms_say_the_same(tmp_path: Path) -> None:
    letter = write_letter(NIGHT, Outputs(tmp_path), site="A & B <i>")
    words: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            words.extend(data.split())

    Reader().feed(letter.html)
    plain = re.sub(r":(?=\s{2})", " ", letter.text)
    assert set(plain.replace(":", "").split()) == set(" ".join(words).replace(":", "").split())
    assert "<i>" not in letter.html


def test_the_metrics_are_in_the_exporters_format() -> None:
    text = write_metrics(NIGHT, finished=WHEN, last_done=WHEN)
    sample = re.compile(r'auditor_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"\})? -?[0-9.e+]+')
    named: list[str] = []
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            named.append(line.split()[2])
        elif not line.startswith("# HELP"):
            assert sample.fullmatch(line), line
            assert re.split("[ {]", line)[0] == named[-1]
    assert len(named) == len(set(named)) >= 8
    assert 'auditor_gate{gate="feed_stale"} 1' in text
    assert "auditor_night_good_timestamp_seconds 1741050120" in text


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool (Debian: prometheus)")
def test_promtool_finds_the_metrics_in_order() -> None:
    text = write_metrics(NIGHT, finished=WHEN, last_done=None)
    run = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_a_log_line_says_run_and_stage_and_of_an_error_its_class_only() -> None:
    form = JsonLines("N-1")
    try:
        raise KeyError("secret")
    except KeyError as error:
        record = logging.LogRecord(
            "auditor.ingest.canonical", logging.ERROR, "", 1, "%d rows\nin", (3,), None
        )
        record.exc_info = (KeyError, error, error.__traceback__)
    line = form.format(record)
    told = json.loads(line)
    assert "\n" not in line and "secret" not in line
    assert (told["run"], told["stage"], told["level"]) == ("N-1", "ingest", "error")
    assert (told["message"], told["exception"]) == ("3 rows\nin", "KeyError")


# --- sending --------------------------------------------------------------------------------------


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as it takes to be given a mail."""

    received: list[str] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text.decode())
                self.received.append("".join(lines))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    received: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers.get("X-Auditor-Signature", ""), body))
        self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


WISHES = {
    "notices": {
        "mail_to": ["quality@hospital.example"],
        "mail_from": "audit@hospital.example",
        "webhook": True,
    }
}


def test_mail_and_webhook_are_sent(site: Site, caplog) -> None:
    site.put_night(0, [report("P", 0)])
    Mailbox.received, Hook.received = [], []
    with (
        serving(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)) as smtp,
        serving(HTTPServer(("127.0.0.1", 0), Hook)) as http,
    ):
        site.environment = {
            "AUDITOR_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "AUDITOR_WEBHOOK_URL": f"http://127.0.0.1:{http}/hook",
            "AUDITOR_WEBHOOK_SECRET": "hunter2",
        }
        site.night(0, settings=WISHES)
    (mail,), ((signature, body),) = Mailbox.received, Hook.received
    assert f"Subject: Night of {on_day(0)}, Lakeside: done" in mail
    assert "text/plain" in mail and "text/html" in mail and "New cases:" in mail
    assert json.loads(body)["night"]["outcome"] == "done"
    right = hmac.new(b"hunter2", body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={right}" and b"hunter2" not in body


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "The mail was not sent: set AUDITOR_SMTP_URL in the environment."),
        ({"AUDITOR_SMTP_URL": "ftp://u:hunter2@h"}, "must be smtp://"),
        ({"AUDITOR_SMTP_URL": "smtp://u:hunter2@127.0.0.1:1"}, "not sent (ConnectionRefused"),
        ({"AUDITOR_WEBHOOK_URL": "file:///etc/passwd"}, "must begin with https:// or http://"),
        ({"AUDITOR_WEBHOOK_URL": "http://u:hunter2@127.0.0.1:1/x"}, "The webhook was not sent ("),
    ],
)
def test_what_cannot_be_sent_is_told_and_the_night_is_good(
    site: Site, caplog, environment: dict[str, str], words: str
) -> None:
    site.put_night(0, [report("P", 0)])
    site.environment = environment
    assert site.night(0, settings=WISHES).exit_code == 0
    assert words in caplog.text and "hunter2" not in caplog.text


def test_a_server_that_refuses_is_told(site: Site, caplog) -> None:
    site.put_night(0)
    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as http:
        site.environment = {"AUDITOR_WEBHOOK_URL": f"http://127.0.0.1:{http}/broken"}
        night = site.night(0, settings={"notices": {"webhook": True}})
    assert night.exit_code == 0 and "The webhook was not sent (HTTPError)" in caplog.text


def test_only_trouble_is_told_where_the_site_wants_it_so(site: Site) -> None:
    Hook.received = []
    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as http:
        site.environment = {"AUDITOR_WEBHOOK_URL": f"http://127.0.0.1:{http}/"}
        wishes = {"notices": {"webhook": True, "when": "trouble"}}
        site.put_night(0)
        site.night(0, settings=wishes)
        assert Hook.received == []
        site.night(1, settings=wishes)
    assert json.loads(Hook.received[0][1])["night"]["exit_code"] == 4


def test_metrics_tell_the_age_of_the_figures(site: Site) -> None:
    def metrics() -> dict[str, str]:
        lines = (site.folder / "a.prom").read_text().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    wishes = {"notices": {"metrics": "a.prom"}}
    site.put_night(0, [report("P", 0)])
    site.night(0, settings=wishes)
    good = metrics()["auditor_night_good_timestamp_seconds"]
    site.night(1, settings=wishes)
    found = metrics()
    assert found["auditor_night_good"] == "0" and found["auditor_night_exit_code"] == "4"
    assert found["auditor_night_good_timestamp_seconds"] == good
    assert float(found["auditor_night_finished_timestamp_seconds"]) > float(good)
    assert [path.name for path in site.folder.glob(".a.prom*")] == []
