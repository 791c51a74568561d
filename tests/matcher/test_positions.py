"""Calls without a gene: known positions, exons and splice sites, builds, and that nothing follows from the rest."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kb.alteration import Alteration, GenomicChange, MarkerValue, Place, SmallVariant
from kb.biomarker import covers
from kb.genes import Exon
from kb.graph import KnowledgeBase
from kb.nomenclature.genomic import trimmed
from kb.nomenclature.protein import parse as protein
from matcher import case
from matcher.case import Request, match
from matcher.notes import Severity
from matcher.patient import Patient, Sample
from matcher.positions import build_notes, place, placed
from tests.shared import knowledge, library

SHARED = Path(__file__).parents[3] / "shared" / "data" / "vcfs" / "pcgr_examples"
TABLE = Path(__file__).parents[1] / "tables" / "positions.tsv"
FILE = "calls.vcf"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def call(
    chromosome: str, position: int, reference: str, alternate: str, build: str | None = "GRCh37", file: str = FILE
) -> SmallVariant:
    return SmallVariant("", Place(file, 1), genomic=GenomicChange(chromosome, position, reference, alternate, build))


BRAF, EGFR, KRAS = (
    ("7", 140453136, "A", "T"),
    ("7", 55259515, "T", "G"),
    ("12", 25398284, "C", "T"),
)
EGFR_38, PIK3CA_38 = ("7", 55191762, "T", "C"), ("3", 179218307, "A", "G")


def messages(alterations: list[Alteration]) -> str:
    return " | ".join(note.message for note in placed(alterations, knowledge())[1])


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['label']} {row['meaning']}")
def test_where_a_call_lies(row: dict[str, str]) -> None:
    one = call(row["chromosome"], int(row["position"]), row["reference"], row["alternate"], row["build"])
    found, notes = placed([one], knowledge())
    if row["label"] == "-":
        assert found == ()
        assert "at no known position: 1 of 1 call without a gene" in notes[-1].message
        assert notes[-1].severity is Severity.WARNING
        return
    (variant,) = found
    assert isinstance(variant, SmallVariant)
    assert (variant.label, str(variant.exon or "")) == (row["label"], row["exon"])
    assert variant.consequences == tuple(filter(None, [row["consequence"]]))
    assert variant.genomic == one.genomic
    assert variant.place == one.place


def test_the_table_has_every_outcome() -> None:
    assert {row["consequence"] for row in rows()} >= {
        "inframe_deletion", "inframe_insertion", "frameshift_variant", "splice_donor_variant",
        "splice_acceptor_variant", "splice_region_variant", "coding_sequence_variant", "",
    }  # fmt: skip
    assert {row["build"] for row in rows()} == {"GRCh37", "GRCh38"}


@pytest.mark.parametrize(
    ("at", "biomarker", "doubt"),
    [
        (("7", 55242468, "ATTAAGAGAAGCAACA", "A"), "EGFR:EX19DEL", False),
        (("7", 55249003, "A", "ATTTAAATTT"), "EGFR:EX20INS", False),
        (("7", 116412044, "G", "T"), "MET:EX14SKIP", False),
        (("7", 116411903, "G" * 141, "G"), "MET:EX14SKIP", None),  # a deletion in frame, not of the whole exon
        (("7", 116411900, "A" * 150, "A"), "MET:EX14SKIP", False),  # the whole exon
        (BRAF, "BRAF:V600E", False),
        (("7", 140453137, "C", "A"), "BRAF:V600E", True),  # another base of codon 600: the change is not known
        (("7", 140453155, "C", "A"), "BRAF:V600E", None),  # codon 594
        (("7", 55259515, "T", "C"), "EGFR:EX20INS", None),
    ],
)
def test_what_a_place_makes_of_biomarkers(at: tuple[str, int, str, str], biomarker: str, doubt: bool | None) -> None:
    """`doubt` None: the biomarker does not cover the call."""
    (variant,) = placed([call(*at)], knowledge())[0]
    found = covers(knowledge().biomarker(biomarker), variant, knowledge())
    assert (None if found is None else found.doubt is not None) is doubt


def test_what_has_a_gene_stays_as_it_is() -> None:
    others: list[Alteration] = [
        SmallVariant("BRAF", Place(FILE, 2), protein("p.V600E"), genomic=GenomicChange(*BRAF, "GRCh37")),
        MarkerValue("MSI", "MSS", Place("patient.yaml")),
    ]
    assert placed(others, knowledge()) == (tuple(others), ())
    mixed = placed([others[0], call(*EGFR), others[1]], knowledge())[0]
    assert [each.label for each in mixed] == ["BRAF V600E", "EGFR L858R", "MSI MSS"]


def test_all_that_is_not_placed_is_one_note() -> None:
    calls = [call("1", position, "A", "C") for position in range(1000, 1400)]
    found = place([call(*BRAF), *calls], knowledge())
    assert (len(found.alterations), len(found.unplaced)) == (1, 400)
    told = [note for note in found.notes if "no known position" in note.message]
    assert len(told) == 1
    assert "400 of 401" in told[0].message
    assert "nothing is concluded" in told[0].message
    assert "VEP" in told[0].remedy


@pytest.mark.parametrize(
    ("at", "stated", "labels", "words"),
    [
        ([BRAF], None, ["BRAF V600E"], "GRCh37 is taken"),
        ([EGFR_38], None, ["EGFR L838P"], "GRCh38 is taken"),
        ([("1", 5, "A", "C")], None, [], "build is not known"),
        ([BRAF, EGFR_38], None, [], "build is not known"),
        ([BRAF, EGFR], "GRCh38", [], "says GRCh38, and 2 of its calls lie where GRCh37"),
        ([EGFR_38, PIK3CA_38], "GRCh37", [], "says GRCh37, and 2 of its calls lie where GRCh38"),
        ([BRAF], "GRCh38", [], "no known position"),
        ([BRAF, EGFR], "hg19", ["BRAF V600E", "EGFR L858R"], "2 of 2"),
    ],
)
def test_the_build_is_settled_before_anything_is_placed(
    at: list[tuple[str, int, str, str]], stated: str | None, labels: list[str], words: str
) -> None:
    calls = [call(*each, stated) for each in at]
    found, notes = placed(calls, knowledge())
    assert words in " | ".join(note.message for note in notes)
    assert len(found) == len(at) if labels else not found
    assert {each.label for each in found} <= set(labels)
    if not labels:
        assert Severity.WARNING in {note.severity for note in notes}


def test_each_file_has_its_own_build() -> None:
    found, _ = placed([call(*BRAF, None, "a.vcf"), call(*EGFR_38, None, "b.vcf")], knowledge())
    assert len(found) == 2


def annotated(gene: str, change: str, at: tuple[str, int, str, str], build: str | None) -> SmallVariant:
    return SmallVariant(gene, Place("a.maf", 3), protein(change), genomic=GenomicChange(*at, build))


def test_an_annotated_file_of_the_other_build_is_told() -> None:
    wrong = annotated("EGFR", "p.L838P", EGFR_38, "GRCh37")
    (note,) = build_notes([wrong, annotated("BRAF", "p.V600E", BRAF, "GRCh37")], knowledge())
    assert note.severity is Severity.WARNING
    assert "says GRCh37" in note.message
    assert "GRCh38" in note.message
    assert wrong.label in note.message
    (moved,) = build_notes([annotated("BRAF", "p.V600E", BRAF, "GRCh38")], knowledge())
    assert "says GRCh38, and 1 of its variants lie where GRCh37" in moved.message


@pytest.mark.parametrize(
    "variant",
    [
        annotated("BRAF", "p.V600E", BRAF, "GRCh37"),
        annotated("BRAF", "p.V600E", BRAF, None),
        annotated("BRAF", "p.V600E", ("7", 140753336, "A", "T"), "GRCh38"),
        annotated("BRAF", "p.V600K", ("7", 140453136, "AC", "TT"), "GRCh37"),
        annotated("EGFR", "p.V600E", BRAF, "GRCh38"),
        annotated("NOSUCHGENE", "p.V600E", BRAF, "GRCh38"),
    ],
)
def test_no_doubt_without_a_reason(variant: SmallVariant) -> None:
    assert build_notes([variant], knowledge()) == ()


# Every exon of the graph

EXONS = [exon for exons in knowledge().exons_by_chromosome().values() for exon in exons]
BASES = "ACGT"


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(EXONS), st.data())
def test_a_substitution_in_any_exon_is_placed_there(exon: Exon, data: st.DataObject) -> None:
    position = data.draw(st.integers(exon.start, exon.end))
    reference, alternate = data.draw(st.permutations(BASES))[:2]
    (variant,) = placed([call(f"chr{exon.chromosome}", position, reference, alternate)], knowledge())[0]
    assert isinstance(variant, SmallVariant)
    assert (variant.gene, variant.exon) == (exon.gene, exon.number)
    if variant.protein is None:
        assert variant.coding is not None
        cds = int(variant.coding[2:-3])
        assert exon.cds_first <= cds <= exon.cds_last
        assert variant.codon in {None, (cds + 2) // 3}
        assert exon.codon_first <= (cds + 2) // 3 <= exon.codon_last


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(EXONS), st.sampled_from([1, 2]), st.booleans())
def test_two_bases_beside_an_exon_are_a_splice_site_unless_coding_starts_or_ends_there(
    exon: Exon, distance: int, low: bool
) -> None:
    position = exon.start - distance if low else exon.end + distance
    found = placed([call(exon.chromosome, position, "A", "C")], knowledge())[0]
    five_prime = low == (exon.strand == "+")
    ends = max(each.cds_last for each in knowledge().exons(exon.gene)) == exon.cds_last
    if exon.cds_first == 1 if five_prime else ends:
        assert found == ()
        return
    (variant,) = found
    assert isinstance(variant, SmallVariant)
    assert variant.consequences == ("splice_acceptor_variant" if five_prime else "splice_donor_variant",)
    sign = "-" if five_prime else "+"
    assert variant.coding is not None
    assert variant.coding.startswith(f"c.{exon.cds_first if five_prime else exon.cds_last}{sign}{distance}")


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([exon for exon in EXONS if exon.end - exon.start > 60]), st.integers(1, 30), st.booleans())
def test_the_frame_is_by_the_length_alone(exon: Exon, length: int, inserted: bool) -> None:
    middle = (exon.start + exon.end) // 2 - 15
    alleles = ("A", "A" + "CGTTTGCA" * 4)[:2], "A" + ("CGTTTGCA" * 4)[:length]
    reference, alternate = ("A", alleles[1]) if inserted else (alleles[1], "A")
    (variant,) = placed([call(exon.chromosome, middle, reference, alternate)], knowledge())[0]
    assert isinstance(variant, SmallVariant)
    if variant.protein is None:
        whole = "inframe_insertion" if inserted else "inframe_deletion"
        assert variant.consequences == (("frameshift_variant",) if length % 3 else (whole,))


@settings(deadline=None)
@given(st.sampled_from([row for row in rows() if row["label"] != "-"]), st.text(BASES, max_size=4))
def test_padding_of_the_alleles_changes_nothing(row: dict[str, str], padding: str) -> None:
    at = int(row["position"])
    change = trimmed(row["chromosome"], at, row["reference"], row["alternate"])
    assert change is not None
    if not (change.reference and change.alternate):
        # Bases that go on with what is lost or put in say of the reference that the change lies further to the left.
        assume(padding[-1:] != (change.reference or change.alternate)[-1])
    plain = call(row["chromosome"], at, row["reference"], row["alternate"], row["build"])
    padded = call(
        row["chromosome"], at - len(padding), padding + row["reference"], padding + row["alternate"], row["build"]
    )
    (one,), (other,) = (placed([each], knowledge())[0] for each in (plain, padded))
    assert isinstance(one, SmallVariant)
    assert isinstance(other, SmallVariant)
    assert replace(one, genomic=None) == replace(other, genomic=None)


# The whole case


def matched(monkeypatch: pytest.MonkeyPatch, *alterations: Alteration) -> case.Matched:
    sample = Sample("T", assay="WES", reported=frozenset({"small variant", "copy number"}))
    patient = Patient("P", tumor_type="LUAD", samples=(sample,), alterations=alterations, place=Place(FILE))
    monkeypatch.setattr(case, "read_patient", lambda _: ("VCF", patient, ()))
    return match(Request(Path(FILE), "2026-11-20", jurisdiction="US"), knowledge(), library(), "sql")


def test_placed_calls_are_matched_and_nothing_is_absent_beside_unplaced_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = matched(monkeypatch, call(*EGFR))
    assert whole.board.status("EGFR:L858R").status.value == "present"
    assert whole.board.status("BRAF:V600E").status.value == "absent"
    partial = matched(monkeypatch, call(*EGFR), call("1", 5, "A", "C"))
    assert partial.board.status("EGFR:L858R").status.value == "present"
    assert partial.board.status("BRAF:V600E").status.value == "not tested"
    assert any("no known position" in note.message for note in partial.notes)


def test_an_annotated_patient_reads_no_coordinates(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: KnowledgeBase) -> dict[str, tuple[str, ...]]:
        raise AssertionError("coordinates were read")

    monkeypatch.setattr(KnowledgeBase, "genomic_changes", refuse)
    monkeypatch.setattr(KnowledgeBase, "exons_by_chromosome", refuse)
    found = matched(monkeypatch, annotated("BRAF", "p.V600E", BRAF, "GRCh37"))
    assert found.board.status("BRAF:V600E").status.value == "present"


# Real files


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared files beside the project")
@pytest.mark.parametrize(
    ("name", "build", "calls", "labels"),
    [
        ("T001-BRCA.grch37", "GRCh37", 196, {"PIK3CA H1047R", "TP53 c.814G>A"}),
        ("T001-BRCA.grch38", "GRCh38", 196, {"PIK3CA H1047R"}),
        ("T001-COAD.grch37", "GRCh37", 3317, {"BRAF V600E", "CHEK2 c.592+2T>C", "GNAQ frameshift_variant"}),
    ],
)
def test_real_calls(name: str, build: str, calls: int, labels: set[str]) -> None:
    with gzip.open(SHARED / f"{name}.vcf.gz", "rt") as lines:
        fields = [line.split("\t")[:5] for line in lines if not line.startswith("#")]
    every = [call(chrom, int(at), old, new, build) for chrom, at, _, old, new in fields]
    assert len(every) == calls
    found = place(every, knowledge())
    assert labels <= {each.label for each in found.alterations}
    assert len(found.alterations) + len(found.unplaced) == calls
