"""The journal: acts in their order, by the right people, and what counts on a day."""

from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, REINSTATED, REJECTED, RETRACTED, SUBMITTED, SUPERSEDED
from kb.curation.graph import counted, open_with
from kb.curation.item import checked
from kb.curation.journal import Journal, decision, submission
from kb.errors import CurationProblem, UnknownItem
from tests.curated import CARBERRY, SECOND, made


def test_an_item_counts_once_a_second_person_accepted_it(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), made()
    journal.record(submission(item, CARBERRY, "options"))
    with pytest.raises(CurationProblem, match="second person"):
        journal.record(decision(item.id, ACCEPTED, CARBERRY))
    assert not journal.book().counting()
    journal.record(decision(item.id, ACCEPTED, SECOND))
    assert journal.book().counting() == (item,)
    assert [act.kind for act in journal.book().history(item.id)] == [SUBMITTED, ACCEPTED]


def test_the_id_is_made_from_what_the_item_says() -> None:
    assert made().id == made(curator="X", curated_on="2026-01-01", id="SITE:1").id
    assert made().id != made(level="C").id
    with pytest.raises(CurationProblem, match="something else"):
        checked(made()._replace(id=made(level="C").id))


def test_an_accepted_item_supersedes_the_one_that_it_was_meant_to(tmp_path: Path) -> None:
    journal, old, new = Journal(tmp_path / "curation.sqlite"), made(), made(level="C")
    journal.record(submission(old, CARBERRY, "options"))
    journal.record(decision(old.id, ACCEPTED, SECOND))
    journal.record(submission(new, CARBERRY, "options", supersedes=old.id))
    assert journal.book().counting() == (old,)
    journal.record(decision(new.id, ACCEPTED, SECOND))
    assert journal.book().counting() == (new,)
    assert journal.book().status(old.id) == SUPERSEDED


@pytest.mark.parametrize(
    ("kind", "reason", "says"),
    [(REJECTED, None, "without a reason"), (SUPERSEDED, "x", "cannot be superseded"), (REINSTATED, "x", "reinstated")],
)
def test_an_act_that_does_not_follow_is_refused(tmp_path: Path, kind: str, reason: str | None, says: str) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), made()
    journal.record(submission(item, CARBERRY, "options"))
    before = journal.entries()
    with pytest.raises(CurationProblem, match=says):
        journal.record(decision(item.id, kind, SECOND, reason))
    assert journal.entries() == before


def test_what_counts_is_in_the_graph_and_what_is_retracted_is_not(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), made()
    assert open_with(None, counted(journal.book())).evidence_item("EID12").id == "EID12"
    journal.record(submission(item, CARBERRY, "options"))
    journal.record(decision("EID12", RETRACTED, SECOND, "the paper was retracted"))
    waiting = open_with(None, counted(journal.book()))
    with pytest.raises(UnknownItem):
        waiting.evidence_item("EID12")
    with pytest.raises(UnknownItem):
        waiting.evidence_item(item.id)
    assert open_with(None, counted(journal.book(), submitted=True)).evidence_item(item.id).level == "B"
    journal.record(decision("EID12", REINSTATED, CARBERRY, "it was another paper"))
    assert not journal.book().retracted()
    day = journal.book().acts[0].day
    assert waiting.released_on == open_with(None, counted(journal.book())).released_on
    assert not counted(journal.book(), "2020-01-01").items
    assert counted(journal.book(), day, submitted=True).items


def test_an_item_is_superseded_by_another_one_or_not_at_all(tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), made()
    journal.record(submission(item, CARBERRY, "options"))
    journal.record(decision(item.id, ACCEPTED, SECOND))
    with pytest.raises(CurationProblem, match="superseded by nothing"):
        journal.record(decision(item.id, SUPERSEDED, SECOND))
    assert journal.book().counting() == (item,)
