"""The labelled texts: identifiers marked as {{kind:value}}."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "identifiers"
_MARK = re.compile(r"\{\{(\w+):(.*?)\}\}")


def read_texts(name: str) -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
    """Each text of a file without its marks, and kind, start and end of each identifier."""
    content = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    for block in content.split("\n----\n")[1:]:
        text, done, marked = "", 0, []
        for mark in _MARK.finditer(block):
            text += block[done : mark.start()]
            marked.append((mark.group(1), len(text), len(text) + len(mark.group(2))))
            text += mark.group(2)
            done = mark.end()
        yield text + block[done:], marked
