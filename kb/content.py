"""What a store says, apart from what it says of itself: its statements as text, whatever graph they are in.

A statement is the tuple of three terms in N-Triples form that `kb.rdf` writes. What describes a graph (the store's
metadata, the graph of provenance, the release items) is no content: it says where statements come from.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import pyoxigraph as ox

from kb import terms as t
from kb.rdf import Triple

_RELEASE = f"<{t.ITEMS}release/"
_KINDS = frozenset(t.KINDS)
_TYPE, _DOCUMENT = f"<{t.TYPE}>", f"<{t.DOCUMENT}>"
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_NAMED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def content_graphs(store: ox.Store) -> list[ox.NamedNode | ox.BlankNode]:
    """The named graphs that hold content, by name."""
    found = [graph for graph in store.named_graphs() if graph.value != t.PROVENANCE]
    return sorted(found, key=lambda graph: graph.value)


def graph_lines(store: ox.Store, graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> bytes:
    """The N-Triples of one graph, one statement a line, in the store's own order."""
    written = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph)
    return b"" if written is None else written


def graph_statements(store: ox.Store, graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> set[Triple]:
    """The statements of one graph."""
    return {triple(line) for line in graph_lines(store, graph).decode().split("\n") if line}


def triple(line: str) -> Triple:
    """The three terms of an N-Triples line.

    >>> triple('<a:gene> <a:label> "EGFR gene" .')
    ('<a:gene>', '<a:label>', '"EGFR gene"')
    """
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.removesuffix(" .")


def describes_release(subject: str) -> bool:
    """Whether the subject (a term) is a release, which says where statements come from."""
    return subject.startswith(_RELEASE)


def statements(store: ox.Store) -> set[Triple]:
    """Every statement of the content, once, whichever graphs it is in."""
    found = (each for graph in content_graphs(store) for each in graph_statements(store, graph))
    return {each for each in found if not describes_release(each[0])}


def everything(store: ox.Store) -> set[Triple]:
    """Every statement of all graphs, once, what the store says of itself included."""
    graphs = [ox.DefaultGraph(), *store.named_graphs()]
    return {each for graph in graphs for each in graph_statements(store, graph)}


def of_kinds(triples: set[Triple], kinds: Collection[str]) -> set[Triple]:
    """The statements about items of these kinds."""
    documents = {s for s, p, o in triples if o == _DOCUMENT and p == _TYPE} if "source" in kinds else set()
    return {each for each in triples if kind_of(each[0][1:-1]) in kinds or each[0] in documents}


def kind_of(iri: str) -> str | None:
    """The kind of an item, as its IRI tells it; None for what is no item of this graph.

    >>> kind_of("https://w3id.org/mtb-match/kb/evidence/EID12")
    'evidence'
    """
    if not iri.startswith(t.ITEMS):
        return None
    kind = iri[len(t.ITEMS) :].partition("/")[0]
    return kind if kind in _KINDS else None


def plain(term: str) -> str:
    """The text of a literal, without quotes, escapes, language and datatype; the IRI of an IRI.

    >>> plain('"3"^^<http://www.w3.org/2001/XMLSchema#integer>'), plain("<a:b>")
    ('3', 'a:b')
    """
    if not term.startswith('"'):
        return term[1:-1] if term.startswith("<") else term
    return literal(term)[0]


def literal(term: str) -> tuple[str, str | None, str | None]:
    """The text of a literal, its language and its datatype.

    >>> literal('"阿贝西利"@zh')
    ('阿贝西利', 'zh', None)
    """
    quoted, _, mark = term.rpartition('"')
    text = _ESCAPE.sub(_unescaped, quoted[1:]) if "\\" in quoted else quoted[1:]
    if mark.startswith("@"):
        return text, mark[1:], None
    return text, None, mark[3:-1] if mark else None


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _NAMED.get(found[3], found[3])
