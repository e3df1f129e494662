"""What a procedure row means: codes, modality words, status words and the rules over words.

Reads `events.toml`, `codes.csv`, `modalities.csv` and `statuses.csv` of a pipeline folder, lays a
site's own words over them, and compiles all into one frozen `ProcedureRules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.config.base import read_settings
from auditor.config.events import EventSettings, TextRule
from auditor.config.procedure_lists import (
    EVENTS_FILE,
    key_of,
    plain_words,
    read_code_systems,
    read_codes,
    read_modalities,
    read_site_procedures,
    read_statuses,
    with_site_words,
)
from auditor.config.site import Site

__all__ = [
    "EVENTS_FILE",
    "Condition",
    "ProcedureRules",
    "key_of",
    "phrase_pattern",
    "plain_words",
    "read_procedure_rules",
]


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
        changed_by_text: The roles that a text may change, each with the kind of text that may.
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
    changed_by_text: frozenset[tuple[str, str]]


def read_procedure_rules(folder: Path, *, site: Site | None = None) -> ProcedureRules:
    """Read the procedure files of a pipeline folder and lay a site's words over them.

    Raises:
        ConfigError: A file is missing or malformed, or a rule, code or site entry names a role,
            word list, modality or status that does not exist.
    """
    site = site or Site()
    settings = with_site_words(read_settings(folder / EVENTS_FILE, EventSettings), site)
    systems = read_code_systems(settings, site)
    codes, descriptions = read_codes(folder, settings)
    site_codes, site_descriptions = read_site_procedures(site, settings, systems)
    orders, reports = read_statuses(folder, site)
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
        modalities=read_modalities(folder, settings, site),
        order_statuses=orders,
        report_statuses=reports,
        changed_by_text=frozenset(
            (role, text)
            for rule in settings.text_rules
            for role in rule.after
            for text in rule.reads
        ),
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
