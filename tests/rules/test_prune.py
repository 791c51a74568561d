"""A part of a rule set concludes what the whole concludes."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.case import Request, match
from matcher.flips import CONCLUSIONS
from rules.engine import engine
from rules.language import Rule
from rules.prune import resting
from tests.rules.conftest import ENGINES
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "timeline/colorectal-under-antibody.yaml",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
)


@pytest.mark.parametrize("evaluator", ENGINES)
@pytest.mark.parametrize("patient", PATIENTS)
def test_a_part_concludes_the_same_by_the_same_derivations(patient: str, evaluator: str) -> None:
    matched = match(Request(EXAMPLES / patient, "2026-11-20"), knowledge(), library(), "sql")
    part = engine(evaluator).run(resting(library(), CONCLUSIONS), matched.case.facts)
    for predicate in CONCLUSIONS:
        whole = {fact: matched.derivations.derived[fact] for fact in matched.derivations.concluded(predicate)}
        assert {fact: part.derived[fact] for fact in part.concluded(predicate)} == whole
    assert part.concluded("finding")


def test_what_nothing_asked_for_rests_on_is_left_out() -> None:
    part = resting(library(), CONCLUSIONS)
    assert not [rule for rule in part.rules if rule.head.predicate == "level"]
    assert len(part.rules) < len(library().rules)
    assert part.digest != library().digest


def test_a_part_of_one_predicate_keeps_its_rules_and_those_below() -> None:
    part = resting(library(), ["tumor_matched"])
    assert {rule.head.predicate for rule in part.rules} == {"tumor_matched"}
    assert [place for stratum in part.strata for place in stratum] == list(range(len(part.rules)))


@pytest.mark.parametrize("evaluator", ENGINES)
@pytest.mark.parametrize("patient", PATIENTS)
def test_a_part_for_a_pattern_concludes_all_that_fits_it(patient: str, evaluator: str) -> None:
    matched = match(Request(EXAMPLES / patient, "2026-11-20"), knowledge(), library(), "sql")
    rules = resting(library(), ["level(framework: amp)"])
    assert len(rules.rules) < len(resting(library(), ["level"]).rules)
    part = engine(evaluator).run(rules, matched.case.facts)
    wanted = [fact for fact in matched.derivations.concluded("level") if fact.get("framework") == "amp"]
    assert [fact for fact in part.concluded("level") if fact.get("framework") == "amp"] == wanted != []
    assert [part.derived[fact] for fact in wanted] == [matched.derivations.derived[fact] for fact in wanted]


def test_rules_stay_in_their_strata() -> None:
    part = resting(library(), CONCLUSIONS)

    def above(rules: tuple[Rule, ...], strata: tuple[tuple[int, ...], ...]) -> list[set[str]]:
        return [{rules[place].name for place in stratum} for stratum in strata]

    kept = {rule.name for rule in part.rules}
    whole = [names & kept for names in above(library().rules, library().strata)]
    assert above(part.rules, part.strata) == [names for names in whole if names]


def test_it_is_worked_out_once() -> None:
    assert resting(library(), CONCLUSIONS) is resting(library(), tuple(reversed(CONCLUSIONS)))
