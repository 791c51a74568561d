"""A column or a cell that keeps results from being read is a warning that names it: nothing is lost unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.alteration import CopyNumberChange, SmallVariant
from matcher.case import Request, prepared, read_patient
from matcher.notes import Note, Severity
from matcher.readers import maf
from matcher.readers.study_folder import read_study
from tests.matcher.cohort.inputs import CLINICAL, EGFR, HEADER, put, subjects
from tests.matcher.cohort.inputs import read as read_cohort
from tests.matcher.readers.study import STUDY, written
from tests.shared import knowledge


def warnings(notes: tuple[Note, ...], word: str) -> list[Note]:
    return [note for note in notes if note.severity is Severity.WARNING and word in note.message]


def test_a_maf_without_a_column_of_protein_changes_is_told(tmp_path: Path) -> None:
    text = "Hugo_Symbol\tVariant_Classification\tFoo\nKRAS\tMissense_Mutation\tp.G12D\n"
    (tmp_path / "a.maf").write_text(text)
    request = Request(tmp_path / "a.maf", "2026-01-01", "COAD", "US", assay="WES")
    ready = prepared(request, read_patient(request), knowledge())
    (told,) = warnings(ready.notes, "no column HGVSp_Short, Protein_Change or HGVSp")
    assert "the columns found are: Hugo_Symbol, Variant_Classification, Foo" in told.remedy
    assert [type(one) for one in ready.patient.alterations] == [SmallVariant]
    assert {ready.board.status(name).status.value for name in ("KRAS:G12C", "KRAS:G12D", "KRAS:WT")} == {"equivocal"}


def test_a_maf_with_a_long_protein_change_alone_is_none_of_these(tmp_path: Path) -> None:
    (tmp_path / "a.maf").write_text("Hugo_Symbol\tVariant_Classification\tHGVSp\nKRAS\tMissense_Mutation\tp.Gly12Asp\n")
    assert not maf.read(tmp_path / "a.maf").notes


def test_a_cohort_tells_a_maf_without_protein_changes_too(tmp_path: Path) -> None:
    text = (HEADER + EGFR.format("A-1")).replace("HGVSp_Short", "Foo")
    found = read_cohort(put(tmp_path, x__maf=text, x__clinical__tsv=CLINICAL) / "x.maf")
    subjects(found)
    assert len(warnings(tuple(found.notes), "no column HGVSp_Short")) == 1


@pytest.mark.parametrize("sample", ["P1", "P2"])
def test_a_stray_fraction_does_not_lose_the_levels_of_a_study(tmp_path: Path, sample: str) -> None:
    matrix = "Hugo_Symbol\tP1-T1\tP2-T1\nERBB2\t2\t0\nMET\t-2\t1.5\nCDKN2A\t-2\t-1\n"
    found = read_study(written(tmp_path, STUDY | {"data_cna.txt": matrix}), sample)
    states = {one.gene: one.state.value for one in found.patient.alterations if isinstance(one, CopyNumberChange)}
    assert states["ERBB2"] == ("amplification" if sample == "P1" else "neutral")
    assert states["MET"] == ("homozygous deletion" if sample == "P1" else "unclear")
    told = [str(note) for note in warnings(found.notes, "unknown level '1.5'")]
    assert [text.startswith("data_cna.txt:3: ") for text in told] == ([True] if sample == "P2" else [])


def test_a_matrix_of_fractions_without_a_unit_is_told_with_row_and_cell(tmp_path: Path) -> None:
    matrix = "Hugo_Symbol\tP1-T1\tP2-T1\nERBB2\t0\t0\nMET\t0.7\t1.5\n"
    (told,) = warnings(read_study(written(tmp_path, STUDY | {"data_cna.txt": matrix}), "P1").notes, "fractions")
    assert str(told).startswith("data_cna.txt: fractions as in row 3, column P1-T1 ('0.7')")
    assert "meta file" in told.remedy


def test_structural_variants_without_the_second_gene_are_told(tmp_path: Path) -> None:
    fusions = STUDY["data_sv.txt"].replace("Site2_Hugo_Symbol", "Other")
    (told,) = warnings(read_study(written(tmp_path, STUDY | {"data_sv.txt": fusions}), "P1").notes, "no column Site2")
    assert str(told) == (
        "data_sv.txt: no column Site2_Hugo_Symbol: no fusion of it is read; add the column Site2_Hugo_Symbol"
    )


def test_rows_without_their_protein_change_are_counted_once_alone_and_in_a_cohort(tmp_path: Path) -> None:
    """Those alone whose class says that the protein is changed."""
    empty = "KRAS\tGRCh37\t12\t25398285\t{}\tA-1\t\n"
    calls = "".join(empty.format(kind) for kind in ("Missense_Mutation", "Splice_Site", "Silent", "Nonsense_Mutation"))
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1") + calls, x__clinical__tsv=CLINICAL)
    found = read_cohort(tmp_path / "x.maf")
    assert list(found.subjects())
    for notes in (maf.read(tmp_path / "x.maf").notes, found.notes):
        (told,) = warnings(tuple(notes), "without the change")
        assert (told.where.row, told.message.split(" of ")[0]) == (3, "2 rows")
        assert "rows 3, 6" in told.remedy
