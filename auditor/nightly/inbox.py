"""What is new in the inbox, told by content, and whole: nothing that is still being written."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.config.nightly import COMPANIONS, Arriving, Feed
from auditor.errors import ConfigError, SourceError
from auditor.ingest.opening import digest_file

_LOG = logging.getLogger(__name__)

# Names that copying programs give to what they have not finished.
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """A file at one moment; where two are equal, nobody has written to it in between."""

    size: int
    mtime_ns: int
    number: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new, whole export; `table` is `reports`, `orders` or `both`."""

    feed: str
    table: str
    path: Path
    digest: str
    look: Look


@dataclass(frozen=True, slots=True)
class Inbox:
    """What was found.

    Attributes:
        arrivals: New exports, by feed and name; of equal ones the first.
        waiting: Names of files that are not whole, by feed, each with the reason.
        known: Number of files that the ledger has already.
    """

    arrivals: tuple[Arrival, ...] = ()
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: int = 0


def look_at(path: Path) -> Look | None:
    """A file as it is now; None where it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Look(found.st_size, found.st_mtime_ns, found.st_ino)


def check_unchanged(arrivals: tuple[Arrival, ...]) -> None:
    """See that no export was written to since it was found.

    Raises:
        SourceError: One was: what was read of it is neither the old nor the new content.
    """
    for arrival in arrivals:
        if look_at(arrival.path) != arrival.look:
            raise SourceError(
                f"{arrival.path}: was changed while it was being read. Nothing of the night is "
                "kept; the next one reads it again."
            )


def find_arrivals(
    inbox: Path,
    feeds: Mapping[str, Feed],
    arriving: Arriving,
    *,
    is_known: Callable[[str], bool],
    sleep: Callable[[float], None],
) -> Inbox:
    """Find the exports that no run has read, and wait for those that are still being written.

    A file that is known by its digest is not waited for. Of those that are not whole when the
    waiting ends, the next night takes care.

    Args:
        inbox: The folder.
        feeds: The streams of exports.
        arriving: When an export counts as whole.
        is_known: Whether a run has read a file of this digest.
        sleep: Waits for some seconds.

    Raises:
        SourceError: The folder cannot be read.
        ConfigError: A file belongs to two feeds.
    """
    # One look alone never tells that a file has settled.
    patience = max(arriving.wait_seconds, arriving.settle_seconds)
    pause = arriving.settle_seconds or _PAUSE_S
    round_, waited = _Round(inbox, feeds, arriving, is_known), 0.0
    found = round_.look()
    while found.waiting and waited < patience:
        _LOG.info("waiting for %d files", sum(map(len, found.waiting.values())))
        sleep(pause)
        waited += pause
        found = round_.look()
    return found


@dataclass
class _Round:
    """Looks at the inbox again and again, and remembers what it saw."""

    inbox: Path
    feeds: Mapping[str, Feed]
    arriving: Arriving
    is_known: Callable[[str], bool]
    seen: dict[Path, Look] = field(default_factory=dict)
    digests: dict[tuple[Path, Look], str] = field(default_factory=dict)

    def look(self) -> Inbox:
        """The inbox as it is now."""
        found, known = [], 0
        waiting: dict[str, tuple[str, ...]] = {}
        for feed, path in _candidates(self.inbox, self.feeds):
            look = look_at(path)
            digest = self._digest(path, look)
            if look and digest and self.is_known(digest):
                known += 1
                continue
            reason = self._why_not(path, look, digest)
            if look is None or reason:
                waiting[feed] = (*waiting.get(feed, ()), f"{path.name} {reason}")
            else:
                found.append(Arrival(feed, self.feeds[feed].table, path, digest, look))
            if look:
                self.seen[path] = look
        return Inbox(_without_twins(found), waiting, known)

    def _digest(self, path: Path, look: Look | None) -> str:
        """The file's digest, made again only after a change; empty where it changes meanwhile."""
        if look is None:
            return ""
        if (path, look) not in self.digests:
            try:
                digest = digest_file(path)
            except SourceError:
                return ""
            if look_at(path) != look:
                return ""
            self.digests[(path, look)] = digest
        return self.digests[(path, look)]

    def _why_not(self, path: Path, look: Look | None, digest: str) -> str:
        """Why a file does not count as whole; empty where it does."""
        if look is None or not digest:
            return "cannot be read, or is still being written"
        if not look.size:
            return "is empty"
        kind = self.arriving.companion
        if kind == "none":
            settled = not self.arriving.settle_seconds or look == self.seen.get(path)
            return "" if settled else "is still being written"
        beside = (path.with_name(f"{path.name}.{kind}"), path.with_suffix(f".{kind}"))
        companion = next((item for item in beside if item.is_file()), None)
        if companion is None:
            return f"has no .{kind} file beside it"
        told = kind == "done" or _sum_of(path, kind) == _told_in(companion)
        return "" if told else f"is not what its .{kind} file says"


def _candidates(inbox: Path, feeds: Mapping[str, Feed]) -> Iterator[tuple[str, Path]]:
    """Files that can be exports, by feed and name."""
    if not inbox.is_dir():
        raise SourceError(f"{inbox}: the inbox is missing or cannot be read.")
    owner: dict[Path, str] = {}
    for name, feed in sorted(feeds.items()):
        files = {path for pattern in feed.files for path in inbox.glob(pattern)}
        for path in sorted(files):
            if path.suffix in (*COMPANIONS, *_UNFINISHED) or path.name[0] in ".~":
                continue
            if not path.is_file():
                continue
            if owner.setdefault(path, name) != name:
                raise ConfigError(
                    f"{path}: belongs to the feeds '{owner[path]}' and '{name}': change their "
                    "patterns under [nightly.feeds] in the site file."
                )
            yield name, path


def _sum_of(path: Path, kind: str) -> str:
    try:
        with path.open("rb") as content:
            # MD5 tells a torn copy, no more: it is what many senders write.
            return hashlib.file_digest(content, kind).hexdigest()
    except OSError:
        return "unreadable"


def _told_in(companion: Path) -> str:
    """The checksum in a companion: its first word, as `sha256sum` writes it."""
    try:
        words = companion.read_text("utf-8", errors="replace").split()
    except OSError:
        return ""
    return words[0].lstrip("\\").lower() if words else ""


def _without_twins(found: list[Arrival]) -> tuple[Arrival, ...]:
    """Of files with the same content in one table the first."""
    first: dict[tuple[str, str], Arrival] = {}
    for arrival in found:
        first.setdefault((arrival.table, arrival.digest), arrival)
    return tuple(first.values())
