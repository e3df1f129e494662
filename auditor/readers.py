"""What reads the rows of a run: so many processes, each with the pipeline's reader."""

from __future__ import annotations

from functools import partial

from auditor.execution.local import Readers
from auditor.privacy.checking import CheckedReader
from auditor.request import Request


def open_readers(request: Request) -> Readers:
    """The readers of a run; leaving their `with` block ends them.

    Processes start when the first rows come, or before that if told to (`Readers.start`).
    """
    make_reader = partial(CheckedReader, request.pipeline)
    return Readers(make_reader, workers=request.workers, limit_s=request.limit_s)
