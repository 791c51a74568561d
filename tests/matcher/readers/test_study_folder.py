"""A cBioPortal study folder read as one patient."""

from pathlib import Path

import pytest

from kb.alteration import MarkerValue, Place
from matcher.notes import UnusableInput
from matcher.readers import detect, read, read_patient
from tests.matcher.readers.study import STUDY, written

COHORTS = Path(__file__).parents[3].parent / "shared" / "data" / "cohorts"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_a_patient_with_all_samples(study: Path) -> None:
    assert detect(study) == "cBioPortal study"
    patient = read_patient(study, "P1").patient
    assert (patient.id, patient.tumor_type, patient.age, patient.sex, patient.stage) == (
        "P1",
        "LUAD",
        61,
        "Female",
        "IV",
    )
    assert patient.tumor_codes == ("Lung Adenocarcinoma", "Non-Small Cell Lung Cancer")
    first, second = patient.samples
    assert (first.id, first.purity, first.ploidy, first.depth) == ("P1-T1", 0.4, 2.1, 700)
    assert (first.site, second.site) == ("Lung (Primary)", "Liver (Metastasis)")
    assert [(one.label, one.sample) for one in patient.alterations if not isinstance(one, MarkerValue)] == [
        ("EGFR L858R", "P1-T1"), ("TP53 R213*", "P1-T2"), ("ERBB2 amplification", "P1-T1"), ("CDKN2A neutral", "P1-T1"),
        ("EML4::ALK fusion", "P1-T1"),
    ]  # fmt: skip


def test_markers_have_their_place(study: Path) -> None:
    markers = [one for one in read_patient(study, "P1").patient.alterations if isinstance(one, MarkerValue)]
    assert [(one.label, one.place, one.sample) for one in markers] == [
        ("MSI MSI-H", Place("data_clinical_sample.txt", 6), "P1-T1"),
        ("MSI score 31", Place("data_clinical_sample.txt", 6), "P1-T1"),
        ("TMB 22.5", Place("data_clinical_sample.txt", 6), "P1-T1"),
        ("TMB 3", Place("data_clinical_sample.txt", 7), "P1-T2"),
        ("ER Positive", Place("data_clinical_patient.txt", 6), None),
    ]


def test_the_matrix_says_what_was_tested_and_by_which_panel(study: Path) -> None:
    first, second = read_patient(study, "P1").patient.samples
    assert first.reported == {"small variant", "copy number", "fusion"}
    assert first.assay == str((study / "data_gene_panel_1.txt").resolve())
    assert (second.reported, second.assay) == ({"small variant"}, "PANEL2")


def test_a_sample_outside_the_matrix_was_tested_where_its_files_list_it(study: Path) -> None:
    found = read_patient(study, "P2-T1")
    (sample,) = found.patient.samples
    assert (sample.reported, sample.assay, sample.kind) == ({"small variant", "copy number"}, None, "ctDNA")
    messages = [note.message for note in found.notes]
    assert "no fusion row of P2-T1, and nothing says that it was tested: read as not tested" in messages
    assert "tumor purity 'much' is not used" in messages
    assert "age '>89' is not used" in messages
    assert "files that are not read: LICENSE" in messages
    assert found.patient.tumor_type == "Cutaneous Melanoma"


def test_case_lists_say_what_was_tested(study: Path) -> None:
    (study / "case_lists").mkdir()
    text = "cancer_study_identifier: small\nstable_id: small_sv\ncase_list_ids: P1-T1\tP2-T1\n"
    (study / "case_lists" / "cases_sv.txt").write_text(text)
    assert "fusion" in read_patient(study, "P2").patient.samples[0].reported


def test_one_sample_or_a_clear_error(study: Path) -> None:
    assert [one.id for one in read_patient(study, "P1-T2").patient.samples] == ["P1-T2"]
    with pytest.raises(UnusableInput, match=r"2 patients, and none is chosen; .*--sample: P1, P2"):
        read_patient(study)
    with pytest.raises(UnusableInput, match=r"no sample and no patient 'P3' in it; it has P1, P2"):
        read_patient(study, "P3")
    with pytest.raises(UnusableInput, match="give it as PATIENT"):
        read(study)


def test_the_only_patient_needs_no_choice(study: Path) -> None:
    path = study / "data_clinical_sample.txt"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("P2")))
    assert read_patient(study).patient.id == "P1"


def test_a_study_is_told_by_its_files_and_not_by_their_names(tmp_path: Path) -> None:
    renamed = {
        f"{number}.dat": text for number, (name, text) in enumerate(STUDY.items()) if name != "meta_mutations.txt"
    }
    patient = read_patient(written(tmp_path, renamed), "P1-T1").patient
    assert {"EGFR L858R", "ERBB2 amplification", "EML4::ALK fusion"} <= {one.label for one in patient.alterations}


@pytest.mark.parametrize("names", [("calls.maf",), ("calls.maf", "data_cna.txt"), ("LICENSE",), ()])
def test_a_folder_of_other_files_is_no_study(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="it is a directory"):
        detect(written(tmp_path, {name: STUDY[name] for name in names}))


def test_a_study_without_samples_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, {name: STUDY[name] for name in ("meta_study.txt", "calls.maf")})
    with pytest.raises(UnusableInput, match="no file of the study lists its samples"):
        read_patient(folder)


def test_log_ratios_are_read_where_a_meta_file_gives_their_unit_and_nothing_is_discrete(study: Path) -> None:
    (study / "data_cna.txt").write_text("Hugo_Symbol\tP1-T1\nERBB2\t0.8\nMYC\t2.5\n")
    labels = {one.label for one in read_patient(study, "P1-T1").patient.alterations}
    assert not {"ERBB2 unclear", "MYC amplification"} & labels
    (study / "meta_cna.txt").write_text(
        "cancer_study_identifier: small\ngenetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: LOG2-VALUE\n"
        "stable_id: log2CNA\ndata_filename: data_cna.txt\n"
    )
    labels = {one.label for one in read_patient(study, "P1-T1").patient.alterations}
    assert {"ERBB2 unclear", "MYC amplification"} <= labels


@pytest.mark.skipif(not COHORTS.is_dir(), reason="the public data sets are not beside the checkout")
@pytest.mark.parametrize(
    ("folder", "name", "tumor", "samples", "labels"),
    [
        ("cbioportal_study_es_0", "TCGA-A2-A04P", None, 1, {"BRCA2 D191G", "NCOA4::RET fusion (exon 7 to exon 12)"}),
        ("cbioportal_study_es_0", "TCGA-A1-A0SB", None, 2, {"OR11H1 V89A"}),
        ("brca_metabric", "MB-0005", "IDC", 1, {"PIK3CA H1047R", "ER Positive", "HER2 Negative"}),
        ("brca_smc_2018", "brca_smc_2018_BB01_004", "IDC", 1, {"TP53 V274G", "TMB 0.2"}),
        ("msk_impact_2017_clinical_sv", "P-0004600", "PRAD", 2, {"ACPP::FGFR1 fusion (exon 10 to exon 3)"}),
    ],
)
def test_public_studies(folder: str, name: str, tumor: str | None, samples: int, labels: set[str]) -> None:
    assert detect(COHORTS / folder) == "cBioPortal study"
    patient = read_patient(COHORTS / folder, name).patient
    assert (patient.tumor_type, len(patient.samples)) == (tumor, samples)
    assert labels <= {one.label for one in patient.alterations}
    with pytest.raises(UnusableInput, match="patients, and none is chosen"):
        read_patient(COHORTS / folder)
