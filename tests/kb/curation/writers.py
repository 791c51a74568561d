"""Processes for the tests: several that write one journal at once, and what a journal is like on a small disk.

python -m tests.kb.curation.writers submit JOURNAL GO FIRST COUNT       say each entry that was acknowledged
python -m tests.kb.curation.writers decide JOURNAL GO ITEM accepted|rejected
python -m tests.kb.curation.writers fill FOLDER limit|full              until nothing more goes in
python -m tests.kb.curation.writers unwritable FOLDER                   after a crash, on a disk that is read-only
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from kb.curation.journal import Journal, decision
from kb.curation.verify import verify
from kb.errors import CurationProblem
from tests.curated import SECOND
from tests.kb.curation.journals import submitted

MANY = 2_000


def submit(path: str, go: str, first: str, count: str) -> None:
    """Record items one by one as soon as the file `go` is there."""
    _wait_for(Path(go))
    for number in range(int(first), int(first) + int(count)):
        (entry,) = Journal(Path(path)).record(submitted(number))
        print(entry.number, entry.act.item, flush=True)


def decide(path: str, go: str, item: str, kind: str) -> None:
    """Decide on an item as soon as the file `go` is there, and say what came of it."""
    _wait_for(Path(go))
    try:
        Journal(Path(path)).record(decision(item, kind, SECOND, "a reason"))
    except CurationProblem as problem:
        print(problem)
    else:
        print("done")


def fill(folder: str, how: str) -> None:
    """Record items until the disk is full, or the size that this process may write to a file is met; then go on."""
    journal = Journal(Path(folder) / "curation.sqlite")
    ballast = Path(folder) / "ballast"
    if how == "full":
        ballast.write_bytes(b"x" * 40_000)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    done = _until_refused(journal)
    _check(journal, done)
    if how == "full":
        ballast.unlink()
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.record(submitted(done))
    _check(journal, done + 1)
    if how == "full":
        _none_on_a_full_disk(Path(folder))


def unwritable(folder: str) -> None:
    """A journal with an unfinished write beside it is read as it was before that write, and not written to."""
    journal = Journal(Path(folder) / "curation.sqlite")
    journal.record(submitted(1))
    entries = journal.entries()
    cut_short(journal, Path(folder) / "crashed")
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    crashed = Journal(Path(folder) / "crashed" / "curation.sqlite")
    assert crashed.file.cut_short()
    assert crashed.entries() == entries
    assert verify(crashed.path).holds
    print(_problem(lambda: crashed.record(submitted(2))))
    print(_problem(lambda: Journal(Path(folder) / "new.sqlite").record(submitted(2))))


def cut_short(journal: Journal, folder: Path) -> Path:
    """A copy of a journal as a crash leaves it in the middle of a big write: pages changed, not yet committed."""
    folder.mkdir()
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        for number in range(100, 140):
            connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, "half-written" * 200, ""))
        for file in (journal.path, *journal.file.left()):
            if file.exists():
                shutil.copyfile(file, folder / file.name)
    return folder / journal.path.name


def _until_refused(journal: Journal) -> int:
    for number in range(MANY):
        try:
            journal.record(submitted(number, 2000))
        except CurationProblem as problem:
            print(problem)
            return number
    raise AssertionError("the disk is never full")


def _check(journal: Journal, count: int) -> None:
    assert len(journal.entries()) == count > 0
    assert verify(journal.path).holds
    assert not any(left.exists() for left in journal.file.left()), "what was undone lies about"


def _none_on_a_full_disk(folder: Path) -> None:
    """A journal that cannot even be begun is not there."""
    try:
        with open(folder / "ballast", "wb", buffering=0) as file:
            while file.write(b"x" * 1024):
                pass
    except OSError:
        pass
    print(_problem(lambda: Journal(folder / "new.sqlite").record(submitted(1))))
    assert sorted(os.listdir(folder)) == ["ballast", "curation.sqlite"]


def _problem(record: Callable[[], object]) -> str:
    try:
        record()
    except CurationProblem as problem:
        return str(problem)
    raise AssertionError("it was recorded")


def _wait_for(go: Path) -> None:
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.002)


if __name__ == "__main__":
    {"submit": submit, "decide": decide, "fill": fill, "unwritable": unwritable}[sys.argv[1]](*sys.argv[2:])
