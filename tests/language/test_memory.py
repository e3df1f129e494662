"""What one text has left in memory changes nothing in the reading of another."""

from __future__ import annotations

from builders import pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.language.findings import FindingReader
from auditor.language.memory import remembered

SENTENCES = (
    "A mass in the left flank.",
    "It contains calcification.",
    "FINDINGS: Right renal stone.",
    "Calcified mass, right flank",
    "No mass.",
    "1. Left flank mass with rim calcification. 2. Phleboliths.",
)
READER = FindingReader(pipeline().lexicon)


@given(st.lists(st.lists(st.sampled_from(SENTENCES), max_size=5).map("\n".join), max_size=6))
@settings(max_examples=20)
def test_a_reader_that_has_read_much_reads_like_a_new_one(texts: list[str]) -> None:
    new = FindingReader(pipeline().lexicon)
    assert READER.read_all(texts) == [new.read(text) for text in reversed(texts)][::-1]


def test_what_is_remembered_is_not_asked_again() -> None:
    asked: list[tuple[str, int]] = []

    def find(text: str, start: int) -> str:
        asked.append((text, start))
        return text[start:]

    find_again = remembered(find)
    assert [find_again("flank", 1), find_again("flank", 1), find_again("flank", 2)] == [
        "lank",
        "lank",
        "ank",
    ]
    assert asked == [("flank", 1), ("flank", 2)]
