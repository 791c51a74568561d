"""`mtb-match kb diff` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from cli.kb.diff import FORMATS
from kb import terms as t
from tests.command import command, process, together
from tests.parts import about, built


def run(*arguments: str | Path) -> CompletedProcess[str]:
    return command("kb", "diff", *arguments)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A part of the starter, and the same with EID12 at another level and one gene less."""
    folder = tmp_path_factory.mktemp("stores")
    lines = about([t.item("evidence", "EID12"), t.item("evidence", "EID964"), t.item("gene", "KRAS")])
    level = f"<{t.item('evidence', 'EID12')}> <{t.LEVEL}>"
    kept = [line for line in lines if not line.startswith(f"<{t.item('gene', 'KRAS')}>")]
    kept = [line.replace('"D"', '"C"') if line.startswith(level) else line for line in kept]
    return built(folder / "old", lines), built(folder / "changed", kept)


def test_the_same_release_twice_has_no_differences() -> None:
    done = process("kb", "diff", "starter", "starter")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no differences" in done.stdout


def test_changes_are_told(stores: tuple[Path, Path]) -> None:
    done = process("kb", "diff", *stores)
    assert (done.returncode, done.stderr) == (0, "")
    assert "~ evidence EID12 MAP2K1:P124S + selumetinib in MEL: level D -> C\n" in done.stdout
    assert done.stdout.endswith("- gene KRAS\n")
    assert done.stdout.index("evidence EID12") < done.stdout.index("gene KRAS")


def test_a_kind_and_a_limit(stores: tuple[Path, Path]) -> None:
    only = run(*stores, "--kind", "gene").stdout
    assert "EID12" not in only
    assert "1 of other kinds" in only
    assert "... and 2 more changes: 1 evidence, 1 gene" in run(*stores, "--limit", "0").stdout


def test_same_stores_same_bytes(stores: tuple[Path, Path]) -> None:
    asked = [("kb", "diff", *stores, "--format", form) for form in FORMATS]
    first, second = ([each.stdout for each in together(asked, PYTHONHASHSEED=seed)] for seed in ("1", "2"))
    assert first == second
    assert len(set(first)) == len(FORMATS)
    assert all("EID12" in each for each in first)


def test_json_goes_to_a_file(stores: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "diff.json"
    assert run(*reversed(stores), "--format", "json", "--out", out).stdout == ""
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert answer["schema"] == "mtb-match-diff/1"
    assert answer["summary"] == {
        "evidence": {"added": 0, "removed": 0, "changed": 1},
        "gene": {"added": 1, "removed": 0, "changed": 0},
    }


def test_a_folder_without_a_store_is_one_clear_line(tmp_path: Path) -> None:
    done = run("starter", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: no knowledge graph in")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", [("--format", "yaml"), ("--kind", "evidenc"), ("--limit", "-1")])
def test_wrong_usage_is_named(wrong: tuple[str, str]) -> None:
    done = run("starter", "starter", *wrong)
    assert done.returncode == 2
    assert wrong[0] in done.stderr
    assert "Traceback" not in done.stderr
