"""The values of a run of rows, checked and made canonical; the first fault of each row noted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.site import DateShape
from auditor.ingest.columns import FREE_TEXT
from auditor.ingest.dates import (
    AS_IT_STANDS,
    AS_IT_STANDS_WITH_OFFSET,
    classify_value,
    read_datetime,
)
from auditor.ingest.rows import Cells
from auditor.ingest.schema import ORDER_PROCEDURE_COLUMNS, TABLES, Column
from auditor.ingest.survey import UNDECODED

# These have happened when they are written; an order or an appointment may lie ahead.
PAST_ONLY = ("exam_datetime", "report_datetime", "performed_datetime")
OLDEST_YEARS = 130

# How databases and tools write that there is no value; never a patient's id.
_NO_VALUE = frozenset(
    ("NULL", "Null", "null", "(null)", "(NULL)", "\\N", "NaN", "nan", "NaT", "<NA>", "<null>")
)
_NO_VALUES = pa.array(sorted(_NO_VALUE), pa.string())
# What `str.strip` takes for white space.
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
# An age with its unit, as DICOM (`045Y`, `006M`) and people write it.
_AGE = re.compile(r"(\d{1,5}(?:\.\d+)?) ?([a-z]+)\.?(?: ?old)?", re.ASCII)
_A_YEAR = {
    **dict.fromkeys(("y", "yr", "yrs", "yo", "year", "years"), 1.0),
    **dict.fromkeys(("m", "mo", "mos", "mth", "mths", "month", "months"), 12.0),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 52.1775),
    **dict.fromkeys(("d", "day", "days"), 365.2425),
}

# No report is as long, in characters: it is several in one cell, and would hold up a night.
LONGEST_TEXT = 300_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is set aside: the column at fault (empty: the row), reason code, value's class."""

    column: str
    reason: str
    value_class: str


class RowChecks:
    """Checks a run of rows, column by column in the contract's order.

    Attributes:
        faults: The first fault of each row that has one, by the row's number in the run.
    """

    def __init__(self, dates: DateShape, now_date: str | None, *, clean: bool) -> None:
        self.faults: dict[int, Fault] = {}
        self._dates = dates
        self._clean = clean
        # A day's grace: clocks and time zones differ between the systems of a site.
        self._last_day = (
            (date.fromisoformat(now_date) + timedelta(days=1)).isoformat() if now_date else ""
        )

    def check_table(self, table: str, values: dict[str, Cells]) -> dict[str, pa.StringArray]:
        """The canonical values of a table's columns, from those in the file; faults are noted.

        The rows at fault are still among the values.
        """
        columns = {
            column.name: self._check(column, values[column.name]) for column in TABLES[table]
        }
        if table == "orders":
            self._check_procedures(columns)
        return columns

    def note(self, row: int, column: str, reason: str, value_class: str) -> None:
        """Note a fault, unless the row has one already."""
        self.faults.setdefault(row, Fault(column, reason, value_class))

    def _note_all(self, rows: pa.BooleanArray, column: str, reason: str, value_class: str) -> None:
        for row in _places(rows):
            self.note(row, column, reason, value_class)

    def _check(self, column: Column, cells: Cells) -> pa.StringArray:
        if isinstance(cells, list):
            checked = cells if self._clean else self._note_characters(column, cells)
            values = pa.array(checked, pa.string())
        else:
            values = cells
        if column.name in FREE_TEXT:
            # A text has no more characters than bytes.
            if (pc.max(pc.binary_length(values)).as_py() or 0) > LONGEST_TEXT:
                too_long = pc.greater(pc.utf8_length(values), LONGEST_TEXT)
                self._note_all(too_long, column.name, "text_too_long", "text")
            return values
        of_numbers = column.kind == "number"
        if column.kind in ("id", "datetime"):
            values = _bare_column(values)
        else:
            values = _by_value(values, _years_of if of_numbers else _bare)
        if column.required:
            reason = "empty_id" if column.kind == "id" else "empty_value"
            self._note_all(pc.equal(values, ""), column.name, reason, "empty")
        return self._read_dates(column.name, values) if column.kind == "datetime" else values

    def _check_procedures(self, columns: dict[str, pa.StringArray]) -> None:
        """Note the orders that do not say what was ordered: by modality, code or description."""
        empty = [pc.equal(columns[name], "") for name in ORDER_PROCEDURE_COLUMNS]
        self._note_all(reduce(pc.and_, empty), "", "no_procedure", "row")

    def _note_characters(self, column: Column, values: Sequence[str]) -> list[str]:
        """Note the values that hold what is no character; return them all, those emptied."""
        checked = list(values)
        for row, value in enumerate(values):
            if "\0" in value:
                self.note(row, column.name, "nul_byte", "text")
            elif not value.isascii() and UNDECODED.search(value):
                self.note(row, column.name, "bad_encoding", "text")
            else:
                continue
            checked[row] = ""
        return checked

    def _read_dates(self, name: str, values: pa.StringArray) -> pa.StringArray:
        order, formats, zone = self._dates.order, self._dates.formats, self._dates.time_zone
        known = pc.equal(values, "")
        if not formats:
            plain = AS_IT_STANDS if zone else AS_IT_STANDS_WITH_OFFSET
            known = pc.or_(known, pc.match_substring_regex(values, plain))
        canonical = pc.replace_substring(values, " ", "T")
        others = _places(pc.invert(known))
        if others:
            given = values.take(pa.array(others)).to_pylist()
            read = [read_datetime(value, order, formats, zone) for value in given]
            for row, value, reading in zip(others, given, read, strict=True):
                if reading.reason:
                    self.note(row, name, reading.reason, classify_value(value))
            texts = pa.array([reading.text for reading in read], pa.string())
            canonical = pc.replace_with_mask(canonical, pc.invert(known), texts)
        if self._last_day and name in PAST_ONLY:
            days = pc.utf8_slice_codeunits(canonical, 0, 10)
            for row in _places(pc.greater(days, self._last_day)):
                self.note(row, name, "future_date", classify_value(values[row].as_py()))
        return canonical


def _places(rows: pa.BooleanArray) -> list[int]:
    """The numbers of the rows that are marked."""
    places: list[int] = pc.indices_nonzero(rows).to_pylist()
    return places


def _by_value(values: pa.StringArray, change: Callable[[str], str]) -> pa.StringArray:
    """Change each value; for columns of few different ones."""
    coded = values.dictionary_encode()
    changed = pa.array(map(change, coded.dictionary.to_pylist()), pa.string())
    return changed.take(coded.indices)


def _bare_column(values: pa.StringArray) -> pa.StringArray:
    """The same as `_bare` of each value, for columns of many different ones."""
    values = pc.utf8_trim(values, characters=_WHITE_SPACE)
    nothing = pc.is_in(values, value_set=_NO_VALUES)
    return pc.if_else(nothing, "", values) if pc.any(nothing).as_py() else values


def _bare(value: str) -> str:
    value = value.strip()
    return "" if value in _NO_VALUE else value


def _years_of(value: str) -> str:
    return _years(_bare(value))


def _years(value: str) -> str:
    """An age in years, or empty where the text is none that can be: the row is kept.

    An age with a unit is told in years to two places, never rounded up.
    """
    if not value or _NUMBER.fullmatch(value):
        return value if value and float(value) <= OLDEST_YEARS else ""
    age = _AGE.fullmatch(value.lower())
    if age is None or age[2] not in _A_YEAR:
        return ""
    years = float(age[1]) / _A_YEAR[age[2]]
    return f"{math.floor(years * 100 + 1e-9) / 100:g}" if years <= OLDEST_YEARS else ""
