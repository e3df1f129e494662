"""Checks of an installation: what is wrong, and how to mend it. Nothing is kept or changed."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from sqlalchemy import text

from auditor import __version__
from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError, ConfigError, LedgerError, OutputError, SourceError
from auditor.ledger.database import find_database, naming_failures
from auditor.ledger.store import open_ledger
from auditor.nightly.history import read_nights
from auditor.nightly.lock import is_held
from auditor.nightly.notices import missing_variables
from auditor.nightly.outputs import Outputs, is_whole, read_record
from auditor.nightly.settings import NightSettings

_PACKAGE = "radiology-pathway-auditor"
_MIB = 1 << 20
_LEAST_FREE = 1024 * _MIB


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        name: The check.
        state: `ok`, `look` (works, but a person should look) or `mend`.
        said: What is there.
        mend: How to mend it; empty where it is in order.
        exit_code: What the command ends with for this one; 0 where it works.
    """

    name: str
    state: str
    said: str
    mend: str = ""
    exit_code: int = 0


def examine(
    rules: Callable[[], Pipeline],
    settings: NightSettings | None,
    now: datetime,
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """All checks, one after another.

    Args:
        rules: Reads the pipeline.
        settings: The site's nights; None checks the installation alone.
        now: In the machine's own time, with its offset.
        environment: Variables that name servers and secrets.
    """
    yield from _versions()
    yield from _pipeline(rules)
    yield from _time(settings, now)
    if settings is not None:
        outputs = Outputs(settings.base / settings.nightly.outputs)
        yield from _inbox(settings)
        yield from _outputs(outputs)
        yield from _ledger(settings.ledger)
        yield from _disk(settings.ledger, outputs)
        yield from _notices(settings, environment)


def _bad(name: str, said: str, mend: str, kind: type[AuditError]) -> Finding:
    return Finding(name, "mend", said, mend, kind.exit_code)


def _versions() -> Iterator[Finding]:
    said = f"auditor {__version__}, Python {platform.python_version()} on {platform.system()}"
    wrong = []
    try:
        wanted = [Requirement(item) for item in requires(_PACKAGE) or ()]
    except PackageNotFoundError:
        yield Finding("versions", "look", f"{said}; not installed as a package")
        return
    for item in wanted:
        if item.marker and not item.marker.evaluate({"extra": ""}):
            continue
        try:
            if not item.specifier.contains(version(item.name), prereleases=True):
                wrong.append(f"{item.name} {version(item.name)} (wanted {item.specifier})")
        except PackageNotFoundError:
            wrong.append(f"{item.name} is missing")
    if wrong:
        mend = "Install it again: pip install -c constraints.txt with this version's files."
        yield _bad("versions", f"{said}; {', '.join(wrong)}", mend, ConfigError)
    else:
        yield Finding("versions", "ok", said)


def _pipeline(rules: Callable[[], Pipeline]) -> Iterator[Finding]:
    try:
        pipeline = rules()
        from auditor.language.findings import FindingReader

        FindingReader(pipeline.lexicon).read("FINDINGS: Nothing.")
    except AuditError as error:
        yield _bad("pipeline", str(error), "Mend the file and key that are named.", ConfigError)
        return
    except ImportError as error:
        mend = "Install it again: pip install -c constraints.txt with this version's files."
        yield _bad("pipeline", f"{error.name} cannot be loaded", mend, ConfigError)
        return
    said = f"{pipeline.file.name} {pipeline.file.version}, digest {pipeline.digest[:12]}"
    signed = pipeline.site.sign_off.approved_by
    if signed:
        yield Finding("pipeline", "ok", f"{said}, signed off")
    else:
        mend = "Have the rules read and approved, then fill in [sign_off] in the site file."
        yield Finding("pipeline", "look", f"{said}, not signed off", mend)


def _time(settings: NightSettings | None, now: datetime) -> Iterator[Finding]:
    said = f"{now:%Y-%m-%d %H:%M}, {now.tzname()} (UTC{now:%z})"
    if settings is None:
        yield Finding("time", "ok", said)
        return
    site_says = settings.site.dates.time_zone
    said += f"; the site file says '{site_says}'" if site_says else ""
    history = read_nights(Outputs(settings.base / settings.nightly.outputs).history)
    if history and now.date().isoformat() < history[-1].date:
        mend = "Set the clock; a night would stop at its check of the clock."
        said += f"; the last night was on {history[-1].date}"
        yield _bad("time", said, mend, ConfigError)
    elif not site_says:
        mend = "Write the exports' time zone into [dates] time_zone, for whoever reads the outputs."
        yield Finding("time", "look", said, mend)
    else:
        yield Finding("time", "ok", said)


def _inbox(settings: NightSettings) -> Iterator[Finding]:
    inbox = settings.base / settings.nightly.inbox
    try:
        names = sorted(path.name for path in inbox.iterdir())
    except OSError as error:
        mend = "Make the folder, or give this user the right to read it."
        yield _bad("inbox", f"{inbox}: {error.strerror}", mend, SourceError)
        return
    feeds = {
        name: sum(path.is_file() for pattern in feed.files for path in inbox.glob(pattern))
        for name, feed in sorted(settings.nightly.feeds.items())
    }
    told = ", ".join(f"{name} {count}" for name, count in feeds.items())
    unreadable = [name for name in names if not os.access(inbox / name, os.R_OK)]
    if unreadable:
        said = f"{inbox}: {len(unreadable)} files cannot be read"
        yield _bad("inbox", said, "Give this user the right to read them.", SourceError)
    elif not all(feeds.values()):
        mend = "See that exports arrive, and that the patterns of [nightly.feeds] fit their names."
        yield Finding("inbox", "look", f"{inbox}: files by feed: {told}", mend)
    else:
        yield Finding("inbox", "ok", f"{inbox}: files by feed: {told}")


def _outputs(outputs: Outputs) -> Iterator[Finding]:
    place = _existing(outputs.root)
    try:
        if outputs.root.exists() and not outputs.root.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "is a file")
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        mend = "Give this user the right to write there, or free some space."
        yield _bad("outputs", f"{outputs.root}: {error.strerror}", mend, OutputError)
        return
    holder = is_held(outputs.lock)
    record = read_record(outputs.latest)
    if holder:
        yield Finding("outputs", "look", f"{outputs.root}: a night is running ({holder})")
    elif outputs.latest.exists() and not is_whole(outputs.latest):
        said = f"{outputs.latest} is not whole"
        yield Finding("outputs", "look", said, "Take a night: it puts the last outputs in place.")
    elif record.get("old"):
        said = f"{outputs.latest} is marked as old: {record['old']}"
        yield Finding("outputs", "look", said, "See auditor status, and what the last night says.")
    else:
        yield Finding("outputs", "ok", f"{outputs.root} can be written")


def _ledger(url: str) -> Iterator[Finding]:
    try:
        database = find_database(url, wait_s=1)
        if database.file is not None and not database.file.exists():
            said = f"{database.title} is not there yet"
            yield Finding("ledger", "look", said, "The first night makes it.")
            return
        with open_ledger(url, wait_s=1, must_exist=True) as ledger:
            runs = ledger.runs()
        if database.file is not None:
            _check_file(url)
    except LedgerError as error:
        mend = "Mend what is named, or restore a backup: see docs/nightly.md, Backup."
        yield _bad("ledger", str(error), mend, LedgerError)
        return
    last = f", the last started {runs[-1].started}" if runs else ""
    yield Finding("ledger", "ok", f"{database.title}: {len(runs)} runs{last}")


def _check_file(url: str) -> None:
    database = find_database(url, wait_s=1)
    with naming_failures(database.title), database.engine.connect() as connection:
        said = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if said != "ok":
        raise LedgerError(f"{database.title} is damaged: restore it from a backup.")


def _disk(url: str, outputs: Outputs) -> Iterator[Finding]:
    ledger = Path(url) if "://" not in url else None
    latest = sum(path.stat().st_size for path in outputs.latest.glob("*"))
    size = ledger.stat().st_size if ledger is not None and ledger.exists() else 0
    # A night writes the ledger's changes twice, and the outputs twice.
    needed = max(_LEAST_FREE, 2 * size + 4 * latest)
    places = {_existing(outputs.root)} | ({_existing(ledger)} if ledger is not None else set())
    for place in sorted(places):
        free = shutil.disk_usage(place).free
        said = f"{place}: {free // _MIB:,} MiB free, {needed // _MIB:,} wanted"
        if free < needed:
            mend = "Free some space, or keep fewer nights (keep under [nightly])."
            yield _bad("disk", said, mend, OutputError)
        else:
            yield Finding("disk", "ok", said)


def _notices(settings: NightSettings, environment: Mapping[str, str]) -> Iterator[Finding]:
    missing = missing_variables(settings.nightly.notices, environment)
    if missing:
        mend = "Set them where the night is started, e.g. in the unit's environment file."
        yield _bad("notices", f"not set: {', '.join(missing)}", mend, ConfigError)
    else:
        yield Finding("notices", "ok", "all that is wanted can be tried")


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    while not path.exists():
        path = path.parent
    return path if path.is_dir() else path.parent
