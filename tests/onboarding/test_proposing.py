"""A site file from looking at exports: five hospitals with names of their own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from builders import FLANK, pipeline, read_rows, set_up_once, write_table
from odd_hospitals import HOSPITALS, write_hospital
from openpyxl import Workbook

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site, read_site
from auditor.errors import SourceError
from auditor.ingest.canonical import check_files, read_batches
from auditor.job import run_audit
from auditor.onboarding.proposing import propose_site
from auditor.request import Request
from auditor.sample import write_sample

AS_OF = "2026-06-30"
REPORT_KEYS = ("patient_id", "report_id", "exam_datetime", "report_text")
ORDER_KEYS = ("patient_id", "order_id", "order_datetime", "status")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, patients=260, seed=21, pipeline_folder=FLANK, as_of=AS_OF)
    return folder


@pytest.fixture(scope="module")
def proposed(sample, tmp_path_factory):
    """Proposes each hospital's site file once: its exports and the text."""
    made: dict[str, tuple[tuple[str, str], str]] = {}

    def propose(name: str) -> tuple[tuple[str, str], str]:
        if name not in made:
            exports = write_hospital(name, sample, tmp_path_factory.mktemp(name))
            made[name] = (exports, propose_site(sorted(set(exports)), pipeline()).text)
        return made[name]

    return propose


def site_of(text: str) -> Site:
    return Site.model_validate(tomllib.loads(text))


@pytest.mark.parametrize("name", HOSPITALS)
def test_what_is_proposed_reads_every_row(name, proposed) -> None:
    exports, text = proposed(name)
    site = site_of(text)
    read_pipeline(FLANK, site)
    for table, path in zip(("reports", "orders"), exports, strict=True):
        check_files([Path(path)], table, site)
        batches = list(read_batches([Path(path)], table, site))
        aside = [row for batch in batches for row in batch.set_aside]
        assert sum(batch.rows_in for batch in batches) > 500
        assert aside == []


@pytest.mark.parametrize(
    ("name", "table", "column", "source"),
    [
        ("warehouse", "reports", "patient_id", "PAT_MRN_ID"),
        ("warehouse", "reports", "exam_datetime", "EXAM_BEGIN_DTTM"),
        ("warehouse", "reports", "report_text", "{NARRATIVE}\nIMPRESSION: {IMPRESSION}"),
        ("warehouse", "orders", "performed_datetime", "PROC_START_DTTM"),
        ("district", "reports", "accession", "Event No."),
        ("district", "reports", "exam_datetime", "{Date of Exam} {Time of Exam}"),
        ("district", "orders", "reason", "Clinical Details"),
        ("spreadsheet", "reports", "report_id", "Document No"),
        ("spreadsheet", "reports", "accession", "Study No"),
        ("lakehouse", "reports", "report_text", "docFullText"),
        ("lakehouse", "orders", "order_datetime", "requestPlacedTs"),
        ("homemade", "reports", "modality", "dev"),
        ("homemade", "reports", "patient_sex", "mf"),
        ("homemade", "orders", "performed_datetime", "carried"),
    ],
)
def test_columns_are_found_by_name_and_by_content(name, table, column, source, proposed) -> None:
    found = getattr(site_of(proposed(name)[1]).columns, table)[column]
    assert (found.template or found.names[0]) == source


def test_every_guess_says_why_and_what_is_unknown_is_left_to_a_person(proposed) -> None:
    _, text = proposed("warehouse")
    lines = text.splitlines()
    (patient,) = [line for line in lines if line.startswith("patient_id")][:1]
    assert "the name fits, " in patient and "different ids, always filled" in patient
    assert any(line.startswith('order = "mdy"') and "no other reading" in line for line in lines)
    assert any(line.startswith('"Pt no show" = "cancelled"') for line in lines)
    assert any(line.startswith("# TODO BIRTH_DATE may hold dates of birth") for line in lines)
    _, text = proposed("district")
    assert '# TODO "Zugestellt" = ""' in text
    assert "Zugestellt" not in site_of(text).statuses


def test_no_id_and_no_word_of_a_text_is_in_it(proposed, sample) -> None:
    rows = read_rows(sample / "reports.csv")
    for name in HOSPITALS:
        _, text = proposed(name)
        assert not any(row["patient_id"] in text or row["accession"] in text for row in rows)
        assert not any(row["report_text"][:40] in text for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSPITALS)
def test_its_first_audit_finds_the_cases_of_the_sample(name, proposed, sample, tmp_path) -> None:
    """But for what the hospital's export does not tell: offsets of time."""
    (reports, orders), text = proposed(name)
    text = text.replace('# TODO "Zugestellt" = ""', '"Zugestellt" = "completed"')
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    found = {}
    for key, paths, site in (
        ("given", (reports, orders), read_site(tmp_path / "site.toml")),
        ("usual", (str(sample / "reports.csv"), str(sample / "orders.csv")), Site()),
    ):
        with set_up_once():
            request = Request(
                read_pipeline(FLANK, site),
                (paths[0],),
                (paths[1],),
                out=tmp_path / key,
                as_of=AS_OF,
            )
            run_audit(request)
        found[key] = {
            (row["patient_id"], row["index_datetime"][:10]): (row["status"], row["flags"])
            for row in read_rows(tmp_path / key / "cases.csv")
        }
    assert len(found["usual"]) > 40
    assert found["given"].keys() == found["usual"].keys()
    other = [case for case in found["usual"] if found["given"][case] != found["usual"][case]]
    assert len(other) <= 2


# --- what cannot be told --------------------------------------------------------------------------


def small(tmp_path: Path, name: str, **columns: list[str]) -> str:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return str(write_table(tmp_path / name, list(columns), rows))


def test_dates_that_could_be_either_are_left_open(tmp_path) -> None:
    path = small(
        tmp_path,
        "r.csv",
        MRN=["P1", "P2"],
        DOC=["D1", "D2"],
        EXAM_DATE=["03/04/2026", "05/06/2026"],
        REPORT=["No acute finding in this film. " * 5] * 2,
    )
    text = propose_site([path], pipeline()).text
    assert "# TODO none of 2 dates such as 03/04/2026 has a day above 12" in text
    assert site_of(text).dates.order == "iso"


def test_what_is_needed_and_missing_is_replaced_where_it_can_be(tmp_path) -> None:
    path = small(
        tmp_path,
        "o.csv",
        MRN=["P1", "P2", "P1"],
        ACC_NO=["A1", "A2", "A3"],
        STUDY_DATE=["2026-03-04"] * 3,
        EXAM=["CT ABDOMEN", "XR KUB", "MRI BRAIN"],
    )
    site = site_of(propose_site([path], pipeline()).text)
    orders = site.columns.orders
    assert orders["order_id"].names == ("ACC_NO",)
    assert orders["status"].value == "unknown"
    check_files([Path(path)], "orders", site)


def test_two_files_of_one_table_share_a_mapping(tmp_path) -> None:
    text = ["Long report without any finding at all. " * 4] * 2
    paths = [
        small(
            tmp_path,
            "n.csv",
            MRN=["1A", "2B"],
            DOC_ID=["7a", "8b"],
            DT=["2026-01-02"] * 2,
            REPORT=text,
        ),
        small(
            tmp_path,
            "s.csv",
            PATIENT=["1A", "2B"],
            DOC_ID=["7a", "8b"],
            DT=["2026-01-02"] * 2,
            REPORT=text,
        ),
    ]
    site = site_of(propose_site(paths, pipeline()).text)
    assert site.columns.reports["patient_id"].names == ("MRN", "PATIENT")
    check_files([Path(path) for path in paths], "reports", site)


def orders_of(tmp_path: Path, **columns: list[str]) -> str:
    """Sixty orders, with these columns replaced."""
    many = range(60)
    usual = {
        "MRN": [f"P{n % 9}" for n in many],
        "ORD_NO": [f"O{n}" for n in many],
        "ORD_DT": ["2026-01-02"] * 60,
        "STATUS": ["completed"] * 60,
        "MOD": ["CT"] * 60,
        "EXAM": ["CT ABDOMEN"] * 60,
        "SITE": ["North", "South"] * 30,
    }
    return small(tmp_path, "o.csv", **(usual | columns))


def test_procedures_that_nothing_knows_are_left_to_a_person_with_their_rows(tmp_path) -> None:
    names = ["ZZ STUDY 7"] * 40 + ['THE "BIG" ONE'] * 20
    text = propose_site([orders_of(tmp_path, EXAM=names, MOD=[""] * 60)], pipeline()).text
    lines = text.splitlines()
    first = lines.index("# TODO 40 rows: what is it?")
    assert lines[first + 1 : first + 4] == [
        "# [[procedures]]",
        '# description = "ZZ STUDY 7"',
        '# role = ""',
    ]
    assert '# description = "THE \\"BIG\\" ONE"' in lines
    marked = r"# (\[\[procedures\]\])\n# (description = .*)\n# role = \"\""
    site = site_of(re.sub(marked, r'\1\n\2\nrole = "ct"', text))
    assert {entry.description for entry in site.procedures} == set(names)
    read_pipeline(FLANK, site)


def test_modalities_are_guessed_where_the_word_names_one(tmp_path) -> None:
    words = ["Computed tomography unit 2"] * 30 + ["Gizmo"] * 30
    site_text = propose_site([orders_of(tmp_path, MODALITY=words, MOD=[""] * 60)], pipeline()).text
    assert site_of(site_text).modalities == {"Computed tomography unit 2": "ct"}
    assert '# TODO "Gizmo" = ""   # 30 rows' in site_text


def test_facilities_are_listed_to_be_renamed(tmp_path) -> None:
    text = propose_site([orders_of(tmp_path)], pipeline()).text
    assert '# "North" = "North"   # 30 rows' in text


def test_long_lists_are_cut_and_counted(tmp_path) -> None:
    words = [f"State {chr(97 + n % 26)}{n // 26}" for n in range(60)]
    table = {**{"STATUS": words * 4}, "ORD_NO": [f"O{n}" for n in range(240)]}
    usual = {"MRN": ["P1", "P2"] * 120, "ORD_DT": ["2026-01-02"] * 240, "EXAM": ["CT"] * 240}
    text = propose_site([small(tmp_path, "o.csv", **usual, **table)], pipeline()).text
    assert "# TODO 30 more: see `auditor check`." in text


@pytest.mark.parametrize("kind", ["hl7v2", "fhir"])
def test_messages_and_resources_need_no_columns(tmp_path, kind) -> None:
    write_sample(tmp_path, patients=4, seed=2, pipeline_folder=FLANK, as_of=AS_OF, kind=kind)
    files = sorted(str(path) for path in (tmp_path / kind).iterdir())
    proposal = propose_site(files, pipeline())
    assert all(", needs no columns to be named" in line for line in proposal.tables)
    assert site_of(proposal.text).columns == Site().columns
    assert proposal.exports == tuple(files)


def test_a_workbook_with_two_sheets_of_reports_says_which_is_read(tmp_path) -> None:
    path = Path(orders_of(tmp_path))
    rows = [line.split(",") for line in path.read_text().splitlines()]
    book = Workbook()
    book.remove(book.active)
    for name in ("2025", "2026"):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "o.xlsx")
    text = propose_site([str(tmp_path / "o.xlsx")], pipeline()).text
    assert site_of(text).files.sheets.orders == "2025"
    assert '# TODO the sheet "2026" holds orders too: save it as a file' in text


# --- a hospital that has changed its systems ------------------------------------------------------

LONG = "Supine film. Bowel gas is unremarkable and nothing else is to be seen of the abdomen."


@pytest.fixture
def systems(tmp_path) -> list[str]:
    """Reports of an old and of a new system, orders of two, and a list that is neither."""
    many = range(30)
    old = {
        "PatNr": [f"P{n % 9}" for n in many],
        "Ev_Key": [f"A{n}" for n in many],
        "DocNr": [f"D{n}" for n in many],
        "Ev_Dt": ["2025-01-02 10:00:00"] * 30,
        "Rep_St": ["AUTH", "PROV", "AMND"] * 10,
        "Exam": ["XR KUB", "CT ABDOMEN"] * 15,
        "Rep_Txt": [f"{LONG} {n}" for n in many],
    }
    new = {
        "Patient Pseudonym": [f"P{n % 9}" for n in many],
        "Order Filler #": [f"A{n + 30}" for n in many],
        "Report UID": [f"D{n + 30}" for n in many],
        "Exam Date": ["2026-01-02 10:00:00"] * 30,
        "Report Status": ["Final"] * 30,
        "Exam Title": ["XR KUB", "CT ABDOMEN"] * 15,
        "Findings": [f"{LONG} {n}" for n in many],
        "Conclusion": [f"There is no cause for alarm in film {n}." for n in many],
        "Age (yrs)": ["52"] * 30,
    }
    orders = {
        "PT_PSEUDO": [f"P{n % 9}" for n in range(60)],
        "ORD_SK": [f"O{n}" for n in range(60)],
        "ACC_NO": [f"A{n}" for n in range(60)],
        "ORD_PLACED_TS": ["2025-01-01 10:00:00"] * 60,
        "ORD_STS_CD": ["CM"] * 60,
        "PROC_DISP": ["XR KUB", "CT ABDOMEN"] * 30,
    }
    suite = {
        "pseudonym": [f"P{n}" for n in range(7)],
        "caseNo": [f"C{n}" for n in range(7)],
        "accession": [f"A{n}" for n in range(7)],
        "bookedOn": ["2025-01-01"] * 7,
        "doneOn": ["2025-01-03"] * 7,
        "procedureText": ["CT GUIDED BIOPSY KIDNEY"] * 7,
    }
    patients = {"pseudo": [f"P{n}" for n in range(9)], "born": ["1970"] * 9}
    made = {"old": old, "new": new, "orders": orders, "suite": suite, "patients": patients}
    return [small(tmp_path, f"{name}.csv", **columns) for name, columns in made.items()]


def test_files_of_different_systems_share_one_site_file(systems) -> None:
    proposal = propose_site(systems, pipeline())
    site, reports = site_of(proposal.text), {}
    for path in systems[:2]:
        (batch,) = read_batches([Path(path)], "reports", site)
        assert not batch.set_aside
        reports[Path(path).name] = batch.rows.to_pylist()[0]
    assert reports["old.csv"]["report_text"] == f"{LONG} 0"
    assert reports["new.csv"]["report_text"] == (
        f"FINDINGS: {LONG} 0\nIMPRESSION: There is no cause for alarm in film 0."
    )
    assert [row["patient_age"] for row in reports.values()] == ["", "52"]
    assert "old.csv: not found" in proposal.text
    for path in systems[2:4]:
        (batch,) = read_batches([Path(path)], "orders", site)
        assert not batch.set_aside


def test_an_accession_is_known_by_the_values_that_reports_and_orders_share(systems) -> None:
    text = propose_site(systems, pipeline()).text
    found = site_of(text).columns.reports["accession"].names
    assert set(found) == {"Ev_Key", "Order Filler #"}
    assert "old.csv: 100% of its values stand in orders.csv too" in text
    alone = propose_site(systems[:1], pipeline()).text
    assert "# TODO old.csv: nothing was found for accession, which joins a" in alone


def test_a_short_table_has_ids_of_its_own(systems) -> None:
    text = propose_site(systems, pipeline()).text
    assert site_of(text).columns.orders["order_id"].names == ("ORD_SK", "caseNo")


def test_local_words_under_a_name_that_fits_are_listed_to_be_mapped(systems) -> None:
    text = propose_site(systems, pipeline()).text
    assert set(site_of(text).columns.reports["report_status"].names) == {"Rep_St", "Report Status"}
    assert '# TODO "AUTH" = ""   # 10 rows' in text


def test_what_is_neither_reports_nor_orders_is_not_to_be_checked(systems) -> None:
    proposal = propose_site(systems, pipeline())
    assert "patients.csv: neither reports nor orders, left out" in proposal.tables
    assert proposal.exports == tuple(sorted(systems[:4]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("colour,size\nred,3\n", "neither reports nor orders can be found in it"),
        ("P1,2026-01-02,17\nP2,2026-01-03,18\n", "its first line looks like data"),
    ],
)
def test_what_is_no_export_is_told(tmp_path, content, sentence) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(SourceError, match=sentence):
        propose_site([str(tmp_path / "x.csv")], pipeline())
