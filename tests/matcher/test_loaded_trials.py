"""Trials that loaders brought in, matched against whole patients: what holds, what fails and what stays open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.graph import KnowledgeBase, open_knowledge_base
from kb.releases import build
from matcher.case import Request, match
from matcher.recommend import Option, answer
from rules.engine import default_engine_name
from tests.kb.loaders.trial_files import arm as arm_of
from tests.kb.loaders.trial_files import clinical, dx, genomic, study, trial, write
from tests.shared import library

SITES = {"site": [{"org_country": "China", "recruitment_status": "ACTIVE"}]}
BRAF = genomic("BRAF", variant_category="Mutation", protein_change="p.V600E")
NO_PIK3CA = genomic("PIK3CA", variant_category="!Mutation")
HALF_LOST = genomic("CDKN2A", variant_category="Copy Number Variation", cnv_call="Heterozygous Deletion")
ADULT = clinical(age_numerical=">=18", oncotree_primary_diagnosis="!Melanoma")


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The starter with one CTML trial of five arms and two studies of the registry, validated."""
    folder = tmp_path_factory.mktemp("loaded")
    arms = (
        arm_of([{"and": [BRAF, ADULT]}], "present"),
        arm_of([{"and": [NO_PIK3CA, dx("_SOLID_")]}], "negative"),
        arm_of([{"and": [BRAF, dx("_SOLID_")]}], "suspended", arm_suspended="Y"),
        arm_of([{"and": [HALF_LOST, dx("_SOLID_")]}], "stated"),
        arm_of([BRAF, {"prior_treatments": {"drug": "!vemurafenib"}}], "text"),
    )
    write(folder / "ctml", trial(*arms, site_list=SITES))
    registered = study(
        2,
        title="BRAF V600E Tumors",
        conditions=["Solid Tumor"],
        places=[("China", "RECRUITING")],
        minimumAge="18 Years",
    )
    words = study(
        3, conditions=["Solid Tumor"], places=[("China", "RECRUITING")], criteria="* KRAS G12V or G12D and HLA"
    )
    write(folder / "ctgov", [registered, words])
    build(folder / "store", {"ctml": folder / "ctml", "ctgov": folder / "ctgov"})
    return open_knowledge_base(folder / "store")


def options(knowledge: KnowledgeBase, folder: Path, changes: str, panel: str, **fields: object) -> dict[str, Option]:
    """The trial options of one patient, by id; `changes` are lines of gene and alteration."""
    (folder / "v.tsv").write_text(f"gene\talteration\n{changes}", encoding="utf-8")
    patient = {
        "id": "P",
        "tumor_type": "COADREAD",
        "jurisdiction": "CN",
        "age": 50,
        "samples": [{"id": "s", "variants": "v.tsv", "assay": "panel.yaml"}],
        **fields,
    }
    (folder / "panel.yaml").write_text(f"assay: panel\ngenes: [{panel}]\nkinds: [small variant]\n", encoding="utf-8")
    (folder / "p.yaml").write_text(json.dumps(patient), encoding="utf-8")
    matched = match(Request(folder / "p.yaml", "2026-11-20"), knowledge, library(), default_engine_name())
    found = answer(matched)
    all_options = [one for each in found.recommendations for one in (each.option, *each.also)]
    return {option.id: option for option in (*all_options, *found.not_recommended) if option.basis == "trial"}


def verdict(option: Option, criterion: str) -> set[str]:
    return {finding.verdict for finding in option.findings if finding.criterion == criterion}


def arm(name: str) -> str:
    return f"NCT00000001:arm-{name}"


def test_a_present_biomarker_is_a_trial_to_recommend(knowledge, tmp_path):
    found = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF, PIK3CA")
    assert found[arm("present")].tier == "trial"
    assert found[arm("present")].regimen == ("sotorasib",)
    assert {"biomarker", "tumor-type", "age", "country"} <= {
        finding.criterion for finding in found[arm("present")].findings if finding.verdict == "pass"
    }
    assert found[arm("negative")].tier == "trial"  # PIK3CA was tested, and nothing was found
    assert found["NCT00000002"].tier == "trial"


def test_an_absent_biomarker_fails(knowledge, tmp_path):
    found = options(knowledge, tmp_path, "KRAS\tp.G12D\nPIK3CA\tp.H1047R\n", "BRAF, KRAS, PIK3CA")
    for id in (arm("present"), arm("negative"), "NCT00000002"):
        assert found[id].tier is None
        assert verdict(found[id], "biomarker") == {"fail"}


def test_what_was_not_tested_is_open_and_so_is_its_negation(knowledge, tmp_path):
    found = options(knowledge, tmp_path, "KRAS\tp.G12D\n", "KRAS")
    for id in (arm("present"), arm("negative"), arm("stated"), "NCT00000002"):
        assert found[id].tier is None
        assert verdict(found[id], "biomarker") == {"undetermined"}


def test_what_only_a_report_can_state_holds_when_it_is_stated(knowledge, tmp_path):
    stated = {"CDKN2A cnv call Heterozygous Deletion": "present"}
    found = options(knowledge, tmp_path, "KRAS\tp.G12D\n", "KRAS", biomarkers=stated)
    assert found[arm("stated")].tier == "trial"


def test_text_is_never_met_unseen(knowledge, tmp_path):
    found = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF")
    assert verdict(found[arm("text")], "condition") == {"undetermined"}
    assert verdict(found["NCT00000002"], "condition") == {"undetermined"}
    assert "to confirm" in found[arm("text")].flags
    assert "to confirm" not in found[arm("present")].flags


def test_a_molecular_criterion_in_words_is_open_for_everybody(knowledge, tmp_path):
    option = options(knowledge, tmp_path, "KRAS\tp.G12D\n", "KRAS")["NCT00000003"]
    assert option.tier is None
    (finding,) = option.blocking[:1]
    assert (finding.criterion, finding.verdict) == ("biomarker", "undetermined")
    assert "KRAS G12V or G12D and HLA" in finding.message


def test_a_suspended_arm_is_shown_and_not_recommended(knowledge, tmp_path):
    option = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF")[arm("suspended")]
    assert option.tier is None
    assert verdict(option, "trial-status") == {"fail"}


def test_a_tumor_type_that_is_left_out_fails_and_says_so(knowledge, tmp_path):
    option = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF", tumor_type="SKCM")[arm("present")]
    assert option.tier is None
    (finding,) = [each for each in option.findings if each.criterion == "tumor-type"]
    assert finding.verdict == "fail"
    assert "excludes" in finding.message
    assert "MEL" in finding.message


def test_a_diagnosis_above_one_that_is_left_out_is_open(knowledge, tmp_path):
    option = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF", tumor_type="SKIN")[arm("present")]
    assert verdict(option, "tumor-type") == {"undetermined"}


@pytest.mark.parametrize(("age", "expected"), [(50, "pass"), (17, "fail"), (None, "undetermined")])
def test_the_least_age_is_a_criterion(knowledge, tmp_path, age, expected):
    found = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF", age=age)
    for id in (arm("present"), "NCT00000002"):
        assert verdict(found[id], "age") == {expected}
        assert (found[id].tier is None) is (expected == "fail")


def test_a_trial_elsewhere_is_not_recommended(knowledge, tmp_path):
    option = options(knowledge, tmp_path, "BRAF\tp.V600E\n", "BRAF", jurisdiction="EU")[arm("present")]
    assert verdict(option, "country") == {"fail"}
