"""Every pipeline's marked examples: each word read as marked, each exam judged as written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from builders import FLANK, ROOT, pipeline
from exams import finding_reader
from marked_examples import Example, Marked, as_read, faults_of, judge, read_examples, unmark

from auditor.language.screening import Screen

FILES = sorted(
    [
        *ROOT.glob("pipelines/*/examples/findings.txt"),
        *ROOT.glob("tests/fixtures/pipelines/*/examples/findings.txt"),
    ]
)
EXAMPLES = [(path.parents[1], example) for path in FILES for example in read_examples(path)]


@cache
def screen_of(folder: Path) -> Screen:
    return Screen(pipeline(folder).lexicon)


def named(example: tuple[Path, Example]) -> str:
    return f"{example[0].name}: {example[1].name}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_example(example: tuple[Path, Example]) -> None:
    folder, marked = example
    reader, screen = finding_reader(folder), screen_of(folder)
    asked = reader.read(marked.reason.text, section="reason")
    found = reader.read(marked.report.text)
    faults = []
    for part, read in ((marked.reason, asked), (marked.report, found)):
        if marked.has_marks:
            faults += faults_of(part, read)
        if part.marks and not screen.may_hold_a_finding(part.text):
            faults.append(f"the screen drops {part.text!r}")
    judged = judge(marked, reader, pipeline(folder))
    if not judged.startswith(marked.verdict):
        faults.append(f"the verdict is {judged!r}")
    reason = f"{{{as_read(marked.reason.text, asked)}}} " if marked.reason.text else ""
    shown = f"{reason}{as_read(marked.report.text, found)} => {judged}"
    assert not faults, f"{'; '.join(faults)}\n  marked: {marked.source}\n  read:   {shown}"


def test_there_are_examples_enough() -> None:
    """Of the bundled pipeline, and of each sign and verdict at least a few."""
    own = [example for folder, example in EXAMPLES if folder == FLANK]
    assert len({(each.reason.text, each.report.text) for each in own}) == len(own) >= 200
    signs = [mark.sign for each in own for mark in (*each.report.marks, *each.reason.marks)]
    assert all(signs.count(sign) >= 10 for sign in "+-?~!")
    verdicts = [each.verdict.split()[0] for each in own if each.verdict]
    assert all(verdicts.count(word) >= 10 for word in ("definite", "possible", "no", "near"))


# --- the comparison itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Left flank [+mass|left, flank].", ""),
        ("Left flank [+mass|inside].", ""),
        ("Left flank [-mass].", "'mass' is read as [+mass|left, flank]"),
        ("Left flank [+mass|right].", "'mass' is read as [+mass|left, flank]"),
        ("Left flank [+mass|leftt].", "'mass' is read as [+mass|left, flank]"),
        ("Left flank mass.", "'mass' is not marked, but read as [+mass|left, flank]"),
        ("Left [+flank] [+mass].", "'flank' is read 0 times"),
        ("Left [+flank mass].", ""),
        ("[+Calcified|linked] [+mass].", ""),
        ("[+Calcified mass].", "'Calcified mass' is read 2 times"),
        ("[+Calcified|alone] [+mass].", "'Calcified' is read as [+Calcified|linked]"),
        ("[!Calcified|vessel] aorta.", ""),
        ("[+Calcified] aorta.", "'Calcified' is read as [!Calcified|vessel, elsewhere]"),
        ("A 4 cm [+mass|40 mm]. No [-mass]. ?[?mass]. History of [~mass|historical].", ""),
    ],
)
def test_a_wrong_mark_is_told(line: str, fault: str) -> None:
    marked = unmark(line)
    faults = faults_of(marked, finding_reader().read(marked.text))
    assert [
        one.replace(", inside, alone", "").replace(", vessel, alone", "") for one in faults
    ] == ([fault] if fault else [])


def test_a_text_marked_as_it_was_read_has_no_fault() -> None:
    for folder, example in EXAMPLES[::10]:
        found = finding_reader(folder).read(example.report.text)
        again: Marked = unmark(as_read(example.report.text, found))
        assert again.text == example.report.text
        assert not faults_of(again, found)
