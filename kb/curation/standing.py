"""What of curated evidence counts in a knowledge base, by the ids of the items: what an answer says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.curation.acts import ACCEPTED, DISPUTED, SUBMITTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from kb.curation.acts import Book


class Standing(NamedTuple):
    """What of a journal counts in a knowledge base, by the ids of the items, sorted.

    `head` is the journal's last entry (`12:0f3a...`), None where only the graph was read; `day` the day (ISO) at whose
    end it was asked, None for now. `accepted` items count, and `submitted` ones where they were asked for; `waiting`
    ones do not, until a second person accepts them, nor do `disputed` ones. `retracted` are evidence items of the base
    that the site took back. `unfit` items would count, but name what this graph lacks.
    """

    head: str | None = None
    day: str | None = None
    accepted: tuple[str, ...] = ()
    submitted: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    retracted: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    def without(self, unfit: Collection[str]) -> Standing:
        """As it stands in a graph in which these items cannot count."""
        accepted = tuple(each for each in self.accepted if each not in unfit)
        submitted = tuple(each for each in self.submitted if each not in unfit)
        return self._replace(accepted=accepted, submitted=submitted, unfit=tuple(sorted(unfit)))

    @property
    def written(self) -> str:
        """As a text that `read_standing` reads."""
        return json.dumps(self._asdict(), sort_keys=True)


def read_standing(written: str) -> Standing:
    """The standing that was written; ValueError, TypeError or KeyError for any other text."""
    told: dict[str, Any] = json.loads(written)
    head, day = told.pop("head"), told.pop("day")
    return Standing(head, day, **{name: tuple(ids) for name, ids in told.items()})


def standing_of(known: Book, head: str, day: str | None = None, submitted: bool = False) -> Standing:
    """What of a book counts at the end of a day, or now; submitted items where they are asked for."""

    def ids(state: str) -> tuple[str, ...]:
        return tuple(item.id for item in known.in_state((state,), day))

    waits = ids(SUBMITTED)
    included, left = (waits, ()) if submitted else ((), waits)
    return Standing(head, day, ids(ACCEPTED), included, left, ids(DISPUTED), known.retracted(day))


def standing_in(quads: Callable[..., Iterable[Any]]) -> Standing | None:
    """What a store says of the curated items in it; None for a store without any. `quads` finds its statements."""

    def subjects(predicate: str, value: ox.NamedNode | ox.Literal) -> list[str]:
        return sorted({t.item_id(each.subject.value) for each in quads(None, ox.NamedNode(predicate), value, None)})

    retracted = subjects(t.TYPE, ox.NamedNode(t.RETRACTED_ITEM))
    items = subjects(t.TYPE, ox.NamedNode(t.NANOPUBLICATION))
    if not items and not retracted:
        return None
    waiting = set(items) & set(subjects(t.STATUS, ox.Literal(SUBMITTED)))
    accepted = tuple(each for each in items if each not in waiting)
    return Standing(accepted=accepted, submitted=tuple(sorted(waiting)), retracted=tuple(retracted))
