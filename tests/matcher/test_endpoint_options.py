"""Options of response and survival: each is explained, refuses what it does not know, and the page shows real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.outcomes.study import read_study
from tests.matcher.courses import MEASURES, endpoint

PAGE = (Path(__file__).parents[2] / "docs/endpoints.md").read_text(encoding="utf-8")
SECTION = re.split(r"^## ", PAGE.split("## Response and survival\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
ENDPOINTS = re.findall(r"`(\{measure: [^`]+\})`", SECTION)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_page_names_every_measure_and_option(measure: str) -> None:
    assert measure in SECTION
    assert all(f"`{name}`" in SECTION or f"`{name}:" in SECTION for name in MEASURES[measure].options)
    assert all(option.doc and option.takes for option in MEASURES[measure].options.values())


@pytest.mark.parametrize("shown", ENDPOINTS)
def test_the_page_shows_endpoints_that_can_be_read(tmp_path: Path, shown: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(f"study: S\nendpoints:\n  - {shown}\n", encoding="utf-8")
    assert read_study(path, MEASURES).endpoints[0].measure in MEASURES


def test_the_page_shows_endpoints_of_four_protocols() -> None:
    assert len(ENDPOINTS) >= 11


def test_the_study_of_the_page_can_be_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    (tmp_path / "study.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "cohort.tsv").write_text("Sample\n", encoding="utf-8")
    study = read_study(tmp_path / "study.yaml", MEASURES)
    assert study.table is not None
    assert study.table.columns["unit"] == "days"
    assert study.endpoints[1].options["at"] == (182.625, 365.25)


@pytest.mark.parametrize(
    ("measure", "options", "text"),
    [
        ("overall survival", {"from": "birth"}, "write some of treatment start"),
        ("overall survival", {"at": ["1 year", "soon"]}, "write a duration such as"),
        ("overall survival", {"until": "2"}, "write a duration such as"),
        ("overall survival", {"until": "0 days"}, "it is longer than 0"),
        ("objective response rate", {"within": "0 weeks"}, "it is longer than 0"),
        ("overall survival", {"confirm": "yes"}, "overall survival has no option 'confirm'"),
        ("objective response rate", {"cycles": ["0"]}, "write numbers from 1"),
        ("objective response rate", {"of": "all"}, "write one of treated, evaluable"),
        ("PFS ratio", {"threshold": "none"}, "write numbers from 0.1"),
    ],
)
def test_what_an_option_does_not_know_is_refused(
    tmp_path: Path, measure: str, options: dict[str, object], text: str
) -> None:
    with pytest.raises(UnusableInput) as found:
        endpoint(tmp_path, measure, **options)
    assert text in str(found.value)


def test_a_default_is_what_a_silent_study_gets(tmp_path: Path) -> None:
    found = endpoint(tmp_path, "objective response rate").options
    assert (found["confirm"], found["minimum_sd"], found["of"]) == (False, 42, "treated")


ORR = "{measure: objective response rate}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"endpoints:\n  - {ORR}\n  - {ORR}\n",
            "s.yaml:4: the endpoint of row 3 has the name",
        ),
        ("patients: [s.yaml]\ntable: {file: s.yaml, columns: {id: ID}}\n", "s.yaml:3: the study has `patients` too"),
        ("follow_up: 0 months\n", "s.yaml:2: follow_up '0 months' is not understood"),
    ],
)
def test_a_study_that_says_two_things_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.yaml").write_text(f"study: S\n{text}", encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        read_study(tmp_path / "s.yaml", MEASURES)
    assert str(caught.value).startswith(said)
