"""Ctrl-C comes behind what it must not come into the middle of, and is not lost."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from rules.undisturbed import undisturbed

pytestmark = pytest.mark.usefixtures("heard")
ROOT = Path(__file__).parents[2]


def interrupted(done: list[str], error: Exception | None = None) -> None:
    """Two times, and still all is done."""
    with undisturbed():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append("inside")
        if error is not None:
            raise error


def test_an_interrupt_comes_when_all_is_done() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(done)
    assert done == ["inside"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_and_an_interrupt_are_both_told() -> None:
    error = ValueError("inside")
    with pytest.raises(KeyboardInterrupt) as ended:
        interrupted([], error)
    assert ended.value.__context__ is error


def test_without_an_interrupt_nothing_comes() -> None:
    with undisturbed():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with undisturbed():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_threads_do_not_hear_it_anyway() -> None:
    done: list[object] = []

    def work() -> None:
        with undisturbed():
            done.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.default_int_handler]


IMPORTED = """
import sys
from rules.duck import duckdb_module
from tests.interrupting import interrupt_at

interrupt_at(sys.argv[1])
try:
    duckdb_module()
except KeyboardInterrupt:
    print("interrupted", sys.modules["duckdb"].connect().sql("SELECT 1").fetchall(), duckdb_module().__name__)
"""


@pytest.mark.parametrize("module", ["duckdb", "_duckdb"])
def test_duckdb_is_imported_whole(module: str) -> None:
    """Its native part ends the process with an abort where Python raises something while it makes its types."""
    ran = subprocess.run([sys.executable, "-c", IMPORTED, module], capture_output=True, text=True, cwd=ROOT)
    assert (ran.stdout, ran.stderr) == ("interrupted [(1,)] duckdb\n", "")
