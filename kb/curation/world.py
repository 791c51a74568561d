"""An item beside the graph and the journal, and what both hold of its regimen: what the checks of the gate look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import pyoxigraph as ox

from kb import profile as profiles
from kb import terms as t
from kb.content import literal, plain
from kb.curation.acts import Act, Book
from kb.curation.item import Item, is_curated
from kb.curation.sources import papers, source_kind
from kb.graph import KnowledgeBase
from kb.merge import Statement
from kb.rdf import iri
from kb.tumor_types import AmbiguousTumorCode, TumorType, UnknownTumorType
from kb.validate import short

Logic = str | tuple[str, frozenset["Logic"]]
"""A profile whatever the order of its parts."""


class Fact(NamedTuple):
    """One thing found: the name of the shapes' property for it, its value (a term), and what messages say of it."""

    name: str
    value: str
    about: Mapping[str, str]


class Known(NamedTuple):
    """An evidence item that counts or waits: what it says, its level, its sources, and who submitted it if anyone."""

    says: Statement
    level: str
    sources: tuple[tuple[str, str | None], ...]
    act: Act | None = None

    @property
    def id(self) -> str:
        """The item's id."""
        return self.says.evidence[0]

    @property
    def papers(self) -> frozenset[str]:
        """The papers and addresses that it rests on."""
        return frozenset(
            each for label, address in self.sources for each in (*papers(label, address), address or label)
        )

    def __str__(self) -> str:
        labels = ", ".join(sorted(label for label, _ in self.sources))
        who = f", {told(self.act)}" if self.act else ""
        return f"{self.id} (level {self.level}, {labels}{who})"


class World:
    """An item with what it is checked against: the graph, the accepted items of the journal, and those that wait.

    `replaced` is the item that it is meant to supersede, by the caller's word or by its submission; None for none.
    """

    def __init__(self, item: Item, knowledge: KnowledgeBase, book: Book, supersedes: str | None = None) -> None:
        self.item, self.knowledge, self.book = item, knowledge, book
        self.replaced = supersedes or book.to_supersede(item.id)
        self._gone = {item.id, *book.retracted(), *({self.replaced} if self.replaced else ())}
        self._logics: dict[str, Logic] = {}
        self._accepted: dict[str, set[tuple[str, str]]] = {}
        for other in book.counting():
            if other.id != item.id:
                for subject, predicate, value in other.statements:
                    self._accepted.setdefault(plain(subject), set()).add((plain(predicate), value_of(value)))

    def said(self, node: str) -> frozenset[tuple[str, str]]:
        """What the graph says of a node: property and value."""
        quads = self.knowledge.store.quads_for_pattern(ox.NamedNode(node), None, None, None)
        return frozenset((each.predicate.value, value_of(str(each.object))) for each in quads)

    def accepted(self, node: str) -> frozenset[tuple[str, str]]:
        """What accepted items of the journal say of a node. An item must stand when they are taken back."""
        return frozenset(self._accepted.get(node, ()))

    def types(self, node: str) -> tuple[str, ...]:
        """The classes of a node of the graph, sorted; none for one that the graph does not have."""
        return tuple(sorted(value for predicate, value in self.said(node) if predicate == t.TYPE))

    @cached_property
    def of_regimen(self) -> tuple[Known, ...]:
        """The evidence items of the item's regimen that count or wait, without the item, and what it supersedes."""
        found = {each.id: each for each in self._in_graph()}
        for other in self.book.counting(submitted=True):
            if other.regimen == self.item.regimen:
                found[other.id] = known_of(other, next(iter(reversed(self.book.history(other.id))), None))
        return tuple(each for id, each in sorted(found.items()) if id not in self._gone)

    def _in_graph(self) -> Iterator[Known]:
        regimen = tuple(self.item.regimen.split("+"))
        for each in self.knowledge.evidence_of_regimens([regimen]) if self.item.regimen else ():
            if is_curated(each.id) and self.book.status(each.id) is not None:
                continue  # the journal knows what became of it
            says = Statement(
                each.profile, self.item.regimen, each.tumor_types, each.direction, each.significance, (each.id,)
            )
            yield Known(says, each.level, tuple((source.label, source.url) for source in each.sources))

    def logic(self, expression: str) -> Logic:
        """What a profile asks for, whatever its order and names; the expression itself where it does not parse."""
        if expression not in self._logics:
            try:
                found = canonical(profiles.parse(expression), self._members)
            except (profiles.UnreadableProfile, RecursionError):  # a biomarker that stands for itself has no end
                found = expression
            self._logics[expression] = found
        return self._logics[expression]

    def alike(self, one: str, other: str) -> bool:
        """Whether two profiles ask for the same."""
        return one == other or self.logic(one) == self.logic(other)

    def _members(self, biomarker: str) -> str | None:
        """The expression that a biomarker stands for; None for one that stands for itself, or is not known."""
        said = dict(self.said(t.item("biomarker", biomarker)))
        return plain_value(said[t.MEMBERS]) if t.MEMBERS in said else None

    def tumor(self, code: str) -> TumorType | None:
        """The tumor type of a code; None where the graph has none of this very code."""
        try:
            found = self.knowledge.tumor_type(code)
        except (UnknownTumorType, AmbiguousTumorCode):
            return None
        return found if found.code == code else None

    def overlap(self, one: Iterable[str], others: Iterable[str]) -> bool:
        """Whether one of these tumor types is one of the others, or lies below or above it."""
        theirs = set(others)
        above = {each.code: {each.code, *each.ancestors} for code in {*one} if (each := self.tumor(code))}
        if any(lineage & theirs for lineage in above.values()):
            return True
        return any(set(above) & set(found.ancestors) for code in theirs if (found := self.tumor(code)))


# Profiles whatever their order


def canonical(profile: profiles.Profile, members: Callable[[str], str | None]) -> Logic:
    """A profile without order, with the members in the place of a biomarker that stands for several.

    >>> one, other = (canonical(profiles.parse(each), lambda _: None) for each in ("A AND (B OR C)", "(C OR B) AND A"))
    >>> one == other
    True
    """
    if isinstance(profile, profiles.One):
        told = members(profile.biomarker)
        return canonical(profiles.parse(told), members) if told else profile.biomarker
    if isinstance(profile, profiles.Not):
        return "NOT", frozenset({canonical(profile.part, members)})
    name = "AND" if isinstance(profile, profiles.All) else "OR"
    parts: set[Logic] = set()
    for part in profile.parts:
        found = canonical(part, members)
        parts |= found[1] if not isinstance(found, str) and found[0] == name else {found}
    return (name, frozenset(parts)) if len(parts) > 1 else parts.pop()


# The item's own words


def known_of(item: Item, act: Act | None = None) -> Known:
    """What a curated item says, beside the last act on it if that is to be told."""
    says = Statement(
        item.profile,
        item.regimen,
        item.tumor_types,
        item.one(t.DIRECTION) or "",
        item.one(t.SIGNIFICANCE) or "",
        (item.id,),
    )
    return Known(says, item.one(t.LEVEL) or "?", sources_of(item), act)


def sources_of(item: Item) -> tuple[tuple[str, str | None], ...]:
    """The label and the address of each source of the item's evidence; no address for one that has none."""
    labels = {plain(s): plain(o) for s, p, o in item.statements if plain(p) == t.LABEL}
    return tuple(
        (labels.get(node, t.item_id(node) if node.startswith(t.ITEMS) else node), _address(node))
        for node in item.told().get(t.SOURCE, ())
    )


def kinds_of_sources(item: Item) -> Iterator[tuple[str, str]]:
    """Each source of the item's evidence, by IRI, and what it is."""
    for node, (label, address) in zip(item.told().get(t.SOURCE, ()), sources_of(item), strict=True):
        yield node, source_kind(label, address)


def all_sources(item: Item) -> Iterator[tuple[str, str | None]]:
    """The sources of everything that the item states."""
    labels = {plain(s): plain(o) for s, p, o in item.statements if plain(p) == t.LABEL}
    for node in sorted({plain(o) for _, p, o in item.statements if plain(p) == t.SOURCE}):
        yield labels.get(node, node), _address(node)


def _address(node: str) -> str | None:
    return None if node.startswith(t.ITEMS) else node


def told(act: Act) -> str:
    """An act in words: `rejected by Josiah Carberry (0000-0002-1825-0097) on 2026-11-21: the reason`."""
    because = f": {act.reason}" if act.reason else ""
    return f"{act.kind} by {act.person.name} ({act.person.orcid}) on {act.day}{because}"


def evidence(id: str) -> str:
    """The node of an evidence item, as a term."""
    return iri(t.item("evidence", id))


# Terms in one form


def value_of(term: str) -> str:
    """A term in one form, however its text was escaped."""
    if not term.startswith('"'):
        return plain(term)
    said, language, datatype = literal(term)
    if datatype == f"{t.XSD}string":
        datatype = None
    return f'"{said}"{language or ""}{datatype or ""}'


def plain_value(value: str) -> str:
    """What `_value` gave, as a person reads it."""
    return value[1:].rpartition('"')[0] if value.startswith('"') else short(value)
