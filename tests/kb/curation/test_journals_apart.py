"""Property: whatever curators do in two journals that exchange what they have, both hold, and agree in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.curation.acts import FORM, KINDS, SUBMITTED, Person
from kb.curation.journal import Draft, Journal, decision, submission
from kb.curation.verify import BROKEN, verify
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.crashes import MEMORY
from tests.kb.curation.journals import small_item

PEOPLE = (CARBERRY, SECOND, Person("Third Reader", "0000-0001-5109-3700"))
START = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Step(NamedTuple):
    """What happens next: in which journal, seconds later, and what; None takes in what the other journal has."""

    journal: int
    seconds: int
    draft: Draft | None


def drafts() -> st.SearchStrategy[Draft]:
    items = st.integers(0, 2).map(small_item)
    people, reasons = st.sampled_from(PEOPLE), st.sampled_from((None, "", "a reason"))
    others = st.one_of(st.none(), st.integers(0, 2).map(lambda number: small_item(number).id), st.just("EID12"))
    ids = st.one_of(items.map(lambda item: item.id), st.just("EID12"))
    submissions = st.builds(
        lambda item, person, other: submission(item, person, "options", supersedes=other), items, people, others
    )
    kinds = st.sampled_from([kind for kind in KINDS if kind != SUBMITTED])
    return submissions | st.builds(decision, ids, kinds, people, reasons)


STEPS = st.lists(
    st.builds(Step, st.integers(0, 1), st.integers(0, 3), st.none() | drafts() | drafts() | drafts()), max_size=14
)


class Clock:
    """A clock that a test sets; each journal's is some seconds off."""

    def __init__(self, off: int) -> None:
        self.seconds, self._off = 0, off

    def __call__(self) -> str:
        return (START + timedelta(seconds=self.seconds + self._off)).strftime(FORM)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(-25, 25))
def test_two_journals_hold_whatever_is_done_and_agree_when_they_have_exchanged(steps: list[Step], off: int) -> None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        clocks = Clock(0), Clock(off)
        journals = [Journal(Path(folder) / f"{number}.sqlite", clock) for number, clock in enumerate(clocks)]
        for step in steps:
            _do(step, journals, clocks)
        for one, other in (journals, journals[::-1]):
            one.take_in(other.book())
        assert journals[0].book() == journals[1].book()
        for journal in journals:
            if journal.path.exists():
                found = verify(journal.path)
                assert [flaw for flaw in found.flaws if flaw.severity == BROKEN] == []


def _do(step: Step, journals: list[Journal], clocks: tuple[Clock, Clock]) -> None:
    """Take one step; what is refused changes nothing, and what is recorded has the effect that it names."""
    for clock in clocks:
        clock.seconds += step.seconds
    journal = journals[step.journal]
    before = journal.entries()
    if step.draft is None:
        journal.take_in(journals[1 - step.journal].book())
        return
    act = step.draft.act
    try:
        journal.record(step.draft)
    except CurationProblem:
        assert journal.entries() == before
        return
    after = journal.entries()
    assert after[: len(before)] == before
    assert after[len(before)].act.item == act.item
    expected = "accepted" if act.kind == "reinstated" and act.item != "EID12" else act.kind
    assert journal.book().status(act.item) == expected
