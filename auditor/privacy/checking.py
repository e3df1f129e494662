"""Rows are read and looked through for identifiers, which are masked where a site says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.pipeline import Pipeline
from auditor.config.site import Site
from auditor.ingest.schema import IdentifierFound
from auditor.language.facts import OrderFacts, ReportFacts
from auditor.language.reading import Reading, RowReader
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

Identifiers = tuple[Identifier, ...]
Facts = Sequence[ReportFacts] | Sequence[OrderFacts]
FactsRow = TypeVar("FactsRow", ReportFacts, OrderFacts)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked through of a batch of rows.

    Attributes:
        texts: Texts looked through whole, by number of the row.
        columns: The values of each column that is shown, and of the keys that are no pseudonyms
            (empty text for the others), by row.
        found: The identifiers of each text and value that holds any.
        sentences: Identifiers in the sentences kept of a row, by row and sentence, where its text
            holds any.
    """

    texts: Mapping[int, str]
    columns: Mapping[str, Sequence[str]]
    found: Mapping[str, Identifiers]
    sentences: Mapping[int, Mapping[str, Identifiers]]


class CheckedReader:
    """A `RowReader` whose readings say where identifiers stand, masked where the site redacts.

    Looked through are: the whole text of a row of which sentences are kept, and of a sample of the
    others; in every row what is shown as it is, and the keys. Whether a row is in the sample is
    told by its digest alone, so it does not matter where it stands and who reads it.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._reader = RowReader(pipeline)
        self._finder = IdentifierFinder()
        privacy = pipeline.site.privacy
        self._redacts = privacy.residual_identifiers == "redact"
        self._sample_below = privacy.sample_percent * (1 << 32) // 100
        self._own_words = own_words(pipeline.site)

    def read(self, table: str, rows: pa.RecordBatch) -> Reading:
        """Read a batch of canonical rows of `reports` or `orders`."""
        reading = self._reader.read(table, rows)
        facts: Facts = reading.reports if table == "reports" else reading.orders
        looked = self._look(table, rows, facts)
        files, lines = rows["file"].to_pylist(), rows["line"].to_pylist()
        found = [
            IdentifierFound(table, files[row], lines[row], column, kind, kept)
            for row, column, kind, kept in _places(table, looked)
        ]
        counts = reading.counts + Counter({"texts_checked": len(looked.texts)})
        reading = replace(reading, counts=counts, identifiers=sorted(found))
        return _masked(reading, looked) if found and self._redacts else reading

    def _look(self, table: str, rows: pa.RecordBatch, facts: Facts) -> _Looked:
        column = rows[TEXTS[table]].to_pylist()
        texts = {
            row: text
            for row, text in enumerate(column)
            if text and (kept_texts(facts[row]) or self._is_sampled(facts[row].row_digest))
        }
        columns = {name: rows[name].to_pylist() for name in SHOWN[table]}
        columns |= {name: _odd_values(rows[name]) for name in KEYS[table]}
        found = self._find([*texts.values(), *(v for values in columns.values() for v in values)])
        kept = {row: kept_texts(facts[row]) for row, text in texts.items() if text in found}
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

    def _is_sampled(self, digest: str) -> bool:
        return int(digest[:8], 16) < self._sample_below

    def _find(self, texts: Iterable[str]) -> dict[str, Identifiers]:
        """The identifiers of the texts that hold any; each is looked through once."""
        listed = [text for text in dict.fromkeys(texts) if text and text not in self._own_words]
        found = zip(listed, self._finder.find_all(listed), strict=True)
        return {text: items for text, items in found if items}


def own_words(site: Site) -> frozenset[str]:
    """What the site file itself names, such as a centre called after a person: no identifier."""
    words = {word for value in site.settings.values() if isinstance(value, tuple) for word in value}
    words |= {*site.statuses, *site.facilities, *site.facilities.values()}
    return frozenset(words | {procedure.description for procedure in site.procedures})


def _odd_values(keys: pa.Array) -> list[str]:
    """The keys that do not look like pseudonyms; an empty text for each of the others."""
    odd = pc.match_substring_regex(keys, _NO_PSEUDONYM)
    return pc.if_else(odd, keys, "").to_pylist()


def _places(table: str, looked: _Looked) -> Iterator[tuple[int, str, str, bool]]:
    """Row, column and kind of what was found, and whether it stands in what is kept."""
    for row, text in looked.texts.items():
        kept = {item.kind for items in looked.sentences.get(row, {}).values() for item in items}
        for kind in {item.kind for item in looked.found.get(text, ())} | kept:
            yield row, TEXTS[table], kind, kind in kept
    for column, values in looked.columns.items():
        able = _KEY_KINDS if column in KEYS[table] else None
        for row, value in enumerate(values):
            kinds = {item.kind for item in looked.found.get(value, ())}
            for kind in kinds if able is None else kinds & able:
                yield row, column, kind, True


def _masked(reading: Reading, looked: _Looked) -> Reading:
    names = {text: mask(text, items) for text, items in looked.found.items()}

    def rename(word: str) -> str:
        return names.get(word, word)

    def rewrite(row: int, facts: FactsRow) -> FactsRow:
        found = looked.sentences.get(row, {})
        return rewrite_facts(facts, lambda text: mask(text, found.get(text, ())), rename)

    procedures = Counter[tuple[str, str, str]]()
    for (description, modality, code), rows in reading.unknown_procedures.items():
        procedures[rename(description), modality, code] += rows
    statuses = Counter[tuple[str, str]]()
    for (table, word), rows in reading.unknown_statuses.items():
        statuses[table, rename(word)] += rows
    return replace(
        reading,
        reports=[rewrite(row, facts) for row, facts in enumerate(reading.reports)],
        orders=[rewrite(row, facts) for row, facts in enumerate(reading.orders)],
        unknown_procedures=procedures,
        unknown_statuses=statuses,
    )
