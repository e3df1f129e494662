"""Labelled sets of reports: how many cases are found, and read right."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.job import run_audit
from auditor.request import Request

READ_RIGHT = ("certainty", "laterality", "mass_source")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an audit of one labelled set found.

    Attributes:
        texts: Number of labelled items.
        true, false, missed: Cases found rightly, wrongly, and not found.
        right: For each of `READ_RIGHT`, how many of how many labelled matched cases agree.
        errors: One line for each disagreement: item, kind of error, the label's reason.
    """

    texts: int
    true: int
    false: int
    missed: int
    right: dict[str, tuple[int, int]]
    errors: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of the cases found that are labelled as cases."""
        return self.true / (self.true + self.false) if self.true + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the labelled cases that were found (sensitivity)."""
        return self.true / (self.true + self.missed) if self.true + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.true / (2 * self.true + self.false + self.missed)


def measure_set(folder: Path) -> Outcome:
    """Audit `reports.csv` and `orders.csv` of a folder and compare with its `gold.csv`."""
    pipeline = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
    reports, orders = str(folder / "reports.csv"), str(folder / "orders.csv")
    results = run_audit(Request(pipeline=pipeline, reports=(reports,), orders=(orders,)))
    found = {
        (case.evidence.patient_id, case.evidence.report_id): {
            "certainty": case.evidence.certainty,
            "laterality": case.evidence.laterality,
            "mass_source": case.evidence.source,
        }
        for case in results.cases
    }
    with (folder / "gold.csv").open(encoding="utf-8", newline="") as file:
        gold = list(csv.DictReader(file))
    return _compare(gold, found)


def _compare(gold: list[dict[str, str]], found: dict[tuple[str, str], dict[str, str]]) -> Outcome:
    counts = {"true": 0, "false": 0, "missed": 0}
    right = {name: [0, 0] for name in READ_RIGHT}
    errors = []
    for row in gold:
        keys = [(row["patient_id"], report) for report in row["report_id"].split("|")]
        case = next((found[key] for key in keys if key in found), None)
        wanted = row["is_case"] == "1"
        if wanted and case is not None:
            counts["true"] += 1
            for name in READ_RIGHT:
                if row[name]:
                    right[name][0] += row[name] == case[name]
                    right[name][1] += 1
                    if row[name] != case[name]:
                        errors.append(f"{row['item']}: {name} {case[name]}, labelled {row[name]}")
        elif wanted or case is not None:
            kind = "missed" if wanted else "false"
            counts[kind] += 1
            errors.append(f"{row['item']}: {kind} case: {row['why']}")
    return Outcome(
        texts=len(gold),
        right={name: (ok, total) for name, (ok, total) in right.items()},
        errors=tuple(errors),
        **counts,
    )
