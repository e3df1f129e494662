"""Site files: what may stand in one, and how a mistake is answered."""

from pathlib import Path

import pytest
from builders import FLANK

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site, read_site
from auditor.errors import ConfigError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sites"


@pytest.fixture
def write(tmp_path: Path):
    def write_site(text: str) -> Path:
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_site


def test_no_file_gives_defaults() -> None:
    site = read_site(None)
    assert site == Site()
    assert (site.files.encoding, site.files.delimiter, site.dates.order) == ("auto", "auto", "iso")
    assert site.columns.reports == {} and site.windows == {}
    assert site.settings == {}


def test_every_key_is_read() -> None:
    site = read_site(FIXTURES / "full.toml")
    assert site.files.delimiter == ";"
    assert site.columns.reports["patient_id"].names == ("MRN", "OLD_MRN")
    assert site.columns.reports["modality"].value == "CR"
    assert "{why}" in (site.columns.reports["report_text"].template or "")
    assert site.columns.orders["patient_id"].names == ("MRN",)
    assert site.dates.formats == ("%d %b %Y %H:%M",)
    assert site.windows == {"ct_window_days": 45}
    assert site.settings["reference_centers"] == ("Lakeside Main",)
    assert site.statuses == {"Done": "completed"}
    assert site.modalities == {"Plain film": "DX"}
    assert site.code_systems == {"Our codes": "CPT"}
    assert site.facilities == {"LSM": "Lakeside Main"}
    assert site.files.sheets.orders == "Orders 2026"
    assert [(each.code, each.description, each.role) for each in site.procedures] == [
        ("RAD77", "", "ct"),
        ("", "Bx renal R", "biopsy"),
    ]
    assert site.lexicon == {"mass": ("knot",)}
    assert (site.sign_off.approved_by, site.sign_off.date) == ("Dr A. Example", "2026-01-31")
    assert (site.shareable.write, site.shareable.hide_up_to) == (True, 5)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[date]\norder = 'mdy'", "date: unknown key. Did you mean 'dates'?"),
        ("[dates]\nordre = 'mdy'", "dates.ordre: unknown key. Did you mean 'order'?"),
        ("[dates]\norder = 'ymd'", "dates.order: must be 'iso', 'mdy' or 'dmy'."),
        ("[dates]\nformats = ['%d/%m/%y']", "two-digit year (%y), which is refused"),
        ("[dates]\nformats = ['%m/%Y']", "must hold year (%Y), month (%m, %b or %B) and day (%d)"),
        (
            "[shareable]\nhide_upto = 5",
            "shareable.hide_upto: unknown key. Did you mean 'hide_up_to'?",
        ),
        ("[files]\nencoding = 'utf-99'", "'utf-99' is no character encoding known here"),
        ("[files]\nencoding = 'zip'", "'zip' is no character encoding known here"),
        ("[files]\ndelimiter = '::'", "must be one character or one of auto, comma, tab"),
        ("[files]\ndelimiter = '\"'", "must be one character or one of auto, comma, tab"),
        ("[columns.report]\nx = 'y'", "columns.report: unknown key. Did you mean 'reports'?"),
        ("[columns.reports]\nmodality = 7", "columns.reports.modality: give a column name, a list"),
        ("[columns.reports]\nmodality = []", "give a column name, a list of names, {value = ...}"),
        ("[columns.reports]\nmodality = {valeu = 'CR'}", "Did you mean 'value'?"),
        (
            "[columns.reports]\nmodality = {value = 'CR', template = '{a}'}",
            "give a column name, a list of names, {value = ...} or {template = ...}",
        ),
        ("[columns.reports]\nmodality = {template = 'CR'}", "the template names no column"),
        (
            "[columns.reports]\nmodality = ['A', {value = 'CR', template = '{a}'}]",
            "give {value = ...} or {template = ...} after the names",
        ),
        ("[columns.reports]\nmodality = ['A', {template = 'CR'}]", "the template names no column"),
        ("[columns.reports]\nmodality = ''", "columns.reports.modality: must not be empty."),
        (
            "[columns.reports]\nmodality = ['A', ' ']",
            "columns.reports.modality: must not be empty.",
        ),
        ("[columns.reports]\nmodality = {value = ''}", "modality.value: must not be empty."),
        (
            "[files.sheets]\nreport = 'A'",
            "files.sheets.report: unknown key. Did you mean",
        ),
        ("[dates]\nformats = ['%Y-%m-%d %Q']", "holds a code that dates are not read by"),
        (
            "[dates]\ntime_zone = 'Chicago'",
            "'Chicago' is no time zone; write it as America",
        ),
        ("[windows]\nct = '60'", "windows.ct: must be a whole number."),
        ("[windows]\nct = true", "windows.ct: must be a whole number."),
        ("[windows]\nct = -1", "windows.ct: must be 0 or more."),
        ("[settings]\ncenters = ['A', '']", "settings.centers: must not be empty."),
        ("[settings]\ncenters = ['A', 'a']", "settings: centers: 'a' is there twice."),
        ("[settings]\naccepted = 3", "settings.accepted: must be true or false."),
        ("[statuses]\ndone = ''", "statuses.done: must not be empty."),
        (
            "[statuses]\n'No-Show' = 'a'\nno_show = 'b'",
            "statuses: the word 'noshow' is there",
        ),
        ("[statuses]\ndone = 1", "statuses.done: must be text in quotes."),
        ("[facilities]\nRGH = ' '", "facilities.RGH: must not be empty."),
        ("[lexicon]\nmass = []", "lexicon.mass: must not be empty."),
        ("[lexicon]\nmass = ['knot', '']", "lexicon.mass, entry 2: must not be empty."),
        ("[lexicon]\nmass = ['knot', 'Knot']", "lexicon: mass: 'knot' is there twice."),
        ("[lexicon]\nmass = 'knot'", "lexicon.mass: must be a list in square brackets."),
        ("[[procedures]]\ncode = '1'", "procedures, entry 1, role: is missing."),
        ("[[procedures]]\nrole = 'ct'", "procedures, entry 1: give a code or a description."),
        ("[[procedures]]\nrole = ''\ncode = '1'", "procedures, entry 1, role: must not be empty."),
        (
            "[[procedures]]\ncode = 'a1'\nrole = 'ct'\n[[procedures]]\ncode = 'A1'\nrole = 'mri'",
            "procedures: the code 'A1' is there twice.",
        ),
        ("[procedures]\ncode = '1'", "procedures: must be a list in square brackets."),
        (
            "[hl7v2.reports]\naccession = 'OBR18'",
            "accession: 'OBR18' is no place to take it from, as 'OBR-18' or 'PID-3.1' is",
        ),
        (
            "[omop.orders]\nreason = ['why']",
            "reason: 'why' is no place to take it from, as",
        ),
        ("[sql]\nreports = 'DROP TABLE a'", "sql.reports: must be one SELECT"),
        ("[fhir]\ncategory = 'x'", "fhir.category: unknown key. Did you mean 'categories'?"),
        ("[privacy]\nresidual_identifiers = 'mask'", "must be 'report', 'redact' or 'stop'"),
        ("[privacy]\nsample_percent = 101", "privacy.sample_percent: must be"),
        ("name = ", "is not valid TOML: Invalid value (at end of document)."),
        ("[dates]\n[dates]", "is not valid TOML: Cannot declare ('dates',) twice (at line 2"),
    ],
)
def test_a_mistake_is_named_with_its_key(write, text: str, answer: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        read_site(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert answer in said
    assert said.endswith((".", "?")) and "\n" not in said
    assert "Value error" not in said and "Input should" not in said


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes('name = "Zürich"'.encode("cp1252"))
    with pytest.raises(ConfigError, match="is not UTF-8 text; save it as UTF-8"):
        read_site(tmp_path / "site.toml")
    (tmp_path / "site.toml").write_bytes(b"a = " + b"[" * 100_000)
    with pytest.raises(ConfigError, match="is not valid TOML"):
        read_site(tmp_path / "site.toml")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[windows]\nct_windows_days = 5", "windows.ct_windows_days: is no window. Did you mean"),
        ("[windows]\nzz = 5", "windows.zz: is no window. Known windows: ct_window_days,"),
        ("[settings]\nreference_centres = []", "Did you mean 'reference_centers'?"),
        ("[settings]\nreference_centers = true", "settings.reference_centers: must be a list"),
        ("[statuses]\nDone = 'complete d'", ""),
        ("[statuses]\nDone = 'complited'", "statuses.Done: 'complited' is no status. Use one of"),
        ("[modalities]\nFilm = 'DXX'", "modalities.Film: 'DXX' is no modality."),
        ("[code_systems]\nEpic = 'CTP'", "code_systems.Epic: 'CTP' is no code system. Did you"),
        ("[lexicon]\nmas = ['knot']", "lexicon.mas: is no list of words. Did you mean 'mass'?"),
        (
            "[lexicon]\n'procedure.flanks' = ['x']",
            "is no list of events.toml. Did you mean",
        ),
        (
            "[[procedures]]\ncode = '1'\nrole = 'ctt'",
            "procedures, entry 1: role 'ctt' is not defined. Did you mean 'ct'?",
        ),
    ],
)
def test_a_name_that_the_pipeline_lacks_is_told_with_the_site_file(write, text, answer) -> None:
    path = write(text)
    if not answer:
        read_pipeline(FLANK, read_site(path))
        return
    with pytest.raises(ConfigError) as caught:
        read_pipeline(FLANK, read_site(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert answer in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        read_site(tmp_path / "none.toml")


def test_a_site_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Site().name = "other"
