"""Rows -> FHIR R4 as NDJSON, a file for each type of resource.

Dates are as precise as the rows: where a row has no time of day or no offset, none is invented,
though FHIR asks for both in an instant.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from auditor.sample.formats.births import find_birth
from auditor.sample.formats.files import make_folder, open_file
from auditor.sample.rows import Row

Resource = dict[str, Any]

_SYSTEMS = {
    "CPT": "http://www.ama-assn.org/go/cpt",
    "LOINC": "http://loinc.org",
    "SNOMED": "http://snomed.info/sct",
}
_GENDERS = {"F": "female", "M": "male", "O": "other", "U": "unknown"}
_REPORTS = {
    **{"addendum": "appended", "F": "final", "P": "preliminary", "C": "corrected"},
    **dict.fromkeys(("preliminary", "final", "corrected", "cancelled"), ""),
}
_ORDERS = {
    **dict.fromkeys(("completed", "CM"), "completed"),
    **dict.fromkeys(("cancelled", "canceled", "CA", "no-show", "discontinued"), "revoked"),
    **dict.fromkeys(("scheduled", "in-progress"), "active"),
}
_IMAGES = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ACCESSION = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]
}


class FhirWriter:
    """Writes `fhir/<Type>.ndjson`; see `kinds.Writer`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "fhir"
        self.reports = self._folder / "DiagnosticReport.ndjson"
        self.orders = self._folder / "ServiceRequest.ndjson"
        self._files: dict[str, TextIO] = {}
        self._places: dict[str, str] = {}
        self._open = ExitStack()

    def __enter__(self) -> FhirWriter:
        make_folder(self._folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's resources."""
        rows = [*reports, *orders]
        if not rows:
            return
        patient_id, birth = rows[0]["patient_id"], find_birth(reports)
        sex = next((row["patient_sex"] for row in reports if row.get("patient_sex")), "")
        patient = {
            "id": patient_id,
            "gender": _GENDERS.get(sex),
            "birthDate": birth.isoformat() if birth else None,
        }
        self._put("Patient", patient)
        visits = {name: self._visit(patient_id, name, rows) for name in _facilities(rows)}
        for row in orders:
            self._put_order(row, visits.get(row.get("facility", "")))
        for position, row in enumerate(reports, start=1):
            report = _report(row, visits.get(row.get("facility", "")), position)
            self._put("DiagnosticReport", report)

    def _put_order(self, row: Row, visit: Resource | None) -> None:
        common = _common(row, visit)
        order_id, performed = row["order_id"], row.get("performed_datetime")
        requester = row.get("ordering_department")
        self._put(
            "ServiceRequest",
            {
                **common,
                "id": order_id,
                "status": _ORDERS.get(row["status"], "unknown"),
                "intent": "order",
                "category": _categories(row),
                "authoredOn": row["order_datetime"],
                "reasonCode": [{"text": row["reason"]}] if row.get("reason") else None,
                "requester": {"type": "Organization", "display": requester} if requester else None,
            },
        )
        if not performed:
            return
        done = {**common, "id": order_id, "basedOn": [{"reference": f"ServiceRequest/{order_id}"}]}
        if row.get("modality"):
            code = done.pop("code", None)
            modality = {"system": _DICOM, "code": row["modality"]}
            self._put(
                "ImagingStudy",
                {
                    **done,
                    "status": "available",
                    "started": performed,
                    "modality": [modality],
                    "procedureCode": [code] if code else None,
                    "description": row.get("procedure_description"),
                },
            )
        else:
            self._put("Procedure", {**done, "status": "completed", "performedDateTime": performed})

    def _visit(self, patient_id: str, facility: str, rows: Sequence[Row]) -> Resource:
        """The patient's encounter at a facility, which is written when it is first met."""
        if facility not in self._places:
            self._places[facility] = f"L{len(self._places) + 1}"
            self._put("Location", {"id": self._places[facility], "name": facility})
        name = f"V{patient_id}-{self._places[facility]}"
        place = {"location": {"reference": f"Location/{self._places[facility]}"}}
        subject = {"reference": f"Patient/{patient_id}"}
        self._put(
            "Encounter", {"id": name, "status": "finished", "subject": subject, "location": [place]}
        )
        return {"reference": f"Encounter/{name}"}

    def _put(self, kind: str, resource: Resource) -> None:
        if kind not in self._files:
            file = open_file(self._folder / f"{kind}.ndjson")
            self._files[kind] = self._open.enter_context(file)
        filled = {key: value for key, value in resource.items() if value not in (None, "", [])}
        line = json.dumps({"resourceType": kind, **filled}, ensure_ascii=False)
        self._files[kind].write(line + "\n")


def _report(row: Row, visit: Resource | None, position: int) -> Resource:
    status = row.get("report_status", "")
    data = base64.b64encode(row["report_text"].encode()).decode("ascii")
    return {
        **_common(row, visit),
        "id": row["report_id"],
        "meta": {"versionId": str(position)},
        "status": _REPORTS.get(status) or status or "unknown",
        "category": _categories(row),
        "effectiveDateTime": row["exam_datetime"],
        "issued": row.get("report_datetime"),
        "presentedForm": [{"contentType": "text/plain; charset=utf-8", "data": data}],
    }


def _common(row: Row, visit: Resource | None) -> Resource:
    """What all resources about one exam have."""
    accession = row.get("accession")
    code = row.get("procedure_code")
    system = row.get("procedure_code_system", "")
    coding = {"system": _SYSTEMS.get(system, system), "code": code}
    concept: Resource = {"coding": [coding]} if code else {}
    if row.get("procedure_description"):
        concept["text"] = row["procedure_description"]
    return {
        "subject": {"reference": f"Patient/{row['patient_id']}"},
        "encounter": visit,
        "identifier": [{"type": _ACCESSION, "value": accession}] if accession else None,
        "code": concept or None,
    }


def _categories(row: Row) -> list[Resource]:
    modality = row.get("modality")
    local = {"coding": [{"system": _DICOM, "code": modality}]}
    return [_IMAGES, local] if modality else [_IMAGES]


def _facilities(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["facility"] for row in rows if row.get("facility")))
