"""A pipeline folder with one fault in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from builders import FLANK

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.errors import ConfigError


def answer_to(tmp_path: Path, file: str, old: str, new: str) -> str:
    """What is said about a copy of the folder with the first `old` of a file made `new`."""
    folder = tmp_path / "folder"
    shutil.copytree(FLANK, folder, ignore=shutil.ignore_patterns("sample", "examples"))
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_pipeline(folder, Site())
    said = str(caught.value)
    assert said.startswith(f"{path}: "), "the file is named first"
    assert said.endswith((".", "?", ")")) and "\n" not in said, "and it is one line to its end"
    return said.removeprefix(f"{path}: ")
