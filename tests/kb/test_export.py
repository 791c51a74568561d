"""The graph for others: what is written reads back as the same statements, and as the same store."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.content import everything
from kb.diff import diff
from kb.export import EXPORTS, Exported, as_jsonld, as_nquads, as_trig, as_turtle
from kb.rdf import Triple, digest, iri, text, typed
from kb.store import digest_of, metadata, open_store
from tests.shared import knowledge

GRAPHS = [t.item("release", "civic-01-Jul-2025"), t.item("release", "derived")]
WHOLE = {"trig": (as_trig, ox.RdfFormat.TRIG), "nquads": (as_nquads, ox.RdfFormat.N_QUADS)}
ONCE = {"turtle": (as_turtle, ox.RdfFormat.TURTLE), "jsonld": (as_jsonld, ox.RdfFormat.JSON_LD)}
RDF = [name for name in EXPORTS if name != "va-spec"]

DOCUMENT = "https://doi.org/10.1056/NEJMoa0900212?a=b&c=(d)"
NODE = iri(t.item("evidence", "EID1"))
TOY: list[Triple] = [
    (NODE, iri(t.TYPE), iri(t.EVIDENCE_ITEM)),
    (NODE, iri(t.NOTE), text('tab\t, line\n, "quote", \\ and 阿贝西利 \u2028 \x07')),
    (NODE, iri(t.NOTE), text("阿贝西利", "zh")),
    (NODE, iri(t.NOTE), iri(DOCUMENT)),
    (NODE, iri(t.RATING), typed(4, "integer")),
    (NODE, iri(t.RATING), typed(10**30, "integer")),
    (NODE, iri(t.MINIMUM_AGE), typed("18.0", "decimal")),
    (NODE, iri(t.RECRUITING), typed("false", "boolean")),
    (NODE, iri(t.APPROVED_ON), typed("2018-08", "gYearMonth")),
    (NODE, iri(t.SOURCE), iri(DOCUMENT)),
    (NODE, iri(t.SOURCE), iri(t.item("source", "general knowledge, unverified (a; b)"))),
    (iri(DOCUMENT), iri(t.TYPE), iri(t.DOCUMENT)),
    (iri(t.ITEMS + "gene/"), iri(t.LABEL), text("no local name")),
    (iri(t.ITEMS + "gene///x"), iri(t.LABEL), text("slashes")),
]


def store(triples: Iterable[Triple] = TOY) -> ox.Store:
    """A store in memory with two content graphs, provenance and metadata that carries the true digest."""
    made = ox.Store()
    for number, (s, p, o) in enumerate(triples):
        made.load(f"{s} {p} {o} <{GRAPHS[number % 2]}> .".encode(), format=ox.RdfFormat.N_QUADS)
    graph, provenance = ox.NamedNode(GRAPHS[0]), ox.NamedNode(t.PROVENANCE)
    made.add(ox.Quad(graph, ox.NamedNode(t.RIGHTS), ox.Literal("CC0 1.0"), provenance))
    said = {t.OF_RELEASE: "toy", t.CONTENT_DIGEST: digest_of(made), t.ISSUED: "2026-01-01"}
    made.extend([ox.Quad(ox.NamedNode(t.STORE), ox.NamedNode(p), ox.Literal(value)) for p, value in said.items()])
    return made


@pytest.fixture(scope="module")
def starter() -> ox.Store:
    """The starter in memory, where it is read sooner than from the disk."""
    memory, lines = ox.Store(), knowledge().embedded.dump(format=ox.RdfFormat.N_QUADS)
    assert lines is not None
    memory.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
    return memory


@pytest.fixture(scope="module")
def exported(starter: ox.Store) -> Callable[[str], Exported]:
    """The whole starter in a form, written once."""
    return cache(lambda name: EXPORTS[name](starter, ()))


def read(exported: Exported, form: ox.RdfFormat) -> set[Triple]:
    found = ox.parse(exported.text.encode(), format=form)
    return {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in found}


# Reading back


@pytest.mark.parametrize("name", WHOLE)
def test_loaded_elsewhere_it_is_the_same_store(name: str, tmp_path: Path) -> None:
    (write, form), source = WHOLE[name], store()
    elsewhere = ox.Store(str(tmp_path / "store"))
    elsewhere.bulk_load(write(source, ()).text.encode(), format=form)
    elsewhere.flush()
    del elsewhere
    opened = open_store(tmp_path / "store")
    assert set(opened) == set(source)
    assert metadata(opened) == metadata(source)
    assert digest_of(opened) == metadata(source).digest
    assert not diff(source, opened)


@pytest.mark.parametrize("name", WHOLE)
def test_the_starter_is_read_back(name: str, starter: ox.Store, exported: Callable[[str], Exported]) -> None:
    assert set(ox.parse(exported(name).text.encode(), format=WHOLE[name][1])) == set(starter)


@pytest.mark.parametrize("name", ONCE)
def test_every_statement_is_read_back_once(name: str, starter: ox.Store, exported: Callable[[str], Exported]) -> None:
    write, form = ONCE[name]
    assert read(write(store(), ()), form) == everything(store())
    assert read(exported(name), form) == everything(starter)


def test_rdflib_reads_the_json_as_well() -> None:
    import rdflib

    graph = rdflib.Graph().parse(data=as_jsonld(store(), ()).text, format="json-ld")
    lines = graph.serialize(format="nt", encoding="utf-8")
    # A store in between, because the two libraries escape differently.
    again = ox.Store()
    again.load(lines, format=ox.RdfFormat.N_TRIPLES)
    assert everything(again) == everything(store())


_LITERALS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(text),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(lambda value: text(value, "zh")),
    st.integers().map(lambda number: typed(number, "integer")),
    st.booleans().map(lambda flag: typed(str(flag).lower(), "boolean")),
    st.sampled_from(["1.50", "-0.0", "100000000000000000000"]).map(lambda number: typed(number, "decimal")),
    st.dates().map(lambda day: typed(day.isoformat(), "date")),
)
_IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_NODES = st.builds(lambda kind, id: iri(t.item(kind, id)), st.sampled_from(t.KINDS), _IDS)
_TRIPLES = st.lists(
    st.tuples(_NODES, st.sampled_from([t.NOTE, t.SOURCE, t.TYPE, t.RATING]).map(iri), st.one_of(_NODES, _LITERALS)),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(_TRIPLES)
def test_whatever_the_texts_they_are_read_back(triples: list[Triple]) -> None:
    made = store(triples)
    for write, form in ONCE.values():
        assert read(write(made, ()), form) == everything(made)
    for write, form in WHOLE.values():
        again = ox.Store()
        again.load(write(made, ()).text.encode(), format=form)
        assert set(again) == set(made)


# The same bytes


@pytest.mark.parametrize("name", RDF)
def test_the_order_of_loading_does_not_matter(name: str) -> None:
    loaded = list(store())
    random.Random(3).shuffle(loaded)
    shuffled = ox.Store()
    for quad in loaded:
        shuffled.add(quad)
    assert EXPORTS[name](shuffled, ()) == EXPORTS[name](store(), ())


@pytest.mark.parametrize("name", ["turtle", "jsonld"])
def test_the_graphs_do_not_matter_where_they_are_not_written(name: str) -> None:
    twice = store()
    for quad in list(twice):
        if quad.graph_name == ox.NamedNode(GRAPHS[0]):
            twice.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(GRAPHS[1])))
    assert EXPORTS[name](twice, ()) == EXPORTS[name](store(), ())


def test_the_lines_are_those_of_the_content_digest(exported: Callable[[str], Exported]) -> None:
    lines = exported("nquads").text.splitlines()
    assert lines == sorted(lines)
    content = [line for line in lines if not line.startswith(f"<{t.STORE}>")]
    assert digest(content) == knowledge().digest


def test_an_empty_store_is_written_as_nothing() -> None:
    for name in ("turtle", "trig", "nquads"):
        assert EXPORTS[name](ox.Store(), ()).text.strip() == ""
    assert json.loads(as_jsonld(ox.Store(), ()).text)["@graph"] == []


# Readable


def test_json_is_read_without_knowing_rdf(exported: Callable[[str], Exported]) -> None:
    document = json.loads(exported("jsonld").text)
    nodes = {node["@id"]: node for node in document["@graph"]}
    assert document["@context"]["tumor"] == "https://w3id.org/mtb-match/kb/tumor/"
    item = nodes["evidence:EID12"]
    assert item["@type"] == "mtb:EvidenceItem"
    assert item["mtb:tumorType"] == "tumor:MEL"
    assert item["mtb:level"] == "D"
    assert item["mtb:rating"] == 3
    assert item["dcterms:source"] == [
        "https://civicdb.org/links/evidence_items/12",
        "https://pubmed.ncbi.nlm.nih.gov/19915144/",
    ]


def test_trig_shows_the_metadata_first_and_then_the_graphs() -> None:
    shown = as_trig(store(), ()).text
    positions = [shown.index(part) for part in ("mtb:contentDigest", *(f"<{graph}> {{\n" for graph in GRAPHS))]
    assert positions == sorted(positions)
    assert shown.count("@prefix mtb:") == 1


# Parts


@pytest.mark.parametrize("name", RDF)
def test_kinds_limit_what_is_written_and_a_note_says_so(name: str) -> None:
    write, form = {**WHOLE, **ONCE}[name]
    exported = write(store(), ("evidence",))
    wanted = {each for each in everything(store()) if each[0] == NODE}
    assert read(exported, form) == wanted
    (note,) = exported.notes
    assert "a part of the graph (evidence)" in note
    assert not write(store(), ()).notes


def test_a_part_never_claims_the_digest_of_the_whole() -> None:
    for write, _ in WHOLE.values():
        assert metadata(store()).digest not in write(store(), ("evidence", "source")).text


def test_documents_are_a_kind_though_their_ids_are_addresses() -> None:
    write: Callable[..., Exported] = as_nquads
    lines = write(store(), ("source",)).text.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"<{DOCUMENT}>"]
