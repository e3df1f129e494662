"""Peak memory of a process with all that it started, as Linux tells it."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

_EVERY_S = 0.25
_PROC = Path("/proc")


class PeakMemory:
    """Watches a process and its descendants while a `with` block runs.

    Memory that processes share is divided between them (Linux's PSS), so that the sum is what the
    machine has to have. Where there is no `/proc`, nothing is measured.

    Attributes:
        peak_mb: The largest sum seen, in MB of a million bytes; 0 where it cannot be measured.
    """

    def __init__(self, process: int) -> None:
        self.peak_mb = 0.0
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, memory_of(family(self._process)) / 1e6)
            if self._done.wait(_EVERY_S):
                return


def family(process: int) -> list[int]:
    """A process and its descendants, as they are now."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything.
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        children[int(stat.rpartition(")")[2].split()[1])].append(int(folder.name))
    found = [process]
    for one in found:
        found += children[one]
    return found


def memory_of(processes: list[int]) -> int:
    """Memory of processes together, in bytes; one that has ended counts nothing."""
    return sum(map(_proportional_bytes, processes))


def _proportional_bytes(process: int) -> int:
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    sizes = (line.split()[1] for line in lines if line.startswith("Pss:"))
    return 1024 * int(next(sizes, "0"))
