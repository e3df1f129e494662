"""What is written and sent of a night when it is over, and put right of one that was killed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from auditor.errors import AuditError, OutputError
from auditor.nightly.findings import last_good
from auditor.nightly.history import DONE, NOTHING_NEW, Night, add_night, dump_night, read_nights
from auditor.nightly.letter import letter_paths, write_letter
from auditor.nightly.metrics import write_metrics
from auditor.nightly.notices import send_notices
from auditor.nightly.outputs import Outputs, finish_interrupted
from auditor.nightly.plan import Plan
from auditor.nightly.whole_files import write_whole

Told = TypeVar("Told")

_LOG = logging.getLogger(__name__)

# A night's own record, in its folder.
NIGHT_FILE = "night.json"
_INTERRUPTED = "It was interrupted once its run was kept; the next night put its outputs in place."


def keep_beside(outputs: Outputs, night: Night) -> None:
    """Write a night's record into its outputs: should it be killed, the next one tells of it.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        outputs.tonight.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{outputs.root}: cannot be written ({error.strerror}).") from error
    write_whole(outputs.tonight / NIGHT_FILE, dump_night(night) + "\n")


def recover(
    outputs: Outputs, has_run: Callable[[str], bool], history: tuple[Night, ...]
) -> tuple[Night, ...]:
    """Put in place what a killed night left, and tell of it.

    Args:
        outputs: The output folder.
        has_run: Whether the ledger has a run.
        history: The nights before.

    Returns:
        The nights before, with the one that was killed.

    Raises:
        OutputError: The folder cannot be written.
    """
    finish_interrupted(outputs, has_run)
    told = {night.started for night in history if night.outcome == DONE}
    for folder in outputs.nights[-1:]:
        for night in read_nights(folder / NIGHT_FILE):
            if night.started not in told:
                found = replace(night, folder=folder.name, said=_INTERRUPTED)
                add_night(outputs.history, found)
                history = (*history, found)
    return history


def tell(plan: Plan, night: Night) -> None:
    """Write the word for the morning and send it; a failure here does not spoil the night.

    A second start of a good night that finds nothing new leaves the morning's word as it is.
    """
    good = _tried(lambda: last_good(read_nights(plan.outputs.history), (DONE,)))
    _tried(lambda: add_night(plan.outputs.history, night))
    if night.outcome == NOTHING_NEW and not night.said and good and good.date == night.date:
        return
    letter = write_letter(night, plan.outputs, site=plan.site)
    text_path, html_path = letter_paths(plan.outputs)
    _tried(lambda: write_whole(text_path, letter.text))
    _tried(lambda: write_whole(html_path, letter.html))
    if plan.nightly.notices.metrics:
        good = night if night.outcome == DONE else good
        text = write_metrics(
            night, finished=_end(night), last_done=_end(good) if good is not None else None
        )
        _tried(lambda: write_whole(plan.base / plan.nightly.notices.metrics, text))
    for failure in send_notices(plan.nightly.notices, night, letter, plan.environment):
        _LOG.error("%s", failure)


def _end(night: Night) -> datetime:
    return datetime.fromisoformat(night.started) + timedelta(seconds=night.seconds)


def _tried(step: Callable[[], Told]) -> Told | None:
    try:
        return step()
    except AuditError as error:
        _LOG.error("%s", error)
    return None
