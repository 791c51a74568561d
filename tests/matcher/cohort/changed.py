"""Random changes of a graph, as a release makes them: items come, go and say something else."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import cache

import pyoxigraph as ox

from kb import terms as t
from kb.content import kind_of
from kb.curation.graph import Changes
from kb.diff import Diff, FieldChange, ItemChange
from kb.graph import KnowledgeBase
from kb.layered import Layer, LayeredKnowledge, Stored
from kb.store import Metadata

RECORDS = ("evidence", "indication", "trial", "coverage", "caution", "design")
ITSELF = frozenset({t.IDENTIFIER, t.TYPE, t.NCT_ID})
"""What tells an item from others, which no release changes."""

OTHERS: dict[str, frozenset[str]] = {
    "biomarker": frozenset({
        t.LABEL, t.PROTEIN_CHANGE, t.CODON_FIRST, t.BROADER, t.CONSEQUENCE_CLASS, t.GENOMIC_CHANGE, t.NOTE, t.THRESHOLD,
    }),
    "therapy": frozenset({t.IN_CLASS, t.SEARCH_KEY, t.TARGET, t.ALT_LABEL}),
    "tumor": frozenset({t.ANCESTOR, t.LABEL, t.SEARCH_KEY}),
    "gene": frozenset({t.SEARCH_KEY, t.HGNC_ID}),
    "exon": frozenset({t.CODON_LAST}),
    "requirement": frozenset({t.LABEL, t.ANY_OF}),
    "administration": frozenset({t.ROUTE}),
    "condition": frozenset({t.LABEL}),
}  # fmt: skip
"""Of items that others rest on, what may change without making the graph unreadable."""

MANY = frozenset({
    t.ANCESTOR, t.ALT_LABEL, t.ANY_OF, t.BROADER, t.CONDITION, t.CONSEQUENCE_CLASS, t.COUNTRY, t.EXCLUDES_TUMOR_TYPE,
    t.IN_CLASS, t.REQUIRES, t.SEARCH_KEY, t.SETTING, t.SOURCE, t.TARGET, t.GENOMIC_CHANGE,
})  # fmt: skip
"""Properties of which an item may have none, one or several."""

OPTIONAL = frozenset(
    {t.APPROVED_ON, t.WITHDRAWN_ON, t.LINE, t.MINIMUM_AGE, t.AMP_ASSERTION, t.RATING, t.ORIGIN, t.NOTE}
)


class Graph:
    """The statements of a graph, by kind of item."""

    def __init__(self, known: KnowledgeBase) -> None:
        self.stored = Stored(known)
        self.items: dict[str, dict[str, list[ox.Quad]]] = {}
        self.values: dict[tuple[str, str], list[ox.NamedNode | ox.Literal]] = {}
        for quad in known.store.quads_for_pattern(None, None, None, None):
            kind = kind_of(quad.subject.value)
            if kind in {*RECORDS, *OTHERS} and quad.graph_name.value != t.PROVENANCE:
                self.items.setdefault(kind, {}).setdefault(quad.subject.value, []).append(quad)
                self.values.setdefault((kind, quad.predicate.value), []).append(quad.object)


def changes(
    graph: Graph, chance: random.Random, most: int, near: dict[str, list[str]] | None = None, only: str | None = None
) -> Changes:
    """Some changes of a graph, of one kind of items `only` or of all; every other one of an item that is `near`, or
    each one where that is the kind.
    """
    gone: set[ox.Quad] = set()
    added: set[ox.Quad] = set()
    for number in range(most if only else chance.randint(1, most)):
        kind = only or chance.choice((*RECORDS, *RECORDS, *OTHERS))
        if kind not in graph.items:
            continue
        close = [each for each in (near or {}).get(kind, ()) if each in graph.items[kind]]
        item = chance.choice(close if close and (only or chance.random() < 0.5) else sorted(graph.items[kind]))
        quads = graph.items[kind][item]
        do = chance.choice(("remove", "copy", "say", "say", "say")) if kind in RECORDS[:3] else "say"
        if do == "remove":
            gone.update(quads)
        elif do == "copy":
            added.update(_copied(quads, f"{item}-{number}"))
        else:
            _say(graph, kind, chance.choice(quads), chance, gone, added)
    return Changes(frozenset(gone - added), frozenset(added - gone))


def _copied(quads: Iterable[ox.Quad], iri: str) -> Iterator[ox.Quad]:
    for quad in quads:
        value = ox.Literal(t.item_id(iri)) if quad.predicate.value == t.IDENTIFIER else quad.object
        yield ox.Quad(ox.NamedNode(iri), quad.predicate, value, quad.graph_name)


def _say(
    graph: Graph, kind: str, quad: ox.Quad, chance: random.Random, gone: set[ox.Quad], added: set[ox.Quad]
) -> None:
    """Another value for a property, one value more, or one less."""
    predicate = quad.predicate.value
    if predicate in ITSELF or (kind in OTHERS and predicate not in OTHERS[kind]):
        return
    other = chance.choice(graph.values[kind, predicate])
    if predicate not in MANY or chance.random() < 0.7:
        gone.add(quad)
    if not (predicate in MANY | OPTIONAL and chance.random() < 0.3):
        added.add(ox.Quad(quad.subject, quad.predicate, other, quad.graph_name))


def changed(graph: Graph, moved: Changes) -> tuple[KnowledgeBase, KnowledgeBase, Diff]:
    """The graph before and after changes, and how they differ."""
    old, new = Layer(graph.stored), Layer(graph.stored, moved)
    items = []
    for iri in sorted({quad.subject.value for quad in (*moved.gone, *moved.added)}):
        before, after = old.fields(iri), new.fields(iri)
        fields = (_field(name, before.get(name, ()), after.get(name, ())) for name in sorted({*before, *after}))
        told = tuple(each for each in fields if each.removed or each.added)
        if told:
            items.append(
                ItemChange(kind_of(iri) or "other", iri, iri if before else None, iri if after else None, told)
            )
    about = Metadata("before", "", graph.stored.known.released_on)
    return LayeredKnowledge(old), LayeredKnowledge(new), Diff(about, about._replace(release="after"), tuple(items))


def _field(name: str, before: Iterable[str], after: Iterable[str]) -> FieldChange:
    was, now = set(before), set(after)
    return FieldChange(name, tuple(sorted(was - now)), tuple(sorted(now - was)), len(was & now))


@cache
def graph_of(known: KnowledgeBase) -> Graph:
    return Graph(known)
