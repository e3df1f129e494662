"""The words, colours, columns and sheet order of the outputs: `workbook.toml` of a pipeline folder.

Words that belong to one audit stand in the file; words that belong to any audit (`Denominator`,
`Set aside`) have defaults here, which the file may replace. A code without an entry is shown as
its own name with spaces, so that a small pipeline needs a small file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from auditor.config.base import Settings, read_settings
from auditor.config.workbook_words import Words, placeholders

FILE_NAME = "workbook.toml"

# Table headings are written into structured references such as Cases[Status], where these
# characters would need escapes that spreadsheet programs treat differently.
_UNSAFE_IN_HEADING = re.compile(r"[\[\]#'@\n\r]")
_UNSAFE_IN_SHEET_TITLE = re.compile(r"[\[\]:*?/\\']")
_COLOUR = r"^[0-9A-F]{6}$"

SheetKey = Literal[
    "summary",
    "cases",
    "pathways",
    "needs_review",
    "pending",
    "new_flags",
    "trend",
    "sites",
    "near_misses",
    "set_aside",
    "quality",
    "changes",
    "dictionary",
    "methods",
]
SHEET_KEYS: tuple[SheetKey, ...] = SheetKey.__args__  # type: ignore[attr-defined]

# Columns that the workbook's case sheet may show beside those of the contract.
EXTRA_CASE_COLUMNS = ("age_years", "size_mm", "ordering_department", "open_until", "review_reasons")


class OutputKeys(Settings):
    """The pipeline's own keys, of which output columns are named.

    Attributes:
        parts: Parts of the case definition, in the order of their evidence columns.
        source_part: The part whose source is told: `<source_part>_source`.
        firsts: Event kinds with a column `first_<kind>_datetime`, in order.
        required: The event kind that satisfies the pathway: `days_to_<required>`.
        prior: The event kind before which imaging is looked for: `<prior>_prior_imaging`.
    """

    parts: tuple[str, ...] = Field(min_length=1)
    source_part: str
    firsts: tuple[str, ...]
    required: str
    prior: str


class ColumnLabel(Settings):
    """How one column is shown, and what the dictionary says of it.

    Attributes:
        heading: Heading in the workbook.
        meaning: One or two sentences for the dictionary.
        type: `id` and `text` are text; `evidence` is text with its decisive words in bold;
            `code` is one code, `codes` several joined by `;`, both shown as their words.
        codes: The group of codes that the values belong to, for `code` and `codes`.
        width: Column width in characters.
    """

    heading: str = Field(min_length=1, max_length=60)
    meaning: str = ""
    type: Literal["text", "id", "datetime", "number", "code", "codes", "evidence"] = "text"
    codes: str = ""
    width: float = Field(default=16, ge=2, le=120)

    @field_validator("heading")
    @classmethod
    def _fit_for_a_table(cls, heading: str) -> str:
        if _UNSAFE_IN_HEADING.search(heading):
            raise ValueError("a heading must be without [ ] # ' @ and line breaks")
        return heading


class CodeLabel(Settings):
    """The word for a code, what it means, and the fill colour (RRGGBB) where it has one."""

    word: str = Field(min_length=1)
    meaning: str = ""
    fill: str = Field(default="FFFFFF", pattern=_COLOUR)


class KindLabel(Settings):
    """An event kind that the outputs list: its word, its letter in the strip, its colour."""

    word: str = Field(min_length=1)
    letter: str = Field(min_length=1, max_length=1)
    fill: str = Field(default="D9D9D9", pattern=_COLOUR)


class SheetLabel(Settings):
    """One sheet: which, its title and colour on the tab, and the question that it answers."""

    key: SheetKey
    title: str = Field(min_length=1, max_length=28)  # 31 less room for " 2" on a further sheet
    question: str = ""
    tab: str = Field(default="", pattern=rf"^$|{_COLOUR}")

    @field_validator("title")
    @classmethod
    def _fit_for_a_tab(cls, title: str) -> str:
        if _UNSAFE_IN_SHEET_TITLE.search(title):
            raise ValueError("a sheet title must be without [ ] : * ? / \\ and '")
        return title


class Section(Settings):
    """A heading with its paragraphs on the methods sheet.

    In a paragraph `{window_days}`, `{episode_days}` and `{minimum}` are filled in.
    """

    heading: str
    paragraphs: tuple[str, ...]

    @field_validator("paragraphs")
    @classmethod
    def _can_be_filled(cls, paragraphs: tuple[str, ...]) -> tuple[str, ...]:
        for paragraph in paragraphs:
            unknown = placeholders(paragraph) - {"window_days", "episode_days", "minimum"}
            if unknown:
                raise ValueError(f"there is nothing to fill in for {{{min(unknown)}}}")
        return paragraphs


class Palette(Settings):
    """Colours (RRGGBB) that belong to no code. All text on them is black or white."""

    header: str = Field(default="1F3864", pattern=_COLOUR)
    band: str = Field(default="E8EDF5", pattern=_COLOUR)
    banner: str = Field(default="FFE699", pattern=_COLOUR)
    warning: str = Field(default="C00000", pattern=_COLOUR)
    window: str = Field(default="DCE6F2", pattern=_COLOUR)
    episode: str = Field(default="F2F2F2", pattern=_COLOUR)
    chart_dark: str = Field(default="1F3864", pattern=_COLOUR)
    chart_middle: str = Field(default="8EA9DB", pattern=_COLOUR)
    chart_light: str = Field(default="D9E2F3", pattern=_COLOUR)


class WorkbookLabels(Settings):
    """All of `workbook.toml`.

    Attributes:
        title: Name of the audit, over the summary.
        standing: What the rule is and is not, in a sentence or two, under the title.
        minimum_denominator: Below it no percentage is shown.
        minimum_points: Fewest months or quarters, or gaps, for a control chart.
        minimum_expected: Fewest cases of the rarer outcome that a month or quarter of a p-chart
            is expected to have.
        minimum_places: Fewest places for a funnel plot.
        new_flag_days: How many days back, from the cut-off, a flag counts as new.
        strip_days: Days in a cell of the timeline strip.
        strip_before: Days before the index exam that the strip shows.
        urgent_age_group: Age group listed first within a status.
        urgency: Statuses in the order of the case sheet.
        keys: See `OutputKeys`.
        case_sheet_columns: Columns of the case sheet from left to right.
        hidden_columns: Those of them that are folded away (technical ids).
        sheets: Sheets in order; each known sheet once.
        columns: By column name.
        codes: By group, then by code, in the order of display.
        kinds: Event kinds that the event table and the strip show, by kind.
        methods: Sections of the methods sheet.
        sources: Sources of the formulas used, shown under methods and charts by key.
    """

    title: str = Field(min_length=1)
    standing: str = ""
    minimum_denominator: int = Field(default=10, ge=1)
    minimum_points: int = Field(default=10, ge=2)
    minimum_expected: float = Field(default=3, ge=0)
    minimum_places: int = Field(default=3, ge=2)
    new_flag_days: int = Field(default=30, ge=1)
    strip_days: int = Field(default=7, ge=1)
    strip_before: int = Field(default=91, ge=0)
    urgent_age_group: str = ""
    urgency: tuple[str, ...] = (
        "non_compliant",
        "needs_review",
        "pending",
        "compliant",
        "excepted",
        "excluded",
    )
    keys: OutputKeys
    case_sheet_columns: tuple[str, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    sheets: tuple[SheetLabel, ...] = tuple(
        SheetLabel(key=key, title=key.replace("_", " ").capitalize()) for key in SHEET_KEYS
    )
    columns: dict[str, ColumnLabel] = {}
    codes: dict[str, dict[str, CodeLabel]] = {}
    kinds: dict[str, KindLabel] = {}
    palette: Palette = Palette()
    words: Words = Words()
    methods: tuple[Section, ...] = ()
    sources: dict[str, str] = {}

    def case_columns(self) -> tuple[str, ...]:
        """Columns of `cases.csv`, in the order of the contract."""
        keys = self.keys
        return (
            *("case_id", "patient_id", "index_report_id", "index_datetime", "facility"),
            *("age_group", "certainty", "laterality", f"{keys.source_part}_source"),
            *("status", "flags", "advisories", "exclusion_reason"),
            *(f"first_{kind}_datetime" for kind in keys.firsts),
            *(f"days_to_{keys.required}", f"{keys.prior}_prior_imaging", "pathway"),
            *(f"{part}_evidence" for part in keys.parts),
        )

    def column(self, name: str) -> ColumnLabel:
        """The label of a column; its name with spaces where the file has none."""
        return self.columns.get(name) or ColumnLabel(heading=_spaced(name))

    def word(self, group: str, code: str) -> str:
        """The word for a code of a group; the code with spaces where the file has none."""
        label = self.codes.get(group, {}).get(code)
        return label.word if label else _spaced(code)

    def sheet(self, key: SheetKey) -> SheetLabel:
        """The label of a sheet."""
        return next(sheet for sheet in self.sheets if sheet.key == key)

    @model_validator(mode="after")
    def _sheets_once_each(self) -> Self:
        listed = [sheet.key for sheet in self.sheets]
        if sorted(listed) != sorted(SHEET_KEYS):
            raise ValueError(f"sheets must list each of {', '.join(SHEET_KEYS)} once")
        titles = {sheet.title.casefold() for sheet in self.sheets}
        if len(titles) != len(listed):
            raise ValueError("two sheets have the same title")
        return self

    @model_validator(mode="after")
    def _case_sheet_shows_the_contract(self) -> Self:
        if not self.case_sheet_columns:
            return self
        known = (*self.case_columns(), *EXTRA_CASE_COLUMNS)
        shown = self.case_sheet_columns
        wrong = [name for name in shown if name not in known or shown.count(name) > 1]
        missing = [name for name in self.case_columns() if name not in shown]
        unshown = [name for name in self.hidden_columns if name not in shown]
        if wrong or missing or unshown:
            raise ValueError(
                "case_sheet_columns must list every contract column once and hidden_columns "
                f"be among them; look at {', '.join(wrong or missing or unshown)}"
            )
        headings = [self.column(name).heading.casefold() for name in shown]
        twice = [heading for heading in headings if headings.count(heading) > 1]
        if twice:
            raise ValueError(f"two columns of the case sheet have the heading '{twice[0]}'")
        return self

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        """Two codes with one word could not be told apart in a sheet or a count."""
        for group, codes in self.codes.items():
            words = [label.word.casefold() for label in codes.values()]
            twice = [word for word in words if words.count(word) > 1]
            if twice:
                raise ValueError(f"codes.{group}: '{twice[0]}' is the word of two codes")
        return self

    @model_validator(mode="after")
    def _words_can_be_counted(self) -> Self:
        """A word inside another one would be counted with it by a COUNTIFS on joined words."""
        for column in self.columns.values():
            if column.type != "codes":
                continue
            words = [label.word for label in self.codes.get(column.codes, {}).values()]
            for word in words:
                if ";" in word or sum(word.casefold() in other.casefold() for other in words) > 1:
                    raise ValueError(
                        f"codes.{column.codes}: '{word}' must hold no ';' and not be part of "
                        "another word of its group"
                    )
        return self


def read_workbook_labels(folder: Path) -> WorkbookLabels:
    """Read `workbook.toml` of a pipeline folder.

    Raises:
        ConfigError: The file is missing or wrong; the message names file and key.
    """
    return read_settings(folder / FILE_NAME, WorkbookLabels)


def _spaced(code: str) -> str:
    text = code.replace("_", " ").strip()
    return text[:1].upper() + text[1:] or "-"
