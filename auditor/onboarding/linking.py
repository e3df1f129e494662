"""Accessions under names that say nothing: found by the values that reports and orders share."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.onboarding.mapping import Mapped, Source
from auditor.onboarding.traits import Traits

# Of a column's different values so large a share, and so many, must stand in the other table.
_LEAST_SHARE, _FEWEST = 0.4, 5


def find_accessions(tables: Sequence[Mapped]) -> None:
    """Map the accession of tables that lack one, where a column's values are another table's.

    Where no table has one, the two columns of a table of reports and one of orders that share most.
    """
    for mapped in tables:
        if "accession" in mapped.sources:
            continue
        others = [other for other in tables if other.table != mapped.table]
        best = max(
            (
                (_share(mine, theirs), mine, other)
                for other in others
                for theirs in _candidates(other)
                for mine in _unused(mapped)
            ),
            key=lambda found: found[0],
            default=(0.0, None, None),
        )
        share, mine, other = best
        if mine is None or other is None or share < _LEAST_SHARE:
            continue
        reason = f"{share:.0%} of its values stand in {other.seen.name} too"
        mapped.sources["accession"] = Source((mine.name,), reason=reason)
        mapped.unused.remove(mine.name)


def _candidates(mapped: Mapped) -> list[Traits]:
    """The accession of a table where it is known, else what may be it."""
    known = mapped.traits("accession")
    return [known] if known is not None else _unused(mapped)


def _unused(mapped: Mapped) -> list[Traits]:
    unused = [traits for traits in mapped.seen.columns if traits.name in mapped.unused]
    return [t for t in unused if t.share("id") > 0.5 and t.distinct >= max(_FEWEST, t.filled // 5)]


def _share(mine: Traits, theirs: Traits) -> float:
    """Which part of the fewer of two columns' different values stands in both."""
    both = len(mine.words.keys() & theirs.words.keys())
    return both / min(mine.distinct, theirs.distinct) if both >= _FEWEST else 0.0
