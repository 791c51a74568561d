"""Files that are named or written as no program would: each is told of, and none of them ends a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from matcher.cohort import intake_files
from matcher.cohort.output import opened, target
from matcher.cohort.run import run
from matcher.notes import Severity, UnusableInput
from tests.cohorts import Told
from tests.matcher.cohort.inputs import BRAF, CLINICAL, EGFR, HEADER, labels, put, read, subjects, unreadable
from tests.matcher.cohort.test_contradictions import errors

PATIENT = "id: {}\ntumor_type: LUAD\njurisdiction: EU\nalterations: [EGFR L858R]\n"
ODD = ("q'uote", 'd"quote', "sp ace", "new\nline", "tab\tulator", "semi;colon", "%20", "[b]", "*", "a$b", "é", "日本")
BROKEN = os.fsdecode(b"bad\xff")


@pytest.mark.parametrize("form", ["parquet", "tsv", "jsonl"])
def test_files_with_odd_names_are_patients_under_them(tmp_path: Path, form: str) -> None:
    patients, out = tmp_path / "patients", tmp_path / f"x.{form}"
    patients.mkdir()
    for number, name in enumerate((*ODD, BROKEN)):
        (patients / f"{name}.yaml").write_text(PATIENT.format(number), encoding="utf-8")
    found = read(patients)
    assert set(subjects(found)) == {f"{name}.yaml" for name in ODD}
    (only,) = unreadable(found).values()
    assert (only.name, only.remedy) == ("bad\\udcff.yaml", "rename it")
    assert only.reason == "the name of the file holds a byte that is not UTF-8"
    run(found, Told(), out, target(out).form, about={"kb": {"release": "r"}, "as_of": "2026-11-20"})
    with opened(out) as output:
        written = {name for (name,) in output.run("SELECT patient FROM patients")}
    assert written == {*subjects(found), only.name}


def test_a_folder_or_a_table_with_a_broken_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"bad\\udcff: the name of the file holds a byte that is not UTF-8"):
        read(tmp_path / BROKEN)
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1"))
    (tmp_path / f"x.clinical.{BROKEN}.tsv").write_text(CLINICAL, encoding="utf-8")
    (only,) = unreadable(read(tmp_path / "x.maf")).values()
    assert "x.clinical.bad\\udcff.tsv: the name of the file holds a byte" in only.reason


def test_a_readme_with_a_broken_name_is_a_note_that_can_be_written(tmp_path: Path) -> None:
    put(tmp_path, a__yaml=PATIENT.format("a"))
    (tmp_path / f"{BROKEN}.txt").write_text("Patients of a registry.\n", encoding="utf-8")
    found = read(tmp_path)
    assert set(subjects(found)) == {"a.yaml"}
    assert [note.where.file for note in found.notes] == ["bad\\udcff.txt"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, a__yaml=PATIENT.format("a"))
    os.mkfifo(tmp_path / "b.yaml")

    def head(path: Path) -> bytes:
        assert path.is_file(), "opening a pipe that nobody writes to never ends"
        return path.read_bytes()

    monkeypatch.setattr(intake_files, "head", head)
    found = read(tmp_path)
    assert set(subjects(found)) == {"a.yaml"}
    assert unreadable(found)["b.yaml"].reason == "it is no file but a pipe or a device"


def test_an_id_in_two_files_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "study", tmp_path / "more"
    first.mkdir()
    second.mkdir()
    put(first, x__maf=HEADER + EGFR.format("A-1"), data_clinical__txt=CLINICAL)
    put(second, a__yaml=PATIENT.format("A"), c__yaml=PATIENT.format("C"), d__yaml=PATIENT.format("C"))
    found = read(first, second)
    assert list(subjects(found)) == ["A", "B", "a.yaml", "c.yaml", "d.yaml"]
    assert [(note.severity, note.message) for note in found.notes] == [
        (Severity.WARNING, f"the patient id {id!r} stands in several files, each matched as a patient: {names}")
        for id, names in (("A", "A, a.yaml"), ("C", "c.yaml, d.yaml"))
    ]


def test_samples_of_one_name_in_variant_files_are_no_id(tmp_path: Path) -> None:
    vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tTUMOR\n"
    put(tmp_path, a__vcf=vcf, b__vcf=vcf)
    found = read(tmp_path)
    assert len(subjects(found)) == 2
    assert not [note for note in found.notes if "patient id" in note.message]


def test_a_file_of_a_study_that_may_not_be_read_is_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It might hold the alterations: with an informational note everybody would have none."""
    put(tmp_path, data_clinical__txt=CLINICAL, data_cna__txt="Hugo_Symbol\tA-1\nERBB2\t2\n")
    (tmp_path / "data_cna.txt").chmod(0)
    told = Path.open

    def refused(path: Path, *arguments: str, **how: str) -> object:
        if path.name == "data_cna.txt":
            raise PermissionError(13, "Permission denied")
        return told(path, *arguments, **how)

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "data_cna.txt")
    (only,) = unreadable(read(tmp_path)).values()
    assert only.reason == f"{tmp_path / 'data_cna.txt'}: no permission to read it"
    assert only.remedy == "ask for read access, or take it out of the folder"


@pytest.mark.parametrize(
    ("clinical", "told"),
    [(CLINICAL.encode("utf-16"), "it is UTF-16 text"), (b"", "the file is empty"), (b"PK\x03\x04", "a ZIP or Excel")],
)  # fmt: skip
def test_a_clinical_table_that_is_no_table_is_told_as_what_it_is(tmp_path: Path, clinical: bytes, told: str) -> None:
    (only,) = unreadable(read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=clinical))).values()
    assert told in only.reason


def test_a_clinical_row_with_more_columns_than_the_header_is_not_read(tmp_path: Path) -> None:
    """A tab within a value moves all that follow: the age would be a stage."""
    clinical = CLINICAL + "C\tC-1\tLUAD\tabout\t61\tFemale\nD\tD-1\tMEL\t50\tMale\t\t\n"
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1") + BRAF.format("D-1"), x__clinical__tsv=clinical))
    assert labels(subjects(found)["D"]) == ["BRAF V600E"]
    assert unreadable(found)["x.clinical.tsv:4"].reason == "the row cannot be read: 6 columns where the header has 5"


def test_a_column_that_is_there_twice_may_contradict_itself(tmp_path: Path) -> None:
    clinical = "SAMPLE_ID\tONCOTREE_CODE\tAGE\tAge\tOncotree Code\nA-1\tLUAD\t61\t62\tLUAD\nB-1\tMEL\t5\t5\tLUAD\n"
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=clinical))
    (only,) = subjects(found).values()
    assert (only.name, only.patient.tumor_type, only.patient.age) == ("A-1", "LUAD", None)
    assert "AGE is '62' here and '61' in x.clinical.tsv:2" in errors(only)[0]
    assert "ONCOTREE_CODE is 'LUAD' here and 'MEL'" in unreadable(found)["B-1"].reason


def test_an_id_that_has_two_columns_is_refused(tmp_path: Path) -> None:
    clinical = "SAMPLE_ID\tSample ID\tAGE\nA-1\tB-1\t61\n"
    (only,) = unreadable(read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=clinical))).values()
    assert "the column SAMPLE_ID is there twice" in only.reason
