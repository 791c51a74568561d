"""CTML: match trees become rows that mean the same, whatever is unknown; every trial and arm ends somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from kb.errors import UnreadableSource
from kb.loaders import ctml
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables, cells
from matcher.assay import Coverage
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard
from matcher.facts import _trial_relation
from tests.kb.loaders.trial_files import Tree, arm, clinical, dx, genomic, trial, write
from tests.shared import knowledge

SHARED = Path(__file__).parents[4] / "shared" / "data" / "trials"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared trials are not on this machine")


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


@cache
def names() -> Normalizer:
    return Normalizer(starter())


def loaded(path: Path, normalizer: Normalizer | None = None) -> tuple[dict[str, Row], Report]:
    report = Report("ctml")
    tables = ctml.load(path, normalizer or Normalizer(starter()), report)
    return {row["id"]: row for row in tables["trials"]}, report


def rows_of(tmp_path: Path, match: list[Tree]) -> list[Row]:
    rows, report = loaded(write(tmp_path / "t", trial(arm(match))), names())
    assert not report.unread, report.unread
    return list(rows.values())


# Genomic nodes

MUTATION, COPIES, FUSION = "Mutation", "Copy Number Variation", "Structural Variation"
GENOMIC: tuple[tuple[dict[str, Any], str], ...] = (
    ({"hugo_symbol": "KRAS", "variant_category": MUTATION}, "KRAS:MUT"),
    ({"hugo_symbol": "KRAS", "variant_category": MUTATION, "protein_change": "p.G12C"}, "KRAS:G12C"),
    ({"hugo_symbol": "KRAS", "protein_change": "p.G12C"}, "KRAS:G12C"),
    ({"hugo_symbol": "BRAF", "variant_category": MUTATION, "wildcard_protein_change": "p.V600"}, "BRAF:V600"),
    ({"hugo_symbol": "BRAF", "variant_category": MUTATION, "wildcard_protein_change": "p.V600K"}, "BRAF:V600K"),
    ({"hugo_symbol": "EGFR", "variant_category": MUTATION, "protein_change": "p.729_761del"}, "EGFR:DEL729_761"),
    (
        {
            "hugo_symbol": "BRAF",
            "variant_category": MUTATION,
            "protein_change": "p.V600E",
            "variant_classification": "Missense_Mutation",
        },
        "BRAF:V600E",
    ),
    ({"hugo_symbol": "EGFR", "variant_category": MUTATION, "exon": 20, "variant_classification": "In_Frame_Ins"},
     "EGFR:EX20INS"),
    ({"hugo_symbol": "EGFR", "variant_category": MUTATION, "exon": "19"}, "EGFR:EX19ANY"),
    ({"hugo_symbol": "FBXW7", "variant_category": MUTATION, "variant_classification": "Nonsense_Mutation"},
     "FBXW7:NON"),
    ({"hugo_symbol": "FBXW7", "variant_category": MUTATION, "variant_classification": "Frame_Shift_Del"},
     "FBXW7:FS AND FBXW7:VARIANT_CLASSIFICATION_FRAME_SHIFT_DEL"),
    ({"hugo_symbol": "EGFR", "variant_category": MUTATION, "molecular_function": "Activating"}, "EGFR:ACTMUT"),
    ({"hugo_symbol": "NF1", "variant_category": MUTATION, "molecular_function": "Inactivating"},
     "NF1:LOF AND NF1:MUT"),
    ({"hugo_symbol": "MET", "variant_category": COPIES, "cnv_call": "High level amplification"}, "MET:AMP"),
    ({"hugo_symbol": "MET", "variant_category": "CNV", "cnv_call": "High Amplification"}, "MET:AMP"),
    ({"hugo_symbol": "PTEN", "variant_category": COPIES, "cnv_call": "Homozygous Deletion"}, "PTEN:HOMDEL"),
    ({"hugo_symbol": "MET", "variant_category": COPIES, "cnv_call": "Heterozygous Deletion"},
     "MET:CNV_CALL_HETEROZYGOUS_DELETION"),
    ({"hugo_symbol": "MET", "variant_category": COPIES},
     "MET:AMP OR MET:HOMDEL OR MET:CNV_CALL_OTHER_COPY-NUMBER_CHANGE"),
    ({"hugo_symbol": "KRAS", "variant_category": "Any Variation"},
     "KRAS:MUT OR KRAS:AMP OR KRAS:HOMDEL OR KRAS:CNV_CALL_OTHER_COPY-NUMBER_CHANGE"),
    ({"hugo_symbol": "ALK", "variant_category": FUSION}, "ALK:FUSION"),
    ({"hugo_symbol": "ALK", "variant_category": FUSION, "fusion_partner_hugo_symbol": "any_gene"}, "ALK:FUSION"),
    ({"hugo_symbol": "EML4", "variant_category": FUSION, "fusion_partner_hugo_symbol": "ALK"}, "ALK:EML4FUS"),
    ({"hugo_symbol": "ALK", "variant_category": FUSION, "fusion_partner_hugo_symbol": "EML4"}, "ALK:EML4FUS"),
    ({"hugo_symbol": "KRAS", "wildtype": True}, "KRAS:WT"),
    ({"mmr_status": "MMR-Deficient"}, "MMR:D OR MSI:H"),
    ({"ms_status": "!MSI-H"}, "NOT (MMR:D OR MSI:H)"),
    ({"uva_status": "Yes"}, "CTML:UVA_STATUS_YES"),
    # a `!` anywhere negates the node whole
    ({"hugo_symbol": "IDH1", "variant_category": "!Mutation"}, "NOT IDH1:MUT"),
    ({"hugo_symbol": "NRAS", "protein_change": "p.G12D", "variant_category": "!Mutation"}, "NOT NRAS:G12D"),
    ({"hugo_symbol": "NRAS", "protein_change": "!p.G12D", "variant_category": "Mutation"}, "NOT NRAS:G12D"),
    ({"hugo_symbol": "!KRAS", "variant_category": MUTATION}, "NOT KRAS:MUT"),
    ({"hugo_symbol": "NF1", "variant_category": "!Mutation", "molecular_function": "Inactivating"},
     "NOT (NF1:LOF AND NF1:MUT)"),
    # what no biomarker reads is one that only a report can state, negated or not
    ({"hugo_symbol": "ERBB2", "variant_category": MUTATION, "protein_change": "p.P780ins"},
     "ERBB2:PROTEIN_CHANGE_P.P780INS"),
    ({"hugo_symbol": "QXZ9", "variant_category": MUTATION}, "QXZ9:MUTATION"),
    ({"hugo_symbol": "QXZ9", "variant_category": "!Mutation"}, "NOT QXZ9:MUTATION"),
    ({"hugo_symbol": "KRAS", "variant_category": "Expression"}, "KRAS:EXPRESSION"),
    ({"hugo_symbol": "KRAS", "variant_category": MUTATION, "variant_tier": 1}, "KRAS:VARIANT_TIER_1"),
    ({"hugo_symbol": "KRAS", "variant_category": FUSION, "protein_change": "p.G12C"}, "KRAS:PROTEIN_CHANGE_P.G12C"),
    ({"hugo_symbol": "NTRK3", "variant_category": FUSION, "molecular_function": "Inactivating"},
     "NTRK3:MOLECULAR_FUNCTION_INACTIVATING"),
)  # fmt: skip


@pytest.mark.parametrize(("values", "profile"), GENOMIC, ids=lambda value: str(value)[:60])
def test_a_genomic_node_is_a_profile(tmp_path, values, profile):
    (row,) = rows_of(tmp_path, [{"genomic": values}])
    assert row["profiles"] == profile


def test_a_criterion_that_only_a_report_can_state_is_a_biomarker_to_be_stated(tmp_path):
    normalizer = Normalizer(starter())
    match = [genomic("CDKN2A", variant_category=COPIES, cnv_call="Heterozygous Deletion")]
    rows, report = loaded(write(tmp_path / "t", trial(arm(match))), normalizer)
    (biomarker,) = normalizer.additions["biomarkers"]
    assert (biomarker["kind"], biomarker["genes"]) == ("measured", "CDKN2A")
    assert biomarker["marker"] == biomarker["label"] == "CDKN2A cnv call Heterozygous Deletion"
    assert (report.understood["criterion"], report.met["criterion"]) == (0, 1)
    assert "only a report can state hugo symbol CDKN2A" in rows["NCT00000001:arm-A"]["note"]


# Clinical nodes: tumor types, excluded, age, profile, conditions

ANY = "LYMPH | MYELOID | SOLID"
CLINICAL: tuple[tuple[dict[str, Any], tuple[str, str, str, str, str]], ...] = (
    ({"oncotree_primary_diagnosis": "Lung Adenocarcinoma"}, ("LUAD", "", "", "", "")),
    ({"oncotree_primary_diagnosis": "_SOLID_"}, ("SOLID", "", "", "", "")),
    ({"oncotree_primary_diagnosis": "_LIQUID_"}, ("LYMPH | MYELOID", "", "", "", "")),
    ({"oncotree_primary_diagnosis": "All Solid Tumors"}, ("SOLID", "", "", "", "")),
    ({"oncotree_primary_diagnosis": "LUAD"}, ("LUAD", "", "", "", "")),
    ({"oncotree_primary_diagnosis": ["Lung Adenocarcinoma", "Prostate"]}, ("LUAD | PROSTATE", "", "", "", "")),
    ({"oncotree_primary_diagnosis": "!Lung Adenocarcinoma"}, (ANY, "LUAD", "", "", "")),
    ({"oncotree_primary_diagnosis": "!Martian Tumor"}, (ANY, "", "", "", "the diagnosis is not Martian Tumor")),
    ({"age_numerical": ">=18"}, (ANY, "", "18", "", "")),
    ({"age_numerical": ">0.5"}, (ANY, "", "0.5", "", "")),
    ({"age_numerical": "<18"}, (ANY, "", "", "", "age in years: <18")),
    ({"age_numerical": "!>=18"}, (ANY, "", "", "", "age in years: !>=18")),
    ({"her2_status": "Negative"}, (ANY, "", "", "HER2:NEG", "")),
    ({"er_status": "!Positive"}, (ANY, "", "", "NOT ER:POS", "")),
    ({"pr_status": True}, (ANY, "", "", "PR:POS", "")),
    ({"her2_status": "Unknown"}, (ANY, "", "", "", "her2 status: Unknown")),
    ({"mmr_status": "MMR-Proficient"}, (ANY, "", "", "MMR:P OR MSI:NOT_H", "")),
    ({"ms_status": "MSS"}, (ANY, "", "", "MMR:P OR MSI:NOT_H", "")),
    ({"tmb": ">=10"}, (ANY, "", "", "TMB:H10", "")),
    ({"tmb": ">=16"}, (ANY, "", "", "TMB:GE16", "")),
    ({"tmb": 10}, (ANY, "", "", "", "tmb: 10")),
    ({"gender": "Female"}, (ANY, "", "", "", "gender: Female")),
    ({"disease_status": ["Metastatic", "Advanced"]}, (ANY, "", "", "", "disease status: Metastatic or Advanced")),
    # each key by itself, so that an age never falls to the sign of a diagnosis
    ({"age_numerical": ">=18", "oncotree_primary_diagnosis": "!Melanoma of Mars"},
     (ANY, "", "18", "", "the diagnosis is not Melanoma of Mars")),
    ({"age_numerical": ">=18", "oncotree_primary_diagnosis": "!Lung Adenocarcinoma"}, (ANY, "LUAD", "18", "", "")),
    ({"her2_status": "!Positive", "oncotree_primary_diagnosis": "Breast"}, ("BREAST", "", "", "NOT HER2:POS", "")),
)  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), CLINICAL, ids=lambda value: str(value)[:60])
def test_a_clinical_node_is_criteria(tmp_path, values, expected):
    (row,) = rows_of(tmp_path, [{"clinical": values}])
    columns = ("tumor_types", "excluded_tumor_types", "minimum_age", "profiles", "conditions")
    assert tuple(row[column] for column in columns) == expected


def test_a_negated_diagnosis_beside_a_marker_is_left_open_where_its_readings_differ(tmp_path):
    person = clinical(oncotree_primary_diagnosis="!Breast", er_status="Positive", age_numerical=">=18")
    found = rows_of(tmp_path, [person])
    assert {row["minimum_age"] for row in found} == {"18"}
    text = "read by hand whether `!Breast` goes with er_status"
    assert [(row["excluded_tumor_types"], row["profiles"], row["conditions"]) for row in found] == [
        ("BREAST", "ER:POS", ""),
        ("BREAST", "", text),
        ("", "NOT ER:POS", text),
    ]


def test_other_nodes_stay_text(tmp_path):
    match = [{"prior_treatments": {"drug": "!osimertinib", "line": 1}}]
    (row,) = rows_of(tmp_path, match)
    assert row["conditions"] == "prior treatments: drug !osimertinib, line 1"


# Trees


def test_lists_on_the_way_to_a_dose_hold_together(tmp_path):
    dose = {"level_code": "1", "level_suspended": "N", "match": [genomic("BRAF", protein_change="p.V600E")]}
    made = trial(arm([clinical(her2_status="Negative")], dose_level=[dose, {"level_code": "2"}]))
    made["match"] = [clinical(age_numerical=">=18")]
    made["treatment_list"]["match"] = [clinical(age_numerical=">=12")]
    made["treatment_list"]["step"][0]["match"] = [dx("_SOLID_")]
    rows, report = loaded(write(tmp_path / "t", made))
    assert {id: (row["profiles"], row["tumor_types"], row["minimum_age"]) for id, row in rows.items()} == {
        "NCT00000001:arm-A": ("HER2:NEG", "SOLID", "18"),
        "NCT00000001:arm-A:dose-1": ("HER2:NEG AND BRAF:V600E", "SOLID", "18"),
    }
    assert (report.taken["trial"], report.taken["arm"]) == (1, 2)


def test_genes_stay_one_profile_and_clinical_alternatives_become_rows(tmp_path):
    genes = {"or": [genomic("KRAS", protein_change="p.G12C"), genomic("BRAF", protein_change="p.V600E")]}
    patients = {
        "or": [{"and": [dx("Melanoma"), clinical(age_numerical=">=18")]}, dx("Lung Adenocarcinoma"), dx("Prostate")]
    }
    found = rows_of(tmp_path, [{"and": [genes, patients]}])
    assert [row["id"] for row in found] == ["NCT00000001:arm-A.1", "NCT00000001:arm-A.2"]
    assert {row["profiles"] for row in found} == {"KRAS:G12C OR BRAF:V600E"}
    assert [(row["minimum_age"], "LUAD | PROSTATE" in row["tumor_types"]) for row in found] == [
        ("18", False),
        ("", True),
    ]


def test_diagnoses_that_hold_together_are_the_narrower_one(tmp_path):
    (row,) = rows_of(tmp_path, [dx("Non-Small Cell Lung Cancer"), dx("Lung Adenocarcinoma")])
    assert row["tumor_types"] == "LUAD"


IMPOSSIBLE = {
    "two diagnoses": [dx("Lung Adenocarcinoma"), dx("Prostate")],
    "left out again": [dx("Lung Adenocarcinoma"), dx("!Non-Small Cell Lung Cancer")],
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_criteria_that_nobody_meets_are_refused_by_name(tmp_path, case):
    rows, report = loaded(write(tmp_path / "t", trial(arm(IMPOSSIBLE[case]))))
    assert not rows
    assert [each.record for each in report.unread] == ["NCT00000001:arm-A", "NCT00000001"]
    assert "no diagnosis can meet all of its criteria" in report.unread[0].reason


UNREADABLE: dict[str, tuple[Any, str]] = {
    "an unknown diagnosis": ([dx("Martian Tumor")], "neither OncoTree"),
    "an empty list": ([{"or": []}], "`or` has no list"),
    "no list": ([{"and": {"genomic": {}}}], "`and` has no list"),
    "an empty node": ([{"genomic": {}}], "has no keys"),
    "a word": (["KRAS"], "a node must be one of"),
    "two words": (
        [{"genomic": {"hugo_symbol": "KRAS"}, "clinical": {"age_numerical": ">=18"}}],
        "a node must be one of",
    ),
    "a text": ("KRAS", "a node must be one of"),
    "too many groups": (
        [
            {"or": [dx(name) if n % 2 else clinical(gender=f"{n}{name}") for n in range(12)]}
            for name in ("SKCM", "LUAD", "BRCA")
        ],
        "more than 200 groups",
    ),
    "too many nodes": ([{"or": [genomic("KRAS", protein_change="p.G12C")] * 6000}], "more than 5000 nodes"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_tree_that_is_none_is_refused_with_its_arm_and_the_rest_goes_on(tmp_path, case):
    match, reason = UNREADABLE[case]
    good = arm([genomic("KRAS", protein_change="p.G12C")], code="B")
    rows, report = loaded(write(tmp_path / "t", trial(arm(match), good)), names())
    assert list(rows) == ["NCT00000001:arm-B"]
    (unread,) = report.unread
    assert unread.record == "NCT00000001:arm-A"
    assert unread.place == "trial.json#NCT00000001"
    assert reason in unread.reason


# Trials


STATUS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "open": ({}, {}, "yes"),
    "recruiting": ({"status": "Recruiting"}, {}, "yes"),
    "closed": ({"status": "Closed to Accrual"}, {}, "no"),
    "not recruiting": ({"status": "Active, not recruiting"}, {}, "no"),
    "active alone tells nothing": ({"status": "Active"}, {}, ""),
    "the center's summary counts": (
        {"status": "Active", "_summary": {"status": [{"value": "Open to Accrual"}]}},
        {},
        "yes",
    ),
    "no status": ({"status": " "}, {}, ""),
    "a suspended arm": ({}, {"arm_suspended": "Y"}, "no"),
    "all doses suspended": ({}, {"dose_level": [{"level_code": "1", "level_suspended": "Y"}]}, "no"),
    "one dose open": (
        {},
        {"dose_level": [{"level_code": "1", "level_suspended": "Y"}, {"level_code": "2", "level_suspended": "N"}]},
        "yes",
    ),
    "every site closed": ({"site_list": {"site": [{"site_status": "Closed to Accrual"}]}}, {}, "no"),
    "one site open": (
        {"site_list": {"site": [{"recruitment_status": "CLOSED_TO_ACCRUAL"}, {"recruitment_status": "ACTIVE"}]}},
        {},
        "yes",
    ),
}


@pytest.mark.parametrize("case", STATUS)
def test_what_is_closed_or_suspended_is_marked_and_not_dropped(tmp_path, case):
    fields, of_arm, recruiting = STATUS[case]
    made = trial(arm([genomic("KRAS", protein_change="p.G12C")], **of_arm), **fields)
    rows, _ = loaded(write(tmp_path / "t", made))
    assert rows["NCT00000001:arm-A"]["recruiting"] == recruiting


def drugs(*listed: str) -> dict[str, Any]:
    return {"drug_list": {"drug": [{"drug_name": name} for name in listed]}}


REGIMENS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the only drug": ({}, {"arm_description": "Cohort 1"}, "sotorasib"),
    "the drugs that the arm names": (
        drugs("olaparib", "sotorasib", "cetuximab"),
        {"arm_description": "sotorasib with cetuximab"},
        "cetuximab+sotorasib",
    ),
    "the doses name them": (
        drugs("Trastuzumab plus Pertuzumab", "olaparib"),
        {"arm_description": "Group 11", "dose_level": [{"level_code": "Trastuzumab"}, {"level_code": "Pertuzumab"}]},
        "pertuzumab+trastuzumab",
    ),
    "none is named": (drugs("olaparib", "sotorasib"), {"arm_description": "Group 1"}, ""),
    "alternatives": (
        drugs("cetuximab", "panitumumab"),
        {"arm_description": "cetuximab or panitumumab"},
        "",
    ),
    "no list": ({"drug_list": None}, {"arm_description": "Group 1"}, ""),
}


@pytest.mark.parametrize("case", REGIMENS)
def test_an_arms_regimen(tmp_path, case):
    fields, of_arm, regimen = REGIMENS[case]
    made = trial(arm([genomic("KRAS", protein_change="p.G12C")], code="G", **of_arm), **fields)
    (row,) = loaded(write(tmp_path / "t", made))[0].values()
    assert row["regimens"] == regimen
    assert row["intervention"]


def test_a_trial_in_yaml_says_the_same_as_in_json(tmp_path):
    made = trial(arm([{"and": [dx("!Melanoma"), genomic("KRAS", wildtype=True)]}]))
    assert loaded(write(tmp_path / "j", made))[0] == loaded(write(tmp_path / "y", made, "trial.yml"))[0]


def test_the_rest_of_a_row(tmp_path):
    made = trial(
        arm([genomic("KRAS", protein_change="p.G12C")]),
        prior_treatment_requirements=["ONE:", "one | line", "two", "three", "four", "five"],
        site_list={"site": [{"org_country": "France", "recruitment_status": "ACTIVE"}, {"org_country": "Japan"}]},
    )
    (row,) = loaded(write(tmp_path / "t", made))[0].values()
    assert (row["phase"], row["status_as_of"], row["countries"]) == ("I/II", "2021-03-09", "France")
    assert cells(row, "conditions") == ["one / line", "two", "three", "2 more requirements in the CTML file"]
    assert cells(row, "sources") == [
        "CTML NCT00000001",
        "ClinicalTrials.gov NCT00000001 https://clinicaltrials.gov/study/NCT00000001",
    ]


def test_trials_and_arms_without_a_tree_are_left_by_name(tmp_path):
    match = [genomic("KRAS", protein_change="p.G12C")]
    folder = write(tmp_path / "t", [trial(arm(match), arm(None, "B"), arm(match)), trial(arm(None), number=2)])
    rows, report = loaded(folder)
    assert list(rows) == ["NCT00000001:arm-A", "NCT00000001:arm-A-2"]
    assert report.left == {
        "arm without a match tree, in a trial where others have one": ["NCT00000001:arm-B"],
        "trial without a match tree: it does not say who is eligible": ["NCT00000002"],
    }


def test_a_trial_without_a_registry_number_goes_by_its_protocol(tmp_path):
    made = trial(arm([genomic("KRAS", protein_change="p.G12C")]), nct_id="", protocol_no="17-123 (a)")
    (row,) = loaded(write(tmp_path / "t", made))[0].values()
    assert (row["id"], row["nct_id"], row["sources"]) == ("protocol:17-123-a:arm-A", "", "CTML protocol:17-123-a")
    made["protocol_no"] = ""
    _, report = loaded(write(tmp_path / "u", made))
    assert [each.reason for each in report.unread] == ["the trial has neither nct_id nor protocol_no"]


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("trial.json", b"", "is empty"),
    "page": ("trial.json", b"<html></html>", "is a web page"),
    "truncated": ("trial.json", json.dumps(trial()).encode()[:100], "is not JSON or is truncated"),
    "encoding": ("trial.yml", b"nct_id: \xff", "is not UTF-8"),
    "yaml": ("trial.yml", b"nct_id: [NCT1\nstatus: x", "is not YAML or is truncated"),
    "a tag": ("trial.yml", b"!!python/object:os.system {}", "is not YAML or is truncated"),
    "a date": ("trial.yml", b"last_updated: 2021-13-45", "holds a value that cannot be read"),
    "no trial": ("trial.json", b'{"nct_id": "NCT00000001"}', "it has no treatment_list"),
    "a number": ("trial.json", b"5", "it has no treatment_list"),
    "a list of words": ("trial.json", b'["x"]', "it has no treatment_list"),
    "too deep": ("trial.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nests too deep"),
    "twice": ("trial.json", json.dumps([trial(), trial()]).encode(), "a second time"),
    "a schema": ("schema.json", b'{"type": "object", "properties": {}}', "holds no CTML trial"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_something_else_is_one_clear_error(tmp_path, case):
    name, content, problem = BAD[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableSource, match=problem) as caught:
        loaded(tmp_path / name)
    assert str(tmp_path / name) in f"{tmp_path / caught.value.place}"
    assert "\n" not in str(caught.value)


def test_a_yaml_that_holds_itself_is_refused(tmp_path):
    text = "nct_id: NCT00000001\ntreatment_list: {step: [{arm: [{arm_code: A, match: &m [{and: *m}]}]}]}\n"
    (tmp_path / "trial.yaml").write_text(text, encoding="utf-8")
    rows, report = loaded(tmp_path / "trial.yaml")
    assert not rows
    assert report.unread[0].record == "NCT00000001:arm-A"


HOSTILE = (
    {"treatment_list": {"step": None}},
    {"treatment_list": {"step": [None, 1, {"arm": "x"}]}},
    {"drug_list": [1], "site_list": {"site": 3}, "_summary": {"status": [None]}},
    {"phase": None, "short_title": {"a": 1}, "last_updated": 5, "curated_on": []},
    {"match": {"genomic": {1: 2, None: None}}},
    {"match": [{"clinical": {True: "x", "age_numerical": None, "oncotree_primary_diagnosis": ["!a", "!b"]}}]},
)


@pytest.mark.parametrize("fields", HOSTILE)
def test_a_field_of_the_wrong_kind_never_stops_the_load(tmp_path, fields):
    made = trial(arm([genomic("KRAS", protein_change="p.G12C")]), **fields)
    (tmp_path / "trial.yml").write_text(yaml.safe_dump(made), encoding="utf-8")
    _, report = loaded(tmp_path / "trial.yml", names())
    left = [id for ids in report.left.values() for id in ids]
    ends = report.taken["trial"] + left.count("NCT00000001") + sum(u.record == "NCT00000001" for u in report.unread)
    assert ends == 1


# The same meaning: trees are evaluated here on their own, three-valued, and compared with the rows

Truth = bool | None
Patient = dict[str, Any]


def not_(value: Truth) -> Truth:
    return None if value is None else not value


def all_(values: list[Truth]) -> Truth:
    return False if False in values else None if None in values else True


def any_(values: list[Truth]) -> Truth:
    return True if True in values else None if None in values else False


TUMORS = {
    "Lung Adenocarcinoma": "LUAD",
    "Lung Squamous Cell Carcinoma": "LUSC",
    "Non-Small Cell Lung Cancer": "NSCLC",
    "Lung": "LUNG",
    "Invasive Breast Carcinoma": "BRCA",
    "_SOLID_": "SOLID",
    "Acute Myeloid Leukemia": "AML",
}
PATIENT_TUMORS = ("LUAD", "LUSC", "NSCLC", "LUNG", "BRCA", "BREAST", "IDC", "AML", "MNM")
GENES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"hugo_symbol": "KRAS", "protein_change": "p.G12C"}, "KRAS:G12C"),
    ({"hugo_symbol": "BRAF", "protein_change": "p.V600E"}, "BRAF:V600E"),
    ({"hugo_symbol": "IDH1"}, "IDH1:MUT"),
)


def is_of(tumor: str, wanted: str) -> Truth:
    """Whether a tumor is of a wanted type; unknown where it is named more generally."""
    if tumor == wanted or wanted in knowledge().tumor_ancestors(tumor):
        return True
    return None if tumor in knowledge().tumor_ancestors(wanted) else False


def value_of_leaf(kind: str, stated: dict[str, Any], patient: Patient) -> Truth:
    if kind == "prior_treatments":
        return None
    if kind == "clinical":
        return value_of_person(stated, patient)
    negated = any(str(value).startswith("!") for value in stated.values())
    plain = {key: str(value).removeprefix("!") for key, value in stated.items() if key != "variant_category"}
    found: Truth = next((patient[id] for values, id in GENES if values == plain), None)
    return not_(found) if negated else found


def value_of_person(stated: dict[str, Any], patient: Patient) -> Truth:
    """Each key by itself; what a negated diagnosis means beside a marker is known only where both readings agree."""
    parts: dict[str, Truth] = {}
    for key, value in stated.items():
        plain = str(value).removeprefix("!")
        if key == "oncotree_primary_diagnosis":
            found = is_of(patient["tumor"], TUMORS[plain])
        elif key == "age_numerical":
            found = None if patient["age"] is None else patient["age"] >= float(plain[2:])
        else:
            found = patient.get(f"{key}:{plain}")
        parts[key] = not_(found) if plain != value else found
    each = all_(list(parts.values()))
    if not str(stated.get("oncotree_primary_diagnosis", "")).startswith("!") or "her2_status" not in stated:
        return each
    apart = any_([parts["oncotree_primary_diagnosis"], not_(parts["her2_status"])])
    return any_([each, all_([parts.get("age_numerical", True), apart, None])])


def value_of(tree: Any, patient: Patient) -> Truth:
    if isinstance(tree, list):
        return all_([value_of(node, patient) for node in tree])
    ((word, inside),) = tree.items()
    if word in {"and", "or"}:
        values = [value_of(node, patient) for node in inside]
        return all_(values) if word == "and" else any_(values)
    return value_of_leaf(word, inside, patient)


class Told(StatusBoard):
    """A board whose biomarkers' statuses are given; what they make of profiles is the board's own logic."""

    def __init__(self, patient: Patient) -> None:
        super().__init__((), Coverage((), {}), knowledge())
        self._patient = patient

    def status(self, biomarker_id: str) -> BiomarkerStatus:
        known = {"HER2:POS": self._patient.get("her2_status:Positive")}
        found = known.get(biomarker_id, self._patient.get(biomarker_id))
        status = {True: Status.PRESENT, False: Status.ABSENT, None: Status.NOT_TESTED}[found]
        return BiomarkerStatus(biomarker_id, biomarker_id, status, "told")


VERDICTS: dict[str, Truth] = {
    "exact": True, "covered": True, "agnostic": True, "general": None, "other": False, "excluded": False,
}  # fmt: skip


def value_of_row(row: Row, patient: Patient) -> Truth:
    """How the matcher sees a row: its relation to the tumor type, its profile, age and conditions together."""
    item: Any = SimpleNamespace(
        tumor_types=tuple(cells(row, "tumor_types")), excluded_tumor_types=tuple(cells(row, "excluded_tumor_types"))
    )
    values = [VERDICTS[_trial_relation(item, knowledge().tumor_type(patient["tumor"]), knowledge())]]
    if row["profiles"]:
        status = Told(patient).profile(row["profiles"]).status
        values.append({Status.PRESENT: True, Status.ABSENT: False}.get(status))
    if row["minimum_age"]:
        values.append(None if patient["age"] is None else patient["age"] >= float(row["minimum_age"]))
    if row["conditions"]:
        values.append(None)
    return all_(values)


def signed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(("", "!")), values).map("".join)


def leaves() -> st.SearchStrategy[Tree]:
    genes = st.builds(
        lambda gene, category: {"genomic": {**gene[0], "variant_category": category}},
        st.sampled_from(GENES),
        st.sampled_from(("Mutation", "!Mutation")),
    )
    unreadable = st.sampled_from(("Heterozygous Deletion", "!Heterozygous Deletion")).map(
        lambda call: genomic("CDKN2A", variant_category=COPIES, cnv_call=call)
    )
    diagnosis = signed(st.sampled_from(sorted(TUMORS)))
    age, her2 = st.sampled_from((">=18", ">=12")), st.just("Positive")
    text = st.fixed_dictionaries({"disease_status": st.just("Metastatic")}, optional={"age_numerical": age})
    people = st.one_of(
        st.fixed_dictionaries(
            {"oncotree_primary_diagnosis": diagnosis}, optional={"age_numerical": age, "her2_status": her2}
        ),
        st.fixed_dictionaries({"her2_status": her2}, optional={"age_numerical": age}),
        st.fixed_dictionaries({"age_numerical": age}),
        text,
    )
    prior = st.just({"prior_treatments": {"drug": "sotorasib"}})
    return st.one_of(genes, genes, people.map(lambda keys: {"clinical": keys}), unreadable, prior)


def trees() -> st.SearchStrategy[list[Tree]]:
    def joined(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        lists = st.lists(parts, min_size=1, max_size=3)
        return st.one_of(lists.map(lambda each: {"and": each}), lists.map(lambda each: {"or": each}))

    return st.lists(st.recursive(leaves(), joined, max_leaves=8), min_size=1, max_size=2)


def truths() -> st.SearchStrategy[Truth]:
    return st.sampled_from((True, False, True, False, None))


def patients() -> st.SearchStrategy[Patient]:
    return st.fixed_dictionaries(
        {
            "tumor": st.sampled_from(PATIENT_TUMORS),
            "age": st.sampled_from((None, 10, 14, 40)),
            "her2_status:Positive": truths(),
            **{id: truths() for _, id in GENES},
        }
    )


def refined(patient: Patient) -> Iterator[Patient]:
    """The patient with every exact diagnosis that theirs could turn out to be."""
    for tumor in (patient["tumor"], *knowledge().tumor_descendants(patient["tumor"])):
        if all(is_of(tumor, wanted) is not None for wanted in TUMORS.values()):
            yield {**patient, "tumor": tumor}


# No tumor is of two types that do not meet, though a diagnosis above both leaves each of them open.
@example(
    of_trial=[clinical(her2_status="Positive")],
    of_arm=[dx("Lung Squamous Cell Carcinoma"), dx("Lung Adenocarcinoma")],
    several=[
        {
            "tumor": "NSCLC",
            "age": 40,
            "her2_status:Positive": True,
            "KRAS:G12C": True,
            "BRAF:V600E": True,
            "IDH1:MUT": True,
        }
    ],
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(of_trial=trees(), of_arm=trees(), several=st.lists(patients(), min_size=1, max_size=4))
def test_rows_hold_exactly_when_the_tree_does_and_are_open_exactly_when_it_is(tmp_path, of_trial, of_arm, several):
    """A row may fail where the tree is open only when no exact diagnosis could make the tree hold."""
    rows, _ = loaded(write(tmp_path / "t", trial(arm(of_arm), match=of_trial)), names())
    whole = [*of_trial, *of_arm]
    for patient in several:
        expected = value_of(whole, patient)
        found = any_([value_of_row(row, patient) for row in rows.values()])
        event(f"the tree is {expected}")
        if found is not expected:
            assert (expected, found) == (None, False)
            assert all(value_of(whole, each) is False for each in refined(patient))


# The real trials


@needs_shared
def test_every_real_trial_with_a_full_tree_is_taken():
    rows, report = loaded(SHARED / "ctims_ctml_fixtures")
    assert (report.taken["trial"], report.taken["arm"], report.unread) == (2, 14, [])
    assert report.left == {"a JSON schema: it is not a trial": ["ctml_schema.json"]}
    assert len(rows) == 18
    assert (report.understood["criterion"], report.met["criterion"]) == (181, 200)


@needs_shared
def test_every_real_trial_of_the_other_kind_ends_somewhere():
    rows, report = loaded(SHARED / "matchminer_api_ctml")
    left = {reason.partition(":")[0].partition(",")[0]: len(ids) for reason, ids in report.left.items()}
    assert (report.taken["trial"], report.taken["arm"], report.unread) == (4, 33, [])
    assert left == {"trial without a match tree": 18, "arm without a match tree": 3}
    assert report.taken["trial"] + left["trial without a match tree"] == 22
    suspended = {row["id"] for row in rows.values() if "the arm is suspended" in row["note"]}
    assert {"NCT01296555:arm-Dose:dose-A-1", "NCT03718091:arm-COHORT-2"} < suspended
    assert {rows[id]["recruiting"] for id in suspended} == {"no"}
    assert rows["NCT03718091:arm-T1"]["recruiting"] == "yes"
    assert rows["NCT02977780:arm-CC-115"]["profiles"] == "NOT IDH1:MUT"


@needs_shared
def test_captur_olaparib_read_by_hand():
    """Group 7: BRCA1 or BRCA2 mutated; adults; not breast, ovary, prostate or pancreas."""
    row = loaded(SHARED / "ctims_ctml_fixtures")[0]["NCT03297606:arm-Group-7"]
    assert row["profiles"] == "BRCA1:MUT OR BRCA2:MUT"
    assert row["tumor_types"] == ANY
    assert row["excluded_tumor_types"] == "BREAST | OVARY | PANCREAS | PROSTATE"
    assert (row["minimum_age"], row["regimens"], row["recruiting"]) == ("18", "olaparib", "yes")
    assert "disease status: Lymphoma, Non-Hodgkin or Multiple Myeloma or Advanced Solid Tumors" in row["conditions"]


@needs_shared
def test_captur_vemurafenib_and_cobimetinib_read_by_hand():
    """Group 12: V600 exchanged in six ways, a delins, or an activating NRAS mutation; not MEL, COADREAD or THYROID."""
    row = loaded(SHARED / "ctims_ctml_fixtures")[0]["NCT03297606:arm-Group-12"]
    changes = [f"BRAF:V600{letter}" for letter in "DEGKMR"]
    assert row["profiles"] == " OR ".join([*changes, "BRAF:V600_K601delinsE", "NRAS:ACTMUT"])
    assert {"COADREAD", "MEL", "THYROID"} <= set(cells(row, "excluded_tumor_types"))
    assert row["regimens"] == "cobimetinib+vemurafenib"


@needs_shared
def test_captur_palbociclib_read_by_hand():
    """Group 8: CDK4 or CCND1 amplified, or one copy of CDKN2A or SMARCA4 lost, which only a report can state.

    The node `!Breast` with er_status true can be read in two ways, so an ER-positive patient without breast cancer
    holds, an ER-positive one with breast cancer fails, and all others stay to be read by hand.
    """
    rows = loaded(SHARED / "ctims_ctml_fixtures")[0]
    found = [rows[f"NCT03297606:arm-Group-8.{number}"] for number in (1, 2, 3)]
    genes = "CDKN2A:CNV_CALL_HETEROZYGOUS_DELETION OR CDK4:AMP OR CCND1:AMP OR SMARCA4:CNV_CALL_HETEROZYGOUS_DELETION"
    assert [row["profiles"] for row in found] == [f"({genes}) AND ER:POS", genes, f"({genes}) AND NOT ER:POS"]
    assert [row["excluded_tumor_types"] for row in found] == ["BREAST", "BREAST", ""]
    assert ["read by hand" in row["conditions"] for row in found] == [False, True, True]
    assert {row["regimens"] for row in found} == {"palbociclib"}


@needs_shared
def test_known_mistakes_of_the_real_files_are_corrected_by_the_table():
    normalizer = Normalizer(starter())
    rows, _ = loaded(SHARED / "ctims_ctml_fixtures", normalizer)
    assert "MET:AMP" in rows["NCT03297606:arm-Group-3"]["profiles"]
    assert "ERBB2:L755_T759del" in rows["NCT03297606:arm-Group-11"]["profiles"]
    assert {patch.record for patch in normalizer.applied} == {"NCT03297606:arm-Group-3", "NCT03297606:arm-Group-11"}
