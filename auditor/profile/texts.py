"""Whether texts were cut: by a field that was too short, or in the middle of a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Nobody cuts below it, and short texts share their length by chance.
_SHORTEST_CUT = 200
# So many different texts of one length, the longest of all, do not come about by chance.
_TELLING = 3
# Lengths that fields of databases and spreadsheets have: there, two are enough.
_USUAL = frozenset(
    (255, 256, 500, 512, 1000, 1024, 2000, 2048, 3999, 4000, 4096, 5000, 8000, 8192)
    + (10_000, 16_383, 16_384, 32_000, 32_766, 32_767, 32_768, 65_535, 65_536)
)
# No text ends with one of these words, or with a comma.
_BROKEN = r"(?i)(?:,|\b(?:a|an|and|the|of|with|or|to|for|from))\s*\z"


@dataclass
class _Longest:
    """The texts of the greatest length: how many rows, and which different ones (a few)."""

    length: int = 0
    rows: int = 0
    different: set[int] = field(default_factory=set)

    def add(self, texts: pa.StringArray, lengths: pa.Array) -> None:
        longest = pc.max(lengths).as_py() or 0
        if longest < max(self.length, _SHORTEST_CUT):
            return
        if longest > self.length:
            self.length, self.rows, self.different = longest, 0, set()
        places = np.flatnonzero(lengths.to_numpy(zero_copy_only=False) == longest)
        self.rows += len(places)
        self.different |= {hash(texts[int(place)].as_py()) for place in places[:1000]}

    @property
    def is_cut(self) -> bool:
        """Whether the texts are as long as a field, and not as what they say."""
        enough = 2 if self.length in _USUAL else _TELLING
        return len(self.different) >= enough


@dataclass
class Texts:
    """What is seen of the texts of a table.

    Attributes:
        rows: Texts that are not empty.
        empty: Texts that are.
        broken: Texts that end with a comma, or with a word that no sentence ends with.
    """

    rows: int = 0
    empty: int = 0
    broken: int = 0
    _characters: _Longest = field(default_factory=_Longest)
    _bytes: _Longest = field(default_factory=_Longest)

    def add(self, texts: pa.StringArray) -> None:
        """Look at the texts of some rows."""
        filled = pc.sum(pc.not_equal(texts, "")).as_py() or 0
        self.rows += filled
        self.empty += len(texts) - filled
        self.broken += pc.sum(pc.match_substring_regex(texts, _BROKEN)).as_py() or 0
        self._characters.add(texts, pc.utf8_length(texts))
        self._bytes.add(texts, pc.binary_length(texts))

    def cut_at(self) -> tuple[int, str, int] | None:
        """Where texts were cut: length, its unit, and how many rows have it; None: nowhere."""
        for unit, longest in (("characters", self._characters), ("bytes", self._bytes)):
            if longest.is_cut:
                return longest.length, unit, longest.rows
        return None
