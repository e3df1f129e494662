"""What rows tell of the feed that brought them, whatever stands in their texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.procedures import ProcedureRules
from auditor.ingest.digests import mark_values
from auditor.language.statuses import order_status, report_status

# Characters of an ISO date, with which every moment begins.
_DAY = 10


@dataclass(frozen=True, slots=True)
class Feed:
    """What some rows tell.

    Attributes:
        days: Rows by day (ISO date): of the exam, or when it was performed or else ordered.
        newest: Newest date (ISO) on which something happened; empty for none.
        accessions: A mark of each row's accession, 64 bits.
        unknown_statuses: Rows by status word that nothing knows.
    """

    days: Counter[str] = field(default_factory=Counter)
    newest: str = ""
    accessions: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    unknown_statuses: Counter[str] = field(default_factory=Counter)


def look_at_feed(rules: ProcedureRules, rows: pa.RecordBatch, table: str) -> Feed:
    """Look at rows of `reports` or `orders`."""
    if table == "reports":
        words = rows["report_status"]
        statuses = _read_words(words, lambda word: report_status(rules, word))
        moments = [rows["exam_datetime"]]
        # A cancelled report may be of an exam that was only planned.
        happened = rows["exam_datetime"].filter(pc.not_equal(statuses, "cancelled"))
        moments_past = [rows["report_datetime"], happened]
    else:
        words = rows["status"]
        statuses = _read_words(words, lambda word: order_status(rules, word))
        moments = [rows["performed_datetime"], rows["order_datetime"]]
        # The performed time of what is scheduled is a plan.
        done = pc.or_(pc.equal(statuses, "performed"), pc.equal(statuses, "unknown"))
        moments_past = [rows["order_datetime"], rows["performed_datetime"].filter(done)]
    moment = moments[0]
    if len(moments) > 1:
        moment = pc.if_else(pc.equal(moment, ""), moments[1], moment)
    unknown = words.filter(pc.and_(pc.equal(statuses, "unknown"), pc.not_equal(words, "")))
    return Feed(
        days=_count(_day(moment)),
        newest=max((pc.max(one).as_py() or "")[:_DAY] for one in moments_past),
        accessions=_marks(rows["accession"]),
        unknown_statuses=_count(unknown),
    )


def _day(moments: pa.StringArray) -> pa.StringArray:
    return pc.utf8_slice_codeunits(moments, 0, _DAY)


def _read_words(words: pa.StringArray, read: Callable[[str], str]) -> pa.StringArray:
    """What each word means; each is read once."""
    coded = words.dictionary_encode()
    return pa.array(map(read, coded.dictionary.to_pylist()), pa.string()).take(coded.indices)


def _count(values: pa.StringArray) -> Counter[str]:
    counted = pc.value_counts(values)
    values, counts = counted.field("values"), counted.field("counts")
    return Counter(dict(zip(values.to_pylist(), counts.to_pylist(), strict=True)))


def _marks(accessions: pa.StringArray) -> np.ndarray:
    return mark_values(accessions.filter(pc.not_equal(accessions, "")))
