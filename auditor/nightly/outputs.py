"""The output folder of the nights: `latest/`, a folder for each night, and what stands beside them.

A night writes into `.tonight/`, before the ledger's commit. After the commit that folder gets the
night's date in one step, and `latest/` a copy of it. A night that is killed in between leaves
`.tonight/` behind, and the next one can tell from its `run.json` whether the ledger has that run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import OutputError
from auditor.nightly.whole_files import write_whole
from auditor.workbook.csvs import RUN_FILE
from auditor.workbook.folder import written_aside
from auditor.workbook.old import mark_workbook
from auditor.workbook.outputs import WORKBOOK_FILE

_LOG = logging.getLogger(__name__)

OLD_FILE = "OLD.txt"
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where things stand below the output folder."""

    root: Path

    @property
    def latest(self) -> Path:
        """The folder that people open: a copy of the newest night."""
        return self.root / "latest"

    @property
    def tonight(self) -> Path:
        """The night's outputs until the ledger has the run."""
        return self.root / ".tonight"

    @property
    def lock(self) -> Path:
        """The lock's file."""
        return self.root / ".lock"

    @property
    def history(self) -> Path:
        """The record of the nights."""
        return self.root / "nights.jsonl"

    @property
    def nights(self) -> list[Path]:
        """The nights' folders, the oldest first."""
        found = [(match, path) for path in self.root.glob("????-??-??*") if (match := _dated(path))]
        return [path for _, path in sorted(found)]


def _dated(path: Path) -> tuple[str, int] | None:
    match = _DATED.fullmatch(path.name)
    return (path.name[:10], int(match[1] or 1)) if match and path.is_dir() else None


def make_root(root: Path) -> Outputs:
    """Make the output folder where it is missing.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{root}: the output folder cannot be made ({error.strerror}): change its rights, or "
            "outputs under [nightly] in the site file."
        ) from error
    return Outputs(root)


def finish_interrupted(outputs: Outputs, has_run: Callable[[str], bool]) -> None:
    """Put in place what a killed night left behind where the ledger has its run, else remove it.

    A `latest/` that is not whole, or not of the newest night, is replaced.

    Raises:
        OutputError: The folder cannot be written.
    """
    if outputs.tonight.exists():
        record = read_record(outputs.tonight)
        if has_run(ledger_run(record)):
            _LOG.warning("the outputs of a night that was interrupted are put in place")
            publish(outputs, str(record["timings"]["started"])[:10])
        _remove(outputs.tonight)
    nights = outputs.nights
    if nights and not (is_whole(outputs.latest) and _same_run(nights[-1], outputs.latest)):
        _LOG.warning("latest is not whole or not of the newest night, and is replaced")
        _copy_to_latest(nights[-1], outputs)


def publish(outputs: Outputs, date: str) -> str:
    """Give tonight's outputs their place: a folder of the date, and `latest/`.

    Returns:
        The folder's name: the date, with a number where the date has several nights.

    Raises:
        OutputError: The folder cannot be written; `.tonight/` or the dated folder is whole.
    """
    numbers = [number for day, number in map(_dated, outputs.nights) if day == date]  # type: ignore[misc]
    name = f"{date}-{max(numbers) + 1}" if numbers else date
    target = outputs.root / name
    try:
        outputs.tonight.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be made ({error.strerror}).") from error
    _copy_to_latest(target, outputs)
    return name


def remove_old(outputs: Outputs, *, keep: int, newest: str) -> None:
    """Remove all but `keep` folders of nights; `newest` stays, whatever the clock called it."""
    for folder in outputs.nights[:-keep]:
        if folder.name != newest:
            _LOG.info("the outputs of %s are removed", folder.name)
            _remove(folder)


def is_whole(folder: Path) -> bool:
    """Whether `run.json` vouches for every output in a folder."""
    told = read_record(folder).get("outputs")
    if not isinstance(told, dict):
        return False
    return all(_digest(folder / name) == digest for name, digest in told.items())


def read_record(folder: Path) -> dict[str, Any]:
    """What a folder's `run.json` holds; nothing where it is missing or torn."""
    try:
        record = json.loads((folder / RUN_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def ledger_run(record: dict[str, Any]) -> str:
    """The ledger's run that a `run.json` is of; empty where it does not say."""
    timings = record.get("timings")
    return str(timings.get("ledger_run", "")) if isinstance(timings, dict) else ""


def mark_old(outputs: Outputs, *, sheet: str, title: str, why: str) -> None:
    """Say in `latest/` that it is not of tonight: on its Summary, in `OLD.txt` and in `run.json`.

    The nights' own folders stay as they are. Where there is no `latest/` nothing is done.

    Args:
        outputs: The output folder.
        sheet: Title of the workbook's summary sheet; empty: the first one.
        title: A few words.
        why: What happened, in a sentence.

    Raises:
        OutputError: The folder cannot be written; a workbook that is open in Excel on Windows
            stays as it is.
    """
    record = read_record(outputs.latest)
    if not record:
        return
    write_whole(outputs.latest / OLD_FILE, f"{title}\n{why}\n")
    source = _unmarked(outputs, record)
    with written_aside(outputs.latest, last=RUN_FILE) as aside:
        if source is not None:
            mark_workbook(source, aside / WORKBOOK_FILE, sheet=sheet, title=title, why=why)
            record["outputs"][WORKBOOK_FILE] = _digest(aside / WORKBOOK_FILE)
        record["old"] = why
        text = json.dumps(record, indent=2)
        (aside / RUN_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def _unmarked(outputs: Outputs, record: dict[str, Any]) -> Path | None:
    """The workbook of `latest/` as it was before any mark; None where it is gone."""
    if "old" not in record:
        return outputs.latest / WORKBOOK_FILE
    for folder in reversed(outputs.nights):
        if _same_run(folder, outputs.latest):
            return folder / WORKBOOK_FILE
    return None


def _same_run(one: Path, other: Path) -> bool:
    return ledger_run(read_record(one)) == ledger_run(read_record(other)) != ""


def _copy_to_latest(night: Path, outputs: Outputs) -> None:
    with written_aside(outputs.latest, last=RUN_FILE) as aside:
        names = sorted(path.name for path in night.iterdir() if path.is_file())
        for name in names:
            shutil.copyfile(night / name, aside / name)
    for path in outputs.latest.iterdir():
        if path.is_file() and path.name not in names:
            with suppress(OSError):
                path.unlink()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _remove(folder: Path) -> None:
    """Remove a folder; what stays is removed by a later night."""
    shutil.rmtree(folder, ignore_errors=True)
