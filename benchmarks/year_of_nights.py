"""A year of unattended nights ends as one run over everything would.

    python -m benchmarks.year_of_nights [--nights 365] [--patients 1500] [--ledger URL]

Invented exports are dealt out day by day into an inbox, and a night is taken for each day. Files
come late, come twice, come again corrected, are missing and added to the next one; on some nights
the machine is off. Checks are on: a night that one of them stops is taken the next day with
`--accept`, as a person would. In the end the tables must be those of one run over all files.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.lexicon import Lexicon
from auditor.config.nightly import Gates, Nightly
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.job import run_audit
from auditor.language.findings import FindingReader
from auditor.nightly.history import DONE, STOPPED
from auditor.nightly.night import take_night
from auditor.nightly.plan import Plan
from auditor.request import Request
from auditor.sample import write_sample

LAST_DAY = date(2026, 6, 30)
# What depends on the last run alone is not compared.
LASTING = ("cases.csv", "near_misses.csv", "events.csv", "findings.csv", "grounds.csv")
FATES = {"late": 0.08, "missing": 0.04, "twice": 0.06, "corrected": 0.04}
OFF = 0.03

Row = dict[str, str]


@dataclass
class Year:
    """What was dealt out, and what came of it.

    Attributes:
        same: Names of the tables that are as one run over everything makes them.
        differing: Names of those that are not.
        nights: Nights by outcome.
        fates: Files by what became of them.
        rows: Rows dealt out, repeated ones too.
        seconds: Of each night.
        one_run: Seconds of the one run.
        ledger_bytes: Size of the ledger's file; 0 where it is none.
        one_ledger_bytes: Size of the one run's ledger.
        cases: Cases in the end.
    """

    same: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    nights: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    seconds: list[float] = field(default_factory=list)
    one_run: float = 0.0
    ledger_bytes: int = 0
    one_ledger_bytes: int = 0
    cases: int = 0


def main() -> None:
    """Print what came of a year; end with 1 where any table differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--patients", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", default="", help="URL of an empty ledger")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_reader():
        year = live_through(
            Path(folder), chosen.nights, chosen.patients, seed=chosen.seed, ledger=chosen.ledger
        )
    for line in _lines(year):
        sys.stdout.write(line + "\n")
    raise SystemExit(bool(year.differing))


def _lines(year: Year) -> Iterator[str]:
    yield f"nights             {dict(sorted(year.nights.items()))}"
    yield f"files              {dict(sorted(year.fates.items()))}"
    yield f"rows, cases        {year.rows:,}, {year.cases:,}"
    yield f"seconds a night    median {statistics.median(year.seconds):.2f}, "
    yield f"                   most {max(year.seconds):.2f}, together {sum(year.seconds):.0f}"
    yield f"seconds one run    {year.one_run:.1f}"
    yield f"ledger             {year.ledger_bytes:,} bytes; of one run {year.one_ledger_bytes:,}"
    yield f"tables alike       {', '.join(year.same)}"
    yield f"tables that differ {', '.join(year.differing) or 'none'}"


def live_through(
    folder: Path,
    nights: int,
    patients: int,
    *,
    seed: int = 1,
    ledger: str = "",
    case_rate: float | None = None,
) -> Year:
    """Deal out exports of so many days, take their nights, and compare with one run.

    Args:
        folder: An empty folder.
        nights: How many days; what is older comes in the first night.
        patients: How many invented patients.
        seed: Decides what becomes of each file.
        ledger: URL of an empty ledger; empty: an SQLite file.
        case_rate: Share of the patients that are cases; None: as it comes.
    """
    chance, year = random.Random(seed), Year()  # noqa: S311 - nothing secret
    pipeline = _pipeline()
    first = LAST_DAY - timedelta(days=nights - 1)
    dealt = _deal(_sample(folder, patients, pipeline, case_rate), first, chance, year)
    inbox = folder / "inbox"
    inbox.mkdir()
    url = ledger or str(folder / "ledger.db")
    accept: frozenset[str] = frozenset()
    # A week more, so that what is late has come.
    for number in range(nights + 7):
        day = first + timedelta(days=number)
        for name, rows in dealt.pop(day, {}).items():
            year.rows += len(rows)
            _write(inbox / name, rows)
        if chance.random() < OFF and number < nights:
            year.nights["machine off"] += 1
            continue
        begun = time.perf_counter()
        night = take_night(_plan(folder, url, day, pipeline, accept))
        year.seconds.append(time.perf_counter() - begun)
        year.nights[night.outcome] += 1
        stopped = night.outcome == STOPPED
        accept = frozenset(Gates.model_fields) if stopped else frozenset()
        if night.outcome not in (DONE, STOPPED, "nothing new"):
            raise RuntimeError(f"{day}: {night.said}")
    _compare(folder, pipeline, day, year)
    year.ledger_bytes = 0 if ledger else Path(url).stat().st_size
    return year


def _compare(folder: Path, pipeline: Pipeline, today: date, year: Year) -> None:
    begun = time.perf_counter()
    one_ledger = folder / "one.db"
    request = Request(
        pipeline,
        reports=(str(folder / "inbox" / "reports*.csv"),),
        orders=(str(folder / "inbox" / "orders*.csv"),),
        out=folder / "one",
        ledger=str(one_ledger),
        today=today.isoformat(),
        started="one",
    )
    year.cases = len(run_audit(request).cases)
    year.one_run = time.perf_counter() - begun
    year.one_ledger_bytes = one_ledger.stat().st_size
    for name in LASTING:
        same = (folder / "one" / name).read_bytes() == _latest(folder, name)
        (year.same if same else year.differing).append(name)


def _latest(folder: Path, name: str) -> bytes:
    return (folder / "out" / "latest" / name).read_bytes()


def _pipeline() -> Pipeline:
    return read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())


def _plan(folder: Path, ledger: str, day: date, pipeline: Pipeline, accept: frozenset[str]) -> Plan:
    settings = Nightly.model_validate(
        {
            "inbox": "inbox",
            "outputs": "out",
            "workers": 0,
            "keep": 7,
            "arriving": {"settle_seconds": 0, "wait_seconds": 0},
        }
    )
    return Plan(
        nightly=settings,
        base=folder,
        site="",
        rules=lambda: pipeline,
        started=datetime.combine(day, datetime.min.time().replace(hour=2), UTC),
        ledger=ledger,
        accept=accept,
    )


# --- exports --------------------------------------------------------------------------------------


def _sample(
    folder: Path, patients: int, pipeline: Pipeline, case_rate: float | None
) -> dict[str, list[Row]]:
    files = write_sample(
        folder / "sample",
        patients=patients,
        seed=1,
        pipeline_folder=pipeline.folder,
        as_of=LAST_DAY.isoformat(),
        case_rate=case_rate,
    )
    found = {}
    for table, path in (("reports", files.reports), ("orders", files.orders)):
        with path.open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def _deal(
    tables: Mapping[str, list[Row]], first: date, chance: random.Random, year: Year
) -> dict[date, dict[str, list[Row]]]:
    """Files by the night that they come in, each with its name."""
    dealt: dict[date, dict[str, list[Row]]] = {}
    for table, rows in tables.items():
        days: dict[date, list[Row]] = {}
        for row in rows:
            days.setdefault(max(first, _day_of(row)), []).append(row)
        held: list[Row] = []
        for day in sorted(days):
            content, held = [*held, *days[day]], []
            fate = _fate(chance) if day > first else "plain"
            if fate == "missing" and day != max(days):
                held = content
            else:
                for night, name, part in _files(table, day, content, fate, chance):
                    dealt.setdefault(night, {})[name] = part
            year.fates[fate] += 1
    return dealt


def _files(
    table: str, day: date, rows: list[Row], fate: str, chance: random.Random
) -> Iterator[tuple[date, str, list[Row]]]:
    name, later = f"{table}-{day}", day + timedelta(days=chance.randint(1, 5))
    if fate == "late":
        yield later, f"{name}.csv", rows
        return
    if fate == "corrected":
        # Half of it, with a row that cannot be used; then all of it.
        broken = {**rows[0], "patient_id": ""}
        yield day, f"{name}.csv", [broken, *rows[: len(rows) // 2]]
        yield later, f"{name}-corrected.csv", rows
        return
    yield day, f"{name}.csv", rows
    if fate == "twice":
        yield later, f"{name}-again.csv", rows


def _fate(chance: random.Random) -> str:
    drawn = chance.random()
    for fate, share in FATES.items():
        drawn -= share
        if drawn < 0:
            return fate
    return "plain"


def _day_of(row: Row) -> date:
    """The newest day that a row speaks of: it cannot come before."""
    names = ("exam_datetime", "report_datetime", "order_datetime", "performed_datetime")
    return date.fromisoformat(max(row.get(name, "")[:10] for name in names))


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def one_reader() -> Iterator[None]:
    """Within it spaCy is set up once, not every night: that is what a process pays, not a night."""

    @cache
    def made(lexicon: int) -> FindingReader:
        return FindingReader(known[lexicon])

    known: dict[int, Lexicon] = {}

    def reader(lexicon: Lexicon, *_: int) -> FindingReader:
        known[id(lexicon)] = lexicon
        return made(id(lexicon))

    with patch("auditor.language.findings.FindingReader", reader):
        yield


if __name__ == "__main__":
    main()
