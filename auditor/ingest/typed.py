"""Typed columns -> text: what a CSV file would say of the same values.

Timestamps that are all at midnight in one column are dates without a time; numbers that are whole
are written without a point; a zone is written as an offset.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from auditor.ingest.records import LONGEST_CELL
from auditor.ingest.rows import Cells, listed

# Types of text, and of the same bytes.
_BYTES = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}
_CLEAN = (pa.string(), pa.large_string())
# Beyond it, two whole numbers can be one float of so many bits.
_MOST_EXACT = {16: 2.0**11, 32: 2.0**24, 64: 2.0**53}


@dataclass(slots=True)
class TypedColumn:
    """The texts of a column, and the reason code of each row whose cell is not to be used."""

    texts: Cells
    faults: dict[int, str] = field(default_factory=dict)


def read_column(column: pa.Array, *, dates_only: bool = False) -> TypedColumn:
    """The texts of a column; missing values are empty.

    Args:
        column: Of any type.
        dates_only: Its timestamps have no time of day.
    """
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if types.is_nested(kind):
        given = column.is_valid().to_pylist()
        faults = {row: "nested_value" for row, there in enumerate(given) if there}
        return TypedColumn([""] * len(column), faults)
    if types.is_dictionary(kind):
        return _read_dictionary(column, dates_only=dates_only)
    if _is_text(kind):
        return _read_texts(column)
    if types.is_floating(kind):
        return _read_floats(column)
    return TypedColumn(_write(column, dates_only))


def check_places(column: pa.Array) -> None:
    """Check that a column refers to nothing outside of itself, as one of a damaged file may.

    Whether its bytes are text is not checked: a row whose bytes are none is set aside.

    Raises:
        pa.ArrowInvalid: It does.
    """
    column.validate()
    if isinstance(column, pa.ExtensionArray):
        check_places(column.storage)
    elif types.is_dictionary(column.type):
        check_places(column.dictionary)
        named = pc.min_max(column.indices).as_py()
        last = len(column.dictionary) - 1
        if named["min"] is not None and not 0 <= named["min"] <= named["max"] <= last:
            raise pa.ArrowInvalid("an index beyond the dictionary")
    elif column.type in _BYTES:
        column.view(_BYTES[column.type]).validate(full=True)
    elif not types.is_nested(column.type):
        column.validate(full=True)


def holds_dates_only(column: pa.Array) -> bool:
    """Whether all timestamps of a column are at midnight, where they are."""
    local = _local(column)
    days = pc.floor_temporal(local, unit="day")
    return pc.all(pc.equal(local, days), min_count=0).as_py() is not False


def sizes(column: pa.Array) -> np.ndarray:
    """Characters (or bytes) of each cell, shape `(rows,)`; a few where the type bounds them."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if types.is_dictionary(kind):
        if not len(column.dictionary):
            return np.zeros(len(column))
        return sizes(column.dictionary)[column.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    if _is_text(kind):
        lengths = pc.binary_length(column).fill_null(0)
        return np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=float)
    return np.full(len(column), 16.0)


def longest(column: pa.Array) -> int:
    """Length of the longest text that a dictionary column refers to, or a plain one holds."""
    values = column.dictionary if types.is_dictionary(column.type) else column
    return int(sizes(values).max(initial=0))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def _read_texts(column: pa.Array) -> TypedColumn:
    too_long = sizes(column) > LONGEST_CELL
    faults = {int(row): "text_too_long" for row in np.flatnonzero(too_long)}
    if faults:
        column = pc.if_else(pa.array(too_long), pa.scalar(None, column.type), column)
    if column.type in _CLEAN and _is_clean(column):
        return TypedColumn(column.fill_null("").cast(pa.string()), faults)
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:
        values = column.cast(pa.large_binary()).to_pylist()
    return TypedColumn([_decoded(value) for value in values], faults)


def _is_clean(column: pa.Array) -> bool:
    """Whether all texts of a column are characters, and none of them is a NUL."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return not pc.any(pc.match_substring(column, "\0"), min_count=0).as_py()


def _decoded(value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value or ""


def _read_dictionary(column: pa.DictionaryArray, *, dates_only: bool) -> TypedColumn:
    shared = read_column(column.dictionary, dates_only=dates_only)
    indices = column.indices.to_pylist()
    known = range(len(column.dictionary))
    written = listed(shared.texts)
    texts = [written[at] if at is not None and at in known else "" for at in indices]
    faults = {row: shared.faults[at] for row, at in enumerate(indices) if at in shared.faults}
    return TypedColumn(texts, faults)


def _read_floats(column: pa.Array) -> TypedColumn:
    texts: list[str] = []
    faults: dict[int, str] = {}
    most = _MOST_EXACT[column.type.bit_width]
    for row, value in enumerate(column.to_pylist()):
        if value is None or not math.isfinite(value):
            texts.append("")
            continue
        if abs(value) >= most:
            faults[row] = "inexact_number"
        texts.append(str(int(value)) if value.is_integer() else repr(value))
    return TypedColumn(texts, faults)


def _write(column: pa.Array, dates_only: bool) -> Cells:
    kind = column.type
    if types.is_timestamp(kind):
        return _write_moments(column, dates_only).fill_null("")
    if types.is_date64(kind):
        column = column.cast(pa.date32())
    if types.is_time(kind):
        return _without_zeros(column.cast(pa.string())).fill_null("")
    writers: dict[Callable[[Any], bool], Callable[[Any], str]] = {
        types.is_decimal: lambda value: _without_point(format(value, "f")),
        types.is_boolean: lambda value: "true" if value else "false",
    }
    write = next((writer for is_kind, writer in writers.items() if is_kind(kind)), str)
    return ["" if value is None else write(value) for value in column.to_pylist()]


def _write_moments(column: pa.Array, dates_only: bool) -> pa.Array:
    local = _local(column)
    if dates_only:
        return pc.strftime(local, format="%Y-%m-%d")
    moments = _without_zeros(pc.strftime(local, format="%Y-%m-%dT%H:%M:%S"))
    if column.type.tz is None:
        return moments
    return pc.binary_join_element_wise(moments, pc.strftime(column, format="%z"), "")


def _local(column: pa.Array) -> pa.Array:
    return pc.local_timestamp(column) if column.type.tz is not None else column


def _without_zeros(texts: pa.Array) -> pa.Array:
    """Times without the zeros that only the unit puts after the second."""
    cut = pc.replace_substring_regex(texts, pattern=r"(\.\d*?)0+$", replacement=r"\1")
    return pc.replace_substring_regex(cut, pattern=r"\.$", replacement="")


def _without_point(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written
