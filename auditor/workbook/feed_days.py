"""What the files of a run hold, month by month and day by day, so that gaps are seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeAlias

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.cells import Cell
from auditor.workbook.charts import Cells, draw_rows
from auditor.workbook.dates import day_of
from auditor.workbook.page import Page
from auditor.workbook.results import FeedDay
from auditor.workbook.sections import write_headings
from auditor.workbook.styles import COUNT, HEADING, LISTED, NOTE, WEEKDAY, total

_DAYS = 92  # shown one by one
_MOST_FEEDS = 6  # columns; of more files, each table's together
_CHART_ROWS = 18
_SELDOM = 0.4  # where more of the days are empty, one more says nothing

# A column: its heading, and which (file, table) belong to it.
_Column = tuple[str, frozenset[tuple[str, str]]]
_Counts: TypeAlias = "Counter[tuple[str, str]]"


def write_feed_days(page: Page, labels: WorkbookLabels, feed_days: Sequence[FeedDay]) -> None:
    """Write how many rows are of each month, then of each of the last days, with a chart."""
    words = labels.words
    rows = [item for item in feed_days if day_of(item.day)]
    if not rows:
        page.write(Cell(words.feeds_by_day, HEADING))
        page.write(Cell(words.no_feeds, LISTED))
        return
    columns = _columns(labels, rows)
    days = sorted({date.fromisoformat(item.day) for item in rows})
    page.break_before(page.next_row)
    page.write(Cell(words.feeds_by_month, HEADING))
    by_month = [f"{month:%Y-%m}" for month in _months(days[0], days[-1])]
    _write_counts(page, labels, by_month, columns, _count(rows, columns, 7))
    page.skip()
    shown = max(days[0], days[-1] - timedelta(days=_DAYS - 1))
    by_day = [shown + timedelta(days=number) for number in range((days[-1] - shown).days + 1)]
    page.break_before(page.next_row)
    page.write(Cell(words.feeds_by_day, HEADING))
    page.write(Cell(words.feeds_note.format(days=len(by_day)), NOTE))
    at = page.next_row
    page.skip(_CHART_ROWS)
    first = _write_counts(page, labels, by_day, columns, _count(rows, columns, 10))
    last = page.next_row - 1
    lines = [
        (heading, Cells(page.title, number, first, last))
        for number, (heading, _) in enumerate(columns, start=2)
    ]
    chart = draw_rows(labels, words.feeds_by_day, Cells(page.title, 1, first, last), lines)
    page.add_chart(chart, f"A{at}")


def _columns(labels: WorkbookLabels, rows: Sequence[FeedDay]) -> list[_Column]:
    tables = sorted({item.table for item in rows}, reverse=True)  # reports first
    feeds = sorted({(item.table, item.name) for item in rows})
    feeds.sort(key=lambda feed: tables.index(feed[0]))
    if len(tables) < len(feeds) <= _MOST_FEEDS:
        return [(name, frozenset([(name, table)])) for table, name in feeds]
    together = [[(name, table) for table, name in feeds if table == one] for one in tables]
    return [
        (labels.word("table", table), frozenset(own))
        for table, own in zip(tables, together, strict=True)
    ]


def _months(first: date, last: date) -> list[date]:
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, end)]


def _count(rows: Sequence[FeedDay], columns: Sequence[_Column], length: int) -> _Counts:
    """Rows by the column's heading and the first characters of the day."""
    heading = {feed: name for name, feeds in columns for feed in feeds}
    counts: _Counts = Counter()
    for item in rows:
        counts[heading[item.name, item.table], item.day[:length]] += item.rows
    return counts


def _write_counts(
    page: Page,
    labels: WorkbookLabels,
    spans: Sequence[date] | Sequence[str],
    columns: Sequence[_Column],
    counts: _Counts,
) -> int:
    """A row per month or day; return the first.

    Where most months or days have rows, those without are marked.
    """
    headings = [heading for heading, _ in columns]
    empty = {heading: sum(not counts[heading, str(one)] for one in spans) for heading in headings}
    write_headings(page, labels, [labels.words.date], headings)
    gap, most = total(COUNT, labels.palette.banner), len(spans) * _SELDOM
    first = page.next_row
    for span in spans:
        figures = [(heading, counts[heading, str(span)]) for heading in headings]
        page.write(
            Cell(span, LISTED if isinstance(span, str) else WEEKDAY),
            *(
                Cell(figure, gap if not figure and empty[heading] <= most else COUNT)
                for heading, figure in figures
            ),
        )
    return first
