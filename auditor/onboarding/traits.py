"""What the values of one column look like, counted: the ground of every guess about the column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from auditor.config.procedures import ProcedureRules, key_of, plain_words
from auditor.ingest.dates import read_datetime
from auditor.language.procedures import UNKNOWN, classify_procedure

# Values by which a column is judged; of further ones only the words are counted.
JUDGED = 3_000
# Different values that are counted; a column with more is no list of words.
MOST_DISTINCT = 5_000
_LONG_TEXT = 60

_SEXES = frozenset(("m", "f", "o", "u", "male", "female", "man", "woman", "other", "unknown"))
_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?", re.ASCII)
_AGE = re.compile(r"\d{1,3} *(?:y|yr|yrs|year|years|m|mo|mos|months|w|wk|d)\b.*", re.I | re.ASCII)
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?", re.ASCII)
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/:^-]{1,39}", re.ASCII)
_NUMERIC_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\b.*", re.ASCII | re.DOTALL)
# Ways of writing a date that need a format in the site file, tried on what is not read otherwise.
_FORMATS = (
    *(
        "%b %d %Y %I:%M%p",
        "%b %d %Y",
        "%b %d %Y %I:%M:%S%p",
        "%a %b %d %H:%M:%S %Y",
        "%A, %B %d, %Y",
    ),
    *("%Y-%m-%d-%H.%M.%S.%f", "%d.%m.%Y %H.%M", "%d/%m/%Y %H.%M", "%d/%m/%Y %Hh%M"),
    *("%a %d %b %Y %H:%M", "%a, %d %b %Y %H:%M:%S", "%d %b %Y %H:%M hrs", "%d-%b-%Y %H.%M.%S"),
    *("%d.%m.%Y um %H:%M", "%m/%d/%Y at %H:%M", "%Y/%m/%d-%H:%M:%S", "%d %B, %Y %H:%M"),
)
_DIGITS_ONLY = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass
class Traits:
    """What is known of a column.

    Attributes:
        name: Its name in the file.
        rows: Rows that were looked at.
        filled: Rows with a value.
        judged: Filled rows whose values were looked at closely.
        shapes: How many of those look like what; a value may look like several things.
        words: Rows by value, as long as there are not too many.
        length: Sum of the lengths of the values judged.
        months_first: Dates that only make sense with the month first.
        days_first: Dates that only make sense with the day first.
        formats: Dates by the format that they would be read with, where they need one.
        head: The first values, empty ones among them, for comparing columns row by row.
    """

    name: str
    rows: int = 0
    filled: int = 0
    judged: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    length: int = 0
    months_first: int = 0
    days_first: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    head: list[str] = field(default_factory=list)

    @property
    def distinct(self) -> int:
        """Different values, as far as they are counted."""
        return len(self.words)

    @property
    def is_list(self) -> bool:
        """The values are few and come again: words of a list, not texts or ids."""
        return self.distinct <= max(20, min(MOST_DISTINCT - 1, self.filled // 3))

    @property
    def mean_length(self) -> float:
        """Mean length of the values."""
        return self.length / self.judged if self.judged else 0.0

    def share(self, *shapes: str) -> float:
        """Share of the values that look like this, or like one of these."""
        return sum(self.shapes[shape] for shape in shapes) / self.judged if self.judged else 0.0

    def add(self, values: Iterable[str], rules: ProcedureRules) -> None:
        """Look at further values."""
        for value in values:
            value = value.strip()
            self.rows += 1
            if len(self.head) < JUDGED:
                self.head.append(value)
            if not value:
                continue
            self.filled += 1
            if len(value) <= 120 and (self.distinct < MOST_DISTINCT or value in self.words):
                self.words[value] += 1
            if self.judged < JUDGED:
                self._judge(value, rules)

    def _judge(self, value: str, rules: ProcedureRules) -> None:
        self.judged += 1
        self.length += len(value)
        if "\n" in value or len(value) > _LONG_TEXT:
            self.shapes["text"] += 1
        if len(value) > 120:
            return
        self._judge_date(value)
        for shape, pattern in (("number", _NUMBER), ("age", _AGE), ("time", _TIME), ("id", _ID)):
            if pattern.fullmatch(value):
                self.shapes[shape] += 1
        self._judge_word(value, rules)

    def _judge_date(self, value: str) -> None:
        numeric = _NUMERIC_DATE.fullmatch(value)
        if numeric:
            first, second = int(numeric[1]), int(numeric[2])
            self.shapes["numeric"] += 1
            self.days_first += 12 < first <= 31 and second <= 12
            self.months_first += 12 < second <= 31 and first <= 12
        found = [read_datetime(value, order) for order in ("mdy", "dmy")]
        reading = next((item for item in found if item.text), found[0])
        if reading.text:
            self.shapes["moment" if "T" in reading.text else "date"] += 1
            # Eight digits may be a date and are as often an id.
            self.shapes["digits"] += value.isdecimal()
        elif reading.reason == "two_digit_year":
            self.shapes["short_year"] += 1
        elif re.search(r"\d{4}", value):
            form = next((form for form in _FORMATS if _fits(value, form)), "")
            self.formats[form] += bool(form)
            self.shapes["moment" if "%M" in form else "date"] += bool(form)

    def _judge_word(self, value: str, rules: ProcedureRules) -> None:
        key = key_of(value)
        self.shapes["modality"] += bool(rules.modalities.get(key))
        self.shapes["order_status"] += key in rules.order_statuses
        self.shapes["report_status"] += key in rules.report_statuses
        self.shapes["sex"] += value.casefold() in _SEXES
        self.shapes["system"] += key in rules.systems
        code = value.upper()
        self.shapes["code"] += any(code in listed for listed in rules.codes.values())
        if not _DIGITS_ONLY.fullmatch(value) and len(plain_words(value).split()) > 1:
            known = classify_procedure(
                rules, modality="", code="", code_system="", description=value
            )
            self.shapes["procedure"] += known.kind != UNKNOWN


def _fits(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True
