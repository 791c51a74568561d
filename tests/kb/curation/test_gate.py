"""The gate: which items pass, what it says of the others, and that it says it of nothing else."""

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from kb import terms as t
from kb.curation.acts import ACCEPTED, REJECTED, RETRACTED, Book, book
from kb.curation.entry import stated
from kb.curation.gate import ERROR, SEVERITIES, Finding, explain, gate, passes
from kb.curation.gate_shapes import all_shapes
from kb.curation.item import NEW, Item, item_of
from kb.curation.journal import Journal, decision, submission
from kb.curation.retractions import Notice, RetractedPapers
from kb.evidence import KINDS
from kb.rdf import Triple, iri, text
from kb.statements import Row
from tests.curated import AFATINIB, CARBERRY, SECOND, names
from tests.kb.curation.gate_table import PAGE, page
from tests.shared import knowledge

TABLE = Path(__file__).parents[2] / "tables" / "kb" / "gate.tsv"
VIOLATIONS = TABLE.with_name("violations.tsv")

NOBODY = book((), ())
DESIGN = ("study", "phase", "size", "endpoints", "reported")


def made(**changed: str) -> Item:
    row = Row({**AFATINIB, **{name: value for name, value in changed.items() if name not in DESIGN}})
    told = {{"study": "kind"}.get(name, name): changed[name] for name in DESIGN if name in changed}
    design = Row({**told, "sources": row["sources"], "verified": "yes"}) if told else None
    return stated(row, names(), design)


def gated(item: Item, known: Book = NOBODY, **given: object) -> tuple[Finding, ...]:
    return gate(item, knowledge(), known, **given)  # type: ignore[arg-type]


def shapes(findings: tuple[Finding, ...]) -> list[str]:
    return sorted({finding.shape.removeprefix(t.SHAPES) for finding in findings})


def changed_by(item: Item, *added: Triple, without: str | None = None) -> Item:
    """The item with statements more, about its own node under the id `CURATED:new`, and without a property."""
    back = {iri(t.item(kind, item.id)): iri(t.item(kind, NEW)) for kind in ("evidence", "design")}
    said = {tuple(back.get(term, term) for term in triple) for triple in item.statements}
    named = (iri(t.item("evidence", NEW)), iri(t.IDENTIFIER), text(item.id))
    return item_of(each for each in {*said, *added} if each != named and each[1] != f"<{without}>")  # type: ignore[misc]


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


# What is said of an item by itself and beside the graph


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["change"] or "as it is")
def test_each_case_of_the_table(case: dict[str, str]) -> None:
    changes = dict(each.split("=", 1) for each in case["change"].split("; ") if each)
    findings = gated(made(**changes))
    assert shapes(findings) == case["finds"].split()
    assert case["says"] in " ".join(map(str, findings))


BESIDE = {
    "NewTherapy", "TherapyOfAnotherName", "RetractedPaper", "PaperOfConcern", "OwnStatements", "KnownProperties",
    "SubmittedBefore", "RefusedBefore", "SameStatementRefused", "SupersedesUnknown",
}  # fmt: skip
"""The shapes of the gate that the tests below are about."""


def test_each_shape_of_the_gate_has_a_case() -> None:
    told = {shape for case in cases() for shape in case["finds"].split()}
    of_gate = {shape.iri.removeprefix(t.SHAPES) for shape in all_shapes() if shape.of_gate}
    assert of_gate - told == BESIDE
    assert any(not case["finds"] for case in cases())


def test_every_kind_of_study_is_judged_at_level_a_and_b() -> None:
    """A new kind of study must get its place in CIViC's levels."""
    refused = {kind for kind in KINDS if not passes(gated(made(level="B", study=kind)))}
    assert refused == {"case report", "in vivo", "in vitro", "in silico"}
    assert {kind for kind in KINDS if not passes(gated(made(level="A", study=kind)))} == {*refused, "case series"}


def test_the_gravest_comes_first_and_two_runs_say_the_same() -> None:
    item = made(level="A", study="case report", direction="does not support", tumor_types="LUNG")
    findings = gated(item)
    order = [SEVERITIES.index(finding.severity) for finding in findings]
    assert order == sorted(order)
    assert set(order) > {0}
    assert findings == gated(item)


def test_the_order_of_a_profile_is_no_difference() -> None:
    one, other = "KRAS:MUT OR NRAS:MUT", "NRAS:MUT OR KRAS:MUT"
    first = made(profile=one, regimen="cetuximab", tumor_types="COADREAD", significance="resistance")
    known = book((first,), (submission(first, CARBERRY, "options").act._replace(at="2026-11-01T00:00:00.000000Z"),))
    second = made(profile=other, regimen="cetuximab", tumor_types="COADREAD")
    conflict = next(
        finding for finding in gated(second, known) if finding.check == "conflict" and first.id in str(finding)
    )
    assert "submitted by Josiah Carberry" in conflict.message


# The shapes of the graph


def violations() -> list[dict[str, str]]:
    with VIOLATIONS.open(encoding="utf-8") as file:
        return [case for case in csv.DictReader(file, delimiter="\t") if case["kind"] == "evidence"]


@pytest.mark.parametrize("property", [t.LEVEL, t.DIRECTION, t.SIGNIFICANCE, t.LEVEL_SOURCE, t.COMBINATION, t.VERIFIED])
def test_a_property_that_is_missing_is_an_error_that_names_it(property: str) -> None:
    findings = gated(changed_by(made(), without=property))
    errors = [finding for finding in findings if finding.severity == ERROR]
    assert [finding.shape for finding in errors] == [f"{t.SHAPES}EvidenceItem-{property.rpartition('#')[2]}"]


@pytest.mark.parametrize("case", violations(), ids=lambda case: f"{case['property']}-{case['value'] or 'removed'}")
def test_the_gate_says_what_the_whole_graph_would(case: dict[str, str]) -> None:
    """The violations that the shapes find in the shipped data are found in an item by itself, in the same words."""
    node = t.item("evidence", case["id"])
    prefix, _, name = case["property"].partition(":")
    predicate = {"mtb": t.ONTOLOGY, "dcterms": t.DCTERMS, "skos": t.SKOS}[prefix] + name
    said = taken_from_the_graph(node)
    if case["action"] in ("remove", "replace"):
        said = {each for each in said if each[1] != iri(predicate)}
    if case["value"]:
        value = case["value"]
        term = iri(t.item(*value.split(":", 2)[1:])) if value.startswith("item:") else text(value.partition("^^")[0])
        if "^^" in value:
            term = f'"{value.partition("^^")[0]}"^^<{t.XSD}{value.partition("^^")[2]}>'
        said.add((iri(t.item("evidence", NEW)), iri(predicate), term))
    findings = gate(item_of(said), knowledge(), NOBODY, (), case["id"])
    wanted = [finding for finding in findings if case["message"] in finding.message or "there is no" in finding.message]
    if predicate != t.IDENTIFIER:
        assert any(finding.severity == ERROR for finding in wanted), findings


def taken_from_the_graph(node: str) -> set[Triple]:
    """An evidence item of the graph with its design, regimen, profile and sources, as a new item states them."""
    design = t.item("design", t.item_id(node))
    own = {*of(node), *of(design)}
    links = {iri(t.HAS_REGIMEN), iri(t.HAS_PROFILE), iri(t.SOURCE)}
    parts = {each for _, predicate, value in own if predicate in links for each in of(value[1:-1])}
    new = {iri(node): iri(t.item("evidence", NEW)), iri(design): iri(t.item("design", NEW))}
    said = {tuple(new.get(term, term) for term in triple) for triple in own | parts}
    return {each for each in said if each[1] != iri(t.IDENTIFIER)}  # type: ignore[misc]


def of(node: str) -> set[Triple]:
    quads = knowledge().store.quads_for_pattern(ox.NamedNode(node), None, None, None)
    return {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads}


def test_what_the_graph_holds_passes_the_gate_but_for_studies_that_contradict_their_level() -> None:
    """Of every thirtieth item that was ever loaded, only one whose study a program misread is refused."""
    every = sorted(quad.subject.value for quad in knowledge().store.quads_for_pattern(
        None, ox.NamedNode(t.TYPE), ox.NamedNode(t.EVIDENCE_ITEM), None
    ))  # fmt: skip
    checked = every[::30]
    assert len(checked) > 40
    for node in checked:
        findings = gate(item_of(taken_from_the_graph(node)), knowledge(), NOBODY, (), t.item_id(node))
        refused = {finding.check for finding in findings if finding.severity == ERROR}
        assert refused <= {"level and source"}, (node, findings)


# What an item cannot be


def test_an_item_that_states_no_evidence_does_not_pass() -> None:
    alone = item_of([each for each in made().statements if "/evidence/" not in each[0]])
    assert [finding.message for finding in gated(alone)] == ["the item states no evidence item"]


def test_an_item_whose_id_is_not_its_own_does_not_pass() -> None:
    other = made(level="C")._replace(id=made().id)
    assert not passes(gated(other))


@pytest.mark.parametrize("term", ["_:b0", "<<<a:b> <a:c> <a:d>>>", "", "<has space>", '"open'])
def test_a_term_that_names_nothing_is_told(term: str) -> None:
    item = item_of([*made().statements, (iri(t.item("evidence", NEW)), iri(t.NOTE), term)])
    (finding,) = gated(item)
    assert finding.severity == ERROR
    assert "is no name and no text" in finding.message


# Drugs


def new_drug(name: str, *keys: str) -> tuple[Triple, ...]:
    node = iri(t.item("therapy", name))
    source = iri("https://pubmed.ncbi.nlm.nih.gov/27083334/")
    said = [(t.TYPE, iri(t.DRUG)), (t.IDENTIFIER, text(name)), (t.LABEL, text(name)), (t.SOURCE, source)]
    said += [(t.VERIFIED, text("yes")), *((t.SEARCH_KEY, text(key)) for key in keys)]
    return tuple((node, iri(predicate), value) for predicate, value in said)


def test_a_new_drug_is_a_warning_with_the_nearest_names() -> None:
    findings = gated(changed_by(made(regimen="pirotinib"), *new_drug("pirotinib", "pirotinib")))
    assert passes(findings)
    (finding,) = [each for each in findings if each.check == "drug not known"]
    assert "this item brings it; the nearest are pyrotinib" in finding.message


def test_a_brand_is_no_new_drug() -> None:
    findings = gated(changed_by(made(regimen="giotrif"), *new_drug("giotrif", "giotrif", "afatinib")))
    (finding,) = [each for each in findings if each.check == "drug not known"]
    assert (finding.severity, finding.message) == (
        ERROR,
        "the item makes giotrif a new therapy, and it is a name of afatinib",
    )


def test_an_item_brings_its_drug_though_an_accepted_item_brought_it_too(tmp_path: Path) -> None:
    drug = new_drug("pirotinib", "pirotinib")
    first = changed_by(made(regimen="pirotinib"), *drug)
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submission(first, CARBERRY, "options"))
    journal.record(decision(first.id, ACCEPTED, SECOND))
    paper = "https://doi.org/10.1000/other"
    bare = made(regimen="pirotinib", sources=f"doi:10.1000/other {paper}")
    assert not passes(gated(bare, journal.book())), "it must stand when the other is taken back"
    cited = [(s, p, iri(paper) if p == iri(t.SOURCE) else o) for s, p, o in drug]
    whole = gated(changed_by(bare, *cited), journal.book())
    assert passes(whole)
    assert "NewTherapy" not in shapes(whole)
    other = [(s, p, text("no") if p == iri(t.VERIFIED) else o) for s, p, o in cited]
    (finding,) = [each for each in gated(changed_by(bare, *other), journal.book()) if each.severity == ERROR]
    assert finding.remedy == "write verified 'yes', as it stands"


# Retracted papers


def test_a_retracted_source_refuses_the_item() -> None:
    plain = gated(made(), retracted=frozenset({"PMID:27083334"}))
    assert [finding.message for finding in plain if finding.severity == ERROR] == [
        "its source PMID:27083334 was retracted"
    ]
    listed = RetractedPapers({"PMID:27083334": Notice("retraction", "2024-05-01", "Image manipulation", 3)})
    told = next(finding for finding in gated(made(), retracted=listed) if finding.check == "retracted paper")
    assert told.message == "its source PMID:27083334 was retracted on 2024-05-01 (Image manipulation)"
    assert passes(gated(made(), retracted=frozenset({"PMID:2522766"})))


def test_a_retracted_source_of_the_study_refuses_the_item() -> None:
    study = iri("https://doi.org/10.1000/Retracted")
    item = changed_by(
        made(study="prospective trial"),
        (iri(t.item("design", NEW)), iri(t.SOURCE), study),
        (study, iri(t.TYPE), iri(t.DOCUMENT)),
        (study, iri(t.LABEL), text("the trial")),
    )
    assert passes(gated(item))
    assert not passes(gated(item, retracted=frozenset({"doi:10.1000/retracted"})))


def test_an_expression_of_concern_is_a_warning() -> None:
    listed = RetractedPapers({}, {"PMID:27083334": Notice("expression of concern", None, None, 2)})
    findings = gated(made(), retracted=listed)
    assert passes(findings)
    assert "PaperOfConcern" in shapes(findings)


# What an item says of others

EVIDENCE = iri(t.item("evidence", NEW))


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "says"),
    [
        (t.item("evidence", "EID12"), t.LEVEL, text("A"), "of evidence EID12: level A"),
        (t.item("therapy", "afatinib"), t.IN_CLASS, iri(t.item("therapy", "parp inhibitor")), "therapy parp inhibitor"),
        (t.item("tumor", "LUAD"), t.ANCESTOR, iri(t.item("tumor", "BREAST")), "tumor BREAST"),
        (t.item("indication", "CN:NEW"), t.STATUS, text("approved"), "status approved"),
        (t.item("evidence", "EID99999999"), t.TYPE, iri(t.EVIDENCE_ITEM), "EID99999999"),
        ("https://example.org/x", t.TYPE, iri(t.DOCUMENT), "it has nothing to do with"),
        (t.item("design", NEW), t.DESIGN_OF, iri(t.item("evidence", "EID12")), "its study is the item's"),
    ],
)
def test_an_item_cannot_say_anything_of_another(subject: str, predicate: str, value: str, says: str) -> None:
    findings = gated(changed_by(made(), (iri(subject), iri(predicate), value)))
    told = [finding for finding in findings if finding.shape == f"{t.SHAPES}OwnStatements"]
    assert any(says in finding.message for finding in told), findings
    assert {finding.severity for finding in told} == {ERROR}


def test_a_thing_that_the_item_leads_to_is_still_of_another_kind() -> None:
    indication = iri(t.item("indication", "CN:NEW"))
    item = changed_by(
        made(study="prospective trial"),
        (iri(t.item("design", NEW)), iri(t.PIVOTAL_FOR), indication),
        (indication, iri(t.TYPE), iri(t.INDICATION)),
    )
    assert any("cannot bring" in finding.message for finding in gated(item))


def test_a_source_has_the_label_that_the_graph_gives_it() -> None:
    known = "https://flcube.com/?p=24324"
    item = made(sources=f"my own label {known}")
    (finding,) = [each for each in gated(item) if each.severity == ERROR]
    assert "write label 'flcube.com', as it stands" in finding.remedy


def nodes() -> list[str]:
    every = {t.DRUG, t.BIOMARKER, t.TUMOR_TYPE, t.INDICATION, t.EVIDENCE_ITEM, t.GENE, t.REGIMEN}
    quads = (
        knowledge().store.quads_for_pattern(None, ox.NamedNode(t.TYPE), ox.NamedNode(each), None)
        for each in sorted(every)
    )
    return [quad.subject.value for found in quads for quad in list(found)[:40]]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_statement_that_the_graph_does_not_have_of_its_nodes_passes(data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(NODES))
    predicate = data.draw(st.sampled_from([t.LEVEL, t.SEARCH_KEY, t.NOTE, t.STATUS, t.LABEL, t.TYPE, t.BROADER]))
    word = data.draw(st.from_regex("[a-z]{12}", fullmatch=True))
    value = iri(t.ONTOLOGY + word) if predicate in (t.TYPE, t.BROADER) else text(word)
    findings = gated(changed_by(made(), (iri(node), iri(predicate), value)))
    assert f"{t.SHAPES}OwnStatements" in {finding.shape for finding in findings}
    assert not passes(findings)


NODES = nodes()


def test_a_property_that_nobody_knows_is_told_with_the_nearest() -> None:
    findings = gated(changed_by(made(), (EVIDENCE, iri(t.ONTOLOGY + "signifcance"), text("resistance"))))
    (finding,) = [each for each in findings if each.severity == ERROR]
    assert finding.message.endswith("which the ontology does not know; the nearest are significance")


def test_a_profile_mentions_what_its_expression_says() -> None:
    item = made(profile="EGFR:L858R AND TP53:MUT")
    kept = [each for each in item.statements if "TP53%3AMUT>" not in each[2] or each[1] != iri(t.MENTIONS)]
    findings = gated(changed_by(Item(item.id, tuple(kept))))
    assert any("without TP53:MUT" in finding.message for finding in findings)


# What was done before


def test_what_was_rejected_is_not_brought_back_in_silence(tmp_path: Path) -> None:
    journal, item, reworded = Journal(tmp_path / "curation.sqlite"), made(), made(level="C")
    assert "SubmittedBefore" not in shapes(gated(item, journal.book()))
    journal.record(submission(item, CARBERRY, "options"))
    assert "SubmittedBefore" in shapes(gated(item, journal.book()))
    journal.record(decision(item.id, REJECTED, SECOND, "another cohort"))
    again = gated(item, journal.book())
    assert "RefusedBefore" in shapes(again)
    assert passes(again)
    told = next(each for each in gated(reworded, journal.book()) if "SameStatementRefused" in each.shape)
    assert told.message.endswith(
        "was rejected by Second Reader (0000-0002-1694-233X) on " + journal.book().acts[-1].day + ": another cohort"
    )


def test_a_retracted_item_of_the_graph_is_no_evidence_beside(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    assert "EID879" in str(gated(made(), journal.book()))
    for id in ("EID879", "EID883", "EID982"):
        journal.record(decision(id, RETRACTED, CARBERRY, "retracted"))
    assert "SameStatement" not in shapes(gated(made(), journal.book()))


def test_what_is_superseded_is_no_conflict() -> None:
    against = made(direction="does not support")
    assert "EID2997" in str(gated(against))
    assert "EID2997" not in str(gated(against, supersedes="EID2997"))
    assert not passes(gated(against, supersedes="EID99999999"))
    assert not passes(gated(against, supersedes=against.id))
    assert not passes(gated(against, supersedes="CURATED:0123456789ab"))


def test_what_no_longer_counts_cannot_be_superseded(tmp_path: Path) -> None:
    journal, old, new = Journal(tmp_path / "curation.sqlite"), made(), made(level="C")
    journal.record(submission(old, CARBERRY, "options"))
    assert passes(gated(new, journal.book(), supersedes=old.id))
    journal.record(decision(old.id, ACCEPTED, SECOND))
    journal.record(submission(new, CARBERRY, "options", supersedes=old.id))
    journal.record(decision(new.id, ACCEPTED, SECOND))
    assert passes(gated(new, journal.book()))
    findings = gated(made(level="D"), journal.book(), supersedes=old.id)
    assert any("which was superseded by Second Reader" in finding.message for finding in findings)
    journal.record(decision("EID879", RETRACTED, CARBERRY, "the paper was retracted"))
    assert not passes(gated(made(level="D"), journal.book(), supersedes="EID879"))


# The shapes in words


def test_each_shape_is_explained_as_turtle_with_words() -> None:
    shown = all_shapes()
    assert len(shown) > 150
    for shape in shown:
        written = shape.explained
        assert written.startswith("# "), shape.iri
        assert len(Graph().parse(data=written, format="turtle")) > 2, shape.iri
        assert shape.iri.rpartition("-")[0].removeprefix(t.SHAPES) in written


def test_an_explained_finding_shows_what_was_asked_and_its_source() -> None:
    (finding,) = [each for each in gated(made(level="B", study="in vitro")) if each.severity == ERROR]
    shown = explain(finding)
    assert "See https://civic.readthedocs.io/en/latest/model/evidence/level.html" in shown
    assert '"in vivo" "in vitro" "in silico"' in shown
    (finding,) = [each for each in gated(made(level="F")) if each.severity == ERROR]
    shown = " ".join(line.removeprefix("# ") for line in explain(finding).splitlines())
    assert "The level of every evidence item takes exactly one of A, B, C, D, E." in shown
    assert shown.count("sh:property") == 1


def test_the_page_tells_every_check() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.kb.curation.gate_table"


def test_messages_leave_nothing_unfilled() -> None:
    for case in cases():
        changes = dict(each.split("=", 1) for each in case["change"].split("; ") if each)
        for finding in gated(made(**changes)):
            assert not {"{", "}"} & set(finding.message + finding.remedy)
            assert "what is not told" not in finding.message + finding.remedy
