"""Files given on the command line: found, opened (plain or gzip), and named by their content."""

from __future__ import annotations

import glob
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from auditor.errors import SourceError

_GZIP_START = b"\x1f\x8b"


def find_files(patterns: Sequence[str]) -> list[Path]:
    """List the files that paths or globs name, sorted, each once.

    A path that exists is taken as it stands, even where it holds `[` or `*`; `**` reaches into
    folders.

    Raises:
        SourceError: A pattern names no file, or names a folder.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        files = [Path(pattern)] if Path(pattern).exists() else _expand(pattern)
        if not files:
            raise SourceError(f"No file matches '{pattern}': check the path, or quote the pattern.")
        for file in files:
            if file.is_dir():
                raise SourceError(f"{file} is a folder: name the files in it, as in {file}/*.csv.")
            found.setdefault(file.resolve(), file)
    return sorted(found.values())


def _expand(pattern: str) -> list[Path]:
    names = sorted(glob.glob(pattern, recursive=True))
    return [Path(name) for name in names if not Path(name).is_dir()]


@contextmanager
def open_content(path: Path) -> Iterator[BinaryIO]:
    """Open a file's content as bytes, unpacked where it is gzip (told from its content).

    Raises:
        SourceError: The file cannot be read, here or later within the `with` block: missing, not
            permitted, damaged or cut short.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == _GZIP_START
            plain.seek(0)
            if packed:
                with gzip.open(plain) as content:
                    yield cast(BinaryIO, content)
            else:
                yield plain
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(
            f"{path}: the gzip file is damaged or cut short; copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: is damaged or not {error.encoding} text; export it again, or name its "
            "encoding under [files] in the site file."
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error


def digest_file(path: Path) -> str:
    """SHA-256 of the file's bytes as they are stored (a .gz is not unpacked), in hex.

    Raises:
        SourceError: The file cannot be read.
    """
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
