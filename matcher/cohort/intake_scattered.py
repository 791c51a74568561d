"""Things that belong together and stand apart in a file: put by number, given back by number, in bounded memory."""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryFile, gettempdir
from typing import IO, Generic, TypeVar

from matcher.notes import UnusableInput

T = TypeVar("T")

MOST = 500_000
"""So many things are held; more of them are written to temporary files, sorted, and merged when they are read."""


class Scattered(Generic[T]):
    """Things under whole numbers: `put` in any order, `groups` gives them by number, each in the order of `put`.

    NoSpace from `put` where a temporary file cannot be written.
    """

    def __init__(self, most: int | None = None) -> None:
        self._held: dict[int, list[T]] = {}
        self._count, self._most = 0, MOST if most is None else most
        self._runs: list[IO[bytes]] = []

    def put(self, number: int, thing: T) -> None:
        """One more thing under this number."""
        self._held.setdefault(number, []).append(thing)
        self._count += 1
        if self._count >= self._most:
            self._write()

    def groups(self) -> Iterator[tuple[int, list[T]]]:
        """Every number with a thing, in order, and its things."""
        runs = [*map(_read, self._runs), iter(sorted(self._held.items(), key=itemgetter(0)))]
        for number, parts in groupby(heapq.merge(*runs, key=itemgetter(0)), key=itemgetter(0)):
            yield number, [thing for _, things in parts for thing in things]

    def close(self) -> None:
        """Frees the memory and the files."""
        for run in self._runs:
            run.close()
        self._runs.clear()
        self._held.clear()

    def _write(self) -> None:
        try:
            run = TemporaryFile(prefix="mtb-match-cohort-")  # noqa: SIM115 - open until `close`
            self._runs.append(run)
            for item in sorted(self._held.items(), key=itemgetter(0)):
                pickle.dump(item, run, pickle.HIGHEST_PROTOCOL)
            run.flush()
        except OSError as error:
            raise NoSpace(error) from error
        self._held, self._count = {}, 0


class NoSpace(UnusableInput):
    """Temporary files cannot be written: no fault of any patient's."""

    def __init__(self, error: OSError) -> None:
        remedy = "free space, or name another folder with TMPDIR"
        super().__init__(gettempdir(), f"temporary files cannot be written there ({error.strerror})", remedy)


def _read(run: IO[bytes]) -> Iterator[tuple[int, list[T]]]:
    """What a temporary file of our own holds."""
    run.seek(0)
    while True:
        try:
            yield pickle.load(run)
        except EOFError:
            return
