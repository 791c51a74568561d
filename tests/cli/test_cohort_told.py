"""What a run of a cohort says, and how it ends."""

from __future__ import annotations

import io
import re
import signal
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from cli.cohort_told import Bar, interruptible, refused
from matcher.cohort.run import Finished
from matcher.cohort.subject import Unreadable


def finished(*unreadable: Unreadable) -> Finished:
    return Finished({"counts": {"unreadable": len(unreadable)}, "files": {}}, (), unreadable)


@pytest.mark.usefixtures("heard")
def test_a_second_ctrl_c_does_not_interrupt_the_end() -> None:
    ended = []

    @interruptible()
    def run() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert ended
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("heard")
def test_an_error_that_ctrl_c_became_is_an_interruption() -> None:
    @interruptible()
    def run() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as stopped:
            raise RuntimeError("the query was interrupted") from stopped

    with pytest.raises(KeyboardInterrupt):
        run()


@pytest.mark.usefixtures("heard")
def test_a_ctrl_c_long_after_one_that_was_lost_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.cohort_told.ENDING", -1.0)
    lost = []

    @interruptible()
    def run() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            lost.append(True)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert lost


@pytest.mark.usefixtures("heard")
def test_a_ctrl_c_that_was_lost_counts_where_the_run_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python passes over what is raised while it frees a file, and from 3.13 on says so, unless it is a Ctrl-C."""
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)

    class Broken(io.RawIOBase):
        def __del__(self) -> None:
            raise ValueError

    class File(io.RawIOBase):
        def close(self) -> None:
            signal.raise_signal(signal.SIGINT)

    bar = Bar()
    with interruptible() as bar.came:
        bar.matched(1, 3)
        File()
        assert not said
        Broken()
        assert len(said) == 1
        with pytest.raises(KeyboardInterrupt):
            bar.matched(2, 3)
    assert bar.kept == 2


def test_the_bar_shows_who_is_on_the_way_and_keeps_who_is_kept() -> None:
    bar = Bar()
    shown: list[tuple[str, int, int, str]] = []
    bar._bar = SimpleNamespace(
        update=lambda _, description, completed, total, told: shown.append((description, completed, total, told)),
        console=SimpleNamespace(print=lambda *_, **__: None),
    )
    bar.goes_on(100)
    bar.matched(100, 1000)
    assert shown.pop() == ("matching", 100, 1000, "100 of 1,000 patients")
    bar.reached(50)
    bar.reached(50)
    (*_, (_, completed, _, told)) = shown
    assert (completed, bar.kept) == (200, 100)
    assert re.fullmatch(r"200 of 1,000 patients, [\d,]+/s, 0:00 left", told)
    bar.matched(150, 1000)
    assert (shown[-1][1], bar.kept) == (200, 150)
    bar.matched(300, 1000)
    assert (shown[-1][1], bar.kept) == (300, 300)


@pytest.mark.usefixtures("heard")
def test_a_ctrl_c_that_was_lost_counts_as_patients_are_reached() -> None:
    bar = Bar()
    with interruptible() as bar.came:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            bar.reached(1)


def test_the_last_line_gives_the_reason_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    alike = (Unreadable(name, "x.maf", "x.maf: no tumor type is given", "give --tumor-type") for name in "ABC")
    assert str(refused([], finished(*alike))) == (
        ": no patient could be matched: x.maf: no tumor type is given; give --tumor-type"
    )
    told = "3 patients could not be read:\n  A, B, C (x.maf): x.maf: no tumor type is given; give --tumor-type\n"
    assert capsys.readouterr().err == told


def test_of_several_reasons_the_last_line_names_whose_it_gives(capsys: pytest.CaptureFixture[str]) -> None:
    others = finished(Unreadable("A\nB", "a.yaml", "one", "mend"), Unreadable("C", "c.yaml", "other"))
    assert str(refused([], others)) == ": no patient could be matched (A\\nB, for one): one; mend"
    assert capsys.readouterr().err.splitlines()[1:] == ["  A\\nB (a.yaml): one; mend", "  C (c.yaml): other"]
