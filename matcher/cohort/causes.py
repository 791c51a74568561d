"""Which items of a release moved a regimen: those that its answer cites, or else those nearest to what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kb import terms as t
from kb.content import kind_of
from kb.layered import Stored
from kb.profile import mentions, parse
from matcher.cohort.moves import ACCESS, OF_REGIMENS, RANK, Move

if TYPE_CHECKING:
    from kb.diff import Diff, ItemChange
    from kb.graph import KnowledgeBase
    from matcher.cohort.reach import Reach
    from matcher.cohort.subject import Subject

CITED, OF_DRUGS, OF_BIOMARKER, NEAR, BESIDE = (
    "cited", "about its drugs", "about its biomarker", "reaches the patient", "another regimen moved",
)  # fmt: skip
"""How an item is tied to a move, nearest first: the answer cites it; it is about the regimen's drugs, or about the
biomarker; it is among those that can reach the patient; it moved another regimen, which this one changed places with.
"""

UNKNOWN = "not known"
"""How a cause is tied where the older graph is not at hand."""

MOST = 5
"""So many items are named as causes at most; the nearest."""

_CITED = ("evidence", "indication", "trial")
"""Kinds of items that answers cite."""

_GIVES_ACCESS = ("coverage", "indication", "administration", "therapy", "caution")
"""Kinds of items that access to a regimen changes by, before what is cited for it."""


class Told(NamedTuple):
    """The cause of a move: in words, the item's id and what happened to it, how it is tied to the move, all such items,
    and the sources of the first.
    """

    cause: str | None = None
    id: str | None = None
    change: str | None = None
    how: str | None = None
    causes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Causes:
    """Finds the causes of moves among the changes of a release."""

    def __init__(self, reach: Reach | None, diff: Diff, older: KnowledgeBase | None, newer: KnowledgeBase) -> None:
        self._reach, self._diff = reach, diff
        self._graphs = [Stored(each) for each in (newer, older) if each is not None]
        self._known = [each for each in (newer, older) if each is not None]
        self._drugs: dict[str, frozenset[str]] = {}
        self._biomarkers: dict[str, frozenset[str]] = {}
        self._asked: dict[str, frozenset[str]] = {}
        self._told: dict[tuple[ItemChange, str], tuple[str, tuple[str, ...]]] = {}

    def of(self, subject: Subject, found: Sequence[Move]) -> list[Told]:
        """The cause of each move of one patient."""
        if self._reach is None:
            return [Told("the older graph is not at hand", how=UNKNOWN) for _ in found]
        behind = [each for each in self._reach.behind(subject) if each.kind != "source"]
        told = [self._of(each, behind) if each.kind != RANK else None for each in found]
        passed = sorted(
            (OF_REGIMENS.index(move.kind), number)
            for number, (move, each) in enumerate(zip(found, told, strict=True))
            if each is not None and each.id is not None
        )
        beside = told[passed[0][1]] if passed else None
        return [each or (beside._replace(how=BESIDE) if beside else self._nearest(behind, NEAR)) for each in told]

    def _of(self, move: Move, behind: Sequence[ItemChange]) -> Told:
        """The nearest items that can have moved a regimen of a patient whom these reach."""
        cited = [each for each in behind if _is_cited(each, move)]
        drugs = [each for each in behind if not self._of_drugs(each).isdisjoint(move.regimen)]
        named = {name for profile in move.profiles for name in _mentioned(profile)}
        named = named or {name for id in move.ids for name in self._asked_for(id)}
        about = [each for each in behind if not self._of_biomarkers(each).isdisjoint(named)]
        ways = [(cited, CITED), (drugs, OF_DRUGS), (about, OF_BIOMARKER), (list(behind), NEAR)]
        if move.kind == ACCESS:
            ways.insert(0, ([each for each in drugs if each.kind in _GIVES_ACCESS], OF_DRUGS))
        for items, how in ways:
            if items:
                return self._nearest(items, how)
        return Told("no item of the release", how=UNKNOWN)

    def _nearest(self, items: Sequence[ItemChange], how: str) -> Told:
        if not items:
            return Told("no item of the release", how=UNKNOWN)
        first = items[0]
        words, sources = self._words(first)
        return Told(words, first.id, first.change, how, tuple(dict.fromkeys(each.id for each in items))[:MOST], sources)

    def _words(self, item: ItemChange) -> tuple[str, tuple[str, ...]]:
        """A change in words, as `kb diff` tells it, and the sources of its item."""
        found = self._told.get((item, ""))
        if found is None:
            fields = ", ".join(each.name for each in item.fields) if item.change == "changed" else ""
            words = f"{item.kind} {item.title} {item.change}" + (f": {fields}" if fields else "")
            found = self._told[item, ""] = words, self._sources(item)
        return found

    def _sources(self, item: ItemChange) -> tuple[str, ...]:
        for known in self._known:
            found = known.statement_sources(item.iri)
            if found:
                return tuple(each.label for each in found)
        return ()

    # What an item is about

    def _of_drugs(self, item: ItemChange) -> frozenset[str]:
        found = self._drugs.get(item.iri)
        if found is None:
            found = self._drugs[item.iri] = frozenset(self._drugs_of(item))
        return found

    def _drugs_of(self, item: ItemChange) -> Iterator[str]:
        if item.kind in {"evidence", "indication", "trial"}:
            yield from self._included(self._values(item.iri, t.HAS_REGIMEN))
        elif item.kind == "regimen":
            yield from self._included([item.iri])
        elif item.kind in {"coverage", "administration"}:
            yield from map(t.item_id, self._values(item.iri, t.OF_DRUG))
        elif item.kind in {"therapy", "caution"}:
            named = [item.iri] if item.kind == "therapy" else self._values(item.iri, t.CAUTION_FOR)
            members = [each for iri in named for each in self._subjects(t.IN_CLASS, iri)]
            yield from map(t.item_id, (*named, *members))

    def _included(self, regimens: Iterable[str]) -> Iterator[str]:
        for regimen in regimens:
            yield from map(t.item_id, self._values(regimen, t.INCLUDES))

    def _of_biomarkers(self, item: ItemChange) -> frozenset[str]:
        found = self._biomarkers.get(item.iri)
        if found is None:
            profiles = [item.iri] if item.kind == "profile" else self._values(item.iri, t.HAS_PROFILE)
            named = {t.item_id(each) for profile in profiles for each in self._values(profile, t.MENTIONS)}
            found = self._biomarkers[item.iri] = frozenset(named | ({item.id} if item.kind == "biomarker" else set()))
        return found

    def _asked_for(self, id: str) -> frozenset[str]:
        """The biomarkers that a cited item asks for; of one of several regimens its number is left out."""
        found = self._asked.get(id)
        if found is None:
            iris = [t.item(kind, each) for kind in _CITED for each in (id, id.rpartition("/")[0]) if each]
            profiles = [profile for iri in iris for profile in self._values(iri, t.HAS_PROFILE)]
            named = {t.item_id(each) for profile in profiles for each in self._values(profile, t.MENTIONS)}
            found = self._asked[id] = frozenset(named)
        return found

    def _values(self, iri: str, predicate: str) -> list[str]:
        return [value for one in self._graphs for value in one.fields(iri).get(predicate, ())]

    def _subjects(self, predicate: str, iri: str) -> list[str]:
        return [each for one in self._graphs for each in one.subjects(predicate, iri)]


def _is_cited(item: ItemChange, move: Move) -> bool:
    """Whether an answer cites the item, or the study behind it; an item with several regimens is cited by number."""
    if kind_of(item.iri) not in {"evidence", "indication", "trial", "design"}:
        return False
    return item.id in move.ids or any(id.rpartition("/")[0] == item.id for id in move.ids)


def _mentioned(profile: str) -> frozenset[str]:
    return frozenset(mentions(parse(profile)))
