"""Every pipeline's marked examples: each word read as marked, each exam judged as written."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import ROOT, pipeline
from exams import finding_reader
from marked_examples import Example, as_read, faults_of, judge, read_examples

from auditor.language.screening import Screen

FILES = sorted(
    [
        *ROOT.glob("pipelines/*/examples/findings.txt"),
        *ROOT.glob("tests/fixtures/pipelines/*/examples/findings.txt"),
    ]
)
EXAMPLES = [(path.parents[1], example) for path in FILES for example in read_examples(path)]


def named(example: tuple[Path, Example]) -> str:
    return f"{example[0].name}: {example[1].name}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_example(example: tuple[Path, Example]) -> None:
    folder, marked = example
    reader = finding_reader(folder)
    found = reader.read(marked.report.text)
    asked = reader.read(marked.reason.text, section="reason")
    judged = judge(marked, reader, pipeline(folder))
    faults = faults_of(marked.reason, asked) + faults_of(marked.report, found)
    if marked.verdict and not judged.startswith(marked.verdict):
        faults.append(f"the verdict is {judged!r}")
    reason = f"{{{as_read(marked.reason.text, asked)}}} " if marked.reason.text else ""
    read = f"{reason}{as_read(marked.report.text, found)} => {judged}"
    assert not faults, f"{'; '.join(faults)}\n  marked: {marked.source}\n  read:   {read}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_every_marked_word_passes_the_screen(example: tuple[Path, Example]) -> None:
    folder, marked = example
    screen = Screen(pipeline(folder).lexicon)
    for part in (marked.report, marked.reason):
        if part.marks:
            assert screen.may_hold_a_finding(part.text)


def test_there_are_examples_enough() -> None:
    """Of the bundled pipeline, and each marked word and verdict at least a few times."""
    own = [example for _, example in EXAMPLES]
    assert len({(each.reason.text, each.report.text) for each in own}) == len(own) >= 200
    signs = [mark.sign for each in own for mark in (*each.report.marks, *each.reason.marks)]
    assert all(signs.count(sign) >= 10 for sign in "+-?~!")
    verdicts = [each.verdict.split()[0] for each in own if each.verdict]
    assert all(verdicts.count(word) >= 10 for word in ("definite", "possible", "no"))
