"""Imports go one way: cli -> matcher -> kb and matcher -> rules; kb and rules never import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "kb": {"kb"},
    "rules": {"rules"},
    "matcher": {"kb", "matcher", "rules"},
    "cli": {"cli", "kb", "matcher", "rules"},
}
# Vendors stay at the edge: each of these is imported only where the design says so.
VENDORS = {
    "durable_rules_engine": {"rules/durable_engine.py"},
    "durable": set(),
    "sqlite3": {"kb/curation/journal_file.py", "kb/nodes.py", "rules/sql_engine.py"},
    "duckdb": {"rules/duck.py"},
    "py4j": {"rules/spark_engine.py"},
    "pyarrow": {"matcher/cohort/spark.py", "rules/spark_engine.py"},
    "pyspark": {"matcher/cohort/spark.py", "rules/spark_engine.py"},
    "requests": {"kb/download.py"},
}
HEAVY = (
    "duckdb", "lifelines", "matplotlib", "networkx", "numpy", "pandas", "pyarrow", "pyshacl", "pyspark", "rdflib",
    "requests", "scipy",
)  # fmt: skip
EXAMPLES = "examples/her2-breast-precise"
PATIENT = f"{EXAMPLES}/her2-amplified-after-trastuzumab.yaml"
# Whole jobs of one patient, of every kind of file: none of them draws a figure or computes an endpoint.
COLD = (
    f"match {PATIENT} --format html",
    f"match {EXAMPLES}/foci-and-blood.yaml --format markdown",
    f"match {EXAMPLES}/organoids-two-foci.yaml --format tsv",
    "match examples/recurrent-gynecological-mtb/joint-decision.yaml --format json",
    f"why {PATIENT} pyrotinib+capecitabine --format json",
    f"why-not {PATIENT} olaparib",
    f"what-if {PATIENT} --set ecog=3",
    f"lesions {EXAMPLES}/foci-and-blood.yaml",
    "timeline examples/timeline/her2-course.yaml",
    f"outcomes groups her2-breast-precise {EXAMPLES}/groups/two-antibodies.yaml",
)


def modules() -> list[Path]:
    return sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


@cache
def imported(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return frozenset(name.split(".")[0] for name in names)


def test_there_are_modules() -> None:
    assert len(modules()) > 40


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    assert imported(path) & set(ALLOWED) <= ALLOWED[package]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_vendors_stay_at_the_edge(path: Path) -> None:
    for vendor, homes in VENDORS.items():
        if vendor in imported(path):
            assert str(path.relative_to(ROOT)) in homes
    if "typer" in imported(path):
        assert path.is_relative_to(ROOT / "cli")
    if imported(path) & {"pyoxigraph", "rdflib", "oxrdflib", "pyshacl"}:
        assert path.is_relative_to(ROOT / "kb")


@cache
def caches_are_built() -> None:
    """The graph and the rules are in the cache."""
    words = [PATIENT, "--jurisdiction", "CN", "--as-of", "2026-11-20"]
    subprocess.run([sys.executable, "-m", "cli.main", *words], check=True, capture_output=True, cwd=ROOT)


def imported_by(arguments: list[str]) -> set[str]:
    """The modules that a command leaves imported, once the caches are built."""
    caches_are_built()
    code = f"""
import sys
sys.argv = ["mtb-match", *{arguments!r}]
from cli.main import run
try:
    run()
except SystemExit as stop:
    assert not stop.code, stop.code
print("", *sys.modules, sep="\\n", file=sys.stderr)
"""
    cold = [sys.executable, "-c", code]
    return set(subprocess.run(cold, check=True, capture_output=True, text=True, cwd=ROOT).stderr.splitlines())


def test_one_patient_imports_nothing_heavy(tmp_path: Path) -> None:
    """The single-patient path imports what it uses and nothing else."""
    table = tmp_path / "patient.tsv"
    table.write_text("gene\talteration\nEGFR\tL858R\n", encoding="utf-8")
    arguments = [str(table), "--tumor-type", "LUAD", "--jurisdiction", "CN", "--format", "json"]
    found = imported_by([*arguments, "--out", str(tmp_path / "out.json")])
    assert "matcher.recommend" in found
    assert found.isdisjoint(HEAVY)
    assert not any(name.startswith(("matcher.outcomes", "kb.curation")) for name in found)


@pytest.mark.parametrize("command", COLD)
def test_a_command_about_a_patient_imports_nothing_heavy(command: str) -> None:
    found = imported_by([*command.removeprefix("match ").split(), "--jurisdiction", "CN", "--as-of", "2026-11-20"])
    assert "matcher.facts" in found
    checks_rules = {"networkx"} if command.startswith("outcomes") else set()  # a study's criteria become rules
    assert found & set(HEAVY) <= checks_rules
    assert not any(name.startswith("kb.curation") for name in found), "no journal is named"
