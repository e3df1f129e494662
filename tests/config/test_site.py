"""Site files: what may stand in one, and how a mistake is answered."""

from pathlib import Path

import pytest

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
    assert [(each.code, each.description, each.role) for each in site.procedures] == [
        ("RAD77", "", "ct"),
        ("", "Bx renal R", "biopsy"),
    ]
    assert site.lexicon == {"mass": ("knot",)}
    assert (site.sign_off.approved_by, site.sign_off.date) == ("Dr A. Example", "2026-01-31")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[date]\norder = 'mdy'", "date: unknown key. Did you mean 'dates'?"),
        ("[dates]\nordre = 'mdy'", "dates.ordre: unknown key. Did you mean 'order'?"),
        ("[dates]\norder = 'ymd'", "dates.order: Input should be 'iso', 'mdy' or 'dmy'."),
        ("[dates]\nformats = ['%d/%m/%y']", "two-digit year (%y), which is refused"),
        ("[dates]\nformats = ['%m/%Y']", "must hold year (%Y), month (%m, %b or %B) and day (%d)"),
        ("[files]\nencoding = 'utf-99'", "'utf-99' is no character encoding known here"),
        ("[files]\nencoding = 'zip'", "'zip' is no character encoding known here"),
        ("[files]\ndelimiter = '::'", "must be one character or one of auto, comma, tab"),
        ("[files]\ndelimiter = '\"'", "must be one character or one of auto, comma, tab"),
        ("[columns.report]\nx = 'y'", "columns.report: unknown key. Did you mean 'reports'?"),
        ("[columns.reports]\nmodality = 7", "columns.reports.modality: Value error, give a column"),
        ("[columns.reports]\nmodality = []", "give a column name, a list of names, {value = ...}"),
        ("[columns.reports]\nmodality = {valeu = 'CR'}", "Did you mean 'value'?"),
        (
            "[columns.reports]\nmodality = {value = 'CR', template = '{a}'}",
            "give a column name, a list of names, {value = ...} or {template = ...}",
        ),
        ("[columns.reports]\nmodality = {template = 'CR'}", "the template names no column"),
        ("[windows]\nct = '60'", "windows.ct: Input should be a valid integer."),
        ("[windows]\nct = true", "windows.ct: Input should be a valid integer."),
        ("[[procedures]]\ncode = '1'", "procedures.0.role: is missing."),
        ("[[procedures]]\nrole = 'ct'", "procedures.0: Value error, give a code or a description."),
        ("name = ", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_key(write, text: str, answer: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        read_site(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert answer in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        read_site(tmp_path / "none.toml")


def test_a_site_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Site().name = "other"
