"""Copy-number tables of the callers: what each states, and what it leaves open."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import CopyNumberChange, CopyNumberState
from matcher.cut_offs import Thresholds, by_copies
from matcher.notes import UnusableInput
from matcher.readers import copy_number, detect, read
from matcher.readers.reading import Reading

TABLES = {
    "discrete matrix": ("Hugo_Symbol\tS1\nERBB2\t2\nCDKN2A\t"
    "-1.5\n", ["ERBB2 amplification", "CDKN2A homozygous deletion"]),
    "discrete long": ("Hugo_Symbol\tSample_Id\tValue\nERBB2\tS1\t2\nTP53\tS1\t"
    "-1\n", ["ERBB2 amplification", "TP53 loss"]),
    "log ratios": ("Hugo_Symbol\tS1\nERBB2\t2.3\nTP53\t1\nPTEN\t"
    "-2\n", ["ERBB2 amplification", "TP53 unclear", "PTEN homozygous deletion"]),
    "GISTIC levels": (
        "Gene Symbol\tLocus ID\tCytoband\tS1\nERBB2\t2064\t17q12\t2\nCDKN2A|chr9\t1029\t9p21.3\t-2\n",
        ["ERBB2 amplification", "CDKN2A homozygous deletion"],
    ),
    "GISTIC copies minus 2": (
        "Gene Symbol\tGene ID\tCytoband\tS1\nERBB2\t2064\t17q12\t6.1\nMYC\t4609\t8q24\t2\nTP53\t7157\t17p\t-1.293\n",
        ["ERBB2 amplification", "MYC unclear", "TP53 unclear"],
    ),
    "CNVkit segments": (
        "chromosome\tstart\tend\tgene\tlog2\tdepth\tprobes\tweight\n"
        "17\t1\t9\tERBB2,GRB7,Antitarget\t2.5\t9\t8\t7\n9\t1\t9\t-\t-3\t9\t8\t7\n",
        ["ERBB2 amplification", "GRB7 amplification"],
    ),
    "CNVkit calls": (
        "chromosome,start,end,gene,log2,cn,depth,probes\n17,1,9,\"ERBB2,GRB7\",0.9,7,9,8\n",
        ["ERBB2 amplification", "GRB7 amplification"],
    ),
    "CNVkit bins": ("chromosome\tstart\tend\tgene\tdepth\tlog2\tweight\n17\t1\t9\tERBB2\t99\t4\t"
    "1\n", ["ERBB2 unclear"]),
    "FACETS": (
        "sample\tgene\tchrom\tgene_start\tgene_end\ttcn.em\tlcn.em\tcn_state\n"
        "S1\tERBB2\t17\t1\t2\t9\t1\tAMP\nS1\tTP53\t17\t1\t2\t1\t0\tHETLOSS\nS1\tEGFR\t7\t1\t2\t4\t2\tTETRAPLOID\n",
        ["ERBB2 amplification", "TP53 loss", "EGFR unclear"],
    ),
    "deletion of one or both": (
        "gene;call\nTP53;Deletion\nBRAF;Amplification\n", ["TP53 unclear", "BRAF amplification"],
    ),
}  # fmt: skip


def reading_of(text: str, tmp_path: Path) -> Reading:
    path = tmp_path / "named.anything"
    path.write_text(text)
    assert detect(path) == "copy number"
    return read(path)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("prefix", ["", "\ufeff", "# exported\n"])
def test_a_callers_table(name: str, prefix: str, tmp_path: Path) -> None:
    text, expected = TABLES[name]
    reading = reading_of(prefix + text, tmp_path)
    assert [one.label for one in reading.alterations] == expected
    assert reading.reported == {"copy number"}


def test_what_stays_open_is_told(tmp_path: Path) -> None:
    segments, bins, facets, deletion = (
        [note.message for note in reading_of(TABLES[name][0], tmp_path).notes]
        for name in ("CNVkit segments", "CNVkit bins", "FACETS", "deletion of one or both")
    )
    assert segments == ["the segment names no gene"]
    assert "bins before segmentation" in bins[0]
    assert facets == ["no copy-number state for EGFR: unknown state 'TETRAPLOID' (with 4 copies)"]
    assert deletion == ["no copy-number state for TP53: 'Deletion' may be of one or of both copies"]


@pytest.mark.parametrize(
    "header", ["Chromosome\tStart\tEnd\tnMajor\tnMinor", "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean"]
)
def test_segments_without_genes_are_one_note_and_report_nothing(header: str, tmp_path: Path) -> None:
    row = "\t".join("1" for _ in header.split("\t"))
    reading = reading_of("\n".join((header, row, row, row, "")), tmp_path)
    assert (reading.alterations, reading.reported, reading.rows) == ((), frozenset(), 3)
    (note,) = reading.notes
    assert note.message.startswith("3 segments with coordinates only, and no gene")


def test_a_log_ratio_between_the_cut_offs_keeps_its_number(tmp_path: Path) -> None:
    (found,) = reading_of("gene\tlog2\nERBB2\t1.2\n", tmp_path).alterations
    assert isinstance(found, CopyNumberChange)
    assert (found.state, found.log_ratio) == (CopyNumberState.UNCLEAR, 1.2)


@pytest.mark.parametrize("text", ["2,5", "inf", "-inf", "high"])
def test_an_unreadable_log_ratio_is_told_and_the_gene_unclear(text: str, tmp_path: Path) -> None:
    reading = reading_of(f"gene\tlog2\nERBB2\t{text}\n", tmp_path)
    (found,), (note,) = reading.alterations, reading.notes
    assert isinstance(found, CopyNumberChange)
    assert (found.state, found.log_ratio) == (CopyNumberState.UNCLEAR, None)
    assert note.message == f"no copy-number state for ERBB2: unreadable log ratio {text!r}"


def test_an_assay_gives_its_own_cut_offs(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("gene\tcopies\tlog2\nERBB2\t5\t\nMYC\t\t1.2\n")
    own = Thresholds(amplified_copies=5, amplified_log2=1)
    assert [one.label for one in copy_number.read(path, None, own).alterations] == [
        "ERBB2 amplification", "MYC amplification",
    ]  # fmt: skip
    assert [one.label for one in copy_number.read(path).alterations] == ["ERBB2 gain", "MYC unclear"]


ORDER = ("homozygous deletion", "loss", "neutral", "gain", "amplification")


@given(st.floats(0, 100), st.floats(0, 100))
def test_more_copies_are_never_a_lower_state(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert ORDER.index(by_copies(low)) <= ORDER.index(by_copies(high))


def test_only_the_wanted_samples_of_a_matrix_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("Hugo_Symbol\tS1\tS2\tS3\nERBB2\t2\t0\t1\n")
    assert [row.sample for row in copy_number.rows(path, wanted={"S1", "S3"})] == ["S1", "S3"]


def test_a_matrix_without_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("Hugo_Symbol\tCytoband\nERBB2\t17q12\n")
    with pytest.raises(UnusableInput, match="no column state"):
        list(copy_number.rows(path))
