"""`verify` finds what was done to a journal behind its back, and says nothing of one that is as it was recorded."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.curation.acts import ACCEPTED, Act, Book
from kb.curation.chain import BEGINNING, Head, read_head
from kb.curation.journal import Journal, decision, submission
from kb.curation.verify import BROKEN, WARNING, file_system, verify
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.journals import behind_its_back, filled, rewritten, small_item, submitted

Told = list[dict[str, Any]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "curation.sqlite").path


def found(path: Path, *heads: Head) -> set[tuple[str, str]]:
    return {(flaw.check, flaw.place) for flaw in verify(path, heads).flaws if flaw.severity == BROKEN}


def test_a_journal_as_it_was_recorded_holds(path: Path) -> None:
    told = verify(path, [Head(0, BEGINNING.hash[:16]), verify(path).head])
    assert told.holds
    assert told.flaws == ()
    assert told.entries == told.head.number == 8
    assert dict(told.states) == {"accepted": 1, "rejected": 1, "retracted": 1, "superseded": 1}
    assert told.digest == Journal(path).book().digest


def test_a_journal_that_grew_continues_every_head_that_was_noted(path: Path) -> None:
    noted = [Head(entry.number, entry.hash) for entry in Journal(path).entries()]
    Journal(path).record(submitted(9))
    assert verify(path, noted).holds


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (("UPDATE entry SET content = replace(content, 'paper', 'Paper') WHERE number = 2",), {("chain", "entry 2")}),
        (("UPDATE entry SET hash = 'abc' WHERE number = 2",), {("chain", "entry 2"), ("chain", "entry 3")}),
        (("DELETE FROM entry WHERE number = 4",), {("chain", "entry 5")}),
        (("DELETE FROM entry WHERE number BETWEEN 1 AND 2",), {("chain", "entry 3"), ("act", "entry 5")}),
        (("UPDATE entry SET content = x'00ff' WHERE number = 8",), {("chain", "entry 8"), ("entry", "entry 8")}),
        (("UPDATE entry SET content = '[]' WHERE number = 8",), {("chain", "entry 8"), ("entry", "entry 8")}),
        (("UPDATE entry SET number = 20 WHERE number = 8",), {("chain", "entry 20")}),
    ],
)  # fmt: skip
def test_a_change_of_an_entry_is_found_where_it_was_made(
    path: Path, statements: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    behind_its_back(path, *statements)
    assert expected <= found(path)
    assert {place for _, place in found(path)} <= {place for _, place in expected} | {f"entry {n}" for n in (3, 4, 5)}
    with pytest.raises(CurationProblem, match="kb verify"):
        Journal(path).book()
    with pytest.raises(CurationProblem, match="kb verify"):
        Journal(path).record(submitted(9))


def accepts_own(told: Told) -> None:
    told[1]["act"]["person"] = told[0]["act"]["person"]


def another_content(told: Told) -> None:
    told[0]["item"]["statements"][-1][2] = '"something else"'


def another_item(told: Told) -> None:
    told[0]["item"] = told[5]["item"]


def without_its_item(told: Told) -> None:
    told[0]["item"] = None


def earlier(told: Told) -> None:
    told[3]["recorded_at"] = told[3]["act"]["at"] = "2020-01-01T00:00:00.000000Z"


def backdated(told: Told) -> None:
    told[1]["act"]["at"] = "2020-01-01T00:00:00.000000Z"


def twice(told: Told) -> None:
    told.insert(2, {**told[1]})


def swapped(told: Told) -> None:
    told[0], told[1] = told[1], told[0]


def without_reason(told: Told) -> None:
    told[5]["act"]["reason"] = None


def no_orcid(told: Told) -> None:
    told[0]["act"]["person"] = {"name": "N. N.", "orcid": "0000-0002-1825-0000"}


def unknown_kind(told: Told) -> None:
    told[1]["act"]["kind"] = "blessed"


def more_words(told: Told) -> None:
    told[1]["by the way"] = 1


def no_time(told: Told) -> None:
    told[1]["act"]["at"] = told[1]["recorded_at"] = "yesterday"


@pytest.mark.parametrize(
    ("change", "check", "entry"),
    [
        (accepts_own, "act", 2),
        (another_content, "entry", 1),
        (another_item, "item", 1),
        (without_its_item, "item", 1),
        (earlier, "time", 4),
        (backdated, "time", 2),
        (twice, "act", 3),
        (swapped, "act", 1),
        (without_reason, "act", 6),
        (no_orcid, "act", 1),
        (unknown_kind, "entry", 2),
        (more_words, "entry", 2),
        (no_time, "entry", 2),
    ],
)
def test_what_this_program_never_records_is_found_though_the_chain_was_renewed(
    path: Path, change: Callable[[Told], None], check: str, entry: int
) -> None:
    rewritten(path, change)
    assert (check, f"entry {entry}") in found(path)
    assert not any(name == "chain" for name, _ in found(path))


def imports_own(told: Told) -> None:
    """As if another book had brought an acceptance by the submitter."""
    accepts_own(told)
    told[1]["imported"] = True


def test_an_import_of_what_no_journal_records_is_found(path: Path) -> None:
    rewritten(path, imports_own)
    assert found(path) == {("act", small_item(1).id)}


def other_reason(told: Told) -> None:
    told[1]["act"]["reason"] = "did not read the paper"


def cut_off(told: Told) -> None:
    del told[6:]


def emptied(told: Told) -> None:
    del told[:]


@pytest.mark.parametrize(
    ("change", "says"),
    [(other_reason, "is another one"), (cut_off, "7 to 8 are gone"), (emptied, "1 to 8 are gone")],
)
def test_a_chain_that_was_renewed_or_cut_off_is_found_by_a_head_noted_before(
    path: Path, change: Callable[[Told], None], says: str
) -> None:
    noted = verify(path).head
    rewritten(path, change)
    assert verify(path).holds, "a chain alone cannot show this"
    (flaw,) = verify(path, [noted]).flaws
    assert (flaw.check, flaw.severity) == ("head", BROKEN)
    assert says in flaw.message


def test_of_two_copies_that_went_on_apart_each_shows_the_other_one_s_head_as_foreign(
    path: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone.sqlite"
    clone.write_bytes(path.read_bytes())
    Journal(path).record(submitted(9))
    Journal(clone).record(submitted(10))
    assert found(clone, verify(path).head) == {("head", "head 9")}
    Journal(clone).take_in(Journal(path).book())
    assert verify(clone).holds
    assert Journal(clone).book().digest != Journal(path).book().digest
    Journal(path).take_in(Journal(clone).book())
    assert Journal(clone).book().digest == Journal(path).book().digest


def test_other_tables_and_triggers_are_found(path: Path) -> None:
    swallowing = "CREATE TRIGGER quiet BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END"
    behind_its_back(path, swallowing)
    assert ("file", str(path)) in found(path)
    with pytest.raises(CurationProblem, match="other tables or triggers"):
        Journal(path).record(submitted(9))


def test_any_byte_that_changes_is_told_or_changes_nothing(path: Path, tmp_path: Path) -> None:
    """Every kind of byte: the file's header, pages, cells, contents, hashes, and space in which nothing stands."""
    whole, entries, chance = path.read_bytes(), Journal(path).entries(), random.Random(8)
    changed, told = tmp_path / "changed.sqlite", 0
    places = [*range(0, 100, 3), *chance.sample(range(100, len(whole)), 400)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= chance.randrange(1, 256)
        changed.write_bytes(damaged)
        try:
            same = Journal(changed, wait=0.1).entries() == entries
        except CurationProblem:
            same, told = False, told + 1
            assert not verify(changed, wait=0.1).holds, place
        else:
            assert same, f"byte {place} changes what the journal says, and nobody is told"
    assert told > 50


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.75, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_told(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert not verify(path).holds
    with pytest.raises(CurationProblem):
        Journal(path).entries()
    with pytest.raises(CurationProblem):
        Journal(path).record(submitted(9))
    assert path.read_bytes() == whole[: int(len(whole) * share)]


def test_disputed_items_and_days_to_come_are_warnings(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), small_item(1)
    draft = submission(item, CARBERRY, "options")
    acts = [draft.act._replace(at=f"2990-01-01T00:00:0{number}.000000Z") for number in range(3)]
    acts = [acts[0], Act(item.id, ACCEPTED, SECOND, acts[1].at), Act(item.id, "rejected", SECOND, acts[2].at, "no")]
    journal.take_in(Book({item.id: item}, tuple(acts)))
    told = verify(journal.path)
    assert told.holds
    assert [(flaw.severity, flaw.check) for flaw in told.flaws] == [(WARNING, "time")] * 3 + [(WARNING, "state")]


def test_signatures_are_tested_where_they_can_be(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submitted(1)._replace(signed="a signed form"))
    assert [flaw.severity for flaw in verify(journal.path).flaws] == [WARNING]
    assert verify(journal.path, signature=lambda entry: None).flaws == ()
    assert not verify(journal.path, signature=lambda entry: f"{entry.signed} is by another key").holds


def test_no_file_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(CurationProblem, match="not there"):
        verify(tmp_path / "none.sqlite")


@pytest.mark.parametrize("told", ["", "12", "12:", "x:0000000000000000", "12:000", "12:" + "g" * 16, "-1:" + "0" * 16])
def test_what_is_no_head_is_refused(told: str) -> None:
    with pytest.raises(CurationProblem, match="no head"):
        read_head(told)


def test_a_head_reads_as_it_is_written() -> None:
    head = Head(12, "ab" * 32)
    assert read_head(str(head)) == head
    assert read_head(f" {head} ".upper()) == head


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        "23 22 0:2 / /ward rw - cifs //server/ward rw\n"
        "24 22 0:3 / /ward\\040two rw master:2 shared:3 - nfs4 server:/two rw\n"
        "broken line\n"
    )
    assert file_system(Path("/ward/curation.sqlite"), table) == "cifs"
    assert file_system(Path("/ward two/a/curation.sqlite"), table) == "nfs4"
    assert file_system(Path("/wardrobe/curation.sqlite"), table) == "ext4"
    assert file_system(Path("/ward"), tmp_path / "none") is None


def test_a_journal_on_a_network_is_warned_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.curation.verify.file_system", lambda path: "cifs")
    (flaw,) = verify(path).flaws
    assert (flaw.severity, flaw.check) == (WARNING, "place")


def test_an_accepted_import_can_be_decided_on_though_the_other_clock_was_ahead(tmp_path: Path) -> None:
    here = Journal(tmp_path / "here.sqlite", clock=lambda: "2026-11-21T10:00:00.000000Z")
    there = Journal(tmp_path / "there.sqlite", clock=lambda: "2026-11-21T10:00:30.000000Z")
    item = small_item(1)
    there.record(submission(item, CARBERRY, "options"))
    here.take_in(there.book())
    here.record(decision(item.id, ACCEPTED, SECOND))
    assert here.book().status(item.id) == ACCEPTED
    assert verify(here.path).holds
