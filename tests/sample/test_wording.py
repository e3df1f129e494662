"""Templates, layouts and settings: small pieces of the generator."""

from __future__ import annotations

import shutil
from random import Random

import pytest
from sample_tables import PIPELINE

from auditor.config.sample import Phrases, Style, StyleSection
from auditor.errors import ConfigError
from auditor.sample.grammar import Grammar
from auditor.sample.layout import lay_out
from auditor.sample.settings import read_sample_settings


def grammar(band: str = "") -> Grammar:
    phrases = Phrases(
        bound=("size",),
        phrases={"size": ("1 cm", "2 cm", "3 cm", "4 cm"), "animal": ("eagle",), "who": ("man",)},
        band={"child": {"who": ("boy",)}},
        choices={},
        fillers={},
    )
    return Grammar(phrases, band)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("a(n) {animal}", "an eagle"),
        ("A(n) {animal} and a(n) {who}", "An eagle and a man"),
        ("a(n) 8 cm stone", "an 8 cm stone"),
        ("{Animal}: {SIDE}", "Eagle: LEFT"),
    ],
)
def test_templates(template, text):
    assert grammar().fill(template, {"side": "left"}, Random(1)) == text


def test_a_band_replaces_phrases():
    assert grammar("child").fill("{who}", {}, Random(1)) == "boy"


def test_a_bound_phrase_is_drawn_once_per_patient():
    values: dict[str, str] = {}
    sizes = {grammar().fill("{size}", values, Random(seed)) for seed in range(20)}
    assert len(sizes) == 1
    assert values["size"] in sizes


def test_an_unknown_slot_is_named():
    with pytest.raises(ConfigError, match="'animals'"):
        grammar().fill("{animals}", {}, Random(1))


SECTIONS = {"exam": ["XR FOOT"], "findings": ["no fracture", "why?"], "impression": ["normal"]}
PARTS = (
    StyleSection(parts=("exam",)),
    StyleSection(parts=("findings",), heading="FINDINGS:", items="numbered"),
    StyleSection(parts=("impression",), heading="IMPRESSION:", items="numbered"),
)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (
            Style(sections=PARTS),
            "XR FOOT\n\nFINDINGS:\n1. No fracture.\n2. Why?\n\nIMPRESSION: Normal.",
        ),
        (
            Style(sections=PARTS[:1] + PARTS[2:], between=" ", upper=True),
            "XR FOOT IMPRESSION: NORMAL.",
        ),
        (
            Style(sections=(StyleSection(parts=("findings", "impression")),), wrap=14),
            "No fracture.\nWhy? Normal.",
        ),
        (
            Style(
                sections=(StyleSection(parts=("findings",), heading="F", items="bullets"),),
                after_heading=": ",
                replace={"fracture": "break"},
            ),
            "F\n- No break.\n- Why?",
        ),
    ],
)
def test_layouts(style, text):
    assert lay_out(SECTIONS, style, {}) == text


def test_opening_closing_and_spelling():
    style = Style(sections=(StyleSection(parts=("findings",)),), between="\n")
    text = lay_out({"findings": ["gray"]}, style, {"ray": "rey"}, opening="Dear", closing="Yours")
    assert text == "Dear\nGrey.\nYours"


@pytest.mark.parametrize("band", ["adult", "child", "infant"])
def test_every_phrase_of_the_pipeline_can_be_filled(band):
    settings = read_sample_settings(PIPELINE)
    values = {"side": "left", "other_side": "right", "exam": "XR"}
    words = Grammar(settings.phrases, band)
    for records in settings.phrases.choices.values():
        for record in records:
            filled = {name: words.fill(text, values, Random(1)) for name, text in record.items()}
            values |= filled
    own = settings.phrases.band.get(band, {})
    for templates in ({**settings.phrases.phrases, **own}).values():
        for template in templates:
            text = words.fill(template, values, Random(1))
            assert not set("{}") & set(text)
            assert "(n)" not in text


def test_there_are_many_styles_and_phrases():
    settings = read_sample_settings(PIPELINE)
    assert sum(style.group == "report" for style in settings.styles.values()) >= 12
    assert sum(len(templates) for templates in settings.phrases.phrases.values()) >= 300


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("stories/others.toml", 'procedure = "rib_film"', 'procedure = "rib"', "procedure.*'rib'"),
        ("case_mix.toml", '"us_block"', '"us_blok"', "style.*'us_blok'"),
        ("recipes/background.toml", 'fillers = "head_ct"', 'fillers = "skull"', "filler.*'skull'"),
        ("styles.toml", 'closing = "signed"', 'closing = "sealed"', "phrase.*'sealed'"),
        ("procedures.toml", 'recipe = "biopsy"', 'recipe = "needle"', "recipe group.*'needle'"),
        ("stories/cases.toml", 'window = "open"', 'windows = "open"', "windows"),
        ("stories/others.toml", '"resected"\ngroup', '"resolved"\ngroup', "'resolved' is used"),
        ("case_mix.toml", "weight = 0.34", "weight = -0.34", "entry 1, weight: must be 0 or more"),
        ("case_mix.toml", "reason_share = 0.7", "reason_share = 7", "reason_share: must be 1 or"),
        ("case_mix.toml", "visits = [1, 4]", "visits = [4, 1]", "visits: must begin with the sm"),
        ("case_mix.toml", 'name = "Riverbend General Hospital"', 'name = ""', "name: must not be"),
    ],
)
def test_a_name_that_does_not_exist_is_named(tmp_path, file, old, new, complaint):
    shutil.copytree(PIPELINE / "sample", tmp_path / "sample")
    path = tmp_path / "sample" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        read_sample_settings(tmp_path)
