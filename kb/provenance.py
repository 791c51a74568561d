"""Where a statement of the graph comes from, and a digest of what it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.content import kind_of
from kb.rdf import digest
from kb.store import graphs

if TYPE_CHECKING:
    from kb.remote import RemoteStore

Quads = Callable[..., Iterable[Any]]
"""The statements that fit a pattern: `quads_for_pattern` of an embedded store, or of a remote one."""

_PARTS = (t.REQUIRES, t.SATISFIED_BY)
"""Properties whose values are parts of what a statement says: an indication's requirements, and their alternatives."""
_DESIGNED = (t.DESIGN_OF, t.PIVOTAL_FOR)
"""Properties by which the design of a study names the items that rest on it."""
_WITH_DESIGNS = ("evidence", "indication", "trial")
_NO_STATEMENTS = (None, "release")

CURATED = "CURATED:"
"""How the ids of the named graphs of curated items begin."""

DATES = {
    t.APPROVED_ON: "approved on",
    t.WITHDRAWN_ON: "withdrawn on",
    t.STATUS_AS_OF: "status as of",
    t.EFFECTIVE_YEAR: "edition",
    t.CURATED_ON: "curated on",
}
"""The dates that a statement can have of its own, in the order in which they are told."""


class Release(NamedTuple):
    """The named graph that a statement is in: a release of a source. What the store does not say of it is None.

    `issued` is the day of the source's release, `retrieved` when it was downloaded and `loaded` when it was built in.
    """

    graph: str
    source: str | None = None
    release: str | None = None
    licence: str | None = None
    issued: str | None = None
    retrieved: str | None = None
    loaded: str | None = None
    digest: str | None = None


class Decision(NamedTuple):
    """What a person did with a curated item: `submitted`, `accepted` and so on, when (UTC), why and how.

    `other` is the item that it was submitted to supersede, or is superseded by.
    """

    kind: str
    by: str
    orcid: str | None
    at: str
    reason: str | None = None
    method: str | None = None
    other: str | None = None

    @property
    def day(self) -> str:
        """The day (UTC) on which it was done."""
        return self.at[:10]


class Provenance(NamedTuple):
    """Where a statement of the graph comes from.

    `dates` are its own, each with what it is the date of (`approved on`, `status as of`, ...). `curator` is None where
    the graph names none. `digest` is that of `statement_digest`.

    A curated item has the `decisions` on it, oldest first, and the `state` that they left it in; what such items add to
    the graph, a new biomarker or a regimen, names them in `stated_by`.
    """

    iri: str
    id: str
    kind: str
    releases: tuple[Release, ...]
    dates: tuple[tuple[str, str], ...]
    curator: str | None
    verified: str | None
    note: str | None
    digest: str
    state: str | None = None
    decisions: tuple[Decision, ...] = ()
    stated_by: tuple[str, ...] = ()


def provenance(store: ox.Store | RemoteStore, iris: Collection[str]) -> dict[str, Provenance]:
    """Where these statements come from, by IRI; those that the graph does not have are left out."""
    known = {each["graph"]: _release(each) for each in graphs(store)}
    held = _holding(store, iris)
    quads: Quads = store.quads_for_pattern
    found: dict[str, Provenance] = {}
    for iri in dict.fromkeys(iris):
        seal = statement_digest(quads, iri)
        if seal is not None:
            names = held.get(iri, set())
            curated = {name for name in names if name.startswith(CURATED)}
            releases = tuple(known.get(name, Release(name)) for name in sorted(names - curated))
            found[iri] = _provenance(iri, _triples(quads, iri), releases, seal)
            if curated:
                found[iri] = _curated(found[iri], quads, curated)
    return found


def _curated(found: Provenance, quads: Quads, graphs: Iterable[str]) -> Provenance:
    """The provenance of what curated items say, with the decisions on it where it is such an item itself."""
    items = {name.partition("/")[0] for name in graphs if name.endswith("/assertion")}
    found = found._replace(stated_by=tuple(sorted(items - {found.id})))
    if found.kind != "evidence":
        return found
    about = t.item("nanopub", found.id)
    states = sorted(quad.object.value for quad in quads(ox.NamedNode(about), ox.NamedNode(t.STATUS), None, None))
    acts = (quad.subject.value for quad in quads(None, ox.NamedNode(t.DECIDES_ON), ox.NamedNode(found.iri), None))
    told = sorted((_number(quads, act), _decision(quads, act)) for act in set(acts))
    return found._replace(state="; ".join(states) or None, decisions=tuple(each for _, each in told))


def _number(quads: Quads, act: str) -> int:
    return int(_values(quads, act)[t.CURATION_NUMBER])


def _decision(quads: Quads, act: str) -> Decision:
    told = _values(quads, act)
    other = told.get(t.SUPERSEDES) or told.get(t.SUPERSEDED_BY)
    return Decision(
        told[t.CURATION_STATUS],
        told[t.CURATOR],
        told.get(t.ORCID),
        told.get(t.ENDED_AT) or told[t.CURATED_ON],
        told.get(t.REASON),
        told.get(t.METHOD),
        t.item_id(other) if other else None,
    )


def _values(quads: Quads, node: str) -> dict[str, str]:
    """The properties of a node that has one value of each."""
    return {quad.predicate.value: quad.object.value for quad in quads(ox.NamedNode(node), None, None, None)}


def _release(told: dict[str, str]) -> Release:
    return Release(told["graph"], *(told.get(name) for name in Release._fields[1:]))


def _holding(store: ox.Store | RemoteStore, iris: Collection[str]) -> dict[str, set[str]]:
    """The named graphs that each statement is in, by their ids."""
    if not iris:
        return {}
    values = " ".join(f"<{iri}>" for iri in sorted(set(iris)))
    query = f"SELECT DISTINCT ?s ?g WHERE {{ VALUES ?s {{ {values} }} GRAPH ?g {{ ?s <{t.TYPE}> ?type }} }}"
    found: dict[str, set[str]] = {}
    rows: Any = store.query(query, use_default_graph_as_union=True)
    for subject, graph in rows:
        found.setdefault(subject.value, set()).add(t.item_id(graph.value))
    return found


def _provenance(iri: str, triples: Iterable[Any], releases: tuple[Release, ...], seal: str) -> Provenance:
    told: dict[str, list[str]] = {}
    for quad in triples:
        told.setdefault(quad.predicate.value, []).append(quad.object.value)

    def one(predicate: str) -> str | None:
        return "; ".join(sorted(set(told[predicate]))) if predicate in told else None

    dates = tuple((name, date) for predicate, name in DATES.items() if (date := one(predicate)) is not None)
    kind = kind_of(iri) or ""
    return Provenance(iri, t.item_id(iri), kind, releases, dates, one(t.CURATOR), one(t.VERIFIED), one(t.NOTE), seal)


def statement_digest(quads: Quads, iri: str) -> str | None:
    """The content digest of a statement, `sha256:...`; None when the graph has none of this IRI.

    It covers the statement's own triples, those of the requirements that it makes, and those of the study designs
    behind it; which graph says them, and in which order, does not matter. A design is told without the other items
    that rest on it, so that a label that names the same trial later does not change what this statement says.
    """
    if kind_of(iri) in _NO_STATEMENTS or not _triples(quads, iri):
        return None
    lines = {line for node in _nodes(quads, iri) for line in _lines(_triples(quads, node))}
    if kind_of(iri) in _WITH_DESIGNS:
        lines.update(line for node in _designs(quads, iri) for line in _lines(_design(quads, node, iri)))
    return digest(lines)


def _triples(quads: Quads, iri: str) -> list[Any]:
    return [quad for quad in quads(ox.NamedNode(iri), None, None, None) if quad.predicate.value != t.SEARCH_KEY]


def _lines(triples: Iterable[Any]) -> Iterator[str]:
    return (f"{quad.subject} {quad.predicate} {quad.object} ." for quad in triples)


def _nodes(quads: Quads, iri: str) -> list[str]:
    """The statement and the parts of what it says, at any depth."""
    found = [iri]
    for node in found:
        for quad in _triples(quads, node):
            if quad.predicate.value in _PARTS and quad.object.value not in found:
                found.append(quad.object.value)
    return found


def _designs(quads: Quads, iri: str) -> set[str]:
    about = ox.NamedNode(iri)
    return {quad.subject.value for link in _DESIGNED for quad in quads(None, ox.NamedNode(link), about, None)}


def _design(quads: Quads, node: str, iri: str) -> Iterator[Any]:
    """A design without the other items that rest on it."""
    for quad in _triples(quads, node):
        if quad.predicate.value not in _DESIGNED or quad.object.value == iri:
            yield quad
