"""Files given on the command line: found, opened (plain, gzip or zip), named by their content.

What an export is not, and what somebody could put in its place, is refused here with one sentence:
links that a pattern meets, devices, archives that unpack without end, files that change while they
are read.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from auditor.errors import SourceError
from auditor.ingest.archives import ARCHIVE_START, Unpacking, is_archive, open_member

_GZIP_START = b"\x1f\x8b"


def find_files(patterns: Sequence[str]) -> list[Path]:
    """List the files that paths or globs name, sorted, each once.

    A path that exists is taken as it stands, even where it holds `[` or `*`; `**` reaches into
    folders. A path may be a symbolic link, since a person has named it; what a pattern finds may
    not be one, nor lie behind one.

    Raises:
        SourceError: A pattern names no file, or names a folder, a device or a link.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        files = [Path(pattern)] if Path(pattern).exists() else _expand(pattern)
        if not files:
            raise SourceError(f"No file matches '{pattern}': check the path, or quote the pattern.")
        for file in files:
            if file.is_dir():
                raise SourceError(f"{file} is a folder: name the files in it, as in {file}/*.csv.")
            stamp_file(file)
            found.setdefault(file.resolve(), file)
    return sorted(found.values())


def _expand(pattern: str) -> list[Path]:
    parts = Path(pattern).parts
    plain = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    base = Path(*parts[:plain])
    names = sorted(glob.glob(pattern, recursive=True))
    files = [Path(name) for name in names if not Path(name).is_dir()]
    for file in files:
        if file.resolve() != base.resolve() / file.relative_to(base):
            raise SourceError(
                f"{file} is a symbolic link or lies behind one, which a pattern does not follow: "
                "name the file by itself, or put a copy there."
            )
    return files


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file does: its size in bytes, its time in nanoseconds, its place."""

    size: int
    modified: int
    inode: int


def stamp_file(path: Path) -> Stamp:
    """The stamp of a file as it is now.

    Raises:
        SourceError: There is no such file, or it is a pipe, a device or a folder.
    """
    try:
        now = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name"
        raise SourceError(f"{path}: cannot be read ({reason}).") from error
    if not stat.S_ISREG(now.st_mode):
        raise SourceError(f"{path}: is no ordinary file; give the export as a file.")
    return Stamp(now.st_size, now.st_mtime_ns, now.st_ino)


def check_unchanged(path: Path, stamp: Stamp) -> None:
    """Check that a file is still the one that was stamped.

    Raises:
        SourceError: It has changed since, or is gone.
    """
    if stamp_file(path) != stamp:
        raise SourceError(
            f"{path}: changed while it was being read; run again when its export is complete."
        )


@contextmanager
def open_content(path: Path) -> Iterator[BinaryIO]:
    """Open a file's content as bytes, unpacked where it is gzip or zip (told from its content).

    A zip archive is unpacked where it holds one file; an Excel workbook, which is a zip archive
    as well, is left as it is.

    Raises:
        SourceError: The file cannot be read, here or later within the `with` block: missing, not
            permitted, damaged, cut short, an archive that is not to be trusted, or changed in the
            meantime.
    """
    stamp = stamp_file(path)
    try:
        with path.open("rb") as plain:
            start = plain.read(4)
            plain.seek(0)
            if start.startswith(_GZIP_START):
                with gzip.open(plain) as content:
                    yield io.BufferedReader(Unpacking(path, cast(BinaryIO, content), stamp.size))
            elif start == ARCHIVE_START and is_archive(path, plain):
                with open_member(path, plain) as content:
                    yield content
            else:
                yield plain
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error) as error:
        is_zip = isinstance(error, zipfile.BadZipFile)
        what = "zip archive or Excel workbook" if is_zip else "gzip file"
        raise SourceError(f"{path}: the {what} is damaged or cut short; copy it again.") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: is damaged or not {error.encoding} text; export it again, or name its "
            "encoding under [files] in the site file."
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    check_unchanged(path, stamp)


def digest_file(path: Path) -> str:
    """SHA-256 of the file's bytes as they are stored (a .gz is not unpacked), in hex.

    Raises:
        SourceError: The file cannot be read.
    """
    stamp = stamp_file(path)
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    check_unchanged(path, stamp)
    return digest
