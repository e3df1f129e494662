"""The next items are made ready in a thread while the last ones are worked on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from queue import Empty, Full, Queue
from typing import TypeVar

Item = TypeVar("Item")

# How often a thread looks whether anybody still waits for it, in seconds.
_LOOK_S = 0.1


class _End:
    """The last thing in the queue, with what ended the items; None: there are no more."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def make_ahead(items: Iterator[Item], *, most: int = 2) -> Iterator[Item]:
    """Give items in their order, with at most so many made and not yet taken.

    The iterator runs in one thread of its own, from its first item to its end; what it raises is
    raised here. Whoever stops early closes it.
    """
    queue: Queue[Item | _End] = Queue(most)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, queue, stopped), daemon=True)
    thread.start()
    try:
        while True:
            item = queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
        while thread.is_alive():
            try:
                queue.get(timeout=_LOOK_S)
            except Empty:
                continue
        thread.join()


def _fill(items: Iterator[Item], queue: Queue[Item | _End], stopped: threading.Event) -> None:
    error: BaseException | None = None
    try:
        # Closing may raise as well: whoever waits must hear of an end whatever happens.
        with closing(items) if isinstance(items, Generator) else nullcontext():
            for item in items:
                _put(queue, item, stopped)
                if stopped.is_set():
                    break
    except BaseException as raised:  # noqa: BLE001 - raised again where the items are taken
        error = raised
    _put(queue, _End(error), stopped)


def _put(queue: Queue[Item | _End], item: Item | _End, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            queue.put(item, timeout=_LOOK_S)
        except Full:
            continue
        return
