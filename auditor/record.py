"""The record of a run: for the ledger, and for the outputs."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.config.pipeline import Pipeline
from auditor.config.site import Site
from auditor.ingest.schema import IdentifierFound, SetAside
from auditor.language.feed import Feed
from auditor.ledger.records import InputRecord, RowsRead, RunRecord
from auditor.linkage import Linkage
from auditor.workbook.results import (
    FeedDay,
    IdentifierCount,
    InputFile,
    RunInfo,
    Setting,
    Statement,
    UnknownProcedure,
    UnknownStatus,
)

# What of a site file does not decide how its patients are judged.
_NO_RULES = frozenset({"name", "sign_off", "shareable", "privacy", "nightly"})
# What of it decides how a row is read.
_READING = frozenset(
    {"statuses", "modalities", "code_systems", "facilities", "procedures", "lexicon"}
)
_DIGITS = 12
# Identifiers that are listed by row; all are counted.
_MOST_LISTED = 100_000


@dataclass
class Tally:
    """What the stages of one run count on the way.

    Attributes:
        counts: Rows by step.
        inputs: Rows of each input, by name and table: `rows_in`, `kept`, `set_aside`,
            `duplicates`.
        set_aside: The rows that were not used.
        procedures: Rows by (description, modality, code) that nothing knows.
        statuses: Rows by (table, status word) that nothing knows.
        timings: Seconds by stage.
        warnings: Sentences for the summary, in the order of the stages.
        newest: Newest date in each input, by name and table (ISO date), none of the future.
        days: Rows by input, table and day (ISO date), none of the future.
        linkage: Accessions of reports and orders.
        identifiers: What looks like an identifier, by row; the first `_MOST_LISTED`.
        identifier_rows: Rows by (table, column, kind) of all of them; None: nobody has looked.
        today: ISO date of the run; empty: not known, and no date is of the future.
    """

    counts: Counter[str] = field(default_factory=Counter)
    inputs: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    procedures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    timings: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)
    days: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    linkage: Linkage = field(default_factory=Linkage)
    identifiers: list[IdentifierFound] = field(default_factory=list)
    identifier_rows: Counter[tuple[str, str, str]] | None = None
    today: str = ""

    def look_at(self, name: str, table: str, feed: Feed) -> None:
        """Note what rows that came from an input tell of it."""
        self.linkage.add(table, feed.accessions)
        for word, rows in feed.unknown_statuses.items():
            self.statuses[(table, word)] += rows
        for day, rows in feed.days.items():
            if not self.today or day <= self.today:
                self.days[(name, table, day)] += rows
                self.newest[(name, table)] = max(day, self.newest.get((name, table), ""))

    def list_identifiers(self, found: Sequence[IdentifierFound]) -> None:
        """Note that rows were looked through, and what looks like an identifier in them."""
        if self.identifier_rows is None:
            self.identifier_rows = Counter()
        self.identifier_rows.update(
            (item.table, item.column, item.identifier_kind) for item in found
        )
        self.identifiers.extend(found[: _MOST_LISTED - len(self.identifiers)])

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds of a block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.timings[stage] = round(self.timings.get(stage, 0.0) + spent, 3)


def describe_run(
    pipeline: Pipeline, started: str, inputs: Iterable[str], after: RunRecord | None
) -> RunRecord:
    """The record that a run begins with.

    Its id is made of all that it is about and of the run before it, so that the same again, even
    within the same second, is another run.

    Args:
        pipeline: The pipeline, with the site's choices in it.
        started: ISO datetime of the start.
        inputs: Digests of the input files.
        after: The ledger's last run, None for the first.
    """
    rules = _digest_rules(pipeline, without=_NO_RULES)
    parts = [after.run_id if after else "", started, rules, *sorted(inputs)]
    return RunRecord(
        run_id="R-" + _digest(*parts)[:_DIGITS],
        started=started,
        tool_version=__version__,
        pipeline_name=pipeline.file.name,
        pipeline_version=pipeline.file.version,
        pipeline_digest=pipeline.digest,
        # Another version of the auditor may judge otherwise.
        rules_digest=_digest(__version__, rules),
        reading_digest=_digest_rules(pipeline, without=_not_read_by(pipeline.site)),
    )


def _not_read_by(site: Site) -> dict[str, Any]:
    """What of a site file does not decide what is taken from a row; masking does."""
    without: dict[str, Any] = dict.fromkeys(Site.model_fields.keys() - _READING, True)
    if site.privacy.residual_identifiers == "redact":
        without["privacy"] = {"sample_percent"}
    return without


def describe_inputs(tally: Tally, digests: Mapping[str, str]) -> Iterator[InputRecord]:
    """The inputs as the ledger records them, by name and table."""
    for (name, table), counted in sorted(tally.inputs.items()):
        yield InputRecord(
            digest=digests.get(name, ""),
            name=Path(name).name,
            table=table,
            rows_in=counted["rows_in"],
            rows_kept=counted["kept"],
            rows_set_aside=counted["set_aside"],
        )


def describe_outcome(
    pipeline: Pipeline, record: RunRecord, tally: Tally, digests: Mapping[str, str]
) -> RunInfo:
    """What was run, on what, by which rules, as the outputs tell it."""
    rules, signed = pipeline.verdicts, pipeline.site.sign_off
    approved = [signed.approved_by, signed.role, signed.date, signed.version]
    return RunInfo(
        tool_version=record.tool_version,
        pipeline=record.pipeline_name,
        pipeline_version=record.pipeline_version,
        pipeline_digest=record.pipeline_digest,
        sign_off=", ".join(part for part in approved if part) if signed.approved_by else "",
        as_of=record.as_of,
        window_days=rules.required_window(child=False),
        episode_days=rules.days(rules.pathway.episode),
        started=record.started,
        inputs=tuple(
            InputFile(
                name=Path(name).name,
                table=table,
                digest=digests.get(name, ""),
                rows_in=counted["rows_in"],
                kept=counted["kept"],
                set_aside=counted["set_aside"],
                duplicates=counted["duplicates"],
                newest=tally.newest.get((name, table), ""),
            )
            for (name, table), counted in sorted(tally.inputs.items())
        ),
        counts=dict(record.counts),
        timings=tally.timings,
        unknown_procedures=tuple(
            UnknownProcedure(*key, count) for key, count in sorted(tally.procedures.items())
        ),
        unknown_statuses=tuple(
            UnknownStatus(*key, count) for key, count in sorted(tally.statuses.items())
        ),
        settings=_settings(pipeline),
        statements=tuple(
            Statement(key, statement.text, statement.source)
            for key, statement in rules.statements.items()
        ),
        warnings=tuple(tally.warnings),
        feed_days=tuple(
            FeedDay(Path(name).name, table, day, rows)
            for (name, table, day), rows in sorted(tally.days.items())
        ),
        identifiers=None
        if tally.identifier_rows is None
        else tuple(
            IdentifierCount(*key, rows) for key, rows in sorted(tally.identifier_rows.items())
        ),
        ledger_run=record.run_id,
    )


def warn_of_known_inputs(known: int, inputs: int, tally: Tally) -> Iterator[str]:
    """One sentence where all inputs of a run had been read before: an export may be stale.

    Args:
        known: How many of the inputs an earlier run has read, by their digest.
        inputs: How many inputs the run has that have a digest.
        tally: What became of their rows.
    """
    if inputs and known == inputs:
        new = _rows(tally.counts["new_reports"], tally.counts["new_orders"])
        yield f"All files of this run had been read before: {new} in them were new."


def warn_of_other_reading(rows: Iterable[RowsRead]) -> Iterator[str]:
    """One sentence where facts in the ledger were read by other rules; they stand as read."""
    listed = list(rows)
    if not listed:
        return
    total = _rows(sum(one.reports for one in listed), sum(one.orders for one in listed))
    versions = "; ".join(
        f"version {one.pipeline_version}, digest {one.pipeline_digest[:_DIGITS]}: "
        f"{_rows(one.reports, one.orders)}"
        for one in listed
    )
    yield (
        f"{total} in the ledger were read by another version of the pipeline folder or by other "
        f"words of the site ({versions}). They are judged as they were read then: to read them "
        "anew, run their exports into a new ledger."
    )


def _rows(reports: int, orders: int) -> str:
    return f"{reports:,} reports and {orders:,} orders"


def _settings(pipeline: Pipeline) -> tuple[Setting, ...]:
    rules = pipeline.verdicts
    windows = [
        Setting(name, "unset" if window.days is None else f"{window.days} days", window.meaning)
        for name, window in rules.windows.items()
    ]
    switches = [
        Setting(name, ", ".join(value) if isinstance(value, tuple | list) else str(value), "")
        for name, value in rules.settings.items()
    ]
    return (*windows, *switches)


def _digest_rules(pipeline: Pipeline, *, without: Any) -> str:
    """Digest of the folder and of what the site adds to it, but for these keys of its file.

    The folder's own digest where the site adds nothing.
    """
    added = pipeline.site.model_dump(mode="json", exclude=without, exclude_defaults=True)
    return _digest(pipeline.digest, json.dumps(added, sort_keys=True)) if added else pipeline.digest


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
