"""A clinical table and a MAF that name other samples, and MAFs that tell of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.notes import Severity
from tests.matcher.cohort.inputs import BRAF, CLINICAL, EGFR, HEADER, TITIN, labels, put, read, subjects, unreadable

OF_SAMPLES = CLINICAL.replace("PATIENT_ID\tSAMPLE_ID", "Patient\tSample")
WITHOUT = HEADER.replace("Tumor_Sample_Barcode\t", "")


@pytest.mark.parametrize("clinical", [CLINICAL, OF_SAMPLES, "PATIENT_ID\tAGE\nA-1\t61\nB-1\t50\n"])
def test_where_no_sample_meets_a_clinical_row_nobody_is_matched(tmp_path: Path, clinical: str) -> None:
    text = HEADER + EGFR.format("S1") + TITIN.format("S2") + BRAF.format("S3") + BRAF.format("S4")
    found = read(put(tmp_path, x__maf=text, x__clinical__tsv=clinical))
    refused = unreadable(found)
    assert not subjects(found)
    assert len(refused) == found.total == 2
    (reason,) = {each.reason for each in refused.values()}
    assert reason == "x.maf: none of its samples has a clinical row: S1, S2, S3 and 1 more here, and there A-1, B-1"
    assert {each.remedy for each in refused.values()} == {
        "name the samples alike in both, or give the clinical table that belongs to it"
    }


@pytest.mark.parametrize("clinical", [CLINICAL, OF_SAMPLES])
def test_where_some_do_not_meet_both_sides_are_counted(tmp_path: Path, clinical: str) -> None:
    text = HEADER + EGFR.format("A-1") + EGFR.format("S1") + TITIN.format("S2")
    found = read(put(tmp_path, x__maf=text, x__clinical__tsv=clinical))
    assert labels(subjects(found)["A"]) == ["EGFR L858R"]
    told = [note.message for note in found.notes if note.severity is Severity.WARNING]
    assert told == [
        "2 samples with alterations and no clinical row: S1, S2",
        "1 patient with a clinical row and no row of an alteration: B",
    ]


def test_a_patient_without_a_row_is_no_sign_of_other_names(tmp_path: Path) -> None:
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=CLINICAL))
    assert set(subjects(found)) == {"A", "B"}
    assert not found.notes


def test_one_file_of_a_study_with_other_names_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, calls__maf=HEADER + EGFR.format("A-1"), data_clinical_sample__txt=CLINICAL)
    put(tmp_path, data_cna__txt="Hugo_Symbol\tX-1\tX-2\nERBB2\t2\t0\n")
    found = read(tmp_path)
    assert set(subjects(found)) == {"A", "B"}
    assert set(unreadable(found)) == {"X-1", "X-2"}
    (told,) = [str(note) for note in found.notes if note.severity is Severity.ERROR]
    assert told.startswith(
        "data_cna.txt: none of its samples has a clinical row: X-1, X-2 here, and there A-1, B-1; name the samples"
    )


def test_a_maf_without_a_column_for_the_sample_is_told_as_such(tmp_path: Path) -> None:
    row = EGFR.replace("{}\t", "")
    put(tmp_path, LUAD__maf=WITHOUT + row, LUAD__clinical__tsv=CLINICAL)
    put(tmp_path, MEL__maf=HEADER + BRAF.format("C"), MEL__clinical__tsv=CLINICAL.replace("A", "C").replace("B", "D"))
    reasons = {each.reason for each in unreadable(read(tmp_path)).values() if "LUAD" in each.source}
    assert reasons == {f"{tmp_path / 'LUAD.maf'}: no column tumor_sample_barcode"}
    alone = unreadable(read(tmp_path / "LUAD.maf", clinical=tmp_path / "LUAD.clinical.tsv"))
    assert {each.reason for each in alone.values()} == reasons


def test_a_maf_without_a_column_for_the_sample_and_without_a_table_is_one_patient(tmp_path: Path) -> None:
    put(tmp_path, one__maf=WITHOUT + EGFR.replace("{}\t", ""))
    (only,) = subjects(read(tmp_path)).values()
    assert labels(only) == ["EGFR L858R"]


@pytest.mark.parametrize("text", [HEADER, HEADER + EGFR.format("")])
def test_a_maf_that_names_nobody_is_told(tmp_path: Path, text: str) -> None:
    (only,) = unreadable(read(put(tmp_path, x__maf=text))).values()
    assert (only.name, only.reason) == ("x.maf", "no row names a sample: nobody is in it")
    assert only.remedy == "export it again, or leave it out"


def test_a_maf_without_rows_is_told_beside_its_patients(tmp_path: Path) -> None:
    found = read(put(tmp_path, x__maf=HEADER, x__clinical__tsv=CLINICAL))
    assert [each.patient.samples[0].reported for each in subjects(found).values()] == [frozenset()] * 2
    assert [str(note).partition(";")[0] for note in found.notes] == ["x.maf: the file has a header and no rows"]
