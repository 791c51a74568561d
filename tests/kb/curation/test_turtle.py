"""Turtle and TriG by hand: the same items as from fields, and nothing beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.curation.acts import SUBMITTED, Act, Person
from kb.curation.entry import read_entry
from kb.curation.field_table import FIELDS
from kb.curation.item import Item
from kb.curation.nanopub import named_graphs
from kb.curation.turtle import HEADER, read_turtle
from kb.curation.vocabulary import Vocabulary
from kb.errors import CurationProblem, KnowledgeError
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.rdf import quads, trig
from kb.statements import Row
from tests.curated import WRITTEN

BODY = """
evidence:new a mtb:EvidenceItem ;
    mtb:profile profile:EGFR%3AL858R ; mtb:regimen regimen:afatinib ; mtb:tumorType tumor:LUAD ;
    mtb:direction "supports" ; mtb:significance "sensitivity" ; mtb:level "B" ;
    dcterms:source <https://pubmed.ncbi.nlm.nih.gov/27083334/> .
"""


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return open_knowledge_base()


@cache
def words_of(knowledge: KnowledgeBase) -> Vocabulary:
    """The words of a graph, for items that are made here; a file is read with words of its own."""
    return Vocabulary(knowledge)


def made(knowledge: KnowledgeBase, **fields: str) -> Item:
    words = words_of(knowledge)
    entry, wrong = read_entry(Row({**WRITTEN, **fields}), words)
    assert entry is not None, [str(each) for each in wrong]
    return entry.items(words)[0]


def read(knowledge: KnowledgeBase, file: Path, words: Vocabulary | None = None) -> list[Item]:
    words = words or Vocabulary(knowledge)
    return [item for entry in read_turtle(file, words) for item in entry.items(words)]


def written(folder: Path, text: str, name: str = "item.ttl") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shortest_turtle_is_the_item_of_the_same_fields(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    expected = [made(knowledge)]
    assert read(knowledge, written(tmp_path, HEADER + BODY)) == expected
    assert read(knowledge, written(tmp_path, HEADER + BODY.replace("evidence:new", "[]"))) == expected
    assert read(knowledge, written(tmp_path, HEADER + BODY.replace("evidence:new", "evidence:EID12"))) == expected


WAYS: list[dict[str, str]] = [
    {},
    {"alteration": "L585R"},
    {"gene": "KRAS", "alteration": "activating mutation"},
    {"gene": "EML4::ALK", "alteration": ""},
    {"gene": "BRCA2", "alteration": "Mutation", "origin": "germline"},
    {"gene": "", "alteration": "", "profile": "HER2:POS AND NOT (KRAS Mutation OR NRAS Mutation)"},
    {"therapy": "zzzmab + afatinib", "new_therapy": "zzzmab"},
    {"therapy": "apalutamide", "note": 'a "quote", a \\ and\ta tab: ü 阿'},
    {"tumor_type": "SOLID", "nct": "NCT01234567; NCT00000001", "rating": "4", "verified": "partly"},
    {"source": "PMID:1; 10.1056/NEJMoa0900212; NCT01234567; https://example.org/a?b=c#d"},
    {
        "study": "randomized trial",
        "phase": "2/3",
        "patients": "345",
        "comparator": "active control",
        "endpoints": "PFS; OS",
        "reported": "ORR",
        "stratified": "yes",
        "mcbs": "4",
    },
]


@pytest.mark.parametrize("fields", WAYS)
@pytest.mark.parametrize("form", [".trig", ".ttl", ".nq", ".nt"])
def test_an_item_that_was_written_comes_back_the_same(
    knowledge: KnowledgeBase, tmp_path: Path, fields: dict[str, str], form: str
) -> None:
    item = made(knowledge, **fields)
    person = Person("Josiah Carberry", "0000-0002-1825-0097")
    acts = (Act(item.id, SUBMITTED, person, "2026-11-21T10:00:00.000000Z", None, item.digest, "options"),)
    graphs = named_graphs(item, acts)
    if form == ".trig":
        text = trig(graphs)
    elif form == ".nq":
        text = "\n".join(line for name, said in graphs for line in quads(said, name)) + "\n"
    else:
        text = "".join(f"{' '.join(each)} .\n" for each in item.statements)
    assert read(knowledge, written(tmp_path, text, f"item{form}")) == [item]


def test_several_items_of_one_file_keep_their_own_designs(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    found = [
        made(knowledge, study="case report"),
        made(knowledge, level="C", study="case series"),
        made(knowledge, level="D"),
    ]
    text = "".join(f"{' '.join(each)} .\n" for item in found for each in item.statements)
    assert set(read(knowledge, written(tmp_path, text, "items.nt"))) == set(found)


def test_what_it_is_to_supersede_is_read(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + BODY.replace("mtb:level", "mtb:supersedes evidence:EID12 ; mtb:level"))
    assert [entry.supersedes for entry in read_turtle(file, Vocabulary(knowledge))] == ["EID12"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("LUAD", "LUADD", "evidence:new: mtb:tumorType: no tumor type 'LUADD'; the nearest are tumor:LUAD"),
        ("tumor:LUAD", '"LUAD"', "mtb:tumorType: 'LUAD' is not of this graph; write tumor:LUAD"),
        (
            "afatinib",
            "afatinb",
            "mtb:regimen: no therapy 'afatinb'; define it in the file; the nearest are regimen:afat",
        ),
        ("regimen:afatinib", "regimen:osimertinib%2Bafatinib", "write regimen:afatinib%2Bosimertinib"),
        ("regimen:afatinib", "regimen:afatinib, regimen:gefitinib", "write one item for each alternative"),
        (
            "L858R",
            "L858RR",
            "mtb:profile: no biomarker 'EGFR:L858RR'; define it in the file; the nearest are profile:EGFR",
        ),
        ("EGFR%3AL858R", "EGFR%3AL858R%20AND", "mtb:profile: cannot read the biomarker profile"),
        ('"B"', '"F"', "mtb:level: 'F' is not one of A, B, C, D, E"),
        ("mtb:level", "mtb:levle", "mtb:levle: is no property of an item; the nearest are mtb:level"),
        ("mtb:level", "mtb:levle", 'mtb:level: is missing: it is one of "A", "B"'),
        ('mtb:level "B"', 'mtb:level "B", "C"', "mtb:level: is given 2 times"),
        ('mtb:level "B"', 'mtb:level "B" ; mtb:rating "much"', "mtb:rating: 'much' is not one of"),
        ("dcterms:source <https://pubmed.ncbi.nlm.nih.gov/27083334/>", 'mtb:note "x"', "dcterms:source: is missing"),
        ("<https://pubmed.ncbi.nlm.nih.gov/27083334/>", '"PMID:1"', "write <https://pubmed.ncbi.nlm.nih.gov/1/>"),
        (
            "https://pubmed.ncbi.nlm.nih.gov/27083334/",
            "ftp://example.org/x",
            "'ftp://example.org/x' is not PMID:123, a DOI",
        ),
        ("mtb:EvidenceItem", "mtb:Trial", "states no evidence item"),
        ("evidence:new a", "evidence:new b", "item.ttl:11: is no Turtle or TriG"),
        ("mtb:level", "xyz:level", "write at the top: @prefix xyz: <...> ."),
    ],
)
def test_what_cannot_be_taken_is_named_with_what_to_write(
    knowledge: KnowledgeBase, tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(CurationProblem) as failure:
        read(knowledge, written(tmp_path, HEADER + BODY.replace(old, new)))
    assert message in str(failure.value)


def test_a_forgotten_prefix_is_given(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(CurationProblem, match=r"write at the top: @prefix evidence: <https://"):
        read(knowledge, written(tmp_path, BODY))


@pytest.mark.parametrize(
    "statement",
    [
        'tumor:LUAD mtb:level "A" .',
        '<https://w3id.org/mtb-match/kb/indication/US%3Alynparza%3A6> mtb:status "withdrawn" .',
        '<https://w3id.org/mtb-match/kb/biomarker/EGFR%3AL858R> mtb:kind "wild type" .',
        "<https://w3id.org/mtb-match/kb/therapy/afatinib> mtb:inClass <https://w3id.org/mtb-match/kb/therapy/x> .",
        'evidence:EID12 mtb:level "A" .',
        "<https://w3id.org/mtb-match/kb/gene/NEW> a mtb:Gene .",
        "evidence:new mtb:hasEvidence evidence:EID12 .",
        '<https://pubmed.ncbi.nlm.nih.gov/27083334/> mtb:verified "no" .',
        'profile:EGFR%3AL858R mtb:expression "EGFR:T790M" .',
        "regimen:afatinib mtb:includes <https://w3id.org/mtb-match/kb/therapy/gefitinib> .",
        '[] mtb:level "B" .',
    ],
)
def test_a_file_can_say_nothing_but_its_item(knowledge: KnowledgeBase, tmp_path: Path, statement: str) -> None:
    with pytest.raises(CurationProblem, match=r"an item cannot say|is no property of an item"):
        read(knowledge, written(tmp_path, f"{HEADER}{BODY}{statement}\n"))


def test_a_file_of_other_things_is_told_in_a_few_lines(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    others = "".join(f'<http://example.org/{n}> <http://example.org/p> "x" .\n' for n in range(500))
    (tmp_path / "item.ttl").write_text(HEADER + BODY + others, encoding="utf-8")
    with pytest.raises(CurationProblem, match="and 480 more") as error:
        read_turtle(tmp_path / "item.ttl", Vocabulary(knowledge))
    assert len(str(error.value).splitlines()) < 25


def test_what_the_graph_says_already_may_stand_in_the_file(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    known = "tumor:LUAD a mtb:TumorType . <https://w3id.org/mtb-match/kb/therapy/afatinib> a mtb:Drug .\n"
    assert read(knowledge, written(tmp_path, HEADER + BODY + known)) == [made(knowledge)]


def test_who_curated_it_is_not_read_from_the_file(knowledge: KnowledgeBase, tmp_path: Path) -> None:
    body = BODY.replace("mtb:level", 'dcterms:creator "Somebody" ; mtb:level')
    assert read(knowledge, written(tmp_path, HEADER + body)) == [made(knowledge)]


@pytest.fixture
def defining(knowledge: KnowledgeBase) -> tuple[str, Vocabulary]:
    """The text of an item that defines its biomarker, and the words that files of it are read with."""
    item = made(knowledge, study="case report", alteration="L585R")
    return HEADER + trig(named_graphs(item, ())), Vocabulary(knowledge)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_the_item_another_item_or_one_clear_error(
    knowledge: KnowledgeBase, defining: tuple[str, Vocabulary], tmp_path: Path, data: st.DataObject
) -> None:
    """Any cut, doubled or replaced piece: an error of the family with place and remedy, never another exception."""
    text, words = defining
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 60)))
    piece = data.draw(
        st.one_of(st.just(""), st.text(max_size=8), st.sampled_from(['"', "<", "%", "\\", "[", ";", ". "]))
    )
    file = tmp_path / "item.trig"
    file.write_bytes((text[:at] + piece + text[end:]).encode("utf-8", "surrogatepass"))
    try:
        found, told = read(knowledge, file, words), ""
    except KnowledgeError as error:
        found, told = [], str(error)
    assert str(file) in told if told else all(item.profile and item.regimen for item in found)


def test_every_field_of_evidence_can_be_written_as_turtle(knowledge: KnowledgeBase) -> None:
    filled = {name for way in WAYS for name in way}
    left = {"direction", "significance", "level", "supersedes", "because"}  # the same in all, or of the act
    assert set(FIELDS) - filled == left - filled
