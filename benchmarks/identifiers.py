"""Identifiers found in the labelled texts, kind by kind, and what looking costs.

python -m benchmarks.identifiers
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from auditor.privacy.finder import IdentifierFinder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "privacy"))


def main() -> None:
    """Print recall and precision of each half, and the time a text takes."""
    from labelled_texts import read_texts

    finder = IdentifierFinder()
    for half in ("held_out", "development"):
        texts = [*read_texts(f"{half}_identified"), *read_texts(f"{half}_clean")]
        start = time.process_time()
        found = finder.find_all([text for text, _ in texts])
        spent = time.process_time() - start
        marked, masked, claimed, wrong = (Counter[str]() for _ in range(4))
        for (text, marks), items in zip(texts, found, strict=True):
            covered = {place for item in items for place in range(item.start, item.end)}
            for kind, begin, end in marks:
                letters = [place for place in range(begin, end) if text[place].isalnum()]
                marked[kind] += 1
                masked[kind] += covered.issuperset(letters)
            for item in items:
                claimed[item.kind] += 1
                wrong[item.kind] += not any(
                    item.start < end and begin < item.end for _, begin, end in marks
                )
        sys.stdout.write(f"{half}: {len(texts)} texts, {1e6 * spent / len(texts):.0f} µs a text\n")
        for kind in sorted(marked):
            recall = masked[kind] / marked[kind]
            precision = 1 - wrong[kind] / claimed[kind] if claimed[kind] else 0.0
            sys.stdout.write(
                f"  {kind:10}  {marked[kind]:4}  recall {recall:.3f}  precision {precision:.3f}\n"
            )
        recall = masked.total() / marked.total()
        precision = 1 - wrong.total() / claimed.total()
        sys.stdout.write(
            f"  {'all':10}  {marked.total():4}  recall {recall:.3f}  precision {precision:.3f}\n"
        )


if __name__ == "__main__":
    main()
