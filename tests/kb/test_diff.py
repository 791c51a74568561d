"""What changed between two stores: field by field, mirrored, and applied again."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.content import statements, triple
from kb.diff import KINDS, Diff, FieldChange, diff
from kb.diff_views import VIEWS, as_markdown, as_text, as_tsv, field_text
from kb.rdf import Triple, iri, text, typed
from kb.store import Metadata
from tests.shared import knowledge

GRAPH = t.item("release", "toy")
PAPER = "https://pubmed.ncbi.nlm.nih.gov/1/"


def store(triples: Iterable[Triple], release: str = "toy", graph: str = GRAPH) -> ox.Store:
    """A store in memory with these statements in one named graph."""
    made = ox.Store()
    lines = "".join(f"{s} {p} {o} <{graph}> .\n" for s, p, o in triples)
    made.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    node = ox.NamedNode(t.STORE)
    for name, value in ((t.OF_RELEASE, release), (t.CONTENT_DIGEST, f"sha256:{release}"), (t.ISSUED, "2026-01-01")):
        made.add(ox.Quad(node, ox.NamedNode(name), ox.Literal(value)))
    return made


def evidence(id: str = "EID1234", level: str = "B", tumors: tuple[str, ...] = ("NSCLC",), **more: str) -> list[Triple]:
    node = iri(t.item("evidence", id))
    said = {
        t.TYPE: iri(t.EVIDENCE_ITEM),
        t.HAS_PROFILE: iri(t.item("profile", "EGFR:L858R")),
        t.HAS_REGIMEN: iri(t.item("regimen", "osimertinib")),
        t.DIRECTION: text("supports"),
        t.SIGNIFICANCE: text("sensitivity"),
        t.LEVEL: text(level),
    }
    said |= {getattr(t, name): value for name, value in more.items()}
    triples = [(node, iri(name), value) for name, value in said.items()]
    return triples + [(node, iri(t.HAS_TUMOR_TYPE), iri(t.item("tumor", code))) for code in tumors]


def document(address: str, label: str) -> list[Triple]:
    return [(iri(address), iri(t.TYPE), iri(t.DOCUMENT)), (iri(address), iri(t.LABEL), text(label))]


def changes(found: Diff) -> list[str]:
    """The lines of the text that begin with a mark."""
    return [line for line in as_text(found).splitlines() if line[:2] in {"~ ", "+ ", "- "}]


# Small cases, as a reader sees them

CASES: list[tuple[str, list[Triple], list[Triple], list[str]]] = [
    ("nothing", evidence(), evidence(), []),
    (
        "one value for another",
        evidence(level="B"),
        evidence(level="A"),
        ["~ evidence EID1234 EGFR:L858R + osimertinib in NSCLC: level B -> A"],
    ),
    (
        "an item that came",
        [],
        evidence(),
        ["+ evidence EID1234 EGFR:L858R + osimertinib in NSCLC: supports, sensitivity, level B"],
    ),
    (
        "an item that went",
        evidence(),
        [],
        ["- evidence EID1234 EGFR:L858R + osimertinib in NSCLC: supports, sensitivity, level B"],
    ),
    (
        "one of several values came",
        evidence(tumors=("LUAD", "LUSC")),
        evidence(tumors=("LUAD", "LUSC", "SCLC")),
        ["~ evidence EID1234 EGFR:L858R + osimertinib in LUAD | LUSC | SCLC: tumor type + SCLC (2 as before)"],
    ),
    (
        "one of several values for two others",
        evidence(tumors=("LUAD", "LUSC")),
        evidence(tumors=("LUAD", "SCLC", "NSCLC")),
        [
            "~ evidence EID1234 EGFR:L858R + osimertinib in LUAD | NSCLC | SCLC: "
            "tumor type + NSCLC, + SCLC, - LUSC (1 as before)"
        ],
    ),
    (
        "a field that was not there",
        evidence(),
        evidence(RATING=typed(4, "integer")),
        ["~ evidence EID1234 EGFR:L858R + osimertinib in NSCLC: rating (none) -> 4"],
    ),
    (
        "a text with line breaks and quotes",
        evidence(NOTE=text('first\n"second"')),
        evidence(NOTE=text("third\tfourth")),
        ['~ evidence EID1234 EGFR:L858R + osimertinib in NSCLC: note first "second" -> third fourth'],
    ),
    (
        "a regimen and a document by their names",
        evidence(SOURCE=iri(PAPER)) + document(PAPER, "PMID:1"),
        evidence(HAS_REGIMEN=iri(t.item("regimen", "gefitinib+osimertinib"))),
        [
            "~ evidence EID1234 EGFR:L858R + gefitinib + osimertinib in NSCLC:",
            "- source https://pubmed.ncbi.nlm.nih.gov/1/ PMID:1",
        ],
    ),
    (
        "a biomarker",
        [(iri(t.item("biomarker", "EGFR:L858R")), iri(t.STATE), text("present"))],
        [(iri(t.item("biomarker", "EGFR:L858R")), iri(t.STATE), text("absent"))],
        ["~ biomarker EGFR:L858R: state present -> absent"],
    ),
    (
        "what is no item of the ontology",
        [],
        [("<http://example.org/x>", iri(t.LABEL), text("stray"))],
        ["+ other http://example.org/x"],
    ),
    (
        "the release itself is no content",
        [(iri(t.item("release", "a")), iri(t.TITLE), text("one"))],
        [(iri(t.item("release", "b")), iri(t.TITLE), text("two"))],
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_small_cases(old: list[Triple], new: list[Triple], lines: list[str]) -> None:
    assert changes(diff(store(old), store(new))) == lines


def test_several_fields_take_a_line_each_when_they_are_long() -> None:
    found = diff(store(evidence(NOTE=text("a" * 80))), store(evidence(level="A", NOTE=text("b" * 80))))
    head, level, note = as_text(found).splitlines()[-3:]
    assert head == "~ evidence EID1234 EGFR:L858R + osimertinib in NSCLC:"
    assert level == "    level B -> A"
    assert note == f"    note {'a' * 80} -> {'b' * 80}"


def test_documents_of_one_label_are_told_apart_by_their_addresses() -> None:
    one, two = "https://a.example/1", "https://a.example/2"
    old = store(evidence(SOURCE=iri(one)) + document(one, "a.example"))
    new = store(evidence(SOURCE=iri(two)) + document(two, "a.example"))
    found = diff(old, new)
    (item,) = found.of_kinds({"evidence"}).items
    assert field_text(found, item.fields[0]) == f"source a.example (<{one}>) -> a.example (<{two}>)"


def test_what_a_board_reads_first_comes_first() -> None:
    nodes = [t.item(kind, "x1") for kind in ("exon", "biomarker", "coverage", "trial", "evidence", "indication")]
    nodes.append(t.item("evidence", "x10"))
    nodes.append(t.item("evidence", "x9"))
    found = diff(store([]), store([(iri(node), iri(t.NOTE), text("new")) for node in nodes]))
    order = [(item.kind, item.id) for item in found.items]
    assert order[:6] == [("indication", "x1"), ("evidence", "x1"), ("evidence", "x9"), ("evidence", "x10"),
                         ("trial", "x1"), ("coverage", "x1")]  # fmt: skip
    assert order[6:] == [("biomarker", "x1"), ("exon", "x1")]


def test_every_kind_of_the_ontology_has_a_place_in_the_report() -> None:
    assert set(KINDS) == (set(t.KINDS) - {"release"}) | {"other"}
    assert len(KINDS) == len(set(KINDS))


# Nothing is dropped in silence


def many() -> Diff:
    old = [each for number in range(7) for each in evidence(f"EID{number}")]
    new = [each for number in range(7) for each in evidence(f"EID{number}", level="A")]
    return diff(store(old), store([*new, (iri(t.item("gene", "KRAS")), iri(t.LABEL), text("KRAS"))]))


@pytest.mark.parametrize("view", [as_text, as_markdown, as_tsv])
def test_a_limit_says_how_many_more_there_are(view) -> None:
    shown = view(many(), 3)
    assert shown.count("EID") in {3, 6}
    assert "... and 5 more changes: 4 evidence, 1 gene" in shown
    assert "more change" not in view(many(), 8)
    assert many().as_json(3)["not_shown"] == 5


@pytest.mark.parametrize("view", [as_text, as_markdown, as_tsv])
def test_a_kind_says_that_there_are_others(view) -> None:
    only = many().of_kinds({"gene"})
    assert [item.id for item in only.items] == ["KRAS"]
    assert "7 of other kinds" in view(only, None)
    assert only.as_json()["of_other_kinds"] == 7
    assert "7 of other kinds" in view(many().of_kinds({"gene"}).of_kinds({"trial", "gene"}), None)


def test_json_keeps_its_contract() -> None:
    answer = many().as_json()
    assert list(answer) == [
        "schema",
        "old",
        "new",
        "summary",
        "changed_fields",
        "not_shown",
        "of_other_kinds",
        "changes",
    ]
    assert answer["schema"] == "mtb-match-diff/1"
    assert answer["old"] == {"release": "toy", "digest": "sha256:toy", "released_on": "2026-01-01"}
    assert answer["summary"]["evidence"] == {"added": 0, "removed": 0, "changed": 7}
    assert answer["changes"][0] == {
        "change": "changed",
        "kind": "evidence",
        "id": "EID0",
        "iri": "https://w3id.org/mtb-match/kb/evidence/EID0",
        "title": "EID0 EGFR:L858R + osimertinib in NSCLC",
        "fields": [
            {
                "field": "level",
                "property": "https://w3id.org/mtb-match/ontology#level",
                "removed": [{"text": "B", "term": '"B"'}],
                "added": [{"text": "A", "term": '"A"'}],
                "kept": 0,
            }
        ],
    }


def test_the_summary_says_which_fields_changed() -> None:
    old = [*evidence("EID1", NOTE=text("a")), *evidence("EID2"), *evidence("EID3")]
    new = [*evidence("EID1", "A", NOTE=text("b")), *evidence("EID2", "A"), *evidence("EID4")]
    found = diff(store(old), store(new))
    assert found.changed_fields() == {"evidence": {"level": 2, "note": 1}}
    assert "evidence: level in 2, note in 1\n" in as_text(found)
    assert "- evidence: level in 2, note in 1\n" in as_markdown(found)


def test_a_table_keeps_its_columns_whatever_the_text() -> None:
    found = diff(store(evidence(NOTE=text("a\tb\nc"))), store(evidence(NOTE=text("d\r\\"))))
    rows = [line.split("\t") for line in as_tsv(found).rstrip("\n").split("\n")]
    assert {len(row) for row in rows} == {8}
    assert rows[1][4:7] == ["note", "a b c", "d \\\\"]


# Properties

_SUBJECTS = [t.item("evidence", "E1"), t.item("gene", "G1"), t.item("profile", "A AND B"), "http://example.org/doc"]
_PREDICATES = [t.LEVEL, t.TYPE, t.HAS_REGIMEN, t.LABEL, t.SEARCH_KEY]
_VALUES = st.one_of(
    st.sampled_from(
        [iri(t.item("regimen", "a+b")), iri(t.DOCUMENT), iri("http://example.org/doc"), typed(3, "integer")]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(text),
)
TRIPLES = st.frozensets(
    st.tuples(st.sampled_from(_SUBJECTS).map(iri), st.sampled_from(_PREDICATES).map(iri), _VALUES), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(TRIPLES, TRIPLES)
def test_the_way_back_mirrors_the_way_there_and_the_changes_lead_there(
    old: frozenset[Triple], new: frozenset[Triple]
) -> None:
    before, after = store(old), store(new)
    found = diff(before, after)
    assert found.mirrored() == diff(after, before)
    assert found.applied_to(statements(before)) == statements(after)
    assert found.mirrored().applied_to(statements(after)) == statements(before)
    assert bool(found) == (statements(before) != statements(after))
    for view in VIEWS.values():
        view(found, None)
    json.dumps(found.as_json())


@settings(max_examples=30, deadline=None)
@given(TRIPLES, TRIPLES, st.randoms(use_true_random=False), st.integers(1, 3))
def test_neither_order_nor_graphs_matter(
    old: frozenset[Triple], new: frozenset[Triple], chance: random.Random, graphs: int
) -> None:
    """The same statements in another order, spread over several graphs with repeats, give the same bytes."""
    shuffled = sorted(new)
    chance.shuffle(shuffled)
    spread = ox.Store()
    spread.extend(store([]))
    for each in shuffled:
        for number in {chance.randrange(graphs), chance.randrange(graphs)}:
            spread.extend(quad for quad in store([each], graph=f"{GRAPH}-{number}") if not _is_metadata(quad))
    assert json.dumps(diff(store(old), spread).as_json()) == json.dumps(diff(store(old), store(new)).as_json())
    assert not diff(spread, store(new))


def _is_metadata(quad: ox.Quad) -> bool:
    return isinstance(quad.graph_name, ox.DefaultGraph)


def test_a_statement_that_only_moves_to_another_graph_is_no_change() -> None:
    shared = evidence()
    old, new = store(shared), store([], graph=GRAPH)
    new.load("".join(f"{s} {p} {o} <{GRAPH}-civic> .\n" for s, p, o in shared).encode(), format=ox.RdfFormat.N_QUADS)
    assert not diff(old, new)


def test_a_statement_that_stays_in_an_unchanged_graph_is_no_change() -> None:
    both = store(evidence(), graph=f"{GRAPH}-a")
    other = store(evidence(), graph=f"{GRAPH}-a")
    other.extend(store(evidence()))
    assert not diff(both, other)
    assert not diff(other, both)


def test_the_graph_of_provenance_is_no_content() -> None:
    plain, described = store(evidence()), store(evidence())
    described.add(
        ox.Quad(ox.NamedNode("http://x/y"), ox.NamedNode(t.TITLE), ox.Literal("z"), ox.NamedNode(t.PROVENANCE))
    )
    assert not diff(plain, described)


# The starter


def starter_with(changed: Iterable[tuple[Triple | None, Triple | None]]) -> ox.Store:
    """The starter in memory, with some statements taken out and put in."""
    made = ox.Store()
    made.extend(knowledge().store)
    (graph,) = made.named_graphs()
    for gone, come in changed:
        for each, change in ((gone, made.remove), (come, made.add)):
            if each is not None:
                line = f"{each[0]} {each[1]} {each[2]} .".encode()
                (parsed,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
                change(ox.Quad(parsed.subject, parsed.predicate, parsed.object, graph))
    return made


def test_the_starter_is_the_starter() -> None:
    assert not diff(knowledge().store, starter_with([]))


def test_a_change_in_the_starter_is_told_in_one_line() -> None:
    item = knowledge().evidence_item("EID12")
    node = iri(item.iri)
    new = starter_with([((node, iri(t.LEVEL), text("D")), (node, iri(t.LEVEL), text("C")))])
    assert changes(diff(knowledge().store, new)) == ["~ evidence EID12 MAP2K1:P124S + selumetinib in MEL: level D -> C"]
    assert len(statements(new)) == len(statements(knowledge().store))


def test_many_random_changes_of_the_starter_lead_there() -> None:
    chance = random.Random(7)
    known = sorted(statements(knowledge().store))
    gone = chance.sample(known, 200)
    come = [(s, p, text(f"new {number}")) for number, (s, p, _) in enumerate(chance.sample(known, 100))]
    new = starter_with([*((each, None) for each in gone), *((None, each) for each in come)])
    found = diff(knowledge().store, new)
    assert set(found.removed()) == set(gone)
    assert set(found.added()) == set(come)
    assert found.applied_to(known) == statements(new)
    assert found.mirrored() == diff(new, knowledge().store)


# Parts


def test_releases_are_named_with_their_digests() -> None:
    found = diff(store([], "one"), store([], "two"))
    assert (found.old, found.new) == (
        Metadata("one", "sha256:one", "2026-01-01"), Metadata("two", "sha256:two", "2026-01-01")
    )  # fmt: skip
    assert as_text(found).startswith("one (sha256:one) -> two (sha256:two)\n")
    assert "no differences" in as_text(found)


def test_a_field_change_shows_a_missing_value() -> None:
    found = diff(store([]), store([]))
    assert field_text(found, FieldChange(t.LINE, ('"2+"',), ())) == "line 2+ -> (none)"


def test_the_statements_read_are_those_of_the_files() -> None:
    line = '<a:b> <a:c> "x y . <z>"@en .'
    assert triple(line) == ("<a:b>", "<a:c>", '"x y . <z>"@en')
