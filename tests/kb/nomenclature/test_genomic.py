"""Genomic changes in one comparable form: trimming, reading back, HGVS of both builds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.nomenclature.genomic import BUILDS, Change, chromosome_name, of_hgvs, parse, trimmed
from kb.starter import DATA, read_tables
from kb.statements import cells
from tests.shared import knowledge

ALLELES = st.text("ACGT", max_size=6)


@given(st.integers(1, 10**8), ALLELES, ALLELES, st.sampled_from(BUILDS))
def test_what_is_written_reads_back(position, reference, alternate, build):
    change = trimmed("chr7", position, reference, alternate)
    if change is None:
        assert reference == alternate
        return
    assert parse(change.written(build)) == (build, change)
    assert trimmed(*change) == change


@given(st.integers(10, 10**8), ALLELES, ALLELES, ALLELES)
def test_shared_bases_on_both_sides_change_nothing(position, reference, alternate, padding):
    plain = trimmed("X", position, reference, alternate)
    padded = trimmed("X", position - len(padding), padding + reference, padding + alternate)
    assert plain is None or padded is None or len(plain.reference) == len(padded.reference)
    if plain is not None and plain.reference and plain.alternate:
        assert plain == padded


@pytest.mark.parametrize(
    ("reference", "alternate"), [("A", "<DEL>"), ("A", "*"), ("N", "A"), ("A", "A"), ("A", "[7:1[A")]
)
def test_what_has_no_bases_is_no_change(reference, alternate):
    assert trimmed("1", 5, reference, alternate) is None


@pytest.mark.parametrize(
    ("name", "bases", "written"),
    [
        ("NC_000007.13:g.140453136A>T", "", ("GRCh37:7:140453136:A>T",)),
        ("NC_000007.14:g.140753336A>T", "", ("GRCh38:7:140753336:A>T",)),
        ("NC_000023.10:g.66765409G>A", "", ("GRCh37:X:66765409:G>A",)),
        ("NC_000007.13:g.55242465_55242479del", "GGAATTAAGAGAAGC", ("GRCh37:7:55242465:GGAATTAAGAGAAGC>-",)),
        ("NC_000007.13:g.55242465_55242479del", "", ()),
        ("NC_000007.13:g.55242465_55242479del", "GGA", ()),
        ("NC_000007.14:g.55181319_55181320insGGT", "", ("GRCh38:7:55181320:->GGT",)),
        ("NC_000005.9:g.170837544_170837547dupTCTG", "", ("GRCh37:5:170837544:->TCTG", "GRCh37:5:170837548:->TCTG")),
        ("NC_000003.12:g.10142178_10142179delinsGG", "TA", ("GRCh38:3:10142178:TA>GG",)),
        ("NC_000007.15:g.140453136A>T", "", ()),
        ("NC_000007.12:g.140453136A>T", "", ()),
        ("NC_000007.14:g.148827660C=", "", ()),
        ("NC_000099.1:g.1A>T", "", ()),
        ("NM_004333.4:c.1799T>A", "", ()),
    ],
)
def test_hgvs_of_either_build(name, bases, written):
    assert of_hgvs(name, bases) == written


@pytest.mark.parametrize("text", ["", "GRCh37:7:1:A", "GRCh36:7:1:A>T", "GRCh37:7:x:A>T", "7:1:A>T"])
def test_what_is_no_literal(text):
    with pytest.raises(ValueError, match="is no change"):
        parse(text)


def test_chromosomes_by_any_name():
    assert [chromosome_name(name) for name in ("chr7", "7", "CHRX", "chrM", "MT")] == ["7", "7", "X", "MT", "MT"]


def test_the_starters_positions_lie_in_the_codon_that_they_change():
    """By the exons of another source; ROS1's names follow a transcript with six residues more."""
    rows = read_tables(DATA / "source")["positions"]
    compared = 0
    for row in rows:
        biomarker = knowledge().biomarker(row["biomarker"])
        assert row["sources"].startswith("CIViC VID")
        for written in cells(row, "changes"):
            build, change = parse(written)
            exons = [
                each for each in knowledge().exons(biomarker.genes[0]) if each.start <= change.position <= each.end
            ]
            if build == "GRCh37" and knowledge().exons(biomarker.genes[0]) and biomarker.genes[0] != "ROS1":
                (exon,) = exons
                assert exon.chromosome == change.chromosome
                at = change.position - exon.start if exon.strand == "+" else exon.end - change.position
                codon = (exon.cds_first + at + 2) // 3
                named = int("".join(filter(str.isdigit, biomarker.protein_changes[0].split("_")[0][:7])) or 0)
                assert abs(codon - named) <= 3, row
                compared += 1
    assert compared > 120


def test_a_change_knows_its_last_base():
    assert Change("7", 10, "ACG", "").last == 12
    assert Change("7", 10, "", "ACG").last == 9
