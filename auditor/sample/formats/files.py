"""Files and folders of the formats that are written line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from auditor.errors import OutputError


def make_folder(folder: Path) -> None:
    """Make a folder where it is missing.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}).") from error


def open_file(path: Path) -> TextIO:
    """A text file to write: UTF-8, line ends as they are given.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
