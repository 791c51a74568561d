"""ANNOVAR's words and tables."""

from pathlib import Path

import pytest

from kb.alteration import SmallVariant
from matcher.notes import UnusableInput
from matcher.readers import annovar, detect, read
from matcher.readers.annovar import Change, changes, splice_changes
from matcher.readers.annovar_words import exonic_terms

HEADER = ["Chr", "Start", "End", "Ref", "Alt", "Func.refGene", "Gene.refGene", "GeneDetail.refGene",
          "ExonicFunc.refGene", "AAChange.refGene", "AF", "CLNSIG"]  # fmt: skip
EGFR = "EGFR:NM_001346897:exon20:c.T2438G:p.L813R,EGFR:NM_005228:exon21:c.T2573G:p.L858R"
ROWS = [
    ["7", "55259515", "55259515", "T", "G", "exonic", "EGFR", ".", "nonsynonymous SNV", EGFR, "0.001", "Pathogenic"],
    ["7", "116412044", "116412044", "G", "T", "splicing", "MET", "NM_000245:exon14:c.3028+1G>T", ".", ".", ".", "."],
    ["1", "658434", "658434", "G", "A", "intergenic", "OR4F16;LOC1", "dist=3;dist=2", ".", ".", ".", "."],
    ["17", "7577121", "7577121", "G", "A", "exonic", "TP53", ".", "oddity", "TP53:NM_000546:exon8:c.C817T:p.R273C",
     ".", "."],
]  # fmt: skip


def table(delimiter: str) -> str:
    quoted = [[f'"{cell}"' if delimiter == "," else cell for cell in row] for row in ROWS]
    return "\n".join(delimiter.join(row) for row in (HEADER, *quoted)) + "\n"


@pytest.mark.parametrize(
    ("func", "exonic", "terms"),
    [
        ("exonic", "nonsynonymous SNV", ("missense_variant",)),
        ("exonic", "nonsynonymous_SNV", ("missense_variant",)),
        ("exonic", "stopgain", ("stop_gained",)),
        ("exonic", "frameshift deletion", ("frameshift_variant",)),
        ("exonic", "nonframeshift insertion", ("inframe_insertion",)),
        ("exonic\\x3bsplicing", "synonymous_SNV", ("splice_site_variant", "synonymous_variant")),
        ("splicing", ".", ("splice_site_variant",)),
        ("UTR5;UTR3", ".", ("5_prime_UTR_variant", "3_prime_UTR_variant")),
        ("intronic", ".", ("intron_variant",)),
        ("", "", ()),
        ("mystery", "mystery", ()),
    ],
)
def test_terms(func: str, exonic: str, terms: tuple[str, ...]) -> None:
    assert exonic_terms(func, exonic) == terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EGFR:NM_005228:exon21:c.T2573G:p.L858R", (Change("EGFR", "NM_005228", 21, "c.2573T>G", "p.L858R"),)),
        ("KRAS:NM_033360:exon2:c.33_34delinsAT:p.G12C", (Change("KRAS", "NM_033360", 2, "c.33_34delinsAT", "p.G12C"),)),
        ("BRCA1:NM_007294:wholegene", (Change("BRCA1", "NM_007294"),)),
        (".", ()),
        ("UNKNOWN", ()),
        ("", ()),
    ],
)
def test_changes(text: str, found: tuple[Change, ...]) -> None:
    assert changes(text) == found


def test_splice_changes_have_no_gene_of_their_own() -> None:
    assert splice_changes("MET", "NM_000245:exon14:c.3028+1G>T;NM_001127500:exon14:c.3082+1G>T") == (
        Change("MET", "NM_000245", 14, "c.3028+1G>T"), Change("MET", "NM_001127500", 14, "c.3082+1G>T"),
    )  # fmt: skip
    assert splice_changes("OR4F16", "dist=36400;dist=2705") == ()


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("prefix", ["", "\ufeff", "# table_annovar\n"])
def test_a_table(delimiter: str, prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "named.anything"
    text = table(delimiter).replace("dist=3;dist=2", "dist=3").replace("OR4F16;LOC1", "OR4F16")
    path.write_text(prefix + text)
    assert detect(path) == "ANNOVAR"
    reading = read(path)
    assert [one.label for one in reading.alterations] == ["EGFR L858R", "MET c.3028+1G>T", "TP53 R273C"]
    egfr, met, tp53 = reading.alterations
    assert isinstance(egfr, SmallVariant)
    assert (egfr.transcript, egfr.exon, egfr.coding, egfr.significance) == ("NM_005228", 21, "c.2573T>G", "pathogenic")
    assert str(egfr.genomic) == "7:55259515T>G"
    assert egfr.vaf is None, "AF is gnomAD's frequency"
    assert isinstance(met, SmallVariant)
    assert met.consequences == ("splice_site_variant",)
    assert isinstance(tp53, SmallVariant)
    assert [note.message for note in reading.notes] == [
        "EGFR p.L858R by NM_005228; other transcripts say p.L813R",
        "the row names no gene",
        "unknown ExonicFunc 'oddity': the row is kept without it",
    ]


def test_further_columns_below_otherinfo_and_the_samples_own_reads(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    header = "\t".join((*HEADER[:10], "Filter", "GT", "AF", "AD", "Otherinfo"))
    cells = "\t".join((*ROWS[0][:10], "PASS", "0/1", "0.25", "75,25", "het", "100", "more"))
    filtered = "\t".join((*ROWS[0][:10], "germline_risk", "0/1", "0.25", "75,25"))
    path.write_text(f"{header}\n{cells}\n{filtered}\n")
    reading = read(path)
    found, out = reading.alterations
    assert isinstance(found, SmallVariant)
    assert isinstance(out, SmallVariant)
    assert (found.vaf, found.depth) == (0.25, 100)
    assert (found.filtered, out.filtered) == (None, "germline_risk")
    assert "filtered: germline_risk" in [note.message for note in reading.notes]


def test_one_column_of_changes_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(f"AAChange.refGene\n{EGFR}\n")
    assert [one.label for one in read(path).alterations] == ["EGFR L858R"]


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("color\tshape\nred\tround\n")
    with pytest.raises(UnusableInput, match="color, shape"):
        annovar.read(path)
