"""Queries against a database by URL: read-only, streamed, and silent about passwords and values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from export_files import read
from postgres_server import private_server
from sqlalchemy import create_engine, text

from auditor.config.formats import CommonModel, Queries
from auditor.config.site import ColumnSources, Site
from auditor.errors import SourceError
from auditor.ingest import databases
from auditor.ingest.exports import find_sources
from auditor.ingest.parts import PART_ROWS, Notes

REPORTS = "SELECT mrn AS patient_id, doc AS report_id, exam_datetime, report_text FROM rad"
ORDERS = (
    "SELECT mrn AS patient_id, doc AS order_id, exam_datetime AS order_datetime,"
    " 'completed' AS status, 'CT' AS modality FROM rad"
)
ROWS = [("007", "R1", "2025-01-02 03:04:05", "Gas."), ("008", "R2", "2025-01-03", None)]


def site(reports: str = REPORTS, orders: str = "") -> Site:
    return Site(sql=Queries(reports=reports, orders=orders))


@pytest.fixture
def path(tmp_path) -> Path:
    made = tmp_path / "hospital.db"
    with sqlite3.connect(made) as database:
        database.execute("CREATE TABLE rad (mrn, doc, exam_datetime, report_text)")
        database.executemany("INSERT INTO rad VALUES (?, ?, ?, ?)", ROWS)
    database.close()
    return made


def test_both_tables(path) -> None:
    result = read(f"sqlite:///{path}", site=site(orders=ORDERS))
    assert [(row["patient_id"], row["report_text"]) for row in result.reports] == [
        ("007", "Gas."),
        ("008", ""),
    ]
    assert [row["exam_datetime"] for row in result.reports] == ["2025-01-02T03:04:05", "2025-01-03"]
    assert [row["line"] for row in result.reports] == [1, 2]
    assert [row["file"] for row in result.orders] == [f"sqlite:///{path}"] * 2


def test_the_site_maps_the_columns_of_a_query_as_those_of_a_file(path) -> None:
    columns = ColumnSources(reports={"patient_id": "mrn", "report_id": "doc"})  # type: ignore[dict-item]
    mapped = Site(columns=columns, sql=Queries(reports="SELECT * FROM rad;"))
    assert [row["report_id"] for row in read(path, site=mapped).reports] == ["R1", "R2"]


def test_a_text_that_is_no_text_sets_its_row_aside(path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(
            "INSERT INTO rad VALUES ('009', 'R3', '2025-01-04', CAST(x'c9637261' AS TEXT))"
        )
    database.close()
    result = read(f"sqlite:///{path}", site=site())
    assert [row["report_id"] for row in result.reports] == ["R1", "R2"]
    assert result.set_aside == [("reports", 3, "report_text", "bad_encoding")]


def test_a_database_whose_own_words_are_no_text_is_damaged(path) -> None:
    content = path.read_bytes()
    at = content.index(b"CREATE TABLE rad")
    path.write_bytes(content[:at] + b"CREATE TABL\x80 rad" + content[at + 16 :])
    with pytest.raises(SourceError) as caught:
        read(f"sqlite:///{path}")
    assert str(caught.value) == f"sqlite:///{path}: is damaged; make a new copy."


def test_many_rows_come_in_runs(path) -> None:
    count = 2 * PART_ROWS + 3
    with sqlite3.connect(path) as database:
        rows = [("1", f"R{at}", "2025-01-02", "") for at in range(count)]
        database.execute("DELETE FROM rad")
        database.executemany("INSERT INTO rad VALUES (?, ?, ?, ?)", rows)
    database.close()
    result = read(path, site=site())
    assert [row["line"] for row in result.reports] == list(range(1, count + 1))


def test_no_rows_are_an_empty_feed_and_rows_at_fault_are_set_aside(path) -> None:
    assert read(path, site=site(REPORTS + " WHERE mrn = 'x'")).rows_in == 0
    result = read(path, site=site(REPORTS.replace("mrn AS", "NULL AS")))
    assert result.set_aside == [
        ("reports", 1, "patient_id", "empty_id"),
        ("reports", 2, "patient_id", "empty_id"),
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT elsewhere FROM rad", "the query cannot be run: no such column: elsewhere."),
        ("SELECT * FROM nowhere", "the query cannot be run: no such table: nowhere."),
        ("SELECT * FROM rad WHERE", "the query cannot be run: incomplete input."),
        (
            "WITH x AS (SELECT 1) INSERT INTO rad SELECT 1, 2, 3, 4",
            "was asked to write, which a source must not; give a query that only reads.",
        ),
        ("SELECT * FROM rad; DROP TABLE rad", "cannot be read to its end (ProgrammingError)."),
    ],
)
def test_a_query_that_cannot_be_run(path, query, said) -> None:
    with pytest.raises(SourceError) as error:
        read(path, site=site(query))
    assert str(error.value) == f"sqlite:///{path} ([sql] reports): {said}"
    assert error.value.__cause__ is None
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM rad").fetchone() == (2,)
    database.close()


def test_a_query_must_be_a_select() -> None:
    with pytest.raises(ValueError, match="must be one SELECT"):
        Queries(reports="DELETE FROM rad")
    assert (
        Queries(reports="-- ours\n/* all */ select 1 ;\n").reports == "-- ours\n/* all */ select 1"
    )


def test_a_query_that_lacks_a_column_is_told_as_a_file_is(path) -> None:
    with pytest.raises(SourceError) as error:
        read(path, site=site("SELECT mrn, doc FROM rad"))
    assert "the columns patient_id, report_id, exam_datetime, report_text are missing" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///nowhere.db", "sqlite:///nowhere.db: there is no such file."),
        (
            "postgresql://u:top@secret@host/db",
            "The database's URL has more than one '@': write special characters of the user name "
            "and password percent-encoded ('@' as %40).",
        ),
        (
            "nosuch+driver://u:secret@host/db",
            "nosuch://host/db: the driver for 'nosuch+driver' is not installed; install it, e.g. "
            "with pip install 'radiology-pathway-auditor[postgres]' for PostgreSQL.",
        ),
        (
            "postgresql://u:${DB_SECRET}@host/db",
            "The database's URL names the environment variable DB_SECRET, which is not set.",
        ),
        (
            "postgresql://u:secret@127.0.0.1:1/db",
            "postgresql://127.0.0.1/db: cannot be reached; check host and port.",
        ),
    ],
)
def test_a_database_that_cannot_be_opened(url, said) -> None:
    with pytest.raises(SourceError) as error:
        read(url, site=site())
    assert str(error.value) == said
    assert "secret" not in repr(error.value.__cause__)


def test_variables_fill_the_url_and_nothing_shows_it() -> None:
    url = "postgresql://reader:${PW}@db.example:5433/cdm"
    (source,) = find_sources([url], Site(), Notes(), {"PW": "secret"})
    assert source.url == "postgresql://reader:secret@db.example:5433/cdm"
    assert source.name == "postgresql://db.example/cdm"
    assert "secret" not in repr(source)
    assert "reader" not in repr(source)


def test_a_file_that_is_no_database(tmp_path) -> None:
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    with pytest.raises(SourceError, match=r"x.db.*: is (?:not an SQLite|damaged)"):
        read(tmp_path / "x.db", site=site())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with private_server() as url:
        yield url


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_is_read_as_one_state_and_not_written(server) -> None:
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE rad (mrn text, doc text, exam_datetime timestamptz, report_text text)"
            )
        )
        connection.execute(
            text("INSERT INTO rad VALUES ('007', 'R1', '2025-01-02 03:04:05+00', 'Gas.')")
        )
        connection.execute(
            text("CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM rad; SELECT 1'")
        )
    try:
        (row,) = read(server, site=site()).reports
        assert row["exam_datetime"].startswith("2025-01-02T")
        for query, said in (
            ("SELECT spoil()", "was asked to write, which a source must not"),
            ("SELECT 1 AS a INTO TEMP b", "cannot be read to its end (42601)"),
            ("SELECT doc::int FROM rad", "cannot be read to its end (22P02)"),
            ("SELECT x FROM rad", 'the query cannot be run: column "x" does not exist'),
            ("SELECT 1 FROM nowhere", 'the query cannot be run: relation "nowhere" does not exist'),
        ):
            with pytest.raises(SourceError) as error:
                read(server, site=site(query))
            assert said in str(error.value)
            assert "R1" not in str(error.value)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM rad")).scalar() == 1
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION spoil; DROP TABLE rad"))
        engine.dispose()


@pytest.mark.slow
@pytest.mark.postgres
def test_omop_tables_in_a_schema_of_postgresql(server) -> None:
    engine = create_engine(server)
    with engine.begin() as connection:
        for statement in (
            "CREATE SCHEMA cdm",
            "CREATE TABLE cdm.note (note_id int, person_id int, note_date date, note_text text,"
            " note_type_concept_id int, note_event_id int, note_event_field_concept_id int)",
            "CREATE TABLE cdm.procedure_occurrence (procedure_occurrence_id int, person_id int,"
            " procedure_date date, procedure_datetime timestamp, procedure_source_value text)",
            "INSERT INTO cdm.note VALUES (1, 7, '2025-01-03', 'Gas.', 5, 11, 1147082),"
            " (2, 7, '2025-01-03', 'Other.', 6, NULL, NULL)",
            "INSERT INTO cdm.procedure_occurrence VALUES"
            " (11, 7, '2025-01-02', '2025-01-02 03:04', 'XR ABDOMEN')",
        ):
            connection.execute(text(statement))
    try:
        chosen = Site(omop=CommonModel(schema_name="cdm", note_types=(5,)))
        result = read(server, site=chosen)
        assert [(row["report_id"], row["exam_datetime"]) for row in result.reports] == [
            ("1", "2025-01-02T03:04:00")
        ]
        assert [row["procedure_description"] for row in result.orders] == ["XR ABDOMEN"]
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA cdm CASCADE"))
        engine.dispose()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (b"caf\xc3\xa9", "café"),
        (True, "True"),
    ],
)
def test_cells(value, expected) -> None:
    assert databases.cell_text(value) == expected
