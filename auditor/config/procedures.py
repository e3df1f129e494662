"""What a procedure row means: codes, modality words, status words and the rules over words.

Reads `events.toml`, `codes.csv`, `modalities.csv` and `statuses.csv` of a pipeline folder, lays a
site's own words over them, and compiles all into one frozen `ProcedureRules`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.config.base import read_settings
from auditor.config.events import EventSettings, TextRule
from auditor.config.site import Site
from auditor.errors import ConfigError

EVENTS_FILE = "events.toml"
CODES_FILE = "codes.csv"
MODALITIES_FILE = "modalities.csv"
STATUSES_FILE = "statuses.csv"
# The statuses that the engine knows, by table.
_STATUSES = {
    "orders": ("performed", "pending", "not_performed", "unknown"),
    "reports": ("preliminary", "final", "addendum", "corrected", "cancelled", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """The compiled `has`, `lacks`, `nowhere` of a rule, groups spelled out."""

    has: tuple[tuple[str, ...], ...]
    lacks: tuple[str, ...]
    nowhere: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ProcedureRules:
    """All that tells what a row is about, compiled; equal only to itself, so results can be cached.

    Attributes:
        settings: `events.toml` as read.
        conditions: Rule id -> compiled condition.
        patterns: Word list -> pattern over `plain_words` text.
        shapes: Code system -> pattern whose first group is the code itself.
        systems: Name of a code system as written (`key_of`) -> code system.
        codes: Code system -> code -> role.
        descriptions: Listed description (`plain_words`) -> role.
        site_codes: Code -> role, from the site.
        site_descriptions: Description (`plain_words`) -> role, from the site.
        modalities: Modality word (`key_of`) -> modality, empty where the word tells nothing.
        order_statuses: Status word (`key_of`) -> status of an order.
        report_statuses: Status word (`key_of`) -> status of a report.
    """

    settings: EventSettings
    conditions: dict[str, Condition]
    patterns: dict[str, re.Pattern[str]]
    shapes: dict[str, re.Pattern[str]]
    systems: dict[str, str]
    codes: dict[str, dict[str, str]]
    descriptions: dict[str, str]
    site_codes: dict[tuple[str, str], str]
    site_descriptions: dict[str, str]
    modalities: dict[str, str]
    order_statuses: dict[str, str]
    report_statuses: dict[str, str]


def plain_words(text: str) -> str:
    """Lower-case words separated by single blanks, with one blank at each end.

    `&` becomes `and`; every other sign becomes a blank: `A/B-C&D` reads ` a b c and d `.
    """
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower().replace('&', ' and ')))} "


def key_of(word: str) -> str:
    """A word without case, blanks and signs: `No-Show`, `no_show` and `NO SHOW` are one key."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def read_procedure_rules(folder: Path, *, site: Site | None = None) -> ProcedureRules:
    """Read the procedure files of a pipeline folder and lay a site's words over them.

    Raises:
        ConfigError: A file is missing or malformed, or a rule, code or site entry names a role,
            word list, modality or status that does not exist.
    """
    path = folder / EVENTS_FILE
    settings = read_settings(path, EventSettings)
    systems = {
        key_of(name): system
        for system, entry in settings.code_systems.items()
        for name in (system, *entry.names)
    }
    codes, descriptions = _read_codes(folder / CODES_FILE, settings)
    site_codes, site_descriptions = _site_procedures(site, settings, systems)
    orders, reports = _read_statuses(folder / STATUSES_FILE)
    if site is not None:
        _add_site_statuses(site.statuses, orders, reports)
    return ProcedureRules(
        settings=settings,
        conditions=_compile_conditions(settings),
        patterns=_compile_patterns(settings),
        shapes={
            system: re.compile(entry.shape)
            for system, entry in settings.code_systems.items()
            if entry.shape
        },
        systems=systems,
        codes=codes,
        descriptions=descriptions,
        site_codes=site_codes,
        site_descriptions=site_descriptions,
        modalities=_read_modalities(folder / MODALITIES_FILE, settings, site),
        order_statuses=orders,
        report_statuses=reports,
    )


def _compile_patterns(settings: EventSettings) -> dict[str, re.Pattern[str]]:
    lists = {
        **settings.words,
        **{f"stated:{name}": words for name, words in settings.modality.words.items()},
        **{f"hint:{name}": words for name, words in settings.modality.hints.items()},
        "ignored": settings.ignored,
    }
    return {name: phrase_pattern(phrases) for name, phrases in lists.items() if phrases}


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern over `plain_words` text for a list of phrases.

    In a phrase `*` stands for letters, `#` for digits, `..` for up to six words.
    """
    alternatives = []
    for phrase in phrases:
        words = re.sub(r"[^a-z0-9*#. ]", " ", phrase.lower()).split()
        body = " ".join(words).replace("*", "[a-z]*").replace("#", "[0-9]+")
        alternatives.append(body.replace(" .. ", "(?: [a-z0-9]+){0,6} "))
    return re.compile(f" (?:{'|'.join(alternatives)})(?= )")


def _compile_conditions(settings: EventSettings) -> dict[str, Condition]:
    def spell_out(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(word for name in names for word in settings.groups.get(name, (name,)))

    return {
        rule.id: Condition(
            has=tuple(spell_out(entry.split("|")) for entry in rule.has),
            lacks=spell_out(rule.lacks),
            nowhere=spell_out(rule.nowhere) if isinstance(rule, TextRule) else (),
        )
        for rule in settings.every_rule()
    }


def _read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read ({error}).") from error
    for number, row in enumerate(rows, start=2):
        missing = [column for column in columns if row.get(column) is None]
        if missing:
            raise ConfigError(f"{path}: row {number}: no value for {', '.join(missing)}.")
    return rows


def _read_codes(
    path: Path, settings: EventSettings
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Codes by system, and the descriptions: rows whose system is no code system are those."""
    codes: dict[str, dict[str, str]] = {system: {} for system in settings.code_systems}
    descriptions: dict[str, str] = {}
    for number, row in enumerate(_read_rows(path, ("code_system", "code", "role")), start=2):
        if row["role"] not in settings.roles:
            raise ConfigError(
                f"{path}: row {number}: role '{row['role']}' is not in {EVENTS_FILE}."
            )
        if row["code_system"] in codes:
            codes[row["code_system"]][row["code"]] = row["role"]
        elif row["code_system"] == "LOCAL":
            descriptions[plain_words(row["code"])] = row["role"]
        else:
            raise ConfigError(
                f"{path}: row {number}: code system '{row['code_system']}' is neither LOCAL nor "
                f"in {EVENTS_FILE}."
            )
    return codes, descriptions


def _read_modalities(path: Path, settings: EventSettings, site: Site | None) -> dict[str, str]:
    known = {*settings.modality.words, *settings.modality.weak, ""}
    modalities: dict[str, str] = {}
    for number, row in enumerate(_read_rows(path, ("word", "modality")), start=2):
        if row["modality"] not in known:
            raise ConfigError(f"{path}: row {number}: no modality '{row['modality']}'.")
        modalities[key_of(row["word"])] = row["modality"]
    for word, meaning in (site.modalities if site is not None else {}).items():
        if meaning not in known and key_of(meaning) not in modalities:
            raise ConfigError(
                f"site file: modalities.{word}: '{meaning}' is no modality; use one of "
                f"{', '.join(sorted(known - {''}))}."
            )
        modalities[key_of(word)] = meaning if meaning in known else modalities[key_of(meaning)]
    return modalities


def _read_statuses(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    tables: dict[str, dict[str, str]] = {"orders": {}, "reports": {}}
    for number, row in enumerate(_read_rows(path, ("table", "word", "status")), start=2):
        if row["table"] not in tables:
            raise ConfigError(f"{path}: row {number}: table must be 'orders' or 'reports'.")
        if row["status"] not in _STATUSES[row["table"]]:
            known = ", ".join(_STATUSES[row["table"]])
            raise ConfigError(
                f"{path}: row {number}: no status '{row['status']}'; use one of {known}."
            )
        tables[row["table"]][key_of(row["word"])] = row["status"]
    return tables["orders"], tables["reports"]


def _add_site_statuses(
    words: dict[str, str], orders: dict[str, str], reports: dict[str, str]
) -> None:
    """A site's word means what a listed word, or a status itself, means."""
    for word, meaning in words.items():
        known = False
        for table in (orders, reports):
            status = table.get(key_of(meaning), meaning if meaning in table.values() else "")
            if status:
                table[key_of(word)] = status
                known = True
        if not known:
            choices = ", ".join(sorted({*orders.values(), *reports.values()}))
            raise ConfigError(
                f"site file: statuses.{word}: '{meaning}' is no status; use one of {choices}."
            )


def _site_procedures(
    site: Site | None, settings: EventSettings, systems: dict[str, str]
) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """The site's own codes (with or without a system) and descriptions, each with its role."""
    codes: dict[tuple[str, str], str] = {}
    descriptions: dict[str, str] = {}
    for number, entry in enumerate(site.procedures if site is not None else (), start=1):
        if entry.role not in settings.roles:
            raise ConfigError(
                f"site file: procedures, entry {number}: role '{entry.role}' is not defined; "
                f"use one of {', '.join(sorted(settings.roles))}."
            )
        if entry.code:
            system = key_of(entry.code_system or "")
            codes[(systems.get(system, system), entry.code.strip().upper())] = entry.role
        if entry.description:
            descriptions[plain_words(entry.description)] = entry.role
    return codes, descriptions
