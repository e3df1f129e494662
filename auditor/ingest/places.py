"""Where a format's fields stand for the contract's columns: the reader's choice and the site's."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from auditor.errors import ConfigError
from auditor.ingest.parts import CONTRACT


class Field(NamedTuple):
    """A place in an HL7 v2 message: `PID-3.1` is component 1 of field 3 of the segment PID."""

    segment: str
    number: int
    component: int = 1
    part: int = 1


def find_places(
    kind: str,
    table: str,
    usual: Mapping[str, tuple[str, ...]],
    chosen: Mapping[str, tuple[str, ...]],
) -> dict[str, tuple[Field, ...]]:
    """The fields of each column that is taken from fields.

    Args:
        kind: The site file's table, for messages.
        table: `reports` or `orders`.
        usual: Places by column, as the reader has them.
        chosen: The site's.

    Raises:
        ConfigError: The site names a column that the contract does not know.
    """
    check_columns(kind, table, chosen)
    return {
        column: tuple(read_field(place) for place in listed)
        for column, listed in {**usual, **chosen}.items()
    }


def check_columns(kind: str, table: str, chosen: Mapping[str, object]) -> None:
    """Check that what a site maps are columns of the contract.

    Raises:
        ConfigError: One is not.
    """
    for name in chosen:
        if name not in CONTRACT[table]:
            near = difflib.get_close_matches(name, CONTRACT[table], n=1)
            known = ", ".join(CONTRACT[table])
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {known}."
            raise ConfigError(f"Site file, [{kind}.{table}]: '{name}' is no column. {hint}")


def read_field(place: str) -> Field:
    """A place as a site writes it, e.g. `OBR-4.2`, whose shape has been checked."""
    segment, _, path = place.partition("-")
    return Field(segment, *(int(number) for number in path.split(".")))
