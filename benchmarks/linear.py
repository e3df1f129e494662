"""Whether reading takes time in proportion to a text's length: `python -m benchmarks.linear`.

Prints how much longer each kind of text takes when it is four times as long: about 4 where work
grows with the length, about 16 where it grows with its square.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.language.facts import Procedure, ReportFacts
from auditor.language.findings import FindingReader
from auditor.language.layout import Layout
from auditor.language.remarks import find_remarks
from auditor.language.screening import Screen
from auditor.pathway.cases import judge_exam
from benchmarks.hostile_texts import REPEATED, hostile

FACTOR = 4
SMALL = 1500
_PIPELINE = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
_LAYOUT, _SCREEN = Layout(_PIPELINE.lexicon), Screen(_PIPELINE.lexicon)
_READER = FindingReader(_PIPELINE.lexicon)


def ratio(work: Callable[[int], object], size: int) -> float:
    """How much longer the work takes on `FACTOR` times the size, in processor time."""

    def cost(of: int) -> float:
        begin = time.process_time()
        work(of)
        return time.process_time() - begin

    small = statistics.median(cost(size) for _ in range(3))
    return statistics.median(cost(size * FACTOR) for _ in range(3)) / max(small, 0.002)


def _broken_words(size: int) -> object:
    return _LAYOUT.sentences("ab-\n" * (size // 4) + "calcified mass")


def _runs_of(sign: str) -> Callable[[int], object]:
    def find(size: int) -> object:
        return find_remarks(
            _PIPELINE.remarks, "Pain" + sign * size, table="reports", kind="radiograph"
        )

    return find


def _case_of_many_mentions(size: int) -> object:
    said = "Left flank mass. Calcification in the left flank. No calcification. "
    found = _READER.read(said)
    exam = ReportFacts(
        *("1", "P1", "R1", "A1", "2025-03-03", "", "final", Procedure("radiograph", True)),
        findings=tuple(found * (size // len(found))),
    )
    return judge_exam([exam], [], _PIPELINE.cases)


STEPS: dict[str, tuple[Callable[[int], object], int]] = {
    "words broken over lines": (_broken_words, 6000),
    "runs of stops": (_runs_of("."), 2000),
    "runs of question marks": (_runs_of("?"), 2000),
    "a case of many mentions": (_case_of_many_mentions, 120),
}


def main() -> None:
    """Print the ratio of each kind of text and of each step."""
    for name in REPEATED:

        def read(size: int, name: str = name) -> object:
            text = hostile(name, size)
            return _SCREEN.may_hold_a_finding(text), _READER.read(text)

        print(f"{name:30} {ratio(read, SMALL):6.1f}")  # noqa: T201
    for name, (work, size) in STEPS.items():
        print(f"{name:30} {ratio(work, size):6.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
