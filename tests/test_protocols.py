"""docs/protocols.md is true: every bullet of every protocol has scenarios, and each exists and quotes a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from matcher.outcomes.study import shipped

ROOT = Path(__file__).parents[1]
LIST = ROOT.parent / "shared" / "protocols" / "README.md"


class Row(NamedTuple):
    """A part of a protocol with the titles of its scenarios."""

    bullet: int
    asks: str
    scenarios: tuple[str, ...]


def sections(text: str) -> dict[str, str]:
    """The text under each heading of the second level, by its first word."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {part.split()[0]: part for part in parts}


PAGE = sections((ROOT / "docs/protocols.md").read_text(encoding="utf-8"))


def rows(protocol: str) -> list[Row]:
    found = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE[protocol], re.MULTILINE)
    return [Row(int(bullet), asks, tuple(titles.split("; "))) for bullet, asks, titles in found]


def scenarios(protocol: str) -> dict[str, str]:
    """The body of each scenario of the protocol's feature, by its title."""
    text = (ROOT / "features" / f"{protocol.replace('-', '_')}.feature").read_text(encoding="utf-8")
    parts = re.split(r"^  Scenario(?: Outline)?: ", text, flags=re.MULTILINE)[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def bullets(protocol: str) -> int:
    """How many bullets the list of the protocols has."""
    text = LIST.read_text(encoding="utf-8")
    return len(re.findall(r"^- ", sections(text)[protocol], re.MULTILINE))


def test_the_page_has_the_five_protocols() -> None:
    assert sorted(PAGE) == sorted(shipped())


@pytest.mark.parametrize("protocol", shipped())
def test_every_row_was_read_and_its_scenarios_exist(protocol: str) -> None:
    every = rows(protocol)
    assert len(every) == len(re.findall(r"^\| \d", PAGE[protocol], re.MULTILINE)) > 0
    missing = [title for row in every for title in row.scenarios if title not in scenarios(protocol)]
    assert missing == []


@pytest.mark.parametrize("protocol", shipped())
def test_every_scenario_of_the_page_quotes_a_sentence(protocol: str) -> None:
    """The sentence stands between the title and the first step."""
    bodies = scenarios(protocol)
    told = {title: bodies[title].partition("Given ")[0] for row in rows(protocol) for title in row.scenarios}
    assert [title for title, text in told.items() if '"' not in text] == []


@pytest.mark.parametrize("protocol", shipped())
def test_bullets_are_numbered_without_a_gap(protocol: str) -> None:
    numbers = [row.bullet for row in rows(protocol)]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, max(numbers) + 1))


@pytest.mark.skipif(
    not LIST.is_file(), reason="the list of the protocols (../shared/protocols) is not beside this checkout"
)
@pytest.mark.parametrize("protocol", shipped())
def test_every_bullet_of_the_list_has_a_row(protocol: str) -> None:
    assert {row.bullet for row in rows(protocol)} == set(range(1, bullets(protocol) + 1))
