"""Identifiers in a text: what, from where to where."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from auditor.privacy.names import NameReader
from auditor.privacy.rules import NameRule, Rules, Shape, read_rules
from auditor.privacy.screening import Screen

KINDS = (
    *("name", "signature", "birth_date", "age", "address", "phone", "fax", "email", "url", "ip"),
    *("ssn", "mrn", "account", "license", "device", "vehicle", "uid"),
)

# What stands where an identifier was removed.
_RESIDUE = re.compile(r"X{3,}|_{2,}|\*{2,}|\[\*\*")
_DIGITS = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
# Levels of the spine: C5-C7, L3-4.
_LEVEL = re.compile(r"[CTLS]\d{1,2}(?:-[CTLS]?\d{1,2})*\Z")
# Between a name, a date of birth and a number in a header.
_GAP_BEFORE = re.compile(r"[\s,;|(]{1,4}$")
_GAP_AFTER = re.compile(r"[\s,;|)]{1,4}(?:MRN:?|MR#|ID:?)?\s?")
_PATIENT = re.compile(r"\b(?:patient|pt|name|mr|mrs|ms|miss)\b\W*$", re.IGNORECASE)
# What has an age and is no person; a number of a version or a chapter.
_NOT_AGED = re.compile(r"(?:bone|skeletal|stent|graft|film|implant|lesion|fracture)\W+$", re.I)
_NUMBERED = re.compile(r"(?:version|release|build|section|chapter|protocol|v\.?)\s*$", re.I)
_OLDEST, _OLD = 115, 90


class Identifier(NamedTuple):
    """An identifier in a text: its kind, and its first character and the one after its last."""

    kind: str
    start: int
    end: int


class IdentifierFinder:
    """Finds identifiers by the rules that come with the tool. Build once per process."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or read_rules()
        self._names = NameReader(self._rules.words)
        self._all = (*self._rules.shapes, *self._rules.names)
        self._screen = Screen(
            [rule.pattern.pattern if isinstance(rule, Shape) else rule.begun for rule in self._all]
        )

    def find(self, text: str) -> tuple[Identifier, ...]:
        """The identifiers of a text in reading order; no two touch the same character."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[tuple[Identifier, ...]]:
        """The identifiers of each text. Many texts at once are found much faster than one by one."""
        able: list[list[int]] = [[] for _ in texts]
        for number, place in self._screen.matches(texts):
            able[place].append(number)
        return [
            self._find(text, numbers) if numbers else ()
            for text, numbers in zip(texts, able, strict=True)
        ]

    def _find(self, text: str, numbers: Sequence[int]) -> tuple[Identifier, ...]:
        """The identifiers of a text, by those rules only that may find any."""
        taken: list[Identifier] = []
        for number in numbers:
            rule = self._all[number]
            found = self._shaped(text, rule) if isinstance(rule, Shape) else self._named(text, rule)
            _claim(taken, found)
        _claim(taken, self._repeated(text, taken))
        _claim(taken, self._in_header(text, taken))
        return tuple(sorted(taken, key=lambda item: item.start))

    def _shaped(self, text: str, shape: Shape) -> Iterator[Identifier]:
        check = _CHECKS.get(shape.check)
        for match in shape.pattern.finditer(text):
            start, end = match.span("it")
            found = match.group("it")
            if _DIGITS.search(found) and _RESIDUE.search(found) and shape.kind != "ssn":
                continue
            if len(_DIGITS.findall(found)) < shape.digits:
                continue
            if shape.digits and shape.kind != "age" and _YEAR.match(found):
                continue
            if shape.kind in ("phone", "fax") and self._rules.date.fullmatch(found):
                continue
            if check is None or check(text, match):
                yield Identifier(shape.kind, start, end)

    def _named(self, text: str, rule: NameRule) -> Iterator[Identifier]:
        grouped = "it" in rule.pattern.groupindex
        for match in rule.pattern.finditer(text):
            if not grouped:
                for span in self._names.forward(text, match.end(), rule.takes):
                    yield Identifier(rule.kind, *span)
            elif "initials" in rule.takes:
                if self._names.is_name(match.group("it")):
                    yield Identifier(rule.kind, *match.span("it"))
            else:
                span = self._names.within(text, match.span("it"), rule.takes)
                if span is not None:
                    yield Identifier(rule.kind, *span)

    def _repeated(self, text: str, taken: list[Identifier]) -> Iterator[Identifier]:
        """Words of names found, where they stand again."""
        words = {
            word
            for item in taken
            if item.kind in ("name", "signature")
            for word in re.findall(r"[^\W\d_][\w'’-]{3,}", text[item.start : item.end])
            if self._names.is_name(word)
        }
        for word in sorted(words):
            for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text):
                if not self._rules.words.eponym.match(text, match.end()):
                    yield Identifier("name", *match.span())

    def _in_header(self, text: str, taken: list[Identifier]) -> Iterator[Identifier]:
        """Dates that stand with a patient's name and number: of birth, though nothing says so."""
        ends = {item.end: item for item in taken}
        numbered = {item.start for item in taken if item.kind == "mrn"}
        for match in self._rules.date.finditer(text):
            gap = _GAP_BEFORE.search(text[: match.start()][-6:])
            before = ends.get(match.start() - len(gap.group())) if gap else None
            if before is None:
                continue
            after = _GAP_AFTER.match(text, match.end())
            in_row = after is not None and after.end() in numbered
            of_patient = _PATIENT.search(text[: before.start][-20:])
            if before.kind == "mrn" or (before.kind == "name" and (in_row or of_patient)):
                yield Identifier("birth_date", *match.span())


def _claim(taken: list[Identifier], found: Iterator[Identifier]) -> None:
    """Add what touches nothing that is taken."""
    for item in list(found):
        if all(item.end <= other.start or other.end <= item.start for other in taken):
            taken.append(item)


def _is_age(text: str, match: re.Match[str]) -> bool:
    age = int(match.group("it"))
    return _OLD <= age <= _OLDEST and not _NOT_AGED.search(text[: match.start("it")][-40:])


def _is_machine(text: str, match: re.Match[str]) -> bool:
    found = match.group("it")
    if re.fullmatch(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}", found):
        return True
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return False
    if address.version == 6:
        return len(found) > 6 and bool(re.search(r"[0-9a-fA-F]{2}", found))
    return max(map(len, found.split("."))) > 1 and not _NUMBERED.search(text[: match.start("it")])


def _is_plate(text: str, match: re.Match[str]) -> bool:
    found = re.sub(r"\W", "", match.group("it"))
    mixed = re.search(r"[A-Z]", found) and re.search(r"\d", found)
    return bool(mixed) and len(found) >= 5 and not _LEVEL.match(match.group("it"))


def _is_street(text: str, match: re.Match[str]) -> bool:
    """Not `12 Lateral View`."""
    return not re.match(
        r"\d+\w?\s+(?:Way|View|Views|Lateral|Month|Year|Day|Image)", match.group("it")
    )


_CHECKS: dict[str, Callable[[str, re.Match[str]], bool]] = {
    "age": _is_age,
    "address_of_machine": _is_machine,
    "plate": _is_plate,
    "street": _is_street,
}
