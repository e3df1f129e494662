"""The procedures of whole columns of rows: each combination of their columns is looked at once.

Rows are many, distinct combinations few. Only a row whose columns leave its procedure to the text
is looked at by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.config.procedures import ProcedureRules
from auditor.language.facts import Procedure
from auditor.language.procedures import (
    UNKNOWN,
    classify_order,
    classify_procedure,
    classify_report,
    is_told_by_text,
)

_COLUMNS = ("modality", "procedure_code", "procedure_code_system", "procedure_description")
# The text that may tell more, and what it is to the text rules.
_TEXTS = {"reports": "report_text", "orders": "reason"}
_READS = {"reports": "report", "orders": "reason"}
_MOST_NUMBERS = 1 << 62


@dataclass(frozen=True, slots=True)
class Procedures:
    """The procedures of some rows.

    Attributes:
        distinct: Each procedure once.
        of_row: Number of each row's procedure in `distinct`, shape `(rows,)`.
        unknown: Rows by (description, modality, code) of those that nothing knows.
    """

    distinct: tuple[Procedure, ...]
    of_row: np.ndarray
    unknown: Counter[tuple[str, str, str]]

    def __iter__(self) -> Iterator[Procedure]:
        return (self.distinct[number] for number in self.of_row)

    def of_index(self, kind: str) -> np.ndarray:
        """The rows of index exams, which are of this kind and qualify; shape `(rows,)`, bool."""
        are = [one.kind == kind and one.qualifies for one in self.distinct]
        return np.array(are, bool)[self.of_row]


def classify_rows(rules: ProcedureRules, rows: pa.RecordBatch, table: str) -> Procedures:
    """The procedure of each row of `reports` or `orders`; `procedures` tells how it is found."""
    combinations, of_row = combine_columns([rows[name] for name in _COLUMNS])
    by_text = np.zeros(len(combinations), bool)
    found = np.zeros(len(combinations), np.int64)
    numbers: dict[Procedure, int] = {}
    for number, named in enumerate(map(_named, combinations)):
        by_text[number] = is_told_by_text(rules, **named, reads=_READS[table])
        one = classify_procedure(rules, **named)
        found[number] = numbers.setdefault(one, len(numbers))
    procedures = found[of_row]
    asked = np.flatnonzero(by_text[of_row])
    texts = rows[_TEXTS[table]].take(pa.array(asked)).to_pylist()
    for row, text in zip(asked.tolist(), texts, strict=True):
        named = _named(combinations[of_row[row]])
        if table == "reports":
            one = classify_report(rules, **named, text=text)
        else:
            one = classify_order(rules, **named, reason=text)
        procedures[row] = numbers.setdefault(one, len(numbers))
    are_unknown = np.array([one.kind == UNKNOWN for one in numbers], bool)
    nameless = np.bincount(of_row[are_unknown[procedures]], minlength=len(combinations))
    unknown: Counter[tuple[str, str, str]] = Counter()
    for number in np.flatnonzero(nameless).tolist():
        modality, code, _, description = combinations[number]
        unknown[description, modality, code] += int(nameless[number])
    return Procedures(tuple(numbers), procedures, unknown)


def _named(combination: Sequence[str]) -> dict[str, str]:
    return dict(zip(("modality", "code", "code_system", "description"), combination, strict=True))


def combine_columns(
    columns: list[pa.StringArray],
) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """The distinct combinations of columns' values, and the number of each row's, `(rows,)`."""
    if not len(columns[0]):
        return [], np.zeros(0, np.int64)
    whole, values = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        coded = column.dictionary_encode()
        codes = coded.indices.to_numpy(zero_copy_only=False)
        if values * len(coded.dictionary) > _MOST_NUMBERS:
            # Counted anew: now there are no more numbers than rows.
            _, whole = np.unique(whole, return_inverse=True)
            values = len(whole)
        whole = whole * len(coded.dictionary) + codes
        values *= len(coded.dictionary)
    of_row = pa.array(whole).dictionary_encode().indices.to_numpy()
    firsts = np.zeros(of_row.max() + 1, np.int64)
    # Of the rows of a combination the first is written last.
    firsts[of_row[::-1]] = np.arange(len(of_row))[::-1]
    taken = [column.take(pa.array(firsts)).to_pylist() for column in columns]
    return list(zip(*taken, strict=True)), of_row
