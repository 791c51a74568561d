"""Every clinically delicate point has scenarios, of more than one outcome."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

FEATURES = Path(__file__).parents[1] / "features"
POINTS = 15
TAGGED = re.compile(r"@delicate-(\d+)\n +Scenario(?: Outline)?: (\d+)\. ")


def tagged() -> Counter[int]:
    """How many scenarios each point has: a tag counts when the scenario below it bears the same number."""
    texts = (path.read_text(encoding="utf-8") for path in FEATURES.glob("*.feature"))
    pairs = (
        found for text in texts for found in re.findall(r"@delicate-(\d+)\n +Scenario(?: Outline)?: (\d+)\. ", text)
    )
    return Counter(int(tag) for tag, number in pairs if tag == number)


@pytest.mark.parametrize("point", range(1, POINTS + 1))
def test_a_point_has_scenarios_of_more_than_one_outcome(point: int) -> None:
    assert tagged()[point] >= 2


def test_every_tag_is_of_a_point_and_of_its_scenario() -> None:
    tags = sum(path.read_text(encoding="utf-8").count("@delicate-") for path in FEATURES.glob("*.feature"))
    assert set(tagged()) == set(range(1, POINTS + 1))
    assert tags == sum(tagged().values())
