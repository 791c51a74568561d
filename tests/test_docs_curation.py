"""The page for curators is true: its commands run one after the other, and print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.command import process

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "curation.md"
KNOWN = {
    "add", "check", "export", "history", "import", "preview", "reinstate", "retract", "review", "stale", "verify",
}  # fmt: skip
"""The commands of curation, each of which the page must name."""


class Command(NamedTuple):
    words: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether the page shows a command that is refused."""
        return any(line.startswith("mtb-match: ") for line in self.shown)


def commands(text: str) -> list[Command]:
    """Every command of the page's sessions with the lines shown below it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            lines = (" ".join(line.split()) for line in shown.splitlines())
            found.append(Command(tuple(shlex.split(command)), tuple(line for line in lines if line not in ("", "..."))))
    return found


def test_what_a_curator_follows_works(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for name, content in re.findall(r"```(?:csv|gherkin) (\S+)\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    named = {"COLUMNS": "200"}
    ran = 0
    for command in commands(text):
        if command.words[0] == "export":
            name, _, value = command.words[1].partition("=")
            named[name] = value
            continue
        assert command.words[0] == "mtb-match"
        done = process(*command.words[1:], folder=tmp_path, **named)
        assert done.returncode == int(command.fails), (command.words, done.stdout, done.stderr)
        _check(command, done.stdout + done.stderr)
        ran += 1
    assert ran > 10


def _check(command: Command, printed: str) -> None:
    """Every line that the page shows is printed, in this order; `...` stands for any text."""
    rest = " ".join(printed.split())
    for line in command.shown:
        for piece in filter(None, (each.strip() for each in line.split("..."))):
            assert piece in rest, f"{' '.join(command.words)}: {piece!r} is not in {rest!r}"
            rest = rest[rest.index(piece) + len(piece) :]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_page_names_every_command(name: str) -> None:
    assert f"kb {name}" in PAGE.read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (PAGE.parent / target).exists(), target
