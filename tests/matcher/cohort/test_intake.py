"""From files to the patients of a cohort: as each would be read alone, nobody lost, nothing guessed."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import CopyNumberChange, Place
from matcher.case import match_patient, prepared, read_patient
from matcher.cohort import intake_genes, intake_scattered
from matcher.cohort.alone import alone
from matcher.cohort.intake_genes import Spoken
from matcher.cohort.intake_study import participant
from matcher.cohort.intake_tumor import tcga
from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Severity, UnusableInput
from matcher.readers.study_folder import read_study
from rules.engine import engine
from tests.matcher.cohort.inputs import (
    BRAF,
    CLINICAL,
    EGFR,
    HEADER,
    TEMPLATE,
    TITIN,
    labels,
    put,
    read,
    subjects,
    unreadable,
)
from tests.matcher.readers.study import STUDY, written
from tests.shared import knowledge, library

COHORTS = Path(__file__).parents[3].parent / "shared" / "data" / "cohorts"


@pytest.mark.parametrize(
    ("study", "step"),
    [
        ("brca_smc_2018", 17),
        ("cbioportal_study_es_0", 60),
        ("msk_impact_2017_clinical_sv", 6000),
        ("brca_metabric", 800),
    ],
)
def test_a_real_study_gives_each_patient_as_they_are_read_alone(study: str, step: int) -> None:
    """Alike but for genes that no biomarker speaks of; each note is the patient's or the file's."""
    if not (COHORTS / study).is_dir():
        pytest.skip("the public data are not here")
    assert_as_alone(COHORTS / study, step)


def test_a_study_gives_each_patient_as_they_are_read_alone(tmp_path: Path) -> None:
    assert_as_alone(written(tmp_path), 1)


def test_a_study_with_icd_o_3_codes_alone_gives_each_patient_their_tumor_type(tmp_path: Path) -> None:
    clinical = "PATIENT_ID\tSAMPLE_ID\tICD_O_3_HISTOLOGY\tICD_O_3_SITE\nA\tA-1\t8140/3\tC34.1\nB\tB-1\t\t\n"
    assert_as_alone(put(tmp_path, calls__maf=HEADER + EGFR.format("A-1"), clinical__txt=clinical), 1)
    assert [each.patient.tumor_type for each in subjects(read(tmp_path)).values()] == ["8140/3 C34.1", None]


def test_a_study_with_log_ratios_gives_each_patient_as_they_are_read_alone(tmp_path: Path) -> None:
    ratios = "Hugo_Symbol\tP1-T1\tP2-T1\nERBB2\t2.5000001\tNA\nCDKN2A\t-0.0\t1e-3\nTTN\t3.1\t3.2\nBRAF\t\t-9.25\n"
    meta = (
        "cancer_study_identifier: small\ngenetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: LOG2-VALUE\n"
        "stable_id: log2CNA\ndata_filename: data_log2_cna.txt\n"
    )
    files = {name: text for name, text in STUDY.items() if name != "data_cna.txt"}
    written(tmp_path, {**files, "data_log2_cna.txt": ratios, "meta_log2_cna.txt": meta})
    assert_as_alone(tmp_path, 1)
    called = subjects(read(tmp_path))["P1"].patient.alterations
    assert [each.log_ratio for each in called if isinstance(each, CopyNumberChange)] == [2.5000001, -0.0]


def test_a_gene_is_spoken_of_or_not_however_many_were_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("EGFR", "egfr", " HER2", "erbb2", "TTN", "MLL2", "C12orf9", "Unknown", "", '"BRAF"', "#EGFR", "NTRK1")
    few = Spoken(knowledge())
    monkeypatch.setattr(intake_genes, "MANY", 0)
    many = Spoken(knowledge())
    assert {name: many[name] for name in names} == {name: few[name] for name in names}
    assert (few["EGFR"], few[" HER2"], few["TTN"]) == (True, True, False)


def assert_as_alone(path: Path, step: int) -> None:
    spoken = Spoken(knowledge())
    found = read(path)
    each = subjects(found)
    refused = unreadable(found)
    assert len(each) + len(refused) == found.total
    for name, why in list(refused.items())[::step]:
        assert "the patient's samples are of different tumor types" in why.reason
        with pytest.raises(UnusableInput, match="are of different tumor types"):
            read_study(path, name)
    of_files = set(found.notes)
    for name in list(each)[::step]:
        alone = read_study(path, name)
        kept = tuple(one for one in alone.patient.alterations if spoken.of(one))
        assert each[name].patient == replace(alone.patient, alterations=kept)
        assert set(each[name].notes) <= set(alone.notes)
        lost = set(alone.notes) - set(each[name].notes) - of_files
        assert not {note for note in lost if note.where.row is None or note.severity is not Severity.WARNING}
        assert each[name].request == TEMPLATE._replace(path=path, sample=name)


def test_genes_that_no_biomarker_speaks_of_are_passed_over_and_told(tmp_path: Path) -> None:
    text = HEADER + EGFR.format("A-1") + TITIN.format("A-1") + TITIN.format("B-1") + TITIN.format("C-1")
    found = read(put(tmp_path, x__maf=text, x__clinical__tsv=CLINICAL) / "x.maf")
    each = subjects(found)
    assert {name: labels(subject) for name, subject in each.items()} == {"A": ["EGFR L858R"], "B": [], "C-1": []}
    assert [subject.patient.samples[0].reported for subject in each.values()] == [{"small variant"}] * 3
    (told,) = [note for note in found.notes if "no biomarker" in note.message]
    assert told.message == "passed over: 3 of 4 rows, of 1 gene that no biomarker speaks of: TTN 3"
    assert told.severity is Severity.INFO


def test_what_is_passed_over_decides_nothing() -> None:
    """Patients of a real study have the same answer with all of their rows."""
    study = COHORTS / "brca_smc_2018"
    if not study.is_dir():
        pytest.skip("the public data are not here")
    some = list(subjects(read(study)).values())[5::45]
    whole = [each._replace(patient=read_study(study, each.name).patient) for each in some]
    held, all_of_them = (sum(len(each.patient.alterations) for each in group) for group in (some, whole))
    assert 0 < held < all_of_them / 4
    short, long = (alone(each, knowledge(), library()) for each in (some, whole))
    assert short["recommendations"]
    for table in ("recommendations", "avoided", "patients", "blocks"):
        assert short[table] == long[table]


def test_a_sample_is_put_together_from_rows_anywhere_in_the_file(tmp_path: Path) -> None:
    scattered = HEADER + EGFR.format("A-1") + BRAF.format("B-1") + TITIN.format("B-1") + BRAF.format("A-1")
    each = subjects(read(put(tmp_path, x__maf=scattered, x__clinical__tsv=CLINICAL) / "x.maf"))
    assert labels(each["A"]) == ["EGFR L858R", "BRAF V600E"]
    assert each["A"].patient.alterations[1].place == Place("x.maf", 5)
    assert (each["A"].patient.tumor_type, each["A"].patient.age, each["A"].patient.sex) == ("LUAD", 61, "Female")
    assert each["A"].form == "MAF"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"#version 2.4\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_line_ends_marks_comments_and_gzip(tmp_path: Path, ending: str, start: bytes, packed: bool) -> None:
    text = start + (HEADER + EGFR.format("A-1") + "\n# a comment\n" + BRAF.format("B-1")).replace("\n", ending).encode()
    put(tmp_path, x__maf=gzip.compress(text) if packed else text, x__clinical__tsv=CLINICAL.replace("\n", ending))
    found = read(tmp_path / "x.maf")
    assert {name: labels(each) for name, each in subjects(found).items()} == {"A": ["EGFR L858R"], "B": ["BRAF V600E"]}


def test_a_sample_without_a_row_was_not_reported_on(tmp_path: Path) -> None:
    each = subjects(read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=CLINICAL)))
    assert each["B"].patient.samples[0].reported == frozenset()
    assert [note.message for note in each["B"].notes] == [
        "no small variant row of B-1, and nothing says that it was tested: read as not tested"
    ]


def test_a_sample_without_a_clinical_row_is_a_patient_of_whom_nothing_else_is_known(tmp_path: Path) -> None:
    put(tmp_path, x__maf=HEADER + EGFR.format("S") + EGFR.format("A-1"), x__clinical__tsv=CLINICAL)
    found = read(tmp_path / "x.maf")
    stranger = subjects(found)["S"]
    assert (stranger.patient.tumor_type, stranger.patient.age, labels(stranger)) == (None, None, ["EGFR L858R"])
    assert any("no clinical table has a row" in note.message for note in stranger.notes)
    assert any("1 sample with alterations and no clinical row: S" in note.message for note in found.notes)


def test_a_study_does_not_take_a_sample_that_it_does_not_list(tmp_path: Path) -> None:
    files = {**STUDY, "calls.maf": STUDY["calls.maf"] + "EGFR\tGRCh37\tNEW\tMissense_Mutation\tp.L858R\n"}
    assert unreadable(read(written(tmp_path, files)))["NEW"].reason == "no clinical table has a row of this sample"


def test_several_samples_of_a_patient_are_one_subject(tmp_path: Path) -> None:
    clinical = CLINICAL + "A\tA-2\tLUAD\t61\tFemale\n"
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1") + BRAF.format("A-2"), x__clinical__tsv=clinical))
    each = subjects(found)["A"]
    assert [(one.label, one.sample) for one in each.patient.alterations] == [
        ("EGFR L858R", "A-1"),
        ("BRAF V600E", "A-2"),
    ]
    assert [sample.id for sample in each.patient.samples] == ["A-1", "A-2"]


@pytest.mark.parametrize(
    ("clinical", "age", "sex", "stage"),
    [
        ("Tumor_Sample_Barcode\tCDR_age_at_initial_pathologic_diagnosis\tCDR_gender\tCDR_ajcc_pathologic_tumor_stage\n"
         "A-1\t58.0\tMALE\tStage II\n", 58, "MALE", "Stage II"),
        ("Tumor_Sample_Barcode\tdays_to_birth\tgender\tstage_event_pathologic_stage\nA-1\t-22676\tFEMALE\tStage_IIIA\n",
         62, "FEMALE", "Stage IIIA"),
        ("Tumor_Sample_Barcode\tTumor_Sample_Barcode_min\tCDR_birth_days_to\tCDR_clinical_stage\n"
         "A-1\tA\t[Not Available]\t[Not Applicable]\n", None, None, None),
        ("bcr_patient_barcode\tage_at_initial_pathologic_diagnosis\tgender\nA-1\t58\tMALE\n", 58, "MALE", None),
    ],
)  # fmt: skip
def test_the_columns_of_tcga_are_known(
    tmp_path: Path, clinical: str, age: int | None, sex: str | None, stage: str | None
) -> None:
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=clinical))
    (each,) = subjects(found).values()
    assert (each.patient.age, each.patient.sex, each.patient.stage) == (age, sex, stage)
    assert labels(each) == ["EGFR L858R"]


def test_a_table_of_patients_goes_with_samples_by_their_barcodes(tmp_path: Path) -> None:
    barcode = "TCGA-OR-A5J1-01A-11D-A29I-10"
    clinical = "bcr_patient_barcode\tgender\nTCGA-OR-A5J1\tMALE\nTCGA-OR-A5J2\tFEMALE\n"
    each = subjects(read(put(tmp_path, x__maf=HEADER + EGFR.format(barcode), x__clinical__tsv=clinical)))
    assert each["TCGA-OR-A5J1"].patient.sex == "MALE"
    assert [sample.id for sample in each["TCGA-OR-A5J1"].patient.samples] == [barcode]
    assert each["TCGA-OR-A5J2"].patient.samples[0].reported == frozenset()
    assert participant("P-0001-T01-IM3") == "P-0001-T01-IM3"


BARCODE = "TCGA-AA-0001"


@pytest.mark.parametrize(
    ("name", "sample", "codes", "tumor", "further", "told"),
    [
        ("LUAD", BARCODE, "", "LUAD", (), "TCGA's Lung adenocarcinoma"),
        ("LGG", BARCODE, "", "DIFG", (), "TCGA's Brain Lower Grade Glioma"),
        ("TGCT", BARCODE, "", "TESTIS", (), "TCGA's Testicular Germ Cell Tumors"),
        ("TGCT", "P1", "", "TGCT", (), "OncoTree's Tenosynovial Giant Cell Tumor"),
        ("ESCA", BARCODE, "8070/3 C15.5", "STOMACH", ("8070/3 C15.5",), "narrows the tumor type of the file, STOMACH"),
        ("THCA", BARCODE, "8260/3 C73.9", "THYROID", ("8260/3 C73.9",), "narrows the tumor type of the file"),
        ("BLCA", BARCODE, "8070/3 C67.9", "BLCA", (), "no kind of BLCA: the file's type counts"),
        ("LUAD", BARCODE, "banana", "LUAD", (), "TCGA's Lung adenocarcinoma"),
        ("cohort", BARCODE, "8140/3 C34.1", "8140/3 C34.1", (), ""),
        ("cohort", BARCODE, "", None, (), ""),
        ("luad", "P1", "", None, (), ""),
    ],
)
def test_the_tumor_type_of_a_file_and_of_each_patient(
    tmp_path: Path, name: str, sample: str, codes: str, tumor: str | None, further: tuple[str, ...], told: str
) -> None:
    """The trap: TGCT is a tumor of the testis for TCGA and of a tendon sheath for OncoTree."""
    histology, _, site = codes.partition(" ")
    clinical = f"Tumor_Sample_Barcode\ticd_o_3_histology\ticd_o_3_site\n{sample}\t{histology}\t{site}\n"
    put(tmp_path, **{f"{name}__maf__tsv": HEADER + EGFR.format(sample), f"{name}__clinical__tsv": clinical})
    (each,) = subjects(read(tmp_path)).values()
    assert (each.patient.tumor_type, each.patient.tumor_codes) == (tumor, further)
    assert any(told in note.message for note in each.notes) or not told


def test_the_option_and_the_clinical_table_come_before_the_name_of_the_file(tmp_path: Path) -> None:
    put(tmp_path, LUAD__maf=HEADER + EGFR.format("A-1"), LUAD__clinical__tsv=CLINICAL.replace("LUAD", "BRCA"))
    assert subjects(read(tmp_path))["A"].patient.tumor_type == "BRCA"
    chosen = subjects(read(tmp_path, template=TEMPLATE._replace(tumor_type="MEL")))["A"]
    assert prepared(chosen.request, chosen.read, knowledge()).query.tumor.code == "MEL"


def test_every_study_of_tcga_has_a_type_that_is_known() -> None:
    assert len(tcga()) == 34
    for study in tcga().values():
        assert knowledge().tumor_reading(study.oncotree)[0].code == study.oncotree


def test_the_codes_of_tcga_studies_are_oncotrees() -> None:
    table = COHORTS.parent / "oncotree" / "oncotree_2025_10_03.tsv"
    if not table.is_file():
        pytest.skip("the public data are not here")
    text = table.read_text(encoding="utf-8")
    solid = {"SOLID"}  # the project's own node above those of solid tumors
    assert [study for study in tcga().values() if study.oncotree not in solid and study.oncotree not in text] == []


def test_all_of_tcga_has_a_type(tmp_path: Path) -> None:
    if not (COHORTS / "tcga").is_dir():
        pytest.skip("the public data are not here")
    for name in ("UVM.mc3", "CHOL.mc3"):
        for kind in ("maf", "clinical"):
            (tmp_path / f"{name}.{kind}.tsv.gz").symlink_to(COHORTS / "tcga" / f"{name}.{kind}.tsv.gz")
    found = read(tmp_path)
    each = subjects(found)
    assert len(each) == found.total == 80 + 36
    types = {prepared(one.request, one.read, knowledge()).query.tumor.code for one in each.values()}
    assert types <= {"UM", "CHOL", "IHCH", "EHCH", "PHCH"}
    assert {"UM", "CHOL"} <= types


def test_a_folder_of_pairs_is_no_study_of_all_of_them(tmp_path: Path) -> None:
    for name, tumor in (("LUAD", "A"), ("MEL", "B")):
        clinical = f"PATIENT_ID\tSAMPLE_ID\tAGE\n{tumor}\t{tumor}-1\t61\n"
        put(tmp_path, **{f"{name}__maf": HEADER + EGFR.format(f"{tumor}-1"), f"{name}__clinical__txt": clinical})
    found = {
        name: (each.form, each.patient.tumor_type, labels(each)) for name, each in subjects(read(tmp_path)).items()
    }
    assert found == {"A": ("MAF", "LUAD", ["EGFR L858R"]), "B": ("MAF", "MEL", ["EGFR L858R"])}


def test_a_clinical_table_is_named_or_found_beside(tmp_path: Path) -> None:
    put(tmp_path, a__maf=HEADER + EGFR.format("A-1"), b__maf=HEADER + BRAF.format("B-1"), my_annot__tsv=CLINICAL)
    alone = read(tmp_path / "a.maf")
    assert subjects(alone)["A-1"].patient.tumor_type is None, "two files lie beside the table"
    assert any("none of the tables beside it is known" in note.message for note in alone.notes)
    put(tmp_path, b__annot__tsv=CLINICAL)
    (tmp_path / "my_annot.tsv").rename(tmp_path / "mine.tsv")
    assert not read(tmp_path / "a.maf").notes, "the only table beside it is another's"
    (tmp_path / "b.annot.tsv").unlink()
    (tmp_path / "mine.tsv").rename(tmp_path / "my_annot.tsv")
    named = subjects(read(tmp_path / "a.maf", clinical=tmp_path / "my_annot.tsv"))
    assert named["A"].patient.tumor_type == "LUAD"
    (tmp_path / "b.maf").unlink()
    assert subjects(read(tmp_path / "a.maf"))["A"].patient.tumor_type == "LUAD"


def test_a_table_of_several_mafs_gives_each_patient_once(tmp_path: Path) -> None:
    """Each MAF with the whole table would give all patients, and most of them without a row."""
    mafs, table = tmp_path / "mafs", put(tmp_path, all__tsv=CLINICAL) / "all.tsv"
    mafs.mkdir()
    put(mafs, a__maf=HEADER + EGFR.format("A-1"), b__maf=HEADER + BRAF.format("B-1") + BRAF.format("A-1"))
    for paths in ((mafs,), (mafs / "a.maf", mafs / "b.maf")):
        found = read(*paths, clinical=table)
        each = subjects(found)
        assert {name: labels(one) for name, one in each.items()} == {
            "A": ["EGFR L858R", "BRAF V600E"],
            "B": ["BRAF V600E"],
        }
        assert [one.place.file for one in each["A"].patient.alterations] == ["a.maf", "b.maf"]
        assert (found.total, found.notes, each["B"].notes) == (2, (), ())
        digest = found.digest
        put(mafs, a__maf=HEADER + EGFR.format("A-1") + "\n" * len(digest))
        assert read(*paths, clinical=table).digest != digest
        put(mafs, a__maf=HEADER + EGFR.format("A-1"))


def test_a_clinical_table_without_ids_makes_its_patients_unreadable(tmp_path: Path) -> None:
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv="Age\tSex\n61\tFemale\n")
    (only,) = unreadable(read(tmp_path)).values()
    assert "no column names the patient or the sample" in only.reason
    assert "PATIENT_ID" in only.remedy


def test_a_clinical_row_without_an_id_is_unreadable(tmp_path: Path) -> None:
    clinical = CLINICAL + "\tB-2\tMEL\t50\tMale\n"
    found = read(put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=clinical))
    assert set(subjects(found)) == {"A", "B"}
    assert unreadable(found)["x.clinical.tsv:4"].reason == "the row names no patient"


def test_of_a_file_that_is_cut_short_nobody_is_trusted(tmp_path: Path) -> None:
    whole = gzip.compress((HEADER + "".join(EGFR.format("A-1") for _ in range(2000))).encode(), mtime=0)
    put(tmp_path, x__maf__gz=whole[:-9], x__clinical__tsv=CLINICAL)
    found = read(tmp_path)
    assert not subjects(found)
    assert {each.name for each in unreadable(found).values()} == {"A", "B"}
    assert all("cut short or damaged" in each.reason for each in unreadable(found).values())


def test_a_clinical_table_that_is_cut_short_leaves_nobody(tmp_path: Path) -> None:
    clinical = gzip.compress(CLINICAL.encode(), mtime=0)[:-9]
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv__gz=clinical)
    (only,) = unreadable(read(tmp_path / "x.maf")).values()
    assert (only.name, "cut short or damaged" in only.reason) == ("x.maf", True)


def test_lines_beyond_what_is_held_come_back_from_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(call.format(f"S{number % 7}") for number in range(60) for call in (EGFR, BRAF))
    path = put(tmp_path, x__maf=HEADER + rows) / "x.maf"
    held = list(read(path).subjects())
    monkeypatch.setattr(intake_scattered, "MOST", 11)
    assert list(read(path).subjects()) == held
    assert all(len(labels(each)) > 10 for each in held if isinstance(each, Subject))


def test_a_full_disk_ends_the_run_and_makes_no_patient_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    path = put(tmp_path, x__maf=HEADER + EGFR.format("A") + EGFR.format("B")) / "x.maf"
    monkeypatch.setattr(intake_scattered, "MOST", 1)
    monkeypatch.setattr(intake_scattered, "TemporaryFile", full)
    with pytest.raises(UnusableInput, match="No space left on device"):
        list(read(path).subjects())


def test_a_null_byte_far_below_makes_the_file_unreadable(tmp_path: Path) -> None:
    text = HEADER + "".join(EGFR.format("A-1") for _ in range(3000)) + "EGFR\0\n"
    found = read(put(tmp_path, x__maf=text, x__clinical__tsv=CLINICAL))
    assert {each.reason.partition(": ")[2] for each in unreadable(found).values()} == {
        "a null byte: the file is damaged"
    }


def test_rows_that_do_not_fit_or_name_no_sample_are_told_and_count_for_nobody(tmp_path: Path) -> None:
    text = HEADER + EGFR.format("A-1") + "BRAF\tGRCh37\tA-1\n" + BRAF.format("") + BRAF.format("B-1")
    found = read(put(tmp_path, x__maf=text, x__clinical__tsv=CLINICAL))
    assert {name: labels(each) for name, each in subjects(found).items()} == {"A": ["EGFR L858R"], "B": ["BRAF V600E"]}
    told = [str(note) for note in found.notes if note.severity is Severity.ERROR]
    assert any("x.maf:3: the row cannot be read: 3 of 7 columns" in each for each in told)
    assert any("1 row with an alteration and no sample: nobody's" in each for each in told)


def test_a_row_of_a_fusion_is_read_whatever_gene_it_stands_under(tmp_path: Path) -> None:
    row = "NOGENE1\tGRCh37\t2\t1\tFusion\tA-1\tNOGENE1-ALK fusion\n"
    (each, _) = subjects(read(put(tmp_path, x__maf=HEADER + row, x__clinical__tsv=CLINICAL))).values()
    assert labels(each) == ["NOGENE1::ALK fusion"]


def test_names_that_occur_twice_are_kept_apart_and_told(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        folder.mkdir()
        put(folder, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=CLINICAL)
    found = read(first, second, first)
    assert [each.name for each in found.subjects()] == ["A", "B", "A@two", "B@two"]
    told = [note.message for note in found.notes if note.where.file == "cohort"]
    assert [each.partition(":")[0] for each in told] == [
        "given more than once, read once", "names of patients that occur more than once",
    ]  # fmt: skip


PATIENT = "id: {0}\ntumor_type: LUAD\njurisdiction: EU\nbiomarkers: [EGFR L858R]\n"


def test_a_folder_of_patient_files(tmp_path: Path) -> None:
    put(
        tmp_path,
        a__yaml=PATIENT.format("a"),
        bad__yaml="id: [b\ntumor_type: LUAD\n",
        many__maf=HEADER + EGFR.format("M1") + BRAF.format("M2"),
        README__txt="Patients of a registry.\n",
        list__tsv="gene\talteration\nEGFR\tL858R\n",
        broken__vcf__gz=gzip.compress(b"##fileformat=VCFv4.2\n")[:-9],
    )
    found = read(tmp_path)
    assert list(subjects(found)) == ["a.yaml", "M1", "M2", "list.tsv"]
    assert set(unreadable(found)) == {"bad.yaml", "broken.vcf.gz"}
    assert all(each.reason and each.remedy for each in unreadable(found).values())
    assert [note.where.file for note in found.notes if "left out" in note.message] == ["README.txt"]
    alone = subjects(found)["a.yaml"]
    assert alone.read == read_patient(alone.request)


def test_a_maf_that_a_patient_file_reads_is_no_patient_of_its_own(tmp_path: Path) -> None:
    text = "id: a\ntumor_type: LUAD\njurisdiction: EU\nsamples:\n  - id: A-1\n    variants: calls.maf\n"
    found = read(put(tmp_path, a__yaml=text, calls__maf=HEADER + EGFR.format("A-1")))
    assert list(subjects(found)) == ["a.yaml"]


def test_single_files_are_patients(tmp_path: Path) -> None:
    put(tmp_path, a__yaml=PATIENT.format("a"), b__tsv="gene\talteration\nEGFR\tL858R\n", c__txt="Dear colleague,\n")
    found = read(*(tmp_path / name for name in ("a.yaml", "b.tsv", "c.txt")))
    assert [(each.name, type(each)) for each in found.subjects()] == [
        ("a.yaml", Subject), ("b.tsv", Subject), ("c.txt", Unreadable),
    ]  # fmt: skip


def test_a_maf_alone_is_read_as_each_sample_alone_is(tmp_path: Path) -> None:
    put(tmp_path, many__maf=HEADER + EGFR.format("M1") + BRAF.format("M2"))
    for each in subjects(read(tmp_path / "many.maf")).values():
        assert each.read == read_patient(each.request)


def test_inputs_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no such file or folder"):
        read(tmp_path / "missing")
    with pytest.raises(UnusableInput, match="the folder holds no patient"):
        read(tmp_path)
    put(tmp_path, a__yaml=PATIENT.format("a"))
    with pytest.raises(UnusableInput, match="no MAF among the inputs needs a clinical table"):
        read(tmp_path / "a.yaml", clinical=tmp_path / "a.yaml")


def test_the_digest_changes_with_any_file(tmp_path: Path) -> None:
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=CLINICAL)
    digests = {read(tmp_path).digest, read(tmp_path).digest}
    put(tmp_path, x__clinical__tsv=CLINICAL.replace("Female", "Male"))
    digests.add(read(tmp_path).digest)
    single = {read(tmp_path / "x.maf").digest}
    put(tmp_path, x__clinical__tsv=CLINICAL)
    single.add(read(tmp_path / "x.maf").digest)
    assert (len(digests), len(single)) == (2, 2)


def test_subjects_come_in_the_same_order_each_time(tmp_path: Path) -> None:
    samples = [f"S{number}" for number in range(40)]
    put(tmp_path, x__maf=HEADER + "".join(TITIN.format(name) for name in samples))
    found = read(tmp_path / "x.maf")
    assert [each.name for each in found.subjects()] == [each.name for each in found.subjects()] == samples
    assert found.total is None


def test_the_assay_of_the_option_is_that_of_every_sample(tmp_path: Path) -> None:
    put(tmp_path, x__maf=HEADER + EGFR.format("A-1"), x__clinical__tsv=CLINICAL)
    each = subjects(read(tmp_path, template=TEMPLATE._replace(assay="WES")))
    assert {sample.assay for one in each.values() for sample in one.patient.samples} == {"WES"}


def test_a_caller_s_call_in_an_unknown_gene_does_not_make_a_patient_useless(tmp_path: Path) -> None:
    """A sample of an exome with one call, in a gene of no biomarker, was sequenced all the same."""
    row = "UBR3\tGRCh37\t2\t170700000\tMissense_Mutation\tA-1\tp.A10V\n"
    path = put(tmp_path, x__maf=HEADER + row) / "x.maf"
    request = TEMPLATE._replace(path=path, tumor_type="LUAD")
    matched = match_patient(request, read_patient(request), knowledge(), library(), engine("sql").run)
    assert matched.patient.alterations


def test_a_call_in_an_unknown_gene_without_a_position_is_matched_alone_as_in_a_cohort(tmp_path: Path) -> None:
    row = "UBR3\t\t\t\tMissense_Mutation\tA-1\tp.A10V\n"
    path = put(tmp_path, y__maf=HEADER + row) / "y.maf"
    request = TEMPLATE._replace(path=path, tumor_type="LUAD", assay="WES")
    alone = prepared(request, read_patient(request), knowledge())
    assert [note.severity for note in alone.notes if "unknown gene 'UBR3'" in note.message] == [Severity.WARNING]
    (each,) = subjects(read(path, template=request)).values()
    many = prepared(each.request, each.read, knowledge())
    one, other = (board.board.status("KRAS:WT").status.value for board in (alone, many))
    assert one == other == "present"


def test_a_table_of_unknown_genes_alone_is_refused_alone_and_in_a_cohort(tmp_path: Path) -> None:
    """Such a table is written by hand."""
    path = put(tmp_path, t__tsv="gene\talteration\nEFGR\tL858R\n") / "t.tsv"
    request = TEMPLATE._replace(path=path, tumor_type="LUAD")
    (each,) = read(path, template=request).subjects()
    for asked in (read_patient(request), each.read):
        with pytest.raises(UnusableInput, match="EFGR"):
            prepared(request, asked, knowledge())
