"""The page about cohorts is true: its commands run and print what it shows, and it names every column."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from matcher.cohort.tables import COLUMNS
from tests.test_docs_curation import commands

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cohort.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    found = commands(TEXT)
    assert len(found) > 1
    for command in found:
        words = [sys.executable, "-m", "cli.main", *command.words[1:]]
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=env)
        assert done.returncode == (1 if command.fails else 3), (command.words, done.stdout, done.stderr)
        printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
        for line in command.shown:
            assert any(line.removesuffix("...").strip() in each for each in printed), (line, printed)
    (query,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", query], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert "BRAF V600E" in done.stdout or "EGFR" in done.stdout, done.stderr


def test_the_page_names_every_table_and_column() -> None:
    for table, columns in COLUMNS.items():
        section = TEXT[TEXT.index(f"**{table}**") :].partition("\n\n**")[0]
        assert {column for column in columns if f"`{column}`" not in section} <= {"alike"}, table


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), target
