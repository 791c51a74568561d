"""Reading the knowledge base: names, hierarchies, candidates and decoded values."""

import subprocess
import sys

import pyoxigraph as ox
import pytest

from kb import graph
from kb import terms as t
from kb.errors import UnknownItem
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.indication import IndicationStatus
from kb.therapies import UnknownTherapy
from kb.tumor_types import UnknownTumorType


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return open_knowledge_base()


def test_release_and_digest_are_told(kb):
    assert (kb.release, kb.released_on) == ("starter-2026-11-20", "2026-11-20")
    assert kb.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("name", "symbol"), [("EGFR", "EGFR"), ("egfr", "EGFR"), ("HER2", "ERBB2"), ("MLL2", "KMT2D"), ("NOSUCHGENE", None)]
)
def test_genes_by_symbol_and_alias(kb, name, symbol):
    gene = kb.gene(name)
    assert (gene.symbol if gene else None) == symbol


def test_the_names_of_genes_with_biomarkers_are_those_by_which_one_is_found(kb):
    found = kb.names_with_biomarkers(["NOSUCHGENE"])
    texts = {
        quad.object.value
        for of in (t.LABEL, t.ALT_LABEL, t.SEARCH_KEY)
        for quad in kb.embedded.quads_for_pattern(None, ox.NamedNode(of), None)
    }
    names = {name for text in texts for name in (text, text.upper(), text.replace(" ", "-"))}
    with_biomarkers = {name for name in names if (gene := kb.gene(name)) and kb.biomarkers_of_gene(gene.symbol)}
    assert {"EGFR", "HER2"} <= with_biomarkers
    assert {name for name in names if t.search_key(name) in found} == with_biomarkers


def test_nearest_genes(kb):
    assert kb.nearest_genes("EGFRR")[0] == "EGFR"
    assert kb.nearest_genes("EGRF")[0] == "EGFR"


@pytest.mark.parametrize("text", ["LUAD", "luad", "Lung Adenocarcinoma", "lung  adenocarcinoma", "DOID:3910", "C3512"])
def test_tumor_types_by_any_name(kb, text):
    assert kb.tumor_type(text).code == "LUAD"


def test_an_unknown_tumor_type_names_the_nearest(kb):
    with pytest.raises(UnknownTumorType, match="LUAD"):
        kb.tumor_type("lung adenocarcinom")


def test_ancestors_are_nearest_first_and_solid_is_above_solid_tissues_only(kb):
    assert kb.tumor_ancestors("LUAD") == ("NSCLC", "LUNG", "SOLID")
    assert kb.is_a("LUAD", "NSCLC")
    assert not kb.is_a("NSCLC", "LUAD")
    assert "SOLID" not in kb.tumor_ancestors("AML")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Enhertu", "trastuzumab deruxtecan"),
        ("T-DM1", "trastuzumab emtansine"),
        ("吡咯替尼", "pyrotinib"),
        ("abiraterone", "abiraterone acetate"),
        ("5-FU", "fluorouracil"),
        ("ARPI", "ar pathway inhibitor"),
        ("anti-PD-1", "pd-1 inhibitor"),
        ("anti-HER2", "anti-her2 therapy"),
        ("EGFR TKI", "egfr tki"),
        ("FOLFOX", "folfox"),
        ("PARP inhibition", "parp inhibitor"),
    ],
)
def test_therapies_by_any_name(kb, name, id):
    assert kb.therapy(name).id == id


def test_an_unknown_therapy_names_the_nearest(kb):
    with pytest.raises(UnknownTherapy, match="osimertinib"):
        kb.therapy("osimertinb")


def test_classes_are_closed_upward_nearest_first(kb):
    classes = kb.therapy("osimertinib").classes
    assert classes[0] == "third-generation egfr tki"
    assert classes[-1] == "systemic therapy"
    assert "platinum" in kb.therapy("carboplatin").classes
    # Afatinib blocks HER2 too, yet a history of it in lung cancer is no anti-HER2 therapy.
    assert "anti-her2 therapy" not in kb.therapy("afatinib").classes


def test_composites_are_found_by_their_members(kb):
    assert {"RAS:WT", "KRAS:WT", "NRAS:WT"} <= {b for e in ("KRAS:WT AND NRAS:WT",) for b in kb.profile_members(e)} | {
        "RAS:WT"
    }
    assert "US:lynparza:6" in {indication.id for indication in kb.indications(["CDK12:DEL"])}


def test_indications_by_biomarker_or_tumor_type_are_sorted_by_id(kb):
    found = [indication.id for indication in kb.indications(["KRAS:G12C"], ["PAAD"])]
    assert found == sorted(found)
    assert "US:X133" in found
    by_tumor = kb.indications(tumor_types=["PAAD"])
    assert by_tumor
    assert all("PAAD" in indication.tumor_types for indication in by_tumor)


def test_one_by_one_and_together_give_equal_values():
    one, many = open_knowledge_base(), open_knowledge_base()
    together = many.indications(tumor_types=["BRCA"])
    assert together == tuple(one.indication(indication.id) for indication in together)
    items = many.evidence(["PIK3CA:MUT", "ERBB2:AMP"])
    assert items == tuple(one.evidence_item(item.id) for item in items)


@pytest.mark.parametrize(
    ("id", "regimens"),
    [
        ("US:tafinlar:5", {("dabrafenib", "trametinib")}),
        ("US:mekinist:5", {("dabrafenib", "trametinib")}),
        ("US:keytruda:9", {("chemotherapy", "pembrolizumab"), ("bevacizumab", "chemotherapy", "pembrolizumab")}),
        (
            "US:lynparza:7",
            {
                ("abiraterone acetate", "olaparib", "prednisolone"),
                ("abiraterone acetate", "olaparib", "prednisone"),
            },
        ),
        ("CN:X062", {("iparomlimab/tuvonralimab",)}),
        ("CN:X080", {("lutetium (177lu) vipivotide tetraxetan",)}),
    ],
)
def test_regimens_are_alternatives_of_sorted_drugs(kb, id, regimens):
    assert set(kb.indication(id).regimens) == regimens


ASKED = (
    "profile", "tumor_types", "excluded_tumor_types", "settings", "line", "requirements", "conditions", "minimum_age",
)  # fmt: skip


@pytest.mark.parametrize("number", range(1, 7))
def test_the_labels_of_both_drugs_of_a_combination_ask_for_the_same(kb, number):
    one, other = (kb.indication(f"US:{name}:{number}") for name in ("tafinlar", "mekinist"))
    assert {each: getattr(one, each) for each in ASKED} == {each: getattr(other, each) for each in ASKED}


@pytest.mark.parametrize("label", ["US:tafinlar:6", "US:ojemda:0", "EU:spexotras:0"])
@pytest.mark.parametrize(
    ("tumor", "is_low_grade"), [("PAST", True), ("PXA", True), ("DLGGMAPK", True), ("APXA", False), ("GB", False)]
)
def test_low_grade_glioma_of_a_label_has_its_types(kb, label, tumor, is_low_grade):
    found = kb.tumor_type(tumor)
    assert bool({found.code, *found.ancestors} & {*kb.indication(label).tumor_types}) is is_low_grade


def test_a_filing_has_no_date_and_a_withdrawal_keeps_both(kb):
    assert kb.indication("CN:X095").status is IndicationStatus.FILED
    assert kb.indication("CN:X095").approved_on is None
    withdrawn = kb.indication("US:truseltiq:0")
    assert withdrawn.status is IndicationStatus.WITHDRAWN
    assert (withdrawn.approved_on, withdrawn.withdrawn_on) == ("2021-05-28", "2024-05-16")


def test_an_unsourced_date_stays_in_the_note(kb):
    recalled = kb.indication("US:X138")
    assert (recalled.approved_on, recalled.withdrawn_on) == (None, None)
    assert "unsourced recollection: 2020-12" in (recalled.note or "")


def test_an_excluded_tumor_type_is_structure(kb):
    assert kb.indication("US:tafinlar:5").excluded_tumor_types == ("COADREAD",)


def test_a_requirement_that_is_a_choice_stays_text_with_what_suffices(kb):
    (requirement,) = kb.indication("US:truqap:0").requirements
    assert requirement.kind == "text"
    (enough,) = requirement.alternatives
    assert (enough.kind, enough.any_of, enough.setting) == ("progressed-on", ("endocrine therapy",), "metastatic")


def test_a_counted_requirement(kb):
    counted = [r for r in kb.indication("EU:elahere:0").requirements if r.at_most]
    assert [(r.kind, r.any_of, r.at_least, r.at_most) for r in counted] == [("received", (), 1, 3)]


def test_directions(kb):
    no_benefit = kb.evidence_item("CUR038")
    assert (no_benefit.direction, no_benefit.significance) == ("does not support", "sensitivity")
    assert kb.evidence_item("CUR029").sources[0].label == "study protocol mcrpc-wes"
    assert kb.evidence_item("CUR032").verified == "no"


def test_only_a_trial_whose_source_says_so_recruits(kb):
    assert kb.trial("NCT04584008").recruiting is True
    assert kb.trial("NCT03155997").recruiting is None
    assert kb.trial("study:mcrpc-wes").nct_id is None


def test_biomarkers_by_gene_and_marker(kb):
    assert "EGFR:L858R" in {b.id for b in kb.biomarkers_of_gene("EGFR")}
    assert {"HER2:LOW", "HER2:IHC3"} <= {b.id for b in kb.biomarkers_of_marker("her2")}
    assert kb.biomarker("NTRK:FUSION").genes == ("NTRK1", "NTRK2", "NTRK3")
    assert kb.biomarker("EGFR:D770delINSGY").protein_changes == ("p.D770delinsGY",)
    assert (kb.biomarker("PIK3CA:EX10MUT").codon_first, kb.biomarker("PIK3CA:EX10MUT").codon_last) == (514, 555)


def test_unknown_items_are_errors(kb):
    for ask in (kb.biomarker, kb.indication, kb.evidence_item, kb.trial):
        with pytest.raises(UnknownItem, match="NOSUCH"):
            ask("NOSUCH")


def test_other_uses_of_a_drug_are_found(kb):
    assert {i.jurisdiction for i in kb.approvals_of("Lynparza")} == {"CN", "EU", "US"}
    assert {c.plan for c in kb.coverage(["olaparib"], "NRDL")} == {"NRDL"}


def test_opening_imports_nothing_heavy():
    heavy = "pandas rdflib networkx requests pyshacl rich"
    code = f"import sys, kb.graph; print([m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_labels_told_by_an_address_are_the_graphs_own(kb):
    for address, start in (
        ("https://pubmed.ncbi.nlm.nih.gov/", "PMID:"),
        ("https://civicdb.org/links/evidence", "CIViC "),
    ):
        nodes = [iri for iri in kb._all(t.DOCUMENT) if iri.startswith(address)]
        assert len(nodes) > 100
        for iri in nodes:
            label = graph._label_in(iri)
            assert label is not None
            assert [label] == kb._fields(iri)[t.LABEL]
            assert label.startswith(start)


def test_therapies_are_read_together(kb):
    found = kb.therapies({"pyrotinib", "taxane", "folfox"})
    assert {name: found[name].kind for name in found} == {"pyrotinib": "drug", "taxane": "class", "folfox": "scheme"}
    assert found["pyrotinib"] == kb.therapy("吡咯替尼")


@pytest.mark.parametrize("name", ["CDK4/6 inhibitor", "CDK 4/6 inhibitor", "CDK-4/6 Inhibitor"])
def test_a_code_name_is_found_however_it_is_joined(name: str) -> None:
    assert open_knowledge_base().therapy(name).id == "cdk4/6 inhibitor"


@pytest.mark.parametrize(
    "drug",
    ["axitinib", "cabozantinib", "pazopanib", "regorafenib", "sorafenib", "sunitinib", "temsirolimus", "vismodegib"],
)
def test_a_drug_whose_labels_ask_for_no_biomarker_is_known_to_be_approved(drug: str) -> None:
    knowledge = open_knowledge_base()
    assert (drug, "US") in knowledge.first_approvals([drug], "2014-01-01" if drug != "cabozantinib" else "2018-01-01")
    assert (drug, "US") not in knowledge.first_approvals([drug], "2004-12-31")
