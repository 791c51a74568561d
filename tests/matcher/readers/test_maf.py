"""MAF rows to alterations and notes."""

from pathlib import Path

import pytest

from kb.alteration import Fusion, Origin, Place, SmallVariant
from matcher.notes import UnusableInput
from matcher.readers import maf, read

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def rows() -> list[maf.Row]:
    return list(maf.rows(DATA / "gdc.maf"))


def variant(row: maf.Row) -> SmallVariant:
    (found,) = row.alterations
    assert isinstance(found, SmallVariant)
    return found


def test_each_row_is_an_alteration_or_a_note(rows: list[maf.Row]) -> None:
    assert [row.place.row for row in rows] == list(range(3, 10))
    assert all(row.alterations or row.notes for row in rows)


def test_a_gdc_row_keeps_all_it_says(rows: list[maf.Row]) -> None:
    braf = variant(rows[0])
    assert (braf.label, braf.place, braf.sample) == ("BRAF V600E", Place("gdc.maf", 3), "S1")
    assert (braf.coding, braf.exon, braf.transcript) == ("c.1799T>A", 15, "ENST00000288602")
    assert braf.consequences == ("missense_variant", "NMD_transcript_variant")
    assert (braf.vaf, braf.depth, braf.origin) == (0.25, 200, Origin.SOMATIC)
    assert (braf.significance, braf.significance_source) == ("pathogenic", "CLIN_SIG")
    assert str(braf.genomic) == "7:140453136A>T"


def test_depth_from_counts_germline_and_conflicting_classification(rows: list[maf.Row]) -> None:
    brca2 = variant(rows[1])
    assert (brca2.vaf, brca2.depth, brca2.origin, brca2.significance) == (0.5, 60, Origin.GERMLINE, "uncertain")
    assert brca2.genomic is not None
    assert brca2.genomic.build == "GRCh37"


def test_an_unreadable_protein_change_keeps_the_rest_of_its_row(rows: list[maf.Row]) -> None:
    tp53 = variant(rows[2])
    assert (tp53.gene, tp53.protein, tp53.consequences) == ("TP53", None, ("splice_site_variant",))
    assert "'mystery'" in rows[2].notes[0].message


def test_rows_without_gene_and_short_rows_are_notes(rows: list[maf.Row]) -> None:
    assert [row.alterations for row in rows[3:5]] == [(), ()]
    assert "3 of 20 columns" in rows[4].notes[0].message


def test_an_unknown_classification_is_noted_and_the_promoter_variant_kept(rows: list[maf.Row]) -> None:
    assert variant(rows[5]).label == "TERT c.-124C>T"
    assert "'Oddity'" in rows[5].notes[0].message


def test_an_older_fusion_row_is_a_fusion(rows: list[maf.Row]) -> None:
    (found,) = rows[6].alterations
    assert isinstance(found, Fusion)
    assert found.genes == ("EML4", "ALK")


def test_a_version_line_padded_with_tabs_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "padded.maf"
    path.write_text((DATA / "gdc.maf").read_text().replace("#version 2.4", "#version 2.4" + "\t" * 19))
    assert read(path).rows == 7


def test_several_samples_need_a_choice() -> None:
    with pytest.raises(UnusableInput, match=r"2 samples, and none is chosen; .*A, B"):
        read(DATA / "two_samples.maf")
    with pytest.raises(UnusableInput, match="no sample 'C'"):
        read(DATA / "two_samples.maf", "C")
    chosen = read(DATA / "two_samples.maf", "B")
    assert [one.label for one in chosen.alterations] == ["KRAS G12C"]
    assert (chosen.rows, chosen.samples, chosen.reported) == (1, ("A", "B"), frozenset({"small variant"}))


@pytest.mark.parametrize(
    ("stated", "filtered"),
    [
        ("PASS", None),
        (".", None),
        ("", None),
        ("wga,nonpreferredpair", None),
        ("panel_of_normals;germline", "panel_of_normals, germline"),
        ("oxog,wga", "oxog"),
    ],
)
def test_a_filter_stays_with_the_call(tmp_path: Path, stated: str, filtered: str | None) -> None:
    file = tmp_path / "a.maf"
    header = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tFILTER\tTumor_Sample_Barcode"
    file.write_text(f"{header}\nKRAS\tMissense_Mutation\tp.G12C\t{stated}\tS\n")
    reading = maf.read(file)
    (kras,) = reading.alterations
    assert isinstance(kras, SmallVariant)
    assert kras.filtered == filtered
    assert [note.message for note in reading.notes] == ([f"filtered: {filtered}"] if filtered else [])


@pytest.mark.parametrize(("counts", "used"), [("0\t100", False), ("1\t99", True), ("\t", True), ("0\t0", True)])
def test_a_variant_that_no_read_shows_decides_nothing(tmp_path: Path, counts: str, used: bool) -> None:
    file = tmp_path / "a.maf"
    header = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tt_alt_count\tt_ref_count\tTumor_Sample_Barcode"
    file.write_text(f"{header}\nKRAS\tMissense_Mutation\tp.G12C\t{counts}\tS\n")
    reading = maf.read(file)
    (kras,) = reading.alterations
    assert isinstance(kras, SmallVariant)
    assert (kras.filtered is None) is used
    assert any("the variant of KRAS is 0" in note.message for note in reading.notes) is not used


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("-100\t5\t95", ["unreadable read depth '-100': left out"]),
        ("100\tfive\t95", ["unreadable count of alternate reads 'five': left out"]),
        ("100\t5\t95", []),
        ("NA\t.\t", []),
    ],
)
def test_read_counts_that_cannot_be_read_are_told(tmp_path: Path, numbers: str, told: list[str]) -> None:
    file = tmp_path / "a.maf"
    header = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tt_depth\tt_alt_count\tt_ref_count\tTumor_Sample_Barcode"
    file.write_text(f"{header}\nKRAS\tMissense_Mutation\tp.G12C\t{numbers}\tS\n")
    reading = maf.read(file)
    (kras,) = reading.alterations
    assert isinstance(kras, SmallVariant)
    assert kras.depth in (None, 100)
    assert [note.message for note in reading.notes] == told
