"""The patient file in YAML and JSON."""

from pathlib import Path

import pytest

from kb.alteration import MarkerValue, Origin, Place, SmallVariant
from matcher.notes import Severity, UnusableInput
from matcher.patient import Event, Organoid, PriorTherapy
from matcher.readers import detect
from matcher.readers.patient_file import PatientFile, read_patient_file

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def found() -> PatientFile:
    return read_patient_file(DATA / "patient.yaml")


def test_the_person(found: PatientFile) -> None:
    patient = found.patient
    assert (patient.id, patient.tumor_type, patient.jurisdiction, patient.age) == ("P-001", "BRCA", "CN", 52)
    assert (patient.sex, patient.ecog, patient.stage, patient.menopausal_status) == ("female", 1, "IV", "post")
    assert (patient.coverage, patient.preferences) == ("NRDL", ("avoid intravenous",))
    assert patient.organoids == (Organoid("liver", "pyrotinib", 72.0, "2024-03-01"),)
    assert patient.events == (Event("2024-06-01", "progression", (("site", "bone"),)),)


def test_the_history_has_its_rows_and_its_dates_as_written(found: PatientFile) -> None:
    assert found.patient.prior_therapies == (
        PriorTherapy(
            ("trastuzumab", "docetaxel"), Place("patient.yaml", 15), 1, "2023-01-03", "2023-11", "PR", "progression"
        ),
        PriorTherapy(("trastuzumab", "pertuzumab"), Place("patient.yaml", 16)),
    )


def test_markers_stand_at_the_row_of_their_key_and_keep_their_text(found: PatientFile) -> None:
    markers = [one for one in found.patient.alterations if isinstance(one, MarkerValue)]
    assert [(one.label, one.place.row) for one in markers] == [
        ("MSI MSS", 11), ("HER2 IHC 3+", 12), ("AR-V7 not detected", 13),
    ]  # fmt: skip


def test_markers_of_a_sample_are_of_that_sample(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    text = (
        "id: P\ntumor_type: BRCA\nbiomarkers: {ER: positive}\nsamples:\n  - id: liver\n    biomarkers: {HER2 IHC: 3+}\n"
    )
    path.write_text(text, encoding="utf-8")
    found = read_patient_file(path)
    assert found.patient.alterations == (
        MarkerValue("ER", "positive", Place("p.yaml", 3)),
        MarkerValue("HER2 IHC", "3+", Place("p.yaml", 6), "liver"),
    )
    assert not found.notes
    assert found.patient.samples[0].reported == frozenset()


def test_samples_name_their_files_assay_and_kinds(found: PatientFile) -> None:
    liver, plasma = found.patient.samples
    assert (liver.id, liver.site, liver.date, liver.assay, liver.purity) == (
        "liver", "liver", "2024-02-01", "panel-500", 0.6,
    )  # fmt: skip
    assert liver.reported == {"small variant", "copy number", "fusion"}
    assert (plasma.kind, plasma.reported) == ("ctDNA", frozenset({"small variant"}))
    assert [sample.assay for sample in found.patient.samples if sample.assay] == ["panel-500"]


def test_alterations_carry_the_sample_of_the_patient_file(found: PatientFile) -> None:
    by_sample = {(one.sample, one.label) for one in found.patient.alterations}
    assert {("liver", "BRAF V600E"), ("liver", "ERBB2 amplification"), ("B", "KRAS G12C")} <= by_sample
    assert {(None, "EGFR inframe_deletion"), (None, "KIF5B::RET fusion"), (None, "KRAS G12C")} <= by_sample
    assert ("B", "BRAF V600E") not in by_sample


def test_json_and_what_is_wrong_in_it() -> None:
    found = read_patient_file(DATA / "patient.json")
    assert found.patient.prior_therapies == ()
    assert (found.patient.age, found.patient.ecog) == (None, None)
    notes = {note.where.row: str(note) for note in found.notes if note.where.file == "patient.json"}
    assert "'old'" in notes[4]
    assert "from 0 to 5" in notes[5]
    assert "did you mean 'tumor_type'" in notes[6]
    assert "is no date" in notes[9]
    assert any("repeated" in note.message and note.severity is Severity.ERROR for note in found.notes)
    assert any("'MSI' has no value" in note.message for note in found.notes)


@pytest.mark.parametrize(
    ("history", "expected"), [("", None), ("prior_therapies:\n", None), ("prior_therapies: []\n", ())]
)
def test_an_unknown_history_is_not_an_empty_one(tmp_path: Path, history: str, expected: tuple[()] | None) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"id: P\ntumor_type: BRCA\n{history}")
    assert read_patient_file(path).patient.prior_therapies == expected


def test_a_file_that_is_not_there_is_named_with_the_row_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("id: P\ntumor_type: BRCA\nsamples:\n  - id: a\n    variants: gone.maf\n")
    with pytest.raises(UnusableInput, match=r"p\.yaml:5: variants gone\.maf: no such file"):
        read_patient_file(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id: [", "p.yaml:1: not readable as YAML"),
        ("id: P\n  tumor_type: x", "p.yaml:2: not readable as YAML"),
        ('{"id": ', "not readable as JSON"),
        ("id: &a [*a]", "a YAML alias"),
        ("id: " + "[" * 40 + "]" * 40, "more than 30 levels"),
        ("id: P\n---\nid: Q", "a second document"),
        ("color: red", "no patient file"),
        ("- a\n- b", "no patient file"),
        ("? [a]\n: b", "a key that is not text"),
        ("id: P\ntumor_type: [LUAD, BRCA]", "p.yaml:2: tumor_type is not a single value; write one"),
        ("id: P\njurisdiction: {first: CN}", "p.yaml:2: jurisdiction is not a single value; write one"),
    ],
)
def test_what_is_no_patient_file(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(UnusableInput) as caught:
        read_patient_file(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ecog: 1.5", "p.yaml:2: ecog '1.5' is not used; write a whole number from 0 to 5"),
        ("ecog: 1.0", None),
        ("prior_therapies: [{regimen: [docetaxel], line: 0}]", "p.yaml:2: line '0' is not used; write a number from 1"),
        ("age: 60.5", None),
    ],
)
def test_numbers_that_are_none_of_the_scale_are_told(tmp_path: Path, text: str, told: str | None) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"id: P\n{text}\n")
    found = read_patient_file(path)
    assert [str(note)[: len(told or "")] for note in found.notes] == ([] if told is None else [told])
    assert (found.patient.ecog, found.patient.age) in ((None, None), (1, None), (None, 60))


def test_both_are_told_by_their_content() -> None:
    assert [detect(DATA / name) for name in ("patient.yaml", "patient.json")] == ["patient file"] * 2


@pytest.mark.parametrize(
    ("kind", "stated", "expected"),
    [
        ("tissue", "", Origin.UNKNOWN),
        ("normal", "", Origin.GERMLINE),
        ("Normal tissue", "", Origin.GERMLINE),
        ("normal", "somatic", Origin.SOMATIC),
    ],
)
def test_what_normal_tissue_has_is_of_the_germline(tmp_path: Path, kind: str, stated: str, expected: Origin) -> None:
    (tmp_path / "v.tsv").write_text(f"gene\talteration\torigin\nBRCA2\tS1982fs\t{stated}\n", encoding="utf-8")
    path = tmp_path / "p.yaml"
    path.write_text(f"id: A\nsamples:\n  - {{id: s, kind: {kind}, variants: v.tsv}}\n", encoding="utf-8")
    (variant,) = read_patient_file(path).patient.alterations
    assert isinstance(variant, SmallVariant)
    assert variant.origin is expected
