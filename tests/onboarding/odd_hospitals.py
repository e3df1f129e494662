"""The exports of five invented hospitals, each with its own names, words, dates and kind of file.

All hold the same patients as the sample that they are made from, so that their cases are known.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from builders import Row, read_rows
from openpyxl import Workbook

Columns = Mapping[str, Callable[[Row], object]]


def moment(value: str) -> datetime | None:
    """A moment as written, its offset left out."""
    return datetime.fromisoformat(value[:19]) if value else None


def written(name: str, day: str, clock: str = "") -> Callable[[Row], str]:
    """A column as text: its day, and its clock where it has one."""

    def write(row: Row) -> str:
        when = moment(row[name])
        return when.strftime(day + (clock if "T" in row[name] else "")).strip() if when else ""

    return write


def plain(name: str, **words: str) -> Callable[[Row], str]:
    """A column as it is, but for some words."""
    return lambda row: words.get(row[name], row[name])


def clock_of(name: str) -> Callable[[Row], str]:
    return lambda row: moment(row[name]).strftime("%H:%M:%S") if "T" in row[name] else ""


def write_text(
    path: Path, columns: Columns, rows: Iterable[Row], *, delimiter: str, above: str = "", **how
) -> None:
    with path.open("w", newline="", **how) as file:
        file.write(above)
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows([cell(row) for cell in columns.values()] for row in rows)


def parts_of(text: str) -> tuple[str, str]:
    """A report without its impression, and its impression."""
    found = re.split(r"(?im)^\s*(?:IMPRESSION|CONCLUSION)\s*:", text, maxsplit=1)
    return (found[0], found[1].strip()) if len(found) == 2 else (text, "")


def warehouse(folder: Path, reports: Sequence[Row], orders: Sequence[Row]) -> None:
    """Text with pipes, months first, the impression in a column of its own."""
    kinds = {"CR": "Radiography", "CT": "Computed tomography", "MR": "Magnetic resonance"}
    shared = {
        "PAT_MRN_ID": plain("patient_id"),
        "ACC_NUM": plain("accession"),
        "IMG_TYPE_NM": plain("modality", **kinds),
        "PROC_CD": plain("procedure_code"),
        "PROC_CD_SYS": plain("procedure_code_system"),
        "PROC_NM": plain("procedure_description"),
        "REV_LOC_NM": plain("facility"),
    }
    us = ("%m/%d/%Y", " %I:%M:%S %p")
    results = {
        **shared,
        "RPT_DOC_KEY": plain("report_id"),
        "EXAM_BEGIN_DTTM": written("exam_datetime", *us),
        "FINALIZED_DTTM": written("report_datetime", *us),
        "RESULT_STAT_NM": plain(
            "report_status", final="Final result", corrected="Corrected result"
        ),
        "NARRATIVE": lambda row: parts_of(row["report_text"])[0],
        "IMPRESSION": lambda row: parts_of(row["report_text"])[1],
        "PT_AGE_YRS": plain("patient_age"),
        "GENDER_NM": plain("patient_sex", F="Female", M="Male"),
        "BIRTH_DATE": lambda row: "01/13/1960",
    }
    words = {"cancelled": "Canceled by provider", "no-show": "Pt no show"}
    requests = {
        **shared,
        "ORDER_PROC_ID": plain("order_id"),
        "ORDER_INST_DTTM": written("order_datetime", *us),
        "PROC_START_DTTM": written("performed_datetime", *us),
        "ORDER_STAT_NM": plain("status", completed="Exam completed", **words),
        "REASON_FOR_EXAM": plain("reason"),
        "AUTH_DEPT_NM": plain("ordering_department"),
    }
    write_text(folder / "results.txt", results, reports, delimiter="|", encoding="utf-8")
    write_text(folder / "requests.txt", requests, orders, delimiter="|", encoding="utf-8")


def district(folder: Path, reports: Sequence[Row], orders: Sequence[Row]) -> None:
    """Text with semicolons below a title, days first, times and units apart, Windows letters."""
    shared = {
        "HospitalNumber": plain("patient_id"),
        "Event No.": plain("accession"),
        "Exam Code": plain("procedure_code"),
        "Exam Name": plain("procedure_description"),
        "Mod": plain("modality"),
        "Site": plain("facility"),
    }
    results = {
        **shared,
        "Report No.": plain("report_id"),
        "Date of Exam": written("exam_datetime", "%d/%m/%Y"),
        "Time of Exam": clock_of("exam_datetime"),
        "Reported Date": written("report_datetime", "%d/%m/%Y"),
        "Reported Time": clock_of("report_datetime"),
        "Report State": plain("report_status", final="Verified"),
        "Report": plain("report_text"),
        "Age": lambda row: f"{row['patient_age']}Y" if row["patient_age"] else "",
        "Sex": plain("patient_sex"),
    }
    requests = {
        **shared,
        "Request No.": plain("order_id"),
        "Date Requested": written("order_datetime", "%d/%m/%Y"),
        "Time Requested": clock_of("order_datetime"),
        "Date Attended": written("performed_datetime", "%d/%m/%Y"),
        "Time Attended": clock_of("performed_datetime"),
        "Request Status": plain("status", completed="Zugestellt"),
        "Clinical Details": plain("reason"),
        "Referring Dept": plain("ordering_department"),
    }
    how = {"delimiter": ";", "encoding": "cp1252", "errors": "replace"}
    title = "Extract – all sites\r\n\r\n"
    write_text(folder / "reports.csv", results, reports, above=title, **how)
    write_text(folder / "requests.csv", requests, orders, **how)


def spreadsheet(folder: Path, reports: Sequence[Row], orders: Sequence[Row]) -> None:
    """One workbook: a cover, a sheet with a header of merged cells, and a sheet of orders."""

    def cell(name: str) -> Callable[[Row], object]:
        def typed(row: Row) -> object:
            when = moment(row[name])
            return when if when is None or "T" in row[name] else when.date()

        return typed

    def text(row: Row) -> str:
        return re.sub(r"[\x00-\x08\x0b-\x1f]", "", row["report_text"].replace("\r\n", "\n"))

    results = {
        "No": plain("patient_id"),
        "Sex": plain("patient_sex"),
        "Age": lambda row: float(row["patient_age"]) if row["patient_age"] else None,
        "Date": cell("exam_datetime"),
        "No.": plain("accession"),
        "Machine": plain("modality"),
        "Name": plain("procedure_description"),
        "Code": plain("procedure_code"),
        "No ": plain("report_id"),
        "Signed on": cell("report_datetime"),
        "State": plain("report_status"),
        "Content": text,
    }
    requests = {
        "Patient No": plain("patient_id"),
        "Request No": plain("order_id"),
        "Study No": plain("accession"),
        "Requested on": cell("order_datetime"),
        "Carried out on": cell("performed_datetime"),
        "State": plain("status"),
        "Machine": plain("modality"),
        "Name": plain("procedure_description"),
        "Code": plain("procedure_code"),
        "Question": plain("reason"),
    }
    book = Workbook()
    book.active.append(["Imaging data for the audit"])
    sheet = book.create_sheet("Documents")
    sheet.append(["Patient", None, None, "Study", None, None, None, None, "Document"])
    sheet.append([name.strip(" .") for name in results])
    for cells in ("A1:C1", "D1:H1", "I1:L1"):
        sheet.merge_cells(cells)
    for row in reports:
        sheet.append([column(row) or None for column in results.values()])
    sheet = book.create_sheet("Requests")
    sheet.append(list(requests))
    for row in orders:
        sheet.append([column(row) or None for column in requests.values()])
    for cells in (cells for page in book.worksheets for row in page.iter_rows() for cells in row):
        if cells.data_type == "f":
            cells.data_type = "s"
    book.save(folder / "audit.xlsx")


def lakehouse(folder: Path, reports: Sequence[Row], orders: Sequence[Row]) -> None:
    """Parquet with names in camel case, typed columns and a column of the loading job."""
    shared = {
        "patientKey": plain("patient_id"),
        "accessionNbr": plain("accession"),
        "modalityCd": plain("modality"),
        "studyCd": plain("procedure_code"),
        "studyDisplay": plain("procedure_description"),
        "orgUnit": plain("facility"),
    }
    results = {
        **shared,
        "docKey": plain("report_id"),
        "studyPerformedTs": lambda row: moment(row["exam_datetime"]),
        "docSignedTs": lambda row: moment(row["report_datetime"]),
        "docState": plain("report_status"),
        "docFullText": plain("report_text"),
        "ageAtStudy": lambda row: float(row["patient_age"]) if row["patient_age"] else None,
        "adminSex": plain("patient_sex"),
        "etlLoadTs": lambda row: datetime(2026, 7, 1),
    }
    requests = {
        **shared,
        "requestKey": plain("order_id"),
        "requestPlacedTs": lambda row: moment(row["order_datetime"]),
        "studyPerformedTs": lambda row: moment(row["performed_datetime"]),
        "requestState": plain("status"),
        "clinicalQuestion": plain("reason"),
        "requestingUnit": plain("ordering_department"),
    }
    for name, columns, rows in (("document", results, reports), ("request", requests, orders)):
        table = pa.table({n: [column(row) for row in rows] for n, column in columns.items()})
        pq.write_table(table, folder / f"fact_{name}.parquet")


def homemade(folder: Path, reports: Sequence[Row], orders: Sequence[Row]) -> None:
    """JSON Lines with names of a word each, and dates as an old database prints them."""

    def printed(name: str) -> Callable[[Row], str]:
        write = written(name, "%b %d %Y", " %I:%M%p")
        return lambda row: re.sub(" 0(?=[0-9] )", "  ", write(row))

    shared = {
        "pid": plain("patient_id"),
        "acc": plain("accession"),
        "dev": plain("modality"),
        "code": plain("procedure_code"),
        "what": plain("procedure_description"),
        "where": plain("facility"),
        "when": printed("exam_datetime"),
        "signed": printed("report_datetime"),
    }
    results = {
        **shared,
        "doc": plain("report_id"),
        "state": plain("report_status"),
        "says": plain("report_text"),
        "yrs": plain("patient_age"),
        "mf": plain("patient_sex"),
    }
    requests = {
        **{name: column for name, column in shared.items() if name not in ("when", "signed")},
        "req": plain("order_id"),
        "asked": printed("order_datetime"),
        "carried": printed("performed_datetime"),
        "state": plain("status"),
        "why": plain("reason"),
    }
    for name, columns, rows in (("rad", results, reports), ("req", requests, orders)):
        with (folder / f"{name}.json").open("w", encoding="utf-8") as file:
            for row in rows:
                cells = {key: cell for key, column in columns.items() if (cell := column(row))}
                file.write(json.dumps(cells) + "\n")


# What each hospital writes: the exports of reports and of orders.
HOSPITALS = {
    "warehouse": (warehouse, "results.txt", "requests.txt"),
    "district": (district, "reports.csv", "requests.csv"),
    "spreadsheet": (spreadsheet, "audit.xlsx", "audit.xlsx"),
    "lakehouse": (lakehouse, "fact_document.parquet", "fact_request.parquet"),
    "homemade": (homemade, "rad.json", "req.json"),
}


def write_hospital(name: str, sample: Path, folder: Path) -> tuple[str, str]:
    """Write a hospital's exports from a sample's; the paths of reports and of orders."""
    folder.mkdir(parents=True, exist_ok=True)
    write, reports, orders = HOSPITALS[name]
    write(folder, read_rows(sample / "reports.csv"), read_rows(sample / "orders.csv"))
    return str(folder / reports), str(folder / orders)
