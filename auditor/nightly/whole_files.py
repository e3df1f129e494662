"""Small files that are replaced whole: a reader sees the old or the new one, never half of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from auditor.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Write a text file aside and put it in its place.

    Raises:
        OutputError: It cannot be written; the old one stands.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
