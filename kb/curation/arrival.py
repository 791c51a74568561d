"""What comes with a folder of curated evidence: what is new here, and what is to be said before it is taken in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from kb.curation.acts import ACCEPTED, DISPUTED, FORM, SUBMITTED, Act, Book
from kb.curation.gate import Finding, gate, passes
from kb.curation.item import Item
from kb.curation.signing import can_check, check_signature
from kb.curation.text import Held, together
from kb.errors import CurationProblem
from kb.graph import KnowledgeBase

_AHEAD = timedelta(hours=1)
"""How far another machine's clock may be ahead of the one here."""


class Arrival(NamedTuple):
    """What is new here (items, acts), what only the journal has, and the book of both.

    `signed` are the new acts that come with a signature.
    """

    items: tuple[Item, ...]
    acts: tuple[Act, ...]
    signed: tuple[Act, ...]
    only_here: tuple[Act, ...]
    book: Book

    @property
    def touched(self) -> tuple[str, ...]:
        """The ids of the items on which an act is new, sorted."""
        return tuple(sorted({act.item for act in self.acts}))

    @property
    def disputed(self) -> tuple[str, ...]:
        """Those of them on which different books decided differently."""
        return tuple(id for id in self.touched if self.book.status(id) == DISPUTED)


def arrival(known: Book, held: Held, clock: str) -> Arrival:
    """What a folder brings to a book; CurationProblem for an act of a time that is still to come."""
    here, there = set(known.acts), set(held.book.acts)
    latest = (datetime.strptime(clock, FORM) + _AHEAD).strftime(FORM)
    for act in held.book.acts:
        if act.at > latest:
            raise CurationProblem(
                act.item, f"was {act.kind} at {act.at}, and it is {clock} here", "set the clock that is wrong"
            )
    new = tuple(act for act in held.book.acts if act not in here)
    return Arrival(
        tuple(item for id, item in sorted(held.book.items.items()) if id not in known.items),
        new,
        tuple(act for act in new if act.id in held.signed),
        tuple(act for act in known.acts if act not in there),
        together(held, Held(known)).book,
    )


def check_signatures(coming: Arrival, held: Held) -> int:
    """Check the signatures that come with new acts, and say how many could not be, for want of the library.

    CurationProblem for one that does not hold.
    """
    if coming.signed and not can_check():
        return len(coming.signed)
    for act in coming.signed:
        check_signature(held.signed[act.id], held.book.items[act.item], (act,))
    return 0


def pass_gate(
    coming: Arrival, knowledge: KnowledgeBase, retracted: Collection[str] = ()
) -> tuple[tuple[Item, Finding], ...]:
    """What the gate says of the new items that count or wait here, where all pass; CurationProblem otherwise.

    Each is asked beside all others, so that what contradicts what is said of items that come together too.
    """
    waiting = {item.id for item in coming.book.in_state((SUBMITTED, ACCEPTED, DISPUTED))}
    found = tuple(
        (item, finding)
        for item in coming.items
        if item.id in waiting
        for finding in gate(item, knowledge, coming.book, retracted)
    )
    refused = [f"\n  {item.id}: {finding}" for item, finding in found if not passes((finding,))]
    if refused:
        raise CurationProblem(
            "the folder", "holds items that do not pass the gate here; nothing was taken in", f"mend:{''.join(refused)}"
        )
    return found
