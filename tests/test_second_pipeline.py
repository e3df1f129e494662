"""A toy pipeline of another disease runs through the same engine: nothing is taken for granted."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from builders import TOY, Row, audit_folder, pipeline, read_rows

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site, read_site
from auditor.errors import ConfigError

AS_OF = "2025-12-31"
FIRST = "2025-03-01"

# What each invented patient of `examples/` comes to: status, flags, reason, days to the scan, what
# came before the bronchoscopy, notes.
EXPECTED: dict[str, tuple[str, str, str, str, str, str]] = {
    "bases_only": ("compliant", "", "", "12", "", "base_only"),
    "day30": ("compliant", "", "", "30", "", "slow_scan"),
    "day31": ("non_compliant", "late_scan", "", "31", "", ""),
    "elsewhere": ("needs_review", "no_scan", "", "", "", ""),
    "hedged": ("needs_review", "no_scan", "", "", "", "nothing_later"),
    "in_order": ("compliant", "", "", "20", "", "wall_not_told;slow_scan"),
    "known": ("excluded", "", "nodule_known", "", "", ""),
    "met": ("compliant", "", "", "10", "", ""),
    "never": ("non_compliant", "no_scan", "", "", "", "nothing_later"),
    "open": ("pending", "", "", "", "", ""),
    "palliative": ("excepted", "no_scan", "palliative", "", "", "nothing_later"),
    "pet_between": ("non_compliant", "scope_first", "", "9", "pet_only", ""),
    "scan_then_scope": ("compliant", "", "", "2", "scan", ""),
    "scanned_before": ("excluded", "", "earlier_scan", "", "", ""),
    "scope_before": ("non_compliant", "scope_first", "", "8", "nothing", ""),
    "twice": ("compliant", "", "", "4", "", ""),
    "which_scope": ("needs_review", "scope_first;no_scan", "", "", "nothing", ""),
}
COLUMNS = (
    "case_id,patient_id,index_report_id,index_datetime,facility,age_group,certainty,laterality,"
    "nodule_source,status,flags,advisories,exclusion_reason,first_thorax_scan_datetime,"
    "first_bronchoscopy_datetime,days_to_thorax_scan,bronchoscopy_prior_imaging,pathway,"
    "nodule_evidence,cavitation_evidence"
)
# Words of the bundled pipeline that no output of another one may hold.
FOREIGN = re.compile(r"\b\w*(?:mass|calcif|flank|renal|biops|mri|radiograph)\w*", re.IGNORECASE)


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    audit_folder(TOY / "examples", folder, rules=TOY, as_of=AS_OF)
    return folder


@pytest.fixture(scope="module")
def cases(out) -> dict[tuple[str, str], Row]:
    """Cases by patient and date of the index film."""
    rows = read_rows(out / "cases.csv")
    return {(row["patient_id"], row["index_datetime"][:10]): row for row in rows}


def test_columns_are_formed_from_the_pipelines_own_keys(out) -> None:
    assert (out / "cases.csv").read_text(encoding="utf-8").splitlines()[0] == COLUMNS


@pytest.mark.parametrize("patient", EXPECTED)
def test_each_patient_gets_the_toys_verdict(cases, patient) -> None:
    row = next(row for (name, _), row in cases.items() if name == patient)
    assert (
        row["status"],
        row["flags"],
        row["exclusion_reason"],
        row["days_to_thorax_scan"],
        row["bronchoscopy_prior_imaging"],
        row["advisories"],
    ) == EXPECTED[patient]


def test_no_other_film_is_a_case(cases) -> None:
    assert {patient for patient, _ in cases} == set(EXPECTED)
    known = {row["patient_id"] for row in read_rows(TOY / "examples" / "reports.csv")}
    assert known - set(EXPECTED) == {"not_cavitating", "bulla", "asked", "knee"}


def test_an_episode_is_as_long_as_the_toy_says(cases) -> None:
    assert [day for patient, day in cases if patient == "twice"] == [FIRST, "2025-06-30"]


def test_sentences_sides_and_sources_are_told(cases) -> None:
    row = cases["scope_before", FIRST]
    assert row["nodule_evidence"] == "A nodule in the left lower zone."
    assert row["cavitation_evidence"] == "It contains a cavity."
    assert (row["laterality"], row["nodule_source"]) == ("left", "report")
    assert cases["in_order", FIRST]["nodule_source"] == "order"
    assert cases["hedged", FIRST]["certainty"] == "possible"
    assert cases["pet_between", FIRST]["pathway"] == (
        "CXR → PET (3 d) → bronchoscopy (5 d) → CT chest (9 d)"
    )


def test_a_nodule_that_is_only_asked_for_is_a_near_miss(out) -> None:
    assert [row["patient_id"] for row in read_rows(out / "near_misses.csv")] == ["asked"]


def test_no_output_speaks_of_the_bundled_pipeline(out) -> None:
    with zipfile.ZipFile(out / "compliance.xlsx") as book:
        sheets = [
            "".join(re.findall(r">([^<]+)<", book.read(name).decode()))
            for name in book.namelist()
            if name.startswith("xl/worksheets/sheet")
        ]
    texts = [path.read_text(encoding="utf-8") for path in out.iterdir() if path.suffix != ".xlsx"]
    assert len(sheets) >= 14
    for text in (*sheets, *texts):
        assert FOREIGN.findall(text) == []


def test_every_flag_exclusion_exception_and_note_of_the_toy_is_met(cases) -> None:
    """But the one that needs a setting of the site."""
    rules = pipeline(TOY).verdicts
    coded = (*rules.exclusions, *rules.flags, *rules.exceptions, *rules.advisories)
    told = {
        code
        for row in cases.values()
        for name in ("flags", "advisories", "exclusion_reason")
        for code in row[name].split(";")
    }
    assert {rule.code for rule in coded} - told == {"scan_advised", "scope_not_by_experts"}


# --- a site's choices -----------------------------------------------------------------------------


def run_with(tmp_path: Path, text: str) -> dict[str, Row]:
    """The toy's cases by patient, with a site's choices."""
    (tmp_path / "site.toml").write_text(text)
    rules = read_pipeline(TOY, read_site(tmp_path / "site.toml"))
    audit_folder(TOY / "examples", tmp_path / "out", rules=rules, as_of=AS_OF)
    return {row["patient_id"]: row for row in read_rows(tmp_path / "out" / "cases.csv")}


def test_a_site_sets_the_toys_windows(tmp_path) -> None:
    rows = run_with(tmp_path, "windows = { scan_days = 5 }")
    assert rows["scope_before"]["flags"] == "late_scan;scope_first"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("windows = { scan_dayz = 5 }", "scan_days"),
        ('lexicon = { mass = ["blob"] }', "nodule, place.apex"),
        ('statuses = { fertig = "done" }', "performed"),
        ('procedures = [{ code = "X", role = "mri" }]', "bronchoscopy"),
        ('modalities = { MRT = "mri" }', "nuclear"),
    ],
)
def test_a_site_learns_which_names_the_toy_has(tmp_path, text, known) -> None:
    with pytest.raises(ConfigError, match=known):
        run_with(tmp_path, text)


def test_a_site_sets_what_the_toy_lets_it_set(tmp_path) -> None:
    rows = run_with(tmp_path, 'settings = { expert_centers = ["South"] }')
    assert rows["scope_before"]["advisories"] == "scope_not_by_experts"


# --- a folder that does not fit together ----------------------------------------------------------

# What is written wrong: file, old, new, and a word that the message must hold.
WRONG = [
    ("pipeline.toml", 'index_kind = "chest_film"', 'index_kind = "chest_fim"', "chest_fim"),
    ("pipeline.toml", 'known_remark = "nodule_known"', 'known_remark = "nodule_no"', "nodule_no"),
    ("pipeline.toml", 'advice_remark = "advice"', 'advice_remark = "advise"', "advise"),
    ("verdicts.toml", 'index = "chest_film"', 'index = "pet"', "index"),
    ("verdicts.toml", 'exception = "excused"', 'exception = "excusd"', "excusd"),
    ("verdicts.toml", 'code = "palliative"', 'code = "paliative"', "paliative"),
    ("verdicts.toml", 'thorax_scan = "CT chest"', 'pet_scan = "CT chest"', "thorax_scan"),
    ("workbook.toml", 'parts = ["nodule"', 'parts = ["nodul"', "nodul"),
    ("workbook.toml", 'source_part = "nodule"', 'source_part = "nodul"', "nodul"),
    ("workbook.toml", 'required = "thorax_scan"', 'required = "pet"', "required"),
    ("workbook.toml", 'firsts = ["thorax_scan", ', 'firsts = ["thorax", ', "thorax"),
    ("workbook.toml", 'prior = "bronchoscopy"', 'prior = "bronchoscope"', "bronchoscope"),
    ("lexicon/nodule.toml", 'role = "lesion"', 'role = "sign"', "role"),
    ("lexicon/cavitation.toml", 'key = "cavitation"', 'key = "nodule"', "nodule"),
    ("lexicon/nodule.toml", 'implies = "lung"', 'implies = "lnug"', "lnug"),
    ("lexicon/remarks.toml", 'values = "next_steps"', 'values = "next_stps"', "next_stps"),
    ("lexicon/remarks.toml", 'events = ["thorax_scan"]', 'events = ["thorax_scn"]', "thorax_scn"),
    ("events.toml", '"which_site"', '"which_sit"', "which_sit"),
    ("events.toml", 'role = "bronchoscopy"\nhas', 'role = "bronchoscope"\nhas', "bronchoscope"),
    ("statuses.csv", "completed,performed", "completed,perfomed", "perfomed"),
    ("codes.csv", "T-100,chest_film", "T-100,chest_fim", "chest_fim"),
]


@pytest.mark.parametrize(("file", "old", "new", "word"), WRONG)
def test_a_name_that_another_file_does_not_give_is_refused(tmp_path, file, old, new, word) -> None:
    folder = tmp_path / "bad_toy"
    shutil.copytree(TOY, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(Path(file).name)) as raised:
        read_pipeline(folder, Site())
    assert word in str(raised.value)
