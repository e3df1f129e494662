"""A pipeline folder as a whole: what is read, what its digest covers, how a mistake is answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from broken_folders import answer_to
from builders import FLANK, pipeline

from auditor.config.pipeline import folder_digest, read_pipeline
from auditor.config.site import Site
from auditor.errors import ConfigError

FILE = "pipeline.toml"


def test_the_bundled_folder_is_read_in_full() -> None:
    read = pipeline()
    assert read.file.name == FLANK.name
    assert read.digest == folder_digest(FLANK)
    assert read.cases.part_order == ("mass", "calcification")
    assert (read.cases.lesion_key, read.cases.sign_key) == read.cases.part_order
    assert read.cases.index_kind == "radiograph"
    assert set(read.cases.levels.values()) == {"upper", "lower"}
    assert {"liver", "spleen"} <= read.cases.organs
    assert "upper_quadrant" in read.cases.quadrants and "flank" not in read.cases.quadrants


def test_the_digest_covers_names_and_contents_of_all_files(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    shutil.copytree(FLANK, folder)
    digest = folder_digest(FLANK)
    assert folder_digest(folder) == digest
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert folder_digest(folder) == digest
    notice = folder / "NOTICE.md"
    notice.write_bytes(notice.read_bytes() + b" ")
    assert folder_digest(folder) != digest
    shutil.copy(FLANK / "NOTICE.md", notice)
    notice.rename(folder / "NOTICE.txt")
    assert folder_digest(folder) != digest


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: is no pipeline folder"):
        read_pipeline(tmp_path / "nowhere", Site())
    with pytest.raises(ConfigError, match=r"pipeline\.toml: cannot be read"):
        read_pipeline(tmp_path, Site())


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("lesion = ", "lesions = ", "lesion: is missing."),
        ('title = "', 'titel = "x"\ntitle = "', "titel: unknown key. Did you mean 'title'?"),
        ('version = "', 'version = 3 # "', "version: must be text in quotes."),
        ('index_kind = "radiograph"', 'index_kind = "xray"', "index_kind: 'xray' "),
        ('"known_diagnosis"', '"known"', "known_remark: 'known' "),
        ('"recommendation"', '"advice"', "advice_remark: 'advice' "),
        ("name = ", "name = = ", "is not valid TOML: "),
        ('name = "', 'name = "" # "', "name: must not be empty."),
    ],
)
def test_a_mistake_is_answered_with_file_and_key(
    tmp_path: Path, old: str, new: str, answer: str
) -> None:
    assert answer in answer_to(tmp_path, FILE, old, new)


@pytest.mark.parametrize(
    ("file", "old", "new", "answer"),
    [
        ("workbook.toml", 'title = "Summary"', 'title = "Sum/mary"', "must be without [ ] : *"),
        (
            "workbook.toml",
            'heading = "Patient"',
            'heading = "Case id"',
            "two columns of the case sheet have the heading 'case id'",
        ),
        ("events.toml", "shape = '^([0-9]", "shape = '^(?:[0-9]", "has no group in brackets that"),
        (
            "statuses.csv",
            ",performed",
            ",perfomed",
            "no status 'perfomed'. Did you mean 'performed'",
        ),
        (
            "lexicon/remarks.toml",
            "a_ct = '(?:{ct_region}",
            "a_ct = '(?:{no_such_term}",
            "the term {no_such_term} is not defined (or only further down)",
        ),
        (
            "lexicon/remarks.toml",
            "a_ct = '(?:{ct_region}",
            "a_ct = '(?:OSH|{ct_region}",
            "must be in lower case, as the text is when it runs",
        ),
        (
            "lexicon/remarks.toml",
            "a_ct = '(?:{ct_region}",
            "a_ct = '(?:(?<!a)b|{ct_region}",
            "is no regular expression of the RE2 subset",
        ),
        (
            "lexicon/remarks.toml",
            'values = "diagnoses"',
            'values = "diagnosis"',
            "names 'diagnosis', not in [value_sets]",
        ),
        (
            "statuses.csv",
            "orders,abandoned",
            "order,abandoned",
            "row 2: table must be 'orders' or 'reports'.",
        ),
        ("statuses.csv", "orders,aborted,not_performed,", "#", "row 3: no value for word, status"),
        (
            "codes.csv",
            "10004,unnamed_biopsy",
            "10004,unnamed_biopsie",
            "row 2: role 'unnamed_biopsie' is not in events.toml. Did you mean 'unnamed_biopsy'?",
        ),
        ("events.toml", 'drug = ["chemo*",', 'drug = ["-",', "holds no word: '-'"),
    ],
)
def test_a_mistake_in_any_file_is_answered(tmp_path: Path, file, old, new, answer) -> None:
    assert answer in answer_to(tmp_path, file, old, new)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("[]", "must hold a table of keys, not a list."),
        ("[" * 100_000, "is not valid JSON: nested too deeply."),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: str, answer: str) -> None:
    name = "section_rules.json"
    whole = (FLANK / name).read_text(encoding="utf-8")
    assert answer_to(tmp_path, name, whole, content) == answer


def test_the_sign_needs_a_key_of_its_own(tmp_path: Path) -> None:
    said = answer_to(
        tmp_path, "lexicon/calcification.toml", 'key = "calcification"', 'key = "mass"'
    )
    assert said == "part.key: 'mass' is the lesion's key too; give it its own."


def test_a_list_that_is_no_text_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(FLANK, folder)
    (folder / "statuses.csv").write_bytes(b"table,word,status\n\xff,a,b\n")
    with pytest.raises(ConfigError, match=r"statuses\.csv: is no CSV file in UTF-8"):
        read_pipeline(folder, Site())


def test_a_lexicon_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(FLANK, folder)
    (folder / "lexicon" / "flank_mass.toml").unlink()
    with pytest.raises(ConfigError, match=r"flank_mass\.toml: cannot be read"):
        read_pipeline(folder, Site())
