"""Reading one piece ahead of what works on them: two pieces are in memory, however many there are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")

WAIT = 10.0
"""So many seconds the end waits for the reader, which may be in the middle of a file."""


def ahead(read: Callable[[], Iterator[Item]]) -> Generator[Item, None, None]:
    """What an iterator gives, made by a thread that is one item ahead; its error comes where the item would have.

    The iterator is made in the thread as well. Closing the generator ends the thread with the item that it is at.
    """
    arrived: SimpleQueue[tuple[Item] | BaseException | None] = SimpleQueue()
    wanted, stopped = threading.Semaphore(1), threading.Event()

    def work() -> None:
        try:
            items = read()
            while wanted.acquire() and not stopped.is_set():
                following = tuple(islice(items, 1))
                if not following:
                    break
                arrived.put((following[0],))
            arrived.put(None)
        except BaseException as error:
            arrived.put(error)

    reader = threading.Thread(target=work, name="reading ahead", daemon=True)
    reader.start()
    try:
        while (found := arrived.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            wanted.release()
            yield found[0]
    finally:
        stopped.set()
        wanted.release()
        reader.join(WAIT)
