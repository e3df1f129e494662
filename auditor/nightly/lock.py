"""One night at a time: a lock of the operating system's, which ends with the process that has it.

A night that was killed leaves no lock behind, whatever its file says. `filelock` and `flock` were
looked at: their lock passes on to forked children, so that a reading process that outlives a
killed night would hold up the next one. A POSIX record lock belongs to one process alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import BusyError, OutputError

# Windows locks bytes so that nobody else may read them: one far behind the text does.
_BYTE = 1 << 30


@contextmanager
def held(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock while the block runs.

    Args:
        path: The lock's file; it is made, and stays.
        holder: Who holds it, told to a second night.

    Raises:
        BusyError: Another process holds it.
        OutputError: The file cannot be made or written.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    except OSError as error:
        raise OutputError(
            f"{path}: the lock cannot be made ({error.strerror}): mend the rights of the folder."
        ) from error
    try:
        try:
            _lock(file)
        except OSError:
            raise BusyError(
                f"Another night is running ({_read(file) or 'unknown'}): this one has done "
                "nothing. Wait until that has ended."
            ) from None
        try:
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, holder.encode())
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        yield
    finally:
        os.close(file)


def is_held(path: Path) -> str:
    """Who holds the lock now; empty where nobody does."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return ""
    try:
        _lock(file)
    except OSError:
        return _read(file) or "unknown"
    finally:
        os.close(file)
    return ""


def _read(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, 500).decode("utf-8", "replace")


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _BYTE)
