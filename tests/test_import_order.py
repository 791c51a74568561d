"""Imports go one way: cli -> matcher -> kb and matcher -> rules; kb and rules never import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
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
    "sqlite3": {"kb/nodes.py", "rules/sql_engine.py"},
    "duckdb": {"rules/cohort_engine.py"},
    "requests": {"kb/download.py"},
}
HEAVY = ("duckdb", "pandas", "rdflib", "networkx", "requests", "pyshacl", "numpy")


def modules() -> list[Path]:
    return sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


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


def test_one_patient_imports_nothing_heavy(tmp_path: Path) -> None:
    """The single-patient path imports what it uses and nothing else."""
    table = tmp_path / "patient.tsv"
    table.write_text("gene\talteration\nEGFR\tL858R\n", encoding="utf-8")
    code = f"""
import sys
sys.argv = ["mtb-match", {str(table)!r}, "--tumor-type", "LUAD", "--jurisdiction", "CN", "--format", "json"]
sys.argv += ["--out", {str(tmp_path / "out.json")!r}]
from cli.main import run
try:
    run()
except SystemExit as stop:
    assert not stop.code, stop.code
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    warm = [sys.executable, "-c", code]
    subprocess.run(warm, check=True, capture_output=True, cwd=ROOT)  # the first run may build the caches
    done = subprocess.run(warm, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
