"""The pathways sheet: a block per case, one row an event, with a strip that shows the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.book import Book
from auditor.workbook.cells import Cell, place
from auditor.workbook.dates import parse_moment
from auditor.workbook.page import MAX_ROWS, Page
from auditor.workbook.pathway_rows import (
    PathwayRow,
    StripCell,
    count_rows,
    draw_strip,
    list_rows,
    strip_spans,
)
from auditor.workbook.results import RunInfo
from auditor.workbook.styles import (
    DATE,
    LINK,
    LISTED,
    MOMENT,
    NOTE,
    PLAIN,
    WRAPPED,
    Look,
    header,
)

_WIDTHS = (5, 16, 31, 9, 37, 33, 37, 1)
_STRIP_WIDTH = 2.2
_ZOOM = 85  # per cent: texts and strip side by side on most screens
_FIRST_BLOCK = 3  # under the note and the headings
_DAY = Look(rule=True, across="center")
_SCALE_EVERY = 4  # strip cells


@dataclass(frozen=True, slots=True)
class Block:
    """Where a case stands: which of the sheets (from 1), and its first row."""

    case: Case
    part: int
    first_row: int


def lay_out(cases: Sequence[Case]) -> list[Block]:
    """Place a block for each case, in order; a sheet that is full is followed by another."""
    blocks = []
    part, row = 1, _FIRST_BLOCK
    for case in cases:
        height = 1 + count_rows(case) + 1  # title, rows, an empty row
        if row + height > MAX_ROWS:
            part, row = part + 1, _FIRST_BLOCK
        blocks.append(Block(case, part, row))
        row += height
    return blocks


def find_places(blocks: Sequence[Block], labels: WorkbookLabels) -> dict[str, str]:
    """Where in the workbook each case's block stands, by case id."""
    return {
        block.case.case_id: place(_title(labels, block.part), f"A{block.first_row}")
        for block in blocks
    }


def write_pathways(
    book: Book,
    labels: WorkbookLabels,
    blocks: Sequence[Block],
    run: RunInfo,
    rows: Mapping[str, str],
) -> None:
    """Write the sheet (or sheets). `rows` says where each case's row stands, to lead back to it."""
    page = _open(book, labels, run, 1)
    part = 1
    for block in blocks:
        if block.part != part:
            part = block.part
            page = _open(book, labels, run, part)
        _write_block(page, block, labels, run, rows[block.case.case_id])
    if not blocks:
        page.write(Cell(labels.words.nothing, PLAIN))


def _title(labels: WorkbookLabels, part: int) -> str:
    title = labels.sheet("pathways").title
    return title if part == 1 else f"{title} {part}"


def _open(book: Book, labels: WorkbookLabels, run: RunInfo, part: int) -> Page:
    words, spans = labels.words, strip_spans(labels, run.episode_days)
    page = book.open_page(_title(labels, part), (*_WIDTHS, *[_STRIP_WIDTH] * len(spans)))
    page.sheet.sheet_view.showGridLines = False
    page.sheet.sheet_view.zoomScale = _ZOOM
    page.freeze("A3")
    page.repeat_on_paper("1:2")
    legend = ", ".join(f"{kind.letter} {kind.word}" for kind in labels.kinds.values())
    page.write(Cell(words.strip.format(days=labels.strip_days, legend=legend), NOTE))
    look = header(labels.palette.header)
    headings = (words.day, words.date, words.what, words.performed, words.effect, words.clause)
    page.write(
        *(Cell(heading, look) for heading in (*headings, words.statement)),
        None,
        *_scale(spans, replace(look, size=7, wrap=False, across="center")),
        height=20,
    )
    return page


def _scale(spans: Sequence[tuple[int, int]], look: Look) -> list[Cell]:
    """Over every fourth cell its day farthest from the index exam: 28 over the days 22 to 28."""
    index, cells = spans.index((0, 0)), []
    for number, (first, last) in enumerate(spans):
        shown = (number - index) % _SCALE_EVERY == 0
        cells.append(Cell((first if number < index else last) if shown else None, look))
    return cells


def _write_block(page: Page, block: Block, labels: WorkbookLabels, run: RunInfo, row: str) -> None:
    case = block.case
    status = labels.codes.get("status", {}).get(case.status)
    band = Look(bold=True, fill=status.fill if status else labels.palette.band, up="center")
    back = replace(band, bold=False, underline=True, colour=LINK.colour, across="right")
    words = labels.words.back_to_case.format(sheet=labels.sheet("cases").title)
    strip = draw_strip(case, labels, run.as_of, run.window_days, run.episode_days)
    page.write(
        Cell(_headline(case, labels), band),
        *[Cell(None, band)] * 5,
        Cell(words, back, row),
        None,
        *(_strip_cell(cell, labels) for cell in strip),
        height=18,
    )
    for event in list_rows(case, labels, run.statements):
        page.write(*_row_cells(event))
    page.skip()


def _headline(case: Case, labels: WorkbookLabels) -> str:
    """Who, when, how judged, and the way in short."""
    evidence = case.evidence
    parts = (
        evidence.patient_id,
        evidence.exam_datetime[:16].replace("T", " "),
        labels.word("age_group", case.age_group),
        labels.word("status", case.status),
        *(labels.word("flag", flag) for flag in case.flags),
        labels.word("exclusion", case.exclusion_reason) if case.exclusion_reason else "",
        case.pathway,
    )
    return " · ".join(part for part in parts if part)


def _row_cells(row: PathwayRow) -> tuple[Cell, ...]:
    moment = parse_moment(row.when)
    when = Cell(row.when or None, LISTED)
    if moment:
        when = Cell(moment, DATE if len(row.when) == 10 else MOMENT)
    return (
        Cell(row.day, _DAY),
        when,
        Cell(row.what, WRAPPED),
        Cell(row.performed, LISTED),
        Cell(row.effect, WRAPPED),
        Cell(row.clause, WRAPPED),
        Cell(row.statement, WRAPPED),
    )


def _strip_cell(cell: StripCell, labels: WorkbookLabels) -> Cell | None:
    if cell.kind:
        return Cell(cell.letters, _strip_look(labels.kinds[cell.kind].fill, bold=True))
    if not cell.band and not cell.letters:
        return None
    fill = getattr(labels.palette, cell.band) if cell.band else ""
    return Cell(cell.letters or None, _strip_look(fill, bold=False))


@cache
def _strip_look(fill: str, *, bold: bool) -> Look:
    return Look(bold=bold, fill=fill, across="center", up="center")
