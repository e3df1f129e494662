"""Masking, whatever stands around an identifier: it goes, all else stays, and once is enough."""

from __future__ import annotations

import os
import re
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_texts import read_texts

from auditor.privacy.finder import IdentifierFinder
from auditor.privacy.masking import mask

EXAMPLES = 4_000 if os.environ.get("EXPLORE") else 80
_PLACEHOLDER = re.compile(r"\[[A-Z ]+\]")


@cache
def finder() -> IdentifierFinder:
    return IdentifierFinder()


@cache
def texts(kind: str) -> tuple[str, ...]:
    halves = ("held_out", "development")
    return tuple(text for half in halves for text, _ in read_texts(f"{half}_{kind}"))


def digits(number: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=number, max_size=number)


# What is planted: as it is written, and what of it must not be left.
AREA = st.sampled_from(("212", "614", "303", "907"))
PLANTED = st.one_of(
    st.builds("Please call {}-555-{}.".format, AREA, digits(4)).map(
        lambda text: (text, text[12:-1])
    ),
    digits(6).map(lambda d: (f"MRN: 7{d}", f"7{d}")),
    st.tuples(digits(2), digits(4)).map(lambda d: (f"SSN 219-{d[0]}-{d[1]}", f"219-{d[0]}-{d[1]}")),
    st.from_regex(r"[a-z]{3,8}[.][a-z]{4,9}@mail[.]example", fullmatch=True).map(
        lambda address: (f"Copy to {address} today.", address)
    ),
    st.from_regex(r"https://portal[.]example/[a-z]{3,9}", fullmatch=True).map(
        lambda address: (f"Images at {address} .", address)
    ),
    st.sampled_from(("Okonjo", "Halvardsen", "Tremblay-Ricci")).map(
        lambda name: (f"Dictated by: Dr. {name}", name)
    ),
)
CLEAN = st.sampled_from(texts("clean"))
BREAK = st.sampled_from(("\n", "\n\n", "\r\n", "\n  "))


@settings(max_examples=EXAMPLES)
@given(CLEAN, BREAK, PLANTED, BREAK, CLEAN)
def test_what_was_planted_is_gone(before, first, planted, second, after) -> None:
    written, secret = planted
    text = f"{before}{first}{written}{second}{after}"
    assert secret not in mask(text, finder().find(text))


ANYTHING = st.one_of(
    st.sampled_from(texts("identified")),
    CLEAN,
    st.text(max_size=80),
    PLANTED.map(lambda planted: planted[0]),
)


@settings(max_examples=EXAMPLES)
@given(st.lists(ANYTHING, min_size=1, max_size=3), BREAK)
def test_masking_twice_is_masking_once(pieces, between) -> None:
    text = between.join(pieces)
    once = mask(text, finder().find(text))
    assert mask(once, finder().find(once)) == once


@settings(max_examples=EXAMPLES)
@given(st.lists(ANYTHING, min_size=1, max_size=3), BREAK)
def test_all_else_stays_as_it_is(pieces, between) -> None:
    text = between.join(pieces)
    found = finder().find(text)
    masked, at, done = mask(text, found), 0, 0
    for item in found:
        kept = text[done : item.start]
        assert masked[at : at + len(kept)] == kept
        placeholder = _PLACEHOLDER.match(masked, at + len(kept))
        assert placeholder
        at, done = placeholder.end(), item.end
    assert masked[at:] == text[done:]


def test_what_begins_the_next_line_does_not_make_a_name_a_disease() -> None:
    assert masked("Dictated by: Dr. Okonjo\nCell count is normal.").startswith(
        "Dictated by: Dr. [NAME]\n"
    )
    wrapped = "Findings suggest Dr. Paget\ndisease of bone."
    assert masked(wrapped) == wrapped


def masked(text: str) -> str:
    return mask(text, finder().find(text))


def test_a_text_without_identifiers_is_the_same_text() -> None:
    found = finder().find_all(texts("clean"))
    clean = [text for text, items in zip(texts("clean"), found, strict=True) if not items]
    assert len(clean) > 300
    assert all(mask(text, ()) == text for text in clean)
