"""The next items are made ready in a thread while the last ones are worked on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, nullcontext
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")

# How often a thread looks whether anybody still waits for it, in seconds.
_LOOK_S = 0.1


class _End:
    """The last thing in the queue, with what ended the items; None: there are no more."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Ahead(Generic[Item]):
    """Gives items in their order, of which the next are made meanwhile.

    They are made in one thread of its own, from now to their end; what making them raises is raised
    where they are taken. Leave the `with` block, and the thread has ended.

    Args:
        items: The items; where they are a generator, it is closed when no more are wanted.
        most: So many are made, at most, and not yet taken.
    """

    def __init__(self, items: Iterable[Item], *, most: int = 6) -> None:
        self._queue: Queue[Item | _End] = Queue(most)
        self._stopped = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._fill, args=(items,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Ahead[Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=_LOOK_S)
            except Empty:
                continue
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._ended:
            raise StopIteration
        item = self._queue.get()
        if not isinstance(item, _End):
            return item
        self._ended = True
        raise StopIteration if item.error is None else item.error

    def _fill(self, items: Iterable[Item]) -> None:
        error: BaseException | None = None
        try:
            # Closing may raise as well: whoever waits must hear of an end whatever happens.
            with closing(items) if isinstance(items, Generator) else nullcontext():
                for item in items:
                    self._put(item)
                    if self._stopped.is_set():
                        break
        except BaseException as raised:  # noqa: BLE001 - raised again where the items are taken
            error = raised
        self._put(_End(error))

    def _put(self, item: Item | _End) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_S)
            except Full:
                continue
            return
