"""The words of a pipeline: what a lexicon holds, a site's words, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from broken_folders import answer_to
from builders import FLANK, pipeline
from exams import defect

from auditor.config.lexicon import Lexicon, read_lexicon
from auditor.errors import ConfigError
from auditor.language.findings import FindingReader
from auditor.language.screening import Screen

LESION, SIGN = "lexicon/flank_mass.toml", "lexicon/calcification.toml"
LUMP = "pattern = '(?:lumps?)'"


def read(**lexicon: list[str]) -> Lexicon:
    site = SimpleNamespace(
        lexicon={key.replace("__", "."): words for key, words in lexicon.items()}
    )
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
        read(place__waist=["waist"])
    said = str(caught.value)
    assert "lexicon.place.waist" in said and "place.flank" in said


MISTAKES = [
    (LESION, 'role = "lesion"', 'role = "lesions"', "part.role: "),
    (LESION, 'role = "lesion"', 'role = "sign"', "part.role: "),
    (SIGN, 'role = "sign"', 'role = "lesion"', "part.role: "),
    (SIGN, 'key = "calcification"', 'key = "mass"', "part.key: "),
    (LESION, 'key = "mass"', "", "part.key: is missing."),
    (LESION, "[part]\nkey", "[parts]\nkey", "part: is missing."),
    (LESION, 'id = "lump"', 'idd = "lump"', "term.1.id: is missing."),
    (LESION, LUMP, "", "term.1.pattern: is missing."),
    (LESION, LUMP, f"{LUMP}\nweek = true", "term.1.week: unknown key. Did you mean 'weak'?"),
    (LESION, LUMP, "pattern = '(?:lumps?'", "is no regular expression"),
    (LESION, LUMP, "pattern = 5", "term.1.pattern: Input should be a valid string."),
    (LESION, 'implies = "renal"', 'implies = "renall"', "Did you mean 'renal'?"),
    (LESION, "named = true", 'named = "perhaps"', "named: Input should be a valid boolean"),
    (LESION, 'kind = "inside"', 'kind = "indoors"', "place.0.kind: "),
    (LESION, 'level = "upper"', 'level = "top"', "level: "),
    (LESION, "'mass[- ]effect'", "'mass[- effect'", "not.patterns: "),
    (LESION, "[[place]]", "[place]", "is not valid TOML: "),
    (SIGN, 'form = "noun"', 'form = "verb"', "term.0.form: "),
    (SIGN, "\nover = true", "\nove = true", "Did you mean 'over'?"),
    (SIGN, "[offered]", "[ofered]", "ofered: unknown key. Did you mean 'offered'?"),
    ("section_rules.json", '"category": "findings"', '"category": "finding"', ".category: "),
    ("section_rules.json", '"literal": "findings"', '"litral": "findings"', ".literal: is missing"),
    ("section_rules.json", '"section_rules"', '"sections"', "section_rules: is missing."),
    ("context_rules.json", '"category": "NEGATED"', '"category": "NEGATION"', "0.category: "),
    ("context_rules.json", '"direction": "FORWARD"', '"direction": "AHEAD"', "0.direction: "),
    ("context_rules.json", "bnil\\\\b", "bnil(", "is no regular expression"),
    ("context_rules.json", '"max_scope": 14', '"max_scope": "far"', ".max_scope: "),
    ("context_rules.json", '"context_rules": [', '"context_rules": [[', "is not valid JSON: "),
    defect(
        *(LESION, "[not]", "[nott]", "nott: unknown key. Did you mean 'not'?"),
        reason="the hint names the field `not_`, which no file may hold",
    ),
    defect(
        *(LESION, 'id = "lump"', 'id = "mass"', "id: "),
        reason="of two terms with one id the later silently takes the place of the first",
    ),
    defect(
        *(SIGN, 'id = "phlebolith"', 'id = "vessel"', "id: "),
        reason="two explanations may have one id",
    ),
    defect(*(LESION, LUMP, "pattern = ''", "pattern: "), reason="an empty pattern is taken"),
    defect(
        *(LESION, LUMP, "pattern = '(?:lumps?)?'", "pattern: "),
        reason="a pattern that matches nothing at all is taken",
    ),
    defect(
        *("section_rules.json", '"literal": "impression"', '"literal": ""', "literal: "),
        reason="an empty title is taken",
    ),
    defect(
        *("section_rules.json", '"literal": "impression"', '"literal": "findings"', "literal: "),
        reason="one title may stand for two sections; the later silently wins",
    ),
    defect(
        *("context_rules.json", '"max_scope": 14', '"max_scope": -1', "max_scope: "),
        reason="a negative scope is taken",
    ),
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
