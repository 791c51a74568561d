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
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from threading import Thread, current_thread, main_thread
from types import FrameType
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


class Processes:
    """`count` processes, in each of which `opened` makes what answers; it must be picklable. `close` ends them."""

    def __init__(self, opened: Callable[[], Matching], count: int) -> None:
        self.count = count
        self._opened = opened
        self._pool: ProcessPoolExecutor | None = None

    @property
    def have_begun(self) -> bool:
        """Whether there are any."""
        return self._pool is not None

    def begin(self, early: bool = False) -> None:
        """Has them begin, unless they have, or there would be one.

        Those that begin `early`, before anything is read, read ahead in the graph while nobody waits for them. While
        this process is one thread they are forked, and have what it has imported.
        """
        if self._pool is None and self.count > 1:
            method = _method()
            if method == "spawn":
                ensure_running()  # as it begins it lets Ctrl-C through again
            with _undisturbed():
                self._pool = ProcessPoolExecutor(self.count, get_context(method), _open, (self._opened, early))
                for _ in range(self.count):
                    self._pool.submit(_nothing)

    def ask(self, asked: Callable[[tuple[str, str], Given], Made], of: tuple[str, str], piece: Given) -> Future[Made]:
        """What is made of a piece with the graph and the rules of these digests, in the process that comes to it."""
        assert self._pool is not None, "they have begun"
        return self._pool.submit(asked, of, piece)

    def close(self) -> None:
        """Ends them, with what they are at."""
        if self._pool is not None:
            for process in (getattr(self._pool, "_processes", None) or {}).values():
                process.kill()  # they hold nothing that is not made again
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Has Ctrl-C wait until what is inside is done: processes half begun cannot be ended.

    Those that begin keep it from themselves until they have said that they do not hear it.
    """
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard) or current_thread() is not main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *given: came.append(given))
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)
        signal.signal(signal.SIGINT, heard)
        if came:
            heard(*came[0])


def _method() -> str:
    """How processes begin. Threads are not forked, and leave their locks held: those of native code are seen on Linux.

    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
    """
    threads = Path("/proc/self/task")
    return "fork" if threads.is_dir() and len(list(threads.iterdir())) == 1 else "spawn"


class Workers:
    """Answers pieces as `Matching` does, in processes, several at once; `close` ends these.

    Rows of subjects that are unread are read where they are answered. `here` answers what needs no process.
    """

    def __init__(self, here: Matching, processes: Processes) -> None:
        self._here, self._processes = here, processes

    def expect(self, several: bool) -> None:
        """Has the processes begin where several pieces are to come, and ends those that have where they are not."""
        if several:
            self._processes.begin()
        else:
            self._processes.close()

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

        def here(given: Iterable[Handed]) -> Iterator[Tables]:
            return self._here.stream(map(Handed.whole, given))

        yield from self._each(map(Handed, pieces), _answer, here)

    def save(self, pieces: Iterable[tuple[Piece, Path]], out: Path) -> Generator[Saved | Tables, None, None]:
        """As `stream`, with the tables of each piece written by the process that answers it: see `work.Saver`."""

        def here(given: Iterable[tuple[Handed, Path]]) -> Iterator[Saved | Tables]:
            read = ((piece.whole(), path) for piece, path in given)
            if isinstance(self._here, Saver):
                return self._here.save(read, out)
            return self._here.stream(piece for piece, _ in read)

        yield from self._each(((Handed(piece), path) for piece, path in pieces), partial(_save, out), here)

    def _each(
        self,
        given: Iterable[Given],
        asked: Callable[[tuple[str, str], Given], Made],
        here: Callable[[Iterable[Given]], Iterator[Made]],
    ) -> Generator[Made, None, None]:
        """What is made of each piece that is given, in their order: `asked` of a process, or `here`."""
        waiting = iter(given)
        if not self._processes.have_begun:
            first = list(islice(waiting, 2))
            waiting = chain(first, waiting)
            if len(first) < 2 or self._processes.count < 2:
                yield from here(waiting)
                return
            self._processes.begin()
        try:
            yield from self._answered(waiting, asked)
        except BrokenProcessPool as error:
            remedy = "give the same command again to go on, with fewer --workers where memory is short (1 GB for each)"
            raise UnusableInput("the cohort", "a process that answered patients was ended", remedy) from error

    def _answered(self, given: Iterable[Given], asked: Callable[[tuple[str, str], Given], Made]) -> Iterator[Made]:
        under_way: deque[Future[Made]] = deque()
        try:
            for each in given:
                under_way.append(self._processes.ask(asked, self._made_of, each))
                if len(under_way) > self._processes.count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BaseException:
            self._processes.close()  # nobody writes into a folder that goes
            raise

    def close(self) -> None:
        """Ends the processes and frees the memory."""
        self._processes.close()
        self._here.close()


_matching: Matching | Exception | None = None


def _open(opened: Callable[[], Matching], early: bool) -> None:
    """Open graph and rules in a process that begins; what speaks against it is told where a piece comes."""
    global _matching
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that gives out the pieces hears it
    gc.disable()  # what is made stays, or is freed without it
    try:
        _matching = opened()
        if early:
            _matching.read_ahead()
    except Exception as error:
        _matching = error


def _opened(of: tuple[str, str]) -> Matching:
    """What was opened; graph and rules must be those of the run."""
    if isinstance(_matching, Exception):
        raise _matching
    assert _matching is not None
    if (_matching.knowledge.digest, _matching.rules.digest) != of:
        raise RuntimeError("the graph or the rules changed while the run began")
    return _matching


def _end_with_parent() -> None:
    """End this process when the one that gives out the pieces is gone, killed or not: nobody waits for the answers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    """The first piece of work, which has a process begin."""


def _answer(of: tuple[str, str], piece: Handed) -> Tables:
    return _opened(of).matched(piece.whole())


def _save(out: Path, of: tuple[str, str], given: tuple[Handed, Path]) -> Saved | Tables:
    piece, path = given
    (saved,) = _opened(of).save([(piece.whole(), path)], out)
    return saved
