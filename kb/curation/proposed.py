"""What would count if curated items were decided on: the book as it is, and as it would be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kb import terms as t
from kb.curation.acts import (
    ACCEPTED,
    DISPUTED,
    REINSTATED,
    REJECTED,
    RETRACTED,
    SUBMITTED,
    SUPERSEDED,
    Act,
    Book,
    Person,
    superseding,
)
from kb.curation.graph import Counted, counted
from kb.curation.item import Item, is_curated
from kb.errors import CurationProblem

NOBODY = Person("nobody yet", "")
"""Who does the acts of a preview."""

BEGINNING = "1970-01-01T00:00:00.000000Z"
"""When they are done where nothing was done before; else with the last act, so that the same preview is the same."""

_NEXT: dict[str | None, str] = {
    None: ACCEPTED,
    SUBMITTED: ACCEPTED,
    DISPUTED: ACCEPTED,
    REJECTED: ACCEPTED,
    SUPERSEDED: ACCEPTED,
    ACCEPTED: RETRACTED,
    RETRACTED: REINSTATED,
}
"""The act on a curated item that a preview shows, by the state that the item is in."""


class Proposed(NamedTuple):
    """One act that a preview is of: on which item, what is done with it, and what the item says where it is curated.

    `because_of` is the item whose acceptance brings the act with it; None for one that was asked for.
    """

    id: str
    kind: str
    item: Item | None = None
    because_of: str | None = None

    @property
    def label(self) -> str:
        """The act in one line, with what the item says."""
        said = f": {self.item.label} ({_backed(self.item)})" if self.item is not None else ""
        also = f", which {self.because_of} is to supersede" if self.because_of else ""
        return f"{self.id} {self.kind}{also}{said}"


def _backed(item: Item) -> str:
    """The level of an item and its sources."""
    sources = sorted(item.told().get(t.SOURCE, ()))
    return ", ".join((f"level {item.one(t.LEVEL) or 'unknown'}", *sources))


class Proposal(NamedTuple):
    """Acts that a preview is of, and what counts before and after them."""

    acts: tuple[Proposed, ...]
    before: Counted
    after: Counted


def proposal(book: Book, named: Iterable[str] = (), new: Sequence[tuple[Item, str | None]] = ()) -> Proposal:
    """The preview of deciding on the items of these ids, and of accepting new ones that nobody submitted yet.

    What is done with an item is what can be done next: one that waits is accepted, an accepted one (or an evidence item
    of the graph itself) retracted, a retracted one reinstated. Each new item stands with the one that it is to take the
    place of, or None; one that the book has already is decided on as that. CurationProblem for an item that is not in
    the book.
    """
    at = max((act.at for act in book.acts), default=BEGINNING)
    acts: list[tuple[Proposed, Act]] = []
    fresh = {item.id: (item, old) for item, old in new if item.id not in book.items}
    named = (*(item.id for item, _ in new if item.id in book.items), *named)
    for item, supersedes in fresh.values():
        acts.append((Proposed(item.id, ACCEPTED, item), Act(item.id, SUBMITTED, NOBODY, at, digest=item.digest)))
        accepted = Act(item.id, ACCEPTED, NOBODY, at)
        acts.append((Proposed(item.id, ACCEPTED, item), accepted))
        acts += _superseded(book, accepted, supersedes)
    for id in dict.fromkeys(named):
        known = book.items.get(id)
        if known is None and is_curated(id):
            raise CurationProblem(id, "is not in this journal", "see `kb review` for what is")
        done = _next(book, id)
        mine = _acts(book, id, done, at)
        acts += [(Proposed(id, done, known), each) for each in mine]
        if done == ACCEPTED:
            acts += _superseded(book, mine[-1], book.to_supersede(id))
    items = {**book.items, **{id: item for id, (item, _) in fresh.items()}}
    after = Book(items, (*book.acts, *(act for _, act in acts)))
    return Proposal(tuple(dict.fromkeys(each for each, _ in acts)), counted(book), counted(after))


def _next(book: Book, id: str) -> str:
    state = book.status(id)
    if is_curated(id):
        return _NEXT[state]
    return REINSTATED if state == RETRACTED else RETRACTED


def _acts(book: Book, id: str, kind: str, at: str) -> tuple[Act, ...]:
    """The act, after a new submission where the item's state asks for one first."""
    done = Act(id, kind, NOBODY, at)
    if kind == ACCEPTED and book.status(id) in (REJECTED, SUPERSEDED):
        return Act(id, SUBMITTED, NOBODY, at), done
    return (done,)


def _superseded(book: Book, accepted: Act, old: str | None) -> list[tuple[Proposed, Act]]:
    """What the acceptance of an item brings with it, as the journal does it."""
    return [
        (Proposed(act.item, act.kind, book.items.get(act.item), accepted.item), act)
        for act in superseding(book, accepted, old)
    ]
