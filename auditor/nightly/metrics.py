"""The night's figures for the textfile collector of the Prometheus node exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from auditor.nightly.history import DONE, NOTHING_NEW, Night

Sample = tuple[Mapping[str, str], float]


def write_metrics(night: Night, *, finished: datetime, last_done: datetime | None) -> str:
    """The text of the file: one gauge a figure, no identifier in any label.

    Args:
        night: The night.
        finished: When it ended.
        last_done: When the last good night ended, this one or an earlier; None where none did.
    """
    lines: list[str] = []
    for name, meaning, samples in _gauges(night, finished, last_done):
        lines += [f"# HELP auditor_{name} {meaning}", f"# TYPE auditor_{name} gauge"]
        lines += [f"auditor_{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _gauges(
    night: Night, finished: datetime, last_done: datetime | None
) -> Iterator[tuple[str, str, list[Sample]]]:
    yield "night_finished_timestamp_seconds", "When the last night ended.", _one(_unix(finished))
    if last_done is not None:
        meaning = "When the last good night ended: its age says how old the figures are."
        yield "night_good_timestamp_seconds", meaning, _one(_unix(last_done))
    yield "night_exit_code", "Exit code of the last night.", _one(night.exit_code)
    good = night.outcome in (DONE, NOTHING_NEW)
    yield "night_good", "Whether the last night was neither stopped nor failed.", _one(good)
    yield "night_duration_seconds", "How long the last night took.", _one(night.seconds)
    if night.counts:
        counts = sorted(night.counts.items())
        samples: list[Sample] = [({"figure": name}, value) for name, value in counts]
        yield "night_figure", "Rows, cases and flags of the last night.", samples
    if night.feeds:
        feeds = sorted(night.feeds.items())
        files: list[Sample] = [({"feed": name}, feed.files) for name, feed in feeds]
        yield "feed_files", "New files by feed.", files
        rows: list[Sample] = [({"feed": name}, feed.rows) for name, feed in feeds]
        yield "feed_rows", "Rows in new files by feed.", rows
    if night.gates:
        levels = {"ok": 0, "warn": 1, "stop": 2}
        gates: list[Sample] = [({"gate": gate.name}, levels[gate.outcome]) for gate in night.gates]
        yield "gate", "Outcome of each check: 0 passed, 1 warned, 2 stopped.", gates


def _one(value: float) -> list[Sample]:
    return [({}, float(value))]


def _unix(moment: datetime) -> float:
    return round(moment.timestamp(), 3)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
