"""Spark gives what the local engine gives, to the byte; a real Spark on two cores of this machine.

Skipped only where pyspark or Java is not installed.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from builders import (
    CASE_TEXT,
    ROOT,
    order,
    pipeline,
    read_outputs,
    report,
    write_exports,
)
from execution.fragile_readers import MARKS, LineReader, cannot_be_made

from auditor.errors import AuditError, ConfigError, SourceError
from auditor.execution import spark
from auditor.job import run_audit
from auditor.request import Request
from auditor.sample import write_sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None or not shutil.which("java"),
        reason="pyspark or Java is not installed",
    ),
]
SHARED = ROOT.parent / "shared" / "dev"
RUN = {"today": "2026-12-31", "started": "then"}


@pytest.fixture(scope="module", autouse=True)
def application() -> Iterator[Any]:
    """One Spark for all tests; the engine takes the application that runs."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        # Executors import the tests' readers; nothing is reached from outside.
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.log.level", "OFF").getOrCreate()
        yield session
        session.stop()


def outcome(out: Path) -> tuple[dict[str, bytes], Any]:
    """The tables, and what the record says of the rows."""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    # One machine reads, and looks through, only those who may have a case.
    del record["counts"]["texts_checked"]
    return read_outputs(out), (record["inputs"], record["counts"])


def run(folder: Path, engine: str, reports: list[Path], orders: list[Path], **more) -> Path:
    out = folder / engine
    request = Request(
        pipeline=more.pop("rules", pipeline()),
        reports=tuple(map(str, reports)),
        orders=tuple(map(str, orders)),
        out=out,
        engine=engine,
        **RUN | more,
    )
    run_audit(request)
    return out


def assert_same(folder: Path, reports: list[Path], orders: list[Path], **more) -> None:
    local = run(folder, "local", reports, orders, **more)
    assert outcome(run(folder, "spark", reports, orders, **more)) == outcome(local)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the development sets are not beside the checkout")
def test_the_development_sets_give_the_same_files(tmp_path) -> None:
    folders = [SHARED / name for name in ("texts", "long", "pathways")]
    reports = [folder / "reports.csv" for folder in folders]
    assert_same(tmp_path, reports, [folder / "orders.csv" for folder in folders])


def as_parquet(path: Path) -> Path:
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={"exam_datetime": pa.string(), "patient_id": pa.string()}
        ),
    )
    pyarrow.parquet.write_table(table, path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def as_json_lines(path: Path) -> Path:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.to_json(path.with_suffix(".jsonl"), orient="records", lines=True)
    return path.with_suffix(".jsonl")


def write_many(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files of every kind, with rows of every trouble, and one that is in two of them."""
    reports, orders = [], []
    for number in range(4):
        rows = [report(f"P{number}-{n}", day=n) for n in range(5)]
        rows.append(report("twice"))
        rows.append(report(f"Q{number}", exam_datetime="soon"))
        rows.append(report(f"Q{number}", exam_datetime="2027-06-06"))
        done = order(f"P{number}-0", 3, "CT ABDOMEN")
        exports = write_exports(folder / str(number), rows, [done])
        reports.append(exports / "reports.csv")
        orders.append(exports / "orders.csv")
    with reports[0].open("a", encoding="utf-8") as file:
        file.write('too,few\n"left open,P9,P9-CR\n')
    reports[1:3] = [as_parquet(reports[1]), as_json_lines(reports[2])]
    return reports, orders


def test_files_of_every_kind_with_broken_rows_give_the_same_files(tmp_path) -> None:
    """More files than three to a core: none is dealt out."""
    reports, orders = write_many(tmp_path)
    assert_same(tmp_path, reports, orders)
    table = (tmp_path / "spark" / "set_aside.csv").read_text(encoding="utf-8")
    reasons = ("too_few_fields", "unclosed_quote", "unparseable_date", "future_date")
    assert all(reason in table for reason in reasons)


def test_one_large_file_is_dealt_out_and_gives_the_same_files(tmp_path) -> None:
    folder = tmp_path / "in"
    write_sample(folder, patients=600, seed=3, case_rate=0.02, pipeline_folder=pipeline().folder)
    assert_same(tmp_path, [folder / "reports.csv"], [folder / "orders.csv"])


def test_a_table_gives_what_its_parquet_file_gives(tmp_path, application) -> None:
    """Moments with and without zones, some columns all at midnight, numbers for ids."""
    rows = [report(f"P{n}", day=n) for n in range(40)]
    frame = pd.DataFrame(rows)
    frame["patient_id"] = range(40)
    frame["exam_datetime"] = pd.to_datetime(frame["exam_datetime"]).dt.normalize()
    frame["report_datetime"] = pd.to_datetime(frame["report_datetime"]).dt.tz_localize("UTC")
    frame.loc[3, "report_datetime"] += pd.Timedelta(milliseconds=250)
    frame.loc[5, "exam_datetime"] = pd.NaT
    frame.to_parquet(tmp_path / "reports.parquet", coerce_timestamps="us", index=False)
    orders = write_exports(tmp_path / "in", [], [order("7", 9, "CT ABDOMEN")]) / "orders.csv"
    application.read.parquet(str(tmp_path / "reports.parquet")).createOrReplaceGlobalTempView("r")
    of_file = run(tmp_path, "local", [tmp_path / "reports.parquet"], [orders])
    of_table = run(tmp_path, "spark", [Path("table:global_temp.r")], [orders])
    told, expected = read_outputs(of_table), read_outputs(of_file)
    of_a_row = told.pop("set_aside.csv").replace(
        b"table:global_temp.r,0", f"{tmp_path / 'reports.parquet'},6".encode()
    )
    assert of_a_row == expected.pop("set_aside.csv")
    assert told == expected
    assert expected["cases.csv"].count(b"\n") == 40


def test_a_text_that_breaks_its_process_is_set_aside(tmp_path) -> None:
    bad = [f"it {mark} it" for mark in MARKS]
    texts = ["plain", *bad, *["plain"] * 6]
    exports = write_exports(tmp_path, [report(f"P{n}", text=text) for n, text in enumerate(texts)])
    with spark.open_session() as session:
        read = list(
            spark.read_on_spark(
                session,
                {"reports": [str(exports / "reports.csv")]},
                pipeline(),
                today=None,
                workers=1,
                limit_s=3.0,
                make_reader=LineReader,
            )
        )
    aside = {row.line: row.reason for item in read for row in item.set_aside}
    timed_out = MARKS.index("HANGS") + 3
    assert aside == {
        line: "reading_timed_out" if line == timed_out else "reading_failed"
        for line in range(3, len(bad) + 3)
    }
    lines = sorted(int(line) for item in read for line in item.reading.counts)
    assert lines == [2, *range(len(bad) + 3, len(texts) + 2)]
    assert sum(item.rows_in for item in read) == len(texts)


# --- how it ends when something is wrong ----------------------------------------------------------


def damaged(folder: Path) -> tuple[list[Path], list[Path]]:
    """Reports whose packed file is cut short far behind its header."""
    chance = [os.urandom(40).hex() for _ in range(20_000)]
    rows = [report(f"P{n}", text=f"{CASE_TEXT} {text}") for n, text in enumerate(chance)]
    exports = write_exports(folder, rows)
    packed = gzip.compress((exports / "reports.csv").read_bytes())
    (exports / "reports.csv.gz").write_bytes(packed[: len(packed) // 2])
    return [exports / "reports.csv.gz"], [exports / "orders.csv"]


def test_a_damaged_file_ends_a_run_as_it_does_here(tmp_path) -> None:
    reports, orders = damaged(tmp_path)
    errors = []
    for engine in ("local", "spark"):
        with pytest.raises(SourceError) as error:
            run(tmp_path, engine, reports, orders)
        errors.append(str(error.value))
        assert not (tmp_path / engine).exists()
    assert errors[0] == errors[1]


def test_a_table_that_is_not_there_is_named(tmp_path) -> None:
    orders = write_exports(tmp_path, []) / "orders.csv"
    with pytest.raises(SourceError, match="table:no_such: Spark knows no such table"):
        run(tmp_path, "spark", [Path("table:no_such")], [orders])


def test_a_table_lacks_a_column_as_a_file_does(tmp_path, application) -> None:
    application.createDataFrame([("a", "b")], "patient_id string, other string").write.parquet(
        str(tmp_path / "short")
    )
    orders = write_exports(tmp_path, []) / "orders.csv"
    with pytest.raises(SourceError, match="report_id"):
        run(tmp_path, "spark", [Path(f"table:parquet.`{tmp_path / 'short'}`")], [orders])


def test_a_defect_in_a_task_is_named_without_its_values(tmp_path) -> None:
    path = str(write_exports(tmp_path, [report("P1")]) / "reports.csv")
    with pytest.raises(AuditError) as error, spark.open_session() as session:
        settings = {"today": None, "workers": 0, "limit_s": 9.0, "make_reader": cannot_be_made}
        list(spark.read_on_spark(session, {"reports": [path]}, pipeline(), **settings))
    assert "KeyError at fragile_readers.py" in str(error.value)
    assert "patient's" not in str(error.value)


def test_without_java_it_says_what_is_missing(tmp_path) -> None:
    path = write_exports(tmp_path, [report("P1")]) / "reports.csv"
    command = [sys.executable, "-m", "auditor", "run", "--reports", str(path)]
    command += ["--engine", "spark", "--out", str(tmp_path / "out")]
    environment = os.environ | {"JAVA_HOME": str(tmp_path / "nowhere")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == AuditError.exit_code
    assert "Spark cannot start: see that Java 17 or newer is installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_exports_of_both_tables_are_refused() -> None:
    with pytest.raises(ConfigError, match="give --reports and --orders"):
        run_audit(Request(pipeline(), exports=("x",), engine="spark"))
