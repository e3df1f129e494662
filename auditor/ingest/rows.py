"""Rows as a reader hands them on, before any of them is mapped or checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """A run of rows of one file, column by column, as they stand in the file.

    Attributes:
        columns: One list of texts per column of the file, in the file's order, all equally long.
        lines: Physical line where each row begins.
        broken: Line and reason code of each record that could not be taken apart into cells.
        clean: No cell can hold a NUL or an undecodable byte.
    """

    columns: Sequence[list[str]]
    lines: Sequence[int]
    broken: tuple[tuple[int, str], ...] = ()
    clean: bool = False
