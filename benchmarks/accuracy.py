"""Makes ACCURACY.md: `python -m benchmarks.accuracy --shared FOLDER > ACCURACY.md`.

FOLDER holds the development sets (`dev/`) and the public corpora (`corpora/`). What is not there is
left out and said to be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from benchmarks.labelled import READ_RIGHT, Outcome, measure_set
from benchmarks.negex import Score, System, measure, negspacy_system, our_system, read_items
from benchmarks.negex import stock_medspacy as stock

OWN_SETS = Path(__file__).parent.parent / "tests" / "fixtures" / "labelled"
FIRST_SCORES = Path(__file__).parent / "first_scores.md"


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, help="folder with dev/ and corpora/")
    shared = parser.parse_args().shared
    sys.stdout.write("\n".join(page(shared)) + "\n")


def page(shared: Path | None) -> Iterator[str]:
    """Lines of ACCURACY.md."""
    yield "# Accuracy"
    yield ""
    yield (
        "Made by `python -m benchmarks.accuracy`. What the figures are not: no clinician has "
        "checked the labels, nearly all texts are invented, and the sets that the rules were "
        "mended on say little about text that nobody has seen. The first scores on fresh sets do."
    )
    yield from _labelled(shared)
    yield from FIRST_SCORES.read_text(encoding="utf-8").splitlines()
    yield from _negex(shared)


def _labelled(shared: Path | None) -> Iterator[str]:
    yield ""
    yield "## Finding cases, as the rules stand now"
    yield ""
    names = ("certainty", "side", "mass source")
    yield "| set | texts | cases | sensitivity | precision | F1 | " + " | ".join(names) + " |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    errors: list[str] = []
    for name, folder in _folders(shared):
        outcome = measure_set(folder)
        yield _row(name, outcome)
        errors += [f"{name}: {error}" for error in outcome.errors]
    yield ""
    yield "Errors:" if errors else "No errors on these sets."
    yield from (f"- {error}" for error in errors)


def _folders(shared: Path | None) -> Iterator[tuple[str, Path]]:
    if shared is not None:
        yield "development, short texts", shared / "dev" / "texts"
        yield "development, long reports", shared / "dev" / "long"
    for folder in sorted(OWN_SETS.iterdir()):
        if (folder / "gold.csv").is_file():
            yield f"tests, {folder.name.replace('_', ' ')}", folder


def _row(name: str, outcome: Outcome) -> str:
    shares = []
    for what in READ_RIGHT:
        right, total = outcome.right[what]
        shares.append(f"{right / total:.3f}" if total else "")
    figures = (outcome.recall, outcome.precision, outcome.f1)
    return (
        f"| {name} | {outcome.texts} | {outcome.true + outcome.missed} | "
        + " | ".join(f"{figure:.3f}" for figure in figures)
        + " | "
        + " | ".join(shares)
        + " |"
    )


def _negex(shared: Path | None) -> Iterator[str]:
    yield ""
    yield "## Assertion, on the NegEx/ConText test set"
    yield ""
    path = shared / "corpora" / "negex-annotations.txt" if shared else None
    if path is None or not path.is_file():
        yield "The set is not here; not measured."
        return
    items = read_items(path)
    yield (
        f"{len(items):,} sentences of general clinical text with one condition each. Every system "
        "gets each item as one sentence; all figures are from one run."
    )
    yield ""
    yield "| system | negation P | R | F1 | historical P | R | F1 | other person P | R | F1 |"
    yield "| --- |" + " ---: |" * 9
    pipeline = read_pipeline(find_pipeline(DEFAULT_PIPELINE), Site())
    systems: list[tuple[str, System | None]] = [
        ("this project", our_system(pipeline.lexicon)),
        ("this project, strict", our_system(pipeline.lexicon, strict=True)),
        ("stock medspaCy 1.3.1", stock()),
        ("medspaCy, cues in the target pruned", stock(prune=True)),
        ("negspacy, clinical cues", negspacy_system()),
    ]
    for name, system in systems:
        if system is None:
            yield f"| {name} | not installed |" + " |" * 8
            continue
        yield f"| {name} | " + " | ".join(_figures(measure(items, system))) + " |"
    yield ""
    yield (
        "Where radiology must differ: what has gone (`resolved`, `removed`) and what is only "
        "denied anew (`no new`, `no other`) is `historical` and `not_stated` for the audit, since "
        "neither says that a known finding is absent. Both count as negated in the first row and "
        "not in the strict one. A present complaint under `HISTORY:` is not historical."
    )


def _figures(scores: tuple[Score, ...]) -> list[str]:
    return [f"{f:.3f}" for score in scores for f in (score.precision, score.recall, score.f1)]


if __name__ == "__main__":
    main()
