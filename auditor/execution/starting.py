"""How reading processes are started.

Where the system can fork, they are forked from one process that has imported what they need and
does nothing else: each is there in a moment, and shares its memory. Elsewhere each starts afresh.
"""

from __future__ import annotations

from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

_FORK_SERVER = "forkserver"
START_METHOD = _FORK_SERVER if _FORK_SERVER in get_all_start_methods() else "spawn"
# Imported once, where processes are forked from.
_NEEDED = ["auditor.execution.preload"]


def warm_up() -> None:
    """Start the process that others are forked from, so that its imports run beside our own.

    May be called at any time, or never; does nothing where there is no such process.
    """
    context_for(START_METHOD)


def context_for(method: str) -> BaseContext:
    """The context that starts processes by a method: `forkserver`, `spawn` or `fork`.

    Where the process to fork from cannot be reached, as where the name of the folder for temporary
    files is too long for a socket, they are spawned.
    """
    context = get_context(method)
    if method == _FORK_SERVER:
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload(_NEEDED)
        try:
            ensure_running()
        except OSError:
            return get_context("spawn")
    return context
