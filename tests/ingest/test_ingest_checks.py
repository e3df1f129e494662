"""Columns are checked as a whole and end as their values would, looked at one by one."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.site import DateShape
from auditor.ingest.checks import RowChecks
from auditor.ingest.dates import AS_IT_STANDS, AS_IT_STANDS_WITH_OFFSET, read_datetime
from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS, TABLES

SHAPES = (DateShape(), DateShape(order="mdy"), DateShape(time_zone="America/New_York"))
ODD = ("", " ", "\x1c7\u2003", "NULL", " NaN ", "\u00e9", "0", "x\ty", "\u3000")
MOMENTS = (
    *("2025-01-02", "2025-01-02 03:04", "2025-01-02T03:04:05", "2024-02-29", "2023-02-29"),
    *("2025-01-02T03:04:05Z", "2025-01-02T03:04:05.25+05:30", "2025-04-31", "0001-01-01"),
    *("2025-13-01", "1/2/2025", "20250102", "2 Jan 2025", "soon", "2025-01-02T24:00", "2101-01-01"),
    *("2025-01-02T03:04-15:00", "2025-01-02T03:04:05.1234567", " 2025-01-02 ", "2099-01-01"),
)
AGES = ("45", "0.5", "131", "045Y", "6 months", "-3", "old", "NULL")
CELLS = {"datetime": MOMENTS, "number": AGES}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, dict[str, list[str]]]:
    table = draw(st.sampled_from(sorted(TABLES)))
    count = draw(st.integers(0, 4))
    return table, {
        column.name: draw(
            st.lists(
                st.sampled_from((*ODD, *CELLS.get(column.kind, ("A1", "CT", "Final")))),
                min_size=count,
                max_size=count,
            )
        )
        for column in TABLES[table]
    }


@given(tables(), st.sampled_from(SHAPES), st.sampled_from([None, "2025-06-30"]))
def test_arrays_lists_and_single_rows_end_the_same(drawn, dates, now_date) -> None:
    table, values = drawn

    def check(cells, clean):
        checks = RowChecks(dates, now_date, clean=clean)
        columns = checks.check_table(table, cells)
        return {name: column.to_pylist() for name, column in columns.items()}, checks.faults

    arrays = {name: pa.array(column, pa.string()) for name, column in values.items()}
    columns, faults = check(arrays, True)
    assert check(values, True) == check(values, False) == (columns, faults)
    for row in range(len(values["patient_id"])):
        alone = {name: [column[row]] for name, column in values.items()}
        own, fault = check(alone, False)
        assert {name: [column[row]] for name, column in columns.items()} == own
        assert fault.get(0) == faults.get(row)


@given(st.one_of(st.sampled_from(MOMENTS), st.from_regex(AS_IT_STANDS_WITH_OFFSET, fullmatch=True)))
def test_what_is_taken_as_it_stands_is_read_so(text: str) -> None:
    if re.match(AS_IT_STANDS_WITH_OFFSET, text) and not text.endswith("\n"):
        assert read_datetime(text).text == text.replace(" ", "T")
    if re.match(AS_IT_STANDS, text) and not text.endswith("\n"):
        assert read_datetime(text, zone="Asia/Kolkata").text == text.replace(" ", "T")


@pytest.mark.parametrize("columns", [REPORT_COLUMNS, ORDER_COLUMNS])
def test_what_is_no_character_costs_its_row_alone(columns) -> None:
    table = "reports" if columns is REPORT_COLUMNS else "orders"
    for spoilt in columns:
        cells = {
            column.name: ["2025-01-02" if column.kind == "datetime" else "1"] * 3
            for column in columns
        }
        cells[spoilt.name][1:] = ["1\0", "1\udc81"]
        checks = RowChecks(DateShape(), None, clean=False)
        checks.check_table(table, cells)
        found = {row: (fault.column, fault.reason) for row, fault in checks.faults.items()}
        assert found == {1: (spoilt.name, "nul_byte"), 2: (spoilt.name, "bad_encoding")}
