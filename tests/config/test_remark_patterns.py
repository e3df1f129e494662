"""A pattern of a remark rule that is taken is one that `re` compiles when it is first tried."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from auditor.config import remarks
from auditor.config.remarks import Pattern

TAKE = TypeAdapter(Pattern)
PIECES = r"""
    a b - ( ) | [ ] ^ $ . * + ? { } , 2 (?: (?P<a> (?P<b_c> (?i) (?= [^ [a-c {2} {1,2} ??
    \b \w \W \d \s \B \1 \z \x27 \. \]
""".split()
ORDINARY = (r"\bct\b", r"(?:no|without) (?P<what>mass)", "a{2,3}", "[a-z]")


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
@example("[ab&&[b]]")
@example(r"(?P<a>a)(?P<a>b)")
@example(r"[\d-a]")
@example(r"\b+a")
@example("a{,2}")
def test_what_is_taken_compiles_and_is_not_found_in_an_empty_text(pattern: str) -> None:
    try:
        taken = TAKE.validate_python(pattern)
    except ValidationError:
        return
    assert taken.compiled.pattern == pattern
    assert taken.compiled.search("") is None


@pytest.mark.parametrize("pattern", ORDINARY)
def test_ordinary_patterns_are_compiled_when_they_are_tried(pattern: str, monkeypatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(remarks, "compile_pattern", lambda pattern, flags: compiled.append(pattern))
    assert TAKE.validate_python(pattern).pattern == pattern
    assert compiled == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a*", "matches an empty text"),
        (r"a\z", "is no regular expression"),
        (r"(?P<a>x)(?P<a>y)", "is no regular expression"),
        ("(?=a)", "RE2 subset"),
        ("a)", "RE2 subset"),
    ],
)
def test_what_one_of_the_two_does_not_take_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TAKE.validate_python(pattern)


def test_a_pattern_is_the_same_after_a_journey_to_another_process() -> None:
    taken = TAKE.validate_python(r"\bmass\b")
    there = pickle.loads(pickle.dumps(taken))
    assert there.pattern == taken.pattern
    assert there.search("a mass") and not there.search("a massive one")
    assert re.ASCII & there.compiled.flags
