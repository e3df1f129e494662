"""Rows -> HL7 v2: results as ORU^R01, orders as OMI^O23, each file a batch with its envelope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from auditor.sample.formats.births import find_birth
from auditor.sample.formats.files import make_folder, open_file
from auditor.sample.rows import Row

_END = "\r"
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\n": "\\.br\\"}
_SPECIAL = re.compile(r"[\\|^&~\n]")
_SYSTEMS = {"CPT": "C4", "LOINC": "LN", "SNOMED": "SCT", "ICD10PCS": "I10P"}
# The contract's words as codes of OBR-25 and ORC-5; what has none stays as it is.
_RESULTS = {"preliminary": "P", "final": "F", "addendum": "F", "corrected": "C", "cancelled": "X"}
_STATES = {
    **{"completed": "CM", "cancelled": "CA", "scheduled": "SC", "in-progress": "IP"},
    **{"discontinued": "DC"},
}
_CONTROLS = {"CM": "SC", "CA": "CA", "DC": "DC"}


class MessageWriter:
    """Writes `hl7v2/results.hl7` and `hl7v2/orders.hl7`; see `kinds.Writer`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "hl7v2"
        self.reports, self.orders = self._folder / "results.hl7", self._folder / "orders.hl7"
        self._files: list[TextIO] = []
        self._counts = [0, 0]

    def __enter__(self) -> MessageWriter:
        make_folder(self._folder)
        for path in (self.reports, self.orders):
            file = open_file(path)
            file.write("FHS|^~\\&|SAMPLE" + _END + "BHS|^~\\&|SAMPLE" + _END)
            self._files.append(file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file, count in zip(self._files, self._counts, strict=True):
            file.write(f"BTS|{count}" + _END + "FTS|1" + _END)
            file.close()

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's messages."""
        birth = find_birth(reports)
        born = f"{birth:%Y%m%d}" if birth else ""
        sex = next((row["patient_sex"] for row in reports if row.get("patient_sex")), "")
        for row in reports:
            self._send(0, _result(row, born, sex))
        for row in orders:
            self._send(1, _order(row, born, sex))

    def _send(self, number: int, segments: Sequence[str]) -> None:
        self._counts[number] += 1
        kind = ("ORU^R01^ORU_R01", "OMI^O23^OMI_O23")[number]
        header = _segment(
            "MSH",
            {2: "^~\\&", 3: "RIS", 9: kind, 10: str(self._counts[number]), 11: "P", 12: "2.8"}
            | {18: "UNICODE UTF-8"},
        )
        self._files[number].write(_END.join((header, *segments)) + _END)


def _result(row: Row, born: str, sex: str) -> list[str]:
    status = row.get("report_status", "")
    request = {
        **_procedure(row),
        1: "1",
        7: _moment(row["exam_datetime"]),
        22: _moment(row.get("report_datetime", "")),
        25: _RESULTS.get(status, _escape(status)),
        51: _escape(row["report_id"]),
    }
    # HL7 has no code for an addendum as a whole, only for a text that was appended.
    piece = "B" if status == "addendum" else request[25]
    text = {1: "1", 2: "FT", 3: "18782-3^^LN", 5: _escape(row["report_text"]), 11: piece}
    return [
        *_person(row, born, sex),
        _segment("ORC", {1: "RE", 3: _escape(row.get("accession", ""))}),
        _segment("OBR", request),
        _segment("OBX", text),
    ]


def _order(row: Row, born: str, sex: str) -> list[str]:
    state = _STATES.get(row["status"], _escape(row["status"]))
    accession = _escape(row.get("accession", ""))
    order = {
        1: _CONTROLS.get(state, "NW"),
        2: _escape(row["order_id"]),
        3: accession,
        5: state,
        9: _moment(row["order_datetime"]),
        17: _named(row.get("ordering_department", "")),
    }
    request = {
        **_procedure(row),
        1: "1",
        2: _escape(row["order_id"]),
        7: _moment(row.get("performed_datetime", "")),
        31: _named(row.get("reason", "")),
    }
    return [
        *_person(row, born, sex),
        _segment("ORC", order),
        _segment("OBR", request),
        _segment("IPC", {1: accession}),
    ]


def _person(row: Row, born: str, sex: str) -> list[str]:
    identifier = f"{_escape(row['patient_id'])}^^^HOSPITAL^MR"
    facility = row.get("facility", "")
    return [
        _segment("PID", {1: "1", 3: identifier, 7: born, 8: sex}),
        _segment("PV1", {1: "1", 2: "O", 3: f"^^^{_escape(facility)}" if facility else ""}),
    ]


def _procedure(row: Row) -> dict[int, str]:
    code, name = row.get("procedure_code", ""), row.get("procedure_description", "")
    system = row.get("procedure_code_system", "")
    coded = "^".join((_escape(code), _escape(name), _SYSTEMS.get(system, _escape(system))))
    return {
        3: _escape(row.get("accession", "")),
        4: coded.rstrip("^"),
        24: _escape(row.get("modality", "")),
    }


def _named(text: str) -> str:
    """A coded value without a code."""
    return f"^{_escape(text)}" if text else ""


def _segment(name: str, fields: dict[int, str]) -> str:
    """A segment from its fields by number; a header's first field is the separator itself."""
    first = 2 if name == "MSH" else 1
    return "|".join([name, *(fields.get(number, "") for number in range(first, max(fields) + 1))])


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _moment(text: str) -> str:
    """An ISO datetime as HL7 writes it, as precise as it was."""
    day, _, clock = text.partition("T")
    return day.replace("-", "") + clock.replace(":", "")
