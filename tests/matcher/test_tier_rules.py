"""What is read off the rules about tiers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.tier_rules import is_for_labels, tiers, unsettling
from rules.language import Rule, RuleSet, parse_atom
from tests.shared import library


def with_rule(*body: str, option: str = "Option") -> RuleSet:
    """The rules of the library, and one more that gives the best tier."""
    conditions = tuple(map(parse_atom, body))
    new = Rule("of-a-site", conditions, parse_atom(f"recommendation(option: {option}, tier: on-label)"))
    rules = library()
    return replace(rules, rules=(*rules.rules, new))


def test_the_library_gives_its_best_tier_to_labels_of_the_place_alone() -> None:
    assert tiers()[0] == "on-label"
    assert [tier for tier in tiers() if is_for_labels(tier, library())] == ["on-label"]


@pytest.mark.parametrize(
    "body",
    [
        ["evidence(id: Option, regimen: Regimen)"],
        ["indication(id: Option, jurisdiction: US)"],
        ["indication(id: Option, jurisdiction: Here)"],
        ["indication(id: Option, jurisdiction: There)", "patient(jurisdiction: Here)"],
        ["indication(id: Other, jurisdiction: Here)", "patient(jurisdiction: Here)", "option(id: Option)"],
        ["indication(id: Option, jurisdiction: _)", "patient(jurisdiction: _)"],
    ],
)
def test_a_site_may_give_it_to_more(body: list[str]) -> None:
    assert not is_for_labels("on-label", with_rule(*body))


def test_a_site_may_give_it_to_other_labels_of_the_place() -> None:
    rule = "indication(id: Option, jurisdiction: Here, selects: true)", "patient(jurisdiction: Here)"
    assert is_for_labels("on-label", with_rule(*rule))
    assert not is_for_labels("on-label", with_rule(*rule, option="CIV1"))


def test_what_unsettles_is_what_the_rules_say() -> None:
    assert unsettling(library()) == {"approval", "biomarker", "mutation-class", "trial-status", "tumor-type"}
