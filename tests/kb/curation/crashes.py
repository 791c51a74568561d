"""Crashes of a process that writes a journal, and what must hold after each: nothing half, nothing acknowledged lost.

    python -m tests.kb.curation.crashes --kills 20000 --chances 200      a long run by hand

Three kinds: a process killed at any moment, killed before each single system call, and a power cut after each of them,
where what was not brought to the disk is there or not, sector by sector and name by name, as chance has it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kb.curation import journal_file
from kb.curation.acts import SUBMITTED
from kb.curation.journal import Draft, Journal
from kb.curation.verify import verify
from tests.kb.curation.journals import submitted
from tests.kb.curation.tracing import Moment, stopped_at, watched

ROUNDS = 25
"""How many times one journal is gone on with after a kill."""

SECTOR = 512

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A disk in memory, where there is one: more writes in the same time, and none that waits for another program's."""


def batch(number: int) -> list[Draft]:
    """The drafts of one call of `record`, the `number`-th: one to three, some too big for a page of SQLite."""
    return [submitted(10 * number + each, 9000 if number % 4 == 0 else 0) for each in range(1 + number % 3)]


def batches(journal: Journal) -> int:
    """How many batches are in a journal; AssertionError where one is there in part, or another order."""
    verification = verify(journal.path)
    assert verification.holds, verification.flaws
    have = [entry.act.item for entry in journal.entries() if entry.act.kind == SUBMITTED]
    count = 0
    while have:
        wanted = [draft.act.item for draft in batch(count)]
        assert have[: len(wanted)] == wanted, f"batch {count} is there in part"
        have, count = have[len(wanted) :], count + 1
    return count


# Killed at any moment


def kills(rounds: int, chance: random.Random) -> dict[str, int]:
    """Kill a process that writes without pause, again and again; counts of what was seen."""
    seen = {"kills": 0, "acknowledged": 0, "unfinished writes": 0}
    while seen["kills"] < rounds:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            journal = Journal(Path(folder) / "curation.sqlite")
            done = 0
            for _ in range(min(ROUNDS, rounds - seen["kills"])):
                told = _killed(journal, done, chance.uniform(0, 0.015))
                seen["kills"] += 1
                seen["acknowledged"] += told - done
                seen["unfinished writes"] += journal.file.cut_short()
                done = batches(journal) if journal.path.exists() else 0
                assert told <= done <= told + 1, f"{told} were acknowledged, {done} are there"
    return seen


def _killed(journal: Journal, first: int, after: float) -> int:
    """Let a child record batch after batch from this one on, and kill it; how many it had acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        for number in range(first, first + 10_000):
            journal.record(*batch(number))
            os.write(writing, b".")
        os._exit(0)
    os.close(writing)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return first + len(pipe.read())


# Killed before each system call


def steps(prepare: Callable[[Path], None], number: int) -> int:
    """Kill a process before each single system call of one `record`; how many there were."""
    for count in range(1, 100_000):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            journal = Journal(Path(folder) / "curation.sqlite")
            prepare(journal.path)
            if not stopped_at(lambda: journal.record(*batch(number)), count):  # noqa: B023
                assert batches(journal) == number + 1
                return count - 1
            done = batches(journal) if journal.path.exists() else 0
            assert done in (number, number + 1)
            if done == number:
                journal.record(*batch(number))
            assert batches(journal) == number + 1
    raise AssertionError("the write does not end")


def recorded(count: int) -> Callable[[Path], None]:
    """What makes a journal of this many batches; none is no file."""

    def prepare(path: Path) -> None:
        for number in range(count):
            Journal(path).record(*batch(number))

    return prepare


# A power cut


def power_cuts(count: int, each: int, chance: random.Random) -> dict[str, int]:
    """Cut the power after each system call of one `record`, each time with several chances; counts of what was seen."""
    seen = {"moments": 0, "cuts": 0, "recorded": 0, "not recorded": 0}
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        place = Path(os.path.realpath(folder)) / "journal"
        place.mkdir()
        journal = Journal(place / "curation.sqlite")
        recorded(count)(journal.path)
        moments = watched(lambda: journal.record(*batch(count)), place)
        assert batches(journal) == count + 1
    for disk in _disks(moments):
        seen["moments"] += 1
        for _ in range(each):
            done = _after(disk, chance)
            seen["cuts"] += 1
            seen["recorded" if done > count else "not recorded"] += 1
            assert done in (count, count + 1)
    assert all(_after(disk, chance) == count + 1 for _ in range(each)), "what was acknowledged is lost"
    return seen


Disk = tuple[dict[str, int], dict[str, int], dict[int, bytes], dict[int, bytes]]
"""Names on the disk for certain and names as told last; contents on the disk for certain and contents as told last."""


def _disks(moments: list[Moment]) -> Iterator[Disk]:
    """What is certain and what is not after each moment; at the start all is on the disk."""
    sure_names = {name: file.inode for name, file in moments[0].names.items()}
    sure = {file.inode: file.content for file in moments[0].names.values()}
    for moment in moments:
        names = {name: file.inode for name, file in moment.names.items()}
        told = {file.inode: file.content for file in moment.names.values()}
        gone = sure.keys() - told.keys() - set(sure_names.values())
        sure = {inode: content for inode, content in sure.items() if inode not in gone}
        if moment.synced == 0:
            sure_names = names
        elif moment.synced is not None and moment.synced in told:
            sure[moment.synced] = told[moment.synced]
        yield dict(sure_names), names, dict(sure), told


def _after(disk: Disk, chance: random.Random) -> int:
    """Build what may be on the disk after a cut, and go on with it; how many batches were there."""
    sure_names, names, sure, told = disk
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        for name in sorted(sure_names.keys() | names.keys()):
            inode = chance.choice((sure_names.get(name), names.get(name)))
            if inode is not None:
                old, new = sure.get(inode, b""), told.get(inode, sure.get(inode, b""))
                (Path(folder) / name).write_bytes(_mixed(old, new, chance))
        journal = Journal(Path(folder) / "curation.sqlite")
        done = batches(journal) if journal.path.exists() else 0
        journal.record(*batch(done))
        assert batches(journal) == done + 1
        return done


def _mixed(old: bytes, new: bytes, chance: random.Random) -> bytes:
    """A file of which each sector is as it was or as it was told to be; all old, all new and mixtures alike often."""
    way = chance.randrange(4)
    if way < 2 or old == new:
        return old if way == 0 else new
    share, size = chance.random(), max(len(old), len(new)) if chance.random() < 0.5 else len(new)
    parts = (
        (new if chance.random() < share else old)[start : start + SECTOR].ljust(SECTOR, b"\0")
        for start in range(0, size, SECTOR)
    )
    return b"".join(parts)[:size]


def main() -> None:
    """Run all three kinds as long as is asked for, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="at any moment")
    parser.add_argument("--steps", type=int, nargs="*", default=(0, 1, 4), help="batches there before: system calls")
    parser.add_argument("--power", type=int, nargs="*", default=(0, 1, 4), help="batches there before: power cuts")
    parser.add_argument("--chances", type=int, default=3, help="power cuts after each system call")
    parser.add_argument("--synchronous", help="run with this setting of SQLite instead of the journal's own")
    parser.add_argument("--seed", type=int, default=8)
    asked = parser.parse_args()
    if asked.synchronous:
        journal_file._SETTINGS = (*journal_file._SETTINGS, f"PRAGMA synchronous = {asked.synchronous}")
    chance = random.Random(asked.seed)
    seen = {
        "seed": asked.seed,
        "killed": kills(asked.kills, chance),
        "system calls": [steps(recorded(count), count) for count in asked.steps],
        "power": [power_cuts(count, asked.chances, chance) for count in asked.power],
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
