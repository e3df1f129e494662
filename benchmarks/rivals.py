"""Other tools on the same texts: stock medspaCy, and EDS-NLP's nearest pipeline.

    PYTHON benchmarks/rivals.py medspacy|edsnlp TEXTS.json

TEXTS.json holds named lists of texts. Prints JSON: the tool's version and, for each list, how many
texts it read in how many seconds: in one process, warm, for at most a minute. Needs nothing of
ours: a tool that does not go together with our packages runs under the Python of its own
environment.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

MOST_S = 60.0
WARM_TEXTS = 5
# What an afternoon's script looks for.
LESIONS = (
    *("mass", "masses", "lesion", "lesions", "nodule", "tumor", "tumour", "neoplasm", "swelling"),
    *("fullness", "soft tissue density", "soft tissue mass", "flank mass", "renal mass", "lump"),
    *("abdominal mass", "retroperitoneal mass", "space-occupying lesion", "growth", "opacity"),
)
SIGNS = (
    *("calcification", "calcifications", "calcified", "calcific", "microcalcifications"),
    *("calcium", "calcific density", "rim calcification", "eggshell calcification", "stippled"),
    *("calcific densities", "coarse calcification", "punctate calcification", "calculus"),
    *("mineralization", "ossification", "concretion", "concretions", "phlebolith", "stone"),
)

Reader = Callable[[str], object]


def main() -> None:
    """Print what a tool does with each list of texts."""
    tool, path = sys.argv[1:]
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    # PyRuSH writes tokens of the texts to stderr.
    with no_stderr():
        read = {"medspacy": build_medspacy, "edsnlp": build_edsnlp}[tool]()
        found = {name: measure(read, listed) for name, listed in texts.items()}
    sys.stdout.write(json.dumps({"version": version(tool), **found}) + "\n")


def measure(read: Reader, texts: list[str]) -> dict[str, float]:
    """Texts and seconds, after a few texts that are not counted."""
    for text in texts[:WARM_TEXTS]:
        read(text)
    start, done = time.perf_counter(), 0
    for text in texts:
        read(text)
        done += 1
        if time.perf_counter() - start > MOST_S:
            break
    return {"texts": done, "seconds": round(time.perf_counter() - start, 3)}


def build_medspacy() -> Reader:
    """`medspacy.load()` as it comes, PyRuSH and ConText included, with target rules."""
    import medspacy
    from medspacy.target_matcher import TargetRule

    nlp = medspacy.load()
    matcher = nlp.get_pipe("medspacy_target_matcher")
    for category, words in (("LESION", LESIONS), ("SIGN", SIGNS)):
        matcher.add([TargetRule(word, category) for word in words])
    return nlp


def build_edsnlp() -> Reader:
    """Sentences, terms and the qualifiers that ConText has; its cues are French.

    On English texts few cues match, which spares it work.
    """
    import edsnlp
    import edsnlp.pipes as eds

    nlp = edsnlp.blank("eds")
    nlp.add_pipe(eds.normalizer())
    nlp.add_pipe(eds.sentences())
    nlp.add_pipe(eds.matcher(terms={"lesion": list(LESIONS), "sign": list(SIGNS)}, attr="LOWER"))
    for qualifier in (eds.negation, eds.hypothesis, eds.family, eds.history):
        nlp.add_pipe(qualifier())
    return nlp


@contextmanager
def no_stderr():
    """Send whatever is written to stderr, by whatever language, nowhere."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


if __name__ == "__main__":
    main()
