"""VCF rows to alterations and notes, through pysam."""

from pathlib import Path

import pytest

from kb.alteration import Fusion, Origin, SmallVariant
from matcher.notes import UnusableInput
from matcher.readers import read, vcf
from matcher.readers.reading import Row
from tests.matcher.readers.vcf_files import CSQ, csq
from tests.matcher.readers.vcf_files import vcf as vcf_of

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(vcf.rows(DATA / "vep.vcf"))


def test_each_row_is_an_alteration_or_a_note_at_its_line(rows: list[Row]) -> None:
    assert [row.place.row for row in rows] == list(range(12, 20))
    assert all(row.alterations or row.notes for row in rows)
    assert [len(row.alterations) for row in rows] == [1, 1, 1, 1, 1, 0, 0, 0]


def test_mane_select_comes_before_the_pick_and_the_most_severe(rows: list[Row]) -> None:
    (braf,) = rows[0].alterations
    assert isinstance(braf, SmallVariant)
    assert (braf.label, braf.transcript, braf.exon, braf.coding) == ("BRAF V600E", "ENST1", 15, "c.1799T>A")
    assert (braf.vaf, braf.depth, braf.sample, braf.origin) == (0.25, 100, "TUMOR", Origin.SOMATIC)
    assert (braf.significance, braf.significance_source, braf.zygosity) == ("pathogenic", "CLIN_SIG", "heterozygous")
    assert braf.genomic is not None
    assert braf.genomic.build == "GRCh38"


def test_a_protein_change_is_made_from_amino_acids_where_hgvs_is_absent(rows: list[Row]) -> None:
    (egfr,) = rows[1].alterations
    assert egfr.label == "EGFR E746_A750del"
    assert isinstance(egfr, SmallVariant)
    assert (egfr.vaf, egfr.depth, egfr.origin) == (0.3, 100, Origin.UNKNOWN)


def test_of_several_alternates_only_the_called_one_is_an_alteration(rows: list[Row]) -> None:
    (tp53,) = rows[2].alterations
    assert tp53.label == "TP53 R175P"
    assert isinstance(tp53, SmallVariant)
    assert tp53.vaf == 0.4


@pytest.mark.parametrize(
    ("index", "message"),
    [(3, "filtered: weak"), (4, "not annotated"), (5, "not called in TUMOR"), (6, "'broken'"), (7, "5 of 11 columns")],
)
def test_what_is_not_used_says_why(rows: list[Row], index: int, message: str) -> None:
    assert message in rows[index].notes[0].message


def test_the_tumor_is_taken_from_a_pair_and_another_sample_on_request() -> None:
    assert read(DATA / "vep.vcf").samples == ("NORMAL", "TUMOR")
    assert [one.label for one in read(DATA / "vep.vcf", "NORMAL").alterations] == ["TP53 missense_variant"]
    with pytest.raises(UnusableInput, match="no sample 'X'"):
        read(DATA / "vep.vcf", "X")


def test_samples_that_are_no_pair_need_a_choice(tmp_path: Path) -> None:
    text = (DATA / "vep.vcf").read_text().replace("NORMAL\tTUMOR", "P1\tP2")
    path = tmp_path / "two.vcf"
    path.write_text(text)
    with pytest.raises(UnusableInput, match="P1, P2"):
        read(path)
    path.write_text(text.replace("##reference", "##tumor_sample=P2\n##reference"))
    assert read(path).alterations[0].sample == "P2"


def test_percent_codes_in_the_annotation(tmp_path: Path) -> None:
    path = tmp_path / "escaped.vcf"
    path.write_text((DATA / "vep.vcf").read_text().replace("ENST1:c.", "ENST1%3Ac.").replace("ENSP1:p.", "ENSP1%3Ap."))
    (braf, *_) = read(path).alterations
    assert isinstance(braf, SmallVariant)
    assert (braf.label, braf.coding) == ("BRAF V600E", "c.1799T>A")


def test_snpeff() -> None:
    reading = read(DATA / "snpeff.vcf")
    assert [one.label for one in reading.alterations] == ["ALK T1156M", "EML4::ALK fusion"]
    fusion = reading.alterations[1]
    assert isinstance(fusion, Fusion)
    assert not fusion.oriented
    assert "structural variant <DUP> in EML4" in reading.notes[0].message


def test_a_vcf_without_its_header_is_read_with_a_note(tmp_path: Path) -> None:
    lines = (DATA / "snpeff.vcf").read_text().splitlines(keepends=True)
    path = tmp_path / "bare.vcf"
    path.write_text("".join(line for line in lines if not line.startswith("#")))
    reading = read(path)
    assert (reading.format, reading.rows, len(reading.alterations)) == ("VCF", 3, 2)
    assert "header is incomplete" in reading.notes[0].message


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "windows.vcf"
    path.write_bytes(b"\xef\xbb\xbf" + (DATA / "vep.vcf").read_bytes().replace(b"\n", b"\r\n"))
    assert [one.label for one in read(path).alterations] == [
        "BRAF V600E",
        "EGFR E746_A750del",
        "TP53 R175P",
        "TP53 missense_variant",
        "17:7675090C>T",
    ]


def test_a_filtered_change_of_a_protein_is_kept_with_its_filter_and_others_are_not(tmp_path: Path) -> None:
    rows = [
        f"7 1 . T G . {stated} CSQ={csq('G', term, 'EGFR')}"
        for stated, term in (
            ("PASS", "missense_variant"),
            ("weak_evidence;germline", "missense_variant"),
            ("weak_evidence", "synonymous_variant"),
            ("weak_evidence", "intron_variant"),
        )
    ]
    reading = read(vcf_of(tmp_path, rows, CSQ))
    assert [(one.filtered, one.place.row) for one in reading.alterations if isinstance(one, SmallVariant)] == [
        (None, 4),
        ("weak_evidence, germline", 5),
    ]
    assert sum("filtered" in note.message for note in reading.notes) == 3
