"""Curators at once, crashes, power cuts and full disks: no half-written entry, no lost one, and a clear message."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, REJECTED
from kb.curation.journal import Journal
from kb.curation.journal_file import Writing
from kb.curation.verify import verify
from kb.errors import CurationProblem
from tests.kb.curation.journals import small_item, submitted
from tests.kb.curation.tracing import can_trace
from tests.kb.curation.writers import cut_short

ROOT = Path(__file__).parents[3]
TRACED = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ptrace(2) is of Linux")


def python(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def output(process: subprocess.Popen[str]) -> str:
    told, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return told


@contextmanager
def started(go: Path, *arguments: tuple[str, ...]) -> Iterator[list[subprocess.Popen[str]]]:
    """Writers that begin at the same moment."""
    writers = [python("tests.kb.curation.writers", *each) for each in arguments]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    go.touch()
    yield writers
    for writer in writers:
        writer.kill()
        writer.wait()


# Crashes


def crashes(*options: str) -> dict[str, object]:
    told = json.loads(output(python("tests.kb.curation.crashes", *options)))
    assert isinstance(told, dict)
    return told


def test_a_writer_killed_at_any_moment_leaves_whole_entries_and_none_less_than_it_acknowledged() -> None:
    seen = crashes("--kills", "200", "--steps", "--power")["killed"]
    assert isinstance(seen, dict)
    assert seen["kills"] == 200
    assert seen["acknowledged"] > 20
    assert seen["unfinished writes"] > 0, "no kill came in the middle of a write"


@TRACED
def test_a_writer_killed_before_each_of_its_system_calls_leaves_whole_entries() -> None:
    if not can_trace():
        pytest.skip("this system does not let a process trace its children")
    counts = crashes("--kills", "0", "--steps", "0", "4", "--power")["system calls"]
    assert isinstance(counts, list)
    assert all(count > 30 for count in counts)


@TRACED
def test_a_power_cut_after_each_system_call_loses_nothing_that_was_acknowledged() -> None:
    if not can_trace():
        pytest.skip("this system does not let a process trace its children")
    seen = crashes("--kills", "0", "--steps", "--power", "0", "4", "--chances", "5")["power"]
    assert isinstance(seen, list)
    for count in seen:
        assert count["recorded"]
        assert count["not recorded"]


@TRACED
def test_the_power_cuts_of_this_test_find_what_is_not_on_the_disk_in_time() -> None:
    """With one setting less than the journal has, an acknowledged entry is lost: the test above can fail."""
    if not can_trace():
        pytest.skip("this system does not let a process trace its children")
    options = ("--kills", "0", "--steps", "--power", "1", "--chances", "20", "--synchronous", "FULL")
    process = python("tests.kb.curation.crashes", *options)
    assert "what was acknowledged is lost" in process.communicate(timeout=300)[1]


# Several processes


def test_writers_at_once_lose_nothing_and_number_every_entry_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    asked = [("submit", str(journal.path), str(tmp_path / "go"), str(100 * each), "12") for each in range(5)]
    with started(tmp_path / "go", *asked) as writers:
        lengths = []
        while any(writer.poll() is None for writer in writers):
            lengths.append(len(journal.entries()))
            time.sleep(0.005)
        told = [tuple(line.split()) for writer in writers for line in output(writer).splitlines()]
    entries = journal.entries()
    assert lengths == sorted(lengths)
    assert sorted(int(number) for number, _ in told) == list(range(1, 61))
    assert {(str(entry.number), entry.act.item) for entry in entries} == set(told)
    assert verify(journal.path).holds
    assert [each.name for each in tmp_path.iterdir() if each.name not in {"go", journal.path.name}] == []


def test_of_two_decisions_at_once_one_is_recorded_and_the_other_one_is_told(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), small_item(1)
    journal.record(submitted(1))
    asked = [("decide", str(journal.path), str(tmp_path / "go"), item.id, kind) for kind in (ACCEPTED, REJECTED)]
    with started(tmp_path / "go", *asked) as writers:
        told = sorted(output(writer).strip() for writer in writers)
    won = journal.book().status(item.id)
    lost = REJECTED if won == ACCEPTED else ACCEPTED
    assert told == [f"{item.id}: is {won} and cannot be {lost}; see `kb history` of the item", "done"]


def test_a_writer_that_stands_still_keeps_others_from_writing_and_not_from_reading(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite", wait=0.1)
    journal.record(submitted(1))
    code = f"import sqlite3; c = sqlite3.connect({str(journal.path)!r}); c.execute('BEGIN IMMEDIATE'); print('in', flush=True); input()"  # noqa: E501
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"in\n"
        writer.send_signal(signal.SIGSTOP)
        with pytest.raises(CurationProblem, match="in use by another process") as told:
            journal.record(submitted(2))
        assert told.value.remedy == "try again; nothing was recorded"
        assert len(journal.entries()) == 1
        writer.kill()
    journal.record(submitted(2))
    assert len(journal.entries()) == 2


def test_a_journal_is_read_while_another_process_has_written_and_not_finished(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submitted(1))
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO entry VALUES (2, 'not yet', '')")
        assert len(journal.entries()) == 1
        assert verify(journal.path).holds


# Full disks and disks that can only be read


def on_a_small_disk(folder: Path, size: str, *arguments: str) -> list[str]:
    """What this writer says on a disk of its own, which only it sees; the test is skipped where none can be mounted."""
    unshare = shutil.which("unshare")
    mounted = f"mount -t tmpfs -o size={size} tmpfs {folder}"
    if unshare is None or subprocess.run([unshare, "-rm", "sh", "-c", mounted], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    command = f"{mounted} && {sys.executable} -m tests.kb.curation.writers {' '.join(arguments)}"
    done = subprocess.run([unshare, "-rm", "sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_full_disk_is_told_loses_nothing_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    refused, none = on_a_small_disk(tmp_path, "140k", "fill", str(tmp_path), "full")
    for told in (refused, none):
        assert "the disk is full" in told
        assert "make room; nothing was recorded" in told


def test_a_limit_to_the_size_of_files_is_told_and_loses_nothing(tmp_path: Path) -> None:
    told = output(python("tests.kb.curation.writers", "fill", str(tmp_path), "limit"))
    assert "the disk failed, or a limit was met" in told
    assert told.endswith("see to the disk; nothing was recorded\n")


@pytest.mark.parametrize(("stands", "says"), [(True, "it was recorded, and may be lost yet"), (False, "nothing was")])
def test_where_the_disk_fails_at_the_end_of_a_write_the_message_says_whether_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: bool, says: str
) -> None:
    journal, commit = Journal(tmp_path / "curation.sqlite"), Writing.commit
    journal.record(submitted(1))

    def failing(page: Writing) -> None:
        if stands:
            commit(page)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_DIR_FSYNC
        raise error

    monkeypatch.setattr(Writing, "commit", failing)
    with pytest.raises(CurationProblem, match=says):
        journal.record(submitted(2))
    assert len(journal.entries()) == 1 + stands


def test_after_a_crash_a_disk_that_can_only_be_read_is_read_as_before_the_write(tmp_path: Path) -> None:
    for told in on_a_small_disk(tmp_path, "2m", "unwritable", str(tmp_path)):
        assert "cannot be" in told
        assert told.endswith("nothing was recorded")


def test_what_a_crash_left_is_undone_by_the_next_reader(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submitted(1))
    crashed = Journal(cut_short(journal, tmp_path / "crashed"))
    assert crashed.file.cut_short()
    assert any(flaw.check == "file" for flaw in verify(crashed.path).flaws)
    assert crashed.entries() == journal.entries()
    assert not crashed.file.cut_short()
    assert verify(crashed.path).flaws == ()
