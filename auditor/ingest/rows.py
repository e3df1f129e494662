"""Rows as a reader hands them on, before any of them is mapped or checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

# The cells of one column: a list of texts, or, where all of them are known to be clean, an array.
Cells: TypeAlias = "list[str] | pa.StringArray"


@dataclass(frozen=True, slots=True)
class Rows:
    """A run of rows of one file, column by column, as they stand in the file.

    Attributes:
        columns: The cells of each column of the file, in the file's order, all equally many.
        lines: Physical line where each row begins.
        broken: Line and reason code of each record that could not be taken apart into cells.
        clean: No cell can hold a NUL or an undecodable byte.
    """

    columns: Sequence[Cells]
    lines: Sequence[int]
    broken: tuple[tuple[int, str], ...] = ()
    clean: bool = False


def listed(cells: Cells) -> list[str]:
    """Cells as a list of texts."""
    return cells if isinstance(cells, list) else cells.to_pylist()
