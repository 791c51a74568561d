"""What holds on the starter graph holds on full CIViC and the Molecular Oncology Almanac as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.graph import open_knowledge_base
from kb.releases import build
from kb.reports import read_report

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not on this machine"),
    pytest.mark.xdist_group("full graph"),
]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter with full CIViC, the Almanac and OncoTree, validated."""
    store = tmp_path_factory.mktemp("full") / "store"
    oncotree = DATA / "oncotree" / "oncotree_2025_10_03.json"
    build(store, {"civic": DATA / "civic" / "2025-07-01", "moalmanac": DATA / "moalmanac", "oncotree": oncotree})
    return store


def test_the_scenarios_and_cases_hold(full: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "not program",  # the graph does not matter to these
        "features",
        "tests/matcher/test_cases.py",
        "tests/matcher/cohort/test_equal.py",
    ]
    # That both evaluators agree on a scenario is held on the starter graph; on this one, sql answers alone.
    env = {**os.environ, "MTB_MATCH_TEST_KB": str(full), "MTB_MATCH_TEST_EVALUATOR": "sql"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        env.pop(name, None)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout[-3000:]


def test_nearly_all_of_each_source_is_understood(full: Path) -> None:
    for source in read_report(full)["sources"]:
        for kind, (understood, met) in source["understood"].items():
            assert understood >= 0.97 * met, (source["source"], kind)


def test_an_item_of_each_source_is_there(full: Path) -> None:
    knowledge = open_knowledge_base(full)
    assert knowledge.evidence_item("EID1409").level
    assert knowledge.evidence_item("AID7").amp_assertion == "Tier I - Level A (CIViC AID7)"
    assert knowledge.evidence_item("MOA1").level_source.startswith("mapped from MOAlmanac")
    assert knowledge.indication("US:lynparza:6")  # the starter's own, not said again
