"""FHIR R4: DiagnosticReport -> reports; ServiceRequest, ImagingStudy and Procedure -> orders.

All files of a source belong together: references are resolved across them. They are gone through
twice, first for what others refer to, then for the rows. `docs/formats.md` says what becomes of
each element.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.config.formats import ResourceShape
from auditor.config.site import Site
from auditor.ingest import codes, fhir_text
from auditor.ingest.ages import age_at
from auditor.ingest.fhir_index import (
    REFERRED,
    Index,
    Kept,
    key_of,
    open_index,
    study_modality,
)
from auditor.ingest.fhir_values import (
    listed,
    pick_code,
    pick_identifier,
    pick_modality,
    says_images,
    start_of,
    table_of,
    text_of,
)
from auditor.ingest.opening import open_content
from auditor.ingest.parts import UNREAD, Gathering, Notes, Part, Source
from auditor.ingest.resources import Placed, Resource, read_resources

# Codes of a report that say only that there is one (LOINC): the request says what was done.
_BARE = frozenset(("18748-4", "68604-8", "11525-3", "18726-0", "60567-5", "11526-1", "LP29684-5"))
_DEEPEST = 8

Row = dict[str, str]


def read_fhir(source: Source, site: Site, notes: Notes) -> Iterator[Part]:
    """Read files of FHIR resources that belong together.

    Raises:
        SourceError: A file cannot be read to its end.
    """
    shape = site.fhir
    accession, patient = shape.accession_identifier, shape.patient_identifier
    with open_index(accession=accession, patient=patient) as index:
        for path in source.files:
            with open_content(path) as content:
                for placed in read_resources(content, REFERRED):
                    index.add(placed.resource, placed.url)
        index.close_filling()
        reader = _ResourceReader(index, shape, notes)
        for path in source.files:
            gathering = Gathering(str(path))
            with open_content(path) as content:
                for placed in read_resources(content, frozenset(_TABLES)):
                    reader.read(placed, gathering)
                    yield from gathering.full()
            yield from gathering.rest()


class _ResourceReader:
    """Makes rows of resources, with what the index knows of those that they refer to."""

    def __init__(self, index: Index, shape: ResourceShape, notes: Notes) -> None:
        self._index = index
        self._shape = shape
        self._notes = notes

    def read(self, placed: Placed, gathering: Gathering) -> None:
        """Add the row of a resource, if it is of a kind that gives one."""
        if placed.reason:
            gathering.set_aside("reports", placed.place, placed.reason)
            return
        resource = placed.resource
        kind = text_of(resource.get("resourceType"))
        table = _TABLES.get(kind)
        if table is None or not self._is_meant(kind, resource):
            return
        name = key_of(resource, placed.url).partition("/")[2]
        if kind == "DiagnosticReport":
            text = fhir_text.read_text(resource, self._index)
            if text.broken and not text.text:
                gathering.set_aside(table, placed.place, "unreadable_attachment")
                return
            if (text.unread or text.broken) and not text.text:
                self._notes.add(UNREAD)
            row = self._report(resource, name, text.text)
        elif kind == "ServiceRequest":
            row = self._request(resource, name)
        elif kind == "ImagingStudy":
            row = self._study(resource, name)
        else:
            row = self._procedure(resource, name)
        row["patient_id"] = self._patient(resource).get("id", "")
        gathering.add(table, placed.place, row)

    def _is_meant(self, kind: str, resource: Resource) -> bool:
        """Whether something is about images or specimens; what does not say is taken to be."""
        status = text_of(resource.get("status"))
        if kind == "DiagnosticReport" and status == "registered":
            self._notes.add("FHIR reports that are only registered, left out")
            return False
        if kind in ("ImagingStudy", "Procedure") or listed(resource.get("imagingStudy")):
            return True
        if says_images(resource.get("category"), self._shape.categories) is False:
            self._notes.add(f"FHIR {kind} of neither images nor specimens, left out")
            return False
        return True

    # --- rows -------------------------------------------------------------------------------------

    def _report(self, report: Resource, name: str, text: str) -> Row:
        request, request_key = self._first(report, "basedOn", "ServiceRequest")
        study, _ = self._first(report, "imagingStudy", "ImagingStudy")
        study = study or self._index.study_of(request_key)
        code, system, description = pick_code(report.get("code"))
        if code in _BARE or not (code or description):
            told = next((k["code"] for k in (request, study) if any(k.get("code", ()))), None)
            code, system, description = told or (code, system, description)
        exam = start_of(report, "effective") or text_of(study.get("when"))
        person = self._patient(report)
        status = text_of(report.get("status"))
        return {
            "report_id": name,
            "accession": pick_identifier(report, self._shape.accession_identifier)
            or self._accession(request, request_key, study),
            "exam_datetime": exam,
            "report_datetime": text_of(report.get("issued")),
            "report_status": codes.FHIR_REPORT_WORDS.get(status, status),
            "modality": text_of(study.get("modality"))
            or pick_modality(report.get("category"))
            or text_of(request.get("modality")),
            "procedure_code": code,
            "procedure_code_system": system,
            "procedure_description": description,
            "report_text": text,
            "facility": self._facility(report, request, study) or self._performer(report),
            "patient_age": age_at(exam, text_of(person.get("birth"))),
            "patient_sex": codes.SEXES.get(text_of(person.get("sex")), ""),
        }

    def _request(self, request: Resource, name: str) -> Row:
        code, system, description = pick_code(request.get("code"))
        kept = self._index.digest(request) or {}
        study = self._index.study_of(f"ServiceRequest/{name}")
        status = text_of(request.get("status"))
        if request.get("doNotPerform") is True:
            status = "revoked"
        return {
            "order_id": name,
            "accession": self._accession(kept, f"ServiceRequest/{name}", study),
            "order_datetime": text_of(request.get("authoredOn")) or start_of(request, "occurrence"),
            "status": codes.FHIR_ORDER_WORDS.get(status, status),
            "modality": text_of(kept.get("modality")) or text_of(study.get("modality")),
            "procedure_code": code,
            "procedure_code_system": system,
            "procedure_description": description,
            "reason": self._reason(request),
            "facility": self._facility(request, kept, study),
            "ordering_department": self._requester(request),
        }

    def _study(self, study: Resource, name: str) -> Row:
        request, request_key = self._first(study, "basedOn", "ServiceRequest")
        kept = self._index.digest(study) or {}
        codes_told = (kept.get("code"), request.get("code"))
        code, system, description = next((c for c in codes_told if c and any(c)), ("", "", ""))
        status = text_of(study.get("status"))
        started = text_of(study.get("started"))
        return {
            # The study is what became of its request: one order, further on in its life.
            "order_id": request_key.partition("/")[2] or name,
            "accession": self._accession(request, request_key, {"id": name, **kept}),
            "order_datetime": text_of(request.get("when")) or started,
            "performed_datetime": started,
            "status": codes.FHIR_ORDER_WORDS.get(status, status),
            "modality": study_modality(study),
            "procedure_code": code,
            "procedure_code_system": system,
            "procedure_description": description,
            "reason": self._reason(study),
            "facility": self._facility(study, request, kept),
        }

    def _procedure(self, procedure: Resource, name: str) -> Row:
        request, request_key = self._first(procedure, "basedOn", "ServiceRequest")
        study = self._index.study_of(f"Procedure/{name}")
        code, system, description = pick_code(procedure.get("code"))
        status = text_of(procedure.get("status"))
        performed = start_of(procedure, "performed")
        accession = pick_identifier(procedure, self._shape.accession_identifier)
        return {
            "order_id": request_key.partition("/")[2] or name,
            "accession": accession or self._accession(request, request_key, study),
            "order_datetime": text_of(request.get("when")) or performed,
            "performed_datetime": performed if status in ("completed", "in-progress") else "",
            "status": codes.FHIR_ORDER_WORDS.get(status, status),
            "modality": text_of(study.get("modality")) or text_of(request.get("modality")),
            "procedure_code": code,
            "procedure_code_system": system,
            "procedure_description": description,
            "reason": self._reason(procedure),
            "facility": self._facility(procedure, request, study),
        }

    # --- what the others say ----------------------------------------------------------------------

    def _first(self, resource: Resource, name: str, kind: str) -> tuple[Kept, str]:
        """What is kept of the first resource of a kind that an element refers to, and its key."""
        for reference in listed(resource.get(name)):
            found = self._index.find(reference, resource)
            key = self._index.key(reference)
            if found or key.startswith(f"{kind}/"):
                return found, key
        return {}, ""

    def _accession(self, request: Kept, request_key: str, study: Kept) -> str:
        """What all rows of one exam share: an accession, else the request's id or the study's."""
        stated = text_of(study.get("accession")) or text_of(request.get("accession"))
        request_key = request_key or self._index.settle(study.get("request"))
        if stated or not request_key:
            return stated or (f"study-{study['id']}" if study.get("id") else "")
        made = self._index.study_of(request_key)
        return text_of(made.get("accession")) or f"request-{request_key.partition('/')[2]}"

    def _patient(self, resource: Resource) -> Kept:
        subject = resource.get("subject")
        found = self._index.find(subject, resource)
        if found or self._shape.patient_identifier:
            return found
        # Without its Patient the reference still tells whose it is.
        kind, _, name = self._index.key(subject).partition("/")
        return {"id": name if kind == "Patient" else ""}

    def _reason(self, resource: Resource) -> str:
        """Why: codes, conditions that are referred to, and notes."""
        found = [pick_code(code)[2] for code in listed(resource.get("reasonCode"))]
        for reference in listed(resource.get("reasonReference")):
            found.append(text_of(self._index.find(reference, resource).get("text")))
        found += [text_of(table_of(note).get("text")) for note in listed(resource.get("note"))]
        return "\n".join(dict.fromkeys(text for text in found if text))

    def _facility(self, resource: Resource, request: Kept, study: Kept) -> str:
        """The site: of the encounter, else of the place where the study was made."""
        encounter = self._index.find(resource.get("encounter"), resource)
        for written in (request.get("encounter"), study.get("encounter")):
            encounter = encounter or self._index.get(self._index.settle(written))
        name = self._name(encounter.get("provider"))
        for written, display in encounter.get("places") or ():
            name = name or self._place(written) or display
        return name or self._place(study.get("place"))

    def _place(self, written: Any) -> str:
        """The organization that runs a place, else the outermost place that it is part of."""
        name = ""
        for _ in range(_DEEPEST):
            place = self._index.get(self._index.settle(written))
            name = text_of(place.get("name")) or name
            managed = self._name(place.get("manager"))
            if managed or not place:
                return managed or name
            written = place.get("part_of")
        return name

    def _performer(self, report: Resource) -> str:
        for reference in listed(report.get("performer")):
            key = self._index.key(reference)
            if key.startswith("Organization/"):
                found = text_of(self._index.get(key).get("name"))
                return found or text_of(table_of(reference).get("display"))
        return ""

    def _requester(self, request: Resource) -> str:
        reference = table_of(request.get("requester"))
        key = self._index.key(reference)
        if not key.startswith("Organization/"):
            return ""
        return text_of(self._index.get(key).get("name")) or text_of(reference.get("display"))

    def _name(self, pair: Any) -> str:
        """The name of an organization that is kept as reference and display."""
        if not pair:
            return ""
        found = self._index.get(self._index.settle(pair[0]))
        return text_of(found.get("name")) or text_of(pair[1])


_TABLES = {
    "DiagnosticReport": "reports",
    "ServiceRequest": "orders",
    "ImagingStudy": "orders",
    "Procedure": "orders",
}
