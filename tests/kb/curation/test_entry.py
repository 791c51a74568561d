"""What a curator writes, field by field: what is taken, what is refused with the nearest names, what item it makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph, Namespace
from rdflib.collection import Collection

from kb.curation.entry import COLUMNS, bad_fields, read_entries, read_entry, read_table_rows, slips
from kb.curation.field_table import DESIGN, FIELDS, STATEMENT
from kb.curation.item import Item
from kb.curation.vocabulary import Vocabulary
from kb.errors import CurationProblem
from kb.graph import open_knowledge_base
from kb.statements import Row
from kb.validate import SHAPES
from tests.curated import WRITTEN

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary(open_knowledge_base())


def items(words: Vocabulary, **fields: str) -> tuple[Item, ...]:
    entry, wrong = read_entry(Row({**WRITTEN, **fields}), words)
    assert entry is not None, [str(each) for each in wrong]
    return entry.items(words)


@pytest.mark.parametrize(
    "fields",
    [
        {"tumor_type": "lung adenocarcinoma"},
        {"tumor_type": "luad"},
        {"tumor_type": "DOID:3910"},
        {"gene": "ERBB1"},
        {"alteration": "p.Leu858Arg"},
        {"alteration": "EGFR:L858R"},
        {"gene": "", "alteration": "", "profile": "EGFR L858R"},
        {"gene": "", "alteration": "", "profile": "EGFR:L858R"},
        {"therapy": "Giotrif"},
        {"therapy": "afatinib dimaleate"},
        {"source": "https://pubmed.ncbi.nlm.nih.gov/27083334"},
        {"source": "pmid 27083334"},
        {"source": " PMID:27083334 ; "},
    ],
)
def test_the_same_statement_is_the_same_item_however_it_is_written(words: Vocabulary, fields: dict[str, str]) -> None:
    assert items(words, **fields) == items(words)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"gene": "EGFRR"}, "gene: no gene 'EGFRR'; the nearest are EGFR, EGF"),
        ({"gene": ""}, "gene: is empty, and so is profile"),
        ({"alteration": ""}, "alteration: is empty; write Mutation for any oncogenic one"),
        ({"alteration": "a strange thing"}, "alteration: biomarker 'EGFR a strange thing': no kind of biomarker"),
        ({"gene": "HER2", "alteration": "positive"}, "the nearest are HER2:POS (HER2 positive (IHC 3+ or ISH+)"),
        ({"gene": "KRAS", "alteration": "EGFR:L858R"}, "alteration: biomarker 'KRAS EGFR:L858R'"),
        ({"profile": "EGFR L858R"}, "profile: stands beside gene and alteration"),
        ({"gene": "", "alteration": "", "profile": "EGFR L858R AND ("}, "profile: cannot read the biomarker profile"),
        ({"therapy": "afatinb"}, "therapy: no therapy is called 'afatinb'; the nearest are afatinib"),
        ({"therapy": "keytrida"}, "the nearest are pembrolizumab (Keytruda)"),
        ({"therapy": "afatinib +"}, "therapy: 'afatinib +' has a + with no drug beside it"),
        ({"tumor_type": "lung adenocarcinma"}, "the nearest are LUAD (Lung Adenocarcinoma)"),
        ({"tumor_type": ""}, "tumor_type: is empty"),
        ({"direction": ""}, "direction: is empty: it is one of supports, does not support"),
        ({"direction": "Supports"}, "direction: 'Supports' is not one of"),
        ({"significance": "sensitive"}, "significance: 'sensitive' is not one of"),
        ({"level": "1"}, "level: '1' is not one of A, B, C, D, E"),
        ({"origin": "both"}, "origin: 'both' is not one of somatic, germline"),
        ({"rating": "6"}, "rating: '6' is not one of 1, 2, 3, 4, 5"),
        ({"source": "27083334"}, "source: '27083334' is not PMID:123, a DOI (10.1000/xyz), an NCT number or an https"),
        ({"source": "27083334"}, "write PMID:27083334"),
        ({"source": "PMID:123456789"}, "at most eight digits"),
        ({"source": "PMC12"}, "write https://pmc.ncbi.nlm.nih.gov/articles/PMC12/"),
        ({"source": "NCT123"}, "a trial number is NCT and eight digits"),
        ({"source": "http://example.org/x"}, "write https://example.org/x"),
        ({"source": "PMID:1; a talk"}, "source: 'a talk' is not"),
        ({"source": "https://example.org/a b"}, "source: 'https://example.org/a b' is not"),
        ({"nct": "NCT1"}, "nct: 'NCT1' is not NCT and eight digits"),
        ({"study": "RCT"}, "study: 'RCT' is not one of meta-analysis, randomized trial"),
        ({"phase": "5"}, "phase: '5' is not one of"),
        ({"patients": "0"}, "patients: '0' is not a whole number of 1 or more"),
        ({"endpoints": "PFS; OSS"}, "endpoints: 'OSS' is not one of"),
        ({"mcbs": "7"}, "mcbs: '7' is not one of"),
        ({"stratified": "true"}, "stratified: 'true' is not one of yes, no"),
        ({"verified": "maybe"}, "verified: 'maybe' is not one of yes, partly, no"),
        ({"new_therapy": "zzzmab"}, "new_therapy: 'zzzmab' is no drug of therapy, 'afatinib'"),
        ({"new_therapy": "afatinib"}, "new_therapy: 'afatinib' is known, as afatinib; leave it out"),
        ({"supersedes": "a b"}, "supersedes: 'a b' is not the id of an item"),
    ],
)
def test_a_field_that_cannot_be_taken_says_why_and_what_is_near(
    words: Vocabulary, fields: dict[str, str], message: str
) -> None:
    entry, wrong = read_entry(Row({**WRITTEN, **fields}), words)
    assert entry is None
    assert [message in str(each) for each in wrong] == [True], [str(each) for each in wrong]


def test_all_that_is_wrong_is_told_at_once(words: Vocabulary) -> None:
    wrong = bad_fields(Row(gene="X", alteration="Y", therapy="Z", phase="9"), words)
    assert [each.field for each in wrong] == [
        "gene", "therapy", "tumor_type", "direction", "significance", "level", "source", "phase",
    ]  # fmt: skip


def test_alternatives_are_an_item_each_and_combinations_one(words: Vocabulary) -> None:
    found = items(words, therapy="gefitinib or Sotorasib + panitumumab")
    assert [each.regimen for each in found] == ["gefitinib", "panitumumab+sotorasib"]


def test_a_biomarker_that_the_graph_lacks_is_part_of_the_item_with_what_it_is_under(words: Vocabulary) -> None:
    (item,) = items(words, gene="KRAS", alteration="activating mutation")
    defined = {subject.rpartition("/")[2][:-1] for subject, predicate, _ in item.statements if "#kind>" in predicate}
    assert defined == {"KRAS%3AACTMUT"}
    cited = [
        value for subject, predicate, value in item.statements if "biomarker/" in subject and "/source>" in predicate
    ]
    assert cited == ["<https://pubmed.ncbi.nlm.nih.gov/27083334/>"]
    (known,) = items(words)
    assert not [each for each in known.statements if "/biomarker/" in each[0]]


def test_a_slip_of_the_pen_is_told(words: Vocabulary) -> None:
    entry, _ = read_entry(Row({**WRITTEN, "alteration": "K858R"}), words)
    assert entry is not None
    first, second = slips(entry.evidence[0], words)
    assert "the graph has no EGFR K858R (EGFR:K858R); the item defines it; it has EGFR L858R" in first
    assert second == "codon 858 of EGFR is L in the known changes, not K"
    known, _ = read_entry(WRITTEN, words)
    assert known is not None
    assert not slips(known.evidence[0], words)


def test_a_drug_that_is_meant_as_new_is_part_of_the_item_and_cites_its_source(words: Vocabulary) -> None:
    (item,) = items(words, therapy="zzzmab + afatinib", new_therapy="ZZZmab")
    assert item.regimen == "afatinib+zzzmab"
    drug = [each for each in item.statements if each[0].endswith("/therapy/zzzmab>")]
    assert any("#Drug>" in value for _, _, value in drug)
    assert any(value == "<https://pubmed.ncbi.nlm.nih.gov/27083334/>" for _, _, value in drug)


def test_a_drug_of_the_curated_names_comes_with_its_classes() -> None:
    """Known by name and class in the table of names, and not in the graph: what it is in goes with it."""
    words = Vocabulary(open_knowledge_base())
    rows = {
        row["ids"]: row["name"] for row in words._curated._rows.values() if row["classes"] and row["kind"] == "drug"
    }
    name = next(name for id, name in sorted(rows.items()) if words.knowledge.therapy_of_id(id) is None)
    (item,) = items(words, therapy=name)
    drug = f"/therapy/{item.regimen.replace(' ', '%20')}>"
    classes = [
        value for subject, predicate, value in item.statements if subject.endswith(drug) and "#inClass>" in predicate
    ]
    assert classes
    assert any("/membership/" in subject for subject, _, _ in item.statements)


def test_a_design_is_part_of_the_item(words: Vocabulary) -> None:
    study = {"study": "randomized trial", "phase": "3", "patients": "345", "endpoints": "PFS; OS", "stratified": "no"}
    (item,) = items(words, **study)
    told = {each.rpartition("#")[2]: sorted(values) for each, values in item.told("design").items()}
    assert told["kind"] == ["randomized trial"]
    assert told["patients"] == ["345"]
    assert told["endpointImproved"] == ["OS", "PFS"]
    assert told["stratified"] == ["false"]
    assert not items(words)[0].told("design")


def test_a_document_keeps_the_label_that_the_graph_has(words: Vocabulary) -> None:
    address = "https://civicdb.org/links/evidence_items/12"
    (item,) = items(words, source=address)
    assert [
        value for subject, predicate, value in item.statements if subject == f"<{address}>" and "label>" in predicate
    ] == ['"CIViC EID12"']


# Tables


def table(folder: Path, *rows: dict[str, str], name: str = "evidence.tsv") -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_table_gives_the_same_items(words: Vocabulary, tmp_path: Path) -> None:
    file = table(tmp_path, dict(WRITTEN), {**WRITTEN, "level": "C", "phase": "2"})
    first, second = read_entries(read_table_rows(file), words)
    assert first.items(words) == items(words)
    assert second.items(words) == items(words, level="C", phase="2")
    assert [each.place for each in (first, second)] == [f"{file}:2", f"{file}:3"]


def test_the_sites_own_table_is_taken_as_it_is(words: Vocabulary) -> None:
    entries = read_entries(read_table_rows(ROOT / "examples/own-evidence.tsv"), words)
    assert [each.items(words)[0].profile for each in entries][2] == "EGFR:C797S"


def test_every_bad_row_of_a_table_is_listed_with_its_line(words: Vocabulary, tmp_path: Path) -> None:
    file = table(tmp_path, dict(WRITTEN), {**WRITTEN, "gene": "EGFRR", "level": "F"}, {**WRITTEN, "therapy": "afatinb"})
    with pytest.raises(CurationProblem) as failure:
        read_entries(read_table_rows(file), words)
    text = str(failure.value)
    for expected in (f"{file}:3: gene: no gene", f"{file}:3: level: 'F'", f"{file}:4: therapy: no therapy"):
        assert expected in text
    assert f"{file}:2" not in text
    assert text.endswith("nothing was recorded")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"gene\talteration\nEGFR\tL858R\n", "has no column therapy"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"<html><body>x", "is a web page"),
        (b"therapy\ttumor_type\tdirection\tsignificance\tlevel\tsource\tcolour\na\tb\tc\td\te\tf\tg\n", "colour"),
        (b"therapy\ttumor_type\tdirection\tsignificance\tlevel\tsource\na\tb\n", "has 2 cells where the header has 6"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "evidence.tsv"
    file.write_bytes(content)
    with pytest.raises(CurationProblem, match=message):
        read_table_rows(file)


# The fields and the shapes agree


def test_the_choices_of_fields_are_those_of_the_shapes() -> None:
    sh, mtb = Namespace("http://www.w3.org/ns/shacl#"), Namespace("https://w3id.org/mtb-match/ontology#")
    graph = Graph().parse(SHAPES / "evidence.ttl")
    shapes = Namespace("https://w3id.org/mtb-match/shapes#")
    paths = {
        shapes.EvidenceItem: ("direction", "significance", "level"),
        shapes.StudyDesign: ("study", "phase", "comparator", "endpoints", "reported", "mcbs"),
    }
    named = {"study": "kind", "endpoints": "endpointImproved", "reported": "endpointReported", "mcbs": "mcbsGrade"}
    for shape, fields in paths.items():
        for name in fields:
            listed = [
                {str(each) for each in Collection(graph, graph.value(node, sh["in"]))}
                for node in graph.objects(shape, sh.property)
                if graph.value(node, sh.path) == mtb[named.get(name, name)]
            ]
            assert listed == [set(FIELDS[name].choices)], name


def test_every_field_has_an_option_of_its_own_and_words() -> None:
    assert len({field.option for field in FIELDS.values()}) == len(FIELDS) == len(COLUMNS)
    assert all(field.help for field in FIELDS.values())
    assert not {field.name for field in STATEMENT} & {field.name for field in DESIGN}


def test_a_table_that_is_wrong_throughout_is_told_in_a_few_lines(words: Vocabulary, tmp_path: Path) -> None:
    rows = [(f"t.tsv:{line}", Row({**WRITTEN, "level": "Q"})) for line in range(2, 5000)]
    with pytest.raises(CurationProblem) as error:
        read_entries(rows, words)
    assert len(str(error.value).splitlines()) < 25
    assert "t.tsv:2: level: 'Q' is not one of" in str(error.value)
    assert "the rows from t.tsv:22 on were not looked at" in str(error.value)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        f"{','.join(WRITTEN)},gene\n{','.join(WRITTEN.values())},BRAF\n", encoding="utf-8"
    )  # fmt: skip
    with pytest.raises(CurationProblem, match="names a column twice: gene"):
        read_table_rows(tmp_path / "t.csv")
