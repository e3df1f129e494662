"""Nights without end: as one run would end, in no more memory, with no more open files."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import on_day, order, report, set_up_once
from night_builders import CT, MRI, Site, cases

from auditor.nightly.history import DONE
from benchmarks.year_of_nights import LASTING, live_through


@pytest.mark.slow
def test_many_nights_end_as_one_run_over_everything(tmp_path: Path, quick_workbook: None) -> None:
    """Late, missing, repeated and corrected files; `benchmarks/year_of_nights.py` takes a year."""
    with set_up_once():
        year = live_through(tmp_path, nights=30, patients=120, seed=8, case_rate=0.4)
    assert year.differing == [] and year.same == list(LASTING)
    assert min(year.fates[fate] for fate in ("late", "missing", "twice", "corrected")) > 0
    assert year.nights[DONE] >= 15 and year.nights["machine off"] > 0 and year.cases > 30
    # Few more pages than one run needs: for the history, and the record of each night.
    assert year.ledger_bytes < 1.5 * year.one_ledger_bytes


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_thirty_nights_in_one_process_need_no_more_memory_or_files(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    new_url: Callable[[], str] = request.getfixturevalue(f"new_{kind}_url")
    if kind == "postgresql":
        # The workbook's memory is told by the other.
        request.getfixturevalue("quick_workbook")
    site = Site(tmp_path, new_url(), {"keep": 3, "notices": {"metrics": "a.prom"}})
    files, objects, memory = [], [], []
    for day in range(30):
        site.put_night(
            day,
            [report(f"P{day}", day), report(f"P{day}", day)],
            [order(f"P{day - 1}", day, CT if day % 2 else MRI)] if day else [],
        )
        assert site.night(day).outcome == DONE
        gc.collect()
        files.append(open_files())
        objects.append(len(gc.get_objects()))
        memory.append(resident_mib())
    assert len(cases(site.latest)) == 30
    assert [path.name for path in site.outputs.nights] == [on_day(day) for day in (27, 28, 29)]
    settled = 10
    assert max(files[settled:]) == files[settled]
    # Thirty cases more to write than in the first night, and a line of history for each.
    assert objects[-1] - objects[settled] < 5_000
    assert memory[-1] - memory[settled] < 20
