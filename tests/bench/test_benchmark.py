"""`auditor bench`: every stage and the whole, on an invented corpus or on a given export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import CASE_TEXT, report, write_exports

STAGES = {"floor", "ingest", "reading, warm", "reading, 1 workers", "without screening"}


def bench(out: Path, *options: str) -> dict[str, Any]:
    """A benchmark on one core: fewer numbers of workers to compare."""
    command = [sys.executable, "-m", "auditor", "bench", "--out", str(out), *options]
    core = min(os.sched_getaffinity(0))
    subprocess.run(
        command, check=True, capture_output=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )
    return json.loads((out / "bench.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to a core")
def test_a_given_export_is_measured(tmp_path) -> None:
    rows = [report(f"P{n}", day=n, text=CASE_TEXT if n % 9 else "Normal.") for n in range(60)]
    exports = write_exports(tmp_path / "in", rows)
    record = bench(tmp_path / "out", "--from", str(exports / "reports.csv"))
    measures = {one["name"]: one for one in record["measures"]}
    assert measures.keys() >= STAGES | {"to facts, 1 workers", "whole, 1 workers"}
    assert all(one["seconds"] > 0 for one in measures.values())
    assert (record["corpus"]["reports"], record["corpus"]["orders"]) == (60, 0)
    assert measures["floor"]["rows"] == measures["whole, 1 workers"]["rows"] == 60
    assert measures["reading, warm"]["rows"] == 27
    assert measures["whole, 1 workers"]["parts"].keys() >= {"read", "judge", "start and outputs"}
    assert record["machine"]["cores"] >= 1
    assert (tmp_path / "out" / "whole-1" / "compliance.xlsx").is_file()
