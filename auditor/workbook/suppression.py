"""Which counts a copy for others hides, so that no small one can be worked out.

A count of 1 to `limit` is small. Where parts are published with their total, whoever subtracts what
is shown knows the sum of what is hidden: so more is hidden, the smallest first, until that sum is
not small itself and leaves every small count open. It is reckoned as for somebody who knows even
which of the hidden counts are small.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

# So many values more than one must stay possible for each small count.
MARGIN = 3


class Range(NamedTuple):
    """What a count may be for all that is known: from `low` to `high`."""

    low: int
    high: int


class Split(NamedTuple):
    """A group whose size is published, and how many of it are compliant."""

    size: int
    compliant: int


def is_small(count: int, limit: int) -> bool:
    """Whether a count must not be seen; that there is nobody may."""
    return 1 <= count <= limit


def hide_parts(counts: Sequence[int], limit: int) -> frozenset[int]:
    """Positions of the parts that are hidden where their total is published.

    Args:
        counts: Parts that add up to the total.
        limit: The largest small count.
    """
    hidden = {at for at, count in enumerate(counts) if is_small(count, limit)}
    others = sorted((count, at) for at, count in enumerate(counts) if count > limit)
    while hidden and others and not _parts_are_safe(counts, hidden, others[0][0], limit):
        hidden.add(others.pop(0)[1])
    return frozenset(hidden)


def hide_splits(splits: Sequence[Split], limit: int) -> frozenset[int]:
    """Positions of the groups whose compliant cases are hidden.

    The sizes are published, and so are all compliant cases together. Where more has to be hidden it
    is that of the smallest group: its size is known anyway.
    """
    hidden = {at for at, split in enumerate(splits) if _is_small_split(split, limit)}
    # Where all or none comply, hiding it leaves nothing open: such groups come last.
    others = sorted(
        (split.compliant in (0, split.size), split.size, at)
        for at, split in enumerate(splits)
        if split.size and at not in hidden
    )
    while hidden and others and not _splits_are_safe([splits[at] for at in hidden], limit):
        hidden.add(others.pop(0)[-1])
    return frozenset(hidden)


def hide_overlapping(counts: Sequence[int], union: int, limit: int) -> frozenset[int]:
    """Positions of the hidden counts where everyone of a published union is in one or more.

    No count is above the union, and together they are not below it.
    """
    hidden = {at for at, count in enumerate(counts) if is_small(count, limit)}
    others = sorted((count, at) for at, count in enumerate(counts) if count > limit)
    while hidden and others:
        shown = sum(count for count, _ in others)
        ranges = [Range(1, limit if is_small(counts[at], limit) else union) for at in hidden]
        rest = union - shown - sum(one.high for one in ranges)
        if all(one.high - max(1, rest + one.high) >= MARGIN for one in ranges):
            break
        hidden.add(others.pop(0)[1])
    return frozenset(hidden)


def narrow(total: int, ranges: Sequence[Range]) -> list[Range]:
    """What each count may be once it is known what they add up to."""
    low, high = sum(one.low for one in ranges), sum(one.high for one in ranges)
    return [
        Range(max(one.low, total - (high - one.high)), min(one.high, total - (low - one.low)))
        for one in ranges
    ]


def _parts_are_safe(
    counts: Sequence[int], hidden: Collection[int], least_shown: int, limit: int
) -> bool:
    total = sum(counts[at] for at in hidden)
    if is_small(total, limit):
        return False
    # What is hidden beside the small ones is no larger than the least that is shown.
    small = [is_small(counts[at], limit) for at in hidden]
    ranges = [Range(1, limit) if one else Range(limit + 1, least_shown) for one in small]
    return all(
        one.high - one.low >= MARGIN
        for one, matters in zip(narrow(total, ranges), small, strict=True)
        if matters
    )


def _is_small_split(split: Split, limit: int) -> bool:
    return is_small(split.compliant, limit) or is_small(split.size - split.compliant, limit)


def _splits_are_safe(splits: Sequence[Split], limit: int) -> bool:
    compliant = sum(split.compliant for split in splits)
    missed = sum(split.size for split in splits) - compliant
    if is_small(compliant, limit) or is_small(missed, limit):
        return False
    ranges = [_range_of_compliant(split, limit) for split in splits]
    return all(
        one.high - one.low >= MARGIN
        for one, split in zip(narrow(compliant, ranges), splits, strict=True)
        if _is_small_split(split, limit)
    )


def _range_of_compliant(split: Split, limit: int) -> Range:
    if not _is_small_split(split, limit):
        if split.compliant in (0, split.size):
            return Range(split.compliant, split.compliant)
        return Range(limit + 1, split.size - limit - 1)
    low, high = 0, split.size
    if is_small(split.compliant, limit):
        low, high = 1, min(limit, high)
    if is_small(split.size - split.compliant, limit):
        low, high = max(low, split.size - limit), min(high, split.size - 1)
    return Range(low, high)
