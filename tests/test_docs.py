"""The documents are true: their commands run and print what they show."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.assay_files import read

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "docs/assays.md",
    "docs/cohort-files.md",
    "docs/concept.md",
    "docs/conflicts.md",
    "docs/curation-in-git.md",
    "docs/endpoints.md",
    "docs/entering-evidence.md",
    "docs/exchange.md",
    "docs/frameworks.md",
    "docs/gate.md",
    "docs/inputs.md",
    "docs/inspect.md",
    "docs/kb-model.md",
    "docs/lesions.md",
    "docs/local-evidence.md",
    "docs/organoids.md",
    "docs/outcomes.md",
    "docs/preview.md",
    "docs/own-evidence.md",
    "docs/queries.md",
    "docs/rule-book.md",
    "docs/rule-language.md",
    "docs/sources.md",
    "docs/study-groups.md",
    "docs/timeline.md",
    "docs/what-if.md",
    "docs/why.md",
    "examples/README.md",
)


def sessions() -> list[tuple[str, str, str]]:
    """(page, command, shown output) of every console block; a line `...` stands for any lines."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                found.append((page, command, shown))
    return found


def test_there_are_sessions() -> None:
    assert any(page == "README.md" for page, _, _ in sessions())


@pytest.mark.parametrize(("page", "command", "shown"), sessions())
def test_command_prints_what_the_page_shows(page: str, command: str, shown: str) -> None:
    words = shlex.split(command)
    assert words[0].endswith("mtb-match"), f"{page} shows a command that this test does not run: {command}"
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *words[1:]],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
    for line in (" ".join(line.split()) for line in shown.splitlines()):
        if line and line != "...":
            assert any(line.removesuffix("...").strip() in each for each in printed), f"{page}: {line!r}"


@pytest.mark.parametrize("page", [page for page in PAGES if (ROOT / page).exists()])
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (folder / target).exists(), f"{page} links to {target}"


def test_the_assay_page_shows_a_readable_assay(tmp_path: Path) -> None:
    page = (ROOT / "docs/assays.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert shown
    file = tmp_path / "panel.yaml"
    file.write_text(shown.group(1), encoding="utf-8")
    assay = read(file)
    assert assay.name == "our-panel-40"
    assert assay.looks_at("EGFR", "copy number")
    assert not assay.looks_at("ALK", "small variant")


def test_the_page_of_study_groups_shows_a_study_file_that_can_be_used(tmp_path: Path) -> None:
    from matcher.outcomes.group_rules import plan_of
    from matcher.outcomes.study import read_study

    page = (ROOT / "docs/study-groups.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(study:.*?)```", page, re.DOTALL)
    assert shown
    file = tmp_path / "study.yaml"
    file.write_text(shown.group(1), encoding="utf-8")
    plan = plan_of(read_study(file, None, ()))
    assert [group.otherwise for group in plan.groups] == [False, True]


def test_every_decision_has_three_lines() -> None:
    text = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    for decision in text.split("\n## ")[1:]:
        lines = [line for line in decision.splitlines()[1:] if line.strip()]
        assert len(lines) == 3, decision
