"""The labelled sets written for this project stay read right.

`set_a` and `set_b` were written by authors who had seen neither the rules' code nor the lexicon;
what the auditor scored on them at first stands in ACCURACY.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.labelled import measure_set

FOLDER = Path(__file__).parent / "fixtures" / "labelled"
SETS = sorted(path.name for path in FOLDER.iterdir() if (path / "gold.csv").is_file())


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_labelled_set_is_read_right(name: str) -> None:
    outcome = measure_set(FOLDER / name)
    assert outcome.f1 >= 0.99, outcome.errors
    for what, (right, total) in outcome.right.items():
        assert right >= 0.97 * total, (what, outcome.errors)
