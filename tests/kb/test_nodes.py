"""The statements by node say what the store says, and only beside the store that they were made from."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kb import terms as t
from kb.errors import NoStore
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.nodes import FILE, TEXTS, nodes_of, write_nodes
from kb.store import Metadata, build_from_quads, metadata, open_store
from tests.shared import knowledge

ABOUT = Metadata("test", "sha256:test", "2026-01-01")
ONE, OTHER = (f"https://w3id.org/mtb-match/kb/release/{name}" for name in ("one", "other"))
NODE, TUMOR = f"{t.ITEMS}evidence/E1", f"{t.ITEMS}tumor/LUAD"
LINES = f"""<{NODE}> <{t.LABEL}> "\\u0001 a \\"label\\" of {t.ITEMS}x" <{ONE}> .
<{NODE}> <{t.SOURCE}> <https://b.org/2> <{ONE}> .
<{NODE}> <{t.SOURCE}> <https://a.org/1> <{OTHER}> .
<{NODE}> <{t.SOURCE}> <https://b.org/2> <{OTHER}> .
<{NODE}> <{t.HAS_TUMOR_TYPE}> <{TUMOR}> <{ONE}> .
<{NODE}> <{t.JURISDICTION}> "CN" <{ONE}> .
_:blank <{t.HAS_TUMOR_TYPE}> <{TUMOR}> <{ONE}> .
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_from_quads(tmp_path / "store", LINES.encode(), ABOUT, {})
    return tmp_path / "store"


def test_a_node_is_given_back_as_it_is_in_the_store(folder: Path) -> None:
    nodes = nodes_of(folder, ABOUT.digest)
    assert nodes is not None
    assert nodes.fields(NODE) == KnowledgeBase(open_store(folder))._fields(NODE)
    assert nodes.fields(NODE)[t.LABEL] == [f'\x01 a "label" of {t.ITEMS}x']
    assert nodes.fields("https://nothing.org/here") == {}
    assert nodes.subjects(t.HAS_TUMOR_TYPE, TUMOR) == [NODE]
    assert nodes.subjects(t.JURISDICTION, "CN") == [NODE]
    assert nodes.subjects(t.JURISDICTION, "US") == []


def _quads(read: KnowledgeBase) -> Iterable[Any]:
    assert isinstance(read.store, ox.Store)
    return read.store


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> tuple[KnowledgeBase, KnowledgeBase]:
    """The starter graph in a store folder, read without and with the statements by node."""
    folder = tmp_path_factory.mktemp("starter") / "store"
    lines = "\n".join(f"{quad} ." for quad in _quads(knowledge()) if quad.graph_name != ox.DefaultGraph())
    build_from_quads(folder, lines.encode(), metadata(knowledge().store), {})
    return KnowledgeBase(open_store(folder)), open_knowledge_base(folder)


def test_every_node_of_the_starter_is_read_the_same(starter: tuple[KnowledgeBase, KnowledgeBase]) -> None:
    plain, quick = starter
    assert quick._nodes is not None
    subjects = {quad.subject.value for quad in _quads(plain)}
    assert len(subjects) > 1000
    assert [iri for iri in subjects if plain._fields(iri) != quick._fields(iri)] == []


def test_every_link_of_the_starter_is_found_the_same(starter: tuple[KnowledgeBase, KnowledgeBase]) -> None:
    plain, quick = starter
    links = {
        (quad.predicate.value, quad.object.value) for quad in _quads(plain) if isinstance(quad.object, ox.NamedNode)
    }
    links = {(predicate, value) for predicate, value in links if predicate != t.TYPE}
    assert len(links) > 1000
    assert [link for link in links if plain._by_kind(*link) != quick._by_kind(*link)] == []
    texts = {(quad.predicate.value, quad.object.value) for quad in _quads(plain) if quad.predicate.value in TEXTS}
    assert {predicate for predicate, _ in texts} == TEXTS
    assert [text for text in texts if plain._with_text(*text) != quick._with_text(*text)] == []


def test_what_is_asked_of_many_items_is_the_same(starter: tuple[KnowledgeBase, KnowledgeBase]) -> None:
    plain, quick = starter
    drugs = [t.item_id(iri) for iri in plain._all(t.DRUG)]
    assert plain.first_approvals(drugs, "2026-11-20") == quick.first_approvals(drugs, "2026-11-20") != {}
    assert plain.indications((), ["BRCA", "LUAD"]) == quick.indications((), ["BRCA", "LUAD"]) != ()
    evidence = plain.evidence(["EGFR:L858R", "ERBB2:AMP"])
    assert evidence == quick.evidence(["EGFR:L858R", "ERBB2:AMP"]) != ()
    ids = [each.id for each in evidence]
    assert plain.designs(ids) == quick.designs(ids) != {}


def test_a_store_that_was_written_to_since_is_read_itself(folder: Path) -> None:
    store = ox.Store(str(folder))
    store.add(ox.Quad(ox.NamedNode(NODE), ox.NamedNode(t.NOTE), ox.Literal("new"), ox.NamedNode(ONE)))
    store.flush()
    del store
    assert nodes_of(folder, ABOUT.digest) is None
    assert open_knowledge_base(folder)._fields(NODE)[t.NOTE] == ["new"]
    write_again(folder)
    nodes = nodes_of(folder, ABOUT.digest)
    assert nodes is not None
    assert nodes.fields(NODE)[t.NOTE] == ["new"]


def write_again(folder: Path) -> None:
    (folder / FILE).unlink()
    write_nodes(folder, ABOUT.digest)


def test_a_file_that_is_not_the_stores_is_not_read(folder: Path) -> None:
    assert nodes_of(folder, "sha256:other") is None
    (folder / FILE).write_bytes(b"not a database")
    assert nodes_of(folder, ABOUT.digest) is None
    (folder / FILE).unlink()
    assert nodes_of(folder, ABOUT.digest) is None
    assert open_knowledge_base(folder)._fields(NODE)[t.JURISDICTION] == ["CN"]


def test_a_file_that_breaks_later_is_told_of(folder: Path) -> None:
    with sqlite3.connect(folder / FILE) as connection:
        connection.execute("DROP TABLE node")
    connection.close()
    nodes = nodes_of(folder, ABOUT.digest)
    assert nodes is not None
    with pytest.raises(NoStore, match=r"nodes\.sqlite is damaged"):
        nodes.fields(NODE)
