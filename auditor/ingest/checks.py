"""The values of a run of rows, checked and made canonical; the first fault of each row noted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.config.site import DateShape
from auditor.ingest.columns import FREE_TEXT
from auditor.ingest.dates import classify_value, read_datetime
from auditor.ingest.schema import ORDER_PROCEDURE_COLUMNS, TABLES, Column
from auditor.ingest.survey import UNDECODED

# These have happened when they are written; an order or an appointment may lie ahead.
PAST_ONLY = ("exam_datetime", "report_datetime", "performed_datetime")
OLDEST_YEARS = 130

# How databases and tools write that there is no value; never a patient's id.
_NO_VALUE = frozenset(
    ("NULL", "Null", "null", "(null)", "(NULL)", "\\N", "NaN", "nan", "NaT", "<NA>", "<null>")
)
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

    def check_table(self, table: str, values: dict[str, list[str]]) -> dict[str, list[str]]:
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

    def _check(self, column: Column, values: list[str]) -> list[str]:
        if not self._clean:
            self._note_characters(column, values)
        if column.name in FREE_TEXT:
            for row, value in enumerate(values):
                if len(value) > LONGEST_TEXT:
                    self.note(row, column.name, "text_too_long", "text")
            return values
        values = [_bare(value) for value in values]
        if column.required:
            reason = "empty_id" if column.kind == "id" else "empty_value"
            for row, value in enumerate(values):
                if not value:
                    self.note(row, column.name, reason, "empty")
        if column.kind == "datetime":
            return self._read_dates(column.name, values)
        return list(map(_years, values)) if column.kind == "number" else values

    def _check_procedures(self, columns: dict[str, list[str]]) -> None:
        """Note the orders that do not say what was ordered: by modality, code or description."""
        named = zip(*(columns[name] for name in ORDER_PROCEDURE_COLUMNS), strict=True)
        for row, values in enumerate(named):
            if not any(values):
                self.note(row, "", "no_procedure", "row")

    def _note_characters(self, column: Column, values: Sequence[str]) -> None:
        for row, value in enumerate(values):
            if "\0" in value:
                self.note(row, column.name, "nul_byte", "text")
            elif not value.isascii() and UNDECODED.search(value):
                self.note(row, column.name, "bad_encoding", "text")

    def _read_dates(self, name: str, values: Sequence[str]) -> list[str]:
        order, formats, zone = self._dates.order, self._dates.formats, self._dates.time_zone
        last_day = self._last_day if name in PAST_ONLY else ""
        canonical = []
        for row, value in enumerate(values):
            text, reason = read_datetime(value, order, formats, zone) if value else ("", "")
            if last_day and text[:10] > last_day:
                reason = "future_date"
            if reason:
                self.note(row, name, reason, classify_value(value))
            canonical.append(text)
        return canonical


def _bare(value: str) -> str:
    value = value.strip()
    return "" if value in _NO_VALUE else value


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
