"""One small sample, written once."""

from __future__ import annotations

import pytest
from sample_tables import AS_OF, PIPELINE, Sample, read_rows

from auditor.sample import write_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Sample:
    """Every story at least once, and cases enough to meet their variants."""
    files = write_sample(
        tmp_path_factory.mktemp("sample"),
        patients=600,
        seed=3,
        pipeline_folder=PIPELINE,
        as_of=AS_OF,
        case_rate=0.5,
    )
    return Sample(files, read_rows(files.reports), read_rows(files.orders), read_rows(files.truth))
