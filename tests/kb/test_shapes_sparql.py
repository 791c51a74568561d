"""Shapes compiled to SPARQL find what pySHACL finds: on the table of violations, on random damage, per component."""

from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import XSD, Graph, Literal, URIRef

import kb
from kb import terms as t
from kb.errors import UnknownConstraint
from kb.shapes_sparql import validate_store
from kb.store import open_starter
from kb.validate import read_graph, validate
from tests.kb.test_shapes import cases, neighbourhood, property_of, value

DATA = Path(kb.__file__).with_name("data")


@cache
def everything() -> Graph:
    return read_graph(sorted(DATA.glob("*.ttl")))


@cache
def small_graph(kind: str, id: str) -> Graph:
    return neighbourhood(everything(), URIRef(t.item(kind, id)))


def store_of(graph: Graph) -> ox.Store:
    store = ox.Store()
    store.bulk_load(graph.serialize(format="nt").encode(), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("g:g"))
    return store


def same(graph: Graph, shapes: list[Path] | None = None) -> int:
    """How many violations, after seeing that both ways find the same ones."""
    reference = set(validate(graph, shapes))
    assert set(validate_store(store_of(graph), shapes)) == reference
    return len(reference)


def test_the_shipped_data_conform():
    assert validate_store(open_starter()) == ()


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['id']}-{case['property']}-{case['value'] or 'none'}")
def test_each_violation_of_the_table_is_found_alike(case):
    node = URIRef(t.item(case["kind"], case["id"]))
    small = small_graph(case["kind"], case["id"]) + Graph()
    predicate = property_of(case)
    if case["action"] in {"remove", "replace"}:
        small.remove((node, predicate, None))
    if case["value"]:
        small.add((node, predicate, value(case["value"])))
    assert same(small) >= 1


STARTS = [
    ("evidence", "EID12"),
    ("indication", "US:truseltiq:0"),
    ("trial", "NCT00076388"),
    ("coverage", "N001"),
    ("exon", "EGFR-19"),
    ("membership", "abemaciclib in cdk4/6 inhibitor"),
    ("caution", "capecitabine: creatinine clearance < 30 mL/min (US)"),
    ("caution", "gefitinib: proton pump inhibitor (US)"),
]
VALUES = st.sampled_from(
    [
        Literal("nonsense"),
        Literal("7", datatype=URIRef(t.XSD + "integer")),
        Literal("abc", datatype=URIRef(t.XSD + "integer"), normalize=False),
        Literal("2021-13-40", datatype=URIRef(t.XSD + "date"), normalize=False),
        Literal("2021-05-28", datatype=URIRef(t.XSD + "date")),
        Literal("true", datatype=URIRef(t.XSD + "boolean")),
        Literal("阿贝西利", lang="zh"),
        URIRef(t.item("gene", "NOSUCH")),
        URIRef(t.item("biomarker", "NONE")),
        URIRef(t.item("therapy", "olaparib")),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STARTS), st.data())
def test_random_damage_is_found_alike(start, data):
    graph = small_graph(*start) + Graph()
    for _ in range(data.draw(st.integers(1, 3), label="changes")):
        triples = sorted(graph, key=str)
        subject, predicate, old = data.draw(st.sampled_from(triples), label="statement")
        action = data.draw(st.sampled_from(["remove", "replace", "add"]), label="action")
        if action != "add":
            graph.remove((subject, predicate, old))
        if action != "remove":
            graph.add((subject, predicate, data.draw(VALUES, label="value")))
    same(graph)


@pytest.mark.parametrize("end", ["codonFirst", "codonLast"])
def test_a_value_that_is_no_number_is_a_violation_where_numbers_are_compared(end):
    graph = small_graph("evidence", "EID12") + Graph()
    codon = URIRef(t.item("biomarker", "MAP2K1:P124S"))
    graph.set((codon, URIRef(t.ONTOLOGY + end), Literal("abc", datatype=XSD.integer)))
    assert any(violation.path == end for violation in validate(graph))
    same(graph)


PREFIXES = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <a:> .\n"
)
COMPONENTS = {
    "sh:minCount 2": (":x :p 1 .", 1),
    "sh:maxCount 1": (":x :p 1, 2 .", 1),
    "sh:hasValue 3": (":x :p 1, 2 .", 1),
    "sh:datatype xsd:integer": (':x :p 1, "1", "x"^^xsd:integer .', 2),
    "sh:datatype xsd:date": (':x :p "2020-02-30"^^xsd:date, "2020-02-28"^^xsd:date, "2020-02-28" .', 2),
    "sh:class :K": (":x :p :y, :z, 4 . :y a :K .", 2),
    'sh:in ( "a" 1 )': (':x :p "a", "a"@en, 1, 7 .', 2),
    'sh:pattern "^a"': (':x :p "ab", "ba", <a:thing>, [] .', 2),
    "sh:minInclusive 2": (':x :p 1, 2, 2.5, "3" .', 2),
    "sh:maxInclusive 2": (":x :p 1, 2, 2.5 .", 1),
    "sh:lessThanOrEquals :q": (':x :p 1, 3 ; :q 2, "x" .', 2),
    "sh:not [ sh:class :K ]": (":x :p :y, :z . :y a :K .", 1),
    "sh:or ( [ sh:class :K ] [ sh:datatype xsd:integer ] )": (":x :p :y, :z, 4 . :y a :K .", 1),
    "sh:xone ( [ sh:class :K ] [ sh:class :L ] )": (":x :p :y, :z . :y a :K, :L . :z a :L .", 1),
}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_means_what_shacl_says(tmp_path, component):
    data, expected = COMPONENTS[component]
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(
        f'{PREFIXES}:S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; {component} ; sh:message "m" ] .'
    )
    graph = Graph().parse(data=f"{PREFIXES}:x a :C . {data}", format="turtle")
    found = validate_store(store_of(graph), [shapes])
    assert len(found) == expected, found
    if "[]" not in data:
        assert set(found) == set(validate(graph, [shapes]))
    assert {(violation.path, violation.message) for violation in found} == {("a:p", "m")}


def test_a_component_that_is_not_compiled_is_an_error(tmp_path):
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(
        f"{PREFIXES}:S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; sh:maxLength 3 ] ."
    )
    with pytest.raises(UnknownConstraint, match="sh:maxLength"):
        validate_store(ox.Store(), [shapes])
