"""Reads a pipeline's marked examples, and marks a text the same way as it was read.

The format is told at the head of `pipelines/flank_mass_calcification/examples/findings.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exams import in_words

from auditor.config.pipeline import Pipeline
from auditor.language.facts import Finding, OrderFacts, Procedure, ReportFacts
from auditor.language.findings import FindingReader
from auditor.pathway.cases import judge_exam

BREAK = " ¶ "
_MARK = re.compile(r"\[([+\-?~!])([^\]|]+)(?:\|([^\]]*))?\]")
_REASON = re.compile(r"\{([^}]*)\}\s*")
_NOT_NOW = ("question", "historical", "other_person", "conditional", "not_stated")
_SIGNS = {"affirmed": "+", "negated": "-", "hedged": "?", **dict.fromkeys(_NOT_NOW, "~")}


@dataclass(frozen=True)
class Mark:
    """A marked word: where it stands in the plain text, its sign, and what it must say beside."""

    start: int
    end: int
    sign: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """A text without its marks, and the marks."""

    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Example:
    """One line of an examples file; `verdict` is empty where the line has none."""

    line: int
    source: str
    reason: Marked
    report: Marked
    verdict: str

    @property
    def has_marks(self) -> bool:
        return bool(self.reason.marks or self.report.marks)

    @property
    def name(self) -> str:
        return f"line {self.line}: {self.report.text[:50]!r}"


def read_examples(path: Path) -> list[Example]:
    """All examples of a file, in order."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [
        _example(number, line.strip()) for number, line in lines if line.strip() and line[0] != "#"
    ]


def _example(number: int, line: str) -> Example:
    body, _, verdict = line.partition("=>")
    reason = _REASON.match(body)
    return Example(
        line=number,
        source=line,
        reason=unmark(reason.group(1) if reason else ""),
        report=unmark(body[reason.end() :].rstrip() if reason else body.rstrip()),
        verdict=verdict.strip(),
    )


def unmark(marked: str) -> Marked:
    """Take a line's marks out of it."""
    marked = marked.replace(BREAK, "\n")
    text, marks, after = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[after : match.start()]
        words, details = match.group(2), (match.group(3) or "").split(",")
        kept = tuple(detail.strip() for detail in details if detail.strip())
        marks.append(Mark(len(text), len(text) + len(words), match.group(1), kept))
        text += words
        after = match.end()
    return Marked(text + marked[after:], tuple(marks))


def faults_of(marked: Marked, found: Sequence[Finding]) -> list[str]:
    """What was read otherwise than marked: each word once, nothing beside them."""
    faults = []
    left = list(found)
    for mark in marked.marks:
        words = marked.text[mark.start : mark.end]
        inside = [f for f in left if mark.start <= f.start and f.end <= mark.end]
        left = [f for f in left if f not in inside]
        if len(inside) != 1:
            faults.append(f"{words!r} is read {len(inside)} times")
            continue
        said = _properties(inside[0])
        wrong = [detail for detail in mark.details if detail not in said]
        if _sign(inside[0]) != mark.sign or wrong:
            faults.append(f"{words!r} is read as [{_mark(inside[0])}]")
    return faults + [f"{f.text!r} is not marked, but read as [{_mark(f)}]" for f in left]


def judge(example: Example, reader: FindingReader, pipeline: Pipeline) -> str:
    """The verdict on an index exam with this report and this order, in the words of the file."""
    index = Procedure(pipeline.file.index_kind, qualifies=True)
    when = "2025-03-03"
    report = ReportFacts(
        *("1", "P1", "R1", "A1", when, when, "final", index),
        findings=reader.read(example.report.text),
    )
    order = OrderFacts(
        *("2", "P1", "O1", "A1", when, when, "performed", "completed", index),
        findings=reader.read(example.reason.text, section="reason"),
    )
    return in_words(judge_exam([report], [order], pipeline.cases))


def as_read(text: str, found: Sequence[Finding]) -> str:
    """The text with marks that say how it was read."""
    marked, after = "", 0
    for finding in found:
        marked += f"{text[after : finding.start]}[{_mark(finding)}]"
        after = finding.end
    return (marked + text[after:]).replace("\n", BREAK)


def _mark(finding: Finding) -> str:
    details = [
        detail
        for detail in _properties(finding)
        if detail not in ("no side", "no place", "inside", "alone", "affirmed", "hedged", "negated")
    ]
    return f"{_sign(finding)}{finding.text}" + (f"|{', '.join(details)}" if details else "")


def _sign(finding: Finding) -> str:
    stated = finding.assertion in ("affirmed", "hedged")
    if stated and finding.explained_by and finding.explanation_certain:
        return "!"
    return _SIGNS[finding.assertion]


def _properties(finding: Finding) -> tuple[str, ...]:
    """All that a mark may say of a word beside its sign."""
    side = finding.laterality if finding.laterality != "unknown" else "no side"
    linked = "linked" if finding.link in ("phrase", "anaphora") else finding.link or "alone"
    sure = "" if finding.explanation_certain else "maybe "
    said = [
        finding.assertion.replace("_", " "),
        side,
        finding.place or "no place",
        finding.place_kind or "no place",
        linked,
        f"{sure}{finding.explained_by}" if finding.explained_by else "unexplained",
        "weak" if finding.weak else "",
        f"{finding.size_mm:g} mm" if finding.size_mm else "",
    ]
    return tuple(dict.fromkeys(detail for detail in said if detail and detail != "unexplained"))
