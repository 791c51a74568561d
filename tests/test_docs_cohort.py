"""The page about cohorts is true: its commands run and print what it shows, and it names every column."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from matcher.cohort.tables import COLUMNS
from tests.command import process
from tests.test_docs_curation import Command, commands

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cohort.md"
PAGES = (PAGE, *(PAGE.with_name(f"{name}.md") for name in ("cohort-files", "spark")))
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    found = commands(TEXT)
    assert len(found) > 1
    for command in found:
        done = process(*command.words[1:], folder=tmp_path)
        assert done.returncode == (1 if command.fails else 3), (command.words, done.stdout, done.stderr)
        assert_shown(command, done.stdout + done.stderr)
    (query,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", query], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert "BRAF V600E" in done.stdout or "EGFR" in done.stdout, done.stderr


def assert_shown(command: Command, output: str) -> None:
    printed = [" ".join(line.split()) for line in output.splitlines()]
    for line in command.shown:
        assert any(line.removesuffix("...").strip() in each for each in printed), (line, printed)


def test_the_page_names_every_table_and_column() -> None:
    for table, columns in COLUMNS.items():
        section = TEXT[TEXT.index(f"**{table}**") :].partition("\n\n**")[0]
        assert {column for column in columns if f"`{column}`" not in section} <= {"alike"}, table


def test_links_lead_somewhere() -> None:
    """To a file that is there, and to a heading that it has."""
    for page in PAGES:
        for target, heading in re.findall(r"\]\(([^)#:]+)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
            there = page.parent / target
            assert there.exists(), target
            if heading:
                found = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
                assert heading in [each.lower().replace(" ", "-").replace(",", "") for each in found], heading


def test_no_page_repeats_a_sentence_of_another() -> None:
    """One place for each thing: what is told twice is mended once."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES[:2]]
    told = [{each.strip() for each in re.findall(r"[^\n.:|#]{30,}|^#+ .*", text, re.MULTILINE)} for text in texts]
    assert min(map(len, told)) > 10
    assert not told[0] & told[1]
