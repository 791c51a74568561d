"""The graph for others: Turtle, TriG, N-Quads and JSON-LD, the same bytes on every run.

TriG and N-Quads keep the named graphs, and the store's metadata in the default graph: loaded elsewhere they give the
same store with the same content digest. Turtle and JSON-LD hold every statement once, without the graphs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.content import everything, graph_statements, literal, of_kinds, plain
from kb.rdf import Triple, trig, turtle


class Exported(NamedTuple):
    """What was written, and what a reader of it must know."""

    text: str
    notes: tuple[str, ...] = ()


def as_turtle(store: ox.Store, kinds: Collection[str] = ()) -> Exported:
    """Every statement once, sorted; with kinds, those about their items."""
    return Exported(turtle(_chosen(store, kinds)), _partial(kinds))


def as_trig(store: ox.Store, kinds: Collection[str] = ()) -> Exported:
    """The named graphs one after the other, sorted, after the store's metadata."""
    return Exported(trig(_graphs(store, kinds)), _partial(kinds))


def as_nquads(store: ox.Store, kinds: Collection[str] = ()) -> Exported:
    """One statement a line, sorted: the lines that the content digest is made of, and the metadata."""
    lines = []
    for name, triples in _graphs(store, kinds):
        end = " ." if name is None else f" <{name}> ."
        lines += [f"{subject} {predicate} {value}{end}\n" for subject, predicate, value in triples]
    return Exported("".join(sorted(lines)), _partial(kinds))


def as_jsonld(store: ox.Store, kinds: Collection[str] = ()) -> Exported:
    """Every statement once, as JSON objects by item, with the prefixes of the ontology as context."""
    triples = sorted(_chosen(store, kinds))
    links = _links(triples)
    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, value in triples:
        node = nodes.setdefault(subject, {"@id": _compact(plain(subject))})
        name = plain(predicate)
        if name == t.TYPE and not value.startswith('"'):
            _put(node, "@type", _compact(plain(value)))
        else:
            _put(node, _compact(name), _compact(plain(value)) if name in links else _json_value(value))
    # Keys that tell which values are links, so that a link is written as a name and not as an object.
    context = dict(sorted(t.PREFIXES.items())) | {_compact(name): {"@type": "@id"} for name in sorted(links)}
    document = {"@context": context, "@graph": list(nodes.values())}
    return Exported(json.dumps(document, indent=1, ensure_ascii=False) + "\n", _partial(kinds))


def as_va_spec(store: ox.Store, kinds: Collection[str] = ()) -> Exported:
    """The evidence as GA4GH VA-Spec statements."""
    from kb.graph import KnowledgeBase
    from kb.va_spec import va_spec

    found = va_spec(KnowledgeBase(store))
    return Exported(json.dumps(found.as_json(), indent=1, ensure_ascii=False) + "\n", found.summary)


EXPORTS: dict[str, Callable[[ox.Store, Collection[str]], Exported]] = {
    "turtle": as_turtle,
    "trig": as_trig,
    "nquads": as_nquads,
    "jsonld": as_jsonld,
    "va-spec": as_va_spec,
}


def _chosen(store: ox.Store, kinds: Collection[str]) -> set[Triple]:
    triples = everything(store)
    return of_kinds(triples, kinds) if kinds else triples


def _graphs(store: ox.Store, kinds: Collection[str]) -> Iterator[tuple[str | None, set[Triple]]]:
    """The default graph (None), then the named graphs by name, without the empty ones.

    With kinds the store's metadata is left out: its digest is that of the whole.
    """
    named = sorted(store.named_graphs(), key=lambda graph: graph.value)
    names = (None, *(graph.value for graph in named))
    read: Iterable[set[Triple]] = (graph_statements(store, graph) for graph in (ox.DefaultGraph(), *named))
    if kinds:
        read = list(read)
        subjects = {subject for subject, _, _ in of_kinds(set().union(*read), kinds)}
        read = ({each for each in triples if each[0] in subjects} for triples in read)
    return ((name, triples) for name, triples in zip(names, read, strict=True) if triples)


def _partial(kinds: Collection[str]) -> tuple[str, ...]:
    if not kinds:
        return ()
    listed = ", ".join(sorted(kinds))
    return (f"a part of the graph ({listed}): what these items refer to, and the store's metadata, are not in it",)


# JSON-LD


def _links(triples: list[Triple]) -> set[str]:
    """The properties all of whose values are IRIs; `rdf:type` has a key of its own."""
    found: dict[str, bool] = {}
    for _, predicate, value in triples:
        found[predicate] = found.get(predicate, True) and not value.startswith('"')
    return {plain(predicate) for predicate, links in found.items() if links and plain(predicate) != t.TYPE}


def _compact(iri: str) -> str:
    for prefix, namespace in t.PREFIXES.items():
        if iri.startswith(namespace):
            local = iri[len(namespace) :]
            # Nothing after the colon is no name, and two slashes there would make an absolute IRI of it.
            return iri if not local or local.startswith("//") else f"{prefix}:{local}"
    return iri


def _put(node: dict[str, Any], key: str, value: Any) -> None:
    """Add a value: alone as it is, several as a list."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _json_value(term: str) -> Any:
    if not term.startswith('"'):
        return {"@id": _compact(plain(term))}
    text, language, datatype = literal(term)
    if language is not None:
        return {"@value": text, "@language": language}
    if datatype is None:
        return text
    if datatype == t.XSD + "boolean" and text in {"true", "false"}:
        return text == "true"
    if datatype == t.XSD + "integer" and _is_plain_integer(text):
        return int(text)
    return {"@value": text, "@type": _compact(datatype)}


def _is_plain_integer(text: str) -> bool:
    """Whether every JSON reader gives the same digits back."""
    return len(text) < 16 and text.removeprefix("-").isdecimal() and text.isascii() and str(int(text)) == text
