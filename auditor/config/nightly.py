"""The `[nightly]` table of a site file: what an unattended night reads, keeps, checks and tells."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from auditor.config.base import Settings

Action = Literal["off", "warn", "stop"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = Weekday.__args__  # type: ignore[attr-defined]
# What may stand beside an export to say that it is whole.
COMPANIONS = (".done", ".sha256", ".md5")

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ONE_FOLDER = "must be a pattern below the inbox, without '..' and not from the root"


class Feed(Settings):
    """One stream of exports.

    Attributes:
        table: What its files hold; `both` for formats that hold reports and orders alike.
        files: Patterns below the inbox.
        days: Weekdays on which a new file is expected.
    """

    table: Literal["reports", "orders", "both"]
    files: tuple[str, ...] = Field(min_length=1)
    days: tuple[Weekday, ...] = WEEKDAYS

    @field_validator("files")
    @classmethod
    def _below_the_inbox(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in files:
            if not pattern or PurePath(pattern).is_absolute() or ".." in PurePath(pattern).parts:
                raise ValueError(f"'{pattern}' {_ONE_FOLDER}")
        return files


class Arriving(Settings):
    """When an export counts as whole.

    Attributes:
        companion: `none`: its size and time stay the same for `settle_seconds`; else a file of
            this ending must stand beside it (`reports.csv.done` or `reports.done`), and a checksum
            in it must be the export's.
        settle_seconds: How long an export must stay the same; 0 takes it as it is.
        wait_seconds: How long a night waits for exports that are still being written.
    """

    companion: Literal["none", "done", "sha256", "md5"] = "none"
    settle_seconds: float = Field(default=60, ge=0, le=3600)
    wait_seconds: float = Field(default=1800, ge=0, le=12 * 3600)


class Gate(Settings):
    """What is done when a check of the night finds something; `clock = "warn"` is enough.

    Attributes:
        action: `off`: not looked at; `warn`: a red line on the Summary; `stop`: nothing of the
            night is kept.
    """

    action: Action = "warn"


class ShareGate(Gate):
    """A check of a share of tonight's rows.

    Attributes:
        above: The largest share that passes.
        at_least: Fewer rows than these pass, unless they are all.
    """

    above: float = Field(default=0.05, ge=0, le=1)
    at_least: int = Field(default=5, ge=1)


class VolumeGate(Gate):
    """A check of a feed's rows against its own weekdays.

    Attributes:
        factor: Tonight's rows, as a multiple of the median of the same weekday.
        nights: How many nights of the same weekday it takes to say anything.
    """

    factor: float = Field(default=0.5, gt=0)
    nights: int = Field(default=4, ge=1)


class DriftGate(Gate):
    """A check of a share of tonight's rows against the nights before.

    Attributes:
        by: How far it may lie from the median, as a difference of shares (0.1: ten points).
        rows: Nights with fewer rows say nothing.
        nights: How many nights it takes to say anything.
    """

    by: float = Field(default=0.1, gt=0, le=1)
    rows: int = Field(default=50, ge=1)
    nights: int = Field(default=5, ge=1)


class AgeGate(Gate):
    """A check of the newest date in a feed: `days` before tonight still pass."""

    days: int = Field(default=3, ge=0)


class CountGate(Gate):
    """A check of a number; `above` is the largest that passes."""

    above: int = Field(default=0, ge=0)


class Gates(Settings):
    """The checks of a night, in the order in which they are told.

    Attributes:
        clock: The machine's clock stands before the last night.
        feed_missing: A feed brought no file where one was expected.
        feed_stale: A feed's newest date is old, or all of its rows were there already.
        feed_short: A feed brought far fewer rows than on its weekdays.
        feed_long: A feed brought far more.
        set_aside: Many rows of a table could not be used.
        dates: Many rows were set aside for a date that cannot be.
        linkage: Fewer reports than usual have an order of the same accession.
        unknown_statuses: More rows than usual have a status that nothing knows.
        index_share: The share of reports of the index exam's kind is not as usual.
        residual_identifiers: Texts hold what looks like an identifier.
    """

    clock: Gate = Gate(action="stop")
    feed_missing: Gate = Gate(action="stop")
    feed_stale: AgeGate = AgeGate()
    feed_short: VolumeGate = VolumeGate(action="stop")
    feed_long: VolumeGate = VolumeGate(factor=3)
    set_aside: ShareGate = ShareGate(action="stop")
    dates: ShareGate = ShareGate(action="stop", above=0.02)
    linkage: DriftGate = DriftGate(by=0.2)
    unknown_statuses: DriftGate = DriftGate()
    index_share: DriftGate = DriftGate()
    residual_identifiers: CountGate = CountGate()

    @model_validator(mode="before")
    @classmethod
    def _over_defaults(cls, given: Any) -> Any:
        """What a site leaves out of a gate stays as it is for that gate, not for its kind."""
        if not isinstance(given, dict):
            return given
        merged = {}
        for name, gate in given.items():
            gate = {"action": gate} if isinstance(gate, str) else gate
            known = cls.model_fields.get(name)
            over = known.default.model_dump() if known and isinstance(gate, dict) else {}
            merged[name] = {**over, **gate} if isinstance(gate, dict) else gate
        return merged


class Notices(Settings):
    """Who is told how a night went. Addresses of servers and secrets come from the environment.

    Attributes:
        when: `always`, or only after nights with `trouble`.
        mail_to: Addresses; AUDITOR_SMTP_URL names the server.
        mail_from: The sender's address.
        webhook: Post the night's figures to AUDITOR_WEBHOOK_URL.
        metrics: A file for the Prometheus node exporter's textfile collector; empty: none.
    """

    when: Literal["always", "trouble"] = "always"
    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    webhook: bool = False
    metrics: str = ""

    @model_validator(mode="after")
    def _a_sender(self) -> Notices:
        if self.mail_to and not self.mail_from:
            raise ValueError("mail_to needs a mail_from")
        return self

    @field_validator("mail_to", "mail_from")
    @classmethod
    def _one_line(cls, given: tuple[str, ...] | str) -> tuple[str, ...] | str:
        for address in (given,) if isinstance(given, str) else given:
            if address and ("@" not in address or re.search(r"[\s,;<>]", address)):
                raise ValueError(f"'{address}' is no plain mail address")
        return given


class Nightly(Settings):
    """An unattended night. Paths are taken from the site file's folder.

    Attributes:
        inbox: Folder that the exports arrive in; it is only read.
        outputs: Folder of `latest/`, of a folder for each night, and of the record of the nights.
        ledger: Ledger file or URL; empty: taken from AUDITOR_LEDGER.
        pipeline: Name or folder of the pipeline; empty: the one that comes with the tool.
        workers: Number of reading processes.
        keep: How many nights' folders are kept.
        ledger_wait_seconds: How long a night waits for another writer of a shared ledger.
        log: Shape of the log on stderr.
        feeds: The streams of exports, by name.
        arriving: When an export counts as whole.
        gates: The checks.
        notices: Who is told.
    """

    inbox: str = Field(min_length=1)
    outputs: str = Field(min_length=1)
    ledger: str = ""
    pipeline: str = ""
    workers: int = Field(default=1, ge=0)
    keep: int = Field(default=30, ge=1)
    ledger_wait_seconds: float = Field(default=10, ge=0)
    log: Literal["json", "text"] = "json"
    feeds: dict[str, Feed] = Field(
        default={
            "orders": Feed(table="orders", files=("orders*",)),
            "reports": Feed(table="reports", files=("reports*",)),
        },
        min_length=1,
    )
    arriving: Arriving = Arriving()
    gates: Gates = Gates()
    notices: Notices = Notices()

    @field_validator("feeds")
    @classmethod
    def _plain_names(cls, feeds: dict[str, Feed]) -> dict[str, Feed]:
        for name in feeds:
            if not _NAME.fullmatch(name):
                raise ValueError(f"'{name}' must be small letters, digits and '_'")
        return feeds
