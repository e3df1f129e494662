"""How a site writes its dates: the order of day and month, and formats that have to be named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.site import SLOT
from auditor.onboarding.mapping import Mapped
from auditor.onboarding.traits import Traits


@dataclass(frozen=True)
class DateGuess:
    """What was found of a site's dates.

    Attributes:
        order: `mdy`, `dmy`, or empty where it cannot be told or need not be.
        reason: Why; or, without an order, what is unclear. Empty where nothing is.
        formats: Formats to be named, the most frequent first, each with how many dates it reads.
        short_years: Dates with a two-digit year, which are refused.
    """

    order: str
    reason: str
    formats: tuple[tuple[str, int], ...]
    short_years: int


def guess_dates(tables: Sequence[Mapped]) -> DateGuess:
    """Look at the columns that dates are taken from."""
    columns = [traits for mapped in tables for traits in _date_columns(mapped)]
    months = sum(traits.months_first for traits in columns)
    days = sum(traits.days_first for traits in columns)
    numeric = sum(traits.shapes["numeric"] for traits in columns)
    formats: Counter[str] = Counter()
    for traits in columns:
        formats.update({form: n for form, n in traits.formats.items() if form})
    order, reason = _order(numeric, months, days)
    return DateGuess(
        order=order,
        reason=reason,
        formats=tuple(sorted(formats.items(), key=lambda item: (-item[1], item[0]))),
        short_years=sum(traits.shapes["short_year"] for traits in columns),
    )


def _date_columns(mapped: Mapped) -> list[Traits]:
    names = {
        name
        for column, source in mapped.sources.items()
        if column.endswith("_datetime")
        for name in (*source.names, *_slots(source.template))
    }
    return [traits for traits in mapped.seen.columns if traits.name in names]


def _slots(template: str) -> list[str]:
    return SLOT.findall(template)


def _order(numeric: int, months: int, days: int) -> tuple[str, str]:
    if not numeric:
        return "", ""
    if months and not days:
        return "mdy", f"{months:,} of {numeric:,} dates such as 03/25/2026 have no other reading"
    if days and not months:
        return "dmy", f"{days:,} of {numeric:,} dates such as 25/03/2026 have no other reading"
    if days and months:
        return "", f"{months:,} dates have the month first and {days:,} the day first"
    return "", f"none of {numeric:,} dates such as 03/04/2026 has a day above 12"
