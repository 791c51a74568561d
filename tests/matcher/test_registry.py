"""What a registry folder holds: every name in it is a patient, or is told as what it is."""

import os
from pathlib import Path

import pytest

from matcher.case import Request, read_patient
from matcher.registry import LeftOut, Member, registry

PATIENT = "id: P-1\ntumor_type: LUAD\n"


def study(folder: Path, samples: str, mutations: str) -> None:
    """A cBioPortal study of these rows."""
    folder.mkdir()
    texts = {
        "meta_study.txt": "cancer_study_identifier: x\ntype_of_cancer: mixed\nname: x\ndescription: x\n",
        "data_clinical_sample.txt": f"PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\n{samples}",
        "data_mutations.txt": f"Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp_Short\n{mutations}",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_what_is_no_file_is_told_and_a_link_back_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.yaml").write_text(PATIENT, encoding="utf-8")
    (tmp_path / "below" / "again").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nothing.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    found = registry(tmp_path, Request(tmp_path, "2026-01-01", None))
    assert [each.name for each in found.members] == ["below/a.yaml"]
    told = {each.name: each.reason for each in found.left_out}
    assert told == {
        "gone.yaml": "it is a link to a file that is not there",
        "pipe.yaml": "it is no file but a pipe or a device",
    }


COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


@pytest.mark.parametrize(
    ("columns", "patients", "left"),
    [
        ("S1\tS2", ["c.vcf#S1", "c.vcf#S2"], []),
        ("P1_tumor\tP1_normal\tP2_tumor", ["c.vcf#P1_tumor", "c.vcf#P2_tumor"], ["c.vcf#P1_normal"]),
        ("TUMOR\tNORMAL", ["c.vcf"], []),
        ("S1", ["c.vcf"], []),
    ],
)
def test_each_column_of_a_vcf_is_a_patient_but_for_normal_tissue(
    columns: str, patients: list[str], left: list[str], tmp_path: Path
) -> None:
    calls = "\t".join("0/1" for _ in columns.split("\t"))
    row = f"7\t140453136\t.\tA\tT\t50\tPASS\t.\tGT\t{calls}"
    (tmp_path / "c.vcf").write_text(f"##fileformat=VCFv4.2\n{COLUMNS}\t{columns}\n{row}\n", encoding="utf-8")
    template = Request(tmp_path, "2026-01-01", None)
    found = list(registry(tmp_path, template).alone((), template))
    assert [each.name for each in found if isinstance(each, Member)] == patients
    assert [each.name for each in found if isinstance(each, LeftOut)] == left
    read = [read_patient(each.request)[1] for each in found if isinstance(each, Member)]
    assert all(len(each.alterations) == 1 for each in read)


def test_each_patient_of_a_study_is_one_and_a_study_without_samples_is_told(tmp_path: Path) -> None:
    study(tmp_path / "one", "A\tA-1\tLUAD\nB\tB-1\tBRCA\nA\tA-2\tLUAD\n", "EGFR\tA-2\tp.L858R\nPIK3CA\tB-1\tp.H1047R\n")
    study(tmp_path / "two", "", "")
    found = list(registry(tmp_path, Request(tmp_path, "2026-01-01", None)).described())
    members = [each for each in found if isinstance(each, Member)]
    assert [each.name for each in members] == ["one#A", "one#B"]
    read = [read_patient(each.request)[1] for each in members]
    assert [[one.label for one in each.alterations] for each in read] == [["EGFR L858R"], ["PIK3CA H1047R"]]
    assert [len(each.samples) for each in read] == [2, 1]
    assert [(each.name, each.reason) for each in found if isinstance(each, LeftOut)] == [
        ("two", "the clinical file lists no sample")
    ]
