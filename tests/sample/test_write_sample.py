"""The files: same numbers, same bytes; the contract's columns; size and mix."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from sample_tables import AS_OF, PIPELINE, read_rows

from auditor.errors import ConfigError
from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS
from auditor.sample import write_sample

ROOT = Path(__file__).parents[2]


def digest(folder: Path) -> str:
    names = ("reports.csv", "orders.csv", "truth.csv", "README.md")
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in names)).hexdigest()


def test_the_hash_seed_of_python_does_not_matter(tmp_path):
    code = (
        "import sys; from pathlib import Path; from auditor.sample import write_sample; "
        "write_sample(Path(sys.argv[1]), patients=300, seed=5, pipeline_folder=Path(sys.argv[2]))"
    )
    digests = set()
    for hash_seed in ("0", "1", "4242"):
        folder = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", code, str(folder), str(PIPELINE)], check=True, env=environment
        )
        digests.add(digest(folder))
    assert len(digests) == 1


def test_another_seed_gives_other_patients(tmp_path):
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), patients=20, seed=seed, pipeline_folder=PIPELINE)
    assert digest(tmp_path / "1") != digest(tmp_path / "2")


def test_the_tables_have_the_contracts_columns_and_no_empty_required_value(sample):
    for columns, rows in ((REPORT_COLUMNS, sample.reports), (ORDER_COLUMNS, sample.orders)):
        assert list(rows[0]) == [column.name for column in columns]
        for column in columns:
            if column.required:
                assert all(row[column.name] for row in rows), column.name


def test_every_order_says_what_was_ordered(sample):
    wanted = ("modality", "procedure_code", "procedure_description")
    assert all(any(row[name] for name in wanted) for row in sample.orders)


def test_datetimes_are_iso_and_none_is_later_than_as_of(sample):
    rows = [*sample.reports, *sample.orders]
    texts = [text for row in rows for name, text in row.items() if name.endswith("datetime")]
    for text in filter(None, texts):
        datetime.fromisoformat(text)
    assert max(text[:10] for text in texts) == AS_OF


def test_sites_write_datetimes_in_their_own_ways(sample):
    lengths = {len(row["exam_datetime"]) for row in sample.reports}
    # A date alone; to the minute; to the second; to the second with an offset.
    assert lengths >= {10, 16, 19, 25}


def test_an_accession_belongs_to_one_exam_and_an_order_id_to_one_order(sample):
    exams = {(row["accession"], row["exam_datetime"]) for row in sample.reports}
    assert len(exams) == len({accession for accession, _ in exams})
    orders = {tuple(row.values()) for row in sample.orders}
    assert len(orders) == len({row["order_id"] for row in sample.orders})


def test_ages_are_positive_where_a_site_gives_them(sample):
    ages = [float(row["patient_age"]) for row in sample.reports if row["patient_age"]]
    assert 0 < min(ages) < 1
    assert any(not row["patient_age"] for row in sample.reports)


def test_a_small_sample_is_mostly_background_and_small_on_disk(tmp_path):
    files = write_sample(tmp_path, patients=250, seed=7, pipeline_folder=PIPELINE)
    assert all(files.stories.values()), "every story occurs"
    assert files.stories["background"] > 125
    assert files.reports.stat().st_size + files.orders.stat().st_size < 1_000_000


@pytest.mark.slow
def test_a_large_sample_has_few_cases_and_reports_of_ordinary_length(tmp_path):
    files = write_sample(tmp_path, patients=10_000, seed=1, pipeline_folder=PIPELINE)
    assert files.cases < len(files.stories) + 0.006 * 10_000
    lengths = [len(row["report_text"].encode()) for row in read_rows(files.reports)]
    assert 600 < sum(lengths) / len(lengths) < 900


def test_the_case_rate_can_be_set(tmp_path):
    none = write_sample(
        tmp_path / "a", patients=100, seed=1, pipeline_folder=PIPELINE, case_rate=0.0
    )
    every = write_sample(
        tmp_path / "b", patients=100, seed=1, pipeline_folder=PIPELINE, case_rate=1.0
    )
    assert (none.cases, every.cases >= 100) == (0, True)


def test_texts_do_not_come_from_one_template(sample):
    texts = Counter(row["report_text"] for row in sample.reports)
    assert len(texts) > 0.99 * len({row["accession"] for row in sample.reports})
    films = [row["report_text"] for row in sample.reports if "calcif" in row["report_text"].lower()]
    headings = {text.split(":")[0][:30] for text in films}
    assert len(headings) > 30


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"patients": 0}, "number of patients"),
        ({"as_of": "30.06.2026"}, "is not a date"),
        ({"case_rate": 1.5}, "case rate"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(tmp_path, arguments, complaint):
    folder = tmp_path / "out"
    usual = {"patients": 10, "seed": 1, "pipeline_folder": PIPELINE}
    with pytest.raises(ConfigError, match=complaint):
        write_sample(folder, **{**usual, **arguments})
    assert not folder.exists()
