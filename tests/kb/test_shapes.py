"""The shapes hold for all shipped data, and each rule catches a violation with words a curator can act on."""

import csv
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Literal, URIRef

import kb
from kb import terms as t
from kb.validate import SHAPES, Violation, read_graph, validate

DATA = Path(kb.__file__).with_name("data")
TABLE = Path(__file__).parents[1] / "tables" / "kb" / "violations.tsv"


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def everything() -> Graph:
    return read_graph(sorted(DATA.glob("*.ttl")))


def test_all_shipped_data_conforms(everything):
    assert validate(everything) == ()


def neighbourhood(graph: Graph, start: URIRef) -> Graph:
    """A node with everything it reaches, so that a change of the node is all that can be wrong."""
    small = Graph()
    waiting, seen = [start], set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for triple in graph.triples((node, None, None)):
            small.add(triple)
            if isinstance(triple[2], URIRef):
                waiting.append(triple[2])
    return small


def property_of(case: dict[str, str]) -> URIRef:
    prefix, _, name = case["property"].partition(":")
    return URIRef({"mtb": t.ONTOLOGY, "dcterms": t.DCTERMS, "skos": t.SKOS}[prefix] + name)


def value(text: str) -> URIRef | Literal:
    if text.startswith("item:"):
        _, kind, id = text.split(":", 2)
        return URIRef(t.item(kind, id))
    plain, mark, datatype = text.partition("^^")
    return Literal(plain, datatype=URIRef(t.XSD + datatype)) if mark else Literal(plain)


@pytest.mark.parametrize(
    "case", cases(), ids=lambda case: f"{case['id']}-{case['property']}-{case['value'] or 'removed'}"
)
def test_each_rule_catches_its_violation(everything, case):
    node = URIRef(t.item(case["kind"], case["id"]))
    small = neighbourhood(everything, node)
    predicate = URIRef(
        case["property"].replace("mtb:", t.ONTOLOGY).replace("dcterms:", t.DCTERMS).replace("skos:", t.SKOS)
    )
    if case["action"] in {"remove", "replace"}:
        assert (node, predicate, None) in small
        small.remove((node, predicate, None))
    if case["value"]:
        small.add((node, predicate, value(case["value"])))
    messages = [violation.message for violation in validate(small) if case["id"] in violation.focus]
    assert any(case["message"] in message for message in messages), messages


def test_a_pubmed_source_must_be_a_number():
    small = Graph()
    node = URIRef("https://pubmed.ncbi.nlm.nih.gov/1/")
    small.add((node, RDF.type, URIRef(t.DOCUMENT)))
    small.add((node, URIRef(t.LABEL), Literal("PMID:PMC12")))
    assert ["digits only" in violation.message for violation in validate(small)] == [True]


@pytest.mark.parametrize(("kind", "id"), sorted({(case["kind"], case["id"]) for case in cases()}))
def test_an_untouched_neighbourhood_conforms(everything, kind, id):
    assert validate(neighbourhood(everything, URIRef(t.item(kind, id)))) == ()


def test_the_table_has_a_case_for_each_kind_of_statement():
    assert {case["kind"] for case in cases()} >= {
        *("indication", "evidence", "trial", "coverage", "biomarker", "gene"),
        *("caution", "condition", "comedication", "measurement", "administration"),
    }


def test_every_rule_has_a_message():
    for path in sorted(SHAPES.glob("*.ttl")):
        text = path.read_text(encoding="utf-8")
        assert text.count("sh:message") >= text.count("sh:property [ sh:path mtb:verified")


def test_a_violation_says_what_to_mend():
    violation = Violation("indication US:x", "approvedOn", "2024", "a filed indication has no approval date")
    assert str(violation) == (
        "indication US:x approvedOn: a filed indication has no approval date (found '2024'); "
        "mend its approvedOn, or retract the item"
    )
