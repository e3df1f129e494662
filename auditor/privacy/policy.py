"""What a site's policy makes of the identifiers found: a run that goes on, or ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from auditor.config.site import Site
from auditor.errors import GateError
from auditor.ingest.schema import IdentifierFound
from auditor.privacy.checking import KEYS

# Places that a message names.
_SHOWN = 3


def check_policy(found: Sequence[IdentifierFound], site: Site) -> None:
    """Let a run go on with what was found, or not.

    Raises:
        GateError: The site stops at identifiers; or it redacts, and one stands in a key, which
            cannot be masked: rows are joined by it, and all outputs show it.
    """
    policy = site.privacy.residual_identifiers
    if policy == "stop" and found:
        raise GateError(
            f"{_describe(found)}; nothing was written: de-identify the exports again, or set "
            f"residual_identifiers under [privacy] of the site file to 'report' or 'redact'."
        )
    in_keys = [item for item in found if item.column in KEYS[item.table]]
    if policy == "redact" and in_keys:
        raise GateError(
            f"{_describe(in_keys)}; rows are joined by these columns, so nothing can be masked in "
            "them, and nothing was written: export pseudonyms there."
        )


def _describe(found: Sequence[IdentifierFound]) -> str:
    kinds = Counter(item.identifier_kind for item in found)
    counted = ", ".join(f"{kind} {rows:,}" for kind, rows in sorted(kinds.items()))
    places = ", ".join(
        f"{item.file} line {item.line} {item.column} ({item.identifier_kind})"
        for item in found[:_SHOWN]
    )
    more = ", …" if len(found) > _SHOWN else ""
    return f"The exports hold what looks like identifiers ({counted}): {places}{more}"
