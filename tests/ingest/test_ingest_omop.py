"""OMOP CDM 5.4 tables, from CSV files and from a database: the same rows from both."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import pytest
from export_files import Read, read

from auditor.config.formats import CommonModel
from auditor.config.site import Site
from auditor.errors import ConfigError, SourceError

Table = list[dict[str, str]]
CONCEPTS = [
    {
        "concept_id": "2211411",
        "concept_name": "Radiologic examination, abdomen; 1 view",
        "vocabulary_id": "CPT4",
        "concept_code": "74018",
    },
    {
        "concept_id": "4163872",
        "concept_name": "Plain X-ray of abdomen",
        "vocabulary_id": "SNOMED",
        "concept_code": "168831008",
    },
    {"concept_id": "1", "concept_name": "Of no use", "vocabulary_id": "X", "concept_code": "1"},
]
TABLES: dict[str, Table] = {
    "person": [
        {
            "person_id": "7",
            "gender_concept_id": "8532",
            "year_of_birth": "2000",
            "month_of_birth": "1",
            "day_of_birth": "2",
            "person_source_value": "0042",
            "gender_source_value": "F",
        }
    ],
    "visit_occurrence": [
        {"visit_occurrence_id": "3", "person_id": "7", "visit_concept_id": "0", "care_site_id": "5"}
    ],
    "care_site": [{"care_site_id": "5", "care_site_name": "North Hospital"}],
    "procedure_occurrence": [
        {
            "procedure_occurrence_id": "11",
            "person_id": "7",
            "procedure_concept_id": "4163872",
            "procedure_date": "2025-01-02",
            "procedure_datetime": "2025-01-02 03:04:05",
            "visit_occurrence_id": "3",
            "procedure_source_value": "74018",
            "procedure_source_concept_id": "2211411",
        }
    ],
    "note": [
        {
            "note_id": "21",
            "person_id": "7",
            "note_date": "2025-01-03",
            "note_datetime": "2025-01-03 00:00:00",
            "note_type_concept_id": "32831",
            "note_class_concept_id": "36716202",
            "note_title": "XR ABDOMEN 1 VIEW",
            "note_text": "Gas.\nStool.",
            "visit_occurrence_id": "3",
            "note_source_value": "R-21",
            "note_event_id": "11",
            "note_event_field_concept_id": "1147082",
        }
    ],
    "concept": CONCEPTS,
}
REPORT = {
    "patient_id": "7",
    "report_id": "21",
    "accession": "11",
    "exam_datetime": "2025-01-02T03:04:05",
    "report_datetime": "2025-01-03",  # midnight: the model's word for an unknown time
    "report_status": "",
    "modality": "",
    "procedure_code": "74018",
    "procedure_code_system": "CPT",
    "procedure_description": "XR ABDOMEN 1 VIEW",
    "report_text": "Gas.\nStool.",
    "facility": "North Hospital",
    "patient_age": "25",
    "patient_sex": "F",
}
ORDER = {
    "patient_id": "7",
    "order_id": "11",
    "accession": "11",
    "order_datetime": "2025-01-02T03:04:05",
    "performed_datetime": "2025-01-02T03:04:05",
    "status": "completed",
    "modality": "",
    "procedure_code": "74018",
    "procedure_code_system": "CPT",
    "procedure_description": "Radiologic examination, abdomen; 1 view",
    "reason": "",
    "facility": "North Hospital",
    "ordering_department": "",
}


def save_files(folder: Path, tables: dict[str, Table], **options: str) -> Path:
    """Each table as a CSV file, its own id first."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        text = io.StringIO()
        header = list(dict.fromkeys(key for row in rows for key in row)) or [f"{name}_id"]
        writer = csv.DictWriter(text, header, lineterminator="\n", **options)  # type: ignore[arg-type]
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{name.upper()}.csv").write_text(text.getvalue(), encoding="utf-8")
    return folder


def save_database(path: Path, tables: dict[str, Table]) -> Path:
    """The same as an SQLite database, its ids as numbers."""
    with sqlite3.connect(path) as database:
        for name, rows in tables.items():
            columns = ", ".join(
                f"{key} {'INTEGER' if key.endswith('_id') else 'TEXT'}" for key in rows[0]
            )
            database.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(rows[0]))
            values = [[value or None for value in row.values()] for row in rows]
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", values)
    database.close()
    return path


def changed(name: str, **values: str) -> dict[str, Table]:
    """The tables with a table's only row changed."""
    return {**TABLES, name: [{**TABLES[name][0], **values}]}


def without(*names: str) -> dict[str, Table]:
    return {name: rows for name, rows in TABLES.items() if name not in names}


def bare(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in ("file", "line")}


def one_of_each(result: Read) -> tuple[dict[str, object], dict[str, object]]:
    assert not result.set_aside
    (report,), (order,) = result.reports, result.orders
    return bare(report), bare(order)


@pytest.mark.parametrize("options", [{}, {"delimiter": "\t"}])
def test_files(tmp_path, options) -> None:
    result = read(save_files(tmp_path, TABLES, **options))
    assert one_of_each(result) == (REPORT, ORDER)
    assert result.reports[0]["file"].endswith("NOTE.csv")
    assert result.reports[0]["line"] == 2


@pytest.mark.parametrize("by_url", [True, False])
def test_a_database(tmp_path, by_url) -> None:
    path = save_database(tmp_path / "cdm.db", TABLES)
    result = read(f"sqlite:///{path}" if by_url else path)
    assert one_of_each(result) == (REPORT, ORDER)
    assert result.reports[0]["line"] == 1


@pytest.mark.parametrize("missing", ["person", "care_site", "visit_occurrence", "concept"])
@pytest.mark.parametrize("kind", ["files", "database"])
def test_what_only_others_look_up_may_be_missing(tmp_path, missing, kind) -> None:
    tables = without(missing)
    made = save_files(tmp_path, tables) if kind == "files" else None
    report, order = one_of_each(read(made or save_database(tmp_path / "x.db", tables)))
    empty = {
        "person": {"patient_age": "", "patient_sex": ""},
        "care_site": {"facility": ""},
        "visit_occurrence": {"facility": ""},
        "concept": {"procedure_code_system": ""},
    }[missing]
    assert report == {**REPORT, **empty}
    nothing = {"procedure_description": ""} if missing == "concept" else {}
    assert order == {**ORDER, **{k: v for k, v in empty.items() if k in ORDER}, **nothing}


def test_a_note_that_is_about_no_procedure_is_dated_by_itself(tmp_path) -> None:
    tables = changed("note", note_event_field_concept_id="1147127")
    report, _ = one_of_each(read(save_files(tmp_path, tables)))
    assert (report["exam_datetime"], report["accession"]) == ("2025-01-03", "")


@pytest.mark.parametrize(
    ("moment", "day", "expected"),
    [
        ("2025-01-02 03:04:05", "2025-01-02", "2025-01-02T03:04:05"),
        ("2025-01-02T03:04", "2025-01-02", "2025-01-02T03:04"),
        ("2025-01-02 00:00:00.000", "2025-01-02", "2025-01-02"),
        ("", "2025-01-02", "2025-01-02"),
        ("", "2025-01-02 00:00:00", "2025-01-02"),
    ],
)
def test_times(tmp_path, moment, day, expected) -> None:
    tables = changed("procedure_occurrence", procedure_datetime=moment, procedure_date=day)
    assert one_of_each(read(save_files(tmp_path, tables)))[1]["performed_datetime"] == expected


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ({"birth_datetime": "2007-01-03 00:00:00"}, "17.99"),
        ({"month_of_birth": "", "day_of_birth": ""}, "24.5"),
        ({"year_of_birth": ""}, ""),
    ],
)
def test_ages(tmp_path, born, age) -> None:
    assert one_of_each(read(save_files(tmp_path, changed("person", **born))))[0][
        "patient_age"
    ].startswith(age)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("IMG154", "IMG154", ""),
        ("XR ABDOMEN 1 VIEW", "", "XR ABDOMEN 1 VIEW"),
        ("KUB", "", "KUB"),
    ],
)
def test_without_concepts_the_source_value_is_a_code_or_a_name(
    tmp_path, written, code, name
) -> None:
    tables = changed(
        "procedure_occurrence",
        procedure_source_value=written,
        procedure_concept_id="0",
        procedure_source_concept_id="0",
    )
    _, order = one_of_each(read(save_files(tmp_path, tables)))
    assert (order["procedure_code"], order["procedure_description"]) == (code, name)


def test_ids_that_a_tool_has_made_into_fractions_still_meet(tmp_path) -> None:
    tables = changed("note", visit_occurrence_id="3.0", note_event_id="11.0")
    assert one_of_each(read(save_files(tmp_path, tables)))[0] == REPORT


def test_the_site_chooses_columns(tmp_path) -> None:
    shape = CommonModel(
        reports={
            "patient_id": ("person.person_source_value",),
            "report_id": ("note.note_source_value",),
            "report_status": ("note.status",),
        },
        orders={"patient_id": ("person.person_source_value",)},
    )
    tables = changed("note", status="Addendum")
    for made in (save_files(tmp_path / "csv", tables), save_database(tmp_path / "x.db", tables)):
        report, order = one_of_each(read(made, site=Site(omop=shape)))
        names = ("patient_id", "report_id", "report_status")
        assert tuple(report[name] for name in names) == ("0042", "R-21", "Addendum")
        assert order["patient_id"] == "0042"


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("key", ["note_types", "note_classes"])
def test_the_site_chooses_notes(tmp_path, key, kept) -> None:
    concept = {"note_types": 32831, "note_classes": 36716202}[key] if kept else 1
    site = Site(omop=CommonModel(**{key: (concept,)}))
    for made in (save_files(tmp_path / "csv", TABLES), save_database(tmp_path / "x.db", TABLES)):
        assert len(read(made, site=site).reports) == kept


def test_broken_rows_are_set_aside_by_line_or_counted(tmp_path) -> None:
    save_files(tmp_path, TABLES)
    with (tmp_path / "NOTE.csv").open("a") as file:
        file.write("22,7\n")
    with (tmp_path / "PERSON.csv").open("a") as file:
        file.write("8\n")
    result = read(tmp_path)
    assert result.set_aside == [("reports", 4, "", "too_few_fields")]
    assert result.notes == ["Rows of the OMOP table person that cannot be read: 1."]


def test_a_note_of_bytes_that_cannot_be_decoded_is_set_aside(tmp_path) -> None:
    save_files(tmp_path, changed("note", note_text="café @"))
    path = tmp_path / "NOTE.csv"
    path.write_bytes(path.read_bytes().replace(b"@", b"\xff"))
    assert read(tmp_path).set_aside == [("reports", 2, "report_text", "bad_encoding")]


def test_what_is_said_of_a_place_that_is_not_there(tmp_path) -> None:
    path = save_database(tmp_path / "cdm.db", TABLES)
    site = Site(omop=CommonModel(reports={"accession": ("note.acc_no",)}))
    with pytest.raises(SourceError) as error:
        read(path, site=site)
    assert str(error.value).startswith(
        f"sqlite:///{path}: the site file's [omop] takes a column from 'note.acc_no', which is "
        "not there; there is: note_id, person_id,"
    )
    with pytest.raises(ConfigError, match=r"\[omop.reports\]: 'acc' is no column"):
        read(path, site=Site(omop=CommonModel(reports={"acc": ("note.note_id",)})))


def test_a_database_of_something_else(tmp_path) -> None:
    path = save_database(tmp_path / "x.db", {"person": TABLES["person"]})
    with pytest.raises(SourceError) as error:
        read(path)
    assert str(error.value) == (
        f"sqlite:///{path}: has neither the OMOP table note nor procedure_occurrence; name the "
        "schema as [omop] schema_name, or give queries as [sql] in the site file."
    )
