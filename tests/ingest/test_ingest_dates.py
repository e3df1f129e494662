"""Dates as sites write them."""

import re
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.ingest.dates import DATE_START, classify_value, read_datetime


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-01-02", "2025-01-02"),
        (" 2025-01-02 ", "2025-01-02"),
        ("2025-1-2", "2025-01-02"),
        ("2025/01/02", "2025-01-02"),
        ("20250102", "2025-01-02"),
        ("2025-01-02 03:04", "2025-01-02T03:04"),
        ("2025-01-02T03:04", "2025-01-02T03:04"),
        ("2025-01-02 00:00:00", "2025-01-02T00:00:00"),
        ("2025-01-02T03:04:05.123Z", "2025-01-02T03:04:05.123+00:00"),
        ("2025-01-02 03:04:05.1234567", "2025-01-02T03:04:05.123456"),
        ("2025-01-02 03:04:05,5", "2025-01-02T03:04:05.5"),
        ("2025-01-02T03:04+01:00", "2025-01-02T03:04+01:00"),
        ("2025-01-02T03:04:05+0100", "2025-01-02T03:04:05+01:00"),
        ("2025-01-02 03:04:05 -05", "2025-01-02T03:04:05-05:00"),
        ("2025-01-02 03:04:05 UTC", "2025-01-02T03:04:05+00:00"),
        ("202501020304", "2025-01-02T03:04"),
        ("20250102030405-0500", "2025-01-02T03:04:05-05:00"),
        ("20250102030405.67", "2025-01-02T03:04:05.67"),
        ("30-Mar-2026", "2026-03-30"),
        ("30 March 2026", "2026-03-30"),
        ("30MAR2026:14:05:09", "2026-03-30T14:05:09"),
        ("Sept 3, 2026", "2026-09-03"),
        ("Mar 30, 2026 2:05 PM", "2026-03-30T14:05"),
        ("2026-03-30 12:05 AM", "2026-03-30T00:05"),
        ("2026-03-30 12:05 p.m.", "2026-03-30T12:05"),
    ],
)
def test_every_site_writes_these(text: str, iso: str) -> None:
    for day_order in ("iso", "mdy", "dmy"):
        assert read_datetime(text, day_order) == (iso, "")


@pytest.mark.parametrize(
    ("text", "day_order", "iso"),
    [
        ("03/30/2026", "mdy", "2026-03-30"),
        ("3/30/2026 14:05", "mdy", "2026-03-30T14:05"),
        ("3/30/2026 2:05 PM", "mdy", "2026-03-30T14:05"),
        ("03-04-2026", "mdy", "2026-03-04"),
        ("03/04/2026", "dmy", "2026-04-03"),
        ("30.03.2026", "dmy", "2026-03-30"),
        ("30.03.2026, 14:05:06", "dmy", "2026-03-30T14:05:06"),
    ],
)
def test_the_site_says_which_number_is_the_day(text: str, day_order: str, iso: str) -> None:
    assert read_datetime(text, day_order) == (iso, "")


@pytest.mark.parametrize(
    ("text", "day_order", "reason"),
    [
        ("03/04/2026", "iso", "date_order_unknown"),
        ("30.03.2026", "iso", "date_order_unknown"),
        ("30/03/2026", "mdy", "impossible_date"),
        ("3/4/26", "mdy", "two_digit_year"),
        ("3/4/26", "iso", "two_digit_year"),
        ("26-03-04", "iso", "two_digit_year"),
        ("3-Mar-26", "iso", "two_digit_year"),
        ("2025-02-29", "iso", "impossible_date"),
        ("2025-13-01", "iso", "impossible_date"),
        ("2025-01-02T24:00", "iso", "impossible_date"),
        ("2025-01-02 03:60 +01:00", "iso", "impossible_date"),
        ("2025-01-02 13:05 PM", "iso", "impossible_date"),
        ("2025-01-02 03:04 +19:00", "iso", "impossible_date"),
        ("9999-12-31", "iso", "impossible_date"),
        ("0001-01-01", "iso", "impossible_date"),
        ("45678", "iso", "unparseable_date"),
        ("45678.25", "iso", "unparseable_date"),
        ("1735786800", "iso", "unparseable_date"),
        ("2025-01", "iso", "unparseable_date"),
        ("2025-01-02 03", "iso", "unparseable_date"),
        ("2025-01/02", "iso", "unparseable_date"),
        ("30-Foo-2026", "iso", "unparseable_date"),
        ("2025-01-02 03:04 EST", "iso", "unparseable_date"),
        ("yesterday", "iso", "unparseable_date"),
        ("٢٠٢٥-٠١-٠٢", "iso", "unparseable_date"),
    ],
)
def test_what_does_not_say_a_day_is_refused(text: str, day_order: str, reason: str) -> None:
    assert read_datetime(text, day_order) == ("", reason)


@pytest.mark.parametrize(
    ("text", "form", "iso"),
    [
        ("2026|30|03", "%Y|%d|%m", "2026-03-30"),
        ("14h05 30 Mar 2026", "%Hh%M %d %b %Y", "2026-03-30T14:05"),
        ("30.03.2026 14.05.06", "%d.%m.%Y %H.%M.%S", "2026-03-30T14:05:06"),
        ("30.03.2026 14.05.06 +0100", "%d.%m.%Y %H.%M.%S %z", "2026-03-30T14:05:06+01:00"),
    ],
)
def test_a_sites_own_format_keeps_its_precision(text: str, form: str, iso: str) -> None:
    assert read_datetime(text, "iso", (form,)) == (iso, "")


def test_a_sites_own_format_gives_no_impossible_year() -> None:
    assert read_datetime("01|01|0001", "iso", ("%d|%m|%Y",)).reason == "impossible_date"


def test_the_other_shapes_are_read_beside_a_sites_own() -> None:
    assert read_datetime("2026-03-30", "iso", ("%d|%m|%Y",)).text == "2026-03-30"


@settings(deadline=None)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)), st.sampled_from(["mdy", "dmy"]))
def test_what_is_written_is_read_back(moment: datetime, day_order: str) -> None:
    day = "%m/%d/%Y" if day_order == "mdy" else "%d/%m/%Y"
    assert read_datetime(moment.strftime(day), day_order).text == moment.date().isoformat()
    for clock in ("%H:%M", "%I:%M %p"):
        got = read_datetime(moment.strftime(f"{day} {clock}"), day_order).text
        assert got == moment.isoformat(timespec="minutes")


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_gives_a_date_or_a_reason(text: str) -> None:
    reading = read_datetime(text, "mdy")
    assert bool(reading.text) != bool(reading.reason)
    if reading.text:
        date.fromisoformat(reading.text[:10])
        datetime.fromisoformat(reading.text)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_begins_like_a_date(day: date) -> None:
    forms = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d%b%Y", "%b %d, %Y")
    for form in forms:
        assert re.match(DATE_START, day.strftime(form))


@pytest.mark.parametrize(
    ("text", "value_class"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("45678", "number"),
        ("45678.5", "number"),
        ("20250102", "number"),
        ("20250102030405", "date-like"),
        ("2025-02-30", "date-like"),
        ("03/04/26", "date-like"),
        ("30-Mar-26 10:00", "date-like"),
        ("pending", "text"),
    ],
)
def test_value_classes(text: str, value_class: str) -> None:
    assert classify_value(text) == value_class


@pytest.mark.parametrize(
    ("text", "zone", "iso"),
    [
        ("2026-01-02T03:00:00Z", "America/Chicago", "2026-01-01T21:00:00-06:00"),
        ("2026-07-02T03:00:00Z", "America/Chicago", "2026-07-01T22:00:00-05:00"),
        ("2026-01-02T03:00+01:00", "America/Chicago", "2026-01-01T20:00-06:00"),
        ("20260102030000.25+0000", "Europe/Berlin", "2026-01-02T04:00:00.250000+01:00"),
        ("2026-01-02T03:00:00", "America/Chicago", "2026-01-02T03:00:00"),
        ("2026-01-02", "America/Chicago", "2026-01-02"),
        ("soon", "America/Chicago", ""),
    ],
)
def test_a_time_with_an_offset_is_told_in_the_sites_zone(text, zone, iso) -> None:
    assert read_datetime(text, zone=zone).text == iso
    without = read_datetime(text)
    if without.text and without.text[-6:-5] in "+-" and len(without.text) > 16:
        assert datetime.fromisoformat(without.text) == datetime.fromisoformat(iso)
