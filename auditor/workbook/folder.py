"""Writing a folder of outputs aside, then putting each file in its place whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import OutputError

# Inside the output folder, not beside it: a mounted folder may be the only place that can be
# written, and a rename must stay on one file system.
_ASIDE = ".writing-"


@contextmanager
def written_aside(folder: Path, last: str = "") -> Iterator[Path]:
    """Give an empty folder to write into; at the end move its files into `folder`.

    A failure or crash before the end leaves every old file as it was; each file is replaced in
    one step. What a crashed run left behind is removed when the next one starts. The file named
    `last` is moved after all others, so that it can vouch for them.

    Raises:
        OutputError: The folder cannot be made or written, or a file in it is open in a program
            that locks it (Excel on Windows); the old files stand.
    """
    aside = _make_aside(folder)
    try:
        try:
            yield aside
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written ({_why(error)}).") from error
        names = sorted(path.name for path in aside.iterdir())
        names.sort(key=lambda name: name == last)
        for name in names:
            _check_replaceable(folder / name)
        for name in names:
            _put_in_place(aside / name, folder / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _make_aside(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
    except OSError as error:
        raise OutputError(
            f"{folder}: the output folder cannot be written ({_why(error)}). "
            "Choose another with --out, or change its permissions."
        ) from error


def _check_replaceable(path: Path) -> None:
    """Find a locked file before any is replaced, so that the outputs never mix two runs."""
    if not path.exists():
        return
    if path.is_dir():
        raise OutputError(f"{path}: is a folder where an output file belongs. Move it away.")
    try:
        with path.open("r+b"):
            pass
    except OSError as error:
        raise _locked(path, error) from error


def _put_in_place(new: Path, target: Path) -> None:
    try:
        with new.open("r+b") as written:
            os.fsync(written.fileno())
        os.replace(new, target)
    except OSError as error:
        raise _locked(target, error) from error


def _locked(path: Path, error: OSError) -> OutputError:
    hint = (
        "Is it open in Excel or another program? Close it there and run again."
        if isinstance(error, PermissionError)
        else "Free some space or choose another folder with --out."
    )
    return OutputError(f"{path}: cannot be replaced ({_why(error)}). {hint}")


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
