"""What counts as a new, whole export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.config.nightly import Arriving, Feed
from auditor.errors import ConfigError, SourceError
from auditor.nightly.inbox import Inbox, check_unchanged, find_arrivals

FEEDS = {
    "orders": Feed(table="orders", files=("orders*",)),
    "reports": Feed(table="reports", files=("reports*", "late/reports*")),
}


class Waiting:
    """Stands for the clock: what happens in each pause, and how long all took."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.steps = list(steps)
        self.seconds = 0.0

    def __call__(self, seconds: float) -> None:
        self.seconds += seconds
        if self.steps:
            self.steps.pop(0)()


def find(folder: Path, wait: Waiting | None = None, known: str = "", **arriving) -> Inbox:
    return find_arrivals(
        folder,
        FEEDS,
        Arriving.model_validate({"settle_seconds": 60, "wait_seconds": 300, **arriving}),
        is_known=lambda digest: digest == known,
        sleep=wait or Waiting(),
    )


def names(inbox: Inbox) -> list[str]:
    return [arrival.path.name for arrival in inbox.arrivals]


def put(path: Path, text: str = "a,b\n1,2\n") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def digest(path: Path, kind: str = "sha256") -> str:
    return hashlib.new(kind, path.read_bytes()).hexdigest()


def test_files_are_found_by_feed_and_name(tmp_path: Path) -> None:
    for name in ("reports-2.csv", "reports-1.csv", "late/reports-0.csv", "orders.csv", "notes.txt"):
        put(tmp_path / name, name)
    found = find(tmp_path, settle_seconds=0)
    assert names(found) == ["orders.csv", "reports-0.csv", "reports-1.csv", "reports-2.csv"]
    assert {arrival.table for arrival in found.arrivals} == {"orders", "reports"}


def test_a_file_that_stays_the_same_is_whole_after_one_pause(tmp_path: Path) -> None:
    put(tmp_path / "reports.csv")
    wait = Waiting()
    assert names(find(tmp_path, wait)) == ["reports.csv"]
    assert wait.seconds == 60


def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    path = put(tmp_path / "reports.csv")
    grow = [lambda n=n: path.write_text("x" * 100 * n) for n in range(1, 4)]
    wait = Waiting(*grow)
    found = find(tmp_path, wait)
    assert names(found) == ["reports.csv"] and wait.seconds == 240
    assert found.arrivals[0].digest == digest(path)


def test_a_file_that_never_settles_is_left_for_the_next_night(tmp_path: Path) -> None:
    path = put(tmp_path / "reports.csv")
    put(tmp_path / "orders.csv")
    wait = Waiting(*[lambda n=n: path.write_text("x" * n) for n in range(1, 99)])
    found = find(tmp_path, wait)
    assert names(found) == ["orders.csv"] and wait.seconds == 300
    assert found.waiting == {"reports": ("reports.csv is still being written",)}


def test_a_file_that_is_rewritten_with_the_same_size_has_not_settled(tmp_path: Path) -> None:
    path = put(tmp_path / "reports.csv", "aaaa")
    found = find(tmp_path, Waiting(lambda: path.write_text("bbbb")), wait_seconds=60)
    assert found.arrivals == ()


def test_nothing_is_waited_for_where_all_is_known(tmp_path: Path) -> None:
    path = put(tmp_path / "reports.csv")
    wait = Waiting()
    found = find(tmp_path, wait, known=digest(path))
    assert (found.arrivals, found.known, wait.seconds) == ((), 1, 0)


@pytest.mark.parametrize(
    "name", [".reports.csv", "reports.csv.part", "reports.tmp", "~reports.csv"]
)
def test_what_a_copying_program_has_not_finished_is_not_seen(tmp_path: Path, name: str) -> None:
    put(tmp_path / name)
    assert find(tmp_path) == Inbox()


def test_an_empty_file_is_not_whole(tmp_path: Path) -> None:
    put(tmp_path / "reports.csv", "")
    assert find(tmp_path).waiting == {"reports": ("reports.csv is empty",)}


@pytest.mark.parametrize("beside", ["reports.csv.done", "reports.done"])
def test_a_done_file_says_that_an_export_is_whole(tmp_path: Path, beside: str) -> None:
    put(tmp_path / "reports.csv")
    wait = Waiting(lambda: put(tmp_path / beside, ""))
    assert names(find(tmp_path, wait, companion="done")) == ["reports.csv"]
    assert wait.seconds == 60


def test_without_its_done_file_an_export_waits(tmp_path: Path) -> None:
    put(tmp_path / "reports.csv")
    found = find(tmp_path, companion="done")
    assert found.waiting == {"reports": ("reports.csv has no .done file beside it",)}


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_checksum_must_be_the_exports_own(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path / "reports.csv")
    beside = put(tmp_path / f"reports.csv.{kind}", f"{digest(path, kind).upper()} *reports.csv\n")
    wait = Waiting()
    assert names(find(tmp_path, wait, companion=kind)) == ["reports.csv"] and not wait.seconds
    beside.write_text("0" * 64 + "  reports.csv\n")
    found = find(tmp_path, companion=kind)
    assert found.waiting == {"reports": (f"reports.csv is not what its .{kind} file says",)}


def test_a_missing_inbox_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the inbox is missing"):
        find(tmp_path / "nowhere")


def test_a_file_of_two_feeds_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "reports.csv")
    feeds = {**FEEDS, "other": Feed(table="reports", files=("*.csv",))}
    with pytest.raises(ConfigError, match="belongs to the feeds 'other' and 'reports'"):
        find_arrivals(tmp_path, feeds, Arriving(), is_known=lambda _: False, sleep=lambda _: None)


def test_a_change_after_the_look_is_seen(tmp_path: Path) -> None:
    path = put(tmp_path / "reports.csv")
    found = find(tmp_path, settle_seconds=0)
    check_unchanged(found.arrivals)
    path.write_text("a")
    with pytest.raises(SourceError, match="was changed while it was being read"):
        check_unchanged(found.arrivals)
    path.unlink()
    with pytest.raises(SourceError, match="was changed"):
        check_unchanged(found.arrivals)
