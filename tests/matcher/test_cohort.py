"""Real and invented patients at once: a cohort derives for each what was derived for them alone, premise by premise."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from matcher.case import Matched, Request, match
from rules.cohort_engine import Cohort
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-20"


def examples() -> dict[str, Matched]:
    """The patient files of examples/, and the variant files as of patients with lung cancer."""
    found = {}
    for path in sorted((ROOT / "examples").glob("*/*")):
        if path.name in {"paired-panel.yaml", "own.yaml"} or path.parent.name == "studies":  # an assay, a site's rules
            continue
        if path.suffix in {".yaml", ".json"}:
            found[path.name] = match(Request(path, TODAY), knowledge(), library(), "sql")
        elif path.suffix == ".vcf":
            found[path.name] = match(Request(path, TODAY, "LUAD", "EU"), knowledge(), library(), "sql")
    return found


def cases() -> dict[str, Matched]:
    found = {}
    for path in sorted((ROOT / "tests" / "cases").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        with TemporaryDirectory() as folder:
            for file, text in case["files"].items():
                (Path(folder) / file).write_text(text, encoding="utf-8")
            patient = Path(folder) / "patient.json"
            patient.write_text(json.dumps(case["patient"]), encoding="utf-8")
            found[path.name] = match(Request(patient, case["as_of"]), knowledge(), library(), "sql")
    return found


def test_a_cohort_derives_what_each_patient_alone_does() -> None:
    patients = {**examples(), **cases()}
    assert len(patients) > 20
    with Cohort(library()) as cohort:
        for name, matched in patients.items():
            cohort.add(name, matched.case.facts)
        cohort.evaluate()
        found = cohort.derivations(patients)
        tiers = cohort.rows("recommendation")
    for name, matched in patients.items():
        assert found[name] == matched.derivations, name
        own = {(each.get("option"), each.get("tier")) for each in matched.derivations.facts("recommendation")}
        assert {(option, tier) for who, option, tier in tiers if who == name} == own
    assert tiers
