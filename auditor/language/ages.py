"""The patient's age, in years, from what a text says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from auditor.language.column_patterns import ColumnScreen
from auditor.language.plain_columns import plain_spaces

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: number for number, word in enumerate(_UNITS, start=1)}
_WORDS |= {word: ten for ten, word in zip(range(20, 100, 10), _TENS, strict=True)}

# Parts of a year by the first letters of the unit.
_PER_YEAR = {"y": 1.0, "m": 12.0, "w": 52.1775, "d": 365.25}
_TWELFTHS = {"12": "m", "52": "w", "7": "d"}
_OLDEST = 120.0

_COMPOUND = rf"(?:{'|'.join(_TENS)})[- ](?:{'|'.join(_UNITS[:9])})"
_SPELLED = "|".join([*reversed(_UNITS), *_TENS])
# Not the end of a fraction, of a range or of a de-identified number.
_NUMBER = (
    rf"(?<![\w./-])(?P<number>\d{{1,3}}(?:\.\d+)?|{_COMPOUND}|{_SPELLED})(?!\d)"
    r"(?P<half> ?(?:1/2|½| and a half))?"
)
_UNIT = r"(?P<unit>years?|yrs?|y|months?|mths?|mos?|weeks?|wks?|wk|days?|d|m)"
_PERSON = (
    r"(?:male|female|man|woman|boy|girl|gentleman|lady|child|infant|baby|neonate|newborn|toddler"
    r"|patient|pt|m|f)\b"
)
_AGO = r"[ -]{0,3}"

_AGE = (
    # "3-year-old", "3 - month - old", "3 years 2 months old", "17 y/o", "17yo"
    re.compile(
        rf"{_NUMBER}{_AGO}{_UNIT}\.?(?:,? (?:and )?(?P<months>\d{{1,2}}) ?(?:months?|mths?|mos?))?"
        rf"{_AGO}(?:old\b|of age\b)",
    ),
    re.compile(rf"{_NUMBER} ?-?(?P<unit>y)\.? ?/? ?o\b"),
    # "3/12 old", "6/52 male", "aged 3/12"
    re.compile(rf"(?<![\w./-])(?P<number>\d{{1,2}})/(?P<part>12|52|7)[ -](?:old\b|{_PERSON})"),
    re.compile(r"\b(?:aged|age)[ :]{0,2}(?P<number>\d{1,2})/(?P<part>12|52|7)\b"),
    # "45 years male", "3 month infant", "45 yr/F"
    re.compile(rf"{_NUMBER}[ -]?{_UNIT}\.?[ ,/-]{{1,2}}{_PERSON}"),
    # "aged 7", "age: 45 years"
    re.compile(
        rf"\b(?:aged|age(?: ?/ ?(?:sex|gender))?)(?: is| of|:)? ?{_NUMBER}(?: ?{_UNIT}\b)?"
        r"(?!/\d|\.\d)"
    ),
    # "day of life 6", "DOL 6", "day 6 of life"
    re.compile(r"\b(?:day of life|dol)[ :#-]{0,2}(?P<number>\d{1,3})(?P<unit>)\b"),
    re.compile(r"\bday (?P<number>\d{1,3}) of (?:life|age)(?P<unit>)\b"),
)
# "68M", "66 F", "45/M", "M/45" at the beginning of a text or right after a title; capitals only,
# since "15 m" is a height and "12F" elsewhere a catheter.
_AGE_AND_SEX = re.compile(
    r"(?:^|[\n:])[ \t]*"
    r"(?:(?P<age>\d{1,3}) ?/?(?:[Yy](?:/?[Oo])?)? ?/?[MF]|[MF] ?/ ?(?P<other>\d{1,3}))"
    r"(?=[\s,.;:]|$)"
    r"(?! ?(?:[Ff]r\b|[Ff]rench|[Cc]ath|[Dd]rain|[Ff]oley|[Tt]ube|[Ss]heath|[Pp]igtail))"
)
_NEWBORN = re.compile(
    r"(?<!as a )(?<!since )\b(?:newborn|neonate)\b"
    r"(?! (?:screen|period|nursery|hearing|sibling|unit))"
)

_KIN = (
    r"(?:mother|father|mom|mum|dad|parent|brother|sister|sibling|twin|son|daughter|cousin|aunt"
    r"|uncle|grand\w+|husband|wife|donor)"
)
_KIN_BEFORE = re.compile(rf"\b{_KIN}(?:'s)?,?(?: (?:is|was|who|who is|an?|of|now|aged?|the))* ?$")
# Of another person, of a thing, or of an earlier time.
_NOT_NOW_BEFORE = re.compile(
    r"\b(?:bone|skeletal|gestational|corrected|conceptual|postmenstrual|developmental)"
    r"(?: age)?[ :]*$"
    r"|\b(?:at|since|from|until|by|diagnosed|treated|operated|before|after|when)(?: the| an)? ?$"
)
_NOT_A_PERSON_AFTER = re.compile(
    rf"^[ -]*(?:{_KIN}\b|(?:films?|stud(?:y|ies)|radiographs?|x-?rays?|cts?|mri|exams?|comparison"
    r"|stents?|fractures?|prosthes\w+|implants?|grafts?|scars?|injur\w+|reports?|haematoma|hematoma"
    r"|infarcts?|lesions?|history)\b)"
)


_IN_WORDS = ColumnScreen([*_AGE, _NEWBORN])
_WITH_SEX = ColumnScreen([_AGE_AND_SEX])


def find_ages(texts: pa.StringArray) -> list[float | None]:
    """The same as `find_age` of each text of a column; most are told by RE2 to name none."""
    if not len(texts):
        return []
    told = pc.or_(_IN_WORDS.hits(pc.ascii_lower(plain_spaces(texts))), _WITH_SEX.hits(texts))
    found = map(find_age, texts.filter(told).to_pylist())
    return [next(found) if tells else None for tells in told.to_pylist()]


def find_age(text: str) -> float | None:
    """Find the patient's age in a report's text or an order's reason.

    The first age of the text counts that is not a relative's, a thing's or an earlier one.

    Returns:
        Years (0.0 for a newborn whose age is not told), or None where the text does not say.
        Durations ("10-year history") and ages taken out by de-identification are no ages.
    """
    plain = re.sub(r"[\u2010-\u2015]", "-", re.sub(r"[ \t\r\n\u00a0]+", " ", text)).lower()
    found = [age for pattern in _AGE for age in _ages(pattern, plain)]
    found.extend(_ages_with_sex(text))
    if found:
        return min(found)[1]
    newborn = _NEWBORN.search(plain)
    return 0.0 if newborn and not _KIN_BEFORE.search(plain, 0, newborn.start()) else None


def _ages(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, float]]:
    """Yield (where, years) for each plausible age."""
    for match in pattern.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if _KIN_BEFORE.search(before) or _NOT_NOW_BEFORE.search(before):
            continue
        if _NOT_A_PERSON_AFTER.search(text[match.end() : match.end() + 20]):
            continue
        years = _years(match)
        if years <= _OLDEST:
            yield match.start(), years


def _years(match: re.Match[str]) -> float:
    parts = match.groupdict()
    number = parts["number"]
    value = float(number) if number[0].isdigit() else float(_spelled(number))
    value += 0.5 if parts.get("half") else 0.0
    if "part" in parts:
        return value / _PER_YEAR[_TWELFTHS[parts["part"]]]
    # "Day of life" has an empty unit; an age without a unit is in years.
    unit = parts["unit"]
    letter = "d" if unit == "" else (unit or "y")[0]
    return value / _PER_YEAR[letter] + float(parts.get("months") or 0) / _PER_YEAR["m"]


def _spelled(number: str) -> int:
    return sum(_WORDS[word] for word in re.split(r"[- ]", number))


def _ages_with_sex(text: str) -> Iterator[tuple[int, float]]:
    for match in _AGE_AND_SEX.finditer(text):
        years = float(match.group("age") or match.group("other"))
        if years <= _OLDEST:
            yield match.start(), years
