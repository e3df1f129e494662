"""Which words of an evidence sentence decided, for bold type in a cell and on a terminal."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from auditor.workbook.cells import RichText
from auditor.workbook.results import RowFinding
from auditor.workbook.text import clean_text, cut_text

# By patient and part: each sentence with the words that matched in it and their cues.
DecisiveWords = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def index_words(findings: Iterable[RowFinding], patients: frozenset[str]) -> DecisiveWords:
    """The decisive words of these patients' findings: matched words and the cues of hedges."""
    index: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for patient_id, _, finding in findings:
        if patient_id in patients:
            words = index[patient_id, finding.part]
            words.extend(
                (finding.sentence, word) for word in (finding.text, finding.cue) if word.strip()
            )
    return dict(index)


def find_words(
    sentence: str, patient_id: str, part: str, index: DecisiveWords
) -> list[tuple[int, int]]:
    """Where the decisive words stand in an evidence sentence: spans in order, not touching."""
    words = {
        word for read, word in index.get((patient_id, part), ()) if is_of_sentence(read, sentence)
    }
    spans = [span for word in words for span in _places(sentence, word)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def is_of_sentence(read: str, sentence: str) -> bool:
    """Whether a finding's sentence is one of those in an evidence sentence.

    An evidence sentence may join several sentences, or be a piece of one.
    """
    line, found = _one_line(sentence), _one_line(read)
    return bool(line) and bool(found) and (found in line or line in found)


def embolden(sentence: str, patient_id: str, part: str, index: DecisiveWords) -> RichText | str:
    """The sentence for a cell, its decisive words in bold; plain text where there are none."""
    safe = cut_text(clean_text(sentence))
    spans = find_words(safe, patient_id, part, index)
    if not spans:
        return safe
    pieces: list[tuple[str, bool]] = []
    done = 0
    for start, end in spans:
        pieces += [(safe[done:start], False), (safe[start:end], True)]
        done = end
    pieces.append((safe[done:], False))
    return RichText(tuple(piece for piece in pieces if piece[0]))


def _places(sentence: str, word: str) -> list[tuple[int, int]]:
    pattern = r"\s+".join(re.escape(piece) for piece in word.split())
    found = re.finditer(rf"(?<!\w){pattern}(?!\w)", sentence, re.IGNORECASE)
    return [match.span() for match in found]


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())
