"""A curated item as named graphs in the manner of a nanopublication: head, assertion, provenance, publication info.

See https://nanopub.net/guidelines/working_draft/. The assertion is what the item says; the provenance names its
curator, sources and method; the publication info has its state, its digest, and every act on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kb import terms as t
from kb.curation.acts import SUBMITTED, Act, state
from kb.curation.item import Item, is_curated
from kb.rdf import Triple, iri, text, typed

ORCID = "https://orcid.org/"

PARTS = ("head", "assertion", "provenance", "publication")
"""The named graphs of an item, in the order in which they are written."""


def graph_iri(id: str, part: str) -> str:
    """The name of one of an item's graphs.

    >>> graph_iri("CURATED:0123456789ab", "assertion")
    'https://w3id.org/mtb-match/kb/nanopub/CURATED%3A0123456789ab/assertion'
    """
    return f"{t.item('nanopub', id)}/{part}"


def named_graphs(item: Item, history: Iterable[Act]) -> tuple[tuple[str, tuple[Triple, ...]], ...]:
    """The item's graphs by name (IRI), their statements sorted; `history` are the acts on it, oldest first."""
    acts = tuple(history)
    graphs = tuple(graph_iri(item.id, part) for part in PARTS[1:])
    parts = (
        head(t.item("nanopub", item.id), graphs),
        item.statements,
        _provenance(item, acts),
        _publication(item, acts),
    )
    return tuple((graph_iri(item.id, part), tuple(sorted(set(said)))) for part, said in zip(PARTS, parts, strict=True))


def head(node: str, graphs: Sequence[str]) -> Iterator[Triple]:
    """The head of a nanopublication (IRI): which graphs are its assertion, its provenance and its publication info."""
    yield iri(node), iri(t.TYPE), iri(t.NANOPUBLICATION)
    for predicate, graph in zip((t.HAS_ASSERTION, t.HAS_PROVENANCE, t.HAS_PUBLICATION_INFO), graphs, strict=True):
        yield iri(node), iri(predicate), iri(graph)


def _provenance(item: Item, acts: tuple[Act, ...]) -> Iterator[Triple]:
    assertion = iri(graph_iri(item.id, "assertion"))
    for source in item.told().get(t.SOURCE, ()):
        yield assertion, iri(t.PRIMARY_SOURCE), iri(source)
    for act in acts:
        if act.kind == SUBMITTED:
            yield assertion, iri(t.ATTRIBUTED_TO), iri(ORCID + act.person.orcid)
            yield iri(ORCID + act.person.orcid), iri(t.LABEL), text(act.person.name)
            if act.method:
                yield assertion, iri(t.METHOD), text(act.method)
    first = next((act for act in acts if act.kind == SUBMITTED), None)
    if first is not None:
        yield iri(item.iri), iri(t.CURATOR), text(first.person.name)
        yield iri(item.iri), iri(t.CURATED_ON), typed(first.day, "date")


def _publication(item: Item, acts: tuple[Act, ...]) -> Iterator[Triple]:
    node = iri(t.item("nanopub", item.id))
    yield node, iri(t.IDENTIFIER), text(item.id)
    yield node, iri(t.STATUS), text(state(acts) or SUBMITTED)
    yield node, iri(t.CONTENT_DIGEST), text(item.digest)
    if acts:
        yield node, iri(t.CURATED_ON), typed(acts[0].at, "dateTime")
    for number, act in enumerate(acts, start=1):
        yield node, iri(t.HAS_HISTORY), iri(t.item("curation", act.id))
        yield from act_triples(act, number)


def act_triples(act: Act, number: int) -> Iterator[Triple]:
    """The statements that say an act, the `number`-th on its item.

    An item of the graph that is retracted has no node any more: the act decides on the one that stands in its place.
    """
    node = iri(t.item("curation", act.id))
    about = t.item("evidence" if is_curated(act.item) else "retracted", act.item)
    yield node, iri(t.TYPE), iri(t.CURATION)
    yield node, iri(t.IDENTIFIER), text(act.id)
    yield node, iri(t.DECIDES_ON), iri(about)
    yield node, iri(t.CURATION_NUMBER), typed(number, "integer")
    yield node, iri(t.CURATION_STATUS), text(act.kind)
    yield node, iri(t.CURATOR), text(act.person.name)
    yield node, iri(t.ORCID), text(act.person.orcid)
    yield node, iri(t.CURATED_ON), typed(act.day, "date")
    yield node, iri(t.ENDED_AT), typed(act.at, "dateTime")
    for predicate, value in ((t.REASON, act.reason), (t.METHOD, act.method), (t.CONTENT_DIGEST, act.digest)):
        if value:
            yield node, iri(predicate), text(value)
    if act.other:
        predicate = t.SUPERSEDES if act.kind == SUBMITTED else t.SUPERSEDED_BY
        yield node, iri(predicate), iri(t.item("evidence", act.other))


def is_nanopub_graph(name: str) -> bool:
    """Whether a named graph is one of a curated item's."""
    return name.startswith(f"{t.ITEMS}nanopub/") and is_curated(t.item_id(name).rpartition("/")[0])
