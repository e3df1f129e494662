"""Where reading's time goes, step by step, beside stock medspaCy: `python -m benchmarks.steps`.

Prints Markdown: milliseconds a report, and the share of the whole, on the same reports that need
reading, in one process, warm. Each step is timed from outside, which costs it a little; steps that
stand in others are taken out of them.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from auditor.bench.candidates import find_candidates
from auditor.bench.stages import read_corpus
from auditor.language import reading
from auditor.language.anatomy import Anatomy
from auditor.language.layout import Layout
from auditor.language.memory import TEXTS
from auditor.language.nlp import Reader
from auditor.language.reading import RowReader
from auditor.language.remark_screens import RemarkScreens
from benchmarks import runs
from benchmarks.rivals import build_medspacy, no_stderr
from benchmarks.sections import table

REPORTS = 100_000
# Reports that need reading, and how many of them are read before the time counts.
CANDIDATES, WARM = 900, 400
SENTENCES, TOKENS, TARGETS, CONTEXT = "sentences", "tokens", "targets", "context"
# What medspaCy calls the same steps.
STOCK = {
    "medspacy_pyrush": SENTENCES,
    "medspacy_target_matcher": TARGETS,
    "medspacy_context": CONTEXT,
}


class Clock:
    """Seconds by step; what runs within another step counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._within: list[float] = []

    def timed(self, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, timed."""

        def run(*arguments: Any, **named: Any) -> Any:
            self._within.append(0.0)
            start = time.perf_counter()
            try:
                return work(*arguments, **named)
            finally:
                took = time.perf_counter() - start
                self.seconds[step] += took - self._within.pop()
                if self._within:
                    self._within[-1] += took

        return run


def time_ours(rows: pa.RecordBatch, remember: int) -> Counter[str]:
    """Seconds of our steps on reports that need reading, but for the first, which warm it up."""
    reader = RowReader(runs.default_pipeline(), remember=remember)
    reader.read("reports", rows.slice(0, WARM))
    # Looking through what the other tool has left in memory is no step of ours.
    gc.collect()
    gc.freeze()
    clock = Clock()
    steps: list[tuple[str, Any, str]] = [
        (SENTENCES, Layout, "sentences"),
        (TARGETS, Reader, "may_hold_targets"),
        (TOKENS, Reader, "_document"),
        ("sides, places, explanations", Anatomy, "sides"),
        ("sides, places, explanations", Anatomy, "places"),
        ("sides, places, explanations", Anatomy, "explanations"),
        ("remarks: screens", RemarkScreens, "find_able"),
        ("remarks", reading, "find_remarks"),
        ("links, references, findings", RowReader, "_read_held"),
    ]
    inner = vars(vars(reader)["_finder"])["_reader"]
    steps += [(TARGETS, inner, "_targets"), (CONTEXT, inner, "_context")]
    with ExitStack() as stack:
        for step, owner, name in steps:
            timed = clock.timed(step, getattr(owner, name))
            stack.enter_context(patch.object(owner, name, timed))
        clock.timed("facts of the row", reader.read)("reports", rows.slice(WARM))
    return clock.seconds


def time_stock(texts: list[str]) -> Counter[str]:
    """Seconds of stock medspaCy's steps on the same texts."""
    clock = Clock()
    with no_stderr():
        nlp: Any = build_medspacy()
        nlp(texts[0])
        for text in texts:
            doc = clock.timed(TOKENS, nlp.make_doc)(text)
            for name, component in nlp.pipeline:
                doc = clock.timed(STOCK.get(name, name), component)(doc)
    return clock.seconds


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = runs.make_corpus(Path(folder), REPORTS, "csv")
        batches = read_corpus(corpus, runs.default_pipeline())
        rows = (batch.rows for batch in batches if batch.table == "reports")
        candidates = find_candidates(rows, runs.default_pipeline(), most=CANDIDATES)
    texts = list(dict.fromkeys(candidates["report_text"].to_pylist()[WARM:]))
    stock = time_stock(texts)
    read = candidates.num_rows - WARM
    each = [(stock, len(texts)), *((time_ours(candidates, kept), read) for kept in (0, TEXTS))]
    ours = each[-1][0]
    steps = [*stock, *(step for step in ours if step not in stock)]
    lines = [[step, *(cell for one in each for cell in _cells(*one, step))] for step in steps]
    lines.append(["*all*", *(cell for one in each for cell in _whole(*one))])
    header = ["step", "medspaCy, ms a report", "share", "nothing remembered", "share"]
    header += ["remembering", "share"]
    sys.stdout.write(table(header, lines) + "\n")


def _cells(seconds: Counter[str], reports: int, step: str) -> list[str]:
    if step not in seconds:
        return ["", ""]
    return [_each(seconds[step], reports), f"{seconds[step] / sum(seconds.values()):.0%}"]


def _whole(seconds: Counter[str], reports: int) -> list[str]:
    return [_each(sum(seconds.values()), reports), "100%"]


def _each(seconds: float, reports: int) -> str:
    return f"{seconds * 1000 / reports:.3f}"


if __name__ == "__main__":
    main()
