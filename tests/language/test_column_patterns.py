"""What a derived pattern or word leaves out, its origin leaves out too: of any pattern and text."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.needed_words import NeededWords, WordedPattern, needed_words
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.language.column_patterns import ColumnScreen


@cache
def bundled_patterns() -> list[re.Pattern[str]]:
    """Patterns of the bundled pipeline: of its words, its remarks and its cues."""
    pipeline = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
    lexicon = pipeline.lexicon
    words = [term.pattern for part in (lexicon.lesion, lexicon.sign) for term in part.term]
    words += [rule.pattern for rule in lexicon.context if rule.pattern]
    remarks = [pattern.compiled for rule in pipeline.remarks.rules for pattern in rule.patterns]
    return [*(re.compile(word, re.IGNORECASE) for word in words), *remarks]


@cache
def needed_by_bundled_patterns() -> NeededWords:
    return NeededWords(bundled_patterns())


def hits(patterns: list[re.Pattern[str]], *texts: str) -> list[bool]:
    return ColumnScreen(patterns).hits(pa.array(texts, pa.string())).to_pylist()


@st.composite
def matched(draw: st.DrawFn) -> tuple[re.Pattern[str], str]:
    """A pattern of the bundled pipeline, and a text that it may match, whatever stands about it."""
    pattern = draw(st.sampled_from(bundled_patterns()))
    core = draw(st.from_regex(pattern))
    edges = st.text(st.sampled_from("abckms .,;-\n?é'"), max_size=6)
    text = draw(edges) + core + draw(edges)
    text = draw(st.sampled_from([str, str.upper, str.title]))(text)
    return pattern, text.encode("utf-8", "ignore").decode("utf-8")


@given(matched())
def test_no_text_that_matches_is_left_out_by_the_column(case) -> None:
    pattern, text = case
    if pattern.search(text):
        assert hits([pattern], text) == [True]


@given(matched())
def test_no_text_that_matches_lacks_the_needed_words(case) -> None:
    pattern, text = case
    if text.isascii() and pattern.search(text):
        assert WordedPattern(pattern.pattern).may_match(text.lower())


@given(st.lists(matched(), min_size=1, max_size=4))
def test_of_many_patterns_none_that_matches_is_left_out(cases) -> None:
    text = " ".join(text for _, text in cases)
    patterns = bundled_patterns()
    able = set(needed_by_bundled_patterns().able(text.lower()))
    assert not any(
        pattern.search(text) for number, pattern in enumerate(patterns) if number not in able
    )


@pytest.mark.parametrize(
    ("pattern", "match", "no_match"),
    [
        (r"\bct\b", "a CT of", "fractured"),
        (r"no (?!change)mass", "no mass", "no  mass"),
        (r"(?<=x)mass(?=y)", "mass", "mas"),
        (r"(?:a|the) stone{0,3}", "the ston", "stone"),
        (r"m(?:aa+|[x-z])s", "mzs", "mss"),
        (r"[^a-z]{2}9", "1 9", "ab9"),
        (r"(?P<one>a)b(?P=one)", "ab", "ba"),
        (r"(?i:stone) bed", "STONE bed", "gravel bed"),
        (r"calc.{2,5}ion", "calc\nation", "calcion"),
        (r"mild\s+mass", "mild\x1cmass", "mildmass"),
        (r"mass|(?!)", "mass", "a"),
    ],
)
def test_constructs_of_patterns(pattern: str, match: str, no_match: str) -> None:
    assert hits([re.compile(pattern, re.IGNORECASE)], match, no_match) == [True, False]


def test_letters_beyond_ascii_are_let_through_where_re_knows_more_of_them() -> None:
    dotless = re.compile("calcification", re.IGNORECASE)
    assert dotless.search("calc\u0131fication") and hits([dotless], "calc\u0131fication") == [True]
    plain = re.compile("calcification", re.ASCII)
    assert hits([plain], "calc\u0131fication", "calcification \u00b5") == [False, True]


def test_no_patterns_hit_nothing() -> None:
    assert hits([], "mass", "") == [False, False]


def test_a_pattern_that_is_too_large_for_a_column_lets_everything_through() -> None:
    huge = re.compile("[^a]" * 60_000)
    assert hits([huge], "a text") == [True]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bno\b", ("no",)),
        (r"(?:possible|query) mass", (" mass",)),
        (r"(?:possible|probable) mass", ("ossible", "robable")),
        (r"mass|lump|masses", ("lump", "mass")),
        (r"(?:mass|[a-z]+)", ()),
        (r"(?:left )?flank", ("flank",)),
        (r"(?:Left )+x", ("left ",)),
        (r"\w+", ()),
    ],
)
def test_needed_words(pattern: str, words: tuple[str, ...]) -> None:
    assert needed_words(re.compile(pattern, re.IGNORECASE)) == words
