"""What a site says of its exports that are no plain tables: messages, resources, databases."""

from __future__ import annotations

import re
from typing import Any

from pydantic import StrictInt, field_validator

from auditor.config.base import Settings

_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9]\d*(?:\.[1-9]\d*){0,2}")
_COLUMN = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")

# A contract column, and where it is taken from: the first place that is filled counts.
Places = dict[str, tuple[str, ...]]


def _listed(given: Any) -> Any:
    """A single place may be written without brackets."""
    if not isinstance(given, dict):
        return given
    return {name: (value,) if isinstance(value, str) else value for name, value in given.items()}


def _check_shape(places: Places, shape: re.Pattern[str], example: str) -> Places:
    for name, listed in places.items():
        for place in listed:
            if not shape.fullmatch(place):
                raise ValueError(f"{name}: '{place}' is no place to take it from, as {example} is")
    return places


class MessageShape(Settings):
    """How the site fills its HL7 v2 messages.

    Attributes:
        reports: Fields of a report's columns, e.g. `accession = "OBR-18"`.
        orders: Fields of an order's columns.
        patient_identifier: Identifier types (PID-3.5) that may stand for the patient, the first
            that is there counts; else the first identifier.
    """

    reports: Places = {}
    orders: Places = {}
    patient_identifier: tuple[str, ...] = ("MR", "PI")

    _list = field_validator("reports", "orders", mode="before")(_listed)

    @field_validator("reports", "orders")
    @classmethod
    def _fields(cls, places: Places) -> Places:
        return _check_shape(places, _FIELD, "'OBR-18' or 'PID-3.1'")


class ResourceShape(Settings):
    """How the site fills its FHIR resources.

    Attributes:
        patient_identifier: Type code or system of the identifier that stands for the patient;
            empty: the resource's id.
        accession_identifier: Type code or system of the identifier that is the accession.
        categories: Further category codes of the reports that are to be read.
    """

    patient_identifier: str = ""
    accession_identifier: str = "ACSN"
    categories: tuple[str, ...] = ()


class CommonModel(Settings):
    """How the site fills its OMOP tables.

    Attributes:
        reports: Columns of a report's columns, e.g. `report_id = "note.note_source_value"`.
        orders: Columns of an order's columns.
        note_types: `note_type_concept_id`s of the notes to be read; empty: all.
        note_classes: `note_class_concept_id`s of the notes to be read; empty: all.
        schema_name: The database schema of the tables; empty: the connection's own.
    """

    reports: Places = {}
    orders: Places = {}
    note_types: tuple[StrictInt, ...] = ()
    note_classes: tuple[StrictInt, ...] = ()
    schema_name: str = ""

    _list = field_validator("reports", "orders", mode="before")(_listed)

    @field_validator("reports", "orders")
    @classmethod
    def _columns(cls, places: Places) -> Places:
        return _check_shape(places, _COLUMN, "'note.note_source_value'")


class Queries(Settings):
    """The queries that give the two tables; their columns' names are mapped as a file's are.

    Attributes:
        reports: One SELECT; empty: the database holds no reports.
        orders: One SELECT; empty: the database holds no orders.
    """

    reports: str = ""
    orders: str = ""

    @field_validator("reports", "orders")
    @classmethod
    def _one_select(cls, query: str) -> str:
        bare = query.strip().rstrip(";").strip()
        if bare and not re.match(
            r"(?:--[^\n]*\n|/\*.*?\*/|\s)*(?:select|with)\b", bare, re.I | re.S
        ):
            raise ValueError("must be one SELECT")
        return bare
