"""Which files and folders were opened or looked for while a patient was read: what the patient as read rests on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_watching: ContextVar[set[Path] | None] = ContextVar("watching", default=None)


@contextmanager
def opened_files() -> Iterator[set[Path]]:
    """Every path that the readers open or look for meanwhile, also one that is not there, and folders they list."""
    found: set[Path] = set()
    token = _watching.set(found)
    try:
        yield found
    finally:
        _watching.reset(token)


def note_file(path: Path) -> None:
    """Say that this path is opened or looked for."""
    found = _watching.get()
    if found is not None:
        found.add(path)
