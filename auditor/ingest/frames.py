"""DataFrames -> rows of text, for the Python API."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd

from auditor.ingest.rows import Rows


def frame_rows(frame: pd.DataFrame) -> tuple[tuple[str, ...], Rows]:
    """A frame's column names and its cells as text, the index left out.

    Missing values become empty; whole numbers lose the `.0` that pandas gives them beside missing
    ones. A column of timestamps that are all at midnight holds dates: their times are unknown.
    Lines are counted as if the frame had been written to a CSV file.
    """
    header = tuple(str(name) for name in frame.columns)
    columns = [_texts(frame.iloc[:, number]) for number in range(len(header))]
    return header, Rows(columns, range(2, len(frame) + 2))


def _texts(series: pd.Series[Any]) -> list[str]:
    missing = series.isna()
    moments = (value for value in series[~missing] if isinstance(value, datetime.datetime))
    dates_only = all(moment.time() == datetime.time() for moment in moments)
    return [
        "" if gone else _text(value, dates_only)
        for value, gone in zip(series, missing, strict=True)
    ]


def _text(value: object, dates_only: bool) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if dates_only else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
