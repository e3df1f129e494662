"""The command line: arguments in, exit code out. Only this package prints."""

from __future__ import annotations

import gc

import typer

from auditor.cli import (  # noqa: F401 - each adds its commands
    bench,
    inspection,
    nights,
    onboarding,
    runs,
    samples,
)
from auditor.cli.app import app
from auditor.cli.terminal import fail, fail_by_defect, show_what_can_be_shown
from auditor.errors import AuditError

__all__ = ["app", "main"]

# What typer returns, and shells expect, after Ctrl-C.
_INTERRUPTED = 130
# Objects, a hundred times as many as Python's own choice.
_GARBAGE_AFTER = 70_000


def main() -> None:
    """Run the command line and end with the documented exit code."""
    show_what_can_be_shown()
    # Little of what a run makes is garbage, imports least of all: it is looked for less often.
    gc.set_threshold(_GARBAGE_AFTER)
    try:
        code = app(standalone_mode=False)
    except AuditError as error:
        fail(str(error), error.exit_code)
    except typer.Abort:
        fail("Stopped.", _INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a name, never a value
        if not (hasattr(error, "exit_code") and hasattr(error, "format_message")):
            fail_by_defect(error)
        elif type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
            raise SystemExit(2) from None
        else:
            fail(f"{error.format_message()} Try 'auditor --help'.", 2)
    else:
        if code == _INTERRUPTED:
            fail("Stopped.", _INTERRUPTED)
