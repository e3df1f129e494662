"""Identifiers in a text: what, from where to where."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from auditor.privacy.names import NameReader
from auditor.privacy.rules import NameRule, Rules, Shape, read_rules
from auditor.privacy.screening import Screen

# What stands where an identifier was removed.
_RESIDUE = re.compile(r"X{3,}|_{2,}|\*{2,}")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
# Levels of the spine: C5-C7, L3-4.
_LEVEL = re.compile(r"[CTLS]\d{1,2}(?:-[CTLS]?\d{1,2})*\Z")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]{2})){3,}")
# Between a name, a date of birth and a number in a header.
_GAP_BEFORE = re.compile(r"[\s,;|(]{1,4}\Z")
_GAP_AFTER = re.compile(r"[\s,;|)]{1,4}(?:MRN:?|MR#|ID:?)?\s?")
_PATIENT = re.compile(r"\b(?:patient|pt|name|mr|mrs|ms|miss)\b\W*\Z", re.IGNORECASE)
# What has a number with points and is no machine.
_NUMBERED = re.compile(r"\b(?:version|release|build|section|chapter|protocol|v)\.?\s*\Z", re.I)
_OLD, _OLDEST = 90, 115


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
        self._all: tuple[Shape | NameRule, ...] = (*self._rules.shapes, *self._rules.names)
        self._screen = Screen([rule.screened for rule in self._all])

    def find(self, text: str) -> tuple[Identifier, ...]:
        """The identifiers of a text in reading order; no two touch the same character."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[tuple[Identifier, ...]]:
        """The identifiers of each text; much faster on many at once than on one by one."""
        able: list[list[Shape | NameRule]] = [[] for _ in texts]
        for number, place in self._screen.matches(texts):
            able[place].append(self._all[number])
        return [
            self.find_by(text, rules) if rules else ()
            for text, rules in zip(texts, able, strict=True)
        ]

    def find_by(
        self, text: str, rules: Iterable[Shape | NameRule] | None = None
    ) -> tuple[Identifier, ...]:
        """The identifiers of a text by some of the rules, or by all, without screening."""
        found = _Found(text)
        for rule in self._all if rules is None else rules:
            found.add(
                self._shaped(text, rule) if isinstance(rule, Shape) else self._named(text, rule)
            )
        found.add(self._repeated(text, found.items))
        found.add(self._in_header(text, found.items))
        return tuple(sorted(found.items, key=lambda item: item.start))

    def _shaped(self, text: str, shape: Shape) -> Iterator[Identifier]:
        check = self._is_age if shape.check == "age" else _CHECKS.get(shape.check)
        for match in shape.pattern.finditer(text):
            value = match.group("it")
            if shape.digits and not self._is_number(value, shape):
                continue
            if check is None or check(text, match):
                yield Identifier(shape.kind, *match.span("it"))

    def _is_age(self, text: str, match: re.Match[str]) -> bool:
        """Whether it is the age of a person, and one that few reach."""
        before = _before(text, match.start("it"), 40)
        old = _OLD <= int(match.group("it")) <= _OLDEST
        return old and not self._rules.not_aged.search(before)

    def _is_number(self, value: str, shape: Shape) -> bool:
        """Whether it has the digits; a year alone is none, nor is a date a telephone's number."""
        if sum(map(str.isdigit, value)) < shape.digits:
            return False
        if shape.kind == "ssn":  # XXX-XX-1234 tells the last four
            return True
        if _RESIDUE.search(value) or _YEAR.match(value):
            return False
        return shape.kind not in ("phone", "fax") or not self._rules.date.fullmatch(value)

    def _named(self, text: str, rule: NameRule) -> Iterator[Identifier]:
        grouped = "it" in rule.pattern.groupindex
        for match in rule.pattern.finditer(text):
            if not grouped:
                for span in self._names.forward(text, match.end(), rule.takes):
                    yield Identifier(rule.kind, *span)
                continue
            inside: tuple[int, int] | None = match.span("it")
            if "initials" not in rule.takes:
                inside = self._names.within(text, match.span("it"), rule.takes)
            elif not self._names.is_name(match.group("it")):
                inside = None
            if inside is not None:
                yield Identifier(rule.kind, *inside)

    def _repeated(self, text: str, items: Sequence[Identifier]) -> Iterator[Identifier]:
        """Words of the names found, where they stand again."""
        words = {
            match.group()
            for item in items
            if item.kind in ("name", "signature")
            for match in _WORD.finditer(text, item.start, item.end)
            if self._names.is_name(match.group())
        }
        for match in _WORD.finditer(text) if words else ():
            if match.group() in words and not self._names.is_eponym(text, match.end()):
                yield Identifier("name", *match.span())

    def _in_header(self, text: str, items: Sequence[Identifier]) -> Iterator[Identifier]:
        """Dates that stand with a patient's name and number: of birth, though nothing says so."""
        ends = {item.end: item for item in items if item.kind in ("name", "mrn")}
        numbered = {item.start for item in items if item.kind == "mrn"}
        for match in self._rules.date.finditer(text) if ends else ():
            gap = _GAP_BEFORE.search(_before(text, match.start(), 4))
            item = ends.get(match.start() - len(gap.group())) if gap else None
            if item is None:
                continue
            after = _GAP_AFTER.match(text, match.end())
            in_row = after is not None and after.end() in numbered
            of_patient = _PATIENT.search(_before(text, item.start, 20))
            if item.kind == "mrn" or in_row or of_patient:
                yield Identifier("birth_date", *match.span())


class _Found:
    """Identifiers that touch no other; the first to claim a character has it."""

    def __init__(self, text: str) -> None:
        self.items: list[Identifier] = []
        self._taken = bytearray(len(text))

    def add(self, found: Iterable[Identifier]) -> None:
        for item in list(found):
            if not any(self._taken[item.start : item.end]):
                self._taken[item.start : item.end] = b"\1" * (item.end - item.start)
                self.items.append(item)


def _before(text: str, place: int, length: int) -> str:
    return text[max(0, place - length) : place]


def _is_machine(text: str, match: re.Match[str]) -> bool:
    value = match.group("it")
    if re.fullmatch(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}", value):
        return True
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if address.version == 6:
        return len(value) > 6 and bool(re.search(r"[0-9a-fA-F]{2}", value))
    numbered = _NUMBERED.search(_before(text, match.start("it"), 20))
    return max(map(len, value.split("."))) > 1 and not numbered


def _is_plate(text: str, match: re.Match[str]) -> bool:
    value = re.sub(r"\W", "", match.group("it"))
    mixed = re.search(r"[A-Z]", value) and re.search(r"\d", value)
    return bool(mixed) and len(value) >= 5 and not _LEVEL.match(match.group("it"))


_CHECKS: dict[str, Callable[[str, re.Match[str]], bool]] = {
    "address_of_machine": _is_machine,
    "plate": _is_plate,
}
