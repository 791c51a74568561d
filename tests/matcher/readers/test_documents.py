"""Documents of a patient: phenopackets, FHIR, DNPM's MTB files; whole, in fragments, and damaged."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Origin, SmallVariant
from matcher.notes import Severity, UnusableInput
from matcher.patient import Patient
from matcher.readers import PatientFile, detect, read, read_patient

DATA = Path(__file__).parent / "documents"
CASES = Path(__file__).parents[3].parent / "shared" / "data" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared data are not on this machine")

FORMATS = {
    "lung.phenopacket.json": "phenopacket",
    "bladder.phenopacket.yaml": "phenopacket",
    "report.fhir.json": "FHIR document",
    "pancreas.mtb.json": "DNPM MTB file",
}


def labels(found: PatientFile, kind: type[Alteration] | None = None) -> list[str]:
    listed = found.patient.alterations
    return [one.label for one in listed if (kind is None and not isinstance(one, MarkerValue)) or type(one) is kind]


def told(found: PatientFile, severity: Severity | None = None) -> str:
    return "\n".join(str(note) for note in found.notes if severity is None or note.severity is severity)


def written(tmp_path: Path, content: Any, name: str = "any.name") -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return path


def parsed(tmp_path: Path, content: Any) -> PatientFile:
    return read_patient(written(tmp_path, content))


def therapies(patient: Patient) -> list[tuple[Any, ...]]:
    return [
        (one.regimen, one.line, one.start, one.stop, one.best_response, one.stopped_for, one.setting)
        for one in patient.prior_therapies or ()
    ]


# The format


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_told_by_the_content(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, (DATA / name).read_text(), "named.vcf")
    assert detect(path) == FORMATS[name]
    with pytest.raises(UnusableInput, match=f"it is a {FORMATS[name]}, not a variant file"):
        read(path)


@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith("json")])
def test_the_telling_key_may_stand_last(name: str, tmp_path: Path) -> None:
    content = json.loads((DATA / name).read_text())
    padded = {"aaa": "x" * 100_000, **dict(reversed(content.items()))}
    assert detect(written(tmp_path, json.dumps(padded))) == FORMATS[name]


REFUSED = {
    "family": ({"id": "f", "proband": {"subject": {"id": "a"}}, "relatives": []}, "a family of phenopackets"),
    "cohort": ({"id": "c", "members": [{"subject": {}}], "metaData": {"x": "y"}}, "a cohort of phenopackets"),
    "phenopacket 1": (
        {"subject": {"id": "a"}, "metaData": {"phenopacketSchemaVersion": "1.0.0"}},
        "a phenopacket of schema version 1",
    ),
    "phenopacket 1 by its keys": ({"subject": {"id": "a"}, "genes": [{"id": "x"}]}, "schema version 1"),
    "empty phenopacket": ({"id": "a", "metaData": {"created": "2024-01-01"}}, "describes no patient"),
    "FHIR Patient": ({"resourceType": "Patient", "id": "a"}, "it is a FHIR Patient"),
    "FHIR without patient": (
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "ValueSet"}}]},
        "holds nothing of a patient",
    ),
    "FHIR of two": (
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": n}} for n in "ab"]},
        "describes 2 patients",
    ),
    "MTB fragment": ({"carePlans": [{"id": "a"}]}, "neither a patient nor findings"),
    "FHIR Shorthand": ("Alias: $LNC = http://loinc.org\n\nInstance: a\nInstanceOf: Variant\n", "FHIR Shorthand"),
    "JSON list": ("[{}]", "a JSON list"),
    "several JSON documents": ('{"resourceType": "Patient"}\n{"resourceType": "Patient"}\n', "several JSON documents"),
    "not JSON": ('{"resourceType": "Bundle", "entry": [}', "not readable as JSON"),
    "deep": ('{"resourceType": "Bundle", "entry": ' + "[" * 200 + "]" * 200 + "}", "more than 30 levels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_one_clear_error(name: str, tmp_path: Path) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(UnusableInput) as caught:
        parsed(tmp_path, content)
    assert reason in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_json_escapes_of_rare_characters_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"subject": {"id": "𠮷野 \\ud842 é"}, "files": []}))
    assert "\\ud842\\udfb7" in path.read_text()
    assert read_patient(path).patient.id == "𠮷野 \\ud842 é"


def test_other_formats_do_not_import_the_documents() -> None:
    command = f"""
import sys
from pathlib import Path
from matcher import readers
folder = Path({str(DATA.parent / "data")!r})
readers.read_patient(folder / "patient.yaml")
readers.read(folder / "gdc.maf")
assert "matcher.readers.patient_file" in sys.modules
print([name for name in sys.modules if name.startswith("matcher.readers.") and name[16:] in
       ("document", "phenopacket", "fhir", "fhir_variant", "dnpm", "document_names", "named_change")])
"""
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Phenopackets


@pytest.fixture(scope="module")
def lung() -> PatientFile:
    return read_patient(DATA / "lung.phenopacket.json")


def test_phenopacket_person_and_tumor(lung: PatientFile) -> None:
    patient = lung.patient
    assert (patient.id, patient.age, patient.sex, patient.stage) == ("PP-1", 58, "female", "Stage IV")
    assert (patient.tumor_type, patient.tumor_codes) == ("NCIT:C3512", ("Lung Adenocarcinoma",))
    assert patient.medications == ("ramipril",)


def test_phenopacket_therapies(lung: PatientFile) -> None:
    assert therapies(lung.patient) == [
        (("osimertinib",), None, "2023-03-01", "2024-01-15", "PR", "progression", None),
        (("Carboplatin", "Pemetrexed"), None, "2024-02-10", None, None, "discontinued", "palliative"),
    ]
    assert "how its 2 treatments form lines" in told(lung, Severity.WARNING)


def test_phenopacket_samples_and_files(lung: PatientFile) -> None:
    tumor, blood = lung.patient.samples
    assert (tumor.id, tumor.site, tumor.date, tumor.reported) == ("tumor", "lung", "2024-02-01", {"small variant"})
    assert (blood.id, blood.kind, blood.reported) == ("blood", "normal", frozenset())
    of_file = next(one for one in lung.patient.alterations if one.place.file == "somatic.maf")
    assert (of_file.label, of_file.sample) == ("TP53 R175H", "tumor")
    warned = told(lung, Severity.WARNING)
    assert "lung.phenopacket.json:32: the file reads.bam is a bam" in warned
    assert "file:///data/tumor.vcf.gz is not beside the document" in warned


def test_phenopacket_alterations(lung: PatientFile) -> None:
    assert labels(lung) == [
        "TP53 R175H", "EGFR L858R", "MET amplification", "EML4::ALK fusion", "BRCA2 S1982fs",
    ]  # fmt: skip
    egfr = next(one for one in lung.patient.alterations if one.label == "EGFR L858R")
    assert isinstance(egfr, SmallVariant)
    assert (egfr.coding, egfr.transcript, egfr.vaf) == ("c.2573T>G", "NM_005228.5", 0.31)
    assert (egfr.zygosity, egfr.significance, egfr.origin) == ("heterozygous", "pathogenic", Origin.UNKNOWN)
    assert (str(egfr.genomic), egfr.genomic and egfr.genomic.build) == ("7:55191822T>G", "GRCh38")
    assert (egfr.sample, egfr.place.row) == ("tumor", 44)
    brca = lung.patient.alterations[-2]
    assert isinstance(brca, SmallVariant)
    assert (brca.origin, brca.significance) == (Origin.GERMLINE, "likely pathogenic")


def test_a_rejected_interpretation_and_a_bare_gene_are_no_alterations(lung: PatientFile) -> None:
    assert not any("KRAS" in label for label in labels(lung))
    assert "KRAS p.Gly12Cys is REJECTED: no alteration" in told(lung, Severity.INFO)
    assert "the gene TP53 only: no alteration" in told(lung, Severity.WARNING)


def test_phenopacket_markers(lung: PatientFile) -> None:
    assert labels(lung, MarkerValue) == ["PD-L1 TPS 60 %", "TMB 4.5", "Mitotic index 12 %", "MSI MSS"]


def test_what_the_phenopacket_says_beyond_is_told_once_per_section(lung: PatientFile) -> None:
    unread = [note for note in lung.notes if note.message.startswith("not read")]
    assert [note.message for note in unread] == [
        "not read in subject: karyotypicSex (1)",
        "not read in diseases: primarySite (1)",
        "not read in interpretations: progressStatus (1), geneContext.valueId (1)",
        "not read in medicalActions: procedure (1)",
        "not read: phenotypicFeatures (2)",
    ]
    assert all(note.severity is Severity.INFO and note.where.row for note in unread)


def test_phenopacket_in_yaml_with_snake_case() -> None:
    found = read_patient(DATA / "bladder.phenopacket.yaml")
    patient = found.patient
    assert (patient.id, patient.age, patient.sex, patient.stage) == ("PP-2", 57, "male", "Stage IV")
    assert (patient.tumor_type, patient.prior_therapies) == ("NCIT:C39853", None)
    assert "age 57 on 2021-05-11, when the document was made" in told(found)


def test_a_file_that_the_phenopacket_names_and_that_is_not_there(tmp_path: Path) -> None:
    packet = {"subject": {"id": "a"}, "files": [{"uri": "gone.vcf"}]}
    with pytest.raises(UnusableInput, match=r"the file gone\.vcf: no such file"):
        parsed(tmp_path, packet)


def packet_with(descriptor: dict[str, Any], **more: Any) -> dict[str, Any]:
    one = {"subjectOrBiosampleId": "a", "variantInterpretation": {"variationDescriptor": descriptor, **more}}
    return {"subject": {"id": "a"}, "interpretations": [{"diagnosis": {"genomicInterpretations": [one]}}]}


def hgvs(*texts: str) -> list[dict[str, str]]:
    return [{"syntax": "hgvs", "value": text} for text in texts]


DESCRIPTORS: list[tuple[dict[str, Any], str | None, str]] = [
    ({"geneContext": {"symbol": "BRAF"}, "expressions": hgvs("NP_004324.2:p.(Val600Glu)")}, "BRAF V600E", ""),
    ({"label": "BRAF p.V600E"}, "BRAF V600E", ""),
    ({"geneContext": {"symbol": "EGFR"}, "expressions": hgvs("NM_005228.5:c.2573T>G")}, "EGFR c.2573T>G",
     "EGFR c.2573T>G has no protein change"),
    ({"geneContext": {"symbol": "MET"}, "expressions": hgvs("NM_000245.4:c.3082+1G>T")}, "MET c.3082+1G>T", ""),
    ({"geneContext": {"symbol": "TP53"}, "expressions": hgvs("p.(Gly56Ala^Ser)")}, "TP53 variant",
     "unreadable protein change"),
    ({"geneContext": {"symbol": "JAK2"}, "expressions": [{"syntax": "spdi", "value": "NC_000009.12:5073769:G:T"}]},
     "JAK2 9:5073770G>T", "has no protein change"),
    ({"vcfRecord": {"chrom": "7", "pos": "140753336", "ref": "A", "alt": "T"}}, "7:140753336A>T", "no protein change"),
    ({"vcfRecord": {"chrom": "7", "pos": "140753336"}, "label": "x"}, None, "the VCF record is incomplete"),
    ({"id": "v"}, None, "v names neither a gene nor a genomic change"),
    ({"geneContext": {"symbol": "ERBB2"}, "structuralType": {"id": "SO:0001742"}}, "ERBB2 gain", ""),
    ({"geneContext": {"symbol": "CDKN2A"}, "variation": {"copyNumber": {"number": {"value": "0"}}}},
     "CDKN2A homozygous deletion", ""),
    ({"geneContext": {"symbol": "PTEN"}, "variation": {"copyNumberChange": {"copyChange": "efo:0030067"}}},
     "PTEN loss", ""),
    ({"id": "seg", "variation": {"copyNumber": {"number": {"value": "1"}}}}, None, "seg (loss) names no gene"),
    ({"label": "KIF5B::RET"}, "KIF5B::RET fusion", ""),
    ({"geneContext": {"symbol": "ROS1"}, "structuralType": {"label": "gene_fusion"}}, "?::ROS1 fusion", ""),
]  # fmt: skip


@pytest.mark.parametrize(("descriptor", "label", "note"), DESCRIPTORS)
def test_variation_descriptors(descriptor: dict[str, Any], label: str | None, note: str, tmp_path: Path) -> None:
    found = parsed(tmp_path, packet_with(descriptor))
    assert labels(found) == ([label] if label else [])
    assert note in told(found)
    assert bool(note) == any(one.severity is not Severity.INFO for one in found.notes)


MEASUREMENTS = [
    ("MSI status", {"ontologyClass": {"label": "MSI-High"}}, "MSI MSI-H"),
    ("MSI status", {"quantity": {"unit": {"label": "%"}, "value": 0.14}}, "MSI score 0.14 %"),
    ("HER2 by immunohistochemistry", {"ontologyClass": {"label": "3+"}}, "HER2 IHC 3+"),
    ("ERBB2 FISH", {"ontologyClass": {"label": "amplified"}}, "HER2 ISH amplified"),
    ("PD-L1 combined positive score", {"quantity": {"value": 12}}, "PD-L1 CPS 12"),
    ("PD-L1 22C3", {"quantity": {"unit": {"id": "UCUM:%"}, "value": 12}}, "PD-L1 12 %"),
    ("TMB", {"quantity": {"unit": {"label": "mutations"}, "value": 300}}, "TMB (mutations) 300"),
    ("Estrogen receptor", {"ontologyClass": {"label": "Positive"}}, "ER Positive"),
    ("Hemoglobin", {"quantity": {"unit": {"label": "g/dL"}, "value": 11.2}}, "Hemoglobin 11.2 g/dL"),
    ("ER and PR", {"ontologyClass": {"label": "Positive"}}, "ER and PR Positive"),
]


@pytest.mark.parametrize(("label", "value", "expected"), MEASUREMENTS)
def test_measurements(label: str, value: dict[str, Any], expected: str, tmp_path: Path) -> None:
    packet = {"subject": {"id": "a"}, "measurements": [{"assay": {"id": "X:1", "label": label}, "value": value}]}
    assert labels(parsed(tmp_path, packet), MarkerValue) == [expected]


def test_two_tumors_are_told(tmp_path: Path) -> None:
    terms = [{"term": {"id": "NCIT:C1", "label": "one"}}, {"term": {"id": "NCIT:C2", "label": "two"}}]
    found = parsed(tmp_path, {"subject": {"id": "a"}, "diseases": terms})
    assert found.patient.tumor_type == "NCIT:C1"
    assert "another disease, two: only one is matched" in told(found, Severity.WARNING)


# FHIR


@pytest.fixture(scope="module")
def report() -> PatientFile:
    return read_patient(DATA / "report.fhir.json")


def test_fhir_person_and_tumor(report: PatientFile) -> None:
    patient = report.patient
    assert (patient.id, patient.age, patient.sex, patient.ecog) == ("FH-1", 58, "female", 1)
    assert patient.tumor_type == "ICD-O-3:8140/3"
    assert patient.tumor_codes == (
        "ICD-10:C34.1", "SNOMED:254637007", "Adenocarcinoma, NOS", "Non-small cell lung cancer",
    )  # fmt: skip
    assert (patient.stage, patient.conditions) == ("AJCC stage IIIC", ("Chronic gastritis",))


def test_fhir_therapies_are_what_was_given_and_no_proposals(report: PatientFile) -> None:
    assert therapies(report.patient) == [
        (("Osimertinib",), None, "2023-03-01", "2024-01-15", None, "progression", None),
        (("Carboplatin",), None, "2024-02-10", "2024-02-10", None, None, None),
    ]
    assert report.patient.medications == ("Ramipril",)
    assert "not read in MedicationRequest: proposal, no therapy given (1)" in told(report, Severity.INFO)


def test_fhir_alterations(report: PatientFile) -> None:
    assert labels(report) == ["EGFR L858R", "BCR::ABL1 fusion", "MET amplification"]
    egfr, fusion, met = report.patient.alterations[:3]
    assert isinstance(egfr, SmallVariant)
    assert isinstance(fusion, Fusion)
    assert isinstance(met, CopyNumberChange)
    assert (egfr.origin, egfr.vaf, egfr.zygosity, egfr.depth) == (Origin.SOMATIC, 0.25, "heterozygous", None)
    assert (egfr.significance, egfr.coding, egfr.transcript) == ("pathogenic", "c.2573T>G", "NM_005228.5")
    assert (egfr.genomic and egfr.genomic.build, egfr.sample) == ("GRCh37", "block-7")
    assert (fusion.oriented, met.copies) == (False, 12.0)
    assert "KRAS p.Gly12Cys: absent, no alteration" in told(report, Severity.INFO)


def test_fhir_markers_samples_and_regions(report: PatientFile) -> None:
    assert labels(report, MarkerValue) == ["TMB 25.0", "MSI MSS", "PD-L1 TPS 60 %"]
    (block,) = report.patient.samples
    assert (block.id, block.site, block.date) == ("block-7", "left lung", "2024-01-10")
    assert block.reported == {"small variant", "fusion", "copy number"}
    assert "regions studied: BRCA1, BRCA2" in told(report, Severity.INFO)


def test_what_the_bundle_says_beyond_is_told(report: PatientFile) -> None:
    assert [note.message for note in report.notes if note.message.startswith("not read")] == [
        "not read in Patient: communication (1)",
        "not read in DiagnosticReport: conclusion (1)",
        "not read in Observation: Allelic read depth (1), Size Tumor (1), Therapeutic Implication (1)",
        "not read in MedicationRequest: proposal, no therapy given (1)",
        "not read: CarePlan (1)",
    ]


def coded(code: str, display: str = "", system: str = "http://loinc.org") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def component(code: str, **value: Any) -> dict[str, Any]:
    return {"code": coded(code), **value}


def gene(symbol: str) -> dict[str, Any]:
    return component("48018-6", valueCodeableConcept=coded("HGNC:1", symbol))


def named(code: str, name: str) -> dict[str, Any]:
    return component(code, valueCodeableConcept=coded(name, "", "http://varnomen.hgvs.org"))


def observation(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": coded("69548-6"),
            "component": list(components), **more}  # fmt: skip


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "a"}
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in (patient, *resources)]}


PRESENT = {"valueCodeableConcept": coded("LA9633-4", "Present")}
SO = "http://www.sequenceontology.org"
VARIANTS: list[tuple[dict[str, Any], list[str], str]] = [
    (observation(gene("BRAF"), named("48005-3", "p.Val600Glu"), **PRESENT), ["BRAF V600E"], ""),
    (observation(gene("BRAF"), named("48005-3", "p.Val600Glu")), ["BRAF V600E"], ""),
    (observation(gene("BRAF"), valueCodeableConcept=coded("LA9634-2", "Absent")), [], "absent, no alteration"),
    (observation(gene("BRAF"), interpretation=[coded("260385009", "Negative", "http://snomed.info/sct")]), [],
     "absent, no alteration"),
    (observation(gene("BRAF"), valueCodeableConcept=coded("LA18198-4", "No call")), [], "no result (No call)"),
    (observation(gene("BRAF"), dataAbsentReason={"text": "failed"}), [], "no result (failed)"),
    (observation(gene("BRAF"), status="entered-in-error"), [], "is entered-in-error: not used"),
    (observation(gene("BRAF"), named("48005-3", "p.V600E"), status="preliminary"), ["BRAF V600E"], "is preliminary"),
    (observation(gene("STK11"), named("81290-9", "NM_000455.5:c.725G>A"), component("81252-9", valueCodeableConcept={
        "text": "NM_000455.5(STK11):c.725G>A (p.Gly242Glu)"})), ["STK11 G242E"], ""),
    (observation(component("81252-9", valueCodeableConcept={"text": "NM_000455.5(STK11):c.725G>A (p.Gly242Glu)"})),
     ["STK11 G242E"], ""),
    (observation(component("81252-9", valueCodeableConcept={"text": "ROS1 Fusion"}), gene("ROS1")),
     ["?::ROS1 fusion"], ""),
    (observation(gene("ERBB4"), named("81290-9", "NC_000002.12:g.211713666_211713668del")), ["ERBB4 variant"],
     "has no protein change"),
    (observation(gene("CDK6"), component("82155-3", valueQuantity={"value": 0})), ["CDK6 homozygous deletion"], ""),
    (observation(gene("A"), gene("B"), component("type", valueCodeableConcept=coded("low-level-gain", "", "x"))),
     ["A gain", "B gain"], ""),
    (observation(component("82155-3", valueQuantity={"value": 9})), [], "(amplification) names no gene"),
    (observation(gene("A"), gene("B"), gene("C")), [], "the variant names 3 genes (A, B, C)"),
    (observation(gene("A"), gene("B"), named("48004-6", "c.1076T>G")), [], "the variant names 2 genes (A, B)"),
    (observation(gene("A"), gene("B"), component("48019-4", valueCodeableConcept=coded("SO:0000159", "deletion", SO))),
     [], "the variant names 2 genes (A, B)"),
    (observation(gene("A"), gene("B"), named("48004-6", "c.1076T>G"),
                 component("48019-4", valueCodeableConcept=coded("SO:0001565", "gene_fusion", SO))),
     ["A::B fusion"], "the fusion of A and B also names c.1076T>G"),
    (observation(gene("CDKN2A"), component("48019-4", valueCodeableConcept=coded("SO:0000159", "deletion", SO))),
     ["CDKN2A variant"], "the variant of CDKN2A has no name"),
    (observation(gene("EGFR"), component("81252-9", valueCodeableConcept={"text": "exon 19 deletion"})),
     ["EGFR inframe_deletion"], ""),
    (observation(component("five-prime-gene", valueCodeableConcept=coded("HGNC:1", "EML4")),
                 component("three-prime-gene", valueCodeableConcept=coded("HGNC:2", "ALK"))), ["EML4::ALK fusion"], ""),
    (observation(gene("TP53"), component("48006-1", valueCodeableConcept=coded("SO:0001587", "stop_gained", SO))),
     ["TP53 stop_gained"], ""),
    (observation(), [], "names neither a gene nor a genomic change"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "expected", "note"), VARIANTS)
def test_variant_observations(resource: dict[str, Any], expected: list[str], note: str, tmp_path: Path) -> None:
    found = parsed(tmp_path, bundle(resource))
    assert labels(found) == expected
    assert note in told(found)


@pytest.mark.parametrize(
    ("code", "display", "origin", "note"),
    [
        ("LA6683-2", "", Origin.GERMLINE, ""),
        ("LA6684-0", "", Origin.SOMATIC, ""),
        ("x", "Somatic", Origin.SOMATIC, ""),
        ("LA18194-3", "Likely germline", Origin.UNKNOWN, "'likely germline': the origin is left open"),
    ],
)
def test_a_likely_origin_is_left_open(code: str, display: str, origin: Origin, note: str, tmp_path: Path) -> None:
    stated = component("48002-0", valueCodeableConcept=coded(code, display))
    found = parsed(tmp_path, bundle(observation(gene("BRCA2"), named("48005-3", "p.Ser1982fs"), stated)))
    (one,) = found.patient.alterations
    assert isinstance(one, SmallVariant)
    assert one.origin is origin
    assert note in told(found)


@pytest.mark.parametrize(
    ("quantity", "vaf"),
    [
        ({"value": 0.25, "code": "1"}, 0.25), ({"value": 25, "code": "%"}, 0.25), ({"value": 0.25}, 0.25),
        ({"value": 0.25, "code": "%"}, None), ({"value": 250}, None), ({"value": "high"}, None),
    ],
)  # fmt: skip
def test_allele_fractions(quantity: dict[str, Any], vaf: float | None, tmp_path: Path) -> None:
    found = parsed(
        tmp_path,
        bundle(observation(gene("A"), named("48005-3", "p.V600E"), component("81258-6", valueQuantity=quantity))),
    )
    (one,) = found.patient.alterations
    assert isinstance(one, SmallVariant)
    assert one.vaf == vaf
    assert (vaf is None) == any(note.severity is not Severity.INFO for note in found.notes)


def test_contradicting_significances_are_uncertain_and_told(tmp_path: Path) -> None:
    variant = observation(
        gene("TP53"), named("48005-3", "p.R175H"), component("53037-8", valueCodeableConcept=coded("LA6668-3")), id="v"
    )
    other = {**observation(component("53037-8", valueCodeableConcept=coded("LA6675-8"))),
             "code": coded("diagnostic-implication"), "derivedFrom": [{"reference": "Observation/v"}]}  # fmt: skip
    found = parsed(tmp_path, bundle(variant, other))
    (one,) = found.patient.alterations
    assert isinstance(one, SmallVariant)
    assert one.significance == "uncertain"
    assert "pathogenic and benign are both stated" in told(found, Severity.WARNING)


CONDITIONS = [
    (coded("C34.1", "", "http://hl7.org/fhir/sid/icd-10"), "ICD-10:C34.1", ()),
    (coded("C78.7", "Liver metastasis", "http://hl7.org/fhir/sid/icd-10"), None, ("Liver metastasis",)),
    (coded("I10", "Hypertension", "http://hl7.org/fhir/sid/icd-10"), None, ("Hypertension",)),
    (coded("1", "Malignant melanoma (disorder)", "http://snomed.info/sct"), "SNOMED:1", ()),
    (coded("2", "History of breast cancer", "http://snomed.info/sct"), None, ("History of breast cancer",)),
    (coded("LUAD", "", "http://oncotree.mskcc.org"), None, ("LUAD",)),
    ({"text": "Lung adenocarcinoma"}, "Lung adenocarcinoma", ()),
]


@pytest.mark.parametrize(("code", "tumor", "others"), CONDITIONS)
def test_conditions(code: dict[str, Any], tumor: str | None, others: tuple[str, ...], tmp_path: Path) -> None:
    found = parsed(tmp_path, bundle({"resourceType": "Condition", "code": code}))
    assert (found.patient.tumor_type, found.patient.conditions) == (tumor, others)


def medicine(kind: str, status: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "status": status, "medicationCodeableConcept": {"text": "drug"}, **more}


GIVEN = [
    (medicine("MedicationStatement", "completed"), True), (medicine("MedicationStatement", "active"), True),
    (medicine("MedicationStatement", "intended"), False), (medicine("MedicationStatement", "not-taken"), False),
    (medicine("MedicationAdministration", "completed"), True),
    (medicine("MedicationAdministration", "not-done"), False),
    (medicine("MedicationRequest", "active", intent="order"), True),
    (medicine("MedicationRequest", "active", intent="plan"), False),
    (medicine("MedicationRequest", "active", intent="option"), False),
    (medicine("MedicationRequest", "draft", intent="order"), False), (medicine("MedicationRequest", "active"), False),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "is_given"), GIVEN)
def test_only_what_was_given_is_a_prior_therapy(resource: dict[str, Any], is_given: bool, tmp_path: Path) -> None:
    found = parsed(tmp_path, bundle(resource))
    assert (found.patient.prior_therapies is not None) is is_given
    assert ("no therapy given" in told(found)) is not is_given


def test_administrations_of_one_drug_are_one_and_equal_periods_are_one_regimen(tmp_path: Path) -> None:
    cancer = {"meta": {"profile": ["x/mcode-cancer-related-medication-administration"]}}
    days = [("Carboplatin", "2024-01-01"), ("Pemetrexed", "2024-01-01"), ("carboplatin", "2024-02-01"),
            ("Pemetrexed", "2024-02-01"), ("Docetaxel", "2024-06-01")]  # fmt: skip
    listed = [
        {**medicine("MedicationAdministration", "completed", effectiveDateTime=day, **cancer),
         "medicationCodeableConcept": {"text": drug}}
        for drug, day in days
    ]  # fmt: skip
    found = parsed(tmp_path, bundle(*listed))
    assert [row[:4] for row in therapies(found.patient)] == [
        (("Carboplatin", "Pemetrexed"), None, "2024-01-01", "2024-02-01"),
        (("Docetaxel",), None, "2024-06-01", "2024-06-01"),
    ]


def test_a_report_with_contained_resources(tmp_path: Path) -> None:
    contained = [
        {"resourceType": "Patient", "id": "p", "gender": "male"},
        observation(gene("KRAS"), named("48005-3", "p.Gly12Cys"), id="o"),
    ]
    content = {"resourceType": "DiagnosticReport", "status": "final", "subject": {"reference": "#p"},
               "contained": contained, "result": [{"reference": "#o"}]}  # fmt: skip
    found = parsed(tmp_path, content)
    assert (found.patient.id, found.patient.sex, labels(found)) == ("p", "male", ["KRAS G12C"])


@needs_cases
@pytest.mark.parametrize(
    "path", sorted((CASES / "mii_mtb_fhir").glob("*.json")), ids=lambda path: path.name if CASES.is_dir() else ""
)
def test_single_resources_of_the_german_board_are_refused(path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"it is a FHIR [A-Z]"):
        read_patient(path)


@needs_cases
@pytest.mark.parametrize(
    "path",
    [*(CASES / "mcode_fsh").glob("*.fsh"), *CASES.glob("*/*.fsh")],
    ids=lambda path: path.name if CASES.is_dir() else "",
)
def test_fhir_shorthand_is_refused(path: Path) -> None:
    with pytest.raises(UnusableInput, match="FHIR Shorthand"):
        detect(path)


# DNPM


@pytest.fixture(scope="module")
def pancreas() -> PatientFile:
    return read_patient(DATA / "pancreas.mtb.json")


def test_mtb_person_and_tumor(pancreas: PatientFile) -> None:
    patient = pancreas.patient
    assert (patient.id, patient.age, patient.sex, patient.ecog) == ("MTB-1", 67, "female", 1)
    assert patient.tumor_type == "ICD-O-3:8140/3"
    assert patient.tumor_codes[:2] == ("ICD-O-3:C25.0", "ICD-10:C25.0")
    assert patient.stage == "T2 N1 M1, metastasized"
    assert "another diagnosis, Brustdrüse: only the main one is matched" in told(pancreas, Severity.WARNING)


def test_mtb_therapies(pancreas: PatientFile) -> None:
    assert therapies(pancreas.patient) == [
        (("Gemcitabin", "Paclitaxel"), 1, "2023-02-01", "2023-09-30", None, "progression", "palliative"),
        (("Irinotecan",), None, "2023-11-01", "2024-05-01", "SD", "progression", None),
    ]
    assert "Olaparib: status not-done, no therapy given" in told(pancreas, Severity.INFO)
    assert "Tamoxifen was given for another diagnosis" in told(pancreas, Severity.WARNING)


def test_mtb_alterations_none_lost(pancreas: PatientFile) -> None:
    assert labels(pancreas) == [
        "KRAS G12C", "TP53 c.743G>A", "CDKN2A homozygous deletion", "MTAP homozygous deletion", "ERBB2 amplification",
        "EML4::ALK fusion", "KIF5B::RET fusion (exon 15 to exon 12)",
    ]  # fmt: skip
    kras = pancreas.patient.alterations[0]
    assert isinstance(kras, SmallVariant)
    assert (kras.exon, kras.vaf, kras.depth, kras.significance) == (2, 0.31, 200, "pathogenic")
    assert (str(kras.genomic), kras.genomic and kras.genomic.build) == ("12:25245351C>A", "GRCh38")
    errors = told(pancreas, Severity.ERROR)
    assert "pancreas.mtb.json:57: a variant without gene and position" in errors
    assert "names no affected gene" in errors
    assert "unknown type 'sideways'" in errors
    assert "unreadable protein change 'p.(Arg248^Gln)' of TP53" in told(pancreas, Severity.WARNING)


def test_mtb_markers(pancreas: PatientFile) -> None:
    assert labels(pancreas, MarkerValue) == [
        "TMB 3.2", "HRD score 54", "HRD high", "BRCAness 0.5", "ERBB2 RNA 120.5 TPM", "HER2 IHC 2+",
        "PD-L1 IHC expressed", "PD-L1 TPS 5", "PD-L1 CPS 12", "PD-L1 IC >=5%", "PD-L1 TC >=1%",
        "MLH1 IHC no expression", "MSI MSS", "MSI score 0.8", "MMR proficient",
    ]  # fmt: skip
    assert "no result of PTEN IHC" in told(pancreas, Severity.INFO)


def test_mtb_sample(pancreas: PatientFile) -> None:
    (sample,) = pancreas.patient.samples
    assert (sample.id, sample.kind, sample.site, sample.date) == ("sp1", "tissue", "metastasis", "2024-05-02")
    assert (sample.purity, sample.assay) == (0.4, None)
    assert sample.reported == {"small variant", "copy number", "fusion"}
    assert "is a panel: what the report does not list counts as not tested" in told(pancreas, Severity.INFO)


@pytest.mark.parametrize("kind", ["exome", "genome-long-read", "FISH"])
def test_a_report_lists_what_was_found_and_rules_out_nothing(kind: str, tmp_path: Path) -> None:
    results = {"simpleVariants": [{"gene": {"display": "KRAS"}, "proteinChange": "p.Gly12Cys"}]}
    content = {"patient": {"id": "a"}, "ngsReports": [
        {"specimen": {"id": "s"}, "type": {"code": kind}, "results": results}]}  # fmt: skip
    (sample,) = parsed(tmp_path, content).patient.samples
    assert (sample.assay, sample.reported) == (None, {"small variant"})


MTB_READ = {
    "mv64e-mtb-fake-patient.json": (6, 15), "pcvolkmer-model-java__mv64e-mtb-fake-patient.json": (6, 15),
    "dnpm-to-fhir__mv64e-mtb-fake-patient.json": (9, 16), "dnpm-to-fhir__ngsreports.json": (9, 16),
}  # fmt: skip


@needs_cases
@pytest.mark.parametrize("name", MTB_READ)
def test_no_alteration_of_the_fake_patients_is_lost(name: str) -> None:
    path = CASES / "dnpm_mtb" / name
    results = json.loads(path.read_text(encoding="utf-8"))["ngsReports"][0]["results"]
    found = read_patient(path)
    small = [one for one in found.patient.alterations if isinstance(one, SmallVariant)]
    copies = [one for one in found.patient.alterations if isinstance(one, CopyNumberChange)]
    fusions = [one for one in found.patient.alterations if isinstance(one, Fusion)]
    assert len(small) == len(results["simpleVariants"]) > 0
    assert len(copies) == sum(len(one["reportedAffectedGenes"]) for one in results["copyNumberVariants"]) > 0
    assert len(fusions) == len(results["dnaFusions"]) + len(results["rnaFusions"]) > 0
    assert all(one.sample for one in found.patient.alterations)


@needs_cases
def test_the_same_patient_as_mtb_file_and_as_fhir() -> None:
    folder = CASES / "dnpm_mtb"
    of_file = read_patient(folder / "dnpm-to-fhir__mv64e-mtb-fake-patient.json")
    (path,) = folder.glob("*.fhir.json")
    of_fhir = read_patient(path)
    assert sorted(labels(of_file, SmallVariant)) == sorted(labels(of_fhir, SmallVariant))
    assert sorted(labels(of_file, CopyNumberChange)) == sorted(labels(of_fhir, CopyNumberChange))
    assert of_file.patient.ecog == of_fhir.patient.ecog == 2
    assert {"ICD-10:C53.8"} <= {of_fhir.patient.tumor_type, *of_fhir.patient.tumor_codes}
    assert of_fhir.patient.prior_therapies is None


@needs_cases
def test_every_shared_document_is_read_or_refused() -> None:
    paths = sorted(CASES.rglob("*.json"))
    assert sum(read_or_refused(path, detect(path)) for path in paths) >= 9


def read_or_refused(path: Path, form: str) -> bool:
    """Whether the file is read; a refusal is one line with a remedy, and nothing else may be raised."""
    try:
        found = read_patient(path, None, form)
    except UnusableInput as refused:
        error = refused
    else:
        assert all(note.message and note.remedy and note.where.file for note in found.notes)
        assert all(one.label and one.place.file for one in found.patient.alterations)
        return True
    assert error.reason
    assert error.remedy
    assert "\n" not in str(error)
    return False


# Damage


SOURCES = {name: json.loads((DATA / name).read_text()) for name in FORMATS if name.endswith("json")}
JUNK = st.sampled_from([
    None, "", "x", "p.", "::", "-1", 0, -3, 1e300, True, [], {}, [[]], [None], [{}], {"x": {"y": []}}, {"id": None},
    {"code": []}, {"coding": "x"}, {"value": {}}, "2024-13-45", "NC_000099.9:g.1A>T",
]).map(deepcopy)  # fmt: skip
INSIDE = st.sampled_from(["subject", "entry", "resource", "resourceType", "patient", "ngsReports", "results", "id"])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Any]:
    """A document with some values replaced, taken out, doubled or put elsewhere."""
    name = draw(st.sampled_from(sorted(SOURCES)))
    content = deepcopy(SOURCES[name])
    for _ in range(draw(st.integers(1, 8))):
        holder, key = draw(_places(content))
        action = draw(st.sampled_from(["replace", "remove", "wrap", "double"]))
        if action == "remove":
            del holder[key]
        else:
            old = holder[key]
            holder[key] = {"replace": draw(JUNK), "wrap": [old], "double": [old, deepcopy(old)]}[action]
    return name, content


@st.composite
def _places(draw: st.DrawFn, content: Any) -> tuple[Any, Any]:
    holder = content
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = draw(st.sampled_from(keys)) if keys else None
        if key is None:
            return {"x": 1}, "x"
        inner = holder[key]
        if not isinstance(inner, (dict, list)) or not inner or draw(st.integers(0, 5)) == 0:
            return holder, key
        holder = inner


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(damaged())
def test_a_damaged_document_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, case: tuple[str, Any]) -> None:
    name, content = case
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    (path.parent / "somatic.maf").write_bytes((DATA / "somatic.maf").read_bytes())
    path.write_text(json.dumps(content), encoding="utf-8")
    read_or_refused(path, FORMATS[name])


@settings(max_examples=100, deadline=None)
@given(st.recursive(JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INSIDE, inner)))
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({"subject": content, "resourceType": content, "ngsReports": content}), encoding="utf-8")
    for form in ("phenopacket", "FHIR document", "DNPM MTB file"):
        read_or_refused(path, form)
