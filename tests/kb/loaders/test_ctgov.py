"""ClinicalTrials.gov: what is read as structure, what stays open, what is left and what is refused."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kb.errors import UnreadableSource
from kb.loaders import ctgov
from kb.loaders.base import Report
from kb.loaders.trial_terms import is_choice
from kb.normalizer import NAMES, Normalizer, read
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables
from tests.kb.loaders.trial_files import Arm, study, write

SHARED = Path(__file__).parents[4] / "shared" / "data" / "trials" / "clinicaltrials_v2_json"


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def loaded(path: Path) -> tuple[dict[str, Row], Report]:
    report = Report("ctgov")
    tables = ctgov.load(path, Normalizer(starter()), report)
    return {row["id"]: row for row in tables["trials"]}, report


def one(tmp_path: Path, **fields: Any) -> Row:
    rows, report = loaded(write(tmp_path / "studies", study(**fields)))
    assert not report.unread, report.unread
    (row,) = rows.values()
    return row


def test_a_study_becomes_one_row(tmp_path):
    row = one(tmp_path, minimumAge="18 Years", places=[("China", "RECRUITING"), ("France", "COMPLETED")])
    assert (row["id"], row["nct_id"], row["title"]) == ("NCT00000001", "NCT00000001", "A Study of Sotorasib")
    assert (row["phase"], row["status"], row["status_as_of"]) == ("PHASE1/PHASE2", "RECRUITING", "2026-10")
    assert (row["regimens"], row["intervention"]) == ("sotorasib", "sotorasib")
    assert (row["tumor_types"], row["minimum_age"], row["countries"]) == ("LUAD", "18", "China")
    assert row["sources"] == "ClinicalTrials.gov NCT00000001 https://clinicaltrials.gov/study/NCT00000001"


STATUS = {
    "RECRUITING": "yes",
    "ENROLLING_BY_INVITATION": "yes",
    "NOT_YET_RECRUITING": "no",
    "ACTIVE_NOT_RECRUITING": "no",
    "COMPLETED": "no",
    "WITHDRAWN": "no",
    "UNKNOWN": "",
    "A_NEW_STATUS": "",
}


@pytest.mark.parametrize("status", STATUS)
def test_only_two_statuses_recruit_and_an_unknown_one_tells_nothing(tmp_path, status):
    assert one(tmp_path, status=status)["recruiting"] == STATUS[status]


PLACES = {
    "recruiting ones first": ([("Spain", "RECRUITING"), ("Japan", "NOT_YET_RECRUITING")], "Spain"),
    "by invitation counts": ([("Spain", "ENROLLING_BY_INVITATION"), ("Japan", "")], "Spain"),
    "all where none is said to": ([("Spain", ""), ("Japan", "")], "Japan | Spain"),
    "none": ([], ""),
}


@pytest.mark.parametrize("case", PLACES)
def test_countries_are_those_of_places_that_recruit(tmp_path, case):
    places, countries = PLACES[case]
    assert one(tmp_path, places=places)["countries"] == countries


DRUG, CHEMO = "Drug: sotorasib", "Drug: docetaxel"
ARMS: dict[str, tuple[list[Arm], str, str]] = {
    "drugs of one arm are given together": (
        [("A", "EXPERIMENTAL", [DRUG, "Biological: cetuximab"])],
        "cetuximab+sotorasib",
        "",
    ),
    "two arms are two regimens": (
        [("A", "EXPERIMENTAL", [DRUG]), ("B", "EXPERIMENTAL", [DRUG, CHEMO])],
        "sotorasib | docetaxel+sotorasib",
        "",
    ),
    "an active comparator is not recommended": (
        [("A", "EXPERIMENTAL", [DRUG]), ("B", "ACTIVE_COMPARATOR", [CHEMO])],
        "sotorasib",
        "comparator: B",
    ),
    "the backbone alone is a comparator": (
        [("A", "EXPERIMENTAL", [DRUG, CHEMO]), ("B", "ACTIVE_COMPARATOR", [CHEMO])],
        "docetaxel+sotorasib",
        "comparator: B",
    ),
    "a comparator with the studied drug is one of its arms": (
        [("A", "EXPERIMENTAL", [DRUG]), ("B", "ACTIVE_COMPARATOR", [DRUG, CHEMO])],
        "sotorasib | docetaxel+sotorasib",
        "",
    ),
    "placebo is no drug": (
        [("A", "EXPERIMENTAL", [DRUG, "Drug: Placebo to docetaxel"]), ("B", "PLACEBO_COMPARATOR", [CHEMO])],
        "sotorasib",
        "comparator: B",
    ),
    "devices and procedures are none either": (
        [("A", "EXPERIMENTAL", [DRUG, "Device: pump", "Procedure: biopsy"])],
        "sotorasib",
        "",
    ),
    "where all compare, none is tried": (
        [("A", "ACTIVE_COMPARATOR", [DRUG]), ("B", "ACTIVE_COMPARATOR", [CHEMO])],
        "",
        "comparator: A; comparator: B",
    ),
    "arms of no kind are tried": ([("A", "OTHER", [DRUG])], "sotorasib", ""),
    "another name of the registry is known": (
        [("A", "EXPERIMENTAL", ["Drug: XYZ-0001 = sotorasib"])],
        "sotorasib",
        "",
    ),
    "the dose is no part of the name": ([("A", "EXPERIMENTAL", ["Drug: sotorasib 960 mg daily"])], "sotorasib", ""),
    "a new drug goes by its name": ([("A", "EXPERIMENTAL", ["Drug: XYZ-0001"])], "xyz-0001", ""),
}


@pytest.mark.parametrize("case", ARMS)
def test_regimens_come_from_the_arms_that_are_tried(tmp_path, case):
    arms, regimens, note = ARMS[case]
    row = one(tmp_path, arms=arms)
    assert (row["regimens"], row["note"]) == (regimens, note)
    assert row["intervention"]


def test_an_arm_that_offers_alternatives_is_no_regimen(tmp_path):
    arms: list[Arm] = [("Dose expansion", "EXPERIMENTAL", [DRUG, "Drug: cetuximab", "Drug: panitumumab"])]
    row = one(tmp_path, arms=arms, words="with cetuximab or panitumumab")
    assert (row["regimens"], row["note"]) == ("", "its drugs are alternatives: Dose expansion")
    assert row["intervention"] == "sotorasib + cetuximab + panitumumab"


CHOICES = {
    "A is given with cetuximab and FOLFIRI": False,
    "until progression or unacceptable toxicity": False,
    "cetuximab or placebo": True,
    "either alone or with another agent": True,
    "with or without FOLFIRI": True,
    "one of the following": True,
    "FOLFIRI versus cetuximab": True,
}


@pytest.mark.parametrize("words", CHOICES)
def test_words_that_make_drugs_alternatives(words):
    assert is_choice(words, ["cetuximab", "FOLFIRI"]) is CHOICES[words]


# title, conditions, keywords -> profile
PROFILES: dict[str, tuple[str, list[str], list[str], str]] = {
    "a substitution": ("Patients With KRAS G12C-Mutated Tumors", [], [], "KRAS:G12C"),
    "in HGVS": ("Tumors Harboring KRAS p.G12C Mutation", [], [], "KRAS:G12C"),
    "as a condition": ("A Study of Sotorasib", ["KRAS P.G12C"], [], "KRAS:G12C"),
    "as a keyword": ("A Study of Sotorasib", [], ["BRAF V600E"], "BRAF:V600E"),
    "a codon": ("BRAF V600 mutant melanoma", [], [], "BRAF:V600"),
    "an exon": ("NSCLC With EGFR Exon 20 Insertions", [], [], "EGFR:EX20INS"),
    "a gene": ("IDH1-mutant Glioma", [], [], "IDH1:MUT"),
    "an amplification": ("ERBB2-amplified tumors", [], [], "ERBB2:AMP"),
    "a fusion": ("RET Fusion-Positive tumors", [], [], "RET:FUSION"),
    "positive means fused": ("ALK-positive NSCLC", [], [], "ALK:FUSION"),
    "a receptor": ("HER2-Positive Breast Cancer", [], [], "HER2:POS"),
    "a sign": ("Trastuzumab in HER2+ disease", [], [], "HER2:POS"),
    "receptors go together": ("HR-positive, HER2-negative Breast Cancer", [], [], "HER2:NEG AND HR:POS"),
    "signs of receptors": ("HR+/HER2- disease", [], [], "HER2:NEG AND HR:POS"),
    "two tests of one thing": ("MSI-H or dMMR Cancer", [], [], "MMR:D OR MSI:H"),
    "the same twice": ("KRAS G12C tumors", ["KRAS G12C"], ["KRAS G12C mutation"], "KRAS:G12C"),
    "wild type": ("RAS and KRAS Wild-type disease", [], [], "KRAS:WT"),
    "two genes may be alternatives": ("KRAS G12C or BRAF V600E tumors", [], [], ""),
    "two of one gene as well": ("KRAS G12C tumors", [], ["KRAS G12D"], ""),
    "positive and low of one receptor": ("HER2-positive or HER2-low tumors", [], [], ""),
    "a target is no criterion": ("A KRAS G12C Inhibitor in NSCLC", [], [], ""),
    "nor is a negation": ("Tumors without EGFR mutation", [], [], ""),
    "nor what is not the change": ("KRAS non-G12C disease", [], [], ""),
    "nor a resistance": ("NSCLC", [], ["Acquired Resistance to KRAS G12C therapy"], ""),
    "nor a gene alone": ("A Study", [], ["KRAS", "BRAF"], ""),
    "nor an unknown gene": ("XYZQ1 mutation", [], [], ""),
}


@pytest.mark.parametrize("case", PROFILES)
def test_a_biomarker_is_read_only_where_one_is_named(tmp_path, case):
    title, conditions, keywords, profile = PROFILES[case]
    row = one(tmp_path, title=title, conditions=["Lung Adenocarcinoma", *conditions], keywords=keywords)
    assert row["profiles"] == profile


CRITERIA = """Inclusion Criteria:

* Histologically confirmed adenocarcinoma (excluding squamous)
1. KRAS G12C or G12V | by a central test
* Progressed on platinum
* Written consent

Exclusion Criteria:

* Active MEK1 mutation
* Prior treatment with a KRAS inhibitor or chemotherapy
* Pregnancy
"""


def test_what_no_profile_says_stays_as_text(tmp_path):
    row = one(tmp_path, title="A Study of Sotorasib", criteria=CRITERIA)
    assert row["profiles"] == ""
    assert row["unread_profile"] == (
        "KRAS G12C or G12V / by a central test; not: Active MEK1 mutation; "
        "not: Prior treatment with a KRAS inhibitor or chemotherapy"
    )
    assert row["conditions"].split(" | ") == [
        "Histologically confirmed adenocarcinoma (excluding squamous)",
        "Progressed on platinum",
        "the criteria of eligibility in the registry (https://clinicaltrials.gov/study/NCT00000001)",
    ]


def test_beside_a_profile_the_criteria_stay_conditions_and_never_count_as_met(tmp_path):
    row = one(tmp_path, title="KRAS G12C Lung Cancer", criteria=CRITERIA, sex="FEMALE", maximumAge="75 Years")
    assert (row["profiles"], row["unread_profile"]) == ("KRAS:G12C", "")
    conditions = row["conditions"].split(" | ")
    assert conditions[:2] == ["female patients only", "at most 75 years old"]
    assert "not: Active MEK1 mutation" in conditions


AGES = {"18 Years": "18", "6 Months": "0.5", "28 Days": "0.07666", "N/A": "", "": "", "adult": ""}


@pytest.mark.parametrize("age", AGES)
def test_ages_are_in_years(tmp_path, age):
    assert one(tmp_path, minimumAge=age)["minimum_age"] == AGES[age]


# conditions -> tumor types, the rest of the note, what is to be confirmed
CONDITIONS: dict[str, tuple[list[str], str, str, str]] = {
    "the registry's headings": (["Carcinoma, Non-Small-Cell Lung"], "NSCLC", "", ""),
    "several": (["Pancreatic Cancer", "Colorectal Neoplasms"], "COADREAD | PANCREAS", "", ""),
    "their state does not count": (["Locally Advanced or Metastatic NSCLC"], "NSCLC", "", ""),
    "what has no place is told": (
        ["Solid Tumor", "Brain Metastases"],
        "SOLID",
        "conditions without a tumor type: Brain Metastases",
        "",
    ),
    "a biomarker is no disease": (["Solid Tumor", "BRAF V600E"], "SOLID", "", ""),
    "a wider type asks to confirm": (["Solid Carcinoma"], "SOLID", "", "the disease is Solid Carcinoma"),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_conditions_become_tumor_types(tmp_path, case):
    conditions, codes, note, confirm = CONDITIONS[case]
    row = one(tmp_path, conditions=conditions)
    assert (row["tumor_types"], row["note"]) == (codes, note)
    assert confirm in row["conditions"]


def test_a_study_none_of_whose_conditions_has_a_place_is_refused_by_name(tmp_path):
    rows, report = loaded(write(tmp_path / "s", study(conditions=["Brain Metastases", "Pain"])))
    assert not rows
    (unread,) = report.unread
    assert (unread.record, unread.place, unread.what) == (
        "NCT00000001",
        "trial.json#NCT00000001",
        "Brain Metastases; Pain",
    )


def changed(*keys: str, value: Any) -> dict[str, Any]:
    """A study with one field of another value."""
    made = study()
    at = made["protocolSection"]
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    return made


LEFT = {
    "observes": changed("designModule", "studyType", value="OBSERVATIONAL"),
    "purpose is not treatment": changed("designModule", "designInfo", value={"primaryPurpose": "DIAGNOSTIC"}),
    "without a drug": study(arms=[("A", "EXPERIMENTAL", ["Procedure: surgery"])]),
    "without a drug, no arms": changed("armsInterventionsModule", value=None),
}


@pytest.mark.parametrize("case", LEFT)
def test_studies_that_treat_with_no_drug_are_left_by_reason(tmp_path, case):
    rows, report = loaded(write(tmp_path / "s", LEFT[case]))
    assert not rows
    assert not report.unread
    ((reason, ids),) = report.left.items()
    assert case.partition(",")[0] in reason
    assert ids == ["NCT00000001"]


HOSTILE = (
    changed("identificationModule", value=[1]),
    changed("statusModule", value="RECRUITING"),
    changed("conditionsModule", value={"conditions": "Melanoma"}),
    changed("conditionsModule", value={"conditions": [1, None, "Melanoma"]}),
    changed("armsInterventionsModule", value={"armGroups": [None, "x"], "interventions": {}}),
    changed("armsInterventionsModule", "interventions", value=[{"type": "DRUG", "name": None, "armGroupLabels": 3}]),
    changed("contactsLocationsModule", value={"locations": [{"country": 5}]}),
    changed("eligibilityModule", value={"eligibilityCriteria": 5, "minimumAge": {}}),
)


@pytest.mark.parametrize("document", HOSTILE)
def test_a_field_of_the_wrong_kind_never_stops_the_load(tmp_path, document):
    _, report = loaded(write(tmp_path / "s", document))
    assert report.taken.total() + len(report.unread) + sum(map(len, report.left.values())) == 1


def test_all_forms_of_the_registry_are_read(tmp_path):
    folder = write(tmp_path / "s", study(1))
    write(folder, [study(2), study(3)], "list.json")
    write(folder, {"studies": [study(4)], "nextPageToken": "x"}, "page.json")
    (folder / "packed.json.gz").write_bytes(gzip.compress(json.dumps(study(5)).encode()))
    write(folder, {"source": "ctgov"}, "source.json")
    rows, report = loaded(folder)
    assert sorted(rows) == [f"NCT{number:08}" for number in range(1, 6)]
    assert (report.release, report.released_on, report.taken["trial"]) == ("2026-11-01", "2026-11-01", 5)
    assert sorted(loaded(folder / "list.json")[0]) == ["NCT00000002", "NCT00000003"]


BAD = {
    "empty": (b"", "is empty"),
    "page": (b"<!DOCTYPE html><html></html>", "is a web page"),
    "truncated": (json.dumps(study()).encode()[:300], "is not JSON or is truncated"),
    "encoding": (b'{"a": "\xff"}', "is not UTF-8"),
    "another API": (b'{"FullStudiesResponse": {}}', "is not a study of the ClinicalTrials.gov API v2"),
    "a list of words": (b'["NCT00000001"]', "is not a study of the ClinicalTrials.gov API v2"),
    "a number": (b"5", "is not a study of the ClinicalTrials.gov API v2"),
    "too deep": (b"[" * 100_000 + b"]" * 100_000, "nests too deep"),
    "twice": (json.dumps([study(1), study(1)]).encode(), "has the study NCT00000001 a second time"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_something_else_is_one_clear_error(tmp_path, case):
    content, problem = BAD[case]
    file = tmp_path / "study.json"
    file.write_bytes(content)
    with pytest.raises(UnreadableSource, match=problem) as caught:
        loaded(file)
    assert str(file) in caught.value.place
    assert "\n" not in str(caught.value)


def test_a_folder_without_studies_is_an_error(tmp_path):
    with pytest.raises(UnreadableSource, match="holds no"):
        loaded(tmp_path)
    with pytest.raises(UnreadableSource, match="is not there"):
        loaded(tmp_path / "nowhere")


def test_a_study_without_a_number_is_refused(tmp_path):
    _, report = loaded(write(tmp_path / "s", changed("identificationModule", "nctId", value="N/A")))
    assert [each.reason for each in report.unread] == ["the study has no NCT number"]


def test_the_table_of_conditions_is_sorted_and_names_known_types():
    rows = read(NAMES / "conditions.tsv")
    names = [row["name"] for row in rows]
    assert len(names) > 80
    assert names == sorted(set(names))
    codes = {code for row in rows for code in row["codes"].split(" | ")}
    assert codes <= {row["code"] for row in starter()["tumor_types"]}
    assert {row["relation"] for row in rows} == {"exact", "broader"}


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared studies are not on this machine")


@needs_shared
def test_every_real_study_ends_somewhere():
    rows, report = loaded(SHARED)
    assert (report.taken["trial"], len(report.unread)) == (9, 0)
    assert report.left == {"study that observes and gives no treatment": ["NCT05052671"]}
    assert (report.understood["biomarker"], report.met["biomarker"]) == (5, 9)
    assert report.release == "2025-11-14"
    assert {row["recruiting"] for row in rows.values()} == {"yes"}


REAL = {
    "NCT05288205": ("KRAS:G12C", "glecirasib+jab-3312", "COADREAD | NSCLC | PAAD", "China"),
    "NCT06008288": ("KRAS:G12C", "glecirasib", "PANCREAS | SOLID", "China"),
    "NCT06385925": ("KRAS:G12D", "tsn1611", "LYMPH | MYELOID | SOLID", "China | United States"),
    "NCT06898385": ("KRAS:G12V", "cyclophosphamide+fludarabine+ix001 tcr-t injection", "PANCREAS", "China"),
    "NCT03745326": ("", "aldesleukin+anti-kras g12d mtcr pbl+cyclophosphamide+fludarabine", None, "United States"),
    "NCT05786924": ("", "s241656 | gemcitabine+nab-paclitaxel+s241656", None, "United States"),
    "NCT06411691": ("", None, "COADREAD | PANCREAS", "United States"),
}


@needs_shared
@pytest.mark.parametrize("id", REAL)
def test_real_studies_read_as_a_person_reads_them(id):
    row = loaded(SHARED)[0][id]
    profile, regimens, codes, countries = REAL[id]
    assert row["profiles"] == profile
    assert regimens in (None, row["regimens"])
    assert codes in (None, row["tumor_types"])
    assert row["countries"] == countries
    assert bool(row["unread_profile"]) is not bool(profile)


@needs_shared
def test_what_a_real_study_leaves_out_is_never_met_unseen():
    row = loaded(SHARED)[0]["NCT06008288"]
    assert any("excluding NSCLC and CRC" in text for text in row["conditions"].split(" | "))
    assert any("HLA" in text for text in loaded(SHARED)[0]["NCT06898385"]["conditions"].split(" | "))
