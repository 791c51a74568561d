"""Ctrl-C that comes as a module is imported, for programs of their own."""

from __future__ import annotations

import signal
import sys
from typing import Any, NamedTuple


class Interrupting(NamedTuple):
    """A finder of modules that finds none, and raises SIGINT when this one is looked for."""

    module: str

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Finds nothing."""
        if name == self.module:
            signal.raise_signal(signal.SIGINT)


def interrupt_at(module: str, heard: Any = signal.default_int_handler) -> None:
    """Has Ctrl-C come, which `heard` handles, as this process imports a module."""
    signal.signal(signal.SIGINT, heard)
    sys.meta_path.insert(0, Interrupting(module))
