"""Studies of ClinicalTrials.gov and trials of CTML, invented, as their files have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

Tree = dict[str, Any]
Arm = tuple[str, str, list[str]]


def study(
    number: int = 1,
    *,
    title: str = "A Study of Sotorasib",
    conditions: list[str] | None = None,
    keywords: list[str] | None = None,
    status: str = "RECRUITING",
    arms: list[Arm] | None = None,
    criteria: str = "",
    places: list[tuple[str, str]] | None = None,
    words: str = "",
    **eligibility: str,
) -> dict[str, Any]:
    """One interventional study; an intervention is written `Drug: sotorasib` or `Drug: sotorasib = AMG 510`."""
    arms = [("Sotorasib", "EXPERIMENTAL", ["Drug: sotorasib"])] if arms is None else arms
    interventions = {}
    for label, _, given in arms:
        for each in given:
            kind, _, name = each.partition(": ")
            name, _, other = name.partition(" = ")
            found = interventions.setdefault(
                name, {"type": kind.upper(), "name": name, "otherNames": [other] if other else [], "armGroupLabels": []}
            )
            found["armGroupLabels"].append(label)
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{number:08}", "briefTitle": title},
            "statusModule": {"overallStatus": status, "statusVerifiedDate": "2026-10"},
            "conditionsModule": {
                "conditions": ["Lung Adenocarcinoma"] if conditions is None else conditions,
                "keywords": keywords or [],
            },
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE1", "PHASE2"],
                "designInfo": {"primaryPurpose": "TREATMENT"},
            },
            "armsInterventionsModule": {
                "armGroups": [
                    {"label": label, "type": kind, "description": words, "interventionNames": []}
                    for label, kind, _ in arms
                ],
                "interventions": list(interventions.values()),
            },
            "eligibilityModule": {"eligibilityCriteria": criteria, **eligibility},
            "contactsLocationsModule": {
                "locations": [{"country": country, "status": state} for country, state in places or []]
            },
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-11-01"}},
    }


def arm(match: list[Tree] | None, code: str = "A", **fields: Any) -> dict[str, Any]:
    made = {"arm_code": code, "arm_description": f"{code}: sotorasib", "arm_suspended": "N", **fields}
    return made if match is None else {**made, "match": match}


def trial(*arms: dict[str, Any], number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "nct_id": f"NCT{number:08}",
        "status": "Open to Accrual",
        "short_title": "A trial",
        "phase": "I_II",
        "last_updated": "March 9, 2021",
        "drug_list": {"drug": [{"drug_name": "sotorasib"}]},
        "treatment_list": {"step": [{"arm": list(arms)}]},
        **fields,
    }


def genomic(gene: str, **values: Any) -> Tree:
    return {"genomic": {"hugo_symbol": gene, **values}}


def clinical(**values: Any) -> Tree:
    return {"clinical": values}


def dx(name: str) -> Tree:
    return clinical(oncotree_primary_diagnosis=name)


def write(folder: Path, document: Any, name: str = "trial.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document) if name.endswith("json") else yaml.safe_dump(document)
    (folder / name).write_text(text, encoding="utf-8")
    return folder
