"""The page of endpoints names every measure of safety, quality of life, PSA and guidance; what it shows can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.outcomes.study import read_study
from tests.matcher.courses import EVERY, MEASURES

PAGE = (Path(__file__).parents[3] / "docs/endpoints.md").read_text(encoding="utf-8")
SECTION = re.split(r"^## ", PAGE.split("## Safety, quality of life, PSA and guidance\n", 1)[1], maxsplit=1, flags=re.M)[
    0
]
SHOWN = re.findall(r"`(\{measure: [^`]+\})`", SECTION)
OURS = sorted(set(EVERY) - set(MEASURES))


@pytest.mark.parametrize("measure", OURS)
def test_the_page_names_every_measure_and_option(measure: str) -> None:
    assert measure in SECTION
    assert all(f"`{name}`" in SECTION or f"`{name}:" in SECTION for name in EVERY[measure].options)
    assert all(option.doc and option.takes for option in EVERY[measure].options.values())


@pytest.mark.parametrize("shown", SHOWN)
def test_the_page_shows_endpoints_that_can_be_read(tmp_path: Path, shown: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(f"study: S\nendpoints:\n  - {shown}\n", encoding="utf-8")
    assert read_study(path, EVERY).endpoints[0].measure in OURS


def test_the_page_shows_an_endpoint_of_every_measure() -> None:
    assert {re.split("[,}]", shown.removeprefix("{measure: "))[0] for shown in SHOWN} == set(OURS)
