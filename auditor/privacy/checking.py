"""Rows are read and looked through for identifiers, which are masked where a site says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.pipeline import Pipeline
from auditor.config.site import Site
from auditor.ingest.digests import mark_values
from auditor.ingest.schema import IdentifierFound
from auditor.language.facts import OrderFacts, ReportFacts
from auditor.language.plain_columns import is_any, joined_column
from auditor.language.reading import Known, Reading, RowReader
from auditor.privacy.finder import Identifier, IdentifierFinder
from auditor.privacy.masking import find_again, kept_texts, mask, rewrite_facts

TEXTS = {"reports": "report_text", "orders": "reason"}
# Columns whose values are shown as they are.
SHOWN = {
    "reports": ("procedure_description", "facility", "report_status"),
    "orders": ("procedure_description", "facility", "ordering_department", "status"),
}
# Columns that rows are joined by, what in them is no pseudonym, and which kinds that may be.
KEYS = {
    "reports": ("patient_id", "report_id", "accession"),
    "orders": ("patient_id", "order_id", "accession"),
}
_NO_PSEUDONYM = r"[@^,]|\d{3}-\d{2}-\d{4}"
_KEY_KINDS = frozenset({"ssn", "email", "name"})

# Values that are known already, and how many characters they may have.
_MOST_KNOWN, _SHORT = 50_000, 100

Identifiers = tuple[Identifier, ...]
Facts = Sequence[ReportFacts] | Sequence[OrderFacts]
FactsRow = TypeVar("FactsRow", ReportFacts, OrderFacts)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked through of a batch of rows.

    Attributes:
        texts: Texts looked through whole, by number of the row.
        columns: Each column that is shown, and each of keys, those that are pseudonyms left empty.
        found: The identifiers of each text and value that holds any.
        sentences: Identifiers in the sentences kept of a row, by row and sentence, where its text
            holds any.
    """

    texts: Mapping[int, str]
    columns: Mapping[str, pa.StringArray]
    found: Mapping[str, Identifiers]
    sentences: Mapping[int, Mapping[str, Identifiers]]


class Checker:
    """Looks through rows for identifiers.

    Looked through are: the whole text of a row of which sentences are kept, and of a sample of the
    others; in every row what is shown as it is, and the keys. Whether a row is in the sample is
    told by its id alone, so it does not matter where it stands and who reads it.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        privacy = pipeline.site.privacy
        self._redacts = privacy.residual_identifiers == "redact"
        self._sample_percent = privacy.sample_percent
        self._own_words = own_words(pipeline.site)
        # The values of columns come again and again.
        self._known: dict[str, Identifiers] = {}

    @cached_property
    def _finder(self) -> IdentifierFinder:
        """Made when first needed: that takes a moment."""
        return IdentifierFinder()

    def worth_looking(self, table: str, rows: pa.RecordBatch) -> np.ndarray:
        """The rows of which `look` tells anything; shape `(rows,)`, bool.

        Rows in which it would find nothing, and whose text it would not look through, are not
        among them: most are not.
        """
        worth = self._sampled(table, rows)
        worth &= pc.not_equal(rows[TEXTS[table]], "").to_numpy(zero_copy_only=False)
        columns = self._columns(table, rows)
        found = self._find(_distinct(columns))
        for values in columns.values() if found else ():
            holding = pc.is_in(values, value_set=pa.array(list(found), pa.string()))
            worth |= holding.to_numpy(zero_copy_only=False)
        return worth

    def look(self, table: str, rows: pa.RecordBatch) -> tuple[list[IdentifierFound], int]:
        """Look through canonical rows of `reports` or `orders` of which nothing is kept.

        Returns:
            The identifiers by row, and how many whole texts were looked through.
        """
        looked = self._look(table, rows, [()] * rows.num_rows)
        return _listed(table, rows, looked), len(looked.texts)

    def check(self, table: str, rows: pa.RecordBatch, reading: Reading) -> Reading:
        """A reading of rows, with their identifiers; masked where the site redacts."""
        facts: Facts = reading.reports if table == "reports" else reading.orders
        looked = self._look(table, rows, list(map(kept_texts, facts)))
        found = _listed(table, rows, looked)
        counts = reading.counts + Counter({"texts_checked": len(looked.texts)})
        reading = replace(reading, counts=counts, identifiers=found)
        return _masked(reading, looked) if found and self._redacts else reading

    def mask_unknown(self, reading: Reading) -> Reading:
        """Mask identifiers in unknown procedures and statuses, where the site redacts."""
        if not self._redacts:
            return reading
        names = [description for description, _, _ in reading.unknown_procedures]
        found = self._find([*names, *reading.feed.unknown_statuses])
        return _renamed(reading, {text: mask(text, items) for text, items in found.items()})

    def get_ready(self) -> None:
        """Build what looking needs now, not when the first row comes."""
        self._finder  # noqa: B018 - made by being asked for

    def _look(
        self,
        table: str,
        rows: pa.RecordBatch,
        sentences: Sequence[Sequence[str]],
    ) -> _Looked:
        kept_of = np.fromiter(map(bool, sentences), bool, rows.num_rows)
        numbers = np.flatnonzero(self._sampled(table, rows) | kept_of)
        listed = rows[TEXTS[table]].take(pa.array(numbers)).to_pylist()
        texts = {row: text for row, text in zip(numbers.tolist(), listed, strict=True) if text}
        columns = self._columns(table, rows)
        found = self._find([*texts.values(), *_distinct(columns)])
        kept = {row: sentences[row] for row, text in texts.items() if text in found}
        alone = self._find(sentence for sentences in kept.values() for sentence in sentences)
        return _Looked(
            texts=texts,
            columns=columns,
            found=found,
            sentences={
                row: {
                    sentence: (
                        *find_again(sentence, texts[row], found[texts[row]]),
                        *alone.get(sentence, ()),
                    )
                    for sentence in sentences
                }
                for row, sentences in kept.items()
            },
        )

    def _columns(self, table: str, rows: pa.RecordBatch) -> dict[str, pa.StringArray]:
        """Each column that is shown, and each of keys, those that are pseudonyms left empty."""
        columns = {name: rows[name] for name in SHOWN[table]}
        return columns | {name: _odd_values(rows[name]) for name in KEYS[table]}

    def _sampled(self, table: str, rows: pa.RecordBatch) -> np.ndarray:
        """The rows in the sample, told by their ids; shape `(rows,)`, bool."""
        marks = mark_values(rows[KEYS[table][1]])
        sampled: np.ndarray = marks % 100 < self._sample_percent
        return sampled

    def _find(self, texts: Iterable[str]) -> dict[str, Identifiers]:
        """The identifiers of the texts that hold any; each is looked through once."""
        listed = [text for text in dict.fromkeys(texts) if text and text not in self._own_words]
        new = [text for text in listed if text not in self._known]
        found = dict(zip(new, self._finder.find_all(new), strict=True)) if new else {}
        if len(self._known) < _MOST_KNOWN:
            self._known |= {text: items for text, items in found.items() if len(text) < _SHORT}
        found |= {text: self._known[text] for text in listed if text in self._known}
        return {text: items for text, items in found.items() if items}


class CheckedReader:
    """A `RowReader` whose readings say where identifiers stand, masked where the site redacts."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._reader = RowReader(pipeline)
        self._checker = Checker(pipeline)

    def read(self, table: str, rows: pa.RecordBatch, known: Known | None = None) -> Reading:
        """As of a `RowReader`."""
        return self._checker.check(table, rows, self._reader.read(table, rows, known))

    def find(self, table: str, rows: pa.RecordBatch) -> Reading:
        """As of a `RowReader`: what it finds is looked through when the rows are read."""
        return self._reader.find(table, rows)

    def look(self, table: str, rows: pa.RecordBatch) -> Reading:
        """The identifiers of rows of which nothing is kept, and how many texts were looked at."""
        found, texts = self._checker.look(table, rows)
        return Reading(identifiers=found, counts=Counter(texts_checked=texts))

    def get_ready(self) -> Iterator[None]:
        """As of a `RowReader`."""
        yield from self._reader.get_ready()
        self._checker.get_ready()
        yield


def own_words(site: Site) -> frozenset[str]:
    """What the site file itself names, such as a centre called after a person: no identifier."""
    words = {word for value in site.settings.values() if isinstance(value, tuple) for word in value}
    words |= {*site.statuses, *site.facilities, *site.facilities.values()}
    return frozenset(words | {procedure.description for procedure in site.procedures})


def _distinct(columns: Mapping[str, pa.StringArray]) -> list[str]:
    return [value for column in columns.values() for value in pc.unique(column).to_pylist()]


def _odd_values(keys: pa.StringArray) -> pa.StringArray:
    """The keys that do not look like pseudonyms; an empty text for each of the others."""
    if not len(keys) or not is_any(pc.match_substring_regex(joined_column(keys), _NO_PSEUDONYM)):
        return pa.repeat(pa.scalar("", pa.string()), len(keys))
    odd = pc.match_substring_regex(keys, _NO_PSEUDONYM)
    return pc.if_else(odd, keys, "")


def _listed(table: str, rows: pa.RecordBatch, looked: _Looked) -> list[IdentifierFound]:
    places = list(_places(table, looked))
    files, lines = rows["file"], rows["line"]
    return sorted(
        IdentifierFound(table, files[row].as_py(), lines[row].as_py(), column, kind, kept)
        for row, column, kind, kept in places
    )


def _places(table: str, looked: _Looked) -> Iterator[tuple[int, str, str, bool]]:
    """Row, column and kind of what was found, and whether it stands in what is kept."""
    for row, text in looked.texts.items():
        kept = {item.kind for items in looked.sentences.get(row, {}).values() for item in items}
        for kind in {item.kind for item in looked.found.get(text, ())} | kept:
            yield row, TEXTS[table], kind, kind in kept
    for column, values in looked.columns.items():
        able = _KEY_KINDS if column in KEYS[table] else None
        holding = pa.array([value for value in looked.found if value], pa.string())
        rows = pc.indices_nonzero(pc.is_in(values, value_set=holding)).to_pylist()
        for row in rows:
            kinds = {item.kind for item in looked.found[values[row].as_py()]}
            for kind in kinds if able is None else kinds & able:
                yield row, column, kind, True


def _masked(reading: Reading, looked: _Looked) -> Reading:
    names = {text: mask(text, items) for text, items in looked.found.items()}

    def rename(word: str) -> str:
        return names.get(word, word)

    def rewrite(row: int, facts: FactsRow) -> FactsRow:
        found = looked.sentences.get(row, {})
        return rewrite_facts(facts, lambda text: mask(text, found.get(text, ())), rename)

    return replace(
        _renamed(reading, names),
        reports=[rewrite(row, facts) for row, facts in enumerate(reading.reports)],
        orders=[rewrite(row, facts) for row, facts in enumerate(reading.orders)],
    )


def _renamed(reading: Reading, names: Mapping[str, str]) -> Reading:
    """The reading with other names for unknown procedures and statuses."""
    procedures = Counter[tuple[str, str, str]]()
    for (description, modality, code), rows in reading.unknown_procedures.items():
        procedures[names.get(description, description), modality, code] += rows
    statuses = Counter[str]()
    for word, rows in reading.feed.unknown_statuses.items():
        statuses[names.get(word, word)] += rows
    feed = replace(reading.feed, unknown_statuses=statuses)
    return replace(reading, unknown_procedures=procedures, feed=feed)
