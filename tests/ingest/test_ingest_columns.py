"""A site's columns, mapped on the contract's; and what is said where that fails."""

import pytest
from ingest_files import csv_text, kept, read_one, save

from auditor.config.site import Site
from auditor.errors import ConfigError, SourceError
from auditor.ingest.canonical import check_files


def site(**tables: dict) -> Site:
    return Site.model_validate({"columns": tables})


ROW = {"MRN": "P1", "RPT": "R1", "Exam Date": "2025-01-02", "why": "pain", "what": "gas"}
MAPPED = {"patient_id": "MRN", "report_id": "rpt", "exam_datetime": "exam_date"}


def read_row(tmp_path, row: dict[str, str], **columns):
    path = save(tmp_path / "r.csv", csv_text([list(row), list(row.values())]))
    return kept(read_one(path, site=site(reports=MAPPED | columns)))[0]


def test_names_are_found_whatever_their_case_and_spaces(tmp_path) -> None:
    got = read_row(tmp_path, ROW, report_text="What")
    assert (got["patient_id"], got["exam_datetime"]) == ("P1", "2025-01-02")
    assert (got["report_text"], got["modality"]) == ("gas", "")


def test_the_first_column_that_is_not_empty_counts(tmp_path) -> None:
    row = ROW | {"acc": " ", "acc_old": "A7"}
    got = read_row(tmp_path, row, report_text="what", accession=["gone", "acc", "acc_old"])
    assert got["accession"] == "A7"


def test_a_constant_is_the_value_of_every_row(tmp_path) -> None:
    got = read_row(tmp_path, ROW, report_text="what", modality={"value": "CR"})
    assert got["modality"] == "CR"


@pytest.mark.parametrize(
    ("template", "why", "expected"),
    [
        ("FOR: {why}\nSEEN: {what}", "pain", "FOR: pain\nSEEN: gas"),
        ("FOR: {why}\nSEEN: {what}", " ", "SEEN: gas"),
        ("FOR: {why} / {what}", "", "FOR:  / gas"),
        ("REPORT\n\nFOR: {Why}", "", "REPORT\n"),
        ("{what}{what}", "", "gasgas"),
    ],
)
def test_templates(tmp_path, template, why, expected) -> None:
    got = read_row(tmp_path, ROW | {"why": why}, report_text={"template": template})
    assert got["report_text"] == expected


OTHERWISE = ["gone", {"template": "{nowhere}"}, {"template": "SEEN: {what}"}, {"value": "none"}]


def test_what_stands_for_a_column_in_files_that_lack_it(tmp_path) -> None:
    assert read_row(tmp_path, ROW, report_text=OTHERWISE)["report_text"] == "SEEN: gas"
    assert read_row(tmp_path, ROW | {"gone": "x"}, report_text=OTHERWISE)["report_text"] == "x"
    got = read_row(tmp_path, ROW, report_text="what", modality=["gone", {"value": "CR"}])
    assert got["modality"] == "CR"
    got = read_row(tmp_path, ROW, report_text="what", facility=["gone", {"value": ""}])
    assert got["facility"] == ""


def test_what_is_needed_cannot_be_left_empty(tmp_path) -> None:
    with pytest.raises(SourceError, match="takes report_text from 'gone', which is not a column"):
        read_row(tmp_path, ROW, report_text=["gone", {"value": ""}])


def test_date_and_time_from_two_columns(tmp_path) -> None:
    row = ROW | {"day": "2025-01-02", "time": ""}
    template = {"template": "{day} {time}"}
    assert read_row(tmp_path, row, report_text="what", exam_datetime=template)["exam_datetime"] == (
        "2025-01-02"
    )
    row["time"] = "14:05"
    assert read_row(tmp_path, row, report_text="what", exam_datetime=template)["exam_datetime"] == (
        "2025-01-02T14:05"
    )


def complaint(tmp_path, text: str, table: str = "reports", mapping: Site | None = None) -> str:
    path = save(tmp_path / "export.csv", text)
    with pytest.raises(SourceError) as caught:
        check_files([path], table, mapping or Site())
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_a_missing_column_is_named_with_the_nearest(tmp_path) -> None:
    text = "PatientID,report_id,exam_datetime,report_text\n"
    assert complaint(tmp_path, text) == (
        "the column patient_id is missing. The columns there are: PatientID, report_id, "
        "exam_datetime, report_text. Nearest to patient_id is 'PatientID'. Map it in the site "
        'file under [columns.reports], for example patient_id = "PatientID".'
    )


def test_missing_columns_are_all_named(tmp_path) -> None:
    assert complaint(tmp_path, "order_id,status,modality\n", "orders") == (
        "the columns patient_id, order_datetime are missing. The columns there are: order_id, "
        "status, modality. Map it in the site file under [columns.orders], for example "
        'patient_id = "YOUR COLUMN".'
    )


def test_an_order_table_needs_one_column_that_says_what_was_ordered(tmp_path) -> None:
    header = "patient_id,order_id,order_datetime,status"
    assert complaint(tmp_path, header + ",reason\n", "orders").startswith(
        "one of modality, procedure_code, procedure_description is needed and none is there."
    )
    path = save(tmp_path / "ok.csv", header + "\n")
    check_files([path], "orders", site(orders={"modality": {"value": "CT"}}))


def test_a_mapped_column_that_is_not_there(tmp_path) -> None:
    text = "patient_id,report_id,exam_datetime,report_txt,mod\n"
    mapping = site(reports={"report_text": "report_text_full"})
    assert complaint(tmp_path, text, mapping=mapping) == (
        "the site file takes report_text from 'report_text_full', which is not a column of this "
        "file. The columns there are: patient_id, report_id, exam_datetime, report_txt, mod. "
        "The nearest is 'report_txt'."
    )
    mapping = site(reports={"report_text": {"template": "{report_txt} {conclusion}"}})
    assert "takes report_text from 'conclusion'" in complaint(tmp_path, text, mapping=mapping)


def test_a_name_that_stands_twice(tmp_path) -> None:
    text = "patient_id,report_id,exam_datetime,report_text,Facility,facility,,\n"
    assert complaint(tmp_path, text) == (
        "facility stands more than once in the header; rename or remove the copy."
    )


def test_a_file_without_a_header_is_never_quoted(tmp_path) -> None:
    text = "patient_77,patient_77,2025-01-02,Known to Dr Example\n"
    message = complaint(tmp_path, text)
    assert "Its first line looks like data, not like column names" in message
    assert "77" not in message and "Example" not in message
    mapping = site(reports={"patient_id": "patient_id"})
    assert "77" not in complaint(tmp_path, text, mapping=mapping)


def test_the_second_file_is_checked_too(tmp_path) -> None:
    good = save(tmp_path / "good.csv", "patient_id,report_id,exam_datetime,report_text\n")
    bad = save(tmp_path / "bad.csv", "patient_id,report_id,exam_datetime\n")
    with pytest.raises(SourceError, match=r"bad\.csv: the column report_text is missing"):
        check_files([good, bad], "reports", Site())


def test_a_mapping_of_an_unknown_column_is_the_site_files_mistake(tmp_path) -> None:
    path = save(tmp_path / "r.csv", "a,b\n")
    with pytest.raises(ConfigError) as caught:
        check_files([path], "reports", site(reports={"pateint_id": "a"}))
    assert str(caught.value) == (
        "site file: columns.reports.pateint_id: is no column. Did you mean 'patient_id'?"
    )
