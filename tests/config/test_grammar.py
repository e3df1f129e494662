"""The word lists of `grammar.toml`: each is used, and a mistake names file and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from broken_folders import answer_to
from builders import pipeline
from exams import defect

from auditor.config.grammar import Grammar, either, whole_words

FILE = "lexicon/grammar.toml"


def test_alternatives_make_one_pattern() -> None:
    assert re.fullmatch(either(["left", "rig?ht"]), "riht")
    assert not re.search(either([]), "anything")
    assert whole_words(["left|lt", "l"]).findall("Left, lt and leftover; L") == ["Left", "lt", "L"]


def test_every_list_of_the_bundled_grammar_has_words() -> None:
    grammar = pipeline().lexicon.grammar
    for table in Grammar.model_fields:
        lists = getattr(grammar, table)
        for name in type(lists).model_fields:
            words = getattr(lists, name)
            assert words and all(words), f"{table}.{name}"


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("[side]", "[sides]", "side: is missing."),
        ("midline = [", "midlines = [", "side.midline: is missing."),
        ("firm = [", "firm = [3, ", "sign.firm, entry 1: must be text in quotes."),
        ("[layout]", "[layout", "is not valid TOML: "),
        ("midline = ['", "midline = ['(", "side: "),
        ("midline = ['", "midline = ['(", "midline: is no regular expression"),
        ("[clause]\n", "[clause]\nverbs = ['is']\n", "clause.verbs: unknown key. Did you mean"),
        ("[clause]\n", "[clause]\nzzz = ['is']\n", "unknown key. Known keys: "),
        defect(
            *("midline = ['", "midline = ['(", "side.midline: is no regular expression"),
            reason="pydantic's words `Value error,` stand between table and key",
        ),
    ],
)
def test_a_mistake_is_answered_with_file_and_key(
    tmp_path: Path, old: str, new: str, answer: str
) -> None:
    assert answer in answer_to(tmp_path, FILE, old, new)
