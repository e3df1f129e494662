"""One query a table against a database; the site file has the queries and maps their columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection, text

from auditor.config.site import Site
from auditor.ingest.databases import cell_text, naming_failures, open_database, stream_rows
from auditor.ingest.parts import PART_ROWS, Notes, Part, Source
from auditor.ingest.rows import Rows
from auditor.ingest.schema import TABLES


def read_sql(source: Source, site: Site, notes: Notes) -> Iterator[Part]:
    """Read the rows of the site's queries; a row's line is its number in the result, from 1.

    Raises:
        SourceError: The database cannot be read, or a query cannot be run.
    """
    queries = {"reports": site.sql.reports, "orders": site.sql.orders}
    with open_database(source.url, source.name) as connection:
        for table in TABLES:
            if queries[table]:
                yield from _read_query(connection, source.name, table, queries[table])


def _read_query(connection: Connection, title: str, table: str, query: str) -> Iterator[Part]:
    # A colon in a query is a colon: it takes no values.
    statement = text(query.replace(":", r"\:"))
    with naming_failures(f"{title} ([sql] {table})"):
        result = stream_rows(connection, statement)
        header = tuple(str(name) for name in result.keys())
        done = 0
        while True:
            run = list(islice(result, PART_ROWS))
            columns = [[cell_text(cell) for cell in column] for column in zip(*run, strict=True)]
            lines = range(done + 1, done + len(run) + 1)
            if run or not done:
                yield Part(table, title, Rows(columns or [[] for _ in header], lines), header, True)
            if not run:
                return
            done += len(run)
