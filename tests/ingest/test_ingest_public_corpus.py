"""The public chest reports, where they stand beside the checkout: nothing vanishes."""

import os
from pathlib import Path

import pytest

from auditor.config.site import read_site
from auditor.ingest.canonical import check_files, read_batches

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))
CORPUS = SHARED / "corpora" / "indiana_reports.csv"
SITE = ROOT / "tests" / "fixtures" / "sites" / "indiana.toml"


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.exists(), reason="the public corpus is not beside the checkout")
def test_every_report_is_accounted_for() -> None:
    site = read_site(SITE)
    check_files([CORPUS], "reports", site)
    batches = list(read_batches([CORPUS], "reports", site))
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    assert sum(batch.rows_in for batch in batches) == 3851
    assert len(rows) + sum(len(batch.set_aside) for batch in batches) == 3851
    assert not any(batch.set_aside for batch in batches)
    assert len({row["report_id"] for row in rows}) == 3851
    assert {row["exam_datetime"] for row in rows} == {"2020-01-01"}
    assert {row["procedure_description"] for row in rows} == {"XR CHEST 2 VIEWS"}
    titles = ("INDICATION: ", "COMPARISON: ", "FINDINGS: ", "IMPRESSION: ")
    texts = [row["report_text"] for row in rows if row["report_text"]]
    assert len(texts) > 3800  # a few reports have no section at all
    for text in texts:
        for line in text.split("\n"):
            assert line.startswith(titles) and not line.endswith(": ")
    assert sum("FINDINGS: " in text for text in texts) > 3000
