"""Whole patients: each JSON of tests/cases holds the input and what must, and must never, be answered.

`on-label` regimens have that tier; `never_on_label` ones have not; `not_recommended` gives an option's criterion and
verdict; `avoid` and `not_avoided` name regimens; `biomarkers` gives statuses.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from matcher.case import Request, match
from matcher.recommend import Answer, answer
from tests.shared import evaluators, knowledge, library

CASES = {path.stem: path for path in (Path(__file__).parents[1] / "cases").glob("*.json")}
EXPECTATIONS = {"biomarkers", "on-label", "never_on_label", "not_recommended", "avoid", "not_avoided"}


@cache
def case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CASES[name].read_text(encoding="utf-8"))
    return found


@cache
def answered(name: str, evaluator: str) -> Answer:
    with TemporaryDirectory() as folder:
        for file, text in case(name)["files"].items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        path = Path(folder) / "patient.json"
        path.write_text(json.dumps(case(name)["patient"]), encoding="utf-8")
        request = Request(path, case(name)["as_of"], strict=True)
        return answer(match(request, knowledge(), library(), evaluator))


def on_label(found: Answer) -> set[str]:
    options = [option for each in found.recommendations for option in (each.option, *each.also)]
    return {"+".join(option.regimen) for option in options if option.tier == "on-label"}


@pytest.mark.parametrize("evaluator", evaluators())
@pytest.mark.parametrize("name", sorted(CASES))
def test_case(name: str, evaluator: str) -> None:
    expected, found = case(name)["expected"], answered(name, evaluator)
    assert set(expected) <= EXPECTATIONS, "a misspelt expectation would never fail"
    for biomarker, status in expected.get("biomarkers", {}).items():
        assert found.matched.board.status(biomarker).status.value == status, biomarker
    assert set(expected.get("on-label", ())) <= on_label(found)
    assert on_label(found).isdisjoint(expected.get("never_on_label", ()))
    for regimen, reason in expected.get("not_recommended", {}).items():
        options = [option for option in found.not_recommended if "+".join(option.regimen) == regimen]
        reasons = [[finding.criterion, finding.verdict] for option in options for finding in option.blocking]
        assert reason in reasons, (regimen, reasons)
    avoided = {"+".join(each.regimen) for each in found.avoided}
    assert set(expected.get("avoid", ())) <= avoided
    assert avoided.isdisjoint(expected.get("not_avoided", ()))


def test_every_expectation_is_used_by_a_case() -> None:
    assert {key for name in CASES for key in case(name)["expected"]} == EXPECTATIONS


def test_every_regimen_of_a_case_is_known() -> None:
    """A name that the graph does not hold could never be recommended, so "never" would say nothing."""
    for name in CASES:
        expected = case(name)["expected"]
        named = [regimen for key, value in expected.items() if key != "biomarkers" for regimen in value]
        for drug in (drug for regimen in named for drug in regimen.split("+")):
            assert knowledge().therapy(drug).id == drug
