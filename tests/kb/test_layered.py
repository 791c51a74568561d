"""A layer over a store answers as a store with the changes in it, and tells what could be answered differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb import terms as t
from kb.curation.acts import ACCEPTED, RETRACTED, Book, book
from kb.curation.graph import Counted, changes, counted, open_with
from kb.curation.journal import Journal, decision, submission
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.layered import Key, Layer, LayeredKnowledge, Stored, differing, lines_of, read_changes
from kb.nodes import nodes_of, write_nodes
from tests.curated import CARBERRY, SECOND, evidence

ITEMS = (
    evidence("EGFR:L858R", "afatinib", "LUAD"),
    evidence("EGFR:L858R", "afatinib", "LUAD", "resistance"),
    evidence("EGFR:L858R AND NOT KRAS:G12D", "dacomitinib", "LUAD | NSCLC", level="C"),
    evidence("PIK3CA:MUT", "everolimus", "BRCA"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Four accepted items, and two evidence items of the graph that are retracted."""
    journal = Journal(tmp_path_factory.mktemp("journal") / "curation.sqlite")
    for item in ITEMS:
        journal.record(submission(item, CARBERRY, "options"))
        journal.record(decision(item.id, ACCEPTED, SECOND))
    for id in ("EID12", "EID229"):
        journal.record(decision(id, RETRACTED, SECOND, "the paper was retracted"))
    return journal.book()


def layer(base: KnowledgeBase, what: Counted) -> Layer:
    return Layer(Stored(base), changes(base.store, what))


def test_a_layer_says_of_every_node_what_the_changed_store_says(whole: Book) -> None:
    base, what = open_knowledge_base(), counted(whole)
    over, real = layer(base, what), open_with(None, what)
    moved = over.changes.gone | over.changes.added
    assert moved
    about_acts = (t.item("nanopub", ""), t.item("curation", ""))  # the store shortens their times
    for iri in {quad.subject.value for quad in moved if not quad.subject.value.startswith(about_acts)}:
        mine = {predicate: sorted(values) for predicate, values in over.fields(iri).items()}
        store = {predicate: sorted(values) for predicate, values in real._fields(iri).items()}
        assert mine == store, iri
    linked = {(quad.predicate.value, quad.object.value) for quad in moved if "://" in quad.object.value}
    for predicate, value in linked - {(t.TYPE, t.CURATION)}:
        stored = {iri for kind in t.KINDS for iri in real._subjects(predicate, value, kind)}
        assert {iri for iri in over.subjects(predicate, value) if iri.startswith(t.ITEMS)} == stored, (predicate, value)


def test_a_layered_knowledge_base_gives_the_values_of_the_changed_one(whole: Book) -> None:
    base, what = open_knowledge_base(), counted(whole)
    mine, real = LayeredKnowledge(layer(base, what)), open_with(None, what)
    biomarkers = ["EGFR:L858R", "PIK3CA:MUT", "KRAS:G12D", "BRAF:V600E"]
    assert mine.evidence(biomarkers) == real.evidence(biomarkers)
    assert {each.id for each in mine.evidence(biomarkers)} >= {item.id for item in ITEMS}
    assert mine.negated_biomarkers() == real.negated_biomarkers()
    assert "KRAS:G12D" in {each.id for each in mine.negated_biomarkers()}
    assert mine.released_on == real.released_on == base.released_on


def test_what_a_knowledge_base_asks_in_sparql_is_asked_node_by_node_alike() -> None:
    base = open_knowledge_base()
    mine = LayeredKnowledge(Layer(Stored(base)))
    for drugs in (["gefitinib"], ["tcbhp", "trastuzumab"], sorted(base.cautioned())[:40], ["pertuzumab", "gefitinib"]):
        assert mine.cautions(drugs) == base.cautions(drugs)
        assert mine.cautions(drugs, ["hypertension", "lvef"]) == base.cautions(drugs, ["hypertension", "lvef"])
        assert mine.cautions(drugs, [], True) == base.cautions(drugs, [], True)
        assert mine.routes(drugs) == base.routes(drugs)
        assert mine.first_approvals(drugs, "2026-11-20") == base.first_approvals(drugs, "2026-11-20")
    assert mine.cautioned() == base.cautioned()


def test_nodes_beside_the_store_make_no_difference(whole: Book, tmp_path: Path) -> None:
    import shutil

    from kb.store import store_folder

    bare = open_knowledge_base()
    folder = tmp_path / "store"
    shutil.copytree(store_folder(), folder, ignore=shutil.ignore_patterns("LOCK"))
    write_nodes(folder, bare.digest)
    assert nodes_of(folder, bare.digest) is not None
    both = [LayeredKnowledge(layer(known, counted(whole))) for known in (bare, open_knowledge_base(folder))]
    assert both[0].evidence(["EGFR:L858R"]) == both[1].evidence(["EGFR:L858R"])
    assert both[0].indications(["EGFR:L858R"]) == both[1].indications(["EGFR:L858R"])


def test_only_what_could_be_answered_differently_is_told() -> None:
    base = open_knowledge_base()
    stored = Stored(base)
    now = Layer(stored)
    nothing = book([], [])
    assert differing(now, now) == frozenset()
    assert changes(base.store, counted(nothing)) == now.changes
    item = evidence("EGFR:L858R", "afatinib", "LUAD")
    then = Layer(stored, changes(base.store, Counted(((item, ()),))))
    found = differing(now, then)
    assert ("link", t.HAS_PROFILE, t.item("profile", "EGFR:L858R"), "evidence") in found
    assert ("link", t.HAS_PROFILE, t.item("profile", "EGFR:L858R"), "indication") not in found
    assert ("node", t.item("regimen", "afatinib")) not in found, "the graph has this regimen already"
    assert ("negated",) not in found
    assert differing(then, now) == found


def test_everything_asked_is_noted_once_by_its_broadest_name() -> None:
    asked: set[Key] = set()
    known = LayeredKnowledge(Layer(Stored(open_knowledge_base())), asked)
    asked.clear()
    known.evidence(["EGFR:L858R"])
    assert ("link", t.HAS_PROFILE, t.item("profile", "EGFR:L858R"), "evidence") in asked
    before = set(asked)
    known.biomarkers_named("BRAF V600E")
    assert ("named", "braf v600e") in asked
    assert not any(key[0] == "pattern" for key in asked - before), "reading every label is not what was asked"


def test_changes_are_written_and_read_back(whole: Book) -> None:
    made = changes(open_knowledge_base().store, counted(whole))
    assert read_changes(lines_of(made)) == made
    assert lines_of(made)[0], "a retracted item leaves"
