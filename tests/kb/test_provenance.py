"""Where statements come from, and the digest of what they say."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import terms as t
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.provenance import statement_digest

LABEL = t.item("indication", "CN:X1")
OTHER = t.item("indication", "US:Y1")
DESIGN = t.item("design", "PHOEBE")
REQUIREMENT = t.item("requirement", "after-taxane")
PART = t.item("requirement", "after-docetaxel")
TRIPLES = (
    (LABEL, t.TYPE, ox.NamedNode(t.INDICATION)),
    (LABEL, t.APPROVED_ON, ox.Literal("2018-08", datatype=ox.NamedNode(t.XSD + "gYearMonth"))),
    (LABEL, t.REQUIRES, ox.NamedNode(REQUIREMENT)),
    (LABEL, t.NOTE, ox.Literal('conditional; "full" 2020\n由于', language="zh")),
    (REQUIREMENT, t.AT_LEAST, ox.Literal(1)),
    (REQUIREMENT, t.SATISFIED_BY, ox.NamedNode(PART)),
    (PART, t.LABEL, ox.Literal("docetaxel")),
    (DESIGN, t.PIVOTAL_FOR, ox.NamedNode(LABEL)),
    (DESIGN, t.STRATIFIED, ox.Literal(True)),
)
"""A label with a requirement that has a part, and with the design of its pivotal trial."""


def store(triples=TRIPLES, graph: str = "a") -> ox.Store:
    name = ox.NamedNode(t.item("release", graph))
    made = ox.Store()
    made.extend(ox.Quad(ox.NamedNode(s), ox.NamedNode(p), o, name) for s, p, o in triples)
    return made


def digest(triples=TRIPLES, graph: str = "a", iri: str = LABEL) -> str | None:
    return statement_digest(store(triples, graph).quads_for_pattern, iri)


def test_the_same_statement_has_the_same_digest_in_any_release_and_order():
    assert digest() == digest(TRIPLES[::-1], "b")
    assert digest().startswith("sha256:")
    assert len(digest()) == len("sha256:") + 64


def test_a_statement_that_two_releases_hold_is_told_once():
    both = store()
    both.extend(store(graph="b"))
    assert statement_digest(both.quads_for_pattern, LABEL) == digest()


@pytest.mark.parametrize("number", range(len(TRIPLES)))
def test_any_triple_that_goes_changes_it(number):
    assert digest(TRIPLES[:number] + TRIPLES[number + 1 :]) != digest()


LITERALS = [number for number, (_, _, value) in enumerate(TRIPLES) if isinstance(value, ox.Literal)]


@given(st.sampled_from(LITERALS), st.text(max_size=9))
def test_any_value_that_changes_changes_it(number, text):
    subject, predicate, _ = TRIPLES[number]
    changed = (subject, predicate, ox.Literal(f"{text}?"))
    assert digest((*TRIPLES[:number], changed, *TRIPLES[number + 1 :])) != digest()


@pytest.mark.parametrize(
    "added",
    [
        (OTHER, t.REQUIRES, ox.NamedNode(REQUIREMENT)),
        (DESIGN, t.PIVOTAL_FOR, ox.NamedNode(OTHER)),
        (LABEL, t.SEARCH_KEY, ox.Literal("cn:x1")),
    ],
)
def test_what_others_rest_on_too_does_not_change_it(added):
    assert digest((*TRIPLES, added)) == digest()


def test_a_requirement_that_names_itself_ends():
    assert digest((*TRIPLES, (PART, t.SATISFIED_BY, ox.NamedNode(REQUIREMENT)))) != digest()


@pytest.mark.parametrize("iri", [t.item("indication", "CN:none"), t.item("release", "a"), "https://nothing.org/"])
def test_what_is_no_statement_has_none(iri):
    about = ((name, t.LABEL, ox.Literal("a")) for name in (t.item("release", "a"), "https://nothing.org/"))
    assert digest((*TRIPLES, *about), iri=iri) is None


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return open_knowledge_base()


def test_the_statements_of_the_starter_graph_are_told_apart(kb):
    types = (t.INDICATION, t.EVIDENCE_ITEM, t.TRIAL, t.CAUTION, t.COVERAGE)
    iris = [iri for kind in types for iri in sorted(kb._all(kind))[::20]]
    digests = {kb.statement_digest(iri) for iri in iris}
    assert None not in digests
    assert len(digests) == len(iris) > 100
