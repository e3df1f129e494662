"""`workbook.toml`: what is wrong with it is said with file and key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from auditor.config.workbook import EXTRA_CASE_COLUMNS, SHEET_KEYS, read_workbook_labels
from auditor.errors import ConfigError

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
SMALL = """
title = "Nodules"
[keys]
parts = ["nodule"]
source_part = "nodule"
firsts = ["pet"]
required = "pet"
prior = "pet"
"""


def read(folder: Path, text: str):
    (folder / "workbook.toml").write_text(text, encoding="utf-8")
    return read_workbook_labels(folder)


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    labels = read(tmp_path, SMALL)
    assert labels.column("index_datetime").heading == "Index datetime"
    assert labels.word("status", "non_compliant") == "Non compliant"
    assert [sheet.key for sheet in labels.sheets] == list(SHEET_KEYS)
    assert labels.case_columns()[-1] == "nodule_evidence"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel = 'x'\n" + SMALL, "titel: unknown key. Did you mean 'title'"),
        (SMALL.replace('required = "pet"\n', ""), "keys.required: is missing"),
        (
            SMALL + "[words]\ndenominater = 'x'",
            "denominater: unknown key. Did you mean 'denominator'",
        ),
        (
            SMALL + "[words]\ncut_off = 'Data to {asof}'",
            "cut_off: there is nothing to fill in for {asof}",
        ),
        (
            SMALL + "[[methods]]\nheading = 'x'\nparagraphs = ['{days} days']",
            "there is nothing to fill in for {days}",
        ),
        (SMALL + "[palette]\nheader = 'blue'", "palette.header"),
        (SMALL + "[columns]\nstatus = { heading = 'Sta[tus]' }", "columns.status.heading"),
        (SMALL + "[[sheets]]\nkey = 'summary'\ntitle = 'Sum'", "sheets must list each of"),
        (
            "case_sheet_columns = ['status']\n" + SMALL,
            "case_sheet_columns must list every contract column once",
        ),
        (
            SMALL
            + "[columns]\nflags = { heading = 'Flags', type = 'codes', codes = 'flag' }\n"
            + "[codes.flag]\na = { word = 'Late' }\nb = { word = 'Very late' }",
            "'Late' must hold no ';' and not be part of another word",
        ),
        (
            SMALL + "[codes.status]\na = { word = 'Same' }\nb = { word = 'same' }",
            "codes.status: 'same' is the word of two codes",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)
    assert "workbook.toml" in str(caught.value)


def test_two_equal_titles(tmp_path: Path) -> None:
    sheets = "".join(f"[[sheets]]\nkey = '{key}'\ntitle = 'Same'\n" for key in SHEET_KEYS)
    with pytest.raises(ConfigError, match="two sheets have the same title"):
        read(tmp_path, SMALL + sheets)


def test_the_pipeline_explains_every_column_of_every_output() -> None:
    from auditor.ingest.schema import SetAside
    from auditor.workbook.tables import (
        CHANGE_COLUMNS,
        EVENT_COLUMNS,
        FINDING_COLUMNS,
        GROUND_COLUMNS,
        IDENTIFIER_COLUMNS,
        near_miss_columns,
    )

    labels = read_workbook_labels(PIPELINE)
    used = {
        *labels.case_columns(),
        *EXTRA_CASE_COLUMNS,
        *near_miss_columns(labels),
        *EVENT_COLUMNS,
        *FINDING_COLUMNS,
        *GROUND_COLUMNS,
        *IDENTIFIER_COLUMNS,
        *(field.name for field in fields(SetAside)),
        *CHANGE_COLUMNS,
    }
    assert set(labels.columns) == used
    assert all(label.meaning for label in labels.columns.values())


def test_every_group_of_codes_that_a_column_names_is_there() -> None:
    labels = read_workbook_labels(PIPELINE)
    named = {label.codes for label in labels.columns.values() if label.codes}
    assert named - set(labels.codes) == {"remark", "section"}
