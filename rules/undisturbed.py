"""What Ctrl-C must not come into the middle of."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def undisturbed() -> Iterator[None]:
    """Has Ctrl-C wait until what is inside is done, and then come. Python hears it in the main thread alone."""
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard) or current_thread() is not main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *given: came.append(given))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
        if came:
            heard(*came[0])
