"""Endpoints by the status of a biomarker: what was known before the treatment decides, and not tested is not absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.outcomes.computed import Ground, Outcomes, outcomes_of
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import read_study
from matcher.report.outcomes_figures import figures
from matcher.report.outcomes_json import outcomes_structure
from tests.matcher.courses import event, seen
from tests.shared import knowledge, library

AR_V7 = {"name": "AR-V7", "profile": "AR:V7", "under": ["ar pathway inhibitor"]}
PFS = {"name": "PFS", "measure": "progression-free survival", "by": ["arm", "biomarker"]}


def outcomes(folder: Path, **more: object) -> Outcomes:
    told = {"study": "study", "patients": ["P*.json"], "biomarkers": [AR_V7], "endpoints": [PFS], **more}
    path = folder / "study.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return outcomes_of(read_study(path, MEASURES), Ground(knowledge(), library(), "2026-11-20"))


def patient(folder: Path, number: int, drug: str | None, progressed: str, **about: object) -> None:
    """A patient whose disease progressed on a first treatment that began on 2024-01-10."""
    events = [event("2024-01-05", "enrolment", study="study"), seen(progressed, "PD")]
    events += [] if drug is None else [event("2024-01-10", "therapy start", regimen=drug)]
    told = {"id": f"P{number}", "tumor_type": "PRAD", "jurisdiction": "CN", "stage": "mCRPC", **about, "events": events}
    (folder / f"P{number}.json").write_text(json.dumps(told), encoding="utf-8")


def sampled(date: str, status: str) -> dict[str, object]:
    return {"samples": [{"id": "cells", "kind": "tissue", "date": date, "biomarkers": {"AR-V7": status}}]}


def groups(found: Outcomes) -> dict[str | None, list[str]]:
    return {each.group: [spell.subject for spell in each.spells] for each in found.results if each.biomarker}


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    patient(tmp_path, 1, "abiraterone", "2024-03-10", biomarkers={"AR-V7": "detected"})
    patient(tmp_path, 2, "Xtandi", "2024-04-10", **sampled("2024-01-08", "detected"))
    patient(tmp_path, 3, "enzalutamide", "2024-09-10", biomarkers={"AR-V7": "not detected"})
    patient(tmp_path, 4, "abiraterone + prednisone", "2024-10-10", biomarkers={"AR-V7": "not detected"})
    patient(tmp_path, 5, "enzalutamide", "2024-06-10", **sampled("2024-06-01", "detected"))
    patient(tmp_path, 6, "docetaxel", "2024-06-10", biomarkers={"AR-V7": "detected"})
    patient(tmp_path, 7, None, "2024-06-10", biomarkers={"AR-V7": "detected"})
    return tmp_path


def test_groups_are_by_what_was_known_before_the_treatment(cohort: Path) -> None:
    found = outcomes(cohort)
    assert groups(found) == {
        "AR-V7 present": ["P1", "P2"],
        "AR-V7 absent": ["P3", "P4"],
        "AR-V7 not tested": ["P5"],
    }
    notes = {note for each in found.results for note in each.notes}
    assert "AR-V7: not counted, whose first treatment of the study is another: P6, P7" in notes


def test_without_a_treatment_named_all_count(cohort: Path) -> None:
    found = outcomes(cohort, biomarkers=[{"name": "AR-V7", "profile": "AR:V7"}])
    assert groups(found)["AR-V7 present"] == ["P1", "P2", "P6"]
    by_group = {each.group: each for each in found.results}
    assert [each.subject for each in by_group["AR-V7 not known before treatment"].excluded] == ["P7"]


def test_present_is_compared_with_absent_alone(cohort: Path) -> None:
    (found,) = outcomes(cohort).comparisons
    assert (found.biomarker, found.groups) == ("AR-V7", ("AR-V7 present", "AR-V7 absent"))
    # by hand: at days 60 and 91 the expected events of the positive are 2/4 and 1/3, the variances 1/4 and 2/9
    assert found.test.statistic == pytest.approx((2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9))
    assert "not compared: AR-V7 not tested (1)" in found.says
    assert "not adjusted" not in found.says


def test_several_biomarkers_say_that_p_is_not_adjusted(cohort: Path) -> None:
    again = {"name": "AR-V7 under any drug", "profile": "AR:V7"}
    found = outcomes(cohort, biomarkers=[AR_V7, again]).comparisons
    assert len(found) == 2
    assert all("2 biomarkers are compared, and p is not adjusted for that" in each.says for each in found)


def test_a_biomarker_that_nobody_was_tested_for_is_none_of_several(cohort: Path) -> None:
    other = {"name": "MSI-H", "profile": "MSI:H"}
    (found,) = outcomes(cohort, biomarkers=[AR_V7, other]).comparisons
    assert found.biomarker == "AR-V7"
    assert "not adjusted" not in found.says


def test_without_both_statuses_nothing_is_compared(tmp_path: Path) -> None:
    patient(tmp_path, 1, "abiraterone", "2024-03-10", biomarkers={"AR-V7": "detected"})
    found = outcomes(tmp_path)
    assert found.comparisons == ()
    assert any("AR-V7: not compared, as it is absent in nobody" in note for note in found.results[1].notes)


def test_json_and_figures_tell_the_biomarker(cohort: Path) -> None:
    found = outcomes(cohort)
    told = outcomes_structure(found)
    assert [each["biomarker"] for each in told["comparisons"]] == ["AR-V7"]
    assert [each["biomarker"] for each in told["results"]] == [None, "AR-V7", "AR-V7", "AR-V7"]
    assert "PFS, all patients, by AR-V7" in {each.title for each in figures(found)}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"biomarkers": []}, "by: biomarker, but the study names no biomarkers"),
        ({"biomarkers": [AR_V7, AR_V7]}, "a biomarker without its own name"),
        ({"biomarkers": [{"name": "AR-V7"}]}, "a biomarker without its own name or without a profile"),
        ({"biomarkers": [{**AR_V7, "profile": "AR:V9"}]}, "AR:V9"),
        ({"biomarkers": [{**AR_V7, "under": ["abirateron"]}]}, "unknown drug 'abirateron'"),
        ({"biomarkers": [{**AR_V7, "drug": "x"}]}, "unknown key 'drug'"),
        ({"endpoints": [{**PFS, "by": "biomarkers"}]}, "by 'biomarkers'"),
    ],
)
def test_a_wrong_study_file_is_told_with_its_place(cohort: Path, more: dict[str, object], message: str) -> None:
    with pytest.raises(UnusableInput) as told:
        outcomes(cohort, **more)
    assert message in str(told.value)
    assert "study.json" in str(told.value.where)
