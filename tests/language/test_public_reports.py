"""Real chest reports: a hand-labelled sample of 100 mentions is read as a reader reads it.

The labels (ids and offsets, no text) were made blind to what the auditor reads; some are one
reader's call where a gap of de-identification hides a word.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.language.facts import Finding
from auditor.language.findings import FindingReader

ROOT = Path(__file__).parent.parent.parent
LABELS = Path(__file__).parent.parent / "fixtures" / "indiana_labels.csv"
SHARED = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))
REPORTS = SHARED / "corpora" / "indiana_reports.csv"
SECTIONS = ("indication", "comparison", "findings", "impression")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not REPORTS.is_file(), reason="the public corpora are not here"),
]


def _texts() -> dict[str, str]:
    with REPORTS.open(encoding="utf-8", newline="") as file:
        return {
            row["uid"]: "\n".join(f"{s.upper()}: {row[s]}" for s in SECTIONS if row[s])
            for row in csv.DictReader(file)
        }


@pytest.fixture(scope="module")
def read() -> list[tuple[dict[str, str], Finding | None]]:
    """Each labelled mention with the finding that the auditor reads there."""
    reader = FindingReader(read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site()).lexicon)
    texts = _texts()
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    found = {uid: reader.read(texts[uid]) for uid in {row["uid"] for row in labels}}
    return [
        (
            row,
            next(
                (
                    finding
                    for finding in found[row["uid"]]
                    if finding.part == row["part"] and finding.start == int(row["start"])
                ),
                None,
            ),
        )
        for row in labels
    ]


def test_every_labelled_mention_is_found(read: list[tuple[dict[str, str], Finding | None]]) -> None:
    assert len(read) == 100
    assert [row["uid"] for row, finding in read if finding is None] == []


def test_assertion_agrees(read: list[tuple[dict[str, str], Finding | None]]) -> None:
    wrong = [
        (row["uid"], row["start"], row["assertion"], finding.assertion)
        for row, finding in read
        if finding is not None and finding.assertion != row["assertion"]
    ]
    assert len(wrong) <= 9, wrong


def test_calcification_is_given_to_what_it_belongs_to(
    read: list[tuple[dict[str, str], Finding | None]],
) -> None:
    stated = [
        (row, finding)
        for row, finding in read
        if finding is not None and row["belongs"] and row["assertion"] in ("affirmed", "hedged")
    ]
    wrong = [
        (row["uid"], row["start"], row["belongs"], finding.explained_by)
        for row, finding in stated
        if (row["belongs"] != "none")
        != bool(finding.explained_by or finding.place_kind == "elsewhere")
    ]
    assert len(wrong) <= 2, wrong
