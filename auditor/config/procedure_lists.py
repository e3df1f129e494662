"""The lists that tell what a procedure row means, with a site's own words laid over them.

`codes.csv`, `modalities.csv` and `statuses.csv` of a pipeline folder, and the word lists of its
`events.toml`. A word that stands twice with two meanings is a slip, and is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from auditor.config.base import nearest
from auditor.config.events import EventSettings
from auditor.config.site import PROCEDURE_LISTS, Site
from auditor.errors import ConfigError

EVENTS_FILE = "events.toml"
CODES_FILE = "codes.csv"
MODALITIES_FILE = "modalities.csv"
STATUSES_FILE = "statuses.csv"
# The statuses that the engine knows, by table.
STATUSES = {
    "orders": ("performed", "pending", "not_performed", "unknown"),
    "reports": ("preliminary", "final", "addendum", "corrected", "cancelled", "unknown"),
}
_LOCAL = "LOCAL"


def plain_words(text: str) -> str:
    """Lower-case words separated by single blanks, with one blank at each end.

    `&` becomes `and`; every other sign becomes a blank: `A/B-C&D` reads ` a b c and d `.
    """
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower().replace('&', ' and ')))} "


def key_of(word: str) -> str:
    """A word without case, blanks and signs: `No-Show`, `no_show` and `NO SHOW` are one key."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def with_site_words(settings: EventSettings, site: Site) -> EventSettings:
    """The settings with a site's words in their word lists.

    A list takes the words that the site gives it, and those of the lists that feed it.

    Raises:
        ConfigError: The site gives words to a list that is not there.
    """
    words = dict(settings.words)
    for name, extra in site.lexicon.items():
        if name.startswith(PROCEDURE_LISTS):
            own = name.removeprefix(PROCEDURE_LISTS)
            if own not in words:
                hint = _hint(own, words, "Known lists:")
                raise ConfigError(
                    f"{site.place}: lexicon.{name}: is no list of {EVENTS_FILE}.{hint}"
                )
            words[own] += extra
    for name, sources in settings.site_words.items():
        words[name] += tuple(word for source in sources for word in site.lexicon.get(source, ()))
    return settings.model_copy(update={"words": words}) if site.lexicon else settings


def read_code_systems(settings: EventSettings, site: Site) -> dict[str, str]:
    """Code system by each of its names (`key_of`), the site's among them.

    Raises:
        ConfigError: The site names a system that is not there.
    """
    systems = {
        key_of(name): system
        for system, entry in settings.code_systems.items()
        for name in (system, *entry.names)
    }
    for name, meaning in site.code_systems.items():
        system = systems.get(key_of(meaning))
        if system is None:
            hint = _hint(meaning, settings.code_systems, "Use one of")
            raise ConfigError(
                f"{site.place}: code_systems.{name}: '{meaning}' is no code system.{hint}"
            )
        systems[key_of(name)] = system
    return systems


def read_codes(
    folder: Path, settings: EventSettings
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Codes by system, and the descriptions: rows whose system is `LOCAL` are those.

    Raises:
        ConfigError: The file is malformed, or a row names no role, no system or a code once more.
    """
    path = folder / CODES_FILE
    codes: dict[str, dict[str, str]] = {system: {} for system in settings.code_systems}
    descriptions: dict[str, str] = {}
    for place, row in _rows(path, ("code_system", "code", "role")):
        system, code, role = row["code_system"], row["code"], row["role"]
        if role not in settings.roles:
            hint = nearest(role, settings.roles)
            raise ConfigError(f"{place}: role '{role}' is not in {EVENTS_FILE}.{hint}")
        if system != _LOCAL and system not in codes:
            hint = nearest(system, [_LOCAL, *codes])
            raise ConfigError(
                f"{place}: code system '{system}' is neither {_LOCAL} nor in {EVENTS_FILE}.{hint}"
            )
        listed = descriptions if system == _LOCAL else codes[system]
        _put(listed, plain_words(code) if system == _LOCAL else code, role, f"{place}: '{code}'")
    return codes, descriptions


def read_modalities(folder: Path, settings: EventSettings, site: Site) -> dict[str, str]:
    """Modality by word (`key_of`), the site's words laid over the file's.

    Raises:
        ConfigError: The file is malformed, or a word means no modality or is there once more.
    """
    known = {*settings.modality.words, *settings.modality.weak, ""}
    modalities: dict[str, str] = {}
    for place, row in _rows(folder / MODALITIES_FILE, ("word", "modality")):
        if row["modality"] not in known:
            hint = nearest(row["modality"], known)
            raise ConfigError(f"{place}: no modality '{row['modality']}'.{hint}")
        _put(modalities, key_of(row["word"]), row["modality"], f"{place}: '{row['word']}'")
    own = {}
    for word, meaning in site.modalities.items():
        if meaning not in known and key_of(meaning) not in modalities:
            hint = _hint(meaning, known - {""}, "Use one of")
            raise ConfigError(f"{site.place}: modalities.{word}: '{meaning}' is no modality.{hint}")
        own[key_of(word)] = meaning if meaning in known else modalities[key_of(meaning)]
    return modalities | own


def read_statuses(folder: Path, site: Site) -> tuple[dict[str, str], dict[str, str]]:
    """Status by word (`key_of`), of orders and of reports, the site's words laid over the file's.

    Raises:
        ConfigError: The file is malformed, or a word means no status or is there once more.
    """
    tables: dict[str, dict[str, str]] = {table: {} for table in STATUSES}
    for place, row in _rows(folder / STATUSES_FILE, ("table", "word", "status")):
        table, status = row["table"], row["status"]
        if table not in STATUSES:
            raise ConfigError(f"{place}: table must be 'orders' or 'reports'.")
        if status not in STATUSES[table]:
            hint = _hint(status, STATUSES[table], "Use one of")
            raise ConfigError(f"{place}: no status '{status}'.{hint}")
        _put(tables[table], key_of(row["word"]), status, f"{place}: '{row['word']}'")
    own: dict[str, dict[str, str]] = {table: {} for table in STATUSES}
    for word, meaning in site.statuses.items():
        for table, listed in tables.items():
            # A site's word means what a listed word, or a status itself, means.
            status = listed.get(key_of(meaning), meaning if meaning in STATUSES[table] else "")
            if status:
                own[table][key_of(word)] = status
        if not any(key_of(word) in words for words in own.values()):
            known = {status for statuses in STATUSES.values() for status in statuses}
            hint = _hint(meaning, known, "Use one of")
            raise ConfigError(f"{site.place}: statuses.{word}: '{meaning}' is no status.{hint}")
    return tables["orders"] | own["orders"], tables["reports"] | own["reports"]


def read_site_procedures(
    site: Site, settings: EventSettings, systems: dict[str, str]
) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """The site's own codes (with or without a system) and descriptions, each with its role.

    Raises:
        ConfigError: An entry names no role.
    """
    codes: dict[tuple[str, str], str] = {}
    descriptions: dict[str, str] = {}
    for number, entry in enumerate(site.procedures, start=1):
        if entry.role not in settings.roles:
            hint = _hint(entry.role, settings.roles, "Use one of")
            raise ConfigError(
                f"{site.place}: procedures, entry {number}: role '{entry.role}' is not "
                f"defined.{hint}"
            )
        if entry.code:
            system = key_of(entry.code_system)
            codes[(systems.get(system, system), entry.code.strip().upper())] = entry.role
        if entry.description:
            descriptions[plain_words(entry.description)] = entry.role
    return codes, descriptions


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a list, each with what messages call it."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: is no CSV file in UTF-8 ({error}).") from error
    for number, row in enumerate(rows, start=2):
        missing = [column for column in columns if row.get(column) is None]
        if missing:
            raise ConfigError(f"{path}: row {number}: no value for {', '.join(missing)}.")
        yield f"{path}: row {number}", row


def _put(listed: dict[str, str], key: str, value: str, place: str) -> None:
    if not key.strip():
        raise ConfigError(f"{place} holds no letter and no digit, so it names nothing.")
    if listed.setdefault(key, value) != value:
        raise ConfigError(f"{place} is there twice, above as '{listed[key]}'.")


def _hint(name: str, known: Iterable[str], otherwise: str) -> str:
    names = sorted(known)
    return nearest(name, names) or f" {otherwise} {', '.join(names)}."
