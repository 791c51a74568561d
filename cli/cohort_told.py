"""What a run of a cohort says on the terminal: how far it is, and what it came to."""

import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.cohort import ahead
from matcher.cohort.run import TOLD, Finished, Watcher
from matcher.notes import UnusableInput
from matcher.readers.reading import counted, named

ENDING = 2 * ahead.WAIT
"""So many seconds an interrupted run has to end; a Ctrl-C after them ends it at once."""


class Bar(Watcher):
    """A progress bar on a terminal's standard error: patients, rate and rest. Elsewhere nothing moves.

    It shows those whom the matching has reached: many are answered and kept together, some seconds later. `kept` is how
    many patients are safe in the work folder, `seconds` how long the run took. A Ctrl-C that `came` and was lost ends
    the run where it is told how far it is: what is raised as Python frees a file, it passes over.
    """

    def __init__(self) -> None:
        self.kept = self._before = self._reached = 0
        self._total: int | None = None
        self.came: Sequence[float] = ()
        self._began = time.monotonic()
        self.seconds = 0.0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            told = TextColumn("{task.fields[told]}")
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), told)
            # Standard output stays as it is: it may go to a file.
            self._bar = Progress(
                *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._bar.start()
            self._task = self._bar.add_task("reading", total=None, told="")
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began
        if self._bar is not None:
            self._bar.stop()

    def goes_on(self, patients: int) -> None:
        """Says that an earlier run's patients are taken over."""
        self._before = patients
        told = f"going on: {counted(patients, 'patient')} matched before the interruption (--fresh begins anew)"
        if self._bar is not None:
            self._bar.console.print(told, markup=False, highlight=False)
        else:
            print(told, file=sys.stderr)

    def matched(self, patients: int, total: int | None) -> None:
        """Shows how far the run is."""
        self.kept, self._total = patients, total
        self._reached = max(self._reached, patients)
        self._show()

    def reached(self, patients: int) -> None:
        """Shows that so many more are being matched."""
        self._reached += patients
        self._show()

    def _show(self) -> None:
        if self.came:
            raise KeyboardInterrupt
        if self._bar is not None:
            patients, total, seconds = self._reached, self._total, time.monotonic() - self._began
            told = how_far(patients, total, patients - self._before, seconds)
            most = None if total is None else max(total, patients)
            self._bar.update(self._task, description="matching", completed=patients, total=most, told=told)

    def has_read(self) -> None:
        """Has what was read not looked through for cycles as the process ends.

        Not where DuckDB was imported: it warns of what is not freed.
        """
        if "duckdb" not in sys.modules:
            gc.freeze()

    def joins(self) -> None:
        """Shows that the files are being written."""
        if self._bar is not None:
            self._bar.update(self._task, description="writing", told=counted(self.kept, "patient"))


def how_far(patients: int, total: int | None, matched: int, seconds: float) -> str:
    """Patients, rate and rest in words; `matched` of the patients took the seconds.

    >>> how_far(4000, 8967, 2000, 4.0)
    '4,000 of 8,967 patients, 500/s, 0:10 left'
    >>> how_far(0, None, 0, 0.1)
    '0 patients'
    """
    told = counted(patients, "patient") if total is None else _of(patients, max(total, patients))
    if not matched or not seconds:
        return told
    rate = matched / seconds
    told = f"{told}, {rate:,.0f}/s" if rate >= 10 else f"{told}, {rate:.1f}/s"
    if total is None or total <= patients:
        return told
    rest = round((total - patients) / rate)
    return f"{told}, {rest // 60}:{rest % 60:02d} left"


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Tells on a terminal how many patients are done of something that takes a while; elsewhere nothing."""
    shows = sys.stderr.isatty()
    yield lambda done: print(f"\r{what}: {counted(done, 'patient')}", end="", file=sys.stderr) if shows else None
    if shows:
        print(file=sys.stderr)


@contextmanager
def interruptible() -> Iterator[Sequence[float]]:
    """Ctrl-C ends what is inside as KeyboardInterrupt, also where a database turns it into an error of its own.

    Gives the times at which one came, by the monotonic clock, as they come.
    What ends is not interrupted again: an impatient second Ctrl-C would leave processes and files behind.
    """
    came: list[float] = []
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield came
        return

    def stop(*_: object) -> None:
        now = time.monotonic()
        if not came or now - came[-1] > ENDING:
            came.append(now)
            raise KeyboardInterrupt

    shown = sys.unraisablehook
    signal.signal(signal.SIGINT, stop)
    sys.unraisablehook = lambda lost: None if lost.exc_type is KeyboardInterrupt else shown(lost)  # it is in `came`
    try:
        yield came
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = shown


def stopped(out: Path, kept: int) -> None:
    """Says what is safe after an interruption, and how to go on."""
    if kept:
        told = f"{counted(kept, 'patient')} kept in {out.name}.partial: give the same command again to go on"
    else:
        told = "no patients were kept yet: give the same command again to begin anew"
    print(f"Aborted. {told}", file=sys.stderr)


def refused(inputs: Sequence[Path], finished: Finished) -> UnusableInput:
    """That nobody could be matched, with the reasons."""
    first, *others = finished.unreadable
    _list_unreadable(finished)
    whose = f" ({first.name}, for one)" if any(each.reason != first.reason for each in others) else ""
    reason = f"no patient could be matched{whose}: {first.reason}"
    return UnusableInput(
        in_one_line(", ".join(map(str, inputs))), in_one_line(reason), first.remedy or "see the reasons above"
    )


def told(finished: Finished, seconds: float) -> None:
    """Says what a run came to: on standard output, and who could not be read on standard error."""
    counts, about = finished.counts, finished.manifest
    _list_unreadable(finished)
    print(
        f"{_of(counts['matched'], counts['patients'])} matched in {seconds:.1f} s, "
        f"{_rate(counts['patients'], seconds)} (graph {about['kb']['release']}, as of {about['as_of']})"
    )
    print(
        "best tier: " + ", ".join(_share(tier, number, counts["matched"]) for tier, number in counts["tiers"].items())
    )
    print("notes: " + ", ".join(f"{number:,} {severity}" for severity, number in counts["notes"].items()))
    for each in about["files"].values():
        print(f"{_beside(finished, each['file'])}: {counted(each['rows'], 'row')}")
    print(f"{finished.files[-1]}: what they were made from")


def _of(number: int, patients: int) -> str:
    return f"{number:,} of {counted(patients, 'patient')}"


def _rate(patients: int, seconds: float) -> str:
    return f"{patients / seconds:,.0f}/s" if seconds else ""


def _beside(finished: Finished, name: str) -> Path:
    return finished.files[-1].with_name(name)


def _share(tier: str, number: int, of: int) -> str:
    return f"{tier} {number:,} ({number / of:.0%})"


def in_one_line(text: str) -> str:
    """The text with what would move a terminal's cursor as escapes: a file's name may hold anything.

    >>> in_one_line("new\\nline.yaml")
    'new\\\\nline.yaml'
    """
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _list_unreadable(finished: Finished) -> None:
    """The first patients who could not be read, with reasons, and how many more there are."""
    number = finished.counts["unreadable"]
    if not number:
        return
    print(f"{counted(number, 'patient')} could not be read:", file=sys.stderr)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, *why in finished.unreadable:
        alike.setdefault(tuple(why), []).append(name)
    for (source, reason, remedy), names in alike.items():
        told = f"{named(names)} ({source}): {reason}{f'; {remedy}' if remedy else ''}"
        print(f"  {in_one_line(told)}", file=sys.stderr)
    if number > TOLD:
        where = (
            f": {_beside(finished, finished.manifest['files']['patients']['file'])} has all" if finished.files else ""
        )
        print(f"  and {number - TOLD:,} more{where}", file=sys.stderr)
