"""The errors a run can end in, each with the exit code of the command line."""

import traceback
from pathlib import Path


class AuditError(Exception):
    """A run cannot go on. The message says what, where (file, row, column) and what to do.

    Messages never hold report text, order reasons or patient identifiers.
    """

    exit_code = 1


class ConfigError(AuditError):
    """A setting, a pipeline folder, a site file or an argument is wrong."""

    exit_code = 2


class SourceError(AuditError):
    """An export cannot be read: missing, empty of needed columns, or of no known kind."""

    exit_code = 3


class GateError(AuditError):
    """A data-quality gate stopped the run."""

    exit_code = 4


class LedgerError(AuditError):
    """The ledger cannot be opened, migrated or written."""

    exit_code = 5


class OutputError(AuditError):
    """The output folder or a file in it cannot be written."""

    exit_code = 5


class BusyError(AuditError):
    """Another night is running."""

    exit_code = 5


def name_defect(error: BaseException) -> str:
    """A defect of ours in one sentence, without its values: they may hold a patient's text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"a defect of the auditor ({type(error).__name__}{place}). Please report it."
