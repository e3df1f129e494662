"""Taking patients out of a site's ledger and outputs for good."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.config.pipeline import Pipeline
from auditor.job import rejudge
from auditor.ledger.records import PurgeRecord
from auditor.ledger.store import Ledger, open_ledger
from auditor.nightly.lock import held
from auditor.nightly.outputs import Outputs, make_root, publish
from auditor.request import Request


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom to take out: patients by id, or all whose newest date lies before a day."""

    patients: tuple[str, ...] = ()
    before: str = ""


def count_selected(ledger: str, selection: Selection) -> int:
    """How many patients of a ledger are meant.

    Raises:
        LedgerError: The ledger does not exist or cannot be read.
    """
    with open_ledger(ledger, must_exist=True) as opened:
        return len(_ids(opened, selection))


def purge_ledger(ledger: str, selection: Selection, *, purged: str) -> PurgeRecord:
    """Take them out of the ledger.

    Args:
        ledger: Ledger URL or path.
        selection: Whom.
        purged: ISO datetime, for the record.

    Raises:
        LedgerError: The ledger does not exist, is being written, or cannot be written.
    """
    with open_ledger(ledger, must_exist=True) as opened:
        kind = "before" if selection.before else "patient"
        record = PurgeRecord(purged, kind, selection.before)
        return opened.purge(_ids(opened, selection), record)


def purge_site(
    ledger: str,
    selection: Selection,
    root: Path,
    rules: Callable[[], Pipeline],
    *,
    purged: str,
) -> PurgeRecord:
    """Take them out of the ledger and of all outputs, which are written anew from the ledger.

    The folders of all nights go: each holds sentences of patients.

    Raises:
        BusyError: A night is running.
        AuditError: The ledger or the output folder cannot be written; what has not gone is named
            by running it again.
    """
    outputs = make_root(root)
    with held(outputs.lock, f"a purge, started {purged}"):
        pipeline = rules()
        record = purge_ledger(ledger, selection, purged=purged)
        _write_anew(outputs, ledger, pipeline, purged)
    return record


def _write_anew(outputs: Outputs, ledger: str, pipeline: Pipeline, purged: str) -> None:
    with open_ledger(ledger) as opened:
        last = opened.last_run()
    for folder in (*outputs.nights, outputs.tonight, outputs.latest):
        shutil.rmtree(folder, ignore_errors=True)
    if last is not None:
        request = Request(
            pipeline, out=outputs.tonight, ledger=ledger, as_of=last.as_of, started=purged
        )
        rejudge(request)
        publish(outputs, purged[:10])


def _ids(opened: Ledger, selection: Selection) -> Sequence[str]:
    if selection.before:
        return opened.patients_before(selection.before)
    return opened.known_patients(selection.patients)
