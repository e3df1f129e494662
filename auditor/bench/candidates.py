"""Which reports need reading: those that the screen lets through."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from auditor.config.pipeline import Pipeline
from auditor.language.procedures import classify_report
from auditor.language.screening import Screen


def are_candidates(reports: pa.Table | pa.RecordBatch, pipeline: Pipeline) -> np.ndarray:
    """For each report, whether it needs reading; shape `(rows,)`."""
    screen = Screen(pipeline.lexicon)
    names = ("modality", "procedure_code", "procedure_code_system", "procedure_description")
    columns = [reports[name].to_pylist() for name in (*names, "report_text")]
    return np.array(
        [_is_candidate(pipeline, screen, *row) for row in zip(*columns, strict=True)], bool
    )


def _is_candidate(
    pipeline: Pipeline,
    screen: Screen,
    modality: str,
    code: str,
    code_system: str,
    description: str,
    text: str,
) -> bool:
    procedure = classify_report(
        pipeline.procedures,
        modality=modality,
        code=code,
        code_system=code_system,
        description=description,
        text=text,
    )
    is_index = procedure.kind == pipeline.file.index_kind and procedure.qualifies
    return is_index and screen.may_hold_a_finding(text)


def find_candidates(
    batches: Iterable[pa.RecordBatch], pipeline: Pipeline, *, most: int
) -> pa.RecordBatch:
    """The first reports that need reading, at most so many."""
    found: list[pa.RecordBatch] = []
    for batch in batches:
        found.append(batch.filter(pa.array(are_candidates(batch, pipeline))))
        if sum(one.num_rows for one in found) >= most:
            break
    return pa.Table.from_batches(found).combine_chunks().to_batches()[0].slice(0, most)
