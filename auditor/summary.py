"""The few lines a person reads on the terminal when a run ends."""

from __future__ import annotations

from collections import Counter

from auditor.pathway.rate import population_counts, wilson_interval
from auditor.workbook.results import Results

# Below this many cases in the denominator a percentage would mislead (pathway rules, "Rate").
SMALL = 10


def summary_rows(results: Results) -> list[tuple[str, str]]:
    """Labels and values: rows, funnel, populations, rate, flags."""
    counts = results.run.counts
    rows = [
        ("Reports in", f"{counts.get('reports_in', 0):,}"),
        ("Orders in", f"{counts.get('orders_in', 0):,}"),
        (
            "Rows set aside",
            f"{counts.get('reports_set_aside', 0) + counts.get('orders_set_aside', 0):,}",
        ),
        ("Cases (initial population)", f"{len(results.cases):,}"),
    ]
    whole = population_counts(results.cases)[0]
    rows += [
        ("  excluded", f"{whole.excluded:,}"),
        ("  excepted", f"{whole.excepted:,}"),
        ("  pending", f"{whole.pending:,}"),
        ("  needs review", f"{whole.needs_review:,}"),
        ("Denominator", f"{whole.denominator:,}"),
        ("Compliant (numerator)", f"{whole.numerator:,}"),
        ("Rate (95 % interval)", _rate(whole.numerator, whole.denominator)),
    ]
    flags = Counter(flag for case in results.cases for flag in case.flags)
    rows += [(f"Flag {flag}", f"{count:,}") for flag, count in sorted(flags.items())]
    rows.append(("Near misses", f"{len(results.near_misses):,}"))
    return rows


def _rate(numerator: int, denominator: int) -> str:
    if denominator < SMALL:
        return "too few for a percentage"
    low, high = wilson_interval(numerator, denominator)
    return f"{numerator / denominator:.1%} ({low:.1%} to {high:.1%})"
