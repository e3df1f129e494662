"""The contract columns of the two canonical tables, and what a set-aside row looks like.

Inside ingest a table travels as `pyarrow.RecordBatch`es whose columns are the contract columns
below, all text (`pa.string()`), an empty string where there is no value, plus `file` (text) and
`line` (int64, the physical line where the row begins, 1-based, the header being line 1).
Datetimes are text in ISO 8601 as precise as the input was: `2025-01-02` (time of day unknown) or
`2025-01-02T03:04:05`, with an offset where the source had one. A date alone is never padded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One contract column.

    Attributes:
        name: The contract's name.
        required: The column must be present and a row without a value is set aside.
        kind: `text`, `id`, `datetime` or `number`.
    """

    name: str
    required: bool = False
    kind: str = "text"


REPORT_COLUMNS: tuple[Column, ...] = (
    Column("patient_id", True, "id"),
    Column("report_id", True, "id"),
    Column("accession", kind="id"),
    Column("exam_datetime", True, "datetime"),
    Column("report_datetime", kind="datetime"),
    Column("report_status"),
    Column("modality"),
    Column("procedure_code", kind="id"),
    Column("procedure_code_system"),
    Column("procedure_description"),
    # Required as a column; an empty text is a report that says nothing, not a broken row.
    Column("report_text", True),
    Column("facility"),
    Column("patient_age", kind="number"),
    Column("patient_sex"),
)

ORDER_COLUMNS: tuple[Column, ...] = (
    Column("patient_id", True, "id"),
    Column("order_id", True, "id"),
    Column("accession", kind="id"),
    Column("order_datetime", True, "datetime"),
    Column("performed_datetime", kind="datetime"),
    Column("status", True),
    Column("modality"),
    Column("procedure_code", kind="id"),
    Column("procedure_code_system"),
    Column("procedure_description"),
    Column("reason"),
    Column("facility"),
    Column("ordering_department"),
)

TABLES: dict[str, tuple[Column, ...]] = {"reports": REPORT_COLUMNS, "orders": ORDER_COLUMNS}

# One of these must be present among an order table's columns, and filled in each row.
ORDER_PROCEDURE_COLUMNS: tuple[str, ...] = ("modality", "procedure_code", "procedure_description")


@dataclass(frozen=True, slots=True, order=True)
class SetAside:
    """A row that was not used, and why. Holds no value of the row, only its class.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        line: Physical line where the row begins, 1-based (0 where the source has no lines).
        column: The contract column at fault, empty where the whole row is.
        reason: A reason code, e.g. `unparseable_date`, `empty_id`, `too_many_fields`.
        value_class: What kind of value stood there, e.g. `empty`, `text`, `number`,
            `date-like`: never the value itself.
    """

    table: str
    file: str
    line: int
    column: str
    reason: str
    value_class: str


@dataclass(frozen=True, slots=True, order=True)
class IdentifierFound:
    """Where a row holds what looks like an identifier of a person: never the value itself.

    Attributes:
        table: `reports` or `orders`.
        file: The file's name as given.
        line: As of `SetAside`.
        column: The contract column that holds it.
        identifier_kind: `name`, `phone`, `mrn`, ...: the kinds of `privacy`.
        kept: It stands in what is kept or shown of the row.
    """

    table: str
    file: str
    line: int
    column: str
    identifier_kind: str
    kept: bool
