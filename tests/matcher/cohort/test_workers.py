"""A cohort in processes of their own: what a process that is ended from outside comes to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from traceback import format_exception
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.cohort.processes import Processes
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import Tables
from matcher.cohort.workers import Workers
from matcher.notes import UnusableInput
from tests.cohorts import Named, Told

DIGEST = SimpleNamespace(digest="one")


class Killed(Told):
    """What answers a piece, and is killed at the patient P-00002 as a system short of memory kills."""

    knowledge = rules = DIGEST

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        if subjects[0].name == "P-00002":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().matched(subjects)


def opened() -> Any:
    """What each process opens."""
    return Killed()


class Answering(Told):
    """What answers every piece."""

    knowledge = rules = DIGEST


def answering() -> Any:
    """What each process opens that nobody ends."""
    return Answering()


def test_a_process_that_is_killed_ends_the_run_with_a_remedy_after_the_pieces_before_it() -> None:
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    workers = Workers(here, Processes(opened, 2))
    answered: list[Tables] = []

    def answer() -> None:
        answered.extend(workers.stream([each] for each in Named(6).subjects()))

    try:
        with pytest.raises(UnusableInput, match="a process that answered patients was ended") as ended:
            answer()
    finally:
        workers.close()
    assert "give the same command again to go on" in ended.value.remedy
    assert len(answered) < 3


@pytest.mark.parametrize("expected", [False, True])
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_pieces_are_answered_in_their_order_however_many_were_expected(pieces: int, expected: bool) -> None:
    told = Told()
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None, stream=told.stream)
    workers = Workers(here, Processes(answering, 2))
    if expected:
        workers.expect(several=True)
    asked = [[each] for each in Named(pieces).subjects()]
    try:
        answered = list(workers.stream(asked))
    finally:
        workers.close()
    assert [list(each["patients"]["patient"]) for each in answered] == [[each.name for each in one] for one in asked]


class Gathering(Told):
    """What answers pieces when it has three of them, or there are no more."""

    knowledge = rules = DIGEST

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        together: list[Sequence[Subject | Unreadable]] = []
        for each in pieces:
            together.append(each)
            if len(together) == 3:
                yield from map(self.matched, together)
                together = []
        yield from map(self.matched, together)


def gathering() -> Any:
    """What each process opens that answers several pieces together."""
    return Gathering()


@pytest.mark.parametrize("pieces", [2, 3, 4, 7, 12])
@pytest.mark.parametrize("count", [2, 3])
def test_a_process_may_ask_for_more_before_it_answers(pieces: int, count: int) -> None:
    """Each is told when there are no more, whatever it holds; and what is next is given before what is done sooner."""
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    workers = Workers(here, Processes(gathering, count))
    asked = [[each] for each in Named(pieces).subjects()]
    try:
        for _ in range(2):  # they go on with another run
            answered = list(workers.stream(asked))
            assert [list(each["patients"]["patient"]) for each in answered] == [[one.name] for (one,) in asked]
    finally:
        workers.close()


class Own(Exception):
    """What cannot be sent: its arguments are not those that make it."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"{name} at {place}")


class Raising(Told):
    """What answers nobody."""

    knowledge = rules = DIGEST

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        next(iter(pieces))
        raise self._error
        yield {}


def unusable() -> Any:
    """What each process opens that tells what is wrong."""
    return Raising(UnusableInput("the disk", "is full", "make space"))


def broken() -> Any:
    """What each process opens that has a fault."""
    return Raising(Own("a fault", "line 3"))


@pytest.mark.parametrize(
    ("raising", "wanted", "told"),
    [(unusable, UnusableInput, "the disk: is full"), (broken, RuntimeError, "Own: a fault at line 3")],
)
def test_what_a_process_raises_is_raised_here_with_its_place(
    raising: Callable[[], Any], wanted: type[Exception], told: str
) -> None:
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    processes = Processes(raising, 2)
    workers = Workers(here, processes)
    with pytest.raises(wanted, match=told) as raised:
        list(workers.stream([each] for each in Named(4).subjects()))
    assert "in stream" in "".join(format_exception(raised.value))
    assert not processes.have_begun, "nobody writes into a folder that goes"


def failing() -> Any:
    """What cannot be opened."""
    raise UnusableInput("the graph", "is not there", "name another")


def test_what_speaks_against_opening_is_told_when_a_piece_comes_and_not_before(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Processes begin before this one opens the same: it tells of it as it does without them."""
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    processes = Processes(failing, 2)
    processes.begin(early=True)
    workers = Workers(here, processes)
    try:
        with pytest.raises(UnusableInput, match="is not there"):
            list(workers.stream([each] for each in Named(3).subjects()))
    finally:
        workers.close()
    assert capfd.readouterr() == ("", "")


def test_another_graph_or_other_rules_than_those_of_the_run_answer_nobody() -> None:
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=SimpleNamespace(digest="other"), close=lambda: None)
    workers = Workers(here, Processes(answering, 2))
    try:
        with pytest.raises(RuntimeError, match="the graph or the rules changed"):
            list(workers.stream([each] for each in Named(3).subjects()))
    finally:
        workers.close()


@pytest.mark.parametrize(("several", "count", "begin"), [(True, 2, True), (True, 1, False), (False, 2, False)])
def test_processes_begin_where_several_pieces_are_to_come(several: bool, count: int, begin: bool) -> None:
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    processes = Processes(answering, count)
    processes.begin()
    assert processes.have_begun is (count > 1)
    workers = Workers(here, processes)
    try:
        workers.expect(several=several)
        assert processes.have_begun is begin
    finally:
        workers.close()


def keeps_back() -> bool:
    """Whether this process keeps Ctrl-C from itself."""
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def kept_back(_: object, given: Iterator[object], __: object) -> Iterator[bool]:
    """Whether the process does that is given this."""
    for _each in given:
        yield keeps_back()


DISTURBED = """
import signal, sys
from multiprocessing import get_context
import matcher.cohort.processes as of
from tests.matcher.cohort.test_workers import answering, keeps_back, kept_back

def context(method):
    signal.raise_signal(signal.SIGINT)
    print("begins")
    return get_context(sys.argv[1])

signal.signal(signal.SIGINT, signal.default_int_handler)  # as in the foreground
of._method, of.get_context = lambda: sys.argv[1], context
processes = of.Processes(answering, 2)
try:
    processes.begin()
except KeyboardInterrupt:
    print("ends")
print(*processes.each(kept_back, ("one", "one"), range(3)), keeps_back())
processes.close()
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_ctrl_c_waits_until_the_processes_have_begun(method: str) -> None:
    """Half begun they cannot be ended; and they hear it until their first line says that they do not."""
    ran = subprocess.run([sys.executable, "-c", DISTURBED, method], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("begins\nends\nTrue True True False\n", "")


METHOD = """
import sys, threading
from matcher.cohort.processes import _method
if "thread" in sys.argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print(_method())
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are not seen on this system")
@pytest.mark.parametrize(("given", "method"), [("alone", "fork"), ("thread", "spawn")])
def test_a_process_with_threads_is_not_forked(given: str, method: str) -> None:
    ran = subprocess.run([sys.executable, "-c", METHOD, given], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == (f"{method}\n", "")


ORPHANED = """
import os, signal, time
from types import SimpleNamespace
from matcher.cohort.processes import Processes
from matcher.cohort.workers import Workers
from tests.matcher.cohort.test_workers import DIGEST, telling

if __name__ == "__main__":
    workers = Workers(SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=None), Processes(telling, 2))
    workers.expect(several=True)
    answered = workers.stream([each] for each in range(9))
    for _ in range(2):
        next(answered)
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Telling:
    """What says which process answers."""

    knowledge = rules = DIGEST

    def stream(self, pieces: Iterable[Sequence[object]]) -> Iterator[int]:
        for subjects in pieces:
            print(os.getpid(), flush=True)
            yield len(subjects)


def telling() -> Any:
    """What each process opens that tells its number."""
    return Telling()


def test_processes_end_with_the_one_that_gives_out_the_pieces(tmp_path: Path) -> None:
    """Killed from outside it cannot end them, and they would wait for its pieces in the memory that they hold."""
    script = tmp_path / "orphaned.py"
    script.write_text(ORPHANED, encoding="utf-8")
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    # It comes back when nobody has its output any more.
    ran = subprocess.run([sys.executable, script], env=own, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (-signal.SIGKILL, "")
    assert ran.stdout.split()


UNHEARD = """
import pickle, sys
from multiprocessing import Pipe
from matcher.cohort.processes import _serve
from tests.matcher.cohort.test_workers import answering, kept_back

way, other = Pipe()
if "asked" in sys.argv:
    other.send_bytes(pickle.dumps((kept_back, ("one", "one"))))
other.close()
_serve(way, answering, early=False)
print("ended")
"""


@pytest.mark.parametrize("when", ["before", "asked"])
def test_a_process_that_nobody_hears_ends_without_a_word(when: str) -> None:
    ran = subprocess.run([sys.executable, "-c", UNHEARD, when], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("ended\n", "")
