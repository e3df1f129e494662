"""Where the pipeline is, and the tables of a sample."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from auditor.sample import SampleFiles

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
AS_OF = "2026-06-30"

Row = dict[str, str]


@dataclass(frozen=True)
class Sample:
    files: SampleFiles
    reports: list[Row]
    orders: list[Row]
    truth: list[Row]

    @property
    def cases(self) -> list[Row]:
        return [row for row in self.truth if row["kind"] == "case"]


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
