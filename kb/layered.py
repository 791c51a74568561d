"""A knowledge base with changes on top: what its graph would answer, without a copy of its store.

It also tells what was asked of it. Whoever asked the same of two graphs and was told the same cannot tell them apart:
that is how a preview knows whom an item cannot touch (`matcher/preview.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.biomarker import Biomarker, names
from kb.caution import Caution
from kb.content import kind_of
from kb.curation.graph import Changes
from kb.graph import Fields, KnowledgeBase
from kb.nodes import values_of
from kb.store import Metadata

Key = tuple[str, ...]
"""Something that can be asked of a graph: `node` IRI, `link` property value kind, `pattern` subject property value."""

NODE, LINK, PATTERN, NAMED, NEGATED = "node", "link", "pattern", "named", "negated"

UNCHANGED = Changes()


class Stored:
    """What a store says, read once however often it is asked: layers over one store share it."""

    def __init__(self, known: KnowledgeBase) -> None:
        self.known = known
        self.about = Metadata(known.release, known.digest, known.released_on)
        self._nodes = known._nodes
        self._fields: dict[str, Fields] = {}
        self._subjects: dict[tuple[str, str], list[str]] = {}

    def quads(self, *pattern: Any) -> Iterator[Any]:
        """The statements that fit a pattern (subject, property, value, graph)."""
        return iter(self.known._quads(*pattern))

    def fields(self, iri: str) -> Fields:
        """All that is said of a node: property to its distinct values."""
        found = self._fields.get(iri)
        if found is None:
            read = self._nodes.fields(iri) if self._nodes is not None else values_of(self.quads(_node(iri), None, None))
            found = self._fields[iri] = read
        return found

    def subjects(self, predicate: str, value: str) -> list[str]:
        """The nodes that have this property with this node or text as value, sorted."""
        found = self._subjects.get((predicate, value))
        if found is None:
            found = self._subjects[predicate, value] = self._having(predicate, value)
        return found

    def stating(self, predicate: str) -> list[str]:
        """The nodes that have a property at all, sorted."""
        return sorted({quad.subject.value for quad in self.quads(None, _node(predicate), None)})

    def _having(self, predicate: str, value: str) -> list[str]:
        if self._nodes is not None:
            return self._nodes.subjects(predicate, value)
        both = (self.quads(None, _node(predicate), each) for each in _terms(value))
        return sorted({quad.subject.value for found in both for quad in found})


class Layer:
    """What a store says with changes on top."""

    def __init__(self, base: Stored, changes: Changes = UNCHANGED) -> None:
        self.base, self.changes = base, changes
        self._nodes = {quad.subject.value for quad in (*changes.gone, *changes.added)}
        self._links = {(quad.predicate.value, quad.object.value) for quad in (*changes.gone, *changes.added)}
        self._fields: dict[str, Fields] = {}

    def quads(self, subject: Any, predicate: Any, value: Any, graph: Any = None) -> Iterator[Any]:
        """As of a store."""
        pattern = subject, predicate, value, graph
        if not self._nodes:
            yield from self.base.quads(*pattern)
            return
        stored = set()
        for quad in self.base.quads(*pattern):
            if quad not in self.changes.gone:
                stored.add(quad)
                yield quad
        yield from (quad for quad in self.changes.added if _fits(quad, pattern) and quad not in stored)

    def fields(self, iri: str) -> Fields:
        """As of a store."""
        if iri not in self._nodes:
            return self.base.fields(iri)
        found = self._fields.get(iri)
        if found is None:
            found = self._fields[iri] = values_of(self._of_node(iri))
        return found

    def _of_node(self, iri: str) -> Iterator[Any]:
        """What the store says of the node and what comes, in one order whatever that of the changes."""
        quads = list(self.quads(_node(iri), None, None))
        yield from (quad for quad in quads if quad not in self.changes.added)
        yield from sorted((quad for quad in quads if quad in self.changes.added), key=str)

    def subjects(self, predicate: str, value: str) -> list[str]:
        """As of a store."""
        if (predicate, value) not in self._links:
            return self.base.subjects(predicate, value)
        both = (self.quads(None, _node(predicate), each) for each in _terms(value))
        return sorted({quad.subject.value for found in both for quad in found})


class LayeredKnowledge(KnowledgeBase):
    """The knowledge base of a layer. With `asked`, everything that is asked of the graph is noted there.

    Its release, digest and day are those of the store.
    """

    def __init__(self, layer: Layer, asked: set[Key] | None = None) -> None:
        self._layer, self._asked, self._quiet = layer, asked, False
        super().__init__(_Store(layer), _Asking(self))  # type: ignore[arg-type]
        self._quads = self._pattern
        self.store = layer.base.known.store

    def note(self, *key: str) -> None:
        """Note that this was asked, unless a broader question stands for it."""
        if self._asked is not None and not self._quiet:
            self._asked.add(key)

    def _pattern(self, subject: Any, predicate: Any, value: Any, graph: Any = None) -> Iterable[Any]:
        if subject is not None and graph is None:
            self.note(NODE, subject.value)
        else:
            self.note(PATTERN, *("" if each is None else str(each) for each in (subject, predicate, value)))
        return self._layer.quads(subject, predicate, value, graph)

    def _subjects(self, predicate: str, object_iri: str, kind: str) -> tuple[str, ...]:
        self.note(LINK, predicate, object_iri, kind)
        return super()._subjects(predicate, object_iri, kind)

    def _by_kind(self, predicate: str, object_iri: str) -> dict[str, tuple[str, ...]]:
        quiet, self._quiet = self._quiet, True
        try:
            return super()._by_kind(predicate, object_iri)
        finally:
            self._quiet = quiet

    def biomarkers_named(self, name: str) -> tuple[Biomarker, ...]:
        """As of a knowledge base."""
        self.note(NAMED, name.strip().lower())
        if self._by_name is None:
            quiet, self._quiet = self._quiet, True
            super().biomarkers_named(name)  # reads every label once
            self._quiet = quiet
        return super().biomarkers_named(name)

    def negated_biomarkers(self) -> tuple[Biomarker, ...]:
        """As of a knowledge base."""
        self.note(NEGATED)
        if self._negated is None:
            self._negated = negated(self._layer)
        return super().negated_biomarkers()

    # What a knowledge base asks in SPARQL, asked node by node.

    def cautions(
        self, therapies: Collection[str], subjects: Collection[str] | None = None, contraindications: bool = False
    ) -> tuple[Caution, ...]:
        """As of a knowledge base; each time anew, so that the questions are noted each time."""
        self._cautions.clear()
        return super().cautions(therapies, subjects, contraindications)

    def _caution_nodes(
        self, therapies: Collection[str], subjects: Collection[str] | None, contraindications: bool
    ) -> dict[str, list[str]]:
        return {name: self._cautions_of(name, subjects, contraindications) for name in therapies}

    def _cautions_of(self, therapy: str, subjects: Collection[str] | None, contraindications: bool) -> list[str]:
        from kb.caution import SUBJECTS

        about = self._stands_for(t.item("therapy", therapy))
        found = {iri for iri in about for iri in self._subjects(t.CAUTION_FOR, iri, "caution")}
        if subjects is None:
            return sorted(found)
        wanted = {t.item(kind, id) for id in subjects for kind in SUBJECTS}

        def is_asked(iri: str) -> bool:
            fields = self._decoded("caution fields", iri, self._nodes.fields)  # type: ignore[union-attr]
            if contraindications and "contraindicated" in fields.get(t.EFFECT, ()):
                return True
            return not wanted.isdisjoint(fields.get(t.CAUTION_SUBJECT, ()))

        return sorted(filter(is_asked, found))

    def _stands_for(self, therapy: str) -> set[str]:
        """A therapy, the components of a scheme, and the classes of all of these."""
        parts = {therapy, *self._told(therapy).get(t.COMPONENT, ())}
        return parts.union(*(self._told(part).get(t.IN_CLASS, ()) for part in parts))

    def _told(self, iri: str) -> Fields:
        return self._decoded("told", iri, self._nodes.fields)  # type: ignore[union-attr]

    def cautioned(self) -> frozenset[str]:
        """As of a knowledge base."""
        return frozenset(t.item_id(quad.object.value) for quad in self._pattern(None, _node(t.CAUTION_FOR), None))

    def routes(self, therapies: Collection[str]) -> dict[str, tuple[str, ...]]:
        """As of a knowledge base."""
        found = {drug: self._routes_of(drug) for drug in sorted(set(therapies))}
        return {drug: routes for drug, routes in found.items() if routes}

    def _routes_of(self, drug: str) -> tuple[str, ...]:
        given = self._nodes.subjects(t.OF_DRUG, t.item("therapy", drug))  # type: ignore[union-attr]
        return tuple(sorted({route for iri in given for route in self._told(iri).get(t.ROUTE, ())}))


class _Asking(NamedTuple):
    """What a layer says by node, each question noted: what `kb.nodes.Nodes` gives a knowledge base."""

    known: LayeredKnowledge

    def fields(self, iri: str) -> Fields:
        """As of the statements by node."""
        self.known.note(NODE, iri)
        return self.known._layer.fields(iri)

    def subjects(self, predicate: str, value: str) -> list[str]:
        """As of the statements by node."""
        self.known.note(LINK, predicate, value, "")
        return self.known._layer.subjects(predicate, value)


class _Store(NamedTuple):
    """The store that a layered knowledge base is opened on: it says what its own store says of itself."""

    layer: Layer

    def quads_for_pattern(self, *pattern: Any) -> Iterator[Any]:
        """As of a store."""
        return self.layer.base.quads(*pattern)

    def query(self, *_: Any, **__: Any) -> Any:
        """A layer answers no SPARQL: every question that a patient's answer needs is asked node by node."""
        raise NotImplementedError("SPARQL over a layer")


# --- what two layers answer differently ----------------------------------------------------------------------------


def differing(one: Layer, other: Layer, is_asked: Callable[[Key], bool] = lambda key: True) -> frozenset[Key]:
    """Every question (as a layered knowledge base notes it) that the two layers of one store may answer differently.

    Whoever asked none of these was told the same by both. Questions that nobody `is_asked` are not looked into.
    """
    moved = (one.changes.gone ^ other.changes.gone) | (one.changes.added ^ other.changes.added)
    if not moved:
        return frozenset()
    asked = {key for quad in moved for key in _touched(quad)}
    found = {key for key in asked if is_asked(key) and _is_other(key, one, other)}
    if negated(one) != negated(other):
        found.add((NEGATED,))
    return frozenset(found)


def _touched(quad: Any) -> Iterator[Key]:
    """The questions whose answer a statement can be part of."""
    subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object.value
    yield NODE, subject
    yield LINK, predicate, value, ""
    if subject.startswith(t.ITEMS):
        yield LINK, predicate, value, kind_of(subject) or ""
    for first in ("", str(quad.subject)):
        for second in ("", str(quad.predicate)):
            for third in ("", str(quad.object)):
                yield PATTERN, first, second, third
    if predicate == t.LABEL and subject.startswith(t.item("biomarker", "")):
        yield from ((NAMED, name) for name in names(t.item_id(subject), value))


def _is_other(key: Key, one: Layer, other: Layer) -> bool:
    """Whether the layers answer a question differently; a pattern or a name that a statement touches always counts."""
    if key[0] == NODE:
        return one.fields(key[1]) != other.fields(key[1])
    if key[0] != LINK:
        return True
    kind = f"{t.ITEMS}{key[3]}/" if key[3] else ""
    both = ([iri for iri in each.subjects(key[1], key[2]) if iri.startswith(kind)] for each in (one, other))
    return next(both) != next(both)


def negated(layer: Layer) -> tuple[str, ...]:
    """The biomarkers (IRIs) that a profile of the layer mentions under NOT, sorted."""
    return tuple(sorted({quad.object.value for quad in layer.quads(None, _node(t.NEGATES), None)}))


def lines_of(changes: Changes) -> list[list[str]]:
    """Changes as sorted N-Quads, what goes and what comes."""
    return [sorted(f"{quad} ." for quad in each) for each in changes]


def read_changes(lines: Iterable[Iterable[str]]) -> Changes:
    """The changes that `lines_of` wrote; SyntaxError or TypeError for anything else."""
    form = ox.RdfFormat.N_QUADS
    return Changes(*(frozenset(ox.parse("\n".join(each).encode(), format=form)) for each in lines))


def _fits(quad: Any, pattern: tuple[Any, ...]) -> bool:
    parts = quad.subject, quad.predicate, quad.object, quad.graph_name
    return all(wanted is None or wanted == part for wanted, part in zip(pattern, parts, strict=True))


def _node(iri: str) -> Any:
    return ox.NamedNode(iri)


def _terms(value: str) -> tuple[Any, ...]:
    """The terms that a value of a link can be: a node, or a text."""
    if value.startswith(("http://", "https://", "urn:")):
        return _node(value), ox.Literal(value)
    return (ox.Literal(value),)
