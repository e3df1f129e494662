"""verdicts.toml: what is checked when it is read, and what a site may lay over it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from auditor.config.site import Site
from auditor.config.verdicts import VerdictRules, read_verdict_rules
from auditor.errors import ConfigError

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
TEXT = (PIPELINE / "verdicts.toml").read_text(encoding="utf-8")


def read(text: str, folder: Path) -> VerdictRules:
    (folder / "verdicts.toml").write_text(text, encoding="utf-8")
    return read_verdict_rules(folder)


def site(windows: dict[str, int | None] | None = None, **settings: object) -> Site:
    return Site.model_validate({"windows": windows or {}, "settings": settings})


def test_contract_codes_in_contract_order() -> None:
    rules = read_verdict_rules(PIPELINE)
    assert [flag.code for flag in rules.flags] == [
        "skipped_ct",
        "mri_first",
        "biopsy_before_imaging",
        "ct_delayed",
    ]
    assert [one.code for one in rules.exclusions] == ["prior_ct", "prior_workup", "known_diagnosis"]
    assert rules.pathway.firsts == ("ct", "mri", "biopsy")


def test_defaults() -> None:
    rules = read_verdict_rules(PIPELINE)
    days = {name: window.days for name, window in rules.windows.items()}
    assert days == {
        "ct_window_days": 60,
        "ct_window_days_pediatric": None,
        "episode_days": 180,
        "lookback_days": 90,
        "older_ct_days": 365,
        "slow_days": 30,
        "slow_days_pediatric": 14,
        "pathology_join_days": 7,
    }
    assert rules.settings == {"pediatric_mri_accepted": False, "reference_centers": ()}
    assert rules.required_window(child=True) == rules.required_window(child=False) == 60


def test_every_statement_is_used_and_says_its_standing() -> None:
    rules = read_verdict_rules(PIPELINE)
    coded = [*rules.exclusions, *rules.flags, *rules.exceptions, *rules.advisories]
    used = {rule.statement for rule in coded}
    used |= {getattr(rules.reviews, name).statement for name in type(rules.reviews).model_fields}
    assert used - {""} == set(rules.statements)
    for flag in rules.flags:
        assert flag.statement, flag.code


def test_specimen_rules_are_rules_of_events() -> None:
    events = tomllib.loads((PIPELINE / "events.toml").read_text(encoding="utf-8"))
    ids = {rule["id"] for rule in (*events["rules"], *events["text_rules"])}
    specimen = read_verdict_rules(PIPELINE).pathway.specimen
    assert specimen is not None and set(specimen.rules) <= ids


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("days = 60", "dyas = 60", ["windows", "dyas", "days"]),
        ("days = 60", "days = -1", ["windows.ct_window_days.days"]),
        ("days = 60\n", "", ["windows.ct_window_days", "'days' is missing"]),
        ('template = "precedence"', 'template = "presedence"', ["flags, entry 2, template"]),
        (
            'event = "mri"\nclause',
            "clause",
            ["mri_first: 'event' goes with the template 'precedence' alone"],
        ),
        ('until = "episode_days"', 'until = "episode_day"', ["Did you mean 'episode_days'"]),
        ('lifts = ["skipped_ct"]', 'lifts = ["skiped_ct"]', ["Did you mean 'skipped_ct'"]),
        ('statement = "ct-first"', 'statement = "ct-frist"', ["skipped_ct", "'ct-first'"]),
        ('required = "ct"', 'required = "cat"', ["kind of event 'cat'"]),
        ('flag = "mri_first"', "", ["pediatric_mri_pathway", "'flag'"]),
        ('setting = "reference_centers"', 'setting = "centers"', ["setting 'centers'"]),
        ('test = "slow"', 'test = "slowly"', ["advisories", "test"]),
        ("[pathway]\n", "[pathway]\nrequierd = 1\n", ["Did you mean 'required'"]),
        ('code = "mri_first"', 'code = "skipped_ct"', ["flags: the code 'skipped_ct'"]),
        ('code = "mri_first"', 'code = ""', ["flags, entry 2, code: must not be empty"]),
    ],
)
def test_errors_name_file_and_key(old: str, new: str, words: list[str], tmp_path: Path) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        read(TEXT.replace(old, new, 1), tmp_path)
    message = str(caught.value)
    assert "verdicts.toml" in message
    for word in words:
        assert word in message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="verdicts.toml"):
        read_verdict_rules(tmp_path)


def test_a_site_changes_windows() -> None:
    windows: dict[str, int | None] = {"ct_window_days": 30, "ct_window_days_pediatric": 14}
    rules = read_verdict_rules(PIPELINE, site=site(windows))
    assert rules.required_window(child=True) == 14
    assert rules.required_window(child=False) == 30
    assert rules.days("episode_days") == 180


def test_a_site_unsets_an_optional_window() -> None:
    rules = read_verdict_rules(PIPELINE, site=site({"ct_window_days_pediatric": None}))
    assert rules.required_window(child=True) == 60
    with pytest.raises(ConfigError, match="'ct_window_days_pediatric' is unset, and a rule needs"):
        rules.days("ct_window_days_pediatric")


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ({"ct_windows_days": 30}, "Did you mean 'ct_window_days'"),
        ({"nothing_like_it": 30}, "Known windows: ct_window_days,"),
        ({"episode_days": None}, "windows.episode_days: needs a number"),
    ],
)
def test_wrong_windows_of_a_site(windows: dict[str, int | None], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_verdict_rules(PIPELINE, site=site(windows))


def test_a_site_changes_settings() -> None:
    chosen = site(pediatric_mri_accepted=True, reference_centers=("South",))
    rules = read_verdict_rules(PIPELINE, site=chosen)
    assert rules.settings == {"pediatric_mri_accepted": True, "reference_centers": ("South",)}


def test_what_a_site_leaves_open_stays(tmp_path: Path) -> None:
    own = TEXT.replace("reference_centers = []", 'reference_centers = ["North"]')
    (tmp_path / "verdicts.toml").write_text(own, encoding="utf-8")
    rules = read_verdict_rules(tmp_path, site=Site())
    assert rules.settings == {"pediatric_mri_accepted": False, "reference_centers": ("North",)}
    assert rules.windows == read_verdict_rules(tmp_path).windows
