"""Outputs are written aside and put in place whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.errors import OutputError
from auditor.workbook.folder import written_aside


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_files_are_replaced_and_strangers_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    with written_aside(tmp_path) as aside:
        (aside / "a.csv").write_text("new")
        (aside / "b.csv").write_text("new")
    assert contents(tmp_path) == {"a.csv": "new", "b.csv": "new", "notes.txt": "mine"}


def test_the_folder_is_made(tmp_path: Path) -> None:
    with written_aside(tmp_path / "x" / "y") as aside:
        (aside / "a.csv").write_text("new")
    assert contents(tmp_path / "x" / "y") == {"a.csv": "new"}


def test_a_crash_leaves_the_old_files_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(KeyError), written_aside(tmp_path) as aside:
        (aside / "a.csv").write_text("half")
        raise KeyError
    assert contents(tmp_path) == {"a.csv": "old"}


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / ".writing-dead"
    leftover.mkdir()
    (leftover / "a.csv").write_text("half")
    with written_aside(tmp_path) as aside:
        (aside / "a.csv").write_text("new")
    assert contents(tmp_path) == {"a.csv": "new"}


def test_a_locked_file_stops_the_run_before_any_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "z.xlsx"):
        (tmp_path / name).write_text("old")
    really_open = Path.open

    def open_unless_locked(path: Path, *args, **kwargs):
        if path == tmp_path / "z.xlsx":
            raise PermissionError(13, "Permission denied")
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_unless_locked)
    with (
        pytest.raises(OutputError, match=r"z\.xlsx.*open in Excel"),
        written_aside(tmp_path) as aside,
    ):
        for name in ("a.csv", "z.xlsx"):
            (aside / name).write_bytes(b"new")
    monkeypatch.undo()
    assert contents(tmp_path) == {"a.csv": "old", "z.xlsx": "old"}


def test_the_last_file_is_moved_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = []
    really_replace = os.replace

    def replace(source: Path, target: Path) -> None:
        moved.append(target.name)
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with written_aside(tmp_path, last="b.json") as aside:
        for name in ("c.csv", "b.json", "a.csv"):
            (aside / name).write_text("new")
    assert moved == ["a.csv", "c.csv", "b.json"]


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="output folder cannot be written"):  # noqa: SIM117
        with written_aside(tmp_path / "file" / "out"):
            pass


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"), written_aside(tmp_path):
        raise OSError(28, "No space left on device")


def test_a_folder_in_the_place_of_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"), written_aside(tmp_path) as aside:
        (aside / "a.csv").write_text("new")
