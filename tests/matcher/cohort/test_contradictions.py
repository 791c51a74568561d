"""Clinical rows that contradict each other: nothing is chosen among them, and both are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.case import prepared, read_patient
from matcher.cohort.subject import Subject
from matcher.notes import Severity, UnusableInput
from tests.matcher.cohort.inputs import EGFR, HEADER, TEMPLATE, put, read, subjects, unreadable
from tests.shared import knowledge

COLUMNS = "PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\tAGE\tSEX\tSTAGE\tICD_O_3_HISTOLOGY\tMSI_TYPE\n"
A = "A\tA-1\tLUAD\t61\tFemale\tIV\t8140/3\tStable\n"
B = "B\tB-1\tMEL\t50\tMale\tIV\t\t\n"
OF_PATIENTS = "PATIENT_ID\tAGE\tSEX\n"


def written(folder: Path, *rows: str, patients: str = "") -> Path:
    put(folder, x__maf=HEADER + EGFR.format("A-1") + EGFR.format("B-1"), data_samples__txt=COLUMNS + "".join(rows))
    return put(folder, data_patients__txt=OF_PATIENTS + patients) if patients else folder


def errors(subject: Subject) -> list[str]:
    return [str(note) for note in subject.notes if note.severity is Severity.ERROR]


def test_equal_rows_are_one_and_nothing_is_told(tmp_path: Path) -> None:
    same = "A\tA-1\tluad\t61.0\tF\t\t8140/3\tStable\n"
    each = subjects(read(written(tmp_path, A, B, A, same)))
    assert set(each) == {"A", "B"}
    assert (each["A"].patient.tumor_type, each["A"].patient.age, each["A"].patient.sex) == ("LUAD", 61, "Female")
    assert [sample.id for sample in each["A"].patient.samples] == ["A-1"]
    assert errors(each["A"]) == []


def test_what_only_one_of_two_rows_says_counts(tmp_path: Path) -> None:
    patient = subjects(read(written(tmp_path, "A\tA-1\tLUAD\n", B, A)))["A"].patient
    assert (patient.age, patient.sex, patient.stage) == (61, "Female", "IV")


@pytest.mark.parametrize(
    ("column", "here", "there", "what"),
    [("AGE", "62", "61", "age"), ("SEX", "Male", "Female", "sex"), ("STAGE", "II", "IV", "stage"),
     ("MSI_TYPE", "Instable", "Stable", "MSI")],
)  # fmt: skip
def test_a_contradicted_value_is_not_given(tmp_path: Path, column: str, here: str, there: str, what: str) -> None:
    each = subjects(read(written(tmp_path, A, B, A.replace(f"\t{there}", f"\t{here}"), A)))
    patient = each["A"].patient
    told = {"age": patient.age, "sex": patient.sex, "stage": patient.stage}
    told["MSI"] = next((one.label for one in patient.alterations if one.label.startswith("MSI")), None)
    assert {name for name, value in told.items() if value is None} == {what}
    assert errors(each["A"]) == [
        f"data_samples.txt:4: the rows contradict each other: {column} is {here!r} here and {there!r} in "
        f"data_samples.txt:2: the {what} counts as not given; correct one of the two rows"
    ]
    assert errors(each["B"]) == []


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [(A, A.replace("LUAD", "MEL"), "ONCOTREE_CODE is 'MEL' here and 'LUAD'"),
     (A.replace("LUAD", ""), A.replace("LUAD", "").replace("8140", "8720"), "ICD_O_3_HISTOLOGY is '8720/3' here and")],
)  # fmt: skip
def test_of_two_tumor_types_none_is_chosen(tmp_path: Path, first: str, second: str, column: str) -> None:
    folder = written(tmp_path, first, B, second)
    found = read(folder)
    assert set(subjects(found)) == {"B"}
    refused = unreadable(found)["A"]
    assert refused.reason.startswith("data_samples.txt:4: the rows contradict each other: " + column)
    assert "data_samples.txt:2" in refused.reason
    assert refused.remedy == "correct one of the two rows"
    with pytest.raises(UnusableInput, match="the rows contradict each other") as alone:
        read_patient(TEMPLATE._replace(path=folder, sample="A"))
    assert f"{alone.value.where}: {alone.value.reason}" == refused.reason
    assert found.total == 2


@pytest.mark.parametrize(
    ("tumor", "other", "told"),
    [(A, B.replace("B\tB-1", "A\tA-2"), "ONCOTREE_CODE of A-2 is 'MEL' here and ONCOTREE_CODE of A-1 is 'LUAD' in"),
     (A.replace("LUAD", ""), A.replace("LUAD", "").replace("A-1", "A-2").replace("8140", "8720"),
      "ICD_O_3_HISTOLOGY of A-2 is '8720/3' here and ICD_O_3_HISTOLOGY of A-1 is '8140/3' in")],
)  # fmt: skip
def test_samples_of_two_tumors_are_not_matched_as_one(tmp_path: Path, tumor: str, other: str, told: str) -> None:
    folder = written(tmp_path, tumor, other, B)
    found = read(folder)
    assert set(subjects(found)) == {"B"}
    refused = unreadable(found)["A"]
    message = f"the patient's samples are of different tumor types: {told} data_samples.txt:2"
    assert refused.reason == f"data_samples.txt:3: {message}"
    assert refused.remedy == "correct one of the two rows, or make the samples of each tumor a patient of their own"
    with pytest.raises(UnusableInput) as alone:
        read_patient(TEMPLATE._replace(path=folder, sample="A"))
    assert alone.value.remedy == "choose one with --sample: A-1, A-2"
    assert [one.id for one in read_patient(TEMPLATE._replace(path=folder, sample="A-2"))[1].samples] == ["A-2"]


def test_the_option_decides_what_the_rows_do_not(tmp_path: Path) -> None:
    folder = written(tmp_path, A, B, A.replace("LUAD", "MEL"))
    asked = TEMPLATE._replace(tumor_type="BRCA")
    each = subjects(read(folder, template=asked))["A"]
    assert prepared(each.request, each.read, knowledge()).query.tumor.code == "BRCA"
    assert len(errors(each)) == 1
    alone = asked._replace(path=folder, sample="A")
    form, patient, notes = read_patient(alone)
    assert [str(note) for note in notes if note.severity is Severity.ERROR] == errors(each)
    assert prepared(alone, (form, patient, notes), knowledge()).query.tumor.code == "BRCA"


def test_codes_that_contradict_each_other_leave_the_type_that_is_named(tmp_path: Path) -> None:
    each = subjects(read(written(tmp_path, A, B, A.replace("8140", "8720"))))["A"]
    assert each.patient.tumor_type == "LUAD"
    assert "the ICD-O-3 code counts as not given" in errors(each)[0]


def test_the_name_of_a_file_does_not_choose_between_rows(tmp_path: Path) -> None:
    """LUAD.maf says what its samples are where no row does, and not where rows say two things."""
    clinical = "SAMPLE_ID\tCANCER_TYPE\nA-1\tMelanoma\nA-1\tBreast Cancer\nB-1\t\n"
    maf = HEADER + EGFR.format("A-1") + EGFR.format("B-1")
    found = read(put(tmp_path, LUAD__maf=maf, LUAD__clinical__tsv=clinical))
    assert [each.patient.tumor_type for each in subjects(found).values()] == ["LUAD"]
    assert "CANCER_TYPE is 'Breast Cancer' here and 'Melanoma'" in unreadable(found)["A-1"].reason


def test_rows_on_a_patient_contradict_each_other(tmp_path: Path) -> None:
    rows = (A.replace("61\tFemale", "\t"), B.replace("50\tMale", "\t"))
    each = subjects(read(written(tmp_path, *rows, patients="A\t61\tFemale\nB\t50\tMale\nA\t70\tFemale\nB\t50\tM\n")))
    assert (each["A"].patient.age, each["A"].patient.sex) == (None, "Female")
    assert (each["B"].patient.age, each["B"].patient.sex, errors(each["B"])) == (50, "Male", [])
    assert (
        "data_patients.txt:4: the rows contradict each other: AGE is '70' here and '61' in data_patients.txt:2"
        in (errors(each["A"])[0])
    )


@pytest.mark.parametrize("second", ["A\tA-2\tLUAD\t61\tMale\n", ""])
def test_a_patient_has_one_sex_in_all_rows(tmp_path: Path, second: str) -> None:
    each = subjects(read(written(tmp_path, A, B, second, patients="" if second else "A\t61\tMale\nB\t50\tMale\n")))["A"]
    assert (each.patient.sex, each.patient.age) == (None, 61)
    assert "the sex counts as not given" in errors(each)[0]


def test_two_samples_may_differ_in_age_and_stage(tmp_path: Path) -> None:
    each = subjects(read(written(tmp_path, A, B, "A\tA-2\tLUAD\t63\tFemale\tII\n")))["A"]
    assert errors(each) == []


def test_of_a_sample_of_two_patients_neither_has_the_results(tmp_path: Path) -> None:
    folder = written(tmp_path, A, B, "C\tA-1\tLUAD\t61\tFemale\n")
    found = read(folder)
    assert set(subjects(found)) == {"B"}
    refused = unreadable(found)
    assert set(refused) == {"A", "C"}
    reason = "the sample A-1 is of C here and of A in data_samples.txt:2: whose its results are is not known"
    assert {each.reason for each in refused.values()} == {
        f"data_samples.txt:4: the rows contradict each other: {reason}"
    }
    for name in ("A", "C", "A-1"):
        with pytest.raises(UnusableInput, match="whose its results are is not known"):
            read_patient(TEMPLATE._replace(path=folder, sample=name))
