"""ANNOVAR's columns in a VCF."""

from pathlib import Path

import pytest

from kb.alteration import SmallVariant
from matcher.readers import read
from tests.matcher.readers.vcf_files import CSQ, csq, vcf

EGFR = "EGFR:NM_001346941:exon15:c.T1772G:p.L591R,EGFR:NM_005228:exon21:c.T2573G:p.L858R"


def columns(model: str = "refGene", **values: str) -> str:
    given = {"Func": "exonic", "Gene": "EGFR", "GeneDetail": ".", "ExonicFunc": "nonsynonymous_SNV"} | values
    return ";".join(f"{name}.{model}={value}" for name, value in given.items())


def variants(folder: Path, info: str, alternates: str = "G", *meta: str) -> list[SmallVariant]:
    reading = read(vcf(folder, [f"7 55259515 . T {alternates} . PASS {info}"], *meta))
    assert all(isinstance(one, SmallVariant) for one in reading.alterations)
    return list(reading.alterations)  # type: ignore[arg-type]


def test_the_oldest_transcript_is_taken_whole(tmp_path: Path) -> None:
    (egfr,) = variants(tmp_path, columns(AAChange=EGFR) + ";CLNSIG=Pathogenic/Likely_pathogenic")
    assert (egfr.gene, egfr.transcript, egfr.exon, egfr.coding) == ("EGFR", "NM_005228", 21, "c.2573T>G")
    assert (str(egfr.protein), egfr.consequences) == ("p.L858R", ("missense_variant",))
    assert (egfr.significance, egfr.significance_source) == ("likely pathogenic", "CLNSIG")


def test_a_transcript_that_the_row_names_as_main_is_preferred(tmp_path: Path) -> None:
    (egfr,) = variants(tmp_path, columns(AAChange=EGFR) + ";MANE_SELECT=NM_001346941.2")
    assert (egfr.transcript, egfr.exon, egfr.coding, str(egfr.protein)) == ("NM_001346941", 15, "c.1772T>G", "p.L591R")


@pytest.mark.parametrize("model", ["refGene", "refGeneWithVer", "ensGene", "knownGene"])
def test_each_gene_model(model: str, tmp_path: Path) -> None:
    (egfr,) = variants(tmp_path, columns(model, AAChange="EGFR:NM_005228.5:exon21:c.T2573G:p.L858R"))
    assert egfr.label == "EGFR L858R"


def test_refgene_comes_before_other_models(tmp_path: Path) -> None:
    other = columns("ensGene", Gene="ENSG1", AAChange="ENSG1:ENST1:exon21:c.T2573G:p.L858R")
    (egfr,) = variants(tmp_path, f"{other};{columns(AAChange=EGFR)}")
    assert egfr.gene == "EGFR"


PLACES = [
    ({"ExonicFunc": "stopgain", "AAChange": "EGFR:NM_1:exon2:c.C10T:p.Q4X"}, ("EGFR", "stop_gained", "p.Q4X", 2)),
    ({"ExonicFunc": "frameshift_deletion", "AAChange": "EGFR:NM_1:exon2:c.10delC:p.Q4fs"},
     ("EGFR", "frameshift_variant", "p.Q4fs", 2)),
    ({"ExonicFunc": "nonframeshift_deletion", "AAChange": "EGFR:NM_1:exon19:c.1_9del:p.1_3del"},
     ("EGFR", "inframe_deletion", "p.1_3del", 19)),
    ({"Func": "splicing", "ExonicFunc": ".", "GeneDetail": r"NM_1:exon3:c.100+1G>A\x3bNM_2:exon4:c.130+1G>A"},
     ("EGFR", "splice_site_variant", "None", 3)),
    ({"Func": "splicing", "ExonicFunc": ".", "GeneDetail": "NM_1:exon3:c.100+5G>A"},
     ("EGFR", "splice_region_variant", "None", 3)),
    ({"Func": "UTR5", "ExonicFunc": ".", "GeneDetail": "NM_1:c.-124C>T"},
     ("EGFR", "5_prime_UTR_variant", "None", None)),
    ({"Func": "upstream", "ExonicFunc": ".", "Gene": "TERT", "GeneDetail": r"dist\x3d66"},
     ("TERT", "upstream_gene_variant", "None", None)),
    ({"ExonicFunc": "unknown", "AAChange": "UNKNOWN"}, ("EGFR", "coding_sequence_variant", "None", None)),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), PLACES)
def test_places_and_words(values: dict[str, str], expected: tuple[str, str, str, int | None], tmp_path: Path) -> None:
    (one,) = variants(tmp_path, columns(**values))
    assert (one.gene, one.consequences[0], str(one.protein), one.exon) == expected


def test_two_places_of_two_genes_keep_apart(tmp_path: Path) -> None:
    info = columns(
        Func=r"exonic\x3bsplicing",
        Gene=r"A\x3bB",
        AAChange="A:NM_1:exon1:c.A1G:p.M1V",
        GeneDetail="NM_2:exon2:c.5-1G>A",
    )
    one, other = variants(tmp_path, info)
    assert (one.gene, one.consequences, str(one.protein)) == ("A", ("missense_variant",), "p.M1V")
    assert (other.gene, other.consequences, other.coding) == ("B", ("splice_site_variant",), "c.5-1G>A")


def test_each_allele_has_its_block(tmp_path: Path) -> None:
    blocks = [
        f"ANNOVAR_DATE=2020-06-08;{columns(AAChange=f'EGFR:NM_1:exon21:c.T2573{base}:p.{change}')};ALLELE_END"
        for base, change in (("G", "L858R"), ("A", "L858Q"))
    ]
    found = variants(tmp_path, ";".join(blocks), "G,A")
    assert [(one.genomic.alternate if one.genomic else "", one.label) for one in found] == [
        ("G", "EGFR L858R"),
        ("A", "EGFR L858Q"),
    ]


def test_one_block_for_two_alleles_is_of_neither(tmp_path: Path) -> None:
    reading = read(vcf(tmp_path, [f"7 1 . T G,A . PASS ANNOVAR_DATE=x;{columns(AAChange=EGFR)};ALLELE_END"]))
    assert [one.label for one in reading.alterations] == ["7:1T>G", "7:1T>A"]
    assert "no annotation for the allele G" in reading.notes[0].message


@pytest.mark.parametrize(
    ("place", "genes", "reason"),
    [
        ("intronic", "TP53", "intron_variant"),
        ("intergenic", r"A\x3bB", "intergenic"),
        ("ncRNA_exonic", "X", "non_coding"),
    ],
)
def test_what_lies_elsewhere_is_a_note(place: str, genes: str, reason: str, tmp_path: Path) -> None:
    info = columns(Func=place, Gene=genes, ExonicFunc=".", AAChange=".")
    reading = read(vcf(tmp_path, [f"7 1 . T G . PASS {info}"]))
    assert reading.alterations == ()
    assert reason in reading.notes[0].message
    assert reading.reported == {"small variant"}


def test_vep_comes_before_annovar(tmp_path: Path) -> None:
    info = (
        f"CSQ={csq('G', 'missense_variant', 'EGFR', HGVSp='p.Leu858Arg')};{columns(AAChange='EGFR:N:exon1:c.1:p.L1R')}"
    )
    (egfr,) = variants(tmp_path, info, "G", CSQ)
    assert egfr.label == "EGFR L858R"
