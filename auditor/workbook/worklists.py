"""The worklists: cases that need a person, cases still open, and flags that opened lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.config.workbook import ColumnLabel, SheetKey, WorkbookLabels
from auditor.pathway.model import Case, Ground
from auditor.workbook.book import Book
from auditor.workbook.case_list import case_cells, sort_by_urgency
from auditor.workbook.cells import Cell
from auditor.workbook.dates import add_days, day_of, days_between
from auditor.workbook.evidence import DecisiveWords
from auditor.workbook.figures import EXCEPTED, EXCLUDED, NEEDS_REVIEW, PENDING
from auditor.workbook.lists import write_list
from auditor.workbook.pathway_rows import describe_ground, detail_in_words
from auditor.workbook.results import RunInfo
from auditor.workbook.styles import DATE, RIGHT, WRAPPED
from auditor.workbook.tables import case_key

# Columns of a case that every worklist shows, before and after its own columns.
_BEFORE = ("patient_id", "index_datetime", "age_group")
_AFTER = ("facility", "ordering_department", "index_report_id", "case_id")


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """A flag of a case that stands, with the day on which it opened."""

    case: Case
    ground: Ground
    opened: str


@dataclass(frozen=True, slots=True)
class Worklists:
    """Writes the three sheets; holds what all of them need."""

    book: Book
    labels: WorkbookLabels
    run: RunInfo
    words: DecisiveWords
    places: Mapping[str, str]

    def write_needs_review(self, cases: Iterable[Case]) -> None:
        """Cases with the status, children and flags first, and why a person must look."""
        chosen = [case for case in cases if case.status == NEEDS_REVIEW]
        rows = [(case, [self._why(case)]) for case in sort_by_urgency(chosen, self.labels)]
        own = [ColumnLabel(heading=self.labels.words.why_review, width=48)]
        self._write("needs_review", own, rows, ("flags", "pathway"))

    def write_pending(self, cases: Iterable[Case]) -> None:
        """Open cases, the one whose window closes first on top."""
        words = self.labels.words
        chosen = [case for case in cases if case.status == PENDING]
        chosen.sort(key=lambda case: (case.open_until, case_key(case)))
        rows = [
            (case, [_date_cell(case.open_until), self._days(self.run.as_of, case.open_until)])
            for case in chosen
        ]
        own = [
            ColumnLabel(heading=words.window_closes, width=13),
            ColumnLabel(heading=words.days_left, width=8),
        ]
        self._write("pending", own, rows, ("pathway", "advisories"))

    def write_new_flags(self, cases: Iterable[Case]) -> None:
        """Flags that opened in the last days before the cut-off, the newest first."""
        words = self.labels.words
        rows = [
            (
                flag.case,
                [
                    Cell(self.labels.word("flag", flag.ground.code), WRAPPED),
                    _date_cell(flag.opened),
                    self._days(flag.opened, self.run.as_of),
                    Cell(
                        detail_in_words(flag.ground.detail, self.labels) or flag.ground.clause,
                        WRAPPED,
                    ),
                ],
            )
            for flag in find_new_flags(cases, self.labels, self.run)
        ]
        own = [
            ColumnLabel(heading=words.role_flag, width=20),
            ColumnLabel(heading=words.opened_on, width=13),
            ColumnLabel(heading=words.days_open, width=9),
            ColumnLabel(heading=self.labels.column("detail").heading, width=40),
        ]
        self._write("new_flags", own, rows, ("status", "pathway"))

    def _write(
        self,
        key: SheetKey,
        own: Sequence[ColumnLabel],
        rows: Iterable[tuple[Case, Sequence[Cell]]],
        more: Sequence[str],
    ) -> None:
        labels = self.labels
        after = (*more, *(f"{part}_evidence" for part in labels.keys.parts), *_AFTER)
        columns = [
            *(labels.column(name) for name in _BEFORE),
            *own,
            *(labels.column(name) for name in after),
        ]
        write_list(
            self.book,
            labels,
            key,
            columns,
            (
                [*self._cells(case, _BEFORE), *cells, *self._cells(case, after)]
                for case, cells in rows
            ),
            frozen_columns=1,
        )

    def _cells(self, case: Case, names: Sequence[str]) -> list[Cell | None]:
        return case_cells(case, names, self.labels, self.words, self.places)

    def _why(self, case: Case) -> Cell:
        grounds = [ground for ground in case.grounds if ground.role == "review"]
        if not grounds:
            return Cell(self.labels.word("certainty", case.evidence.certainty), WRAPPED)
        prefix = f"{self.labels.words.role_review}: "
        lines = [describe_ground(ground, self.labels).removeprefix(prefix) for ground in grounds]
        return Cell("\n".join(dict.fromkeys(lines)), WRAPPED)

    def _days(self, start: str, end: str) -> Cell:
        return Cell(days_between(start, end), RIGHT)


def find_new_flags(cases: Iterable[Case], labels: WorkbookLabels, run: RunInfo) -> list[OpenFlag]:
    """Flags that opened within `new_flag_days` up to the cut-off; newest first, then by case."""
    found = [
        OpenFlag(case, ground, opened_on(case, ground, run))
        for case in sorted(cases, key=case_key)
        # What an exception lifted is settled; an excluded case has no flags.
        if case.status not in (EXCEPTED, EXCLUDED)
        for ground in case.grounds
        if ground.role == "flag"
    ]
    recent = [flag for flag in found if _is_recent(flag.opened, labels.new_flag_days, run.as_of)]
    return sorted(recent, key=lambda flag: flag.opened, reverse=True)


def opened_on(case: Case, ground: Ground, run: RunInfo) -> str:
    """The date on which a flag opened: that of its first event, or the day after the window.

    A flag that rests on an absence opens when the window has closed without the exam.
    """
    events = [
        event.when[:10]
        for day, event in case.timeline
        if day >= 0
        and event.event_id in ground.event_ids
        and case.evidence.report_id not in event.report_ids
    ]
    return min(events) if events else add_days(case.evidence.exam_datetime, run.window_days + 1)


def _is_recent(opened: str, days: int, as_of: str) -> bool:
    age = days_between(opened, as_of)
    return age is not None and 0 <= age < days


def _date_cell(text: str) -> Cell:
    day: date | None = day_of(text)
    return Cell(day if day else text or None, DATE)
