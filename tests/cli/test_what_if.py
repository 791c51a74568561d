"""`mtb-match what-if` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENT = ("examples/mtb-ngs-real-world/braf-colorectal.tsv", "--tumor-type", "COAD", "--jurisdiction", "US")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "what-if", *PATIENT, "--as-of", "2026-11-20", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def test_no_edit_is_wrong_usage() -> None:
    done = run()
    assert done.returncode == 2
    assert "--add, --remove and --set" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("edit", [("--set", "jurisdiction=XX"), ("--remove", "KRAS G12C"), ("--add", "nonsense")])
def test_an_edit_that_cannot_be_done_is_one_line(edit: tuple[str, str]) -> None:
    done = run(*edit)
    assert done.returncode == 1
    assert done.stderr.startswith(f"mtb-match: {edit[0]}")
    assert len(done.stderr.splitlines()) == 1


def test_removals_come_before_what_is_set_and_added() -> None:
    done = run("--add", "BRAF V600K", "--set", "MSI=MSS", "--remove", "alterations=BRAF", "--format", "json")
    found = json.loads(done.stdout)
    assert [each["place"] for each in found["edits"]] == ["--remove 1", "--set 1", "--add 1"]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_chinese_in_every_form(form: str, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    assert run("--set", "MSI=MSI-H", "--lang", "zh", "--format", form, "--out", str(out)).returncode == 0
    assert "修改前" in out.read_text(encoding="utf-8")
