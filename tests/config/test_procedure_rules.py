"""Reading the procedure files of a pipeline folder: what is checked, and a second, toy pipeline."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditor.config.procedures import key_of, phrase_pattern, plain_words, read_procedure_rules
from auditor.config.site import LocalProcedure, Site
from auditor.errors import ConfigError
from auditor.language.procedures import classify_procedure

FOLDER = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"

TOY = {
    "events.toml": """
        kinds = ["swab", "other"]
        [roles.nose_swab]
        kind = "swab"
        qualifies = true
        [roles.other]
        kind = "other"
        [code_systems.TOY]
        names = ["http://toy.example"]
        [modality.words]
        lab = ["lab"]
        [words]
        nose = ["nose", "nasal*"]
        swab = ["swab*"]
        [text]
        titles = ["test"]
        specimen = []
        diagnosis = []
        headings = []
        negations = ["no"]
        [[rules]]
        id = "swab_of_nose"
        role = "nose_swab"
        has = ["swab", "nose"]
        [[rules]]
        id = "lab"
        role = "other"
        has = ["lab"]
        """,
    "codes.csv": "code_system,code,role\nTOY,S1,nose_swab\nLOCAL,NS,nose_swab\n",
    "modalities.csv": "word,modality\nLAB,lab\n",
    "statuses.csv": "table,word,status\norders,done,performed\nreports,done,final\n",
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    for name, text in TOY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def classify(folder: Path, site: Site | None = None, **columns: str) -> tuple[str, str]:
    given = dict.fromkeys(("modality", "code", "code_system", "description"), "") | columns
    found = classify_procedure(read_procedure_rules(folder, site=site), **given)
    return found.kind, found.rule


def test_a_second_pipeline_brings_its_own_kinds_words_and_codes(toy: Path) -> None:
    assert classify(toy, description="Nasal swab, left") == ("swab", "swab_of_nose")
    assert classify(toy, code="S1", code_system="http://toy.example") == ("swab", "TOY:S1")
    assert classify(toy, description="ns") == ("swab", "listed")
    assert classify(toy, modality="lab") == ("other", "lab")
    assert classify(toy, description="CT ABDOMEN") == ("unknown", "")


def test_every_file_is_needed(tmp_path: Path) -> None:
    for missing in ("events.toml", "codes.csv", "modalities.csv", "statuses.csv"):
        folder = tmp_path / missing.split(".")[0]
        folder.mkdir()
        for name in {"events.toml", "codes.csv", "modalities.csv", "statuses.csv"} - {missing}:
            shutil.copy(FOLDER / name, folder / name)
        with pytest.raises(ConfigError, match=missing):
            read_procedure_rules(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("events.toml", 'kind = "swab"', 'kind = "smear"', "roles.nose_swab.kind: 'smear'"),
        ("events.toml", 'role = "other"', 'role = "others"', "rule 'lab': 'others'"),
        ("events.toml", '["swab", "nose"]', '["swab", "ear"]', "rule 'swab_of_nose': 'ear'"),
        ("events.toml", '["swab", "nose"]', '["swab", "nose|ear"]', "rule 'swab_of_nose': 'ear'"),
        ("events.toml", 'id = "lab"', 'id = "swab_of_nose"', "'swab_of_nose' is there twice"),
        ("events.toml", "qualifies = true", "qualify = true", "Did you mean 'qualifies'"),
        ("events.toml", 'has = ["lab"]', "has = []", "has"),
        ("events.toml", "[words]", '[groups]\nall = ["mouth"]\n[words]', "groups.all: 'mouth'"),
        ("codes.csv", "S1,nose_swab", "S1,nose", "row 2: role 'nose'"),
        ("codes.csv", "TOY,", "CPT,", "row 2: code system 'CPT'"),
        ("codes.csv", "code_system,code,role", "system,code,role", "no value for code_system"),
        ("modalities.csv", "LAB,lab", "LAB,labs", "row 2: no modality 'labs'"),
        ("statuses.csv", "orders,done", "order,done", "row 2: table"),
    ],
)
def test_an_error_says_where_and_what(
    toy: Path, file: str, old: str, new: str, message: str
) -> None:
    path = toy / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_procedure_rules(toy)
    assert file in str(error.value)
    assert message in str(error.value)


def test_a_text_rule_must_name_roles_and_words_that_exist(toy: Path) -> None:
    path = toy / "events.toml"
    rule = """
        [[text_rules]]
        id = "t"
        after = ["{0}"]
        role = "other"
        has = ["nose"]
        nowhere = ["{1}"]
        """
    base = path.read_text(encoding="utf-8")
    path.write_text(base + rule.format("nose_swab", "swab"), encoding="utf-8")
    read_procedure_rules(toy)
    for after, nowhere in (("swabs", "swab"), ("nose_swab", "swabs")):
        path.write_text(base + rule.format(after, nowhere), encoding="utf-8")
        with pytest.raises(ConfigError, match="'swabs' is not defined"):
            read_procedure_rules(toy)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"code": "zx7", "description": "XR CHEST"}, "ct"),
        ({"code": "ZX7", "code_system": "RIS"}, "ct"),
        ({"code": "9", "code_system": "cpt-4"}, "mri"),
        ({"code": "9", "code_system": "RIS"}, "unknown"),
        ({"description": "bauch   leer"}, "radiograph"),
        ({"modality": "ROE", "description": "ABDOMEN"}, "radiograph"),
        ({"modality": "TOMO", "description": "ABDOMEN"}, "ct"),
        ({"description": "XR CHEST"}, "radiograph"),
    ],
)
def test_a_sites_words_go_before_all_others(columns: dict[str, str], expected: str) -> None:
    site = Site(
        modalities={"Roe": "X-ray", "TOMO": "ct"},
        procedures=(
            LocalProcedure(code="ZX7", role="ct"),
            LocalProcedure(code="9", code_system="CPT", role="mri"),
            LocalProcedure(description="Bauch leer", role="index_radiograph"),
        ),
    )
    assert classify(FOLDER, site, **columns)[0] == expected


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (Site(modalities={"ROE": "roentgen"}), "modalities.ROE: 'roentgen' is no modality"),
        (Site(statuses={"ANN": "annulled"}), "statuses.ANN: 'annulled' is no status"),
        (
            Site(procedures=(LocalProcedure(code="1", role="ct_scan"),)),
            "procedures, entry 1: role 'ct_scan'",
        ),
    ],
)
def test_a_sites_words_must_mean_something(site: Site, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_procedure_rules(FOLDER, site=site)
    assert message in str(error.value)


def test_a_sites_words_reach_the_word_lists_of_procedures() -> None:
    """Those given to a list, and those of the lists that feed it."""
    columns = {"modality": "CT", "description": "WAIST PROTOCOL"}
    before = read_procedure_rules(FOLDER)
    for name in ("procedure.flank", "place.flank"):
        rules = read_procedure_rules(FOLDER, site=Site(lexicon={name: ("waist",)}))
        kind = classify_procedure(rules, code="", code_system="", **columns)
        assert kind.qualifies and not kind.doubt
    kind = classify_procedure(before, code="", code_system="", **columns)
    assert not (kind.qualifies and not kind.doubt)


def test_a_site_names_its_code_systems() -> None:
    rules = read_procedure_rules(FOLDER, site=Site(code_systems={"Our list": "cpt-4"}))
    assert rules.systems[key_of("our-list")] == "CPT"


@pytest.mark.parametrize(
    ("file", "row", "message"),
    [
        ("codes.csv", "CPT,74176,mri", "'74176' is there twice, above as"),
        ("modalities.csv", "c.t.,mri", "'c.t.' is there twice, above as 'ct'"),
        ("statuses.csv", "orders,No_Show,performed,x", "'No_Show' is there twice, above as"),
        ("statuses.csv", "orders,-,performed,x", "'-' holds no letter and no digit"),
    ],
)
def test_a_word_with_two_meanings_is_refused(tmp_path: Path, file, row, message) -> None:
    folder = tmp_path / "pipeline"
    folder.mkdir()
    for name in ("events.toml", "codes.csv", "modalities.csv", "statuses.csv"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    path = folder / file
    text = path.read_text(encoding="utf-8")
    columns = text.splitlines()[0].split(",")
    line = ",".join([*row.split(","), *[""] * (len(columns) - row.count(",") - 1)])
    path.write_text(text + line + "\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_procedure_rules(folder)
    assert str(caught.value).startswith(f"{path}: row ")
    assert message in str(caught.value)


def test_plain_words_and_keys() -> None:
    assert plain_words("L-SPINE 2V (A/P) & Lat.") == " l spine 2v a p and lat "
    assert plain_words("") == "  "
    assert key_of(" No_Show-") == key_of("no show") == "noshow"


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("l-spine", "XR L SPINE", True),
        ("abd", "ABDUCTION", False),
        ("abd*", "abduction", True),
        ("# view*", "12 VIEWS", True),
        ("#v", "2V", True),
        ("*ectomy", "nephrectomy", True),
        ("a .. b", "a b", True),
        ("a .. b", "a 1 2 3 4 5 6 b", True),
        ("a .. b", "a 1 2 3 4 5 6 7 b", False),
        ("a b", "xa b", False),
    ],
)
def test_phrases(phrase: str, text: str, found: bool) -> None:
    assert bool(phrase_pattern([phrase]).search(plain_words(text))) is found
