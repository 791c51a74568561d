"""Validation against the SHACL shapes, with a message that a curator can act on for each violation.

pySHACL runs on an in-memory rdflib graph: the reference. It is never run over an Oxigraph-backed graph, where plain
and `xsd:string` literals differ and violations come out wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb import terms as t

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

SHAPES = Path(__file__).with_name("shapes")


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with one item: the item, the property (None for a rule about the whole item), and why."""

    focus: str
    path: str | None
    value: str | None
    message: str

    @property
    def remedy(self) -> str:
        """Where to mend it."""
        where = f"its {self.path}" if self.path else "it"
        return f"mend {where}, or retract the item"

    def __str__(self) -> str:
        what = f" {self.path}" if self.path else ""
        found = f" (found {self.value!r})" if self.value else ""
        return f"{self.focus}{what}: {self.message}{found}; {self.remedy}"


def read_graph(paths: Iterable[Path]) -> Graph:
    """The RDF files as one in-memory rdflib graph."""
    from rdflib import Graph

    graph = Graph()
    for path in paths:
        graph.parse(path)
    return graph


def validate(data: Graph | Iterable[Path], shapes: Iterable[Path] | None = None) -> tuple[Violation, ...]:
    """What the shapes find wrong with the data, sorted by item; empty when it conforms.

    The data must hold everything that its items refer to (biomarkers, regimens, tumor types, documents), since the
    shapes ask that a reference leads to an item of the right class. `shapes` are all of the project's when not given.
    """
    import pyshacl
    from rdflib import RDF, URIRef
    from rdflib import Graph as Rdf

    graph = data if isinstance(data, Rdf) else read_graph(data)
    rules = read_graph(sorted(SHAPES.glob("*.ttl")) if shapes is None else shapes)
    _, report, _ = pyshacl.validate(_comparable(graph, rules), shacl_graph=rules, inference="none", advanced=False)
    assert isinstance(report, Rdf)  # pySHACL gives bytes only when asked to serialize
    results = report.subjects(RDF.type, URIRef(t.SHACL + "ValidationResult"))
    return tuple(sorted((_violation(report, result) for result in results), key=str))


def _comparable(graph: Graph, rules: Graph) -> Graph:
    """The data, with plain texts for values of compared properties that their datatype does not know (`"x"^^integer`).

    pySHACL cannot compare such a value, and raises; a text is no number either, and comes out as a violation.
    """
    from rdflib import Graph as Rdf
    from rdflib import Literal, URIRef

    compared = set(rules.objects(None, URIRef(t.SHACL + "lessThanOrEquals")))
    for shape in rules.subjects(URIRef(t.SHACL + "lessThanOrEquals"), None):
        compared.update(rules.objects(shape, URIRef(t.SHACL + "path")))
    wrong = [
        triple
        for predicate in compared
        for triple in graph.triples((None, predicate, None))
        if isinstance(triple[2], Literal) and triple[2].ill_typed
    ]
    if not wrong:
        return graph
    copy = Rdf() + graph
    for subject, predicate, value in wrong:
        copy.remove((subject, predicate, value))
        copy.add((subject, predicate, Literal(str(value))))
    return copy


def _violation(report: Graph, result: Node) -> Violation:
    from rdflib import URIRef

    def said(name: str) -> str | None:
        value = report.value(result, URIRef(t.SHACL + name))
        return None if value is None else short(str(value))

    path, value = said("resultPath"), said("value")
    focus = said("focusNode") or "?"
    return Violation(focus, path, None if value == focus else value, said("resultMessage") or "does not conform")


def short(term: str) -> str:
    """An IRI as a curator reads it: an item by kind and id, a property by its name."""
    if term.startswith(t.ITEMS):
        kind = term[len(t.ITEMS) :].partition("/")[0]
        return f"{kind} {t.item_id(term)}"
    return term.removeprefix(t.ONTOLOGY).removeprefix(t.DCTERMS).removeprefix(t.SKOS).removeprefix(t.RDFS)
