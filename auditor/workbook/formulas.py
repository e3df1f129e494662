"""Formulas on the case table, each with the value that it must give."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.rate import wilson_interval
from auditor.workbook.case_list import case_column
from auditor.workbook.cells import Formula, quoted
from auditor.workbook.figures import Z_95
from auditor.workbook.text import clean_text

# A column of the case table, and a criterion as a formula writes it.
Test = tuple[str, str]


def count_cases(labels: WorkbookLabels, *tests: Test) -> str:
    """A COUNTIFS (without `=`) over the cases that meet every test."""
    pairs = [f"{case_column(name, labels)},{criterion}" for name, criterion in tests]
    return f"COUNTIFS({','.join(pairs)})"


def is_word(labels: WorkbookLabels, column: str, word: str) -> str:
    """For SUMPRODUCT: where a column of the case table holds the word and nothing else.

    Compared as text: `001` is not `1`, and no character is a wildcard.
    """
    return f"({case_column(column, labels)}={quoted(clean_text(word))})"


def lacks_word(labels: WorkbookLabels, column: str, word: str) -> str:
    """For SUMPRODUCT: where a column of the case table holds the word nowhere."""
    return f"ISERROR(SEARCH({quoted(_plain(word))},{case_column(column, labels)}))"


def any_text() -> str:
    """The criterion of a cell that is not empty."""
    return quoted("?*")


def exactly(word: str) -> str:
    """The criterion of a cell that holds the word and nothing else."""
    return quoted(_literal(word))


def among(word: str) -> str:
    """The criterion of a cell that holds the word among others."""
    return quoted(f"*{_literal(word)}*")


def share(
    numerator: str, denominator: str, figures: tuple[int, int], least: int, few: str
) -> Formula:
    """A rate of two cells, or the words `few` where the denominator is below `least`."""
    done, size = figures
    text = f"=IF({denominator}<{least},{quoted(few)},{numerator}/{denominator})"
    return Formula(text, done / size if size >= least else few)


def interval_end(
    numerator: str, denominator: str, figures: tuple[int, int], least: int, *, upper: bool
) -> Formula:
    """One end of the Wilson interval of two cells, or an empty text below `least`."""
    n, p, z = denominator, f"{numerator}/{denominator}", repr(Z_95)
    half = f"{z}*SQRT(({p})*(1-{p})/{n}+{z}^2/(4*{n}^2))"
    sign, keep = ("+", "MIN(1,") if upper else ("-", "MAX(0,")
    body = f"{keep}({p}+{z}^2/(2*{n}){sign}{half})/(1+{z}^2/{n}))"
    done, size = figures
    value = wilson_interval(done, size)[upper] if size >= least else ""
    return Formula(f'=IF({n}<{least},"",{body})', value)


def fill_text(
    template: str, cells: Mapping[str, str], values: Mapping[str, str]
) -> tuple[str, str]:
    """A text with places filled: as an expression (without `=`) of cells, and as its value."""
    pieces = re.split(r"\{(\w+)\}", template)
    parts = [
        cells[piece] if number % 2 else quoted(piece)
        for number, piece in enumerate(pieces)
        if piece
    ]
    return "&".join(parts), template.format(**values)


def percent(cell: str) -> str:
    """The expression of a share as a percentage to one place, the same in every language."""
    return f"ROUND(100*{cell},1)"


def percent_text(value: float) -> str:
    """What `percent` shows: rounded half up, without a trailing zero."""
    return f"{math.floor(1000 * value + 0.5) / 10:g}"


def _literal(word: str) -> str:
    """The word as a criterion that takes nothing in it for a wildcard or a comparison."""
    escaped = _plain(word)
    return f"={escaped}" if escaped[:1] in "=<>" else escaped


def _plain(word: str) -> str:
    return re.sub(r"([~*?])", r"~\1", clean_text(word))
