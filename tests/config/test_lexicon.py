"""The words of a pipeline: what a lexicon holds, a site's words, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_folders import answer_to
from builders import FLANK, pipeline

from auditor.config.lexicon import Lexicon, read_lexicon
from auditor.config.site import Site
from auditor.errors import ConfigError
from auditor.language.findings import FindingReader
from auditor.language.screening import Screen

LESION, SIGN = "lexicon/flank_mass.toml", "lexicon/calcification.toml"
LUMP = "pattern = '(?:lumps?)'"
TITLE = '"literal": "impression"'


def read(**lexicon: list[str]) -> Lexicon:
    words = {key.replace("__", "."): tuple(words) for key, words in lexicon.items()}
    site = Site(lexicon=words)
    return read_lexicon(FLANK, lesion_file=LESION, sign_file=SIGN, site=site)


def test_the_bundled_lexicon_is_read_in_full() -> None:
    lexicon = pipeline().lexicon
    assert (lexicon.lesion.part.key, lexicon.sign.part.key) == ("mass", "calcification")
    assert lexicon.lesion.not_.patterns and lexicon.sign.offered.patterns
    assert {place.kind for place in lexicon.lesion.place} == {"inside", "elsewhere"}
    for entries in (
        lexicon.lesion.term,
        lexicon.lesion.place,
        lexicon.sign.term,
        lexicon.sign.explanation,
    ):
        ids = [entry.id for entry in entries]
        assert len(set(ids)) == len(ids)


def test_a_site_s_words_are_taken_literally() -> None:
    lexicon = read(mass=["knot (hard)"], place__flank=["waist"], explanation__device=["pellet"])
    reader, screen = FindingReader(lexicon), Screen(lexicon)
    text = "Knot (hard) in the left waist. Calcified pellet."
    lesion, sign = reader.read(text)
    assert (lesion.rule, lesion.place, lesion.laterality) == ("site", "flank", "left")
    assert sign.explained_by == "device"
    assert screen.may_hold_a_finding(text)
    assert not reader.read("knot hard in the left waist")


def test_a_site_s_list_that_nothing_knows_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        read(something=["waist"])
    said = str(caught.value)
    assert said.startswith("site file: lexicon.something: is no list of words. Known lists: ")
    assert "place.flank" in said
    with pytest.raises(ConfigError, match=r"Did you mean 'place\.flank'\?"):
        read(place__flanks=["waist"])


MISTAKES = [
    (LESION, 'role = "lesion"', 'role = "lesions"', "part.role: "),
    (LESION, 'role = "lesion"', 'role = "sign"', "part.role: "),
    (SIGN, 'role = "sign"', 'role = "lesion"', "part.role: "),
    (SIGN, 'key = "calcification"', 'key = "mass"', "part.key: "),
    (LESION, 'key = "mass"', "", "part.key: is missing."),
    (LESION, "[part]\nkey", "[parts]\nkey", "part: is missing."),
    (LESION, 'id = "lump"', 'idd = "lump"', "term, entry 2, id: is missing."),
    (LESION, LUMP, "", "term, entry 2, pattern: is missing."),
    (
        LESION,
        LUMP,
        f"{LUMP}\nweek = true",
        "entry 2, week: unknown key. Did you mean 'weak'?",
    ),
    (LESION, LUMP, "pattern = '(?:lumps?'", "is no regular expression"),
    (LESION, LUMP, "pattern = 5", "term, entry 2, pattern: must be text in quotes."),
    (LESION, 'implies = "renal"', 'implies = "renall"', "Did you mean 'renal'?"),
    (LESION, "named = true", 'named = "perhaps"', "named: must be true or false"),
    (LESION, 'kind = "inside"', 'kind = "indoors"', "place, entry 1, kind: "),
    (LESION, 'level = "upper"', 'level = "top"', "level: "),
    (LESION, "'mass[- ]effect'", "'mass[- effect'", "not.patterns, entry 1: "),
    (LESION, "[[place]]", "[place]", "is not valid TOML: "),
    (SIGN, 'form = "noun"', 'form = "verb"', "term, entry 1, form: "),
    (SIGN, "\nover = true", "\nove = true", "Did you mean 'over'?"),
    (SIGN, "[offered]", "[ofered]", "ofered: unknown key. Did you mean 'offered'?"),
    ("section_rules.json", '"category": "findings"', '"category": "finding"', ", category: "),
    (
        "section_rules.json",
        '"literal": "findings"',
        '"litral": "findings"',
        ", literal: is",
    ),
    ("section_rules.json", '"section_rules"', '"sections"', "section_rules: is missing."),
    (
        "context_rules.json",
        '"category": "NEGATED"',
        '"category": "NEGATION"',
        "1, category: ",
    ),
    (
        "context_rules.json",
        '"direction": "FORWARD"',
        '"direction": "AHEAD"',
        "1, direction: ",
    ),
    ("context_rules.json", "bnil\\\\b", "bnil(", "is no regular expression"),
    ("context_rules.json", '"max_scope": 14', '"max_scope": "far"', ", max_scope: "),
    ("context_rules.json", '"context_rules": [', '"context_rules": [[', "is not valid JSON: "),
    (LESION, "[not]", "[nott]", "nott: unknown key. Did you mean 'not'?"),
    (LESION, 'id = "lump"', 'id = "mass"', "term: the id 'mass' is there twice."),
    (SIGN, 'id = "phlebolith"', 'id = "vessel"', "explanation: the id 'vessel' is there twice."),
    (LESION, LUMP, "pattern = ''", "term, entry 2, pattern: matches an empty text"),
    (LESION, LUMP, "pattern = '(?:lumps?)?'", "term, entry 2, pattern: matches an empty text"),
    (LESION, 'id = "lump"', 'id = " "', "term, entry 2, id: must not be empty."),
    ("section_rules.json", TITLE, '"literal": ""', "literal: must not be empty."),
    ("section_rules.json", TITLE, '"literal": "Findings"', "the literal 'findings' is there twice"),
    ("context_rules.json", '"max_scope": 14', '"max_scope": -1', "max_scope: must be 1 or more."),
]


@pytest.mark.parametrize(("file", "old", "new", "answer"), MISTAKES)
def test_a_mistake_is_answered_with_file_and_key(
    tmp_path: Path, file: str, old: str, new: str, answer: str
) -> None:
    assert answer in answer_to(tmp_path, file, old, new)


@pytest.mark.parametrize("file", [LESION, SIGN, "section_rules.json", "context_rules.json"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    for name in (LESION, SIGN, "section_rules.json", "context_rules.json", "lexicon/grammar.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if name != file:
            (tmp_path / name).write_bytes((FLANK / name).read_bytes())
    with pytest.raises(ConfigError, match=f"{Path(file).name}: cannot be read"):
        read_lexicon(tmp_path, lesion_file=LESION, sign_file=SIGN)
