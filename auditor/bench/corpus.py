"""Invented exports of any size, fast: one pool of patients, copied with other ids and dates.

The pool is the pipeline's own sample: its reports' lengths, exams and wording. Of its patients,
those with a report that needs reading are taken so rarely that such reports have the share asked
for; most of a hospital's reports have nothing to do with the question. Texts come back after some
20,000 reports, ids and dates do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from auditor.bench.candidates import are_candidates
from auditor.config.pipeline import Pipeline
from auditor.ingest.canonical import check_files, read_batches
from auditor.ingest.schema import ORDER_COLUMNS
from auditor.sample import write_sample

# Patients in the pool, and the days over which their copies are spread: ten years.
POOL_PATIENTS, DAYS = 10_000, 3_650
# Reports that need reading, of all reports.
SHARE = 0.01
KINDS = ("csv", "parquet")
_TABLES = ("reports", "orders")
_IDS = ("patient_id", "report_id", "order_id", "accession")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Exports to measure on.

    Attributes:
        reports: Path of the reports.
        orders: Path of the orders.
        report_rows: How many reports; 0 where nobody has counted.
        order_rows: How many orders; likewise.
    """

    reports: Path
    orders: Path
    report_rows: int = 0
    order_rows: int = 0

    @property
    def megabytes(self) -> float:
        """Size of both files, in MB of a million bytes."""
        return (self.reports.stat().st_size + self.orders.stat().st_size) / 1e6


@dataclass(frozen=True, slots=True)
class _Pool:
    """Rows by table, sorted by patient; `patients` numbers them, `marked` are to be rare."""

    tables: Mapping[str, pa.Table]
    patients: Mapping[str, np.ndarray]
    marked: np.ndarray
    marked_share: float


def build_corpus(
    folder: Path,
    *,
    reports: int,
    seed: int,
    pipeline: Pipeline,
    kind: str = "csv",
    share: float = SHARE,
) -> Corpus:
    """Write invented exports; the same arguments give the same rows.

    Args:
        folder: Where they go; made where missing.
        reports: How many reports, with about as many orders.
        seed: Any whole number.
        pipeline: The pipeline whose `sample/` folder says what to write.
        kind: `csv` or `parquet`.
        share: Share of the reports that need reading, or as near as the pool allows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {table: folder / f"{table}.{kind}" for table in _TABLES}
    pool = _build_pool(pipeline, patients=min(POOL_PATIENTS, max(500, reports // 2)), seed=seed)
    writers: dict[str, Any] = {}
    rows = dict.fromkeys(_TABLES, 0)
    for block in _blocks(pool, reports, seed, share):
        for table, part in block.items():
            if table not in writers:
                make = csv.CSVWriter if kind == "csv" else parquet.ParquetWriter
                options = {"write_options": csv.WriteOptions(quoting_style="needed")}
                writers[table] = make(
                    paths[table], part.schema, **(options if kind == "csv" else {})
                )
            writers[table].write_table(part)
            rows[table] += part.num_rows
    for writer in writers.values():
        writer.close()
    return Corpus(paths["reports"], paths["orders"], rows["reports"], rows["orders"])


def count_rows(corpus: Corpus, pipeline: Pipeline) -> Corpus:
    """The same exports with the number of their rows.

    Raises:
        SourceError: One of them cannot be read.
    """
    rows = dict.fromkeys(_TABLES, 0)
    for table, path in (("reports", corpus.reports), ("orders", corpus.orders)):
        check_files([path], table, pipeline.site)
        for batch in read_batches([path], table, pipeline.site):
            rows[table] += batch.rows_in
    return replace(corpus, report_rows=rows["reports"], order_rows=rows["orders"])


def write_no_orders(folder: Path) -> Path:
    """An export of orders that holds none."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orders.csv"
    header = ",".join(column.name for column in ORDER_COLUMNS)
    path.write_text(header + "\n", encoding="utf-8")
    return path


def _build_pool(pipeline: Pipeline, *, patients: int, seed: int) -> _Pool:
    with TemporaryDirectory(prefix="auditor-") as folder:
        files = write_sample(
            Path(folder), patients=patients, seed=seed, pipeline_folder=pipeline.folder
        )
        tables = {"reports": _read_text(files.reports), "orders": _read_text(files.orders)}
    ids = pc.unique(
        pa.concat_arrays([t["patient_id"].combine_chunks() for t in tables.values()])
    ).sort()
    places = {
        name: pc.index_in(table["patient_id"], ids).to_numpy() for name, table in tables.items()
    }
    order = {name: np.argsort(place, kind="stable") for name, place in places.items()}
    sorted_tables = {name: table.take(order[name]) for name, table in tables.items()}
    sorted_places = {name: places[name][order[name]] for name in tables}
    candidates = are_candidates(sorted_tables["reports"], pipeline)
    marked = np.zeros(len(ids), bool)
    marked[sorted_places["reports"][candidates]] = True
    rare = marked[sorted_places["reports"]]
    return _Pool(sorted_tables, sorted_places, marked, float(candidates.sum() / (~rare).sum()))


def _read_text(path: Path) -> pa.Table:
    """All of a small file, every cell as text."""
    with path.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def _blocks(pool: _Pool, reports: int, seed: int, share: float) -> Iterator[dict[str, pa.Table]]:
    """Copies of the pool until there are enough reports, each with some of the marked patients."""
    chance = Random(seed)  # noqa: S311 - nothing secret
    marked = np.flatnonzero(pool.marked)
    # Of all marked patients so many that their reports have the share among the others'.
    taken = min(1.0, share / max(pool.marked_share, 1e-9))
    number = left = 0
    left = reports
    while left:
        chosen = ~pool.marked
        chosen[chance.sample(list(marked), round(len(marked) * taken))] = True
        block = {}
        for name in _TABLES:
            rows = np.flatnonzero(chosen[pool.patients[name]])
            if name == "reports" and len(rows) > left:
                rows = rows[:left]
                last = pool.patients[name][rows[-1]]
                chosen[last + 1 :] = False
            block[name] = _copy(pool.tables[name].take(rows), number, chance.randrange(DAYS))
        left -= block["reports"].num_rows
        number += 1
        yield block


def _copy(table: pa.Table, number: int, days: int) -> pa.Table:
    """The same rows of other patients, some days earlier."""
    columns = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in _IDS:
            named = pc.binary_join_element_wise(column, pa.scalar(f"{number}"), "-")
            column = pc.if_else(pc.equal(column, ""), column, named)
        elif name.endswith("_datetime"):
            column = _earlier(column, days)
        columns[name] = column
    return pa.table(columns)


def _earlier(column: pa.Array, days: int) -> pa.Array:
    """ISO moments some days earlier, as precise as they were; empty ones stay so."""
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    day = pc.utf8_slice_codeunits(filled, 0, 10).cast(pa.date32()).cast(pa.int32())
    moved = pc.subtract(day, pa.scalar(days, pa.int32())).cast(pa.date32()).cast(pa.string())
    rest = pc.utf8_slice_codeunits(filled, 10)
    return pc.binary_join_element_wise(moved, rest, "").fill_null("")
