"""HL7 v2: results (ORU) -> reports, orders (ORM, OMI, OMG) -> orders.

A message is read by itself: a later version of a report, or a later state of an order, is a row of
its own with the same id, and whoever comes later tells which one stands. `docs/formats.md` says
what becomes of each field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.config.formats import MessageShape
from auditor.config.site import Site
from auditor.ingest import codes, message_text
from auditor.ingest.ages import age_at
from auditor.ingest.framing import read_framed
from auditor.ingest.messages import Group, Message, get, get_part, read_groups, read_message
from auditor.ingest.opening import open_content
from auditor.ingest.parts import UNREAD, Gathering, Notes, Part, Source
from auditor.ingest.places import Field, find_places

_RESULTS = ("ORU",)
_ORDERS = ("ORM", "OMI", "OMG")
_KIND = re.compile(r"[A-Z]{3}(?:\^[A-Z]\d\d)?")

# Where each column is taken from, unless the site says otherwise; the first that is filled counts.
_REPORT_PLACES = {
    "report_id": ("OBR-51", "OBR-3", "ORC-3", "OBR-2", "ORC-2"),
    "accession": ("IPC-1", "OBR-3", "ORC-3"),
    "exam_datetime": ("OBR-7", "OBX-14", "OBR-36", "TQ1-7", "OBR-27.4"),
    "report_datetime": ("OBR-22", "MSH-7"),
    "procedure_description": ("OBR-4.2", "OBR-4.5", "OBR-44.2"),
    "facility": ("PV1-3.4", "MSH-4"),
}
_ORDER_PLACES = {
    "order_id": ("ORC-2", "OBR-2", "ORC-3", "OBR-3"),
    "accession": ("IPC-1", "OBR-3", "ORC-3"),
    "order_datetime": ("ORC-9", "ORC-15", "OBR-6", "OBR-36", "MSH-7"),
    "performed_datetime": ("OBR-7", "OBR-8"),
    "procedure_description": ("OBR-4.2", "OBR-4.5", "OBR-44.2"),
    "facility": ("PV1-3.4", "MSH-4"),
    "ordering_department": ("ORC-17.2", "ORC-17.1", "PV1-3.1", "PV1-10"),
}


def read_hl7v2(source: Source, site: Site, notes: Notes) -> Iterator[Part]:
    """Read files of HL7 v2 messages, one after the other.

    Raises:
        SourceError: A file cannot be read to its end.
        ConfigError: The site file names a column that the contract does not know.
    """
    shape = site.hl7v2
    reader = _MessageReader(
        shape,
        find_places("hl7v2", "reports", _REPORT_PLACES, shape.reports),
        find_places("hl7v2", "orders", _ORDER_PLACES, shape.orders),
        notes,
    )
    for path in source.files:
        gathering = Gathering(str(path))
        batch = _Batch(notes)
        with open_content(path) as content:
            for framed in read_framed(content):
                message = None
                if not framed.reason:
                    message = read_message(framed.content, site.files.encoding)
                if message is None:
                    reason = framed.reason or "bad_message_header"
                    gathering.set_aside("reports", framed.line, reason)
                else:
                    batch.count(message)
                    reader.read(message, framed.line, gathering)
                yield from gathering.full()
        yield from gathering.rest()


class _Batch:
    """Compares what the trailers of a file say with what was there: a file may be cut short."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._messages = 0

    def count(self, message: Message) -> None:
        """Count a message, and look at the trailers that follow it."""
        self._messages += 1
        for segment in message.segments[1:]:
            if segment[0] == "BTS":
                said = get(segment, 1).strip()
                if said.isdecimal() and int(said) != self._messages:
                    self._notes.add(
                        "HL7 batches that hold other messages than their trailer counts"
                    )
                self._messages = 0
            elif segment[0] == "BHS":
                self._messages = 0


class _MessageReader:
    """Makes rows of messages, by the site's choice of fields."""

    def __init__(
        self,
        shape: MessageShape,
        reports: Mapping[str, tuple[Field, ...]],
        orders: Mapping[str, tuple[Field, ...]],
        notes: Notes,
    ) -> None:
        self._shape = shape
        self._reports = reports
        self._orders = orders
        self._notes = notes

    def read(self, message: Message, line: int, gathering: Gathering) -> None:
        """Add the rows of a message."""
        kind = message.kind
        name = kind[:3]
        if name not in _RESULTS + _ORDERS:
            shown = name if _KIND.fullmatch(kind) else "of no known type"
            self._notes.add(f"HL7 messages that are neither results nor orders, left out ({shown})")
            return
        groups = list(read_groups(message))
        if not groups:
            table = "reports" if name in _RESULTS else "orders"
            gathering.set_aside(table, line, "no_order_segment")
        used: dict[str, int] = {}
        for group in groups:
            if codes.is_other_department(get(group.shared.get("OBR", []), 24)):
                self._notes.add("HL7 messages of departments without images or specimens, left out")
            elif name in _RESULTS:
                self._add_result(message, group, line, gathering, used)
            else:
                gathering.add("orders", line, self._order(message, group))

    def _add_result(
        self, message: Message, group: Group, line: int, gathering: Gathering, used: dict[str, int]
    ) -> None:
        request = group.shared.get("OBR", [])
        text = message_text.read_text(message, group)
        if text.only_measured:
            self._notes.add("HL7 results that hold only measurements, left out")
            return
        if not text.text and get(request, 25).strip().upper() in codes.ORDER_OF_RESULT:
            state = get(request, 25).strip().upper()
            if state in ("O", "S", "I", "N"):
                gathering.add("orders", line, self._order(message, group))
                return
        if text.broken and not text.text:
            gathering.set_aside("reports", line, "unreadable_attachment")
            return
        if (text.unread or text.broken) and not text.text:
            self._notes.add(UNREAD)
        row = self._report(message, group, text)
        # Two exams of one message under one number are two reports, not two versions of one.
        seen = used[row["report_id"]] = used.get(row["report_id"], 0) + 1
        if seen > 1:
            row["report_id"] += f"-{seen}"
        gathering.add("reports", line, row)

    def _report(self, message: Message, group: Group, text: message_text.Text) -> dict[str, str]:
        row = self._common(message, group)
        row |= self._from_places(message, group, self._reports)
        row.setdefault("report_status", text.status)
        row.setdefault("report_text", text.text)
        person = group.shared.get("PID", [])
        birth = message.component(message.first(get(person, 7)))
        row.setdefault("patient_age", age_at(row["exam_datetime"], birth))
        sex = message.component(get(person, 8)).upper()
        row.setdefault("patient_sex", codes.SEXES.get(sex, sex))
        return row

    def _order(self, message: Message, group: Group) -> dict[str, str]:
        row = self._common(message, group)
        row |= self._from_places(message, group, self._orders)
        row.setdefault("status", _order_status(group))
        if row["status"] in _NOT_DONE:
            row["performed_datetime"] = ""
        row.setdefault("reason", message_text.read_reason(message, group))
        return row

    def _common(self, message: Message, group: Group) -> dict[str, str]:
        request = group.shared.get("OBR", [])
        code, system = self._code(message, request)
        return {
            "patient_id": self._patient(message, group.shared.get("PID", [])),
            "modality": message.text(codes.modality_word(get(request, 24))),
            "procedure_code": code,
            "procedure_code_system": codes.system_word(system),
        }

    def _patient(self, message: Message, person: list[str]) -> str:
        """The identifier of the site's choice, else the first; an old one (PID-2) where none is."""
        listed = get(person, 3).split(message.marks.repetition)
        for kind in self._shape.patient_identifier:
            for value in listed:
                if get_part(value, message.marks.component, 5).strip() == kind:
                    return message.component(value)
        return message.component(listed[0]) or message.component(get(person, 2))

    @staticmethod
    def _code(message: Message, request: list[str]) -> tuple[str, str]:
        """Code and system: of a system that everybody shares where there is one, else the first."""
        found: list[tuple[str, str]] = []
        for number in (4, 44):
            value = message.first(get(request, number))
            for at in (1, 4) if value else ():
                code = message.component(value, at)
                if code:
                    found.append((code, message.component(value, at + 2)))
        shared = (pair for pair in found if codes.is_standard(pair[1]))
        return next(shared, found[0] if found else ("", ""))

    @staticmethod
    def _from_places(
        message: Message, group: Group, places: Mapping[str, tuple[Field, ...]]
    ) -> dict[str, str]:
        """The columns that are taken from fields as they stand."""
        row = {}
        for column, fields in places.items():
            row[column] = next((v for place in fields if (v := _value(message, group, place))), "")
            if column.endswith("_datetime"):
                row[column] = _moment(row[column])
        return row


_NOT_DONE = frozenset(("ordered", "scheduled", "on-hold", "cancelled", "discontinued", "replaced"))


def _value(message: Message, group: Group, place: Field) -> str:
    if place.segment == "OBX":
        segments = group.results
    else:
        segments = [group.shared[place.segment]] if place.segment in group.shared else []
    for segment in segments:
        written = get(segment, place.number)
        if written and (found := message.first(written)):
            return message.component(found, place.component, place.part)
    return ""


def _moment(value: str) -> str:
    """A timestamp that ends in the hour is known to the day: the contract knows no bare hours."""
    return value[:8] if re.fullmatch(r"\d{10}", value, re.ASCII) else value


def _order_status(group: Group) -> str:
    """What an order's message says of its state, as a word of the contract where one fits."""
    order, request = group.shared.get("ORC", []), group.shared.get("OBR", [])
    control, state = get(order, 1).strip().upper(), get(order, 5).strip()
    if control in codes.CONTROL_OFF:
        return codes.CONTROL_OFF[control]
    if state:
        return codes.ORDER_WORDS.get(state.upper(), state)
    result = get(request, 25).strip().upper()
    if result in codes.ORDER_OF_RESULT:
        return codes.ORDER_OF_RESULT[result]
    return codes.CONTROL_WORDS.get(control, control)
