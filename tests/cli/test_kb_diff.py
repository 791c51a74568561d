"""`mtb-match kb diff` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kb import terms as t
from kb.store import Metadata, build_from_quads
from tests.shared import knowledge

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "kb", "diff", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store like the starter's, with EID12 at another level and one gene less."""
    folder = tmp_path_factory.mktemp("stores") / "changed"
    lines = knowledge().store.dump(format=ox.RdfFormat.N_QUADS).decode().splitlines()
    level = f"<{t.item('evidence', 'EID12')}> <{t.LEVEL}>"
    kept = [line for line in lines if not line.startswith((f"<{t.STORE}>", f"<{t.item('gene', 'KRAS')}>"))]
    kept = [line.replace('"D"', '"C"') if line.startswith(level) else line for line in kept]
    build_from_quads(folder, "\n".join(kept).encode(), Metadata("changed", "sha256:1", "2026-12-01"), {})
    return folder


def test_the_same_release_twice_has_no_differences() -> None:
    done = run("starter", "starter")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no differences" in done.stdout


def test_changes_are_told(changed: Path) -> None:
    done = run("starter", str(changed))
    assert done.returncode == 0
    assert "~ evidence EID12 MAP2K1:P124S + selumetinib in MEL: level D -> C\n" in done.stdout
    assert done.stdout.endswith("- gene KRAS\n")
    assert done.stdout.index("evidence EID12") < done.stdout.index("gene KRAS")


def test_a_kind_and_a_limit(changed: Path) -> None:
    only = run("starter", str(changed), "--kind", "gene").stdout
    assert "EID12" not in only
    assert "1 of other kinds" in only
    assert "... and 2 more changes: 1 evidence, 1 gene" in run("starter", str(changed), "--limit", "0").stdout


@pytest.mark.parametrize("form", ["text", "json", "tsv", "markdown"])
def test_same_stores_same_bytes(changed: Path, form: str) -> None:
    arguments = ("starter", str(changed), "--format", form)
    first = run(*arguments, PYTHONHASHSEED="1")
    assert first.stdout == run(*arguments, PYTHONHASHSEED="2").stdout
    assert "EID12" in first.stdout


def test_json_goes_to_a_file(changed: Path, tmp_path: Path) -> None:
    out = tmp_path / "diff.json"
    assert run(str(changed), "starter", "--format", "json", "--out", str(out)).stdout == ""
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert answer["schema"] == "mtb-match-diff/1"
    assert answer["summary"] == {
        "evidence": {"added": 0, "removed": 0, "changed": 1},
        "gene": {"added": 1, "removed": 0, "changed": 0},
    }


def test_a_folder_without_a_store_is_one_clear_line(tmp_path: Path) -> None:
    done = run("starter", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: no knowledge graph in")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", [("--format", "yaml"), ("--kind", "evidenc"), ("--limit", "-1")])
def test_wrong_usage_is_named(wrong: tuple[str, str]) -> None:
    done = run("starter", "starter", *wrong)
    assert done.returncode == 2
    assert wrong[0] in done.stderr
    assert "Traceback" not in done.stderr
