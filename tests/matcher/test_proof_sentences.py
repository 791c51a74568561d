"""Every step of a proof is said in words, in both languages: none is shown as it stands in the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kb.graph import open_knowledge_base
from matcher.case import Matched, Request, match
from matcher.explain import Step, explanation
from matcher.recommend import answer
from rules.facts import Absence
from rules.library import LIBRARY
from rules.load import load
from rules.wording import placeholders

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENTS = (
    "her2-breast-precise/cautions-and-wishes.yaml",
    "mcrpc-wes/ar-v7-positive.yaml",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
    "timeline/colorectal-emerging-kras.yaml",
)
CHINESE = re.compile("[\u4e00-\u9fff]")


@cache
def matched(patient: str) -> Matched:
    request = Request(EXAMPLES / patient, "2026-11-20", default_jurisdiction="CN")
    return match(request, open_knowledge_base(), load([LIBRARY]), "sql")


def steps(step: Step) -> Iterator[Step]:
    yield step
    for part in step.parts:
        yield from steps(part)


def proved(patient: str, lang: str) -> list[Step]:
    found = matched(patient)
    options = [each.option for each in answer(found).recommendations]
    assert options
    return [step for option in options for step in steps(explanation(found, option, lang)) if step.statement]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("patient", PATIENTS)
def test_every_statement_of_a_proof_is_said(patient: str, lang: str) -> None:
    told = proved(patient, lang)
    assert any(isinstance(step.statement, Absence) for step in told)
    for step in told:
        assert repr(step.statement) not in step.text
        assert "{" not in step.text


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_proof_has_the_same_steps_in_chinese(patient: str) -> None:
    english, chinese = proved(patient, "en"), proved(patient, "zh")
    assert [step.statement for step in english] == [step.statement for step in chinese]
    predicates, rules = matched(patient).rules.predicates, {rule.name: rule for rule in matched(patient).rules.rules}
    for step in chinese:
        assert step.statement is not None
        predicate = predicates[step.statement.predicate]
        said = predicate.absent if isinstance(step.statement, Absence) else predicate.says
        template = rules[step.rule].sentence("zh") if step.rule else dict(said)["zh"]
        for name in placeholders(template):
            template = template.replace(f"{{{name}}}", "")
        if CHINESE.search(template):
            assert CHINESE.search(step.text), step.text
