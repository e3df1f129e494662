"""A site file with a `[nightly]` table, and where the ledger is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.config.nightly import Nightly
from auditor.config.site import Site, read_site
from auditor.errors import ConfigError

LEDGER_URL = "AUDITOR_LEDGER"


@dataclass(frozen=True, slots=True)
class NightSettings:
    """What a site file says of its nights.

    Attributes:
        site: The whole file.
        nightly: Its `[nightly]` table.
        base: Its folder: relative paths start there.
        ledger: Ledger URL or path.
    """

    site: Site
    nightly: Nightly
    base: Path
    ledger: str


def read_night_settings(path: Path, environment: Mapping[str, str]) -> NightSettings:
    """Read a site file for unattended nights.

    Args:
        path: The site file.
        environment: AUDITOR_LEDGER in it names the ledger where the file does not, so that a
            password need not stand in a file.

    Raises:
        ConfigError: The file is not in order, has no `[nightly]`, or no ledger is named.
    """
    site = read_site(path)
    if site.nightly is None:
        raise ConfigError(
            f"{path}: has no [nightly] table: give at least its inbox, outputs and ledger."
        )
    ledger = site.nightly.ledger or environment.get(LEDGER_URL, "")
    if not ledger:
        raise ConfigError(
            f"{path}: nightly.ledger: is missing, and {LEDGER_URL} is not set: name the ledger."
        )
    base = path.resolve().parent
    return NightSettings(
        site, site.nightly, base, ledger if "://" in ledger else str(base / ledger)
    )
