"""Plain tables, copy-number tables and fusion tables."""

from pathlib import Path

import pytest

from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, Origin, SmallVariant
from matcher.cut_offs import by_copies
from matcher.notes import UnusableInput
from matcher.readers import copy_number, fusion, read, table

DATA = Path(__file__).parent / "data"


def test_a_plain_table() -> None:
    reading = read(DATA / "table.csv")
    labels = [one.label for one in reading.alterations]
    assert labels == [
        "BRAF V600E", "MET exon_loss_variant", "BRCA1 c.68_69del", "ERBB2 amplification", "EML4::ALK fusion",
        "TP53 R175H", "EGFR L858R",
    ]  # fmt: skip
    assert reading.rows == 9
    assert reading.reported == {"small variant", "copy number", "fusion"}
    braf, _, brca1 = reading.alterations[:3]
    assert isinstance(braf, SmallVariant)
    assert isinstance(brca1, SmallVariant)
    assert (braf.vaf, braf.origin, braf.significance, braf.significance_source) == (
        0.45, Origin.SOMATIC, "oncogenic", "Significance",
    )  # fmt: skip
    assert (brca1.origin, brca1.significance) == (Origin.GERMLINE, "pathogenic")


def test_what_a_table_says_in_unknown_words_is_noted() -> None:
    notes = [str(note) for note in read(DATA / "table.csv").notes]
    assert notes[0] == "table.csv:7: unreadable alteration 'deletion' of KRAS; write homozygous deletion or loss"
    assert "names no gene" in notes[1]
    assert [note.partition(":")[0] for note in notes] == ["table.csv"] * 5
    assert {word for note in notes[2:] for word in ("many", "maternal", "dubious") if word in note} == {
        "many", "maternal", "dubious",
    }  # fmt: skip


def test_copies_states_and_log_ratios() -> None:
    reading = read(DATA / "copies.tsv")
    assert [one.label for one in reading.alterations] == [
        "ERBB2 amplification", "CDKN2A homozygous deletion", "PTEN homozygous deletion", "MYC amplification",
        "TP53 unclear", "EGFR unclear",
    ]  # fmt: skip
    assert reading.rows == 6
    assert "unknown state 'many'" in reading.notes[0].message
    assert "between -2 and 2 alone decides no state: 1 values are unclear (TP53)" in reading.notes[1].message
    first = reading.alterations[0]
    assert isinstance(first, CopyNumberChange)
    assert first.copies == 12


def test_the_discrete_levels_of_a_matrix() -> None:
    with pytest.raises(UnusableInput, match="S1, S2"):
        read(DATA / "cna_matrix.txt")
    reading = read(DATA / "cna_matrix.txt", "S1")
    assert [one.label for one in reading.alterations] == ["ERBB2 amplification", "CDKN2A homozygous deletion"]
    assert len(read(DATA / "cna_matrix.txt", "S2").notes) == 1


@pytest.mark.parametrize(
    ("copies", "state"),
    [(0, "HOMOZYGOUS_DELETION"), (1, "LOSS"), (2, "NEUTRAL"), (3, "GAIN"), (5.9, "GAIN"), (6, "AMPLIFICATION")],
)
def test_absolute_copies(copies: float, state: str) -> None:
    assert by_copies(copies) is CopyNumberState[state]


def test_every_level_and_the_state_before_the_number() -> None:
    called = [copy_number.called("", str(level), None, None) for level in range(-2, 3)]
    assert called == [(state, None) for state in copy_number.LEVELS.values()]
    assert copy_number.called("loss", "2", 12.0, 3.0) == (CopyNumberState.LOSS, None)
    assert copy_number.called("", "", None, 0.9) == (CopyNumberState.UNCLEAR, None)
    assert copy_number.called("", "", None, None)[0] is None


def test_star_fusion() -> None:
    reading = read(DATA / "star.tsv")
    (found,) = reading.alterations
    assert isinstance(found, Fusion)
    assert (found.label, found.in_frame, found.oriented) == ("EML4::ALK fusion", True, True)
    assert "'A--B--C'" in reading.notes[0].message
    assert reading.rows == 2


def test_cbioportal_structural_variants_are_oriented_only_where_they_say_so() -> None:
    reading = read(DATA / "cbioportal_sv.txt")
    first, second = reading.alterations
    assert isinstance(first, Fusion)
    assert isinstance(second, Fusion)
    assert (first.label, first.in_frame, first.oriented) == (
        "EML4::ALK fusion (exon 13 to exon 20)", True, True,
    )  # fmt: skip
    assert (second.genes, second.in_frame, second.oriented) == (("FGFR2", "BICC1"), None, False)
    assert "no partner" in reading.notes[0].message


@pytest.mark.parametrize("reader", [table, copy_number, fusion])
def test_missing_columns_name_those_found(reader: object, tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("color\tshape\nred\tround\n")
    with pytest.raises(UnusableInput, match="color, shape"):
        list(reader.rows(path))  # type: ignore[attr-defined]
