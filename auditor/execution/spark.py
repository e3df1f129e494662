"""Reading on a Spark cluster: the driver plans, and hands the facts on. See docs/spark.md."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from auditor.config.pipeline import Pipeline
from auditor.errors import AuditError, ConfigError, SourceError
from auditor.execution.chunks import ReadRows
from auditor.execution.local import Failures
from auditor.execution.packing import unpack_read
from auditor.execution.spark_tasks import (
    DIGESTS,
    FILES,
    PARCELS,
    digest_files,
    ingest_files,
    ingest_table,
    read_parcels,
)
from auditor.execution.workers import MakeReader
from auditor.language.reading import RowReader

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LOG = logging.getLogger(__name__)

# What begins a name that is no path: a table, or whatever Spark SQL takes for one.
TABLE = "table:"

# Tasks for each core: enough to balance them, few enough that building a reader does not count.
_TASKS_A_CORE = 3
# What a Python worker of Spark is given at once; a body is at most about a chunk.
_BATCH_BYTES = 16 << 20
# Facts that the driver holds at once.
_DRIVER_BYTES = 32 << 20


@contextmanager
def open_session() -> Iterator[SparkSession]:
    """A session of our own settings in the application that runs; else one is started.

    What the cluster is, and how large, comes from `spark-submit` or Spark's own configuration;
    where nothing is said, it is this machine with all its cores.

    Raises:
        ConfigError: pyspark is not installed.
        AuditError: Spark cannot start.
    """
    try:
        from pyspark.errors import PySparkException, PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            "The Spark engine needs pyspark: install radiology-pathway-auditor[spark]."
        ) from error
    running = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("auditor").config(
        "spark.ui.showConsoleProgress", "false"
    )
    try:
        started = running or builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise AuditError(
            "Spark cannot start: see that Java 17 or newer is installed and found by JAVA_HOME."
        ) from error
    _use_this_python(started)
    session = started.newSession()
    # Facts do not depend on it, but what a table's moments are written as does.
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", str(_BATCH_BYTES))
    try:
        yield session
    except PySparkException as error:
        # Its message may quote a row; the condition's name does not.
        name = error.getCondition() or type(error).__name__
        raise AuditError(f"Spark failed ({name}): see its log.") from error
    finally:
        if running is None:
            started.stop()


def digest_on_spark(session: SparkSession, names: Sequence[str]) -> dict[str, str]:
    """Digests of files, read where the executors are; a table has none."""
    paths = [name for name in names if not name.startswith(TABLE)]
    if not paths:
        return {}
    files = _files(session, [(number, "", path) for number, path in enumerate(paths)])
    rows = files.mapInArrow(digest_files, DIGESTS).collect()
    return {paths[row["source"]]: row["digest"] for row in rows}


def read_on_spark(
    session: SparkSession,
    sources: Mapping[str, Sequence[str]],
    pipeline: Pipeline,
    *,
    today: str | None,
    workers: int,
    limit_s: float,
    make_reader: MakeReader | None = None,
) -> Iterator[ReadRows]:
    """Read rows into facts on Spark, and hand the facts on in the order of the sources' rows.

    Of the rows only their facts come to the driver, a few megabytes at a time.

    Args:
        session: Where.
        sources: Paths that all executors see, or `table:NAME`, by canonical table.
        pipeline: The pipeline; it travels to the executors as it is.
        today: ISO date after which a performed exam cannot lie; None: not checked.
        workers: Reading processes in each task, as for `Readers`.
        limit_s: Seconds that a worker may take for one chunk, or for one row alone.
        make_reader: Makes a reader, in each process; None for the pipeline's own.

    Raises:
        AuditError: As for the stages, or too many rows failed (see `Failures`).
        SourceError: There is no such table.
    """
    listed = [(table, name) for table, names in sources.items() for name in names]
    yield from (ReadRows(table, name) for table, name in listed)
    read = partial(
        read_parcels,
        make_reader=make_reader or partial(RowReader, pipeline),
        workers=workers,
        limit_s=limit_s,
    )
    parcels = _ingest(session, listed, pipeline, today).mapInArrow(read, PARCELS)
    failures = Failures()
    yield from failures.counted(_collect(parcels))
    failures.check_share()


def _use_this_python(session: SparkSession) -> None:
    """Executors that are threads of this machine's driver run the same Python as it does."""
    context = session.sparkContext
    said = os.environ.get("PYSPARK_PYTHON") or context.getConf().get("spark.pyspark.python")
    if context.master.startswith("local") and not said:
        context.pythonExec = sys.executable


def _ingest(
    session: SparkSession, listed: Sequence[tuple[str, str]], pipeline: Pipeline, today: str | None
) -> DataFrame:
    """All sources as chunks; where there are fewer files than cores, they are dealt out anew."""
    site = pipeline.site
    files = []
    parts = []
    for number, (table, name) in enumerate(listed):
        if name.startswith(TABLE):
            ingest = partial(
                ingest_table, source=number, contents=table, name=name, site=site, today=today
            )
            parts.append(_table(session, name).mapInArrow(ingest, PARCELS))
        else:
            files.append((number, table, name))
    if files:
        ingest = partial(ingest_files, site=site, today=today)
        parts.append(_files(session, files).mapInArrow(ingest, PARCELS))
    chunks = parts[0]
    for part in parts[1:]:
        chunks = chunks.unionAll(part)
    cores = session.sparkContext.defaultParallelism
    if len(files) < cores * _TASKS_A_CORE:
        chunks = chunks.repartition(cores * _TASKS_A_CORE)
    return chunks


def _files(session: SparkSession, files: Sequence[tuple[int, str, str]]) -> DataFrame:
    """Files as rows, a few to a task."""
    context = session.sparkContext
    tasks = min(len(files), context.defaultParallelism * _TASKS_A_CORE)
    return session.createDataFrame(context.parallelize(files, tasks), FILES)


def _table(session: SparkSession, name: str) -> DataFrame:
    """A table whose moments are written as the Parquet reader writes them.

    Whether a column has times of day is asked of the whole of it: a partition may have none.
    """
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions as sql
    from pyspark.sql.types import TimestampNTZType, TimestampType

    try:
        table = session.table(name.removeprefix(TABLE))
    except AnalysisException as error:
        raise SourceError(f"{name}: Spark knows no such table ({error.getCondition()}).") from error
    moments = {
        field.name: field.dataType
        for field in table.schema.fields
        if isinstance(field.dataType, TimestampType | TimestampNTZType)
    }
    if not moments:
        return table
    whole = table.agg(
        *(sql.every(sql.col(one) == sql.date_trunc("day", one)).alias(one) for one in moments)
    ).first()
    written = {}
    for one, kind in moments.items():
        offset = sql.lit("+0000" if isinstance(kind, TimestampType) else "")
        moment = sql.concat(sql.date_format(one, "yyyy-MM-dd'T'HH:mm:ss"), offset)
        timed = whole is not None and whole[one] is False
        written[one] = moment if timed else sql.col(one).cast("date")
    return table.withColumns(written)


def _collect(parcels: DataFrame) -> Iterator[ReadRows]:
    """Compute everything where the executors are, then fetch it in order, part by part."""
    from pyspark import StorageLevel
    from pyspark.sql import functions as sql

    kept = parcels.persist(StorageLevel.DISK_ONLY)
    try:
        row = kept.agg(sql.sum(sql.length("body")), sql.count("*")).first()
        size, chunks = (row[0] or 0, row[1]) if row else (0, 0)
        _LOG.info("%d chunks read on Spark, %d bytes of facts", chunks, size)
        parts = max(1, size // _DRIVER_BYTES)
        ordered = kept.repartitionByRange(parts, "source", "number").sortWithinPartitions(
            "source", "number"
        )
        for one in ordered.toLocalIterator(prefetchPartitions=True):
            yield from unpack_read(bytes(one["body"]))
    finally:
        kept.unpersist()
