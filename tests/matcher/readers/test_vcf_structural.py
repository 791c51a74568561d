"""Structural variants in a VCF: fusions from mates, copy numbers, parts of genes, and what stays open."""

from pathlib import Path

import pytest

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, Fusion, SmallVariant
from matcher.readers import read, vcf
from tests.matcher.readers.vcf_files import ANN, CSQ, SV, ann, csq
from tests.matcher.readers.vcf_files import vcf as written

MISSENSE = "CSQ=" + csq("T", "missense_variant", "KRAS", HGVSp="p.Gly12Cys")


def bnd(gene: str, strand: str = "", intron: str = "", terms: str = "intron_variant", **more: str) -> str:
    return csq("x", terms, gene, STRAND=strand, INTRON=intron, BIOTYPE="protein_coding", **more)


def pair(left: str, right: str, ids: bool = True) -> list[str]:
    """EML4 (+) cut in intron 13 and ALK (-) cut in intron 19, joined by `left` and `right` as ALT."""
    mates = ("MATEID=b;", "MATEID=a;") if ids else ("", "")
    return [
        f"2 42522656 {'a' if ids else '.'} C {left} . PASS SVTYPE=BND;{mates[0]}CSQ={bnd('EML4', '1', '13/22')}",
        f"2 29447873 {'b' if ids else '.'} G {right} . PASS SVTYPE=BND;{mates[1]}CSQ={bnd('ALK', '-1', '19/28')}",
    ]


def only(folder: Path, rows: list[str], *meta: str) -> Alteration:
    (one,) = read(written(folder, rows, *SV, *(meta or (CSQ,)))).alterations
    return one


@pytest.mark.parametrize("ids", [True, False], ids=["by MATEID", "by coordinates"])
def test_strands_and_brackets_tell_the_five_prime_partner(ids: bool, tmp_path: Path) -> None:
    fusion = only(tmp_path, pair("C]2:29447873]", "G]2:42522656]", ids))
    assert isinstance(fusion, Fusion)
    assert (fusion.label, fusion.oriented) == ("EML4::ALK fusion (exon 13 to exon 20)", True)
    assert fusion.place.row == 6


JOINS = [
    ("C[2:29447873[", "]2:42522656]G", None, "EML4", "both keep their start"),
    ("]2:29447873]C", "G[2:42522656[", None, "EML4", "both keep their end"),
    ("[2:29447873[C", "[2:42522656[G", True, "ALK", "the reciprocal"),
    ("C]2:29447873]", "G]2:42522656]", True, "EML4", "EML4 keeps its start, ALK its end"),
]


@pytest.mark.parametrize(("left", "right", "oriented", "five", "case"), JOINS, ids=[case[-1] for case in JOINS])
def test_the_four_forms_of_a_join(
    left: str, right: str, oriented: bool | None, five: str, case: str, tmp_path: Path
) -> None:
    reading = read(written(tmp_path, pair(left, right), *SV, CSQ))
    (fusion,) = reading.alterations
    assert isinstance(fusion, Fusion)
    assert (fusion.five_prime, fusion.oriented) == (five, bool(oriented))
    assert any("no common transcript" in note.message for note in reading.notes) is (oriented is None)


def test_without_strands_the_order_is_open(tmp_path: Path) -> None:
    rows = [row.replace("|1|", "||").replace("|-1|", "||") for row in pair("C]2:29447873]", "G]2:42522656]")]
    fusion = only(tmp_path, rows)
    assert isinstance(fusion, Fusion)
    assert (set(fusion.genes), fusion.oriented) == ({"EML4", "ALK"}, False)


def test_names_of_chromosomes_may_differ_in_case(tmp_path: Path) -> None:
    rows = [
        f"chr10 43599731 1 N [CHR10:61599286[N . PASS SVTYPE=BND;CSQ={bnd('RET')}",
        f"chr10 61599286 2 N [CHR10:43599731[N . PASS SVTYPE=BND;CSQ={bnd('CCDC6')}",
    ]
    assert set(only(tmp_path, rows).genes) == {"RET", "CCDC6"}  # type: ignore[union-attr]


def test_two_breaks_in_one_gene_are_intragenic(tmp_path: Path) -> None:
    rows = [row.replace("EML4", "ALK") for row in pair("C]2:29447873]", "G]2:42522656]")]
    fusion = only(tmp_path, rows)
    assert isinstance(fusion, Fusion)
    assert fusion.is_intragenic


def test_an_annotator_that_writes_both_genes_on_both_rows(tmp_path: Path) -> None:
    both = f"{bnd('EML4', '1')},{bnd('ALK', '-1')}"
    rows = [
        f"2 42522656 a C C]2:29447873] . PASS SVTYPE=BND;MATEID=b;CSQ={both}",
        f"2 29447873 b G G]2:42522656] . PASS SVTYPE=BND;MATEID=a;CSQ={both}",
    ]
    fusion = only(tmp_path, rows)
    assert isinstance(fusion, Fusion)
    assert (set(fusion.genes), fusion.oriented) == ({"EML4", "ALK"}, False)


def test_genes_with_proteins_come_before_others_at_a_break(tmp_path: Path) -> None:
    rows = pair("C]2:29447873]", "G]2:42522656]")
    rows[0] += "," + csq("x", "intron_variant", "LINC1", BIOTYPE="lncRNA")
    assert only(tmp_path, rows).genes == ("EML4", "ALK")  # type: ignore[union-attr]


def test_a_mate_in_no_gene_is_a_note(tmp_path: Path) -> None:
    rows = pair("C]2:29447873]", "G]2:42522656]")
    rows[1] = rows[1].replace(bnd("ALK", "-1", "19/28"), csq("x", "intergenic_variant"))
    reading = read(written(tmp_path, rows, *SV, CSQ))
    assert reading.alterations == ()
    assert "breakend in EML4 whose mate lies in no gene" in reading.notes[0].message
    assert reading.reported == {"fusion"}


def test_a_mate_that_is_not_there_leaves_fusions_open(tmp_path: Path) -> None:
    reading = read(written(tmp_path, pair("C]2:29447873]", "G]2:42522656]")[:1], *SV, CSQ))
    assert reading.alterations == ()
    assert "breakend in EML4 to 2:29447873, where no annotated row" in reading.notes[0].message
    assert reading.reported == frozenset()


def test_a_mate_without_annotation_leaves_fusions_open(tmp_path: Path) -> None:
    rows = pair("C]2:29447873]", "G]2:42522656]")
    rows[1] = rows[1].partition(";CSQ")[0]
    reading = read(written(tmp_path, rows, *SV, CSQ))
    assert reading.alterations == ()
    assert reading.reported == frozenset()


def test_snpeff_names_the_fusion_once_for_two_mates(tmp_path: Path) -> None:
    fused = (
        f"ANN={ann('x', 'gene_fusion&frameshift_variant', 'CCDC6&RET')},{ann('x', 'intron_variant', 'RET', '11/19')}"
    )
    rows = [
        f"chr10 43599731 1 N [chr10:61599286[N . PASS SVTYPE=BND;{fused}",
        f"chr10 61599286 2 N [chr10:43599731[N . PASS SVTYPE=BND;{fused}",
    ]
    fusion = only(tmp_path, rows, ANN)
    assert isinstance(fusion, Fusion)
    assert (set(fusion.genes), fusion.oriented, fusion.in_frame) == ({"CCDC6", "RET"}, False, False)


@pytest.mark.parametrize(
    "tags", ["GENE1=EML4;GENE2=ALK", "GENEA=EML4;GENEB=ALK", "FUSION=EML4::ALK", "GENE_FUSION=EML4--ALK"]
)
@pytest.mark.parametrize("alternate", ["<INV>", "<BND>", "<DUP:TANDEM>", "C]2:29447873]"])
def test_genes_in_info_fields(tags: str, alternate: str, tmp_path: Path) -> None:
    fusion = only(tmp_path, [f"2 42522656 . C {alternate} . PASS SVTYPE=x;{tags}"])
    assert isinstance(fusion, Fusion)
    assert (set(fusion.genes), fusion.oriented) == ({"EML4", "ALK"}, False)


def test_delly_breakends_tell_their_mate_in_info(tmp_path: Path) -> None:
    rows = [f"2 42522656 . C <TRA> . PASS SVTYPE=TRA;CHR2=2;END=29447873;CSQ={bnd('EML4')}"]
    reading = read(written(tmp_path, rows, *SV, CSQ))
    assert "breakend in EML4 to 2:29447873" in reading.notes[0].message


# Copy numbers and parts of genes

SYMBOLS = [
    ("<DEL>", "transcript_ablation", "0/1", "", CopyNumberState.LOSS, None),
    ("<DEL>", "transcript_ablation", "1/1", "", CopyNumberState.HOMOZYGOUS_DELETION, None),
    ("<DUP>", "transcript_amplification", "0/1", "", CopyNumberState.GAIN, None),
    ("<DUP:TANDEM>", "transcript_amplification", "0/1", "", CopyNumberState.GAIN, None),
    ("<DUP>", "transcript_amplification", "0/1", "12", CopyNumberState.AMPLIFICATION, 12.0),
    ("<CNV>", "coding_sequence_variant", "./1", "0", CopyNumberState.HOMOZYGOUS_DELETION, 0.0),
    ("<DEL>", "transcript_ablation", "0/1", "-1", CopyNumberState.LOSS, None),
]


@pytest.mark.parametrize(("alternate", "terms", "genotype", "copies", "state", "number"), SYMBOLS)
def test_whole_genes(
    alternate: str,
    terms: str,
    genotype: str,
    copies: str,
    state: CopyNumberState,
    number: float | None,
    tmp_path: Path,
) -> None:
    row = f"17 100 . C {alternate} . PASS SVTYPE=x;CSQ={csq('x', terms, 'ERBB2')} GT:CN {genotype}:{copies or '.'}"
    (one,) = read(written(tmp_path, [row], *SV, CSQ, samples=("S",))).alterations
    assert isinstance(one, CopyNumberChange)
    assert (one.gene, one.state, one.copies, one.sample) == ("ERBB2", state, number, "S")


def test_every_gene_of_a_large_deletion(tmp_path: Path) -> None:
    entries = ",".join(csq("deletion", "transcript_ablation", gene) for gene in ("CDKN2A", "CDKN2B", "MTAP"))
    found = read(written(tmp_path, [f"9 1 . C <DEL> . PASS SVTYPE=DEL;CSQ={entries}"], *SV, CSQ)).alterations
    assert [one.label for one in found] == ["CDKN2A loss", "CDKN2B loss", "MTAP loss"]


def test_snpeff_joins_the_genes_of_a_large_deletion(tmp_path: Path) -> None:
    row = f"9 1 . C <DEL> . PASS SVTYPE=DEL;ANN={ann('<DEL>', 'feature_ablation', 'CDKN2A&CDKN2B')}"
    found = read(written(tmp_path, [row], *SV, ANN)).alterations
    assert [one.label for one in found] == ["CDKN2A loss", "CDKN2B loss"]


@pytest.mark.parametrize(
    ("alternate", "entry", "consequence"),
    [
        ("<DEL>", csq("x", "feature_truncation&coding_sequence_variant", "RB1"), "feature_truncation"),
        ("<DEL>", csq("x", "exon_loss_variant", "RB1"), "exon_loss_variant"),
        ("<INS>", csq("x", "inframe_insertion", "RB1", HGVSp="p.Lys5_Leu6insGly"), "inframe_insertion"),
    ],
)
def test_part_of_a_gene_is_a_small_variant(alternate: str, entry: str, consequence: str, tmp_path: Path) -> None:
    one = only(tmp_path, [f"13 100 . C {alternate} . PASS SVTYPE=x;CSQ={entry}"])
    assert isinstance(one, SmallVariant)
    assert (one.gene, one.consequences[0]) == ("RB1", consequence)


@pytest.mark.parametrize(
    ("alternate", "terms"),
    [
        ("<DEL>", "intron_variant"),
        ("<DEL>", "feature_truncation&intron_variant"),
        ("<INV>", "coding_sequence_variant"),
        ("<DUP>", "feature_elongation&coding_sequence_variant"),
        ("<CNV>", "intron_variant"),
    ],
)
def test_what_cannot_be_concluded_is_a_note(alternate: str, terms: str, tmp_path: Path) -> None:
    reading = read(
        written(tmp_path, [f"13 100 . C {alternate} . PASS SVTYPE=x;CSQ={csq('x', terms, 'RB1')}"], *SV, CSQ)
    )
    assert reading.alterations == ()
    assert f"structural variant {alternate} in RB1" in reading.notes[0].message


# What the file supplies

BOTH = {"small variant", "fusion"}
REPORTED = [
    ("small variants alone", [f"12 1 . C T . PASS {MISSENSE}"], (), {"small variant"}),
    ("no row", [], (), {"small variant"}),
    ("SVTYPE declared, small variants alone", [f"12 1 . C T . PASS {MISSENSE}"], SV, {"small variant"}),
    ("structural variants alone", pair("C]2:29447873]", "G]2:42522656]"), SV, {"fusion"}),
    ("both", [f"12 1 . C T . PASS {MISSENSE}", *pair("C]2:29447873]", "G]2:42522656]")], SV, BOTH),
    ("no row of a structural variant caller", [], SV, set()),
    ("deletions of a caller of small variants", [f"1 1 . CA C . PASS SVTYPE=DEL;{MISSENSE}"], SV[:1], set()),
    ("a filtered pair", [row.replace("PASS", "LowQual") for row in pair("C]2:2]", "G]2:4]")], SV, {"fusion"}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "rows", "meta", "expected"), REPORTED, ids=[case[0] for case in REPORTED])
def test_reported(case: str, rows: list[str], meta: tuple[str, ...], expected: set[str], tmp_path: Path) -> None:
    assert read(written(tmp_path, rows, *meta, CSQ)).reported == expected


def test_mates_come_with_each_other_and_none_is_lost(tmp_path: Path) -> None:
    rows = [
        *pair("C]2:29447873]", "G]2:42522656]"),
        f"12 1 . C T . PASS {MISSENSE}",
        f"5 5 z C C]9:9] . PASS SVTYPE=BND;MATEID=none;CSQ={bnd('RAF1')}",
    ]
    rows = [rows[3], rows[0], rows[2], rows[1]]
    path = written(tmp_path, rows, *SV, CSQ)
    found = list(vcf.rows(path))
    assert sorted(row.place.row or 0 for row in found) == [6, 7, 8, 9]
    assert all(row.alterations or row.notes for row in found)
    assert sum(len(row.alterations) for row in found) == 2
    assert read(path).rows == 4
