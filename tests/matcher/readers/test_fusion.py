"""Fusion tables of the callers: partners, order, exons, reads and doubts."""

from pathlib import Path

import pytest

from kb.alteration import Fusion
from matcher.readers import detect, fusion, read
from matcher.readers.reading import Reading

STAR = (
    "#FusionName\tJunctionReadCount\tSpanningFragCount\tSpliceType\tLeftGene\tLeftBreakpoint\t"
    "RightGene\tRightBreakpoint\tPROT_FUSION_TYPE\n"
)
ARRIBA = (
    "#gene1\tgene2\tstrand1(gene/fusion)\tstrand2(gene/fusion)\tbreakpoint1\tbreakpoint2\tsite1\tsite2\ttype\t"
    "split_reads1\tsplit_reads2\tdiscordant_mates\tconfidence\treading_frame\n"
)
CATCHER = (
    "Gene_1_symbol(5end_fusion_partner)\tGene_2_symbol(3end_fusion_partner)\tSpanning_pairs\tSpanning_unique_reads\t"
    "Predicted_effect\n"
)
SV = (
    "Sample_Id\tSV_Status\tSite1_Hugo_Symbol\tSite1_Description\tSite2_Hugo_Symbol\tSite2_Description\t"
    "Connection_Type\tEvent_Info\tTumor_Variant_Count\n"
)


def reading_of(text: str, tmp_path: Path) -> Reading:
    path = tmp_path / "named.anything"
    path.write_text(text)
    assert detect(path) == "fusions"
    return read(path)


def only(text: str, tmp_path: Path) -> tuple[Fusion, list[str]]:
    reading = reading_of(text, tmp_path)
    (found,) = reading.alterations
    assert isinstance(found, Fusion)
    return found, [note.message for note in reading.notes]


def test_star_fusion(tmp_path: Path) -> None:
    found, notes = only(
        STAR + "EML4--ALK\t9\t4\tONLY_REF\tEML4^ENSG1.1\t2:1:+\tALK^ENSG2.1\t2:2:-\tINFRAME\n", tmp_path
    )
    assert (found.label, found.in_frame, found.oriented, found.reads) == ("EML4::ALK fusion", True, True, 9)
    assert notes == []


def test_star_fusion_falls_back_on_the_genes_and_tells_a_name_that_disagrees(tmp_path: Path) -> None:
    found, _ = only(STAR + "A--B--C\t9\t4\t.\tNKX2-1^ENSG1.1\t2:1:+\tALK^ENSG2.1\t2:2:-\t.\n", tmp_path)
    assert found.label == "NKX2-1::ALK fusion"
    found, notes = only(STAR + "EML4--ALK\t9\t4\t.\tCD2AP^E\t2:1:+\tALK^E\t2:2:-\t.\n", tmp_path)
    assert found.label == "EML4::ALK fusion"
    assert notes == ["EML4::ALK fusion by its name, and CD2AP and ALK by its gene columns: read by name"]


@pytest.mark.parametrize(
    ("row", "label", "oriented", "frame", "reads", "note"),
    [
        ("EML4\tALK\t+/+\t-/-\t2:1\t2:2\tCDS\tCDS\tinversion\t4\t3\t9\thigh\t"
        "in-frame", "EML4::ALK fusion", True, True, 7, None),
        ("EML4\tALK\t+/.\t-/-\t2:1\t2:2\tCDS\tCDS\tinversion\t4\t3\t9\thigh\t"
        ".", "EML4::ALK fusion", False, None, 7, "strands"),
        ("EML4\tALK\t+/+\t-/-\t2:1\t2:2\tCDS\tCDS\tinversion\t1\t0\t0\tlow\t"
        "out-of-frame", "EML4::ALK fusion", True, False, 1, "confidence is low"),
        ("TMPRSS2\tA(123),B(456)\t+/+\t-/-\t2:1\t2:2\tCDS\tintergenic\tdeletion\t1\t1\t0\thigh\t"
        ".", "TMPRSS2::? fusion", True, None, 2, "A(123),B(456)"),
        ("EGFR\tEGFR\t+/+\t+/+\t7:1\t7:2\tCDS\tCDS\tdeletion\t5\t5\t0\thigh\t"
        "in-frame", "EGFR intragenic rearrangement", True, True, 10, None),
    ],
)  # fmt: skip
def test_arriba(
    row: str, label: str, oriented: bool, frame: bool | None, reads: int, note: str | None, tmp_path: Path
) -> None:
    found, notes = only(f"{ARRIBA}{row}\n", tmp_path)
    assert (found.label, found.oriented, found.in_frame, found.reads) == (label, oriented, frame, reads)
    assert len(notes) == (note is not None)
    assert note is None or note in notes[0]


def test_an_arriba_row_between_genes_on_both_sides_is_a_note(tmp_path: Path) -> None:
    text = f"{ARRIBA}A(1),B(2)\tC(1),D(2)\t./.\t./.\t2:1\t2:2\tintergenic\tintergenic\tinversion\t1\t1\t0\tlow\t.\n"
    reading = reading_of(text, tmp_path)
    assert reading.alterations == ()
    assert len(reading.notes) == 2


def test_fusioncatcher(tmp_path: Path) -> None:
    found, _ = only(f"{CATCHER}BCR\tABL1\t40\t12\tin-frame\n", tmp_path)
    assert (found.label, found.oriented, found.in_frame, found.reads) == ("BCR::ABL1 fusion", True, True, 12)


@pytest.mark.parametrize(
    ("row", "label", "oriented"),
    [
        # The pair in brackets is in transcript order.
        ("ALK\tIntron of ALK(-): 452bp before exon 20\tEML4\tIntron of EML4(+): 2Kb after exon 13\t"
        "3to3\tProtein fusion: in frame (EML4-ALK)", "EML4::ALK fusion (exon 13 to exon 20)", True),
        # Joined ends and strands: left of a breakpoint is the 5' part on +, the 3' part on -.
        ("ROS1\tIntron of ROS1(-): 9bp before exon 34\tCD74\tIntron of CD74(-): 1Kb before exon 7\t"
        "3to5\t", "CD74::ROS1 fusion (exon 6 to exon 34)", True),
        ("BBS9\tIntron of BBS9(+): 25Kb after exon 5\tIKZF1\tExon 8 of IKZF1(+)\t3to5\t"
        "", "BBS9::IKZF1 fusion (exon 5 to exon 8)", True),
        # Descriptions that stand the other way round than the genes.
        ("EML4\tIntron of ALK(-): 9bp after exon 19\tALK\tIntron of EML4(+): 9bp before exon 14\t"
        "3to3\t", "EML4::ALK fusion (exon 13 to exon 20)", True),
        # The ends alone order nothing, and a bare pair does so only by custom.
        ("ALK\t\tEML4\t\t3to5\tEML4-ALK Fusion", "ALK::EML4 fusion", False),
        ("ROS1\tExon 26 of ROS1(-)\tTMEM181\t3-UTR of TMEM181(+): 3Kb after coding stop\t3to5\t"
        "", "ROS1::TMEM181 fusion", False),
        ("EGFR\tExon 1 of EGFR(+)\tEGFR\tExon 8 of EGFR(+)\t3to5\t"
        "", "EGFR intragenic rearrangement (exon 1 to exon 8)", True),
        ("BRAF\tExon 9 of BRAF(-)\t\t\t\t", "BRAF::? fusion", False),
    ],
)  # fmt: skip
def test_the_order_of_a_cbioportal_row(row: str, label: str, oriented: bool, tmp_path: Path) -> None:
    found, _ = only(f"{SV}S1\tSOMATIC\t{row}\t17\n", tmp_path)
    assert (found.label, found.oriented, found.reads) == (label, oriented, 17)


def test_antisense_and_germline_rows_say_so(tmp_path: Path) -> None:
    _, antisense = only(f"{SV}S1\tSOMATIC\tROS1\tExon 26 of ROS1(-)\tT\tExon 1 of T(+)\t3to5\t\t1\n", tmp_path)
    assert "joins two 3' parts (antisense)" in antisense[0]
    _, germline = only(f"{SV}S1\tGERMLINE\tBRCA1\t\tBRCA1\t\t\t\t1\n", tmp_path)
    assert "germline" in germline[0]


def test_a_region_number_is_an_exon_or_an_intron(tmp_path: Path) -> None:
    text = (
        "Sample_Id\tSite1_Hugo_Symbol\tSite1_Region\tSite1_Region_Number\tSite2_Hugo_Symbol\tSite2_Region\t"
        "Site2_Region_Number\tEvent_Info\nS1\tEML4\tIntron\t13\tALK\tIntron\t19\tProtein fusion: in frame (EML4-ALK)\n"
    )
    found, _ = only(text, tmp_path)
    assert (found.five_prime_exon, found.three_prime_exon) == (13, 20)


def test_exons_that_are_stated(tmp_path: Path) -> None:
    found, _ = only("gene5,gene3,five_prime_exon,three_prime_exon\nEML4,ALK,13,20\n", tmp_path)
    assert found.label == "EML4::ALK fusion (exon 13 to exon 20)"


def test_an_older_table_tells_a_fusion_once_for_both_genes(tmp_path: Path) -> None:
    text = "Hugo_Symbol\tTumor_Sample_Barcode\tFusion\tFrame\nEML4\tS1\tEML4-ALK fusion\tin frame\n"
    text += "ALK\tS1\tEML4-ALK fusion\tin frame\nRET\tS1\tKIF5B-RET fusion\tunknown\n"
    reading = reading_of(text, tmp_path)
    assert [one.label for one in reading.alterations] == ["EML4::ALK fusion", "KIF5B::RET fusion"]
    assert [str(note) for note in reading.notes] == [
        "named.anything:3: EML4::ALK fusion repeats that of row 2: told once; none needed"
    ]
    assert reading.rows == 3


def test_pcgr_and_the_wanted_samples(tmp_path: Path) -> None:
    found, _ = only("FusionGene\tLeftBreakpoint\tRightBreakpoint\tSplitReads\nBCR--ABL1\t22:1\t9:2\t50\n", tmp_path)
    assert (found.label, found.reads) == ("BCR::ABL1 fusion", 50)
    path = tmp_path / "several.txt"
    path.write_text("sample,gene5,gene3\nA,EML4,ALK\nB,KIF5B,RET\n")
    assert [row.sample for row in fusion.rows(path, None, {"B"})] == ["B"]
