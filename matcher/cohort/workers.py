"""A cohort on several cores: pieces are answered in processes of their own, each with the graph and the rules opened.

What comes back is what one process answers. A cohort of one piece pays for no process.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from matcher.cohort.handed import Handed
from matcher.cohort.matching import Matching
from matcher.cohort.work import Saved, Saver
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.cohort.subject import Subject, Unreadable
    from matcher.cohort.tables import Tables
    from rules.language import RuleSet

Piece = Sequence["Subject | Unreadable"]
Given = TypeVar("Given")
Made = TypeVar("Made")


class Workers:
    """Answers pieces as `Matching` does, `count` of them at once; `close` ends the processes.

    `here` answers what needs no process. `opened` makes the same in each of them, and must be picklable.
    """

    def __init__(self, here: Matching, opened: Callable[[], Matching], count: int) -> None:
        self._here, self._opened, self._count = here, opened, count
        self._pool: ProcessPoolExecutor | None = None

    def begin(self) -> None:
        """Has the processes begin, to be ready when the first piece is read: where several pieces are expected."""
        if self._count > 1 and self._pool is None:
            self._pool = ProcessPoolExecutor(self._count, get_context("spawn"), _open, (self._opened, *self._made_of))
            for _ in range(self._count):
                self._pool.submit(_nothing)

    @property
    def knowledge(self) -> KnowledgeBase:
        """The graph."""
        return self._here.knowledge

    @property
    def rules(self) -> RuleSet:
        """The rules."""
        return self._here.rules

    @property
    def _made_of(self) -> tuple[str, str]:
        return self.knowledge.digest, self.rules.digest

    def stream(self, pieces: Iterable[Piece]) -> Generator[Tables, None, None]:
        """The tables of each piece, in their order; UnusableInput where a process was ended from outside."""
        yield from self._each(map(Handed, pieces), _answer, lambda waiting: self._here.stream(waiting))

    def save(self, pieces: Iterable[tuple[Piece, Path]], out: Path) -> Generator[Saved | Tables, None, None]:
        """As `stream`, with the tables of each piece written by the process that answers it: see `work.Saver`."""

        def here(given: Iterable[tuple[Piece, Path]]) -> Iterator[Saved | Tables]:
            if isinstance(self._here, Saver):
                return self._here.save(given, out)
            return self._here.stream(piece for piece, _ in given)

        yield from self._each(((Handed(piece), path) for piece, path in pieces), partial(_save, out), here)

    def _each(
        self,
        given: Iterable[Given],
        asked: Callable[[Given], Made],
        here: Callable[[Iterable[Given]], Iterator[Made]],
    ) -> Generator[Made, None, None]:
        """What is made of each piece that is given, in their order: `asked` of a process, or `here`."""
        waiting = iter(given)
        if self._pool is None:
            first = list(islice(waiting, 2))
            waiting = chain(first, waiting)
            if len(first) < 2 or self._count < 2:
                yield from here(waiting)
                return
            self.begin()
        try:
            yield from self._answered(waiting, asked)
        except BrokenProcessPool as error:
            remedy = "give the same command again to go on, with fewer --workers where memory is short (1 GB for each)"
            raise UnusableInput("the cohort", "a process that answered patients was ended", remedy) from error

    def _answered(self, given: Iterable[Given], asked: Callable[[Given], Made]) -> Iterator[Made]:
        assert self._pool is not None
        under_way: deque[Future[Made]] = deque()
        try:
            for each in given:
                under_way.append(self._pool.submit(asked, each))
                if len(under_way) > self._count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BaseException:
            self._end()  # nobody writes into a folder that goes
            raise

    def close(self) -> None:
        """Ends the processes and frees the memory."""
        self._end()
        self._here.close()

    def _end(self) -> None:
        if self._pool is not None:
            for process in (getattr(self._pool, "_processes", None) or {}).values():
                process.kill()  # they hold nothing that is not made again
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_matching: Matching | None = None


def _open(opened: Callable[[], Matching], graph: str, rules: str) -> None:
    """Open graph and rules in a process that begins; they must be those of the run."""
    global _matching
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that gives out the pieces hears it
    gc.disable()  # what is made stays, or is freed without it
    _matching = opened()
    if (_matching.knowledge.digest, _matching.rules.digest) != (graph, rules):
        raise RuntimeError("the graph or the rules changed while the run began")


def _end_with_parent() -> None:
    """End this process when the one that gives out the pieces is gone, killed or not: nobody waits for the answers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    """The first piece of work, which has a process begin."""


def _answer(piece: Piece) -> Tables:
    assert _matching is not None
    return _matching.matched(piece)


def _save(out: Path, given: tuple[Piece, Path]) -> Saved | Tables:
    assert _matching is not None
    (saved,) = _matching.save([given], out)
    return saved
