"""Rows -> OMOP CDM 5.4 as CSV files, with a site file for what the model has no place for.

OMOP knows what occurred: it has no accession, no status, no reason and no orders that came to
nothing. A site that needs them adds columns, as is done here, and names them in its site file.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from auditor.sample.files import CsvTable
from auditor.sample.formats.births import find_birth
from auditor.sample.formats.files import make_folder, open_file
from auditor.sample.rows import Row

_TABLES = {
    "person": (
        *("person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth"),
        *("birth_datetime", "race_concept_id", "ethnicity_concept_id", "person_source_value"),
        "gender_source_value",
    ),
    "care_site": ("care_site_id", "care_site_name", "care_site_source_value"),
    "visit_occurrence": (
        *("visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date"),
        *("visit_end_date", "visit_type_concept_id", "care_site_id"),
    ),
    "procedure_occurrence": (
        *("procedure_occurrence_id", "person_id", "procedure_concept_id", "procedure_date"),
        *("procedure_datetime", "procedure_type_concept_id", "visit_occurrence_id"),
        *("procedure_source_value", "procedure_source_concept_id"),
        # Beyond the model.
        *("order_number", "accession_number", "order_status", "order_datetime", "done_datetime"),
        *("modality", "order_reason", "ordering_department"),
    ),
    "note": (
        *("note_id", "person_id", "note_date", "note_datetime", "note_type_concept_id"),
        *("note_class_concept_id", "note_title", "note_text", "encoding_concept_id"),
        *("language_concept_id", "visit_occurrence_id", "note_source_value", "note_event_id"),
        "note_event_field_concept_id",
        # Beyond the model.
        *("accession_number", "report_status", "exam_datetime", "modality", "procedure_code"),
        "procedure_code_system",
    ),
    "concept": (
        *("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id"),
        *("standard_concept", "concept_code", "valid_start_date", "valid_end_date"),
    ),
}
_GENDERS = {"M": "8507", "F": "8532", "O": "8521", "U": "8551"}
_VOCABULARIES = {"CPT": "CPT4"}
_EHR, _UTF8, _ENGLISH, _OUTPATIENT = "32817", "32678", "4180186", "9202"
_PROCEDURE_FIELD = "1147082"
# From here on concepts are a site's own.
_OWN_CONCEPTS = 2_000_000_000

SITE_FILE = """\
# The sample's OMOP tables have columns beyond the model: this file says what they hold.

[omop.reports]
patient_id = "person.person_source_value"
report_id = "note.note_source_value"
accession = "note.accession_number"
exam_datetime = "note.exam_datetime"
report_status = "note.report_status"
modality = "note.modality"
procedure_code = "note.procedure_code"
procedure_code_system = "note.procedure_code_system"
procedure_description = "note.note_title"

[omop.orders]
patient_id = "person.person_source_value"
order_id = "procedure_occurrence.order_number"
accession = "procedure_occurrence.accession_number"
order_datetime = "procedure_occurrence.order_datetime"
performed_datetime = "procedure_occurrence.done_datetime"
status = "procedure_occurrence.order_status"
modality = "procedure_occurrence.modality"
procedure_description = "procedure_occurrence.procedure_source_value"
reason = "procedure_occurrence.order_reason"
ordering_department = "procedure_occurrence.ordering_department"
"""


class OmopWriter:
    """Writes `omop/<table>.csv` and `site.toml`; see `kinds.Writer`."""

    def __init__(self, folder: Path) -> None:
        self._site_file = folder / "site.toml"
        self._folder = folder / "omop"
        self.reports = self._folder / "note.csv"
        self.orders = self._folder / "procedure_occurrence.csv"
        self._tables = {
            name: CsvTable(self._folder / f"{name}.csv", columns)
            for name, columns in _TABLES.items()
        }
        self._sites: dict[str, str] = {}
        self._concepts: dict[tuple[str, str], str] = {}
        self._open = ExitStack()

    def __enter__(self) -> OmopWriter:
        make_folder(self._folder)
        for table in self._tables.values():
            self._open.enter_context(table)
        with open_file(self._site_file) as file:
            file.write(SITE_FILE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's rows."""
        rows = [*reports, *orders]
        if not rows:
            return
        person = self._put_person(reports, rows)
        visits = {
            facility: self._put_visit(person, facility, rows)
            for facility in dict.fromkeys(row.get("facility", "") for row in rows)
        }
        procedures: dict[str, str] = {}
        for row in orders:
            number = self._put_procedure(row, person, visits[row.get("facility", "")])
            procedures.setdefault(row.get("accession", ""), number)
        for row in reports:
            event = procedures.get(row.get("accession", "")) if row.get("accession") else None
            self._put_note(row, person, visits[row.get("facility", "")], event)

    def _put_person(self, reports: Sequence[Row], rows: Sequence[Row]) -> str:
        birth = find_birth(reports)
        sex = next((row["patient_sex"] for row in reports if row.get("patient_sex")), "")
        person = {
            "gender_concept_id": _GENDERS.get(sex, "0"),
            "race_concept_id": "0",
            "ethnicity_concept_id": "0",
            "person_source_value": rows[0]["patient_id"],
            "gender_source_value": sex,
        }
        if birth is not None:
            person |= {
                "year_of_birth": str(birth.year),
                "month_of_birth": str(birth.month),
                "day_of_birth": str(birth.day),
            }
        return self._put("person", person)

    def _put_visit(self, person: str, facility: str, rows: Sequence[Row]) -> str:
        if facility and facility not in self._sites:
            self._sites[facility] = self._put("care_site", {"care_site_name": facility})
        days = [row.get("exam_datetime") or row["order_datetime"] for row in rows]
        return self._put(
            "visit_occurrence",
            {
                "person_id": person,
                "visit_concept_id": _OUTPATIENT,
                "visit_start_date": min(days)[:10],
                "visit_end_date": max(days)[:10],
                "visit_type_concept_id": _EHR,
                "care_site_id": self._sites.get(facility, ""),
            },
        )

    def _put_procedure(self, row: Row, person: str, visit: str) -> str:
        when = row.get("performed_datetime") or row["order_datetime"]
        return self._put(
            "procedure_occurrence",
            {
                "person_id": person,
                "procedure_concept_id": "0",
                "procedure_date": when[:10],
                "procedure_datetime": when if "T" in when else "",
                "procedure_type_concept_id": _EHR,
                "visit_occurrence_id": visit,
                "procedure_source_value": row.get("procedure_description", ""),
                "procedure_source_concept_id": self._concept(row),
                "order_number": row["order_id"],
                "accession_number": row.get("accession", ""),
                "order_status": row["status"],
                "order_datetime": row["order_datetime"],
                "done_datetime": row.get("performed_datetime", ""),
                "modality": row.get("modality", ""),
                "order_reason": row.get("reason", ""),
                "ordering_department": row.get("ordering_department", ""),
            },
        )

    def _put_note(self, row: Row, person: str, visit: str, event: str | None) -> None:
        signed = row.get("report_datetime") or row["exam_datetime"]
        self._put(
            "note",
            {
                "person_id": person,
                "note_date": signed[:10],
                "note_datetime": signed if "T" in signed else "",
                "note_type_concept_id": _EHR,
                "note_class_concept_id": "0",
                "note_title": row.get("procedure_description", ""),
                "note_text": row["report_text"],
                "encoding_concept_id": _UTF8,
                "language_concept_id": _ENGLISH,
                "visit_occurrence_id": visit,
                "note_source_value": row["report_id"],
                "note_event_id": event or "",
                "note_event_field_concept_id": _PROCEDURE_FIELD if event else "",
                "accession_number": row.get("accession", ""),
                "report_status": row.get("report_status", ""),
                "exam_datetime": row["exam_datetime"],
                "modality": row.get("modality", ""),
                "procedure_code": row.get("procedure_code", ""),
                "procedure_code_system": row.get("procedure_code_system", ""),
            },
        )

    def _concept(self, row: Row) -> str:
        """The concept of a row's code, written when it is first met."""
        code, system = row.get("procedure_code", ""), row.get("procedure_code_system", "")
        if not code:
            return "0"
        if (system, code) not in self._concepts:
            number = str(_OWN_CONCEPTS + len(self._concepts) + 1)
            self._concepts[system, code] = number
            self._tables["concept"].write(
                [
                    {
                        "concept_id": number,
                        "concept_name": row.get("procedure_description", "") or code,
                        "domain_id": "Procedure",
                        "vocabulary_id": _VOCABULARIES.get(system, system),
                        "concept_class_id": system,
                        "concept_code": code,
                        "valid_start_date": "1970-01-01",
                        "valid_end_date": "2099-12-31",
                    }
                ]
            )
        return self._concepts[system, code]

    def _put(self, name: str, row: Row) -> str:
        """Write a row with a number of its own, and return it."""
        table = self._tables[name]
        number = str(table.rows + 1)
        table.write([{f"{name}_id": number, **row}])
        return number
