"""What all readers share: one sample's rows, and notes of one kind counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Place, SmallVariant
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import maf, read
from matcher.readers.reading import Row, gathered, summarized


def note(row: int, message: str, severity: Severity = Severity.WARNING) -> Note:
    return Note(severity, Place("a.maf", row), message, "mend it")


def test_notes_of_one_kind_are_counted_and_others_kept() -> None:
    notes = [note(n, f"unreadable protein change 'x{n}' of TP{n}: the row is kept") for n in range(100)]
    other = note(101, "no gene")
    found = summarized([*notes[:50], other, *notes[50:]])
    assert found[:20] == notes[:20]
    assert found[21:] == [other]
    assert str(found[20]) == (
        "a.maf:20: 80 more notes like this one (rows 20, 21, 22, 23, 24, ...): "
        "unreadable protein change 'x20' of TP20: the row is kept; mend it"
    )


def test_a_kind_is_told_by_severity_and_sentence() -> None:
    notes = [note(1, "a"), note(2, "a", Severity.ERROR), note(3, "b"), note(4, "a")]
    assert summarized(notes, 1) == notes


@given(
    st.lists(st.tuples(st.sampled_from(["no gene", "few columns", "level 'x'"]), st.integers(1, 99))), st.integers(1, 5)
)
def test_no_note_is_lost_from_the_count(drawn: list[tuple[str, int]], most: int) -> None:
    found = summarized([note(row, message) for message, row in drawn], most)
    counts = [int(one.message.split()[0]) if "more notes like this one" in one.message else 1 for one in found]
    assert sum(counts) == len(drawn)


def rows_of(*samples: str | None) -> Iterator[Row]:
    for number, sample in enumerate(samples, start=2):
        place = Place("a.maf", number)
        yield Row(place, (SmallVariant("TP53", place, sample=sample),), (), sample)


def test_only_the_chosen_samples_rows_are_kept() -> None:
    reading = gathered("MAF", Path("a.maf"), rows_of("A", "B", None, "A"), "A", ("small variant",), [])
    assert [one.place.row for one in reading.alterations] == [2, 4, 5]
    assert (reading.rows, reading.samples) == (3, ("A", "B"))
    with pytest.raises(UnusableInput, match="3 samples, and none is chosen"):
        gathered("MAF", Path("a.maf"), rows_of("A", "B", "C"), None, (), [])


MAF = (
    "Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tHGVSp_Short\tNCBI_Build\tStart_Position\tChromosome\t"
    "t_depth\tt_alt_count\tPID\tPGT\tZygosity\n"
    "EGFR\tS1\tMissense_Mutation\tp.T790M\thg19\t55249071\t7\t200\t50\t55249071_C_T\t0|1\thet\n"
    "EGFR\tS1\tMissense_Mutation\tp.C797S\tGRCh37\t55249092\t7\t0\t\t55249071_C_T\t0|1\t\n"
    "TP53\tS1\tMissense_Mutation\tp.R273H\tGRCh38\t7673802\t17\t.\t.\t.\t0/1\t\n"
    "KRAS\tS2\tMissense_Mutation\tp.G12C\t38\t²\t12\t\t\t\t\t\n"
)


def test_a_maf_tells_phase_zygosity_depth_and_builds_that_disagree(tmp_path: Path) -> None:
    path = tmp_path / "a.maf"
    path.write_text(MAF)
    reading = read(path, "S1")
    first, second, third = (one for one in reading.alterations if isinstance(one, SmallVariant))
    assert first.haplotype == second.haplotype == "55249071_C_T|2"
    assert (first.zygosity, first.depth, first.vaf) == ("het", 200, 0.25)
    assert (third.haplotype, third.depth) == (None, None)
    assert [str(one) for one in reading.notes] == [
        "a.maf:4: NCBI_Build is GRCh38 here and GRCh37 in row 2: coordinates of both are in the file; "
        "export the rows of one build, or check the column"
    ]
    assert [row.sample for row in maf.rows(path, None, {"S2"})] == ["S2"]


def test_a_supplementary_table_keeps_its_samples_apart(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "Sample,Hugo_Symbol,Variant_Classification,Tumor_Ref_Count,Tumor_Alt_Count\n"
        "A,TP53,Missense_Mutation,30,10\nB,KRAS,Missense_Mutation,1,1\n"
    )
    (found,) = read(path, "A").alterations
    assert isinstance(found, SmallVariant)
    assert (found.gene, found.vaf, found.depth) == ("TP53", 0.25, 40)
