"""A site with an inbox for tests: put exports in, take nights, look at what is there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from builders import (
    DAY_0,
    ORDERS,
    REPORTS,
    Row,
    order,
    pipeline,
    read_outputs,
    report,
    set_up_once,
    write_table,
)

from auditor.config.nightly import Nightly
from auditor.nightly.history import Night, read_nights
from auditor.nightly.night import take_night
from auditor.nightly.outputs import Outputs, is_whole
from auditor.nightly.plan import Plan

CT, MRI = "CT ABDOMEN PELVIS", "MRI ABDOMEN"
TABLES = {"reports": REPORTS, "orders": ORDERS}
# What does not depend on how rows were cut into nights.
LASTING = ("cases.csv", "near_misses.csv", "events.csv", "findings.csv", "grounds.csv")


@dataclass
class Site:
    """A folder with an inbox, outputs and a ledger, and the settings of its nights."""

    folder: Path
    ledger: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.ledger = self.ledger or str(self.folder / "ledger.db")

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def outputs(self) -> Outputs:
        return Outputs(self.folder / "out")

    @property
    def latest(self) -> Path:
        return self.outputs.latest

    @property
    def history(self) -> tuple[Night, ...]:
        return read_nights(self.outputs.history)

    def put(self, table: str, name: object, rows: Iterable[Row]) -> Path:
        """Write an export into the inbox."""
        return write_table(self.inbox / f"{table}-{name}.csv", TABLES[table], rows)

    def put_night(self, day: int, reports: Iterable[Row] = (), orders: Iterable[Row] = ()) -> None:
        """Write both exports of a night, each with a row of its own besides."""
        plain = report(f"plain{day}", day, "FINDINGS: No mass.", report_id=f"plain{day}")
        self.put("reports", f"{day:03}", [*reports, plain])
        self.put("orders", f"{day:03}", [*orders, order(f"plain{day}", day, "US RENAL")])

    def plan(self, day: int = 0, *, hour: int = 2, settings: dict | None = None, **more) -> Plan:
        given = {
            "inbox": "inbox",
            "outputs": "out",
            "workers": 0,
            "arriving": {"settle_seconds": 0, "wait_seconds": 0},
            **self.settings,
            **(settings or {}),
        }
        started = datetime.combine(DAY_0 + timedelta(days=day), time(hour), UTC)
        return replace(
            Plan(
                nightly=Nightly.model_validate(given),
                base=self.folder,
                site="Lakeside",
                rules=pipeline,
                started=started,
                ledger=self.ledger,
                environment=self.environment,
                sleep=lambda seconds: None,
            ),
            **more,
        )

    def night(self, day: int = 0, **more: Any) -> Night:
        """Take a night at two o'clock of a day."""
        with set_up_once():
            return take_night(self.plan(day, **more))

    def lasting(self) -> dict[str, bytes]:
        """What `latest/` says that any cut into nights must say alike."""
        found = read_outputs(self.latest)
        return {name: found[name] for name in LASTING}

    def is_whole(self) -> bool:
        return is_whole(self.latest)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def cases(folder: Path) -> dict[str, str]:
    """Status by patient."""
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        return {row["patient_id"]: row["status"] for row in csv.DictReader(file)}


def record(folder: Path) -> dict[str, Any]:
    """A folder's run.json."""
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))
