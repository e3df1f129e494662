"""Which engine reads, and what is said where one is not there."""

from __future__ import annotations

import sys

import pytest
from builders import pipeline, report, write_exports

from auditor.errors import ConfigError
from auditor.job import run_audit
from auditor.request import Request


def test_without_pyspark_the_extra_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    exports = write_exports(tmp_path / "in", [report("P1")])
    request = Request(
        pipeline(),
        reports=(str(exports / "reports.csv"),),
        orders=(str(exports / "orders.csv"),),
        out=tmp_path / "out",
        engine="spark",
    )
    with pytest.raises(ConfigError, match=r"install radiology-pathway-auditor\[spark\]"):
        run_audit(request)
    assert not (tmp_path / "out").exists()
