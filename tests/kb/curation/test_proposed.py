"""What a preview is of: the act that can be done next, and what counts before and after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, REINSTATED, REJECTED, RETRACTED, SUPERSEDED, Book, book
from kb.curation.journal import Journal, decision, submission
from kb.curation.proposed import proposal
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND, evidence

ITEM, OTHER = evidence("EGFR:L858R", "afatinib", "LUAD"), evidence("EGFR:L858R", "afatinib", "LUAD", level="A")


def after(folder: Path, *acts: tuple[str, str]) -> Journal:
    """A journal with ITEM submitted, and these decisions on it."""
    journal = Journal(folder / "curation.sqlite")
    journal.record(submission(ITEM, CARBERRY, "options"))
    for kind, reason in acts:
        journal.record(decision(ITEM.id, kind, SECOND if kind != REINSTATED else CARBERRY, reason))
    return journal


@pytest.mark.parametrize(
    ("done", "next_act", "counts_before", "counts_after"),
    [
        ((), ACCEPTED, False, True),
        (((ACCEPTED, ""),), RETRACTED, True, False),
        (((REJECTED, "too weak"),), ACCEPTED, False, True),
        (((ACCEPTED, ""), (RETRACTED, "the paper was")), REINSTATED, False, True),
    ],
)
def test_the_act_is_the_one_that_can_be_done_next(
    tmp_path: Path, done: tuple[tuple[str, str], ...], next_act: str, counts_before: bool, counts_after: bool
) -> None:
    journal = after(tmp_path, *done)
    found = proposal(journal.book(), (ITEM.id,))
    assert [(each.id, each.kind) for each in found.acts] == [(ITEM.id, next_act)]
    assert [item for item, _ in found.before.items] == [ITEM] * counts_before
    assert [item for item, _ in found.after.items] == [ITEM] * counts_after
    assert journal.entries() == Journal(journal.path).entries(), "nothing is recorded"


def test_evidence_of_the_graph_is_retracted_and_reinstated(tmp_path: Path) -> None:
    found = proposal(book([], []), ("EID12",))
    assert [(each.id, each.kind) for each in found.acts] == [("EID12", RETRACTED)]
    assert [id for id, _ in found.after.retracted] == ["EID12"]
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(decision("EID12", RETRACTED, SECOND, "the paper was retracted"))
    back = proposal(journal.book(), ("EID12",))
    assert [each.kind for each in back.acts] == [REINSTATED]
    assert not back.after.retracted


def test_what_an_accepted_item_supersedes_goes_with_it(tmp_path: Path) -> None:
    journal = after(tmp_path, (ACCEPTED, ""))
    journal.record(submission(OTHER, CARBERRY, "options", supersedes=ITEM.id))
    for found in (proposal(journal.book(), (OTHER.id,)), proposal(after_one(tmp_path), (), ((OTHER, ITEM.id),))):
        assert [(each.id, each.kind, each.because_of) for each in found.acts] == [
            (OTHER.id, ACCEPTED, None),
            (ITEM.id, SUPERSEDED, OTHER.id),
        ]
        assert [item for item, _ in found.after.items] == [OTHER]


def after_one(folder: Path) -> Book:
    (folder / "one").mkdir()
    return after(folder / "one", (ACCEPTED, "")).book()


def test_new_evidence_takes_the_place_of_evidence_of_the_graph() -> None:
    found = proposal(book([], []), (), ((ITEM, "EID12"),))
    assert [id for id, _ in found.after.retracted] == ["EID12"]
    assert [item for item, _ in found.after.items] == [ITEM]


def test_new_evidence_that_the_journal_has_is_decided_on_as_that(tmp_path: Path) -> None:
    found = proposal(after(tmp_path, (ACCEPTED, "")).book(), (), ((ITEM, None),))
    assert [(each.id, each.kind) for each in found.acts] == [(ITEM.id, RETRACTED)]


def test_an_item_that_is_not_there_is_refused() -> None:
    with pytest.raises(CurationProblem, match="is not in this journal"):
        proposal(book([], []), ("CURATED:0123456789ab",))
