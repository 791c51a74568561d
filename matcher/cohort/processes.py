"""Processes that answer the pieces of a cohort, each with the graph and the rules opened.

A process asks for a piece when it has nothing to do, and may ask for another before it answers (`Matching` runs the
rules for several small ones together); so it is told when there are no more.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from threading import Thread
from traceback import format_exception
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from matcher.cohort.matching import Matching
from matcher.cohort.work import Watch, unwatched
from rules.undisturbed import undisturbed

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess, SpawnProcess

Given = TypeVar("Given")
Made = TypeVar("Made")
Asked = Callable[[Matching, Iterator[Given], Watch], Iterator[Made]]
"""What makes something of each that is given."""


class Ended(Exception):
    """A process was ended from outside."""


class _Wanted:
    """A process asks for a piece."""


class _Done:
    """A process has answered all that it was given."""


class _Reached(NamedTuple):
    """So many more patients' facts are known."""

    patients: int


class _Made(NamedTuple):
    """What a process made of the first of its pieces that it has not answered."""

    made: Any


class _Failed(NamedTuple):
    """What a process raised."""

    error: Exception


class _Process:
    """A process and the way to it; `numbers` are those of the pieces that it has not answered."""

    def __init__(self, context: Any, opened: Callable[[], Matching], early: bool) -> None:
        self.way, other = context.Pipe()
        self.numbers: deque[int] = deque()
        self.process: ForkProcess | SpawnProcess = context.Process(
            target=_serve, args=(other, opened, early), daemon=True
        )
        self.process.start()
        other.close()  # with its only other holder gone, the way ends

    def send(self, told: bytes) -> None:
        """Says something, pickled; Ended."""
        try:
            self.way.send_bytes(told)
        except OSError as error:
            raise Ended from error

    def hear(self) -> Any:
        """What the process says next, for which this waits; Ended."""
        try:
            return self.way.recv()
        except (EOFError, OSError) as error:
            raise Ended from error

    def kill(self) -> None:
        """Ends it, with what it is at: it holds nothing that is not made again."""
        self.process.kill()
        self.process.join()
        self.way.close()


class Processes:
    """`count` processes, in each of which `opened` makes what answers; it must be picklable. `close` ends them."""

    def __init__(self, opened: Callable[[], Matching], count: int) -> None:
        self.count = count
        self._opened = opened
        self._all: list[_Process] = []

    @property
    def have_begun(self) -> bool:
        """Whether there are any."""
        return bool(self._all)

    def begin(self, early: bool = False) -> None:
        """Has them begin, unless they have, or there would be one.

        Those that begin `early`, before anything is read, read ahead in the graph while nobody waits for them. While
        this process is one thread they are forked, and have what it has imported.
        """
        if not self._all and self.count > 1:
            method = _method()
            if method == "spawn":
                ensure_running()  # as it begins it lets Ctrl-C through again
            with _undisturbed():
                context = get_context(method)
                for _ in range(self.count):
                    self._all.append(_Process(context, self._opened, early))

    def each(
        self, asked: Asked[Given, Made], of: tuple[str, str], given: Iterable[Given], watch: Watch = unwatched
    ) -> Iterator[Made]:
        """What is made of each that is given, in their order, with the graph and the rules of these digests.

        `asked` has in each process those that it gets, as they come. Ended; whatever is raised there.
        """
        begin = pickle.dumps((asked, of))
        for each in self._all:
            each.send(begin)
        stream = _Stream[Made](self._all, watch)
        for number, one in enumerate(given):
            stream.give(number, pickle.dumps(one))
            yield from stream.in_order()
        yield from stream.rest()

    def close(self) -> None:
        """Ends them, with what they are at."""
        for each in self._all:
            each.kill()
        self._all = []


class _Stream(Generic[Made]):
    """Pieces that are given to processes, and what they come to."""

    def __init__(self, processes: Iterable[_Process], watch: Watch) -> None:
        self._watch = watch
        self._at_work: dict[Connection, _Process] = {each.way: each for each in processes}
        self._waiting: deque[_Process] = deque()
        self._made: dict[int, Made] = {}
        self._next = 0

    def give(self, number: int, piece: bytes) -> None:
        """Gives a piece to the process that has waited longest; waits for one where none does."""
        while not self._waiting:
            self._hear()
        taker = self._waiting.popleft()
        taker.send(piece)
        taker.numbers.append(number)

    def in_order(self) -> Iterator[Made]:
        """What came and is next."""
        while self._next in self._made:
            yield self._made.pop(self._next)
            self._next += 1

    def rest(self) -> Iterator[Made]:
        """What is still to come when all pieces are given: each process is told so when it asks for another."""
        while self._at_work:
            while self._waiting:
                self._waiting.popleft().send(_NO_MORE)
            self._hear()
            yield from self.in_order()

    def _hear(self) -> None:
        """Hears what processes say; waits until one does."""
        for way in wait(list(self._at_work)):
            assert isinstance(way, Connection)
            process = self._at_work[way]
            match process.hear():
                case _Wanted():
                    self._waiting.append(process)
                case _Reached(patients):
                    self._watch(patients)
                case _Made(made):
                    self._made[process.numbers.popleft()] = made
                case _Done():
                    del self._at_work[way]
                case _Failed(error):
                    raise error


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Has Ctrl-C wait until what is inside is done: processes half begun cannot be ended.

    Those that begin keep it from themselves until they have said that they do not hear it.
    """
    with undisturbed():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, kept)


def _method() -> str:
    """How processes begin. Threads are not forked, and leave their locks held: those of native code are seen on Linux.

    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
    """
    threads = Path("/proc/self/task")
    return "fork" if threads.is_dir() and len(list(threads.iterdir())) == 1 else "spawn"


_NO_MORE = pickle.dumps(None)


def _serve(way: Connection, opened: Callable[[], Matching], early: bool) -> None:
    """Opens graph and rules in a process that begins, and answers; what speaks against it is told when asked."""
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that gives out the pieces hears it
    gc.disable()  # what is made stays, or is freed without it
    found: Matching | Exception
    try:
        found = opened()
        if early:
            found.read_ahead()
    except Exception as error:
        found = error
    with suppress(EOFError, OSError):  # nobody is there who would hear it
        while True:
            _answer(way, found, *way.recv())


def _answer(way: Connection, found: Matching | Exception, asked: Asked[Any, Any], of: tuple[str, str]) -> None:
    """Answers the pieces of one run."""

    def watch(patients: int) -> None:
        way.send(_Reached(patients))

    try:
        for made in asked(_checked(found, of), _given(way), watch):
            way.send(_Made(made))
        way.send(_Done())
    except Exception as error:
        way.send(_Failed(_told(error)))


def _told(error: Exception) -> Exception:
    """An error as it can be sent, with where it was raised."""
    error.add_note("".join(format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("\n".join(error.__notes__))
    return error


def _checked(found: Matching | Exception, of: tuple[str, str]) -> Matching:
    """What was opened; graph and rules must be those of the run."""
    if isinstance(found, Exception):
        raise found
    if (found.knowledge.digest, found.rules.digest) != of:
        raise RuntimeError("the graph or the rules changed while the run began")
    return found


def _given(way: Connection) -> Iterator[Any]:
    """The pieces that come when they are asked for."""
    while True:
        way.send(_Wanted())
        piece = way.recv()
        if piece is None:
            return
        yield piece


def _end_with_parent() -> None:
    """End this process when the one that gives out the pieces is gone, killed or not: nobody waits for the answers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
