"""The kind of a specimen: only tissue of the tumor rules something out, and an unknown word never means it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.graph import KnowledgeBase, open_knowledge_base
from matcher.assay import SMALL_VARIANT
from matcher.case import Request, prepared, read_patient
from matcher.notes import Severity
from matcher.patient import Patient, Sample
from matcher.readers import read_patient as read_document
from matcher.specimens import Specimen, named_specimen, specimen, unknown_kinds
from tests.matcher.readers.study import STUDY, written

WORDS = {
    Specimen.TUMOR: """
        tissue, Tissue, tumor, tumour, biopsy, FFPE, primary, metastasis, resection, organoid, cells, Tumor_tissue,
        fresh frozen, Metastatic Tumor, Primary Solid Tumor, lung biopsy (FFPE), Recurrent tumor, 组织, 肝转移灶活检
    """,
    Specimen.BLOOD: """
        ctDNA, ct-DNA, cfDNA, cf-DNA, blood, plasma, serum, liquid, LIQUID, liquid biopsy, liquid-biopsy, cell-free DNA,
        circulating tumor DNA, circulating tumour DNA, peripheral blood, Peripheral blood specimen, whole blood,
        Primary Blood Derived Cancer - Peripheral Blood, 血液, 外周血, 血浆, 液体活检
    """,
    Specimen.FLUID: "CSF, cerebrospinal fluid, 脑脊液, pleural effusion, ascites, urine, bone marrow",
    Specimen.NORMAL: """
        normal, Normal, matched normal, normal blood, germline, control, PBMC, buffy coat, leukocytes, saliva, buccal,
        Solid Tissue Normal, Blood Derived Normal, non-tumor tissue, 正常, 白细胞, 癌旁组织, 外周血白细胞
    """,
    Specimen.UNKNOWN: "nomal, tisue, unknown, swab, tumor and normal, bloody, tumorous, 其他",
}
CASES = [(word.strip(), kind) for kind, words in WORDS.items() for word in words.split(",")]


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return open_knowledge_base()


@pytest.mark.parametrize(("word", "kind"), CASES)
def test_what_a_word_means(word: str, kind: Specimen) -> None:
    assert specimen(word) is kind


def test_a_site_with_a_known_word_in_it_is_not_the_name_of_a_specimen() -> None:
    assert named_specimen("blood vessel") is None
    assert named_specimen("Blood") is Specimen.BLOOD


def test_a_slip_of_the_pen_is_told_with_the_nearest_word() -> None:
    notes = unknown_kinds(Patient("P", samples=(Sample("a", "tisue"), Sample("b"), Sample("c", "nomal"))))

    assert [note.severity for note in notes] == [Severity.WARNING] * 2
    assert "'tisue' of sample a is not known" in notes[0].message
    assert "did you mean 'tissue'" in notes[0].remedy
    assert "did you mean 'normal'" in notes[1].remedy


def absent_of(folder: Path, kind: str, knowledge: KnowledgeBase) -> tuple[bool, tuple[str, ...]]:
    """Whether an exome of this specimen rules out KRAS mutations, and the warnings about it with their places."""
    (folder / "apc.tsv").write_text("gene\talteration\nAPC\tR1450*\n")
    (folder / "p.yaml").write_text(
        "id: P1\ntumor_type: COAD\njurisdiction: US\nstage: metastatic\nsamples:\n"
        f"  - id: a\n    kind: {json.dumps(kind)}\n    variants: apc.tsv\n    assay: WES\n"
    )
    request = Request(folder / "p.yaml", "2026-01-01")
    ready = prepared(request, read_patient(request), knowledge)
    told = tuple(f"{note.where}: {note.message}" for note in ready.notes if note.severity is Severity.WARNING)
    return bool(ready.board.coverage.tested("KRAS", SMALL_VARIANT).by), told


@pytest.mark.parametrize(("word", "kind"), CASES)
def test_only_tissue_of_the_tumor_rules_something_out(
    tmp_path: Path, word: str, kind: Specimen, knowledge: KnowledgeBase
) -> None:
    ruled_out, told = absent_of(tmp_path, word, knowledge)

    assert ruled_out is (kind is Specimen.TUMOR)
    assert all(text.startswith("p.yaml:7: the kind ") for text in told)
    assert bool(told) is (kind is Specimen.UNKNOWN)


@pytest.mark.parametrize(
    ("words", "kind"),
    [("Blood", "ctDNA"), ("Peripheral Blood", "ctDNA"), ("Blood Derived Normal", "normal"), ("Primary", "tissue"),
     ("Swab", "Swab")],
)  # fmt: skip
def test_the_sample_type_of_a_study(tmp_path: Path, words: str, kind: str) -> None:
    files = STUDY | {"data_clinical_sample.txt": STUDY["data_clinical_sample.txt"].replace("cfDNA", words)}

    patient = read_document(written(tmp_path, files), "P2").patient

    assert patient.samples[0].kind == kind
    assert {getattr(one, "is_germline", None) for one in patient.alterations if one.label.startswith("BRAF")} <= {
        None, kind == "normal",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "kind"),
    [("Blood specimen", "plasma"), ("Peripheral blood", "plasma"), ("Serum specimen", "plasma"), ("Tissue", "tissue"),
     ("Saliva specimen", "normal"), ("Something else", "Something else")],
)  # fmt: skip
def test_the_type_of_a_specimen_in_fhir(tmp_path: Path, words: str, kind: str) -> None:
    entries = [{"resourceType": "Patient", "id": "p"}, {"resourceType": "Specimen", "id": "s", "type": {"text": words}}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in entries]}
    (tmp_path / "b.json").write_text(json.dumps(bundle))

    assert read_document(tmp_path / "b.json").patient.samples[0].kind == kind


@pytest.mark.parametrize(
    ("term", "kind"),
    [({"id": "UBERON:0000178", "label": "blood"}, "blood"), ({"id": "UBERON:0001969", "label": "plasma"}, "plasma"),
     ({"id": "X:1", "label": "Peripheral blood"}, "Peripheral blood"),
     ({"id": "UBERON:0002048", "label": "lung"}, "tissue"),
     ({"id": "UBERON:0001836", "label": "saliva"}, "saliva")],
)  # fmt: skip
def test_the_sampled_tissue_of_a_phenopacket(tmp_path: Path, term: dict[str, str], kind: str) -> None:
    packet = {
        "id": "x", "subject": {"id": "p"}, "metaData": {"phenopacketSchemaVersion": "2.0"},
        "biosamples": [{"id": "s", "sampledTissue": term}],
    }  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(packet))

    assert read_document(tmp_path / "p.json").patient.samples[0].kind == kind
