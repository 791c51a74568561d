"""Files that are no journal, or no longer one: each is told by name, with a remedy, and left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from kb.curation import journal_file
from kb.curation.acts import ACCEPTED, SUBMITTED, Act, Book, Person
from kb.curation.journal import Draft, Journal, decision, read_entry, submission, written
from kb.curation.verify import verify
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.journals import behind_its_back, filled, small_item, submitted
from tests.kb.curation.writers import cut_short


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("EGFR L858R\n" * 200)


def other_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE patient (name TEXT)")


def newer(path: Path) -> None:
    filled(path)
    behind_its_back(path, "UPDATE about SET version = 'mtb-match-journal/2'")


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/full")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (empty, "is empty, which no journal is"),
        (text, "is damaged, or no journal of curation"),
        (other_tables, "is no journal of curation"),
        (newer, "of this version; use the mtb-match that made it"),
        (folder, "is a folder"),
        (pipe, "is no file that keeps what is written"),
        (device, "is no file that keeps what is written"),
    ],
)
def test_what_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "curation.sqlite"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    journal = Journal(path)
    for use in (journal.entries, lambda: journal.record(submitted(1))):
        with pytest.raises(CurationProblem, match=says):
            use()
    assert not verify(path).holds
    assert before is None or path.read_bytes() == before


def test_there_is_no_file_before_the_first_act_and_none_after_one_that_was_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "folder" / "curation.sqlite")
    assert journal.entries() == ()
    assert journal.book() == Book({}, ())
    assert list(tmp_path.iterdir()) == []
    journal.record(submitted(1))
    assert [each.name for each in journal.path.parent.iterdir()] == ["curation.sqlite"]


@pytest.mark.parametrize("name", ["a b.sqlite", "a?b#c%41.sqlite", "中文.sqlite", "a'b.sqlite"])
def test_a_journal_has_any_name(tmp_path: Path, name: str) -> None:
    journal = Journal(tmp_path / name)
    journal.record(submitted(1))
    assert os.listdir(tmp_path) == [name]
    assert len(journal.entries()) == 1


def test_a_link_leads_to_the_journal(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "curation.sqlite"
    link.symlink_to(tmp_path / "real" / "curation.sqlite")
    Journal(link).record(submitted(1))
    assert link.is_symlink()
    assert len(Journal(tmp_path / "real" / "curation.sqlite").entries()) == 1


def test_others_may_read_and_write_a_new_journal_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        Journal(tmp_path / "curation.sqlite").record(submitted(1))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "curation.sqlite").stat().st_mode) == 0o664


def test_where_there_are_no_hard_links_a_journal_is_made_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", link)
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submitted(1))
    assert os.listdir(tmp_path) == ["curation.sqlite"]
    assert len(journal.entries()) == 1


def test_of_two_that_make_a_journal_at_once_the_second_uses_the_first_one_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, put = tmp_path / "curation.sqlite", journal_file._put

    def late(new: Path, target: Path) -> None:
        monkeypatch.setattr(journal_file, "_put", put)
        Journal(path).record(submitted(1))
        put(new, target)

    monkeypatch.setattr(journal_file, "_put", late)
    Journal(path).record(submitted(2))
    assert len(Journal(path).entries()) == 2
    assert os.listdir(tmp_path) == ["curation.sqlite"]


def test_the_unfinished_write_of_a_journal_that_is_gone_is_not_played_into_a_new_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submitted(1))
    crashed = Journal(cut_short(journal, tmp_path / "crashed"))
    crashed.path.unlink()
    with pytest.raises(CurationProblem, match=r"a journal curation\.sqlite that is gone; put that journal back"):
        crashed.record(submitted(2))
    assert not crashed.path.exists()


def test_a_journal_that_was_replaced_while_it_was_written_to_is_told(tmp_path: Path) -> None:
    journal, other = filled(tmp_path / "curation.sqlite"), tmp_path / "other.sqlite"
    shutil.copyfile(journal.path, other)
    clock = iter([lambda: os.replace(other, journal.path)])

    def replacing() -> str:
        next(clock, lambda: None)()
        return "2990-01-01T00:00:00.000000Z"

    with pytest.raises(CurationProblem, match="was replaced or removed while it was written to"):
        Journal(journal.path, replacing).record(submitted(9))
    assert len(journal.entries()) == 8


def test_a_journal_that_somebody_switched_to_another_way_of_writing_goes_on(tmp_path: Path) -> None:
    journal = filled(tmp_path / "curation.sqlite")
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert len(journal.entries()) == 8
    journal.record(submitted(9))
    assert verify(journal.path).flaws == ()
    assert os.listdir(tmp_path) == ["curation.sqlite"]


@pytest.mark.parametrize("statement", ["UPDATE entry SET hash = ''", "DELETE FROM entry", "DELETE FROM about"])
def test_the_file_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    journal = filled(tmp_path / "curation.sqlite")
    with closing(sqlite3.connect(journal.path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append"):
        connection.execute(statement)


def test_the_head_of_a_journal_is_that_of_its_last_entry(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none.sqlite").head() is None
    journal = filled(tmp_path / "curation.sqlite")
    assert journal.head() == f"8:{journal.entries()[-1].hash}" == str(verify(journal.path).head)


# What is recorded


def test_a_clock_that_was_set_back_is_told_and_nothing_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "curation.sqlite"
    Journal(path, lambda: "2026-11-21T10:00:00.000000Z").record(submitted(1))
    little, much = (
        Journal(path, lambda: "2026-11-21T09:59:30.000000Z"),
        Journal(path, lambda: "2026-11-20T10:00:00.000000Z"),
    )
    (entry,) = little.record(submitted(2))
    assert entry.recorded_at == entry.act.at == "2026-11-21T10:00:00.000001Z"
    with pytest.raises(CurationProblem, match=r"clock here says 2026-11-20.*nothing was recorded"):
        much.record(submitted(3))
    assert len(much.entries()) == 2


def test_an_act_of_a_day_to_come_is_not_decided_on_before_that_day(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), small_item(1)
    act = submission(item, CARBERRY, "options").act._replace(at="2990-01-01T00:00:00.000000Z")
    journal.take_in(Book({item.id: item}, (act,)))
    with pytest.raises(CurationProblem, match=r"2990-01-01.*clock"):
        journal.record(decision(item.id, ACCEPTED, SECOND))
    journal.record(submitted(2))


@pytest.mark.parametrize(
    "person", [Person("\udcff", CARBERRY.orcid), Person("a\ud800b", CARBERRY.orcid)], ids=["byte", "half a character"]
)
def test_what_is_no_text_is_refused(tmp_path: Path, person: Person) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    with pytest.raises(CurationProblem, match="cannot be recorded as it is"):
        journal.record(submission(small_item(1), person, "options"))
    assert journal.entries() == ()


@pytest.mark.parametrize("name", ["N\x00N", "李 雷", "a'b\"c\\", "\u202ereversed", "x" * 100_000])
def test_any_text_comes_back_as_it_was_recorded(tmp_path: Path, name: str) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    (entry,) = journal.record(submission(small_item(1), Person(name, CARBERRY.orcid), "options"))
    assert journal.entries() == (entry,)
    assert read_entry(written(entry), entry.hash) == entry
    assert verify(journal.path).holds


def test_a_submission_without_its_item_or_with_another_one_is_refused(tmp_path: Path) -> None:
    journal, draft = Journal(tmp_path / "curation.sqlite"), submitted(1)
    wrong = [
        Draft(draft.act),
        draft._replace(item=small_item(2)),
        draft._replace(act=draft.act._replace(digest="sha256:0")),
        draft._replace(item=small_item(1)._replace(statements=small_item(2).statements)),
    ]
    for each in wrong:
        with pytest.raises(CurationProblem):
            journal.record(each)
    act = Act(small_item(3).id, SUBMITTED, CARBERRY, "2026-11-21T10:00:00.000000Z")
    with pytest.raises(CurationProblem, match="what it says is missing"):
        journal.take_in(Book({}, (act,)))
    assert journal.entries() == ()


def test_of_several_acts_all_or_none_are_recorded(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    with pytest.raises(CurationProblem, match="second person"):
        journal.record(submitted(1), submitted(2), decision(small_item(1).id, ACCEPTED, CARBERRY))
    assert journal.entries() == ()
    assert len(journal.record(submitted(1), submitted(2), decision(small_item(1).id, ACCEPTED, SECOND))) == 3
    assert verify(journal.path).holds
