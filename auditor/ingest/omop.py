"""OMOP CDM 5.4: note -> reports, procedure_occurrence -> orders; from CSV files or a database.

One query a table joins what belongs to a row: the person, the visit with its care site, the
concepts, and of a note the procedure that it is about. `docs/formats.md` says what becomes of each
column; the model has no place for an accession, a status or a reason, which a site that has columns
for them names in its site file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    cast,
    column,
    inspect,
    select,
    table,
)
from sqlalchemy.sql.expression import FromClause

from auditor.config.formats import CommonModel
from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest import codes
from auditor.ingest.ages import age_at
from auditor.ingest.databases import cell_text, naming_failures, open_database, stream_rows
from auditor.ingest.omop_tables import FILE, LINE, ROW_TABLES, TABLES, Broken, open_tables
from auditor.ingest.parts import CONTRACT, PART_ROWS, Notes, Part, Source
from auditor.ingest.places import check_columns
from auditor.ingest.rows import Rows

# The concept of `procedure_occurrence.procedure_occurrence_id` in a note's reference (CDM 5.4).
_PROCEDURE_FIELD = "1147082"
_NO_CONCEPT = ("", "0")

# A row of a query: its cells as text, by `table.column`.
Cells = Mapping[str, str]


def read_omop(source: Source, site: Site, notes: Notes) -> Iterator[Part]:
    """Read the notes and procedures of OMOP tables.

    Raises:
        SourceError: A file or the database cannot be read, or has neither of the two tables.
        ConfigError: The site file names a column that the contract does not know.
    """
    for name, chosen in (("reports", site.omop.reports), ("orders", site.omop.orders)):
        check_columns("omop", name, chosen)
    if source.url:
        with open_database(source.url, source.name) as connection:
            yield from _read_tables(connection, source.name, site.omop, {}, notes)
        return
    broken = Broken()
    with open_tables(source.files, site, broken, notes) as connection:
        yield from _read_tables(connection, source.name, site.omop, broken.records, notes)


def _read_tables(
    connection: Connection,
    title: str,
    shape: CommonModel,
    broken: Mapping[tuple[str, str], Sequence[tuple[int, str]]],
    notes: Notes,
) -> Iterator[Part]:
    with naming_failures(title):
        there = _columns_there(connection, shape.schema_name or None)
        if not there.keys() & ROW_TABLES.keys():
            raise SourceError(
                f"{title}: has neither the OMOP table note nor procedure_occurrence; name the "
                "schema as [omop] schema_name, or give queries as [sql] in the site file."
            )
        for main, contract_table in ROW_TABLES.items():
            if main in there:
                query = _Query(main, there, shape, title)
                yield from _read_rows(connection, query, contract_table, title)
        for (file, contract_table), records in sorted(broken.items()):
            header = CONTRACT[contract_table]
            yield Part(contract_table, file, Rows([[] for _ in header], [], tuple(records)), header)


def _columns_there(connection: Connection, schema: str | None) -> dict[str, list[str]]:
    """The columns of the tables that are there; names in small letters, as they are written."""
    looked = inspect(connection)
    names = {
        name.lower(): name
        for name in (*looked.get_table_names(schema=schema), *looked.get_view_names(schema=schema))
    }
    return {
        name: [found["name"] for found in looked.get_columns(names[name], schema=schema)]
        for name in TABLES
        if name in names
    }


def _read_rows(
    connection: Connection, query: _Query, contract_table: str, title: str
) -> Iterator[Part]:
    rows = stream_rows(connection, query.statement())
    header = CONTRACT[contract_table]
    done = 0
    while run := list(islice(rows, PART_ROWS)):
        # Files in turn: a part is of one file.
        by_file: dict[str, tuple[list[tuple[str, ...]], list[int]]] = {}
        for number, found in enumerate(run, start=done + 1):
            cells = dict(zip(query.names, map(cell_text, found), strict=True))
            values, lines = by_file.setdefault(cells.get(FILE, title), ([], []))
            row = query.row(cells)
            values.append(tuple(row.get(name, "") for name in header))
            lines.append(int(cells.get(LINE) or number))
        for file, (values, lines) in by_file.items():
            columns = list(map(list, zip(*values, strict=True)))
            yield Part(contract_table, file, Rows(columns, lines), header)
        done += len(run)


class _Query:
    """One query over the tables that are there, and how its rows become the contract's.

    Attributes:
        names: What the query's columns are, as `table.column`.
    """

    def __init__(
        self, main: str, there: Mapping[str, Sequence[str]], shape: CommonModel, title: str
    ) -> None:
        self._main = main
        self._there = there
        self._shape = shape
        self._tables = {
            name: table(name, *map(column, columns), schema=shape.schema_name or None)
            for name, columns in there.items()
        }
        self._froms: dict[str, FromClause] = {main: self._tables[main]}
        self._joined: FromClause = self._tables[main]
        self._join_all()
        self._chosen = shape.reports if main == "note" else shape.orders
        for places in self._chosen.values():
            self._check(places, title)
        self._row: Callable[[Cells], dict[str, str]] = _report if main == "note" else _order
        self.names: list[str] = []

    def statement(self) -> Select[Any]:
        """The query; sets `names`."""
        wanted = {place for places in self._chosen.values() for place in places} | set(_USED)
        selected: list[ColumnElement[Any]] = []
        for name, source in self._froms.items():
            for found in source.c:
                place = f"{name}.{found.name.lower()}"
                if place in wanted or found.name in (FILE, LINE):
                    own = found.name in (FILE, LINE)
                    if own and name != self._main:
                        continue
                    self.names.append(found.name if own else place)
                    selected.append(found.label(f"c{len(selected)}"))
        return select(*selected).select_from(self._joined).where(*self._conditions())

    def row(self, cells: Cells) -> dict[str, str]:
        """A row of the contract's columns."""
        row = self._row(cells)
        for name, places in self._chosen.items():
            row[name] = next((value for place in places if (value := cells.get(place, ""))), "")
        return row

    def _join_all(self) -> None:
        if self._main == "note":
            self._join_procedure()
        main = self._main
        self._join("person", main, "person_id", "person_id")
        self._join("visit_occurrence", main, "visit_occurrence_id", "visit_occurrence_id")
        self._join("care_site", "visit_occurrence", "care_site_id", "care_site_id")
        for name, key in (
            ("concept", "procedure_concept_id"),
            ("source_concept", "procedure_source_concept_id"),
        ):
            self._join(name, "procedure_occurrence", key, "concept_id", of="concept")

    def _join(self, name: str, other: str, key: str, own_key: str, *, of: str = "") -> None:
        """Join a table, where it and what it is joined by are there."""
        left = self._column(other, key)
        found = self._tables.get(of or name)
        if left is None or found is None:
            return
        joined = found.alias(name)
        self._froms[name] = joined
        own = self._column(name, own_key)
        if own is None:
            del self._froms[name]
            return
        self._joined = self._joined.outerjoin(joined, left == own)

    def _join_procedure(self) -> None:
        event = self._column("note", "note_event_id")
        procedures = self._tables.get("procedure_occurrence")
        if event is None or procedures is None:
            return
        joined = procedures.alias("procedure_occurrence")
        self._froms["procedure_occurrence"] = joined
        own = self._column("procedure_occurrence", "procedure_occurrence_id")
        if own is None:
            del self._froms["procedure_occurrence"]
            return
        condition: ColumnElement[bool] = event == own
        kind = self._column("note", "note_event_field_concept_id")
        if kind is not None:
            condition = and_(condition, _as_text(kind) == _PROCEDURE_FIELD)
        self._joined = self._joined.outerjoin(joined, condition)

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        for name, chosen in (
            ("note_type_concept_id", self._shape.note_types),
            ("note_class_concept_id", self._shape.note_classes),
        ):
            found = self._column("note", name) if self._main == "note" else None
            if chosen and found is not None:
                yield _as_text(found).in_([str(concept) for concept in chosen])

    def _column(self, name: str, wanted: str) -> ColumnElement[Any] | None:
        source = self._froms.get(name)
        if source is None:
            return None
        return next((found for found in source.c if found.name.lower() == wanted), None)

    def _check(self, places: Sequence[str], title: str) -> None:
        """Check that a place that the site names is there."""
        for place in places:
            name, _, wanted = place.partition(".")
            if self._column(name, wanted.lower()) is None:
                known = [found.name for found in self._froms[name].c] if name in self._froms else []
                shown = ", ".join(known) if known else f"no table {name}"
                raise SourceError(
                    f"{title}: the site file's [omop] takes a column from '{place}', which is not "
                    f"there; there is: {shown}."
                )


def _as_text(found: ColumnElement[Any]) -> ColumnElement[str]:
    """A column as text: files hold concepts as texts, databases as numbers."""
    return cast(found, String(20))


# --- rows -----------------------------------------------------------------------------------------

_USED = (
    *("note.note_id", "note.person_id", "note.note_date", "note.note_datetime", "note.note_title"),
    *("note.note_text", "procedure_occurrence.procedure_occurrence_id", "care_site.care_site_name"),
    *("procedure_occurrence.person_id", "procedure_occurrence.procedure_date"),
    *("procedure_occurrence.procedure_datetime", "procedure_occurrence.procedure_source_value"),
    *("person.gender_concept_id", "person.gender_source_value", "person.year_of_birth"),
    *("person.month_of_birth", "person.day_of_birth", "person.birth_datetime"),
    *("concept.concept_id", "concept.concept_name", "concept.concept_code"),
    *("concept.vocabulary_id",),
    *("source_concept.concept_id", "source_concept.concept_name", "source_concept.concept_code"),
    *("source_concept.vocabulary_id",),
)


def _report(cells: Cells) -> dict[str, str]:
    signed = _moment(cells, "note.note")
    exam = _moment(cells, "procedure_occurrence.procedure") or signed
    code, system, name = _procedure(cells)
    sex = cells.get("person.gender_concept_id", "")
    return {
        "patient_id": cells.get("note.person_id", ""),
        "report_id": cells.get("note.note_id", ""),
        "accession": cells.get("procedure_occurrence.procedure_occurrence_id", ""),
        "exam_datetime": exam,
        "report_datetime": signed,
        "procedure_code": code,
        "procedure_code_system": system,
        "procedure_description": cells.get("note.note_title", "") or name,
        "report_text": cells.get("note.note_text", ""),
        "facility": cells.get("care_site.care_site_name", ""),
        "patient_age": age_at(exam, _birth(cells)),
        "patient_sex": codes.SEXES.get(sex) or cells.get("person.gender_source_value", ""),
    }


def _order(cells: Cells) -> dict[str, str]:
    done = _moment(cells, "procedure_occurrence.procedure")
    code, system, name = _procedure(cells)
    return {
        "patient_id": cells.get("procedure_occurrence.person_id", ""),
        "order_id": cells.get("procedure_occurrence.procedure_occurrence_id", ""),
        "accession": cells.get("procedure_occurrence.procedure_occurrence_id", ""),
        "order_datetime": done,
        "performed_datetime": done,
        # The model holds what has occurred.
        "status": "completed",
        "procedure_code": code,
        "procedure_code_system": system,
        "procedure_description": name,
        "facility": cells.get("care_site.care_site_name", ""),
    }


def _moment(cells: Cells, name: str) -> str:
    """When: the time of day where there is one; the model writes an unknown one as midnight."""
    moment, day = cells.get(f"{name}_datetime", ""), cells.get(f"{name}_date", "")
    date_part, _, clock = moment.replace("T", " ").partition(" ")
    if not moment or clock.rstrip("0:.") == "":
        return date_part or day.replace("T", " ").partition(" ")[0]
    return moment


def _birth(cells: Cells) -> str:
    born = cells.get("person.birth_datetime", "")
    if born:
        return born[:10]
    parts = [cells.get(f"person.{name}_of_birth", "") for name in ("year", "month", "day")]
    return "-".join(part.zfill(2) for part in parts if part and part != "0")


def _procedure(cells: Cells) -> tuple[str, str, str]:
    """Code, code system and name: as the source coded it where that is known, else the standard."""
    written = cells.get("procedure_occurrence.procedure_source_value", "")
    for name in ("source_concept", "concept"):
        code = cells.get(f"{name}.concept_code", "")
        if code and cells.get(f"{name}.concept_id", "") not in _NO_CONCEPT:
            system = codes.system_word(cells.get(f"{name}.vocabulary_id", ""))
            return code, system, cells.get(f"{name}.concept_name", "")
    # A source value in words is a name, else a code of a system that nobody tells.
    in_words = " " in written.strip() or written.strip().isalpha()
    return ("", "", written) if in_words else (written, "", "")
