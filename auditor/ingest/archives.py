"""Archives that hold an export: unpacked as a stream, never to disk, and not without end."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from auditor.errors import SourceError

ARCHIVE_START = b"PK\x03\x04"
# Text packs to a tenth, columns of one value to a hundredth; what packs to less is made to.
MOST_TIMES = 200
# Below it, what unpacks is no burden, however small it was packed.
HARMLESS_BYTES = 64 << 20

# What stands in every Excel or OpenDocument file, which are zip archives too.
_DOCUMENT_PARTS = ("[Content_Types].xml", "mimetype")
# What systems put beside a file that they pack.
_BESIDE = ("__MACOSX", ".DS_Store", "Thumbs.db")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PACKED = (ARCHIVE_START, b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")


class Unpacking(io.RawIOBase):
    """Content that is unpacked while it is read, as long as it is not out of all proportion.

    Args:
        path: The packed file, for errors.
        content: Its unpacked bytes.
        packed: Its size in bytes.
    """

    def __init__(self, path: Path, content: BinaryIO, packed: int) -> None:
        super().__init__()
        self._path, self._content = path, content
        self._most = most_bytes(packed)

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True: back to the start, at the price of unpacking again."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the unpacked bytes."""
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        """Place in the unpacked bytes."""
        return self._content.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read on.

        Raises:
            SourceError: More came out than an export can hold.
        """
        data = self._content.read(len(buffer))
        if self._content.tell() > self._most:
            raise refuse_bomb(self._path)
        buffer[: len(data)] = data
        return len(data)


def most_bytes(packed: int) -> int:
    """How many bytes so many packed ones may become."""
    return max(HARMLESS_BYTES, packed * MOST_TIMES)


def refuse_bomb(path: Path) -> SourceError:
    """The error for a file that unpacks out of all proportion."""
    return SourceError(
        f"{path}: unpacks to more than {MOST_TIMES} times its size, which no export does; "
        "it is damaged or made to fill the machine."
    )


def is_archive(path: Path, plain: BinaryIO) -> bool:
    """Whether a zip file is an archive, and not a document that is stored as one.

    Raises:
        zipfile.BadZipFile: The file is damaged.
    """
    with zipfile.ZipFile(plain) as archive:
        names = set(archive.namelist())
    plain.seek(0)
    return not names.intersection(_DOCUMENT_PARTS)


@contextmanager
def open_member(path: Path, plain: BinaryIO) -> Iterator[BinaryIO]:
    """Open the one file that a zip archive holds.

    Raises:
        SourceError: It holds none or several, or one with a name that leads out of its folder, a
            link, a password or another archive.
        zipfile.BadZipFile: The archive is damaged.
    """
    with zipfile.ZipFile(plain) as archive:
        member = _only_member(path, archive)
        with archive.open(member) as content:
            if content.read(6).startswith(_PACKED):
                raise SourceError(
                    f"{path}: holds another packed file or a workbook; unpack it once by hand."
                )
            content.seek(0)
            yield io.BufferedReader(
                Unpacking(path, cast(BinaryIO, content), max(member.compress_size, 1))
            )


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not set(PurePosixPath(member.filename).parts) & set(_BESIDE)
    ]
    if any(_leads_away(member) for member in archive.infolist()):
        raise SourceError(
            f"{path}: a name in the zip archive leads out of its folder or is a link; it is not "
            "read. Ask where the file comes from, and pack the export anew."
        )
    if len(members) != 1:
        raise SourceError(
            f"{path}: the zip archive holds {len(members)} files; pack each export by itself, or "
            "unpack them."
        )
    (member,) = members
    if member.flag_bits & 1:
        raise SourceError(f"{path}: the zip archive wants a password; unpack it by hand.")
    if member.compress_type not in _METHODS:
        raise SourceError(f"{path}: is packed by a method that is not read; pack it as plain zip.")
    return member


def _leads_away(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    windows = PureWindowsPath(name)
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return is_link or bool(windows.anchor) or ".." in windows.parts
