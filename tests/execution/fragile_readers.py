"""Readers for reading processes: they break at marked texts, or cannot be made at all."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from auditor.config.pipeline import Pipeline
from auditor.language.reading import Known, Reading, RowReader
from auditor.privacy.checking import TEXTS, CheckedReader

# What a reader does at a text that holds the word.
MARKS = ("KILLED", "CRASHES", "EXITS", "RAISES", "HANGS")


class Unready:
    """Has nothing to build."""

    def get_ready(self) -> Iterator[None]:
        return iter(())


class LineReader(Unready):
    """Counts each row by its line, so that it is seen what was read, and in which order."""

    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        for text in rows["report_text"].to_pylist():
            break_at(text)
        return Reading(counts=Counter({f"{line}": 1 for line in rows["line"].to_pylist()}))


@dataclass(frozen=True)
class FragileReader(Unready):
    """Reads as a pipeline's reader does, but for the marked texts."""

    pipeline: Pipeline

    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        if table == "reports":
            for text in rows["report_text"].to_pylist():
                break_at(text)
        return RowReader(self.pipeline).read(table, rows, known)

    def find(self, table: str, rows: pa.RecordBatch) -> Reading:
        for text in rows["report_text"].to_pylist():
            break_at(text)
        return RowReader(self.pipeline).find(table, rows)

    def look(self, table: str, rows: pa.RecordBatch) -> Reading:
        for text in rows[TEXTS[table]].to_pylist():
            break_at(text)
        return CheckedReader(self.pipeline).look(table, rows)


def break_at(text: str) -> None:
    if "KILLED" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "CRASHES" in text:
        faulthandler.disable()
        ctypes.string_at(0)
    if "EXITS" in text:
        os._exit(3)
    if "RAISES" in text:
        raise ValueError(text)
    while "HANGS" in text:
        pass


def cannot_be_made() -> LineReader:
    raise KeyError("a patient's text")


class BrokenInstallation(Unready):
    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        import no_such_package  # noqa: F401

        raise AssertionError("never comes here")
