"""The benchmark's corpus: as many rows as asked for, the same again, and what a hospital sends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from builders import pipeline, read_rows
from pyarrow import parquet

from auditor.bench.candidates import are_candidates, find_candidates
from auditor.bench.corpus import Corpus, build_corpus, count_rows, write_no_orders
from auditor.ingest.canonical import read_batches

REPORTS = 5_000


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return build(tmp_path_factory.mktemp("corpus"))


def build(folder: Path, **more) -> Corpus:
    return build_corpus(folder, **{"reports": REPORTS, "seed": 1, "pipeline": pipeline()} | more)


def test_the_rows_are_as_many_as_asked_for_and_all_are_kept(corpus) -> None:
    counted = count_rows(Corpus(corpus.reports, corpus.orders), pipeline())
    assert counted == corpus
    assert corpus.report_rows == REPORTS
    assert 0.8 * REPORTS < corpus.order_rows < 1.3 * REPORTS
    for table, path in (("reports", corpus.reports), ("orders", corpus.orders)):
        assert not any(b.set_aside for b in read_batches([path], table, pipeline().site))


def test_copies_of_a_patient_are_other_patients_at_other_times(corpus) -> None:
    rows = read_rows(corpus.reports)
    copies: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        model, _, number = row["report_id"].rpartition("-")
        assert row["patient_id"].endswith(f"-{number}")
        copies.setdefault(model, set()).add((row["patient_id"], row["exam_datetime"][:10]))
        datetime.fromisoformat(row["exam_datetime"])
    repeated = [seen for seen in copies.values() if len(seen) > 1]
    assert len(repeated) > 100
    assert all(len({day for _, day in seen}) > 1 for seen in repeated)
    assert all(len({patient for patient, _ in seen}) == len(seen) for seen in repeated)


def test_reports_that_need_reading_have_their_share(corpus) -> None:
    (batch, *_) = read_batches([corpus.reports], "reports", pipeline().site, batch_rows=REPORTS)
    found = are_candidates(batch.rows, pipeline())
    assert 0.007 < found.mean() < 0.013
    some = find_candidates([batch.rows], pipeline(), most=7)
    assert some.num_rows == 7
    assert are_candidates(some, pipeline()).all()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(corpus, tmp_path) -> None:
    again, other = build(tmp_path / "again"), build(tmp_path / "other", seed=2)
    assert again.reports.read_bytes() == corpus.reports.read_bytes()
    assert again.orders.read_bytes() == corpus.orders.read_bytes()
    assert other.reports.read_bytes() != corpus.reports.read_bytes()


def test_parquet_holds_the_same_rows(corpus, tmp_path) -> None:
    typed = build(tmp_path, kind="parquet")
    for plain, packed in ((corpus.reports, typed.reports), (corpus.orders, typed.orders)):
        assert parquet.read_table(packed).to_pylist() == read_rows(plain)


def test_an_export_without_orders_holds_none(tmp_path) -> None:
    (batch,) = read_batches([write_no_orders(tmp_path / "in")], "orders", pipeline().site)
    assert batch.rows_in == 0
